import {
  formatIpv6,
  formatNetwork,
  ipv4Network,
  lastAddress,
  mappedIpv4,
  networkMask,
  parseIpv4,
  parseIpv6,
  splitCidr,
  type Ipv4Network,
} from '../text/ip.js';

/** What an entry of a filter chain's `prefix_ranges` comes to: an IPv4 network, or the text of an IPv6 one. */
export type PrefixRange = Ipv4Network | { readonly ipv6: string };

/**
 * Reads a range of a policy as the control plane hands it to Envoy: an IPv4-mapped address is its IPv4 address, and a prefix
 * length over 32 is then cut to 32. Undefined when it does not parse. Egress semantics §3.2.
 */
export function parsePrefixRange(text: string): PrefixRange | undefined {
  const cidr = splitCidr(text);
  if (!cidr) return undefined;
  const { address } = cidr;
  const prefixLength = Number(cidr.prefix);
  const ipv4 = typeof address === 'number' ? address : mappedIpv4(address);
  if (ipv4 !== undefined) return ipv4Network(ipv4, Math.min(prefixLength, 32));
  const groups = (address as readonly number[]).map((group, index) => {
    const bits = Math.min(Math.max(prefixLength - index * 16, 0), 16);
    return group & (0xffff << (16 - bits)) & 0xffff;
  });
  return { ipv6: `${formatIpv6(groups)}/${prefixLength}` };
}

/** Ranges that parse, by family. */
export function networksOf(ranges: readonly string[]): { networks: Ipv4Network[]; ipv6Networks: string[] } {
  const networks: Ipv4Network[] = [];
  const ipv6Networks: string[] = [];
  for (const text of ranges) {
    const range = parsePrefixRange(text);
    if (range === undefined) continue;
    if ('ipv6' in range) ipv6Networks.push(range.ipv6);
    else networks.push(range);
  }
  return { networks, ipv6Networks };
}

/**
 * Reads a range as iptables does in an IPv4 rule: a prefix length that begins with 0 is octal, one of 0 means every address
 * whatever stands before it. Undefined where the rules do not load. Egress semantics §2.
 */
export function parseIptablesRange(text: string): Ipv4Network | undefined {
  const cidr = splitCidr(text);
  if (!cidr) return undefined;
  const { address, prefix } = cidr;
  if (prefix.startsWith('0') && /[89]/.test(prefix)) return undefined;
  const prefixLength = Number.parseInt(prefix, prefix.startsWith('0') ? 8 : 10);
  if (prefixLength === 0) return { base: 0, prefixLength };
  const ipv4 = typeof address === 'number' ? address : mappedIpv4(address);
  return ipv4 === undefined || prefixLength > 32 ? undefined : ipv4Network(ipv4, prefixLength);
}

export type AddressLiteral =
  { readonly family: 4; readonly value: number } | { readonly family: 6; readonly text: string };

/**
 * Tells an address literal, which may have a zone, from a name, and gives the destination that leaves the kernel: IPv4 for an
 * IPv4-mapped IPv6 address, loopback for the unspecified one. Undefined for a name.
 */
export function parseAddressLiteral(host: string): AddressLiteral | undefined {
  const groups = parseIpv6(host.replace(/%.+/, ''));
  const value = groups ? mappedIpv4(groups) : parseIpv4(host);
  if (value !== undefined) return { family: 4, value: value || LOCALHOST };
  return groups && { family: 6, text: groups.some((group) => group !== 0) ? host : '::1' };
}

/** 127.0.0.1 */
const LOCALHOST = 0x7f000001;

/** First and last address. */
export type AddressInterval = readonly [first: number, last: number];

/** A part of the IPv4 space; null: outside all the networks. */
export interface AddressCell {
  readonly network: Ipv4Network | null;
  /** All of its addresses, in order. */
  readonly intervals: readonly AddressInterval[];
  /** One of its addresses. */
  readonly witness: number;
}

/** `0.0.0.0`, which a client takes for the loopback address. */
export const UNSPECIFIED: Ipv4Network = { base: 0, prefixLength: 32 };
const EVERYTHING: Ipv4Network = { base: 0, prefixLength: 0 };
/** An address of TEST-NET-3's far end, unlikely to be in anyone's list. */
const UNREMARKABLE_ADDRESS = 0xcb0071fe;

/** A network and what of it no other one inside it takes, while that is found out. */
interface Part {
  readonly network: Ipv4Network | null;
  readonly range: Ipv4Network;
  isAvoided: boolean;
  readonly intervals: AddressInterval[];
  /** The first address that is not yet given to anyone. */
  next: number;
}

/**
 * Cuts the IPv4 space along the given networks. Each cell is the part of a network that no more specific one covers;
 * the cell without a network is the rest of the space. Every cell comes with one of its addresses; a cell that has none is
 * left out.
 * @param avoid networks and single addresses (as unsigned 32-bit integers) that belong to no cell
 */
export function partitionAddresses(
  networks: Iterable<Ipv4Network>,
  avoid: { readonly networks?: readonly Ipv4Network[]; readonly addresses?: Iterable<number> } = {},
): AddressCell[] {
  const distinct = new Map<string, Part>();
  const add = (range: Ipv4Network, isAvoided: boolean) =>
    distinct.set(formatNetwork(range), { network: range, range, isAvoided, intervals: [], next: range.base });
  for (const network of networks) add(network, false);
  for (const network of avoid.networks ?? []) add(network, true);
  for (const base of avoid.addresses ?? []) add({ base, prefixLength: 32 }, true);
  // outer networks come before what they contain, so the open ones are a stack
  const sorted = [...distinct.values()].sort(
    (a, b) => a.range.base - b.range.base || a.range.prefixLength - b.range.prefixLength,
  );
  const rest: Part = { network: null, range: EVERYTHING, isAvoided: false, intervals: [], next: 0 };
  const open = [rest];
  const take = (from: Part, end: number) => {
    if (from.next < end) from.intervals.push([from.next, end - 1]);
  };
  const close = (until: number) => {
    while (open.length > 0 && lastAddress(open.at(-1)!.range) < until) {
      const closed = open.pop()!;
      const end = lastAddress(closed.range) + 1;
      take(closed, end);
      if (open.length > 0) open.at(-1)!.next = end;
    }
  };
  for (const inner of sorted) {
    close(inner.range.base);
    const outer = open.at(-1)!;
    take(outer, inner.range.base);
    // what is avoided stays so, whatever lies inside it
    inner.isAvoided ||= outer.isAvoided;
    open.push(inner);
  }
  close(2 ** 32);

  const cells: AddressCell[] = [];
  for (const { network, isAvoided, intervals } of [rest, ...sorted]) {
    if (isAvoided || intervals.length === 0) continue;
    const unremarkable = network === null && inIntervals(intervals, UNREMARKABLE_ADDRESS);
    cells.push({ network, intervals, witness: unremarkable ? UNREMARKABLE_ADDRESS : intervals[0]![0] });
  }
  return cells;
}

/** Is the address in one of the sorted intervals? Logarithmic in their number. */
export function inIntervals(intervals: readonly AddressInterval[], address: number): boolean {
  let [from, to] = [0, intervals.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (address > intervals[middle]![1]) from = middle + 1;
    else to = middle;
  }
  return from < intervals.length && intervals[from]![0] <= address;
}

/**
 * An address of some intervals that is in no set, from a usual one on if there is one; undefined: there is none at all.
 * @param usual what comes before is the second choice
 */
export function addressApart(
  intervals: readonly AddressInterval[],
  avoided: ReadonlySet<number>,
  usual = 0,
): number | undefined {
  for (const [first, last] of intervals) {
    for (let address = Math.max(first, usual); address <= last; address++) if (!avoided.has(address)) return address;
  }
  return usual > 0 ? addressApart(intervals, avoided) : undefined;
}

/** The fewest networks that hold exactly the addresses of some intervals. */
export function networksCovering(intervals: readonly AddressInterval[]): Ipv4Network[] {
  const networks: Ipv4Network[] = [];
  const sorted = [...intervals].sort(([a], [b]) => a - b);
  for (let index = 0; index < sorted.length; index++) {
    let [first, last] = sorted[index]!;
    while (sorted[index + 1]?.[0] === last + 1) [, last] = sorted[++index]!;
    while (first <= last) {
      let prefixLength = 32;
      const fits = (length: number) =>
        (first & networkMask(length)) >>> 0 === first && first + 2 ** (32 - length) - 1 <= last;
      while (prefixLength > 0 && fits(prefixLength - 1)) prefixLength--;
      networks.push({ base: first, prefixLength });
      first += 2 ** (32 - prefixLength);
    }
  }
  return networks;
}
