import { egressRouteConfigName } from '../../../simulator/control-plane/egress.js';
import { fieldsOfRouteRefusal } from '../../../simulator/envoy/refusal-fields.js';
import { isHttp, ownOrFirst } from '../ports.js';
import { proxyRule } from '../rule.js';

/** Envoy refuses the routes of an http port number, or all routes at once. Egress semantics §4. */
export const routesRefused = proxyRule({
  name: 'routes-refused',
  code: 'OSM-E002',
  level: 'error',
  makes: 'refused',
  find: ({ policy, simulation: { routeRefusals }, index }) => {
    if (!policy || index === undefined) {
      return [...routeRefusals.values()]
        .flat()
        .map((refusal) => ({ data: { refusal }, at: fieldsOfRouteRefusal(refusal) }));
    }
    const port = policy.spec.ports[index]!;
    if (!isHttp(port)) return [];
    const refusals = routeRefusals.get(egressRouteConfigName(port.number)) ?? [];
    return ownOrFirst(refusals, fieldsOfRouteRefusal, policy).map((refusal) => ({
      data: { refusal },
      at: fieldsOfRouteRefusal(refusal),
      port: index,
    }));
  },
});
