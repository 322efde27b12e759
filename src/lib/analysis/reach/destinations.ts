/** Places that policies name, and what a source may send there: the cells of a matrix. */
import type { World } from '../../simulator/world.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { hostCovers } from '../../simulator/explain.js';
import type { Target } from '../../simulator/request/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { VerdictWord } from '../../simulator/verdict.js';
import { formatIpv4, formatNetwork, parseCidr, type Ipv4Network } from '../../text/ip.js';
import {
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
}

/** Every host and network with the ports and protocols under which policies name it, in the order of the names. */
export function destinationsOf({ egresses }: World): Destination[] {
  const found = new Map<string, Destination>();
  for (const { spec } of egresses) {
    for (const { number: port, protocol: written } of spec.ports) {
      const protocol = written.toLowerCase();
      if (!isProtocol(protocol)) continue;
      const hasHosts = protocol === 'http' || protocol === 'https';
      const places = hasHosts ? (spec.hosts ?? []) : (spec.ipAddresses ?? []);
      for (const place of places.length > 0 ? places : ['*']) {
        const name = `${place}:${port}/${protocol}`;
        const host = hasHosts && place !== '*' ? place : undefined;
        found.set(name, { name, protocol, port, host, network: hasHosts ? undefined : parseCidr(place) });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const PROTOCOLS: readonly string[] = ['http', 'https', 'tcp', 'tcp-server-first'];

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
  /** What the program names, in lower case and without ports. */
  private readonly hosts: { readonly exact: ReadonlySet<string>; readonly wildcards: readonly string[] };

  constructor(private readonly simulation: Simulation) {
    this.space = spaceOf([simulation], { detail: 'policies' });
    const { listener, boundListeners, routeConfigurations } = simulation.program;
    const chains = [...(listener ? [listener] : []), ...(boundListeners?.values() ?? [])];
    const named = [
      ...chains.flatMap(({ filterChains }) => filterChains).flatMap(({ match }) => match.serverNames),
      ...[...routeConfigurations.values()].flatMap(({ virtualHosts }) =>
        virtualHosts.flatMap(({ domains }) => domains),
      ),
    ].map((name) => name.toLowerCase().replace(/:(\d+|\*)$/, ''));
    this.hosts = { exact: new Set(named), wildcards: [...new Set(named)].filter((name) => name.includes('*')) };
  }

  /** Destinations whose host nothing in the program names get one and the same answer, about `NAMELESS`. */
  at(destination: Destination): CellFacts {
    const { host, port, protocol } = destination;
    if (host === undefined || this.names(sampleOf(host))) return this.find(destination);
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
    const own = ownPick(destination);
    const choose = this.chooserFor(destination, own);
    const ways = [...waysWithin(this.space, choose)].map(({ leaf, picks }) => {
      const pick = { ...mergePicks(picks), ...own };
      return { passage: leaf.undecided ? ('unknown' as const) : this.passageOf(leaf.id, pick), pick };
    });
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
    const classes = verdict === 'some' ? mergedClassesWithin(this.space, choose) : [];
    return {
      verdict,
      example: targetOf(shows.pick),
      classes: classes.filter((one) => passage(one.verdicts[0]!) === 'allowed'),
    };
  }

  /** Equal for all requests that end in a leaf. */
  private passageOf(leaf: number, pick: Pick): VerdictWord {
    let known = this.passages.get(leaf);
    if (known === undefined) this.passages.set(leaf, (known = passage(this.simulation.decide(targetOf(pick)))));
    return known;
  }

  private chooserFor({ host, network, port }: Destination, own: Pick): Chooser {
    const target = targetOf(own);
    const resolved = host === undefined ? undefined : this.simulation.names.lookUp(host).addresses[0];
    const address = parseAddressLiteral(resolved ?? target.dial.host)!;
    const point = { target, address };
    const ofPolicies = new Set(
      this.simulation.dataPlane
        .chainsOnPort(port)
        .flatMap(({ origin, match }) => (origin === 'egress' ? match.networks.map(formatNetwork) : [])),
    );
    return (choice) => {
      if (FREE.test(choice.dimension)) return choice.edges;
      if (choice.dimension !== 'address' || resolved !== undefined) return [choice.edgeOf.get(choice.partOf(point))!];
      const isWanted = (part: Part) =>
        network ? meets(part, network) : part.rest === true || ofPolicies.has(part.name);
      return choice.edges.flatMap((edge) => {
        const part = edge.parts.map((index) => choice.parts[index]!).find(isWanted);
        return part ? [{ ...edge, pick: { address: exampleIn(part, network) } }] : [];
      });
    };
  }
}

/** Stands for any host that nothing names. */
export const NAMELESS = 'nameless.osm-ts.example';

/** Dimensions in which every request is looked at; in others the one that a usual client would send. */
const FREE = /^(authority|method|path|header .*)$/;

function ownPick({ protocol, host, port }: Destination): Pick {
  const name = host === undefined ? undefined : sampleOf(host);
  switch (protocol) {
    case 'http':
      return { port, client: 'http', ...(name !== undefined && { authority: port === 80 ? name : `${name}:${port}` }) };
    case 'https':
      return { port, client: 'tls', ...(name !== undefined && { serverName: name }) };
    case 'tcp':
      return { port, client: 'bytes' };
    case 'tcp-server-first':
      return { port, client: 'waits' };
  }
}

/** A host that a policy's host stands for. */
function sampleOf(host: string): string {
  return host.replace('*', host === '*' ? 'any.example.com' : 'any');
}

function lastOf({ base, prefixLength }: Ipv4Network): number {
  return base + 2 ** (32 - prefixLength) - 1;
}

function meets({ intervals = [] }: Part, network: Ipv4Network): boolean {
  return intervals.some(([first, last]) => first <= lastOf(network) && last >= network.base);
}

const USUAL = parseAddressLiteral('203.0.113.254') as { readonly value: number };

/** An address of the part, and of the network where there is one. */
function exampleIn({ intervals = [] }: Part, network: Ipv4Network | undefined): string {
  if (!network && intervals.some(([first, last]) => first <= USUAL.value && USUAL.value <= last))
    return formatIpv4(USUAL.value);
  const [first, last] = intervals.find((one) => !network || (one[0] <= lastOf(network) && one[1] >= network.base))!;
  const start = network ? Math.max(first, network.base) : first;
  return formatIpv4(start + 1 <= last && start + 2 <= last ? start + 1 : start);
}
