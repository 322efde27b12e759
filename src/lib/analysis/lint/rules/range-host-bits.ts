import { formatNetwork, ipv4Network, splitCidr } from '../../../text/ip.js';
import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** The bits of an address behind the prefix length are dropped: the range is the whole network. Egress semantics §3.2. */
export const rangeHostBits = policyRule({
  name: 'range-host-bits',
  code: 'OSM-E044',
  level: 'warning',
  makes: null,
  find: ({ policy }) =>
    (policy.spec.ipAddresses ?? []).flatMap((range, index, ranges) => {
      const cidr = splitCidr(range);
      if (typeof cidr?.address !== 'number') return [];
      const network = ipv4Network(cidr.address, Number(cidr.prefix));
      if (network.base === cidr.address) return [];
      const at = fieldRef(policy, 'spec', 'ipAddresses', index);
      const value = formatNetwork(network);
      const isThere = ranges.includes(value);
      const fix = isThere ? ({ op: 'remove', path: at.path } as const) : ({ op: 'set', path: at.path, value } as const);
      return [{ data: { range, network: value }, at: [at], fix: [fix] }];
    }),
});
