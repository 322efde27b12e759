import { fieldRef } from '../../../simulator/world.js';
import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** https without hosts, or with an empty one, takes any server name. Egress semantics §3.2, §5. */
export const httpsWithoutHosts = policyRule({
  name: 'https-without-hosts',
  code: 'OSM-E022',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { hosts = [], ipAddresses = [] } = policy.spec;
    const open = ipAddresses.length === 0;
    const empty = hosts.indexOf('');
    if (empty < 0)
      return hosts.length > 0 ? [] : portsOf(policy, 'https').map((found) => ({ ...found, data: { open } }));
    return portsOf(policy, 'https').map(({ port }) => ({
      port,
      data: { open },
      at: [fieldRef(policy, 'spec', 'hosts', empty)],
      makes: 'active, wider than written',
    }));
  },
});
