import type { FieldRef } from '../../resources/types.js';
import { serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import type {
  Cluster,
  ClusterChoices,
  ClusterLimits,
  FilterChain,
  FilterChainMatch,
  Listener,
  NotUnderstood,
  ProxyConfiguration,
  Route,
  VirtualHost,
} from '../../simulator/envoy/types.js';
import { formatNetwork } from '../../text/ip.js';
import type { ConfigDump, PendingUpdate } from './index.js';

/** One way in which a running proxy is other than the policies say. */
export type ProxyDifference =
  | { readonly code: 'update-pending'; readonly update: PendingUpdate }
  | { readonly code: 'not-understood'; readonly part: NotUnderstood }
  /** Tables of routes are named as OSM did before it had one for each port. Services of the mesh are then not compared one by one. */
  | { readonly code: 'routes-of-older-osm'; readonly table: string; readonly at: FieldRef | undefined }
  /** HTTP chains of the proxy let no connection be upgraded, as OSM programmed them before it knew WebSockets. */
  | { readonly code: 'older-upgrades'; readonly at: FieldRef }
  /** HTTP chains of the proxy let connections be upgraded, which the version of OSM that was named does not do. */
  | { readonly code: 'newer-upgrades' }
  | { readonly code: 'listener-missing' | 'listener-extra' }
  | { readonly code: 'chain-missing' | 'chain-extra'; readonly chain: FilterChain; readonly isDefault: boolean }
  /** The same connections are led elsewhere. */
  | { readonly code: 'chain-differs'; readonly expected: FilterChain; readonly held: FilterChain }
  | { readonly code: 'detection-differs'; readonly expected: boolean }
  /** `expected`: detection is off there by the policies, and not in the proxy. */
  | { readonly code: 'server-first-differs'; readonly port: number; readonly expected: boolean; readonly at: FieldRef }
  | { readonly code: 'routes-missing'; readonly table: string }
  | { readonly code: 'host-missing' | 'host-extra'; readonly table: string; readonly host: VirtualHost }
  | {
      readonly code: 'host-differs';
      readonly table: string;
      readonly expected: VirtualHost;
      readonly held: VirtualHost;
    }
  | { readonly code: 'cluster-missing' | 'cluster-extra'; readonly cluster: Cluster }
  | { readonly code: 'cluster-differs'; readonly expected: Cluster; readonly held: Cluster };

export interface CompareOptions {
  /** Services of the mesh are left out: nobody told which there are. */
  readonly withoutMesh: boolean;
}

/**
 * Where a running proxy differs from a program. The order of filter chains, virtual hosts and clusters does not matter, that of
 * routes does; what the control plane leaves to chance may be either way.
 */
export function proxyDifferences(
  program: ProxyConfiguration,
  dump: ConfigDump,
  { withoutMesh }: CompareOptions,
): ProxyDifference[] {
  const held = dump.program;
  const found: ProxyDifference[] = dump.pending.map((update) => ({ code: 'update-pending', update }));
  const older = [...held.routeConfigurations.values()].find(({ name }) => /^rds[-_](outbound|egress)$/i.test(name));
  if (older) found.push({ code: 'routes-of-older-osm', table: older.name, at: older.virtualHosts[0]?.source });
  // its names for services, clusters and chains are others
  const leftOut = withoutMesh || older !== undefined;
  const ours = <T extends { readonly origin: FilterChain['origin'] }>(parts: Iterable<T>): T[] =>
    [...parts].filter(({ origin }) => !(leftOut && origin === 'mesh'));
  found.push(...upgradeDifferences(program.listener, held.listener));
  found.push(...listenerDifferences(program.listener, held.listener, ours));
  const named = new Set(
    ours(program.listener?.filterChains ?? []).flatMap(({ target }) =>
      target.filter === 'http_connection_manager' ? target.routeConfigName : [],
    ),
  );
  for (const name of named) {
    const [expected, own] = [program.routeConfigurations.get(name), held.routeConfigurations.get(name)];
    if (expected && !own) found.push({ code: 'routes-missing', table: name });
    else if (own) found.push(...tableDifferences(name, expected?.virtualHosts ?? [], own));
  }
  return [...found, ...clusterDifferences(program, dump, leftOut)];
}

function listenerDifferences(
  expected: Listener | undefined,
  held: Listener | undefined,
  ours: (chains: readonly FilterChain[]) => FilterChain[],
): ProxyDifference[] {
  const wanted = ours(expected?.filterChains ?? []);
  if (!held) return wanted.length > 0 || expected?.defaultFilterChain ? [{ code: 'listener-missing' }] : [];
  const own = ours(held.filterChains);
  if (!expected && (own.length > 0 || held.defaultFilterChain)) return [{ code: 'listener-extra' }];
  const found: ProxyDifference[] = [];
  if (held.notUnderstood) found.push({ code: 'not-understood', part: held.notUnderstood });
  const byMatch = new Map(own.map((chain) => [matchKey(chain.match), chain]));
  for (const chain of wanted) {
    const other = byMatch.get(matchKey(chain.match));
    if (!other) found.push({ code: 'chain-missing', chain, isDefault: false });
    else if (!leadsAlike(chain, other)) found.push({ code: 'chain-differs', expected: chain, held: other });
    byMatch.delete(matchKey(chain.match));
  }
  for (const chain of byMatch.values()) found.push({ code: 'chain-extra', chain, isDefault: false });
  for (const { notUnderstood, match, target } of own) {
    const odd = notUnderstood ?? match.notUnderstood ?? ('upgrades' in target ? target.upgrades : undefined);
    if (odd) found.push({ code: 'not-understood', part: odd });
  }
  const [needed, there] = [expected?.defaultFilterChain, held.defaultFilterChain];
  if (needed && !there) found.push({ code: 'chain-missing', chain: needed, isDefault: true });
  if (needed && there && !leadsAlike(needed, there))
    found.push({ code: 'chain-differs', expected: needed, held: there });
  if (there && !needed) found.push({ code: 'chain-extra', chain: there, isDefault: true });
  if (there?.notUnderstood) found.push({ code: 'not-understood', part: there.notUnderstood });
  return [...found, ...detectionDifferences(expected, held)];
}

/** All HTTP chains are alike there. */
function upgradeDifferences(expected: Listener | undefined, held: Listener | undefined): ProxyDifference[] {
  const targets = (listener: Listener | undefined) =>
    (listener?.filterChains ?? []).flatMap(({ target }) => (target.filter === 'http_connection_manager' ? target : []));
  const lackedAt = (listener: Listener | undefined) =>
    targets(listener).find(({ withoutUpgrades }) => withoutUpgrades)?.withoutUpgrades;
  const [wanted, own] = [lackedAt(expected), lackedAt(held)];
  if (own) return wanted ? [] : [{ code: 'older-upgrades', at: own }];
  return wanted && targets(held).some(({ upgrades }) => !upgrades) ? [{ code: 'newer-upgrades' }] : [];
}

function detectionDifferences(expected: Listener | undefined, held: Listener): ProxyDifference[] {
  if (!expected) return [];
  if (expected.detection !== held.detection) return [{ code: 'detection-differs', expected: expected.detection }];
  if (!expected.detection) return [];
  const [wanted, own] = [expected.detectionDisabledPorts, held.detectionDisabledPorts];
  const missing = [...wanted].filter(([port]) => !own.has(port));
  const extra = [...own].filter(([port]) => !wanted.has(port));
  return [
    ...missing.map(([port, at]) => ({ code: 'server-first-differs', port, expected: true, at }) as const),
    ...extra.map(([port, at]) => ({ code: 'server-first-differs', port, expected: false, at }) as const),
  ];
}

/** What a chain matches, as a text to compare: lists in order, without repeats, in the form in which Envoy keeps them. */
function matchKey(match: FilterChainMatch): string {
  const sorted = (texts: readonly string[]) => [...new Set(texts)].sort();
  return JSON.stringify([
    match.destinationPort,
    sorted([...match.networks.map(formatNetwork), ...match.ipv6Networks]),
    sorted(match.serverNames.map(serverNameKey)),
    sorted(match.applicationProtocols),
  ]);
}

function leadsAlike({ target: one }: FilterChain, { target: other }: FilterChain): boolean {
  if (one.filter === 'http_connection_manager') {
    return other.filter === one.filter && other.routeConfigName === one.routeConfigName;
  }
  return other.filter === one.filter && clustersAlike(one.clusters, other.clusters);
}

/** A proxy holds one of the choices. The weight of a single cluster means nothing. */
function clustersAlike(expected: ClusterChoices, held: ClusterChoices): boolean {
  const key = ({ clusters }: ClusterChoices[number]) =>
    clusters.length === 1
      ? clusters[0]!.name
      : JSON.stringify(clusters.map(({ name, weight }) => [name, weight]).sort());
  const own = held[0] ? key(held[0]) : '[]';
  return expected.some((choice) => key(choice) === own);
}

function tableDifferences(
  table: string,
  expected: readonly VirtualHost[],
  held: { readonly virtualHosts: readonly VirtualHost[]; readonly notUnderstood?: NotUnderstood | undefined },
): ProxyDifference[] {
  if (held.notUnderstood) return [{ code: 'not-understood', part: held.notUnderstood }];
  const found: ProxyDifference[] = [];
  const own = new Map(held.virtualHosts.map((host) => [hostKey(host), host]));
  for (const host of expected) {
    const other = own.get(hostKey(host));
    if (!other) found.push({ code: 'host-missing', table, host });
    else if (!routesAlike(host.routes, other.routes))
      found.push({ code: 'host-differs', table, expected: host, held: other });
    own.delete(hostKey(host));
  }
  for (const host of own.values()) found.push({ code: 'host-extra', table, host });
  for (const { notUnderstood, routes } of held.virtualHosts) {
    const odd = notUnderstood ?? routes.find((route) => route.notUnderstood)?.notUnderstood;
    if (odd) found.push({ code: 'not-understood', part: odd });
  }
  return found;
}

const hostKey = ({ domains }: VirtualHost): string =>
  JSON.stringify(domains.map((domain) => domain.toLowerCase()).sort());

function routesAlike(expected: readonly Route[], held: readonly Route[]): boolean {
  return (
    expected.length === held.length &&
    expected.every((route, index) => {
      const other = held[index]!;
      return routeKey(route) === routeKey(other) && clustersAlike(route.clusters, other.clusters);
    })
  );
}

/** The method is a header like others, and one that may be anything says nothing. */
function routeKey({ method, pathRegex, headers }: Route): string {
  const all = [...headers, { name: ':method', regex: method ?? '.*' }];
  const conditions = all.map(({ name, regex }) => `${name}=${regex}`).filter((text) => text !== ':method=.*');
  return JSON.stringify([pathRegex, [...new Set(conditions)].sort()]);
}

/** Clusters of the sidecar itself, of the pod's own services, and of the bootstrap. */
const OWN_CLUSTER = /^envoy-(metrics|tracing)-cluster$|[|-]local$/;

function clusterDifferences(program: ProxyConfiguration, dump: ConfigDump, withoutMesh: boolean): ProxyDifference[] {
  const found: ProxyDifference[] = [];
  const isOurs = (cluster: Cluster) => !(withoutMesh && cluster.kind === 'mesh-service');
  const held = dump.program.clusters;
  for (const cluster of program.clusters.values()) {
    if (!isOurs(cluster)) continue;
    const own = held.get(cluster.name);
    if (!own) found.push({ code: 'cluster-missing', cluster });
    else if (!isAlike(cluster, own)) found.push({ code: 'cluster-differs', expected: cluster, held: own });
    if (own?.notUnderstood) found.push({ code: 'not-understood', part: own.notUnderstood });
  }
  for (const cluster of held.values()) {
    const isOther = OWN_CLUSTER.test(cluster.name) || dump.bootstrapClusters.has(cluster.name);
    if (!isOther && isOurs(cluster) && !program.clusters.has(cluster.name))
      found.push({ code: 'cluster-extra', cluster });
  }
  return found;
}

function isAlike(expected: Cluster, held: Cluster): boolean {
  const place = (cluster: Cluster) => (cluster.kind === 'dns' ? `${cluster.host.toLowerCase()}:${cluster.port}` : '');
  const own = limitsKey(held.limits[0]);
  return (
    expected.kind === held.kind &&
    place(expected) === place(held) &&
    expected.limits.some((limits) => limitsKey(limits) === own)
  );
}

/** Limits that say nothing are none. */
function limitsKey(limits: ClusterLimits | null | undefined): string {
  const { maxConnections, maxPendingRequests, maxRequests, connectTimeout } = limits ?? {};
  // in seconds: `0.250s` is `0.25s`
  const seconds = Number.parseFloat(String(connectTimeout));
  return JSON.stringify([maxConnections, maxPendingRequests, maxRequests, seconds]);
}
