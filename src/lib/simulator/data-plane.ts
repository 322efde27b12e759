import type { FieldRef } from '../resources/types.js';
import type { Program } from './control-plane/program.js';
import {
  listenerChances,
  listenerRefusals,
  routeChances,
  refusalsOfAllRoutes,
  routeRefusals,
  type ListenerChance,
  type ListenerRefusal,
  type RouteRefusal,
} from './envoy/acceptance.js';
import { fieldsOfListenerRefusal, fieldsOfRouteRefusal } from './envoy/refusal-fields.js';
import { detect, detectionDelay, DETECTION_TIMEOUT_SECONDS } from './envoy/detection.js';
import type { ServerNameLevel, SieveAddress } from './envoy/filter-chain-match.js';
import { ListenerTable, type Listening } from './envoy/listener-table.js';
import { compileRoutes, matchRoute, type RouteMismatch } from './envoy/route-match.js';
import type { ClusterChoices, FilterChain, FilterChainTarget } from './envoy/types.js';
import { readRequest, type ReadRequest } from './envoy/http-codec.js';
import { normalized } from './envoy/path-normalization.js';
import { createVirtualHostMatcher } from './envoy/virtual-host.js';
import type { PodView } from './meet-pod.js';
import type { Names } from './names.js';
import type { Target } from './request/types.js';
import { followOneInPlace, inPlace, type RouteTable } from './route-table.js';
import type { Run } from './run.js';
import type { ListenerState } from './trace.js';
import { choicesOfTcp, Upstream } from './upstream.js';

type Routable = Extract<ReadRequest, { result: 'request' }>;
type HttpChainTarget = Extract<FilterChainTarget, { filter: 'http_connection_manager' }>;

export interface DataPlaneOptions {
  /** Kinds of which objects may exist that could not be read. */
  readonly unreadable: ReadonlySet<string>;
  /** Nothing in the pod listens but the sidecar, and on ports that containers declare. */
  readonly onlyDeclaredPorts: boolean;
  /** What the same Envoy had been sent before; otherwise it is a freshly started one. */
  readonly before?: DataPlane | undefined;
}

/**
 * An Envoy that was sent a program: what it refuses, and where it leads a redirected connection. If it had been sent another
 * before, it keeps of that what it is now refused. Egress semantics §4.
 */
export class DataPlane implements PodView {
  readonly listenerState: ListenerState;
  readonly listenerRefusals: readonly ListenerRefusal[];
  private readonly unreadable: ReadonlySet<string>;
  readonly onlyDeclaredPorts: boolean;
  /** undefined without a listener that Envoy accepts. */
  readonly listeners: ListenerTable | undefined;
  readonly upstream: Upstream;
  /** What may make Envoy refuse the listener, or the routes of every port. */
  readonly listenerChances: readonly ListenerChance[];
  readonly routeChances: readonly FieldRef[];
  readonly routeTables = new Map<string, RouteTable>();
  /** The listener of before under what was sent since, where the new one is refused, or may be. */
  readonly kept: DataPlane | undefined;

  constructor(
    private readonly program: Program,
    names: Names,
    { unreadable, onlyDeclaredPorts, before }: DataPlaneOptions,
  ) {
    this.unreadable = unreadable;
    this.onlyDeclaredPorts = onlyDeclaredPorts;
    this.upstream = new Upstream(program.clusters, names, this, before?.upstream);
    this.routeChances = [...program.routeConfigurations.values()].flatMap(routeChances);
    const { listener } = program;
    this.listenerRefusals = listener ? listenerRefusals(listener) : [];
    this.listenerState = !listener ? 'absent' : this.listenerRefusals.length > 0 ? 'refused' : 'programmed';
    this.listenerChances = listener ? listenerChances(listener) : [];
    const mayBeRefused = this.listenerState === 'refused' || this.listenerChances.length > 0;
    if (before?.listeners && mayBeRefused && listener !== before.program.listener) {
      this.kept = new DataPlane({ ...program, listener: before.program.listener }, names, {
        unreadable,
        onlyDeclaredPorts,
        before,
      });
    }
    if (this.listenerState !== 'programmed') return;
    this.listeners = new ListenerTable(listener!, program.boundListeners);
    this.takeRoutes(this.listeners.chains, before?.routeTables);
  }

  /**
   * A proxy asks for the routes that its listener names, and for no others; but everything that it is sent must be decodable.
   * A table that it is not sent any more stays.
   */
  private takeRoutes(
    filterChains: readonly FilterChain[],
    tablesBefore: ReadonlyMap<string, RouteTable> | undefined,
  ): void {
    const { routeConfigurations } = this.program;
    const ofAll = refusalsOfAllRoutes(this.program);
    let anyRefused = false;
    for (const { target } of filterChains) {
      if (target.filter !== 'http_connection_manager' || this.routeTables.has(target.routeConfigName)) continue;
      const configuration = routeConfigurations.get(target.routeConfigName);
      const before = tablesBefore?.get(target.routeConfigName);
      if (!configuration) {
        if (before) this.routeTables.set(target.routeConfigName, before);
        continue;
      }
      const refusals = [...ofAll, ...routeRefusals(configuration)];
      anyRefused ||= refusals.length > 0;
      this.routeTables.set(target.routeConfigName, {
        configuration,
        refusals,
        state: refusals.length > 0 ? 'refused' : 'accepted',
        chance: this.routeChances.length > 0 ? { cause: 'several-splits', at: this.routeChances } : undefined,
        before: inPlace(before),
        virtualHost: createVirtualHostMatcher(configuration),
        routes: new Map(),
      });
    }
    if (!anyRefused) return;
    const chance = { cause: 'routes-refused-elsewhere', at: this.firstRouteRefusal() } as const;
    for (const [name, table] of this.routeTables) {
      if (table.state !== 'accepted' || !routeConfigurations.has(name)) continue;
      table.state = 'unpredictable';
      table.chance = chance;
    }
  }

  /** Whether a table is of what was sent last, and not one that stayed. */
  readonly wasSent = ({ configuration }: RouteTable): boolean =>
    this.program.routeConfigurations.get(configuration.name) === configuration;

  /** By name of the route configuration; without those that are accepted. */
  routeRefusals(): ReadonlyMap<string, readonly RouteRefusal[]> {
    return new Map(
      [...this.routeTables]
        .filter(([, table]) => table.refusals.length > 0)
        .map(([name, table]) => [name, table.refusals]),
    );
  }

  /**
   * The chains that may take a redirected connection of the target, the default chain included; undefined: none. Two entries:
   * one of them by chance. Nothing without a listener.
   */
  chainsFor(target: Target, address: SieveAddress): readonly (FilterChain | undefined)[] {
    const { port } = target.dial;
    const met = this.listeners?.at(port, address);
    if (!met) return [];
    const matched = met.matcher.match({ port, address, ...detect(met.listener, target) });
    return matched.map((chain) => chain ?? met.listener.defaultFilterChain);
  }

  levelsAt(port: number, address: SieveAddress): readonly ServerNameLevel[] {
    return this.listeners?.levelsAt(port, address) ?? [];
  }

  /** Is there a chain that may take a connection to the port? */
  takesPort(port: number): boolean {
    // Istio has its own port closed to whoever dials it
    if (this.program.istio) return false;
    return this.chainsOnPort(port).length > 0 || this.program.listener?.defaultFilterChain !== undefined;
  }

  chainsOnPort(port: number): readonly FilterChain[] {
    return this.listeners?.chainsOnPort(port) ?? [];
  }

  /**
   * Follows a connection that interception sent to the outbound listener. Egress semantics §5 and §6.
   * @param dialled the address dialled
   * @param address the same in writing; null when it only stands for its part of the address space
   */
  follow(run: Run, dialled: SieveAddress, address: string | null): void {
    const { trace } = run;
    trace?.({
      stage: 'listener',
      state: this.listenerState,
      refusals: this.listenerRefusals,
      applied: this.program.applied,
      kept: this.kept !== undefined,
    });
    const unread = (this.program.istio?.decisiveKinds ?? EGRESS).find((kind) => this.unreadable.has(kind));
    if (unread !== undefined) {
      run.obstacles.push({ code: 'not-readable', kind: unread });
      return;
    }
    this.followOneInPlace(
      run,
      (one) => one.followListener(run, dialled, address),
      (refusedFor) => run.end('refused', null, refusedFor),
    );
  }

  /** Goes on with the listener that was sent, with the one of before, or with none. */
  followOneInPlace(
    run: Run,
    follow: (one: DataPlane) => void,
    followNone: (refusedFor: readonly FieldRef[]) => void,
  ): void {
    const followOneBefore = (refusedFor: readonly FieldRef[]) =>
      this.kept ? this.kept.followOneInPlace(run, follow, followNone) : followNone(refusedFor);
    if (!this.listeners) return followOneBefore(this.listenerRefusals.slice(0, 1).flatMap(fieldsOfListenerRefusal));
    const [chance] = this.listenerChances;
    if (!chance) return follow(this);
    run.supposing({ kind: 'by-chance', cause: chance.cause }, () => {
      follow(this);
      followOneBefore(this.listenerChances.map(({ at }) => at));
    });
  }

  private followListener(run: Run, dialled: SieveAddress, address: string | null): void {
    const { target, trace } = run;
    const { port } = target.dial;
    const met = this.listeners!.at(port, dialled);
    const { listener, matcher } = met;
    const { serverName, applicationProtocols, state, disabledBy } = detect(listener, target);
    const delay = detectionDelay(listener, target, state);
    const delaySeconds = delay ?? 0;
    const stalls = delay === null;
    trace?.({ stage: 'detection', state, disabledBy, serverName, applicationProtocols, delaySeconds, stalls });
    if (stalls) return run.end('stalled', null, listener.filterChains[0]!.sources);

    if (run.stopsAt(listener.notUnderstood ?? matcher.notUnderstoodOn(port))) return;
    const facts = { port, address: dialled, serverName, applicationProtocols };
    const chains = matcher.match(facts, trace && ((step) => trace({ stage: 'sieve', step })));
    if (chains.length === 1) return this.followMatch(run, met, chains[0], address, delaySeconds);
    for (const matched of chains) {
      run.supposing({ kind: 'by-chance', cause: 'zero-range-beside-no-range' }, () =>
        this.followMatch(run, met, matched, address, delaySeconds),
      );
    }
  }

  private followMatch(
    run: Run,
    { listener, matcher }: Listening,
    matched: FilterChain | undefined,
    address: string | null,
    delaySeconds: number,
  ): void {
    const chain = matched ?? listener.defaultFilterChain;
    const { port } = run.target.dial;
    run.trace?.({
      stage: 'filter-chain',
      chain,
      isDefault: !matched && chain !== undefined,
      onPort: this.chainsOnPort(port),
      takesAnyAddress: matcher.takesAnyAddress(port),
    });
    this.followChain(run, chain, address, delaySeconds);
  }

  private followChain(run: Run, chain: FilterChain | undefined, address: string | null, delaySeconds: number): void {
    const { target } = run;
    if (!chain) {
      run.end('closed', null, [], null, delaySeconds);
    } else if (run.stopsAt(chain.notUnderstood)) {
      return;
    } else if (chain.target.filter === 'tcp_proxy') {
      this.followTcpProxy(run, chain, chain.target.clusters, address, delaySeconds);
    } else if (target.tls) {
      run.end('tls-error', null, chain.sources);
    } else if (target.serverFirst) {
      // the chain waits for a request that never comes: with detection off too, so the delay is a lower bound
      run.end('closed', null, chain.sources, null, DETECTION_TIMEOUT_SECONDS);
    } else if (target.scheme === 'tcp') {
      run.end('http', null, chain.sources, 400);
    } else {
      this.route(run, chain, chain.target, address);
    }
  }

  /** Had a TrafficSplit without a backend that counts been chosen, there would be no chain. */
  private followTcpProxy(
    run: Run,
    { sources: decidedBy }: FilterChain,
    all: ClusterChoices,
    address: string | null,
    delaySeconds: number,
  ): void {
    const { choices, orNone } = choicesOfTcp(all);
    const isOneOf = all.length;
    const filter = 'tcp_proxy';
    const lead = () => this.upstream.send(run, { choices, filter, decidedBy, address, delaySeconds, isOneOf });
    const passBy = () => this.followChain(run, this.program.listener?.defaultFilterChain, address, delaySeconds);
    if (!orNone) return lead();
    if (choices.length === 0) return passBy();
    run.supposing({ kind: 'by-chance', cause: 'several-splits' }, () => {
      lead();
      passBy();
    });
  }

  private route(
    run: Run,
    chain: FilterChain,
    { routeConfigName, upgrades, withoutUpgrades, likeOsms }: HttpChainTarget,
    address: string | null,
  ): void {
    const read = run.target.proxyHeader ? PROXY_HEADER : readRequest(run.target.http!);
    if (read.result === 'local-reply') {
      run.trace?.({ stage: 'request', status: read.status, why: read.why });
      // the answer is in HTTP/1.1, which a client that speaks HTTP/2 does not read
      if (read === PROXY_HEADER && run.target.http!.version === '2') return run.end('closed', null, chain.sources);
      return run.end('http', null, chain.sources, read.status);
    }
    if (read.result === 'incomputable') {
      run.obstacles.push({ code: 'request-not-modelled', details: [read.why] });
      return;
    }
    if (likeOsms) run.assumptions.push({ code: 'filter-is-osms', ...likeOsms });
    const upgrade = read.request.headers.get('upgrade');
    if (upgrade !== undefined && run.stopsAt(upgrades)) return;
    const routable = withoutUpgrades ? { ...read, refusedUpgrade: upgrade } : read;
    if (this.routesAreIncomplete()) {
      run.obstacles.push({ code: 'not-readable', kind: 'HTTPRouteGroup' });
      return;
    }
    const table = this.routeTables.get(routeConfigName);
    const refusals = table?.refusals ?? [];
    const kept = table?.before.some((one) => one !== undefined) ?? false;
    run.trace?.({ stage: 'routes', name: routeConfigName, state: table?.state ?? 'absent', refusals, kept });
    if (!table) return run.end('http', null, chain.sources, 404);
    if (run.stopsAt(table.configuration.notUnderstood)) return;
    followOneInPlace(run, table, (one) => this.chooseRoute(run, chain, one, routable, address));
  }

  /** A route group that cannot be read may hold anything, a regex that Envoy refuses included. */
  private routesAreIncomplete(): boolean {
    if (!this.unreadable.has('HTTPRouteGroup')) return false;
    return this.program.notices.some(({ code }) => code === 'route-group-missing');
  }

  private firstRouteRefusal(): FieldRef[] {
    const [refusals = []] = this.routeRefusals().values();
    return refusals.slice(0, 1).flatMap(fieldsOfRouteRefusal);
  }

  private chooseRoute(
    run: Run,
    chain: FilterChain,
    table: RouteTable,
    { request, authority, refusedUpgrade }: Routable,
    address: string | null,
  ): void {
    const { trace } = run;
    const { pathNormalization } = table.configuration;
    const routed = pathNormalization ? normalized(request, pathNormalization) : request;
    if (!routed) return run.end('http', null, chain.sources, 400);
    const matched = table.virtualHost(authority);
    trace?.({
      stage: 'virtual-host',
      authority,
      virtualHost: matched?.virtualHost,
      domain: matched?.domain,
      candidates: table.configuration.virtualHosts,
    });
    if (!matched) return run.end('http', null, chain.sources, 404);
    const { virtualHost } = matched;
    if (run.stopsAt(virtualHost.notUnderstood)) return;
    let routes = table.routes.get(virtualHost);
    if (!routes) table.routes.set(virtualHost, (routes = compileRoutes(virtualHost)));
    const mismatches: RouteMismatch[] | undefined = trace && [];
    const found = matchRoute(routes, routed, mismatches);
    if (found && 'uncertainHeader' in found) {
      run.obstacles.push({ code: 'header-unknown', header: found.uncertainHeader, at: found.route.source });
      return;
    }
    const route = found;
    trace?.({ stage: 'route', virtualHost, route, mismatches: mismatches! });
    if (!route) return run.end('http', null, [virtualHost.source], 404);
    if (run.stopsAt(route.notUnderstood)) return;
    if (refusedUpgrade !== undefined) {
      const why = `it lets no connection be upgraded to ${refusedUpgrade}`;
      trace?.({ stage: 'request', status: 403, why });
      return run.end('http', null, [route.source], 403);
    }
    const decidedBy = route.source === virtualHost.source ? [route.source] : [virtualHost.source, route.source];
    if (route.directResponse) {
      const { status, cluster } = route.directResponse;
      trace?.({ stage: 'direct-response', status, cluster, at: route.source });
      return run.end('http', null, decidedBy, status);
    }
    const filter = 'http_connection_manager';
    const choices = route.clusters;
    this.upstream.send(run, { choices, isOneOf: choices.length, filter, decidedBy, address });
  }
}

const EGRESS: readonly string[] = ['Egress'];
const PROXY_HEADER: ReadRequest = { result: 'local-reply', status: 400, why: 'a PROXY header precedes the request' };
