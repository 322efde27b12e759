import type { Pod } from '../resources/types.js';
import { parseAddressLiteral, type AddressLiteral } from './address.js';
import { addressBranches, type AddressBranch } from './address-branches.js';
import { asBefore, clientsOf, ownersAt, podsBySettings, type Client } from './clients.js';
import { formatIpv4, parseIpv6 } from '../text/ip.js';
import { programFor, type Program } from './control-plane/program.js';
import { DataPlane } from './data-plane.js';
import type { ClusterRefusal, ListenerChance, ListenerRefusal, RouteRefusal } from './envoy/acceptance.js';
import {
  createInterceptor,
  everyContainerOf,
  TO_THE_POD,
  trafficSettingsOf,
  type ClientContainer,
  type Interception,
  type InterceptionRule,
  type Interceptor,
  type SidecarState,
} from './interception.js';
import { meetPod } from './meet-pod.js';
import { isAllowed } from './outcome.js';
import { assumeWhatIsMissing } from './standing-assumptions.js';
import { createNames, toldAddresses, type Names, type Resolver } from './names.js';
import { podPortAt } from './pod-ports.js';
import { nameDialled } from './request/dial.js';
import type { Target } from './request/types.js';
import { Run } from './run.js';
import type { ListenerState, Trace, TraceEvent } from './trace.js';
import type { ClustersState } from './upstream.js';
import { verdictOf, type Assumption, type Verdict } from './verdict.js';
import type { Source, World } from './world.js';

export interface Simulation {
  readonly world: World;
  readonly source: Source;
  /** The pod whose annotations count; undefined when none is known, or several differ. */
  readonly pod: Pod | undefined;
  /** Whether the source has a sidecar, for each way in which its pods differ. */
  readonly sidecars: readonly SidecarState[];
  readonly program: Program;
  readonly listenerState: ListenerState;
  readonly listenerRefusals: readonly ListenerRefusal[];
  /** For what Envoy may refuse the listener, by chance. */
  readonly listenerChances: readonly ListenerChance[];
  /** By name of the route configuration; without those that Envoy accepts. */
  readonly routeRefusals: ReadonlyMap<string, readonly RouteRefusal[]>;
  readonly clustersState: ClustersState;
  /** With `unpredictable` those that Envoy may refuse. */
  readonly clusterRefusals: readonly ClusterRefusal[];
  readonly clients: readonly [Client, ...Client[]];
  readonly names: Names;
  readonly dataPlane: DataPlane;
  /** What the proxies were started with; undefined: they are freshly started. */
  readonly since: Simulation | undefined;
  /** The program is what a running proxy was seen to hold, whatever the objects say. */
  readonly isHeld: boolean;
  /** Decides one target; equal targets get equal verdicts. With `trace`, tells every step. */
  decide(target: Target, trace?: Trace): Verdict;
}

export interface SimulationOptions {
  /** Whose annotations count; default: the pods of the ServiceAccount in the world. */
  readonly pod?: Pod | undefined;
  readonly resolve?: Resolver | undefined;
  /** Nothing in the pod listens but the sidecar, and on ports that containers declare; otherwise that is not known. */
  readonly onlyDeclaredPorts?: boolean | undefined;
  /**
   * The same source as it was before, when its proxies were started: they keep what they were started with, and of each update that
   * is refused now what they had then. Absent: a freshly started proxy.
   */
  readonly since?: Simulation | undefined;
  /** What a proxy of the source was seen to hold, instead of what the control plane would program. */
  readonly held?: Program | undefined;
  /** The container that the client runs in; default: any of the pod's. */
  readonly container?: string | undefined;
}

/** Compiles everything that decides for one source, so that a verdict is look-ups. */
export function simulate(world: World, source: Source, options: SimulationOptions = {}): Simulation {
  const { since, held, container } = options;
  const pods = options.pod
    ? [[options.pod] as const]
    : podsBySettings(world, source, (pod) => trafficSettingsOf(pod, container));
  // whose proxy answers has one
  const sidecar = held && ({ injected: true, assumed: false } as const);
  const interceptorOf = (pod: Pod | undefined, own: ClientContainer) =>
    createInterceptor(world, source, pod, own, sidecar);
  // interception is set up when a pod starts, and never again
  const clients = since
    ? asBefore(since.clients)
    : clientsOf(pods, interceptorOf, (pod) => everyContainerOf(pod, container));
  const names = createNames(world, source, options.resolve ?? (() => undefined));
  const program = held ?? programFor(world, source, options.pod && [options.pod]);
  const dataPlane = new DataPlane(program, names, {
    unreadable: world.egressPolicyEnabled && !held ? world.unreadable : new Set(),
    onlyDeclaredPorts: options.onlyDeclaredPorts === true,
    before: since?.dataPlane,
  });
  const isHeld = held !== undefined;
  const standingAssumptions = assumeWhatIsMissing(world, source, program, clients, isHeld);
  const pod = pods.length === 1 ? pods[0]![0] : undefined;
  return new CompiledSimulation({
    world,
    source,
    pod,
    clients,
    names,
    program,
    dataPlane,
    since,
    isHeld,
    standingAssumptions,
  });
}

/** What a simulation is made of, whichever control plane programs the sidecar. */
export type SimulationParts = Pick<
  Simulation,
  'world' | 'source' | 'pod' | 'clients' | 'names' | 'program' | 'dataPlane' | 'since' | 'isHeld'
> & { readonly standingAssumptions: readonly Assumption[] };

export class CompiledSimulation implements Simulation {
  readonly program: Program;
  readonly pod: Pod | undefined;
  readonly listenerState: ListenerState;
  readonly listenerRefusals: readonly ListenerRefusal[];
  readonly listenerChances: readonly ListenerChance[];
  readonly routeRefusals: ReadonlyMap<string, readonly RouteRefusal[]>;
  readonly clustersState: ClustersState;
  readonly clusterRefusals: readonly ClusterRefusal[];
  readonly names: Names;
  readonly dataPlane: DataPlane;
  readonly clients: readonly [Client, ...Client[]];
  readonly since: Simulation | undefined;
  readonly isHeld: boolean;
  private readonly standingAssumptions: readonly Assumption[];

  readonly world: World;
  readonly source: Source;

  constructor(parts: SimulationParts) {
    const { world, source, clients, names, program, dataPlane, since, standingAssumptions } = parts;
    this.world = world;
    this.source = source;
    this.pod = parts.pod;
    this.clients = clients;
    this.names = names;
    this.program = program;
    this.dataPlane = dataPlane;
    this.since = since;
    this.isHeld = parts.isHeld;
    this.standingAssumptions = standingAssumptions;
    this.listenerState = dataPlane.listenerState;
    this.listenerRefusals = dataPlane.listenerRefusals;
    this.listenerChances = dataPlane.listenerChances;
    this.routeRefusals = dataPlane.routeRefusals();
    this.clustersState = dataPlane.upstream.state;
    this.clusterRefusals = dataPlane.upstream.refusals;
  }

  get sidecars(): SidecarState[] {
    return this.clients.map(({ interceptor }) => interceptor.sidecar);
  }

  decide(target: Target, trace?: Trace): Verdict {
    if (target.notModelled.length > 0) {
      const obstacle = { code: 'request-not-modelled', details: target.notModelled } as const;
      return verdictOf([], [obstacle], this.standingAssumptions);
    }
    const run = new Run(target, trace);
    for (const client of this.clients) {
      const { conditions, interceptor } = client;
      if (interceptor.broken) run.obstacles.push({ code: 'pod-refused', ...interceptor.broken });
      else {
        run.pods = client.pods;
        if (conditions.length === 0) this.decideForClient(run, client);
        else run.supposing(conditions, () => this.decideForClient(run, client));
      }
    }
    this.stopAtProxy(run);
    const assumptions =
      run.assumptions.length === 0
        ? this.standingAssumptions
        : [...this.standingAssumptions, ...distinctAssumptions(run.assumptions)];
    return verdictOf(run.endings, run.obstacles, assumptions);
  }

  /** What becomes of a request that gets to a proxy is for the proxy to say; one that does not is denied. */
  private stopAtProxy({ target: { throughProxy }, endings, obstacles }: Run): void {
    if (!throughProxy) return;
    const [arriving] = endings.filter(({ outcome }) => isAllowed(outcome));
    if (!arriving) return;
    const cluster = this.program.clusters.get(arriving.destination?.cluster ?? '');
    const instead = cluster?.kind === 'dns' ? cluster.name : undefined;
    obstacles.push({ code: 'beyond-proxy', proxy: throughProxy.name, instead });
    const others = endings.filter(({ outcome }) => !isAllowed(outcome));
    endings.splice(0, endings.length, ...others);
  }

  private decideForClient(run: Run, client: Client): void {
    const { host, fallbacks } = run.target.dial;
    if (run.target.scheme === 'udp') return this.pass(run, client, host);
    if (fallbacks) return this.decideInTurn(run, client, [host, ...fallbacks]);
    const found = this.names.lookUp(nameDialled(run.target.dial));
    const { addresses, by, service, scattered } = found;
    if (scattered && client.interceptor.sidecar.injected)
      return void run.obstacles.push({ code: 'request-not-modelled', details: [scattered] });
    if (by !== 'nobody') run.trace?.({ stage: 'resolution', host, addresses: toldAddresses(found), by, service });
    if (found.standsIn) return this.decideStandIn(run, client, addresses[0]!);
    if (by === 'not-found') return run.end('unresolved', null, []);
    if (addresses.length === 0) return this.decideEveryAddress(run, client);
    for (const address of addresses) {
      const conditions = addresses.length === 1 ? [] : [{ kind: 'address-is', host, address } as const];
      run.supposing(conditions, () => this.decideAddress(run, client, parseAddressLiteral(address)!, address));
    }
  }

  /** The ClusterIP of a service that no cluster has given one yet. */
  private decideStandIn(run: Run, client: Client, address: string): void {
    const { host } = run.target.dial;
    run.assumptions.push({ code: 'cluster-ip-unknown', host });
    if (client.interceptor.rules.includedRanges.length > 0) {
      const details = [`whether the ClusterIP of ${host}, which is not given, is in an included range decides`];
      run.obstacles.push({ code: 'request-not-modelled', details });
      return;
    }
    this.decideAddress(run, client, parseAddressLiteral(address)!, null);
  }

  /** Only TCP is intercepted, wherever it goes. Egress semantics §2. */
  private pass(run: Run, { interceptor: { sidecar } }: Client, host: string): void {
    const found = this.names.lookUp(nameDialled(run.target.dial));
    const { by, service } = found;
    const addresses = toldAddresses(found);
    const { port } = run.target.dial;
    if (by !== 'nobody') run.trace?.({ stage: 'resolution', host, addresses, by, service });
    if (by === 'not-found') return run.end('unresolved', null, []);
    const [address = null] = addresses;
    const interception = { redirected: false, rule: 'udp' } as const;
    run.trace?.({ stage: 'interception', interception, sidecar, address: address ?? host, port });
    run.end('reached', { address, host, port, cluster: null }, []);
  }

  /** curl tries the addresses that it was given one after the other, as long as it is refused, if only by chance. */
  private decideInTurn(run: Run, client: Client, [address, ...others]: readonly [string, ...string[]]): void {
    const before = run.endings.length;
    this.decideAddress(run, client, parseAddressLiteral(address)!, address);
    const [next, ...rest] = others;
    if (next === undefined) return;
    for (const ending of run.endings.splice(before)) {
      if (ending.outcome.class !== 'refused') run.endings.push(ending);
      else {
        const further = ending.when.filter((condition) => !run.conditions.includes(condition));
        run.supposing(further, () => this.decideInTurn(run, client, [next, ...rest]));
      }
    }
  }

  /** Without an address, every part of the address space that could make a difference is tried. */
  private decideEveryAddress(run: Run, client: Client): void {
    const { host, port } = run.target.dial;
    let space = client.branches.get(port);
    if (!space) {
      // where the listener of before stays, its chains are looked at too
      const planes = this.dataPlane.kept ? [this.dataPlane, this.dataPlane.kept] : [this.dataPlane];
      space = addressBranches({
        port,
        interceptor: client.interceptor,
        chains: planes.flatMap((plane) => [...plane.chainsOnPort(port)]),
        levelsAt: (address) => planes.flatMap((plane) => plane.levelsAt(port, address)),
        serviceAddresses: this.names.serviceAddresses,
      });
      client.branches.set(port, space);
    }
    const { branches, outside } = space;
    run.assumptions.push({ code: 'address-unknown', host, outside });
    const literalOf = ({ witness }: AddressBranch) => ({ family: 4, value: witness }) as const;
    if (branches.length === 1) return this.decideAddress(run, client, literalOf(branches[0]!), null);
    const found = new Map<
      string,
      { readonly first: Run; readonly events: TraceEvent[]; readonly all: Set<AddressBranch> }
    >();
    for (const branch of branches) {
      const events: TraceEvent[] = [];
      const trial = new Run(run.target, run.trace && ((event) => events.push(event)));
      trial.pods = run.pods;
      this.decideAddress(trial, client, literalOf(branch), null);
      const key = keyOfRun(trial);
      const same = found.get(key);
      if (same) same.all.add(branch);
      else found.set(key, { first: trial, events, all: new Set([branch]) });
    }
    for (const { first, events, all } of found.values()) {
      run.adopt(first, events, found.size === 1 ? [] : [space.conditionOf(host, all)]);
    }
  }

  /** @param address null when the literal only stands for its part of the address space */
  private decideAddress(run: Run, client: Client, literal: AddressLiteral, address: string | null): void {
    const { interceptor } = client;
    const interception = interceptor.intercept(literal, run.target.dial.port);
    const own = address === null ? undefined : ownersAt(client, literal);
    if (!own) return this.decideIntercepted(run, interceptor, interception, literal, address);
    run.forEachSort(
      (pod) => own.includes(pod!),
      (isOwn) => this.decideIntercepted(run, interceptor, isOwn ? TO_THE_POD : interception, literal, address),
    );
  }

  private decideIntercepted(
    run: Run,
    interceptor: Interceptor,
    interception: Interception,
    literal: AddressLiteral,
    address: string | null,
  ): void {
    const { host, port } = run.target.dial;
    run.trace?.({
      stage: 'interception',
      interception,
      sidecar: interceptor.sidecar,
      address: address ?? (literal.family === 4 ? formatIpv4(literal.value) : literal.text),
      port,
    });
    if (this.world.unreadable.has('MeshConfig') && MESH_CONFIG_RULES.has(interception.rule)) {
      run.obstacles.push({ code: 'not-readable', kind: 'MeshConfig' });
      return;
    }
    if (interception.redirected) {
      if (literal.family === 4) return this.dataPlane.follow(run, literal.value, address);
      const groups = this.program.listensOnIpv6 ? parseIpv6(literal.text.replace(/%.+$/, '')) : undefined;
      return groups ? this.dataPlane.follow(run, groups, address) : run.end('refused', null, []);
    }
    const destination = { address, host, port, cluster: null };
    const certified = this.program.istio?.certified.get(`${address}:${port}`);
    if (certified) run.end('closed', null, [certified]);
    else if (interception.rule !== 'loopback')
      run.end('reached', destination, interception.at ? [interception.at] : []);
    else {
      const refused = () => run.end('refused', null, []);
      const endings = {
        reached: () => run.end('reached', destination, []),
        refused,
        closed: () => run.end('closed', null, []),
      };
      run.forEachSort(
        (pod) => podPortAt(interceptor, pod, literal, port),
        (podPort) => {
          const meet = (dataPlane: DataPlane) => meetPod(run, podPort, port, dataPlane, endings);
          if (podPort === 'outbound') this.dataPlane.followOneInPlace(run, meet, refused);
          else meet(this.dataPlane);
        },
      );
    }
  }
}

/** Rules that an exclusion list of the MeshConfig could overrule. */
const MESH_CONFIG_RULES: ReadonlySet<InterceptionRule> = new Set([
  'not-in-included-range',
  'in-included-range',
  'everything-else',
]);

/** What a run found out, as a text to compare. */
function keyOfRun({ endings, obstacles }: Run): string {
  const said = endings.map(({ outcome, destination, decidedBy, when }) => [
    outcome,
    destination?.cluster,
    decidedBy.map(({ object, path }) => [object.kind, object.metadata.namespace, object.metadata.name, path]),
    when,
  ]);
  return JSON.stringify([said, obstacles.map(({ code }) => code)]);
}

function distinctAssumptions(assumptions: readonly Assumption[]): Iterable<Assumption> {
  if (assumptions.length === 1) return assumptions;
  return new Map(assumptions.map((assumption) => [JSON.stringify(assumption), assumption])).values();
}
