import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Hosts do not restrict tcp. Egress semantics §3.2. */
export const hostsOnTcp = policyRule({
  name: 'hosts-on-tcp',
  code: 'OSM-E021',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { ports, hosts = [], ipAddresses = [] } = policy.spec;
    const open = ipAddresses.length === 0;
    if (hosts.length === 0) return [];
    // where no other port looks at the hosts, nothing does
    const isLone = ports.every(({ protocol }) => protocol === 'tcp' || protocol === 'tcp-server-first');
    const fix = isLone ? [{ op: 'remove', path: ['spec', 'hosts'] } as const] : undefined;
    return portsOf(policy, 'tcp', 'tcp-server-first').map((found) => ({
      ...found,
      data: { open },
      ...(open && { makes: 'active, wider than written' as const }),
      ...(fix && { fix }),
    }));
  },
});
