import { serverFirstPorts } from '../../../resources/protocols.js';
import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Clients of a server that speaks first wait for protocol detection. Egress semantics §5. */
export const likelyServerFirst = policyRule({
  name: 'likely-server-first',
  code: 'OSM-E025',
  level: 'warning',
  makes: null,
  find: ({ policy }) =>
    portsOf(policy, 'tcp').flatMap((found) => {
      const service = serverFirstPorts.get(policy.spec.ports[found.port]!.number);
      return service === undefined ? [] : [{ ...found, data: { service } }];
    }),
});
