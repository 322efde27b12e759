/**
 * Which policies of a source may have a say in the requests that another one allows by itself. It errs on the side of too many, so
 * that what is proven of a policy among its rivals holds among all (`test/analysis/lint/exact.test.ts`).
 */
import type { Egress } from '../../resources/types.js';
import { networksOf } from '../../simulator/address.js';
import { networkContains, type Ipv4Network } from '../../text/ip.js';

/** What a port of a policy programs, as far as rivalry goes. */
interface Part {
  readonly policy: Egress;
  readonly sort: 'http' | 'other';
  readonly serverFirst: boolean;
  /** Empty: every address. Those of http restrict nothing, and are not asked for. */
  readonly networks: readonly Ipv4Network[];
  /** As it is written, to tell equal lists. */
  readonly ranges: string;
  /** Lower case, without port, and with the star that an empty one, or a leading dot, stands for; empty: any. */
  readonly names: readonly string[];
}

/** By policy; those without rivals are left out. */
export function rivalsAmong(policies: readonly Egress[]): ReadonlyMap<Egress, ReadonlySet<Egress>> {
  const byPort = new Map<number, Part[]>();
  for (const policy of policies) {
    for (const { number, protocol } of policy.spec.ports) {
      const part = partOf(policy, protocol);
      const known = byPort.get(number);
      if (known) known.push(part);
      else byPort.set(number, [part]);
    }
  }
  const rivals = new Map<Egress, Set<Egress>>();
  const add = (one: Egress, other: Egress): void => {
    const known = rivals.get(one);
    if (known) known.add(other);
    else rivals.set(one, new Set([other]));
  };
  for (const parts of byPort.values()) {
    for (const [one, other] of meetingPairs(parts)) {
      if (one.policy === other.policy || !areRivals(one, other)) continue;
      add(one.policy, other.policy);
      add(other.policy, one.policy);
    }
  }
  return rivals;
}

function partOf(policy: Egress, written: string): Part {
  const protocol = written.toLowerCase();
  const { hosts = [], ipAddresses = [] } = policy.spec;
  const isHttp = protocol === 'http';
  const hasNames = isHttp || protocol === 'https';
  return {
    policy,
    sort: isHttp ? 'http' : 'other',
    serverFirst: protocol === 'tcp-server-first',
    networks: networksOf(ipAddresses).networks,
    ranges: isHttp ? '' : [...new Set(ipAddresses)].sort().join(),
    names: hasNames
      ? hosts.map((host) =>
          host
            .toLowerCase()
            .replace(/:\d+$/, '')
            .replace(/^(?=\.|$)/, '*'),
        )
      : [],
  };
}

/** Parts with exact names and no ranges meet only by a name: pairs of these are looked up, all others are tried. */
function* meetingPairs(parts: readonly Part[]): Generator<readonly [Part, Part]> {
  const byName = new Map<string, Part[]>();
  const wide: Part[] = [];
  for (const part of parts) {
    const isNarrow = part.names.length > 0 && part.ranges === '' && !part.names.some((name) => name.includes('*'));
    if (!isNarrow) wide.push(part);
    else {
      for (const name of new Set(part.names)) {
        const key = `${part.sort} ${name}`;
        const same = byName.get(key) ?? [];
        for (const other of same) yield [other, part];
        byName.set(key, [...same, part]);
      }
    }
  }
  for (const one of wide) for (const other of parts) yield [one, other];
}

function areRivals(one: Part, other: Part): boolean {
  if (one.serverFirst !== other.serverFirst) return true;
  if (one.sort === 'http' && other.sort === 'http') return namesMeet(one.names, other.names);
  if (one.sort !== other.sort) {
    const tcp = one.sort === 'http' ? other : one;
    return tcp.networks.length > 0 || tcp.names.length === 0 || tcp.ranges !== '';
  }
  if (!networksMeet(one.networks, other.networks)) return false;
  return (
    one.ranges !== other.ranges ||
    one.names.length === 0 ||
    other.names.length === 0 ||
    namesMeet(one.names, other.names)
  );
}

function networksMeet(one: readonly Ipv4Network[], other: readonly Ipv4Network[]): boolean {
  if (one.length === 0 || other.length === 0) return true;
  return one.some((a) => other.some((b) => networkContains(a, b.base) || networkContains(b, a.base)));
}

function namesMeet(one: readonly string[], other: readonly string[]): boolean {
  const exact = new Set(one);
  return other.some((name) => exact.has(name) || name.includes('*')) || one.some((name) => name.includes('*'));
}
