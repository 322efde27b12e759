import { repairedHosts } from '../hosts.js';
import { policyRule } from '../rule.js';

/** A server name has no port, and Envoy cannot resolve a name with one. Egress semantics §5. */
export const hostWithPort = policyRule({
  name: 'host-with-port',
  code: 'OSM-E039',
  level: 'error',
  makes: null,
  find: ({ policy }) => repairedHosts(policy, 'port', (host) => host.replace(/:\d+$/, '')),
});
