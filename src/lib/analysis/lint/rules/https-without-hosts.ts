import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** https without hosts takes any server name. Egress semantics §3.2. */
export const httpsWithoutHosts = policyRule({
  name: 'https-without-hosts',
  code: 'OSM-E022',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { hosts = [], ipAddresses = [] } = policy.spec;
    const open = ipAddresses.length === 0;
    return hosts.length === 0 ? portsOf(policy, 'https').map((found) => ({ ...found, data: { open } })) : [];
  },
});
