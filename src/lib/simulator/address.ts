import {
  formatIpv6,
  formatNetwork,
  ipv4Network,
  lastAddress,
  mappedIpv4,
  networkContains,
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
 * Tells an address literal, which may have a zone, from a name. An IPv4-mapped IPv6 address counts as IPv4: the kernel sends IPv4 packets for it.
 * Undefined for a name.
 */
export function parseAddressLiteral(host: string): AddressLiteral | undefined {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return { family: 4, value: ipv4 };
  if (!host.includes(':')) return undefined;
  const groups = parseIpv6(host.replace(/%.+$/, ''));
  if (!groups) return undefined;
  const mapped = mappedIpv4(groups);
  return mapped === undefined ? { family: 6, text: host } : { family: 4, value: mapped };
}

/** A part of the IPv4 space; null: outside all the networks. */
export interface AddressCell {
  readonly network: Ipv4Network | null;
  /** One of its addresses. */
  readonly witness: number;
}

/**
 * Cuts the IPv4 space along the given networks. Each cell is the part of a network that no more specific one covers;
 * the cell without a network is the rest of the space. Every cell comes with one of its addresses; a cell of which every
 * address is to be avoided is left out.
 * @param avoid networks and single addresses (as unsigned 32-bit integers) that are no witnesses
 */
export function partitionAddresses(
  networks: Iterable<Ipv4Network>,
  avoid: { readonly networks?: readonly Ipv4Network[]; readonly addresses?: ReadonlySet<number> } = {},
): AddressCell[] {
  const distinct = new Map<string, Ipv4Network>();
  for (const network of networks) distinct.set(formatNetwork(network), network);
  const all = [...distinct.values()];
  const cells: AddressCell[] = [];
  for (const network of [null, ...all]) {
    const outer = network ?? EVERYTHING;
    const inner = all.filter(
      (other) => (network === null || other.prefixLength > outer.prefixLength) && networkContains(outer, other.base),
    );
    const gaps = gapsBetween(outer, [...inner, ...(avoid.networks ?? [])]);
    const witness = firstFree(gaps, avoid.addresses ?? NO_ADDRESSES, network === null);
    if (witness !== undefined) cells.push({ network, witness });
  }
  return cells;
}

const EVERYTHING: Ipv4Network = { base: 0, prefixLength: 0 };
const NO_ADDRESSES: ReadonlySet<number> = new Set();

interface Gap {
  readonly first: number;
  readonly last: number;
}

/** What the covering networks leave of a network, in ascending order. */
function gapsBetween(outer: Ipv4Network, covering: readonly Ipv4Network[]): Gap[] {
  const end = lastAddress(outer);
  const gaps: Gap[] = [];
  let next = outer.base;
  for (const network of [...covering].sort((a, b) => a.base - b.base)) {
    if (network.base > next) gaps.push({ first: next, last: Math.min(network.base - 1, end) });
    next = Math.max(next, lastAddress(network) + 1);
    if (next > end) return gaps;
  }
  gaps.push({ first: next, last: end });
  return gaps;
}

/** Takes at most one step more than there are addresses to avoid. */
function firstFree(gaps: readonly Gap[], avoid: ReadonlySet<number>, unremarkable: boolean): number | undefined {
  const contains = ({ first, last }: Gap): boolean => first <= UNREMARKABLE_ADDRESS && UNREMARKABLE_ADDRESS <= last;
  if (unremarkable && !avoid.has(UNREMARKABLE_ADDRESS) && gaps.some(contains)) return UNREMARKABLE_ADDRESS;
  for (const { first, last } of gaps) {
    for (let address = first; address <= last; address++) if (!avoid.has(address)) return address;
  }
  return undefined;
}

/** An address of TEST-NET-3's far end, unlikely to be in anyone's list. */
const UNREMARKABLE_ADDRESS = 0xcb0071fe;
