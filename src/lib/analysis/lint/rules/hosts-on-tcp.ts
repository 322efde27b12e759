import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Hosts do not restrict tcp. Egress semantics §3.2. */
export const hostsOnTcp = policyRule({
  name: 'hosts-on-tcp',
  code: 'OSM-E021',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { hosts = [], ipAddresses = [] } = policy.spec;
    const open = ipAddresses.length === 0;
    return hosts.length > 0
      ? portsOf(policy, 'tcp', 'tcp-server-first').map((found) => ({ ...found, data: { open } }))
      : [];
  },
});
