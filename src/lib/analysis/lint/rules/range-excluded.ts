import { parsePrefixRange } from '../../../simulator/address.js';
import type { Interceptor } from '../../../simulator/interception.js';
import { fieldRef } from '../../../simulator/world.js';
import { networkContains, type Ipv4Network } from '../../../text/ip.js';
import { uniqueClients } from '../clients.js';
import { sourceRule } from '../rule.js';

/** A range of the policy lies where connections pass the proxy by: in an excluded range, or outside all included ones. Egress semantics §2. */
export const rangeExcluded = sourceRule({
  name: 'range-excluded',
  code: 'OSM-E046',
  level: 'warning',
  makes: null,
  find: ({ policy, simulation }) =>
    (policy.spec.ipAddresses ?? []).flatMap((range, index) => {
      const network = parsePrefixRange(range);
      if (!network || 'ipv6' in network) return [];
      const [at] = uniqueClients(simulation).flatMap((interceptor) => bypassOf(network, interceptor) ?? []);
      return at ? [{ data: { range }, at: [fieldRef(policy, 'spec', 'ipAddresses', index), at] }] : [];
    }),
});

/** The list entry that sends all of the network past the proxy. */
function bypassOf(network: Ipv4Network, { rules: { excludedRanges, includedRanges } }: Interceptor) {
  const excluded = excludedRanges.find((rule) => contains(rule.network, network));
  if (excluded) return excluded.at;
  const meets = includedRanges.some((rule) => contains(rule.network, network) || contains(network, rule.network));
  return meets ? undefined : includedRanges[0]?.at;
}

function contains(one: Ipv4Network, other: Ipv4Network): boolean {
  return one.prefixLength <= other.prefixLength && networkContains(one, other.base);
}
