import { repairedHosts } from '../hosts.js';
import { policyRule } from '../rule.js';

/** No Host header and no server name has a scheme. Egress semantics §5. */
export const hostWithScheme = policyRule({
  name: 'host-with-scheme',
  code: 'OSM-E038',
  level: 'error',
  makes: null,
  find: ({ policy }) =>
    repairedHosts(policy, 'scheme', (host) => host.replace(/^[^:]*:\/\//, '').replace(/[/:?#].*/, '')),
});
