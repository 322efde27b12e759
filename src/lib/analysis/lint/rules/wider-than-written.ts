import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** The routes of the policy restrict its hosts, and another policy allows what they leave out. Egress semantics §5. */
export const widerThanWritten = exactRule({
  name: 'wider-than-written',
  code: 'OSM-E057',
  level: 'warning',
  makes: null,
  find: ({ policy, exact }) => {
    const clash = exact.bypass(policy);
    if (!clash) return [];
    // without a reference a host has a route for everything
    const index = policy.spec.matches!.findIndex(({ kind }) => kind === 'HTTPRouteGroup');
    const at = fieldRef(policy, 'spec', 'matches', index);
    return [{ data: clash, at: [at, ...(clash.by ? [fieldRef(clash.by)] : [])] }];
  },
});
