import type { Egress, EgressPort, EgressSource } from '../../../resources/types.js';
import { networksOf, parsePrefixRange } from '../../../simulator/address.js';
import { matchesAnyAddress } from '../../../simulator/envoy/filter-chain-match.js';
import type { Source } from '../../../simulator/world.js';
import { formatNetwork, networkContains, parseIpv4 } from '../../../text/ip.js';

/** Small changes of a policy. None of them changes its argument. */

type Spec = Egress['spec'];

export function withSpec(policy: Egress, spec: Partial<Spec>): Egress {
  return { ...policy, spec: { ...policy.spec, ...spec } };
}

export function withHost(policy: Egress, host: string): Egress {
  return withSpec(policy, { hosts: [...(policy.spec.hosts ?? []), host] });
}

export function withPort(policy: Egress, port: EgressPort): Egress {
  return withSpec(policy, { ports: [...policy.spec.ports, port] });
}

export function withRanges(policy: Egress, ranges: readonly string[]): Egress {
  return withSpec(policy, { ipAddresses: [...(policy.spec.ipAddresses ?? []), ...ranges] });
}

/** Takes items away; an optional list that would be empty goes altogether. */
export function withoutItem<K extends 'hosts' | 'ipAddresses' | 'ports' | 'sources' | 'matches'>(
  policy: Egress,
  field: K,
  drop: (item: NonNullable<Spec[K]>[number], index: number) => boolean,
): Egress {
  const items: NonNullable<Spec[K]>[number][] = policy.spec[field] ?? [];
  const kept = items.filter((item, index) => !drop(item, index));
  if (kept.length === items.length) return policy;
  if (kept.length > 0 || (field !== 'ipAddresses' && field !== 'matches')) {
    return withSpec(policy, { [field]: kept });
  }
  const spec = { ...policy.spec };
  delete spec[field];
  return { ...policy, spec };
}

/** Without the items whose key an earlier one has; those without a key stay. */
export function withoutRepetitions<K extends 'hosts' | 'ipAddresses' | 'ports'>(
  policy: Egress,
  field: K,
  keyOf: (item: NonNullable<Spec[K]>[number]) => string | undefined,
): Egress {
  const seen = new Set<string>();
  return withoutItem(policy, field, (item) => {
    const key = keyOf(item);
    if (key === undefined) return false;
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated;
  });
}

/** A range as the network that it is; undefined: the control plane leaves it out. */
export function networkKey(range: string): string | undefined {
  const network = parsePrefixRange(range);
  return network && ('ipv6' in network ? network.ipv6 : formatNetwork(network));
}

/** The ranges that count: those that do not parse are left out by the control plane. Egress semantics §3.2. */
export function rangesOf({ spec }: Egress): ReturnType<typeof networksOf> {
  return networksOf(spec.ipAddresses ?? []);
}

/** Does an https or tcp port of the policy match the IPv4 address? Without ranges that count, any. */
export function coversAddress(policy: Egress, address: string): boolean {
  const ranges = rangesOf(policy);
  if (matchesAnyAddress(ranges)) return true;
  const value = parseIpv4(address)!;
  return ranges.networks.some((network) => networkContains(network, value));
}

export function isSource({ kind, name, namespace }: EgressSource, source: Source): boolean {
  return kind === 'ServiceAccount' && name === source.serviceAccount && namespace === source.namespace;
}

export function hasPort({ spec }: Pick<Egress, 'spec'>, number: number, protocol: string): boolean {
  return spec.ports.some((port) => port.number === number && port.protocol === protocol);
}

export function hasHost(policy: Egress, host: string): boolean {
  const wanted = host.toLowerCase();
  return (policy.spec.hosts ?? []).some((listed) => listed.toLowerCase() === wanted);
}
