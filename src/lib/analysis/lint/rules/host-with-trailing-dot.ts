import { repairedHosts } from '../hosts.js';
import { policyRule } from '../rule.js';

/** Hosts are compared as texts: one with a dot at its end matches only clients that send the dot, which TLS clients never do. Egress semantics §5. */
export const hostWithTrailingDot = policyRule({
  name: 'host-with-trailing-dot',
  code: 'OSM-E040',
  level: 'warning',
  makes: null,
  find: ({ policy }) => repairedHosts(policy, 'trailing-dot', (host) => host.slice(0, -1)),
});
