/**
 * IPv4 and IPv6 addresses and networks in the notations that Go's net package and inet_pton take: no leading zeros, no short
 * forms, no zones. IPv4 addresses are unsigned 32-bit integers.
 */

export interface Ipv4Network {
  /** First address; host bits are zero. */
  readonly base: number;
  /** 0 to 32 */
  readonly prefixLength: number;
}

const OCTETS = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** `192.0.2.10` → 3221225994; undefined unless four decimal octets without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const octets = OCTETS.exec(text);
  if (!octets) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = Number(octets[i]);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
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
export interface WrittenCidr {
  /** Of IPv4, or eight 16-bit groups of IPv6. */
  readonly address: number | readonly number[];
  readonly prefix: string;
}

/** Splits what Go's `net.ParseCIDR` accepts; undefined for everything else. */
export function splitCidr(text: string): WrittenCidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const [written, prefix] = [text.slice(0, slash), text.slice(slash + 1)];
  const address = parseIpv4(written) ?? parseIpv6(written);
  if (address === undefined || !/^\d{1,3}$/.test(prefix)) return undefined;
  return Number(prefix) > (typeof address === 'number' ? 32 : 128) ? undefined : { address, prefix };
}

/** `192.0.2.0/24`, `2001:db8::/32`, as Go's `net.ParseCIDR` accepts them; host bits may be set. */
export function isCidr(text: string): boolean {
  return splitCidr(text) !== undefined;
}

/** The network of an address: its host bits are dropped. */
export function ipv4Network(address: number, prefixLength: number): Ipv4Network {
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

export function formatNetwork(network: Ipv4Network): string {
  return `${formatIpv4(network.base)}/${network.prefixLength}`;
}

export function networkContains(network: Ipv4Network, address: number): boolean {
  return (address & networkMask(network.prefixLength)) >>> 0 === network.base;
}

export function lastAddress(network: Ipv4Network): number {
  return (network.base | ~networkMask(network.prefixLength)) >>> 0;
}

/** The eight 16-bit groups of an IPv6 address without brackets and zone; undefined when it is none. */
export function parseIpv6(text: string): number[] | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const [head = '', tail, ...others] = text.split('::');
  if (others.length > 0) return undefined;
  const before = parseGroups(head, tail === undefined);
  if (tail === undefined) return before?.length === 8 ? before : undefined;
  const after = parseGroups(tail, true);
  if (!before || !after || before.length + after.length > 7) return undefined;
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else if (ipv4 !== undefined) groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    else return undefined;
  }
  return groups;
}

/** The IPv4 address that an IPv6 address stands for (`::ffff:192.0.2.1`); undefined for others. */
export function mappedIpv4(groups: readonly number[]): number | undefined {
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  return isMapped ? groups[6]! * 65536 + groups[7]! : undefined;
}

/** @param base, address as `parseIpv6` gives them */
export function ipv6NetworkContains(
  base: readonly number[],
  prefixLength: number,
  address: readonly number[],
): boolean {
  return address.every((group, index) => {
    const bits = Math.min(Math.max(prefixLength - index * 16, 0), 16);
    const mask = (0xffff << (16 - bits)) & 0xffff;
    return (group & mask) === (base[index]! & mask);
  });
}

/** The groups of an address, of an IPv4 one those of its IPv6 form (`::ffff:192.0.2.1`); undefined for what is no address. */
export function addressGroups(text: string): readonly number[] | undefined {
  const ipv4 = parseIpv4(text);
  return ipv4 === undefined ? parseIpv6(text) : mappedGroups(ipv4);
}

function mappedGroups(ipv4: number): readonly number[] {
  return [0, 0, 0, 0, 0, 0xffff, ipv4 >>> 16, ipv4 & 0xffff];
}

/**
 * Does a network, in CIDR notation, hold an address? As Go's `IPNet.Contains`: an IPv4 address that is written as IPv6 is an IPv4 address,
 * and no network of IPv6 holds it. What is no network holds nothing, and none holds what is no address.
 */
export function cidrContains(cidr: string, address: string): boolean {
  const network = splitCidr(cidr);
  const groups = addressGroups(address);
  if (!network || !groups) return false;
  const [base, offset] =
    typeof network.address === 'number' ? [mappedGroups(network.address), 96] : [network.address, 0];
  const prefixLength = Number(network.prefix) + offset;
  const isTooWide = prefixLength < 96 && mappedIpv4(groups) !== undefined;
  return !isTooWide && ipv6NetworkContains(base, prefixLength, groups);
}

/** The shortest usual notation: lower case, the longest run of two or more zero groups as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return hex(groups);
  // An embedded IPv4 address is written with dots, as inet_ntop does.
  if (bestStart === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff))) {
    const dotted = formatIpv4(groups[6]! * 65536 + groups[7]!);
    return bestLength === 6 ? `::${dotted}` : `::ffff:${dotted}`;
  }
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** A host as URLs and `Host` have it: an address of IPv6, also with a zone, in brackets. */
export function inBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** An IPv4 (dotted) or IPv6 (no brackets) literal. */
export function isIpAddress(text: string): boolean {
  return parseIpv4(text) !== undefined || parseIpv6(text) !== undefined;
}
