import { egressRouteConfigName } from '../../../simulator/control-plane/egress.js';
import { fieldsOfRouteRefusal } from '../../../simulator/data-plane.js';
import { isHttp } from '../ports.js';
import { portRule } from '../rule.js';

/** Envoy refuses the routes of an http port number. Egress semantics §5. */
export const routesRefused = portRule({
  name: 'routes-refused',
  code: 'OSM-E002',
  level: 'error',
  makes: 'refused',
  find: ({ policy, simulation: { routeRefusals }, index }) => {
    const port = policy.spec.ports[index]!;
    if (!isHttp(port)) return [];
    const refusals = routeRefusals.get(egressRouteConfigName(port.number)) ?? [];
    const own = refusals.find((one) => fieldsOfRouteRefusal(one).some(({ object }) => object === policy));
    const refusal = own ?? refusals[0];
    return refusal ? [{ data: { refusal }, at: fieldsOfRouteRefusal(refusal), port: index }] : [];
  },
});
