import { fieldsOfRouteRefusal } from '../../../simulator/envoy/refusal-fields.js';
import { isHttp } from '../ports.js';
import { portRule } from '../rule.js';

/** Routes that arrive together with refused ones may not take effect. Egress semantics §4. */
export const routesByChance = portRule({
  name: 'routes-by-chance',
  code: 'OSM-E004',
  level: 'error',
  makes: 'refused',
  find: ({ policy, simulation: { routeRefusals }, index }) => {
    const [refusal] = [...routeRefusals.values()].flat();
    if (!refusal || !isHttp(policy.spec.ports[index]!)) return [];
    return [{ data: {}, at: fieldsOfRouteRefusal(refusal), port: index }];
  },
});
