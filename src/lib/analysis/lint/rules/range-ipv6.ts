import { parsePrefixRange } from '../../../simulator/address.js';
import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** Only IPv4 is redirected to Envoy, so that no connection finds a chain for an IPv6 network. Egress semantics §2, §3.2. */
export const rangeIpv6 = policyRule({
  name: 'range-ipv6',
  code: 'OSM-E045',
  level: 'warning',
  makes: null,
  find: ({ policy }) =>
    (policy.spec.ipAddresses ?? []).flatMap((range, index) => {
      const network = parsePrefixRange(range);
      return network && 'ipv6' in network
        ? [{ data: { range }, at: [fieldRef(policy, 'spec', 'ipAddresses', index)] }]
        : [];
    }),
});
