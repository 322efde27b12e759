import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** tcp without ranges is open to every address. Egress semantics §3.2. */
export const tcpToAnywhere = policyRule({
  name: 'tcp-to-anywhere',
  code: 'OSM-E023',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { hosts = [], ipAddresses = [] } = policy.spec;
    return hosts.length + ipAddresses.length === 0 ? portsOf(policy, 'tcp', 'tcp-server-first') : [];
  },
});
