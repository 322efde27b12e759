import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** The routes of the policy restrict its hosts, and another policy allows what they leave out. Egress semantics §5. */
export const widerThanWritten = exactRule({
  name: 'wider-than-written',
  code: 'OSM-E057',
  level: 'warning',
  makes: null,
  find: ({ policy, exact }) => {
    const index = (policy.spec.matches ?? []).findIndex(({ kind }) => kind === 'HTTPRouteGroup');
    const clash = index < 0 ? undefined : exact.bypass(policy);
    if (!clash) return [];
    const at = fieldRef(policy, 'spec', 'matches', index);
    return [{ data: clash, at: [at, ...(clash.by ? [fieldRef(clash.by)] : [])] }];
  },
});
