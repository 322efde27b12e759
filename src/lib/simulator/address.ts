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

/**
 * Reads an IPv4 CIDR as the controller does: host bits are dropped, a prefix over 32 or an octet over 255 does not parse.
 * Undefined when it does not parse, or is an IPv6 network (which holds no IPv4 address).
 */
export function parseCidr(text: string): Ipv4Network | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIpv4(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,3}$/.test(prefix)) return undefined;
  const prefixLength = Number(prefix);
  if (prefixLength > 32) return undefined;
  return { base: (address & networkMask(prefixLength)) >>> 0, prefixLength };
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
 * the cell without a network is the rest of the space. Every cell comes with one of its addresses.
 */
export function partitionAddresses(
  networks: Iterable<Ipv4Network>,
  avoid: (address: number) => boolean = () => false,
): AddressCell[] {
  const distinct = new Map<string, Ipv4Network>();
  for (const network of networks) distinct.set(formatNetwork(network), network);
  const all = [...distinct.values()];
  const cells: AddressCell[] = [];
  const everything: Ipv4Network = { base: 0, prefixLength: 0 };
  for (const network of [null, ...all]) {
    const outer = network ?? everything;
    const inner = all.filter(
      (other) => (network === null || other.prefixLength > outer.prefixLength) && networkContains(outer, other.base),
    );
    // the uncovered part begins at the network's base or right behind a covering network
    const candidates = [
      outer.base,
      ...inner.map((covering) => lastAddress(covering) + 1),
      // reserved space in front of the uncovered part is skipped by probing a little further
      ...inner.map((covering) => lastAddress(covering) + 256),
      outer.base + 1,
    ];
    if (network === null) candidates.unshift(UNREMARKABLE_ADDRESS);
    const witness = candidates.find(
      (address) =>
        address <= lastAddress(outer) &&
        networkContains(outer, address) &&
        !avoid(address) &&
        !inner.some((covering) => networkContains(covering, address)),
    );
    if (witness !== undefined) cells.push({ network, witness });
  }
  return cells;
}

/** An address of TEST-NET-3's far end, unlikely to be in anyone's list. */
const UNREMARKABLE_ADDRESS = 0xcb0071fe;
