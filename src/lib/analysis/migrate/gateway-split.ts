/** What of the grants of a namespace's sources an egress gateway can check: hosts of plain HTTP, and names of TLS. */
import type { Source } from '../../simulator/world.js';
import { isWithin } from '../../simulator/istio/hosts.js';
import { networkContains, parseCidr, type Ipv4Network } from '../../text/ip.js';
import { isTaken } from './emit-parts.js';
import { isUsed, type Grants, type PortGrants } from './grants.js';
import { networksIn } from './ranges.js';

export interface Member {
  readonly source: Source;
  readonly grants: Grants;
}

export interface Routed {
  readonly members: readonly Member[];
  /** Of plain HTTP. */
  readonly hosts: ReadonlySet<string>;
  /** Of TLS. */
  readonly names: ReadonlySet<string>;
}

export const NOTHING_ROUTED: Pick<Routed, 'hosts' | 'names'> = { hosts: new Set(), names: new Set() };

/** A gateway looks names up, so that wildcards, addresses and bytes without a name do not go through it. */
export function routedOf(members: readonly Member[]): Routed {
  const ports = members.flatMap(({ grants }) => [...grants.values()]);
  const canLookUp = (name: string) => !name.startsWith('*') && isTaken(name);
  return {
    members,
    hosts: new Set(ports.flatMap(({ http }) => [...http.keys()]).filter(canLookUp)),
    names: new Set(ports.flatMap(({ tls }) => [...tls.keys()]).filter(canLookUp)),
  };
}

/** What is left of a source's grants when what goes through the gateway is taken out. */
export function restOf(grants: Grants, { hosts, names }: Routed): Grants {
  const rest = new Map<number, PortGrants>();
  for (const [number, port] of grants) {
    const http = new Map([...port.http].filter(([host]) => !hosts.has(host)));
    const tls = new Map([...port.tls].filter(([name]) => !names.has(name)));
    const own = { ...port, http, tls };
    // what a port reads, and where it leads nowhere, matters only to what else it lets through
    if (isUsed(own)) rest.set(number, own);
  }
  return rest;
}

/** Networks that filter chains of a port ask for, whoever they are for. */
export function networksOn(port: number, members: readonly Member[]): string[] {
  const found = new Set<string>();
  for (const { grants } of members) {
    const own = grants.get(port);
    for (const network of own ? networksIn(own) : []) found.add(network);
  }
  return [...found].sort();
}

/**
 * Does OSM let a source send TLS with the name to everything of a network? As in Envoy, of the networks that a port's chains ask
 * for the narrowest counts, and nothing else is asked beside it.
 * @param text a network; empty: addresses of which no network of anybody's is
 */
export function takesName(port: PortGrants | undefined, name: string, text: string): boolean {
  if (!port) return false;
  const { tls, tcp } = port;
  const patterns = [...tls].filter(([pattern]) => isWithin(name, pattern)).map(([, grant]) => grant);
  const within = parseCidr(text);
  const narrowest = networksIn(port)
    .map((one) => ({ text: one, network: parseCidr(one)! }))
    .filter(({ network }) => within && contains(network, within))
    .sort((one, other) => other.network.prefixLength - one.network.prefixLength)[0];
  if (!narrowest) return tcp.any || patterns.some(({ any }) => any);
  return [tcp, ...patterns].some(({ networks }) => networks.has(narrowest.text));
}

function contains(one: Ipv4Network, other: Ipv4Network): boolean {
  return one.prefixLength <= other.prefixLength && networkContains(one, other.base);
}
