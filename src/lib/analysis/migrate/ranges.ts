/** Networks that OSM's chains ask for, as ranges of Istio. */
import { networksCovering, partitionAddresses } from '../../simulator/address.js';
import { formatNetwork, parseCidr, type Ipv4Network } from '../../text/ip.js';
import type { PortGrants } from './grants.js';

/** Every address, as an entry without addresses takes only what nothing else does. */
export const EVERYWHERE = '0.0.0.0/0';

/** No host has such an address. */
export const THIS_NETWORK: Ipv4Network = { base: 0, prefixLength: 8 };

/** What filter chains of a port ask for, in order. */
export function networksIn({ tcp, tls, dead }: PortGrants): string[] {
  const all = [tcp, ...tls.values()].flatMap(({ networks }) => [...networks]);
  return [...new Set([...all, ...dead])].sort();
}

/**
 * Ranges for networks that chains of one port ask for. To Istio an address of zeros is no range, so that such a network is cut up, around
 * those that would be the same as a part of it.
 */
export function rangesOn(asked: readonly string[]): (network: string) => string[] {
  const wide = asked.map((text) => parseCidr(text)!).filter(({ prefixLength }) => prefixLength <= 8);
  return (text) => {
    const network = parseCidr(text)!;
    if (network.base !== 0) return [text];
    const cells = partitionAddresses([network, ...wide], { networks: [THIS_NETWORK] });
    const own = cells.filter((cell) => cell.network && formatNetwork(cell.network) === text);
    return networksCovering(own.flatMap(({ intervals }) => intervals)).map(formatNetwork);
  };
}
