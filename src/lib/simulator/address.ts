import {
  formatNetwork,
  lastAddress,
  mappedIpv4,
  networkContains,
  parseIpv4,
  parseIpv6,
  type Ipv4Network,
} from '../text/ip.js';

export type AddressLiteral =
  { readonly family: 4; readonly value: number } | { readonly family: 6; readonly text: string };

/**
 * Tells an address literal, which may have a zone, from a name. An IPv4-mapped IPv6 address counts as IPv4: the kernel sends IPv4 packets for it.
 * Undefined for a name.
 */
export function parseAddressLiteral(host: string): AddressLiteral | undefined {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return { family: 4, value: ipv4 };
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
