import { fieldRef } from '../../../simulator/world.js';
import { isHttp } from '../ports.js';
import { policyRule } from '../rule.js';

/** Only http has routes. Egress semantics §3.3. */
export const routesWithoutHttp = policyRule({
  name: 'routes-without-http',
  code: 'OSM-E029',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { ports, matches = [] } = policy.spec;
    const routes = matches.flatMap(({ kind }, index) => (kind === 'HTTPRouteGroup' ? [index] : []));
    if (routes.length === 0 || ports.some(isHttp)) return [];
    const at = routes.map((index) => fieldRef(policy, 'spec', 'matches', index));
    return [{ data: {}, at, fix: at.map(({ path }) => ({ op: 'remove', path })) }];
  },
});
