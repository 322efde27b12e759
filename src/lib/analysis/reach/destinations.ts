/** Places that policies name, and what a source may send there: the cells of a matrix. */
import type { World } from '../../simulator/world.js';
import {
  addressApart,
  parseAddressLiteral,
  parsePrefixRange,
  partitionAddresses,
  UNSPECIFIED,
  type AddressInterval,
} from '../../simulator/address.js';
import { hostCovers } from '../../simulator/explain.js';
import { serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import { LOOPBACK } from '../../simulator/interception.js';
import type { Target } from '../../simulator/request/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { VerdictWord } from '../../simulator/verdict.js';
import { formatIpv4, formatNetwork, lastAddress, parseIpv4, type Ipv4Network } from '../../text/ip.js';
import {
  addressesOfAlikePods,
  mergedClassesWithin,
  mergePicks,
  spaceOf,
  targetOf,
  waysWithin,
  type Chooser,
  type Part,
  type Pick,
  type RequestClass,
  type RequestSpace,
} from '../request-space/index.js';
import { passage } from './reach.js';

export type DestinationProtocol = 'http' | 'https' | 'tcp' | 'tcp-server-first';

export interface Destination {
  /** `api.example.com:443/https`; unique. */
  readonly name: string;
  readonly protocol: DestinationProtocol;
  readonly port: number;
  /** As policies write it; undefined for protocols without, and where any will do. */
  readonly host: string | undefined;
  readonly network: Ipv4Network | undefined;
  /** An address of a network of IPv6, to which requests are not intercepted. */
  readonly ipv6?: string | undefined;
}

/** Every host and network with the ports and protocols under which policies name it, in the order of the names. */
export function destinationsOf({ egresses }: World): Destination[] {
  const found = new Map<string, Destination>();
  for (const { spec } of egresses) {
    for (const { number: port, protocol: written } of spec.ports) {
      const protocol = written.toLowerCase();
      if (!isProtocol(protocol)) continue;
      const { hosts = [], ipAddresses = [] } = spec;
      const places = takesHosts(protocol) ? hosts : ipAddresses;
      for (const place of places.length > 0 ? places : ['*']) {
        const destination = destinationAt(protocol, port, place);
        found.set(destination.name, destination);
      }
    }
  }
  return inOrder(found);
}

/** @param range the place as a range, where it is none by itself */
export function destinationAt(protocol: DestinationProtocol, port: number, place: string, range = place): Destination {
  const name = `${place}:${port}/${protocol}`;
  if (takesHosts(protocol))
    return { name, protocol, port, host: place === '*' ? undefined : place, network: undefined };
  const parsed = parsePrefixRange(range);
  if (parsed && 'ipv6' in parsed) {
    return { name, protocol, port, host: undefined, network: undefined, ipv6: range.replace(/\/.*/, '') };
  }
  return { name, protocol, port, host: undefined, network: parsed };
}

export function inOrder(found: ReadonlyMap<string, Destination>): Destination[] {
  return [...found.keys()].sort().map((name) => found.get(name)!);
}

const PROTOCOLS: readonly string[] = ['http', 'https', 'tcp', 'tcp-server-first'];

const takesHosts = (protocol: DestinationProtocol): boolean => protocol === 'http' || protocol === 'https';

function isProtocol(text: string): text is DestinationProtocol {
  return PROTOCOLS.includes(text);
}

/** `some`: there are requests that get through, and others that do not. */
export type CellVerdict = 'allowed' | 'some' | 'denied' | 'unknown';

export interface CellFacts {
  readonly verdict: CellVerdict;
  /** A request that shows it: one that gets through where some do. */
  readonly example: Target;
  /** With `some`: those that get through. */
  readonly classes: readonly RequestClass[];
}

/**
 * What a source may send to destinations, for all usual requests of HTTP/1.1 or TLS as curl offers it, or any other bytes. A name
 * whose address is not known is taken to be at an address that policies look at, or that nothing names.
 */
export class Reachable {
  private readonly space: RequestSpace;
  private readonly passages = new Map<number, VerdictWord>();
  private readonly nameless = new Map<string, CellFacts>();
  /** What the program names, in lower case. */
  private readonly hosts: { readonly exact: ReadonlySet<string>; readonly wildcards: readonly string[] };

  constructor(private readonly simulation: Simulation) {
    this.space = spaceOf([simulation], { detail: 'policies' });
    const { listener, boundListeners, routeConfigurations } = simulation.program;
    const chains = [listener, ...(boundListeners?.values() ?? [])].flatMap((one) => one?.filterChains ?? []);
    const serverNames = chains.flatMap(({ match }) => match.serverNames);
    const domains = [...routeConfigurations.values()].flatMap(({ virtualHosts }) =>
      virtualHosts.flatMap((virtualHost) => virtualHost.domains),
    );
    const named = [
      ...serverNames.map((name) => serverNameKey(name).replace(/^\./, '*.')),
      ...domains.map((domain) => domain.toLowerCase()),
    ];
    this.hosts = { exact: new Set(named), wildcards: [...new Set(named)].filter((name) => name.includes('*')) };
  }

  /** Destinations whose host nothing in the program names get one and the same answer, about `NAMELESS`. */
  at(destination: Destination): CellFacts {
    const { host = NAMELESS, port, protocol } = destination;
    if (!takesHosts(protocol) || this.names(sampleOf(host, protocol))) return this.find(destination);
    const key = `${port}/${protocol}`;
    let known = this.nameless.get(key);
    if (!known) this.nameless.set(key, (known = this.find({ ...destination, host: NAMELESS })));
    return known;
  }

  /** Does the program treat the host otherwise than one that nobody has heard of? */
  private names(host: string): boolean {
    if (this.simulation.names.lookUp(host).addresses.length > 0) return true;
    const { exact, wildcards } = this.hosts;
    return exact.has(host.toLowerCase()) || wildcards.some((wildcard) => hostCovers(wildcard, host));
  }

  private find(destination: Destination): CellFacts {
    const questions = this.picksFor(destination).map((own) => ({ own, choose: this.chooserFor(destination, own) }));
    const ways = questions.flatMap(({ own, choose }) =>
      [...waysWithin(this.space, choose)].map(({ leaf, picks }) => {
        const pick = { ...mergePicks(picks), ...own };
        return { passage: leaf.undecided ? ('unknown' as const) : this.passageOf(leaf.id, pick), pick };
      }),
    );
    const said = new Set(ways.map((way) => way.passage));
    const uncertain = said.has('unknown') || said.has('unpredictable');
    const verdict =
      said.size > 1 && said.has('allowed')
        ? 'some'
        : uncertain
          ? 'unknown'
          : said.has('allowed')
            ? 'allowed'
            : 'denied';
    const shows = ways.find((way) => way.passage === 'allowed') ?? ways[0]!;
    const classes =
      verdict === 'some' ? questions.flatMap(({ choose }) => mergedClassesWithin(this.space, choose)) : [];
    const allowed = classes.filter((one) => passage(one.verdicts[0]!) === 'allowed');
    return {
      verdict,
      example: targetOf(shows.pick),
      classes: [...new Map(allowed.map((one) => [one.witness.command, one])).values()],
    };
  }

  /** What requests are made with: of a place with known addresses for each of them. */
  private picksFor(destination: Destination): Pick[] {
    const { host, ipv6, network } = destination;
    const own = ownPick(destination);
    if (ipv6) return [{ ...own, address: ipv6 }];
    if (network && this.isLeftOut(network)) return [{ ...own, address: formatIpv4(network.base) }];
    const addresses = host === undefined ? [] : this.simulation.names.lookUp(host).addresses;
    return addresses.length > 0 ? addresses.map((address) => ({ ...own, address })) : [own];
  }

  /** Whether a network has no address outside the pod, or none but those of pods that are alike, which the space leaves out. */
  private isLeftOut(network: Ipv4Network): boolean {
    const outside = partitionAddresses([network], { networks: [LOOPBACK, UNSPECIFIED] });
    const intervals = outside.flatMap((cell) => (cell.network === null ? [] : cell.intervals));
    return addressApart(intervals, addressesOfAlikePods(this.simulation)) === undefined;
  }

  /** Equal for all requests that end in a leaf. */
  private passageOf(leaf: number, pick: Pick): VerdictWord {
    const decided = (): VerdictWord => passage(this.simulation.decide(targetOf(pick)));
    const address = parseIpv4(pick.address ?? '');
    // which the space leaves out
    if (address !== undefined && addressesOfAlikePods(this.simulation).has(address)) return decided();
    let known = this.passages.get(leaf);
    if (known === undefined) this.passages.set(leaf, (known = decided()));
    return known;
  }

  private chooserFor({ network, port }: Destination, own: Pick): Chooser {
    const target = targetOf(own);
    const point = { target, address: parseAddressLiteral(target.dial.host)! };
    const ofPods = addressesOfAlikePods(this.simulation);
    const ofPolicies = new Set(
      this.simulation.dataPlane
        .chainsOnPort(port)
        .flatMap(({ origin, match }) => (origin === 'egress' ? match.networks.map(formatNetwork) : [])),
    );
    return ({ dimension, edges, edgeOf, parts, partOf }) => {
      if (FREE.has(dimension) || dimension.startsWith('header ')) return edges;
      if (dimension !== 'address' || own.address !== undefined) return [edgeOf.get(partOf(point))!];
      const isWanted = (part: Part) =>
        network ? meets(part, network) : part.rest === true || ofPolicies.has(part.name);
      return edges.flatMap((edge) => {
        const part = edge.parts.map((index) => parts[index]!).find(isWanted);
        return part ? [{ ...edge, pick: { address: exampleIn(part, network, ofPods) } }] : [];
      });
    };
  }
}

/** Stands for any host that nothing names. */
export const NAMELESS = 'nameless.osm-ts.example';

/** Dimensions in which every request is looked at; in others the one that a usual client would send. */
const FREE: ReadonlySet<string> = new Set(['method', 'path']);

function ownPick({ protocol, host = NAMELESS, port }: Destination): Pick {
  const name = sampleOf(host, protocol);
  switch (protocol) {
    case 'http':
      return { port, client: 'http', authority: port === 80 ? name : `${name}:${port}` };
    case 'https':
      return { port, client: 'tls', serverName: name };
    case 'tcp':
      return { port, client: 'bytes' };
    case 'tcp-server-first':
      return { port, client: 'waits' };
  }
}

/** A host that a policy's host stands for. */
function sampleOf(written: string, protocol: DestinationProtocol): string {
  const host = protocol === 'https' ? serverNameKey(written).replace(/^\./, '*.') : written;
  return host.replace('*', 'any');
}

function meets({ intervals = [] }: Part, network: Ipv4Network): boolean {
  return intervals.some((one) => meetsInterval(one, network));
}

function meetsInterval([first, last]: AddressInterval, network: Ipv4Network): boolean {
  return first <= lastAddress(network) && last >= network.base;
}

const USUAL = parseAddressLiteral('203.0.113.254') as { readonly value: number };

const EVERYWHERE: Ipv4Network = { base: 0, prefixLength: 0 };

/** An address of the part, and of the network where there is one; outside of the pods, if any is. */
function exampleIn({ intervals = [] }: Part, network: Ipv4Network | undefined, ofPods: ReadonlySet<number>): string {
  if (!network && intervals.some(([first, last]) => first <= USUAL.value && USUAL.value <= last))
    return formatIpv4(USUAL.value);
  const within = network ?? EVERYWHERE;
  const common = intervals
    .filter((one) => meetsInterval(one, within))
    .map(([first, last]): AddressInterval => [Math.max(first, within.base), Math.min(last, lastAddress(within))]);
  const [[start, end]] = common as [AddressInterval];
  const usual = start + 2 <= end ? start + 1 : start;
  return formatIpv4(addressApart(common, ofPods, usual) ?? start);
}
