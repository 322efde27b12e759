import { formatIpv6, parseIpv6 } from './request/ip.js';

/** IPv4 addresses and networks as unsigned 32-bit integers, and the CIDR notation that Go's `net.ParseCIDR` accepts. */

export interface Ipv4Network {
  /** First address; host bits are zero. */
  readonly base: number;
  /** 0 to 32 */
  readonly prefixLength: number;
}

const DECIMAL_OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** `192.0.2.10` → 3221225994; undefined unless four decimal octets without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const octets = DECIMAL_OCTETS.exec(text);
  if (!octets) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = octets[i]!;
    if (octet.length > 1 && octet.startsWith('0')) return undefined;
    const number = Number(octet);
    if (number > 255) return undefined;
    value = value * 256 + number;
  }
  return value;
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function networkMask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** An address and a prefix length as they are written. */
interface WrittenCidr {
  /** Of IPv4, or eight 16-bit groups of IPv6. */
  readonly address: number | readonly number[];
  readonly prefix: string;
}

/** Splits what Go's `net.ParseCIDR` accepts; undefined for everything else. */
function splitCidr(text: string): WrittenCidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const [written, prefix] = [text.slice(0, slash), text.slice(slash + 1)];
  const address = parseIpv4(written) ?? parseIpv6(written);
  if (address === null || !/^\d{1,3}$/.test(prefix)) return undefined;
  return Number(prefix) > (typeof address === 'number' ? 32 : 128) ? undefined : { address, prefix };
}

/** Whether Go's `net.ParseCIDR` accepts the text, for either family. */
export function isCidr(text: string): boolean {
  return splitCidr(text) !== undefined;
}

/** The IPv4 address that an IPv4-mapped IPv6 address stands for. */
function mappedIpv4(groups: readonly number[]): number | undefined {
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? groups[6]! * 65536 + groups[7]! : undefined;
}

function ipv4Network(address: number, prefixLength: number): Ipv4Network {
  return { base: (address & networkMask(prefixLength)) >>> 0, prefixLength };
}

/**
 * Reads an IPv4 CIDR as the controller does: host bits are dropped, a prefix over 32 or an octet over 255 does not parse.
 * Undefined when it does not parse, or is written as an IPv6 network.
 */
export function parseCidr(text: string): Ipv4Network | undefined {
  const cidr = splitCidr(text);
  return typeof cidr?.address === 'number' ? ipv4Network(cidr.address, Number(cidr.prefix)) : undefined;
}

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

export function formatNetwork(network: Ipv4Network): string {
  return `${formatIpv4(network.base)}/${network.prefixLength}`;
}

export function networkContains(network: Ipv4Network, address: number): boolean {
  return (address & networkMask(network.prefixLength)) >>> 0 === network.base;
}

export function lastAddress(network: Ipv4Network): number {
  return (network.base | ~networkMask(network.prefixLength)) >>> 0;
}

export type AddressLiteral =
  { readonly family: 4; readonly value: number } | { readonly family: 6; readonly text: string };

/** Enough to tell a literal from a name with a port; a zone may follow. */
const IPV6_SHAPE = /^[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]*(%.+)?$/i;
const MAPPED_DOTTED = /^(?:0{0,4}:){2,5}ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED_HEX = /^(?:0{0,4}:){2,5}ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i;

/**
 * Tells an address literal from a name. An IPv4-mapped IPv6 address counts as IPv4: the kernel sends IPv4 packets for it.
 * Undefined for a name.
 */
export function parseAddressLiteral(host: string): AddressLiteral | undefined {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return { family: 4, value: ipv4 };
  if (!IPV6_SHAPE.test(host)) return undefined;
  const dotted = MAPPED_DOTTED.exec(host);
  if (dotted) {
    const value = parseIpv4(dotted[1]!);
    if (value !== undefined) return { family: 4, value };
  }
  const hex = MAPPED_HEX.exec(host);
  if (hex) return { family: 4, value: parseInt(hex[1]!, 16) * 65536 + parseInt(hex[2]!, 16) };
  return { family: 6, text: host };
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
