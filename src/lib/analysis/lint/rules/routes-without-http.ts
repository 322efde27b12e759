import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** Only http has routes. Egress semantics §3.3. */
export const routesWithoutHttp = policyRule({
  name: 'routes-without-http',
  code: 'OSM-E029',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { ports, matches = [] } = policy.spec;
    const route = matches.findIndex(({ kind }) => kind === 'HTTPRouteGroup');
    if (route < 0 || ports.some(({ protocol }) => protocol === 'http')) return [];
    return [{ data: {}, at: [fieldRef(policy, 'spec', 'matches', route)] }];
  },
});
