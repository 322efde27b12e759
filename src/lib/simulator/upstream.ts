import type { FieldRef } from '../resources/types.js';
import { parseAddressLiteral, type AddressLiteral } from './address.js';
import { clusterRefusals, isRefusedByTcp, type ClusterRefusal } from './envoy/acceptance.js';
import {
  UNLIMITED,
  type Cluster,
  type ClusterChoices,
  type ClusterLimits,
  type WeightedClusters,
} from './envoy/types.js';
import { bareHost } from './envoy/virtual-host.js';
import { isLoopback } from './interception.js';
import { meetPod, type PodView } from './meet-pod.js';
import { toldAddresses, type Names } from './names.js';
import { podPortAt } from './pod-ports.js';
import type { Run } from './run.js';
import type { Destination } from './verdict.js';

/** Whether the update of clusters took effect. */
export type ClustersState = 'accepted' | 'refused' | 'unpredictable';

/** What a filter chain or a route wants of the clusters. */
export interface UpstreamRequest {
  readonly choices: ClusterChoices;
  /** How many choices there were before those that lead nowhere were left out. */
  readonly isOneOf: number;
  readonly filter: 'http_connection_manager' | 'tcp_proxy';
  readonly decidedBy: readonly FieldRef[];
  /** The address dialled, in writing; null when it only stands for its part of the address space. */
  readonly address: string | null;
  /** Before the first byte; absent: none. */
  readonly delaySeconds?: number;
}

interface Candidate {
  readonly name: string;
  readonly source: FieldRef;
}

/** The last stage: which cluster, whether it exists and lets anything through, and where it leads. Egress semantics §5. */
export class Upstream {
  readonly state: ClustersState;
  /** Empty when Envoy takes the clusters; with `unpredictable` those that it may refuse. */
  readonly refusals: readonly ClusterRefusal[];
  /** By host of a cluster: whether DNS could know it. */
  private readonly resolvable = new Map<string, boolean>();

  constructor(
    private readonly clusters: ReadonlyMap<string, Cluster>,
    private readonly names: Names,
    private readonly sidecar: PodView,
    /** The clusters that the proxy had, which stay when these are refused. */
    readonly before?: Upstream,
  ) {
    const { certain, possible } = clusterRefusals(clusters.values());
    this.state = certain.length > 0 ? 'refused' : possible.length > 0 ? 'unpredictable' : 'accepted';
    this.refusals = certain.length > 0 ? certain : possible;
  }

  /** Follows a request from its filter chain or route to its end. */
  send(run: Run, request: UpstreamRequest): void {
    const { choices, filter, isOneOf } = request;
    const { trace } = run;
    if (trace) {
      for (const { source, clusters } of choices) {
        if (source.object.kind === 'TrafficSplit') trace({ stage: 'traffic-split', split: source, clusters, isOneOf });
      }
    }
    const candidates = candidatesOf(choices, filter);
    const [first] = candidates;
    if (!first) throw new Error('a chain or route without any cluster is not programmed');
    if (candidates.length === 1) return this.enter(run, request, first);
    const cause = isOneOf === 1 ? 'weighted-clusters' : 'several-splits';
    for (const candidate of candidates) {
      run.supposing({ kind: 'by-chance', cause }, () => this.enter(run, request, candidate));
    }
  }

  private enter(run: Run, request: UpstreamRequest, candidate: Candidate): void {
    const { state, refusals } = this;
    if (state === 'accepted') return this.find(run, request, candidate);
    run.trace?.({
      stage: 'clusters',
      state,
      refusals,
      kept: this.before !== undefined && this.before.state !== 'refused',
    });
    const { at } = refusals[0]!;
    const withoutThese = () => (this.before ? this.before.enter(run, request, candidate) : fail(run, request, [at]));
    if (state === 'refused') return withoutThese();
    run.supposing(SETTINGS_DIFFER, () => {
      this.find(run, request, candidate);
      withoutThese();
    });
  }

  private find(run: Run, request: UpstreamRequest, { name, source }: Candidate): void {
    const cluster = this.clusters.get(name);
    if (cluster) return this.pass(run, request, cluster);
    run.trace?.({ stage: 'cluster-missing', cluster: name, at: source });
    fail(run, request, [source]);
  }

  private pass(run: Run, request: UpstreamRequest, cluster: Cluster): void {
    if (run.stopsAt(cluster.notUnderstood)) return;
    const stopping = stoppingLimits(cluster, request.filter);
    const limit = stopping[0];
    if (cluster.kind === 'mesh-service') {
      const { service, endpoints, name } = cluster;
      run.trace?.({ stage: 'mesh-service', cluster: name, service, endpoints, limit: limit?.source });
      return this.meet(run, request, cluster);
    }
    if (!limit) return this.arrive(run, request, cluster);
    run.trace?.({ stage: 'cluster-limit', cluster: cluster.name, at: limit.source });
    if (stopping.length === cluster.limits.length) return fail(run, request, [limit.source]);
    run.supposing(SETTINGS_DIFFER, () => {
      this.arrive(run, request, cluster);
      fail(run, request, [limit.source]);
    });
  }

  /** The far side: a server without sidecar fails mutual TLS, and of one under another account Envoy is not told. */
  private meet(run: Run, request: UpstreamRequest, cluster: Extract<Cluster, { kind: 'mesh-service' }>): void {
    const { service, endpoints, farSide } = cluster;
    const { failing, others } = farSide;
    const arrive = () => {
      if (endpoints !== 'none' && others !== 'open') {
        run.assumptions.push({ code: 'far-side', service, looked: others === 'with-sidecar' });
      }
      // pods that the service selects are as good
      if (endpoints === 'not-given' && others === 'assumed') run.assumptions.push({ code: 'no-endpoints', service });
      this.arrive(run, request, cluster);
    };
    if (!failing) return arrive();
    const all = others === 'none';
    run.trace?.({ stage: 'server-fails', cluster: cluster.name, ...failing, all });
    if (all) return fail(run, request, [failing.at]);
    run.supposing({ kind: 'by-chance', cause: 'servers-differ' }, () => {
      arrive();
      fail(run, request, [failing.at]);
    });
  }

  private arrive(run: Run, request: UpstreamRequest, cluster: Cluster): void {
    const { address, decidedBy } = request;
    if (cluster.kind === 'closing') {
      const { name, why, at } = cluster;
      run.trace?.({ stage: 'upstream-closes', cluster: name, why, at });
      return fail(run, request, [...decidedBy, at]);
    }
    if (cluster.kind === 'static') return this.arriveAt(run, request, cluster);
    if (cluster.kind === 'dynamic-dns') {
      return this.resolve(run, request, cluster.name, nameAsked(run, request), cluster.port);
    }
    if (cluster.kind !== 'dns') {
      const { host, port } = run.target.dial;
      const closedBy = cluster.kind === 'original-destination' && cluster.closedAt?.get(`${address}:${port}`);
      if (closedBy) {
        const why = 'the gateway asks for a certificate, which nobody shows past the sidecar’s routes';
        run.trace?.({ stage: 'upstream-closes', cluster: cluster.name, why, at: closedBy });
        return fail(run, request, [...decidedBy, closedBy]);
      }
      const destination = { address, host, port, cluster: cluster.name };
      return reach(run, request, cluster.kind === 'mesh-service' ? 'mesh' : 'reached', destination);
    }
    this.resolve(run, request, cluster.name, cluster.host, cluster.port);
  }

  /** Connects to a host that Envoy has to look up. */
  private resolve(run: Run, request: UpstreamRequest, name: string, host: string, port: number): void {
    const { decidedBy } = request;
    const found = this.isResolvable(host) ? this.names.lookUpForEnvoy(host) : UNRESOLVABLE;
    const { by } = found;
    const addresses = toldAddresses(found);
    run.trace?.({
      stage: 'cluster',
      cluster: name,
      host,
      addresses: by === 'not-found' ? 'not-found' : addresses.length === 0 ? 'assumed' : addresses,
    });
    if (by === 'not-found') return fail(run, request, decidedBy);
    if (by === 'nobody') run.assumptions.push({ code: 'resolves-for-envoy', host });
    const connected = addresses[0];
    const literal = connected === undefined ? undefined : parseAddressLiteral(connected);
    const destination = { address: connected ?? null, host, port, cluster: name };
    this.connect(run, request, literal, destination);
  }

  /** Ends at an address; one of the pod itself is where the sidecar, or a container, listens. */
  private connect(
    run: Run,
    request: UpstreamRequest,
    literal: AddressLiteral | undefined,
    destination: Destination,
  ): void {
    const { port } = destination;
    const reached = () => reach(run, request, 'reached', destination);
    if (!literal || !isLoopback(literal)) return reached();
    const unavailable = () => fail(run, request, request.decidedBy);
    run.forEachSort(
      (pod) => podPortAt(WITH_SIDECAR, pod, literal, port),
      (podPort) => meetPod(run, podPort, port, this.sidecar, { reached, refused: unavailable, closed: unavailable }),
    );
  }

  /** A cluster with addresses of its own; of several, one takes each connection. */
  private arriveAt(
    run: Run,
    request: UpstreamRequest,
    { name, endpoints }: Extract<Cluster, { kind: 'static' }>,
  ): void {
    const { decidedBy } = request;
    const [first, ...others] = endpoints;
    if (!first) {
      run.trace?.({ stage: 'no-endpoints', cluster: name, at: decidedBy[0] });
      return fail(run, request, decidedBy);
    }
    const { host } = run.target.dial;
    const { address, port } = first;
    const destination = { address: others.length > 0 ? null : address, host, port, cluster: name };
    this.connect(run, request, others.length > 0 ? undefined : parseAddressLiteral(address), destination);
  }

  private isResolvable(host: string): boolean {
    let resolvable = this.resolvable.get(host);
    if (resolvable === undefined) this.resolvable.set(host, (resolvable = canResolve(host)));
    return resolvable;
  }
}

const SETTINGS_DIFFER = { kind: 'by-chance', cause: 'upstream-settings-differ' } as const;
/** Who connects is Envoy. */
const WITH_SIDECAR = { sidecar: { injected: true, assumed: false } } as const;
const UNRESOLVABLE = { addresses: [], by: 'not-found' } as const;

/** The name that the client asks for, as a cluster that looks it up sees it: without reading HTTP there is the server name only. */
function nameAsked({ target }: Run, { filter }: UpstreamRequest): string {
  return (filter === 'tcp_proxy' ? target.tls?.sni : bareHost(target.http!.authority ?? '')) ?? '';
}

/** Nothing is in the way any more, but for requests that OSM's Envoy does not read: 1.36.4 takes an empty authority. */
function reach(
  run: Run,
  { filter, decidedBy, delaySeconds }: UpstreamRequest,
  outcome: 'mesh' | 'reached',
  destination: Destination,
): void {
  const { http } = run.target;
  if (filter === 'tcp_proxy' || http?.version !== '2' || http.authority !== '')
    return run.end(outcome, destination, decidedBy, null, delaySeconds);
  run.obstacles.push({ code: 'request-not-modelled', details: [EMPTY_AUTHORITY] });
}

const EMPTY_AUTHORITY = 'HTTP/2 with an empty Host: Envoy 1.22 ends the stream';

/** No cluster, or none that takes another request. */
function fail(run: Run, { filter, delaySeconds }: UpstreamRequest, decidedBy: readonly FieldRef[]): void {
  if (filter === 'tcp_proxy') run.end('closed', null, decidedBy, null, delaySeconds);
  else run.end('http', null, decidedBy, 503);
}

/**
 * The clusters that may take the request, each once. A weight of 0 takes nothing, unless it is a TCP proxy's only cluster: one beside
 * others is refused.
 */
function candidatesOf(choices: readonly WeightedClusters[], filter: UpstreamRequest['filter']): Candidate[] {
  const [only] = choices;
  if (choices.length === 1 && only!.clusters.length === 1)
    return [{ name: only!.clusters[0]!.name, source: only!.source }];
  const candidates = new Map<string, Candidate>();
  for (const { clusters, source } of choices) {
    for (const { name, weight } of clusters) {
      if (weight === 0 && filter !== 'tcp_proxy') continue;
      if (!candidates.has(name)) candidates.set(name, { name, source });
    }
  }
  return [...candidates.values()];
}

/**
 * Of where a TCP chain of an accepted listener may lead: of several TrafficSplits one that Envoy refuses was not chosen, and one
 * without a backend that counts leaves no chain (`orNone`). Egress semantics §3.4.
 */
export function choicesOfTcp(all: ClusterChoices): { readonly choices: ClusterChoices; readonly orNone: boolean } {
  if (all.length === 1) return { choices: all, orNone: false };
  const taken = all.filter((choice) => !isRefusedByTcp(choice));
  const choices = taken.filter(({ clusters }) => clusters.length > 0);
  return { choices, orNone: choices.length < taken.length };
}

const NOTHING: readonly never[] = [];

/** Of the limits that a cluster may have those that let nothing through. */
export function stoppingLimits(
  cluster: Cluster | undefined,
  filter: UpstreamRequest['filter'],
): readonly ClusterLimits[] {
  if (!cluster || cluster.limits === UNLIMITED) return NOTHING;
  return cluster.limits.filter((limits) => limits !== null && stops(limits, filter)) as ClusterLimits[];
}

/** A limit of no connection, or no pending request, stops both sorts of proxies in its way; one of no request only HTTP. */
function stops(limits: ClusterLimits, filter: UpstreamRequest['filter']): boolean {
  if (limits.maxPendingRequests === 0) return true;
  return filter === 'tcp_proxy' ? limits.maxConnections === 0 : limits.maxRequests === 0;
}

const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/** Whether DNS could know the name: no wildcard, port, scheme or path, labels and whole not too long. Egress semantics §5. */
export function canResolve(host: string): boolean {
  if (parseAddressLiteral(host) !== undefined) return true;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  return (
    name.length <= MAX_NAME_LENGTH &&
    name.split('.').every((label) => /^[\w-]+$/.test(label) && label.length <= MAX_LABEL_LENGTH)
  );
}
