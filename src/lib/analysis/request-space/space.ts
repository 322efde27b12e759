/** The space of requests of one source, cut level by level along the branch that a request takes. */
import {
  addressApart,
  inIntervals,
  parseAddressLiteral,
  partitionAddresses,
  UNSPECIFIED,
  type AddressCell,
} from '../../simulator/address.js';
import { soleAddressOf, type Client } from '../../simulator/clients.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import {
  isLoopback,
  listeningPorts,
  LOOPBACK,
  TO_THE_POD,
  type InterceptionRule,
} from '../../simulator/interception.js';
import { ownPortsOf } from '../../simulator/pod-ports.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { Verdict } from '../../simulator/verdict.js';
import { formatIpv4, formatNetwork, parseIpv4 } from '../../text/ip.js';
import { REDIRECTED, type Building, type Place } from './building.js';
import { ClientSpace } from './client-space.js';
import { Diagram, type Alternative, type Node, type Point } from './diagram.js';
import { outcomeKey, ownerText, type Detail } from './outcome-key.js';
import { ProgramKeys } from './program-keys.js';
import { RouteTrees } from './routes.js';
import { addressesOfAlikePods, Senders } from './senders.js';
import type { Part, Pick } from './types.js';
import { mergePicks, targetOf } from './witness.js';

/** What spaces of like programs have in common, so that the second one costs less. */
export class Memory {
  readonly keys: ProgramKeys;
  readonly trees = new RouteTrees();

  constructor(readonly detail: Detail) {
    this.keys = new ProgramKeys(detail);
  }
}

export interface SpaceOptions {
  /** Default: `outcome`. */
  readonly detail?: Detail | undefined;
  /** Whether only what differs between the programs is cut; all else is one. */
  readonly onlyDifferences?: boolean;
  /**
   * What requests have in common that count as alike although they end otherwise. It may look at what `detail` tells apart,
   * and at nothing else.
   */
  readonly label?: ((verdicts: readonly Verdict[]) => string) | undefined;
  /** Of the same detail. */
  readonly memory?: Memory | undefined;
  /** Hears the verdict of every class before equal ones are joined: with `detail: 'policies'`, each way in which a policy decides. */
  readonly onVerdict?: ((verdict: Verdict) => void) | undefined;
}

/** All requests, cut so that within each class every program has one outcome. */
export interface RequestSpace {
  readonly programs: readonly Simulation[];
  readonly root: Node;
  /** The leaf where the programs do not differ; only with `onlyDifferences`. */
  readonly same: Node;
}

/**
 * Cuts the space of requests for programs of one source.
 * @param programs one, or several to compare, of proxies that are freshly started
 * @throws Error of one that is not: what it keeps of before is not cut
 */
export function spaceOf(programs: readonly Simulation[], options: SpaceOptions = {}): RequestSpace {
  if (programs.some(({ since }) => since)) throw new Error('the request space is of proxies that are freshly started');
  const builder = new SpaceBuilder(programs, options);
  return { programs, root: builder.destinations(), same: builder.same };
}

const ANY_PORT = 9999;
const IPV6_EXAMPLE = '2001:db8::1';

class SpaceBuilder implements Building {
  readonly diagram = new Diagram();
  readonly same = this.diagram.leaf('same');
  readonly keys: ProgramKeys;
  readonly trees: RouteTrees;
  readonly onlyDifferences: boolean;
  private readonly senders: Senders;
  private readonly detail: Detail;
  private readonly label: SpaceOptions['label'];
  private readonly onVerdict: SpaceOptions['onVerdict'];
  private readonly clients: ClientSpace;
  /** Those of pods that are alike otherwise. Each fares otherwise at its own, so that requests there are left out. */
  private readonly addressesOfAlike: ReadonlySet<number>;

  constructor(
    readonly programs: readonly Simulation[],
    { detail = 'outcome', onlyDifferences = false, label, memory = new Memory(detail), onVerdict }: SpaceOptions,
  ) {
    this.senders = new Senders(programs);
    this.keys = memory.keys;
    this.trees = memory.trees;
    this.detail = label ? 'outcome' : detail;
    this.label = label;
    this.onVerdict = onVerdict;
    this.onlyDifferences = onlyDifferences;
    this.clients = new ClientSpace(this);
    this.addressesOfAlike = new Set(programs.flatMap((program) => [...addressesOfAlikePods(program)]));
  }

  leaf(picks: readonly Pick[]): Node {
    const target = targetOf(mergePicks(picks));
    const verdicts = this.programs.map((program) => program.decide(target));
    for (const verdict of verdicts) this.onVerdict?.(verdict);
    const keys = this.programs.map((program, index) =>
      outcomeKey(program, verdicts[index]!, this.detail, this.senders),
    );
    if (this.onlyDifferences && keys.every((key) => key === keys[0])) return this.same;
    return this.diagram.leaf(this.label ? this.label(verdicts) : JSON.stringify(keys));
  }

  private agree(key: (program: Simulation) => string): boolean {
    if (!this.onlyDifferences) return false;
    const [first, ...others] = this.programs.map(key);
    return others.every((other) => other === first);
  }

  /** Apart from the IPv4 addresses outside the pod, none is sent to the listener. */
  destinations(): Node {
    const ipv6 = { address: IPV6_EXAMPLE };
    const sidecarPorts = this.programs.flatMap(({ clients }) =>
      clients.flatMap(({ interceptor }) => ownPortsOf(interceptor)),
    );
    const podsWithAddress = this.programs.some(({ clients }) =>
      clients.some((client) => soleAddressOf(client) !== undefined),
    );
    const alternatives: Alternative[] = [
      {
        part: IPV4_PART,
        pick: {},
        child: this.ports((port, pick) => this.addresses(port, pick), podsWithAddress ? sidecarPorts : []),
      },
      {
        part: LOOPBACK_PART,
        pick: LOOPBACK_PICK,
        child: this.ports((_, pick) => this.loopback(pick), sidecarPorts),
      },
      { part: IPV6_PART, pick: ipv6, child: this.ipv6([ipv6]) },
    ];
    return this.diagram.choice('destination', alternatives, ({ address }) => {
      if (isLoopback(address)) return LOOPBACK_PART.name;
      return address.family === 6 ? IPV6_PART.name : IPV4_PART.name;
    });
  }

  /** What becomes of IPv6 is the same for every address and port, or else nothing is known of it here. */
  private ipv6(picks: readonly Pick[]): Node {
    const isAlike = this.programs.every(
      ({ clients, program }) =>
        clients.every(({ interceptor }) =>
          ALIKE_IN_IPV6.has(interceptor.intercept(parseAddressLiteral(IPV6_EXAMPLE)!, ANY_PORT).rule),
        ) && ![...(program.istio?.certified.keys() ?? [])].some((place) => /:.*:/.test(place)),
    );
    if (isAlike) return this.leaf(picks);
    const undecided = { dimension: 'destination', bound: 'classes', limit: 1, port: 0, domains: [], at: [] } as const;
    return this.diagram.leaf('', undecided);
  }

  private ports(make: (port: number, pick: Pick) => Node, alsoNamed: readonly number[]): Node {
    const alike = this.agree((program) => this.keys.general(program, this.senders));
    const named = new Set([...this.programs.flatMap(portsOf), ...alsoNamed]);
    const other = unnamedPort(named);
    const alternative = (part: Part, port: number): Alternative => {
      const pick = { port };
      const same = alike && this.agree((program) => this.keys.port(program, port));
      return { part, pick, child: same ? this.same : make(port, pick) };
    };
    const alternatives = [...named].sort((a, b) => a - b).map((port) => alternative({ name: String(port) }, port));
    if (other !== undefined) alternatives.push(alternative({ name: 'other', rest: true }, other));
    return this.diagram.choice('port', alternatives, ({ target }) =>
      named.has(target.dial.port) ? String(target.dial.port) : 'other',
    );
  }

  /** Some of the sidecar's ports are those of one loopback address alone, and others not those of IPv6. */
  private loopback(pick: Pick): Node {
    const alternatives = LOOPBACK_PARTS.map(([part, address]): Alternative => {
      const own = { address };
      return { part, pick: own, child: this.leaf([own, pick]) };
    });
    return this.diagram.choice('address', alternatives, ({ address }) => {
      if (address.family === 6) return LOOPBACK_IPV6.name;
      return address.value === LOOPBACK_ADDRESS ? LOOPBACK_ITSELF.name : LOOPBACK_OTHERS.name;
    });
  }

  private addresses(port: number, pick: Pick): Node {
    const networks = this.programs.flatMap((program) => [
      ...program.dataPlane.chainsOnPort(port).flatMap(({ match }) => match.networks),
      ...placesOf(program, port).map((base) => ({ base, prefixLength: 32 })),
      ...program.clients.flatMap((client) => {
        const base = soleAddressOf(client);
        const cuts = client.interceptor.networks;
        return base === undefined ? cuts : [...cuts, { base, prefixLength: 32 }];
      }),
    ]);
    const cells = partitionAddresses(networks, { networks: [LOOPBACK, UNSPECIFIED] });
    const children = new Map<string, Node>();
    const alternatives = cells.map((cell): Alternative => {
      const address = exampleOf(cell, this.addressesOfAlike);
      const own = { address: formatIpv4(address) };
      return { part: partOfCell(cell), pick: own, child: this.place(port, address, [pick, own], children) };
    });
    // what is elsewhere comes last
    const [elsewhere] = alternatives.filter(({ part }) => part.rest);
    const ordered = elsewhere ? [...alternatives.filter((one) => one !== elsewhere), elsewhere] : alternatives;
    return this.diagram.choice('address', ordered, addressFinder(cells));
  }

  /**
   * What interception does with a connection, and for whom, where the source's pods differ; and whether whoever is there wants a
   * certificate.
   */
  private interceptionAt(program: Simulation, port: number, value: number): string {
    const ways = new Map<string, (readonly string[])[]>();
    for (const client of program.clients) {
      const way = wayOf(client, port, value);
      ways.set(way, [...(ways.get(way) ?? []), client.senders]);
    }
    const said = [...ways].map(([way, those]) => way + this.senders.among(those));
    const address = formatIpv4(value);
    // where a network has no other address, how requests fare at a pod's is no example for others
    if (this.addressesOfAlike.has(value)) said.push(address);
    const certified = program.program.istio?.certified.get(`${address}:${port}`);
    return certified ? `${said.join()} ${ownerText(certified.object)}` : said.join();
  }

  private place(port: number, address: number, picks: readonly Pick[], children: Map<string, Node>): Node {
    const interceptions = this.programs.map((program) => this.interceptionAt(program, port, address));
    const isRedirected = interceptions.some((text) => text.includes(REDIRECTED));
    const levels = this.programs.map((program) => this.keys.place(program, port, address));
    const key = JSON.stringify([interceptions, levels]);
    let node = children.get(key);
    if (!node) {
      const isAlike =
        interceptions.every((text) => text === interceptions[0]) &&
        this.agree((program) => `${this.keys.listener(program)} ${this.keys.met(program, port, address)}`);
      const place: Place = { port, address, picks, interceptions, isAlike };
      node = isRedirected ? this.clients.clients(place) : this.leaf(picks);
      children.set(key, node);
    }
    return node;
  }
}

/** 127.0.0.1 */
const LOOPBACK_ADDRESS = LOOPBACK.base + 1;
const LOOPBACK_PICK: Pick = { address: formatIpv4(LOOPBACK_ADDRESS) };
const LOOPBACK_ITSELF: Part = {
  name: formatIpv4(LOOPBACK_ADDRESS),
  intervals: [[LOOPBACK_ADDRESS, LOOPBACK_ADDRESS]],
};
const LOOPBACK_OTHERS: Part = {
  name: 'elsewhere',
  rest: true,
  intervals: [
    [LOOPBACK.base, LOOPBACK.base],
    [LOOPBACK_ADDRESS + 1, LOOPBACK.base + 0xffffff],
  ],
};
const LOOPBACK_IPV6: Part = { name: '::1' };
/** With an address of each. */
const LOOPBACK_PARTS: readonly (readonly [Part, string])[] = [
  [LOOPBACK_ITSELF, formatIpv4(LOOPBACK_ADDRESS)],
  [LOOPBACK_OTHERS, formatIpv4(LOOPBACK_ADDRESS + 1)],
  [LOOPBACK_IPV6, LOOPBACK_IPV6.name],
];
/** Rules that hold for every IPv6 address and port, if they do for one. */
const ALIKE_IN_IPV6: ReadonlySet<InterceptionRule> = new Set([
  'no-sidecar',
  'proxy-user',
  'excluded-interface',
  'ipv6',
]);
const IPV4_PART: Part = { name: 'IPv4' };
const LOOPBACK_PART: Part = { name: 'loopback' };
const IPV6_PART: Part = { name: 'IPv6' };

function partOfCell({ network, intervals }: AddressCell): Part {
  return network ? { name: formatNetwork(network), intervals } : { name: 'elsewhere', rest: true, intervals };
}

/** An address of the cell that looks like a host's, and is outside of the pods if any is: the first of a network is its name. */
function exampleOf({ network, intervals, witness }: AddressCell, ofPods: ReadonlySet<number>): number {
  const looksLikeName = network !== null && network.prefixLength < 31 && witness === network.base;
  const usual = looksLikeName && inIntervals(intervals, witness + 1) ? witness + 1 : witness;
  return addressApart(intervals, ofPods, usual) ?? witness;
}

function addressFinder(cells: readonly AddressCell[]): (point: Point) => string {
  const sorted = cells
    .flatMap((cell) => cell.intervals.map(([first, last]) => ({ first, last, name: partOfCell(cell).name })))
    .sort((a, b) => a.first - b.first);
  return ({ address }) => {
    const { value } = address as Extract<typeof address, { family: 4 }>;
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (value > sorted[middle]!.last) from = middle + 1;
      else to = middle;
    }
    return sorted[from]!.name;
  };
}

function wayOf(client: Client, port: number, value: number): string {
  if (client.interceptor.broken) return 'broken';
  const isItself = soleAddressOf(client) === value;
  const { redirected, rule, at } = isItself ? TO_THE_POD : client.interceptor.intercept({ family: 4, value }, port);
  return redirected ? REDIRECTED : `${rule} ${at && ownerText(at.object)}`;
}

/** Addresses at which a port has a listener of its own, or a server that wants a certificate. */
function placesOf({ program }: Simulation, port: number): number[] {
  const places = [...(program.boundListeners?.keys() ?? []), ...(program.istio?.certified.keys() ?? [])];
  const end = `:${port}`;
  return places.flatMap((place) => (place.endsWith(end) ? (parseIpv4(place.slice(0, -end.length)) ?? []) : []));
}

function unnamedPort(named: ReadonlySet<number>): number | undefined {
  if (!named.has(ANY_PORT)) return ANY_PORT;
  for (let port = 65535; port > 0; port--) if (!named.has(port)) return port;
  return undefined;
}

/** Ports that something in the program names. */
function portsOf({ program, dataPlane, clients }: Simulation): number[] {
  const chains: readonly FilterChain[] = program.listener?.filterChains ?? [];
  return [
    ...chains.map(({ match }) => match.destinationPort),
    ...(dataPlane.listeners?.boundPorts ?? []),
    ...[...(program.istio?.certified.keys() ?? [])].map((place) => Number(place.slice(place.lastIndexOf(':') + 1))),
    ...(program.listener?.detectionDisabledPorts.keys() ?? []),
    ...clients.flatMap(({ pods, interceptor }) => [
      ...interceptor.rules.excludedPorts.keys(),
      ...(interceptor.rules.includedPorts?.keys() ?? []),
      ...pods.flatMap(listeningPorts),
    ]),
  ].filter((port) => port > 0 && port <= 65535);
}
