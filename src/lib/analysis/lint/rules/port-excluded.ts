import { uniqueClients } from '../clients.js';
import { sourceRule } from '../rule.js';

/** Connections to the port pass the proxy by: the MeshConfig, or an annotation of the source's pods, excludes it. Egress semantics §2. */
export const portExcluded = sourceRule({
  name: 'port-excluded',
  code: 'OSM-E031',
  level: 'warning',
  makes: null,
  find: ({ policy, simulation }) =>
    policy.spec.ports.flatMap(({ number }, port) => {
      const [at] = uniqueClients(simulation).flatMap(({ rules }) => rules.excludedPorts.get(number) ?? []);
      return at ? [{ data: {}, at: [at], port }] : [];
    }),
});
