import { portsOf } from '../ports.js';
import { sourceRule } from '../rule.js';

/** Detection is off for a port number that any policy of the same source, or a service that it reaches, calls tcp-server-first. Egress semantics §3.1. */
export const detectionOff = sourceRule({
  name: 'detection-off',
  code: 'OSM-E026',
  level: 'warning',
  makes: null,
  find: ({ policy, simulation: { program } }) =>
    portsOf(policy, 'http', 'https').flatMap((one) => {
      const by = program.listener?.detectionDisabledPorts.get(policy.spec.ports[one.port]!.number);
      return by ? [{ ...one, data: { by: by.object } }] : [];
    }),
});
