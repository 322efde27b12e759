import type { FieldRef } from '../../resources/types.js';
import { formatNetwork } from '../../text/ip.js';
import { matchesAnyAddress, serverNameKey } from './filter-chain-match.js';
import { inspectRegex } from './re2.js';
import {
  UNLIMITED,
  type Cluster,
  type FilterChain,
  type InboundRoutes,
  type Listener,
  type ProxyConfiguration,
  type Route,
  type RouteConfiguration,
  type VirtualHost,
  type WeightedClusters,
} from './types.js';

/** One thing that a chain matches: a cell of its ranges × server names × application protocols. */
export interface MatchEntry {
  readonly chain: FilterChain;
  /** As a network, or `any`. */
  readonly range: string;
  /** Lower case; empty: any or none. */
  readonly serverName: string;
  readonly applicationProtocol: string;
}

export type ListenerRefusal =
  | { readonly code: 'duplicate-match'; readonly first: MatchEntry; readonly second: MatchEntry }
  | {
      readonly code: 'server-name-wildcard';
      readonly chain: FilterChain;
      readonly serverName: string;
      readonly index: number;
    }
  /** Of several backends of a TCP service one has no weight. */
  | { readonly code: 'zero-weight'; readonly chain: FilterChain; readonly at: FieldRef }
  /** A service of the source's own has a port of which the pod's is not known, so that the update cannot be decoded. */
  | { readonly code: 'own-port-unknown'; readonly at: FieldRef };

/** Why Envoy refuses the outbound listener; empty when it takes it. Egress semantics §4. */
export function listenerRefusals(listener: Listener): ListenerRefusal[] {
  const refusals: ListenerRefusal[] = [];
  if (listener.undecodableBeside) refusals.push({ code: 'own-port-unknown', at: listener.undecodableBeside });
  const seen = new Map<string, MatchEntry>();
  for (const chain of listener.filterChains) {
    const { match } = chain;
    match.serverNames.forEach((serverName, index) => {
      if (serverName.includes('*') && !serverName.startsWith('*.')) {
        refusals.push({ code: 'server-name-wildcard', chain, serverName, index });
      }
    });
    const weightless = zeroWeights(chain);
    if (weightless.length > 0 && weightless.length === choicesOf(chain).length) {
      refusals.push({ code: 'zero-weight', chain, at: weightless[0]! });
    }
    const ranges = matchesAnyAddress(match) ? ['any'] : [...match.networks.map(formatNetwork), ...match.ipv6Networks];
    const serverNames = match.serverNames.length > 0 ? match.serverNames : [''];
    const protocols = match.applicationProtocols.length > 0 ? match.applicationProtocols : [''];
    for (const range of ranges) {
      for (const written of serverNames) {
        const serverName = serverNameKey(written);
        for (const applicationProtocol of protocols) {
          const entry = { chain, range, serverName, applicationProtocol };
          const key = `${match.destinationPort} ${range} ${applicationProtocol} ${serverName}`;
          const first = seen.get(key);
          if (first) refusals.push({ code: 'duplicate-match', first, second: entry });
          else seen.set(key, entry);
        }
      }
    }
  }
  return refusals;
}

/** Something for which Envoy refuses the listener, or not, by chance. */
export interface ListenerChance {
  /** Of chains that are equal but for a repeated entry one is kept; of several TrafficSplits of a root one is programmed. */
  readonly cause: 'repeating-twin' | 'several-splits';
  readonly at: FieldRef;
  /** Where the other one comes from. */
  readonly beside: readonly FieldRef[];
}

export function listenerChances(listener: Listener): ListenerChance[] {
  const chances: ListenerChance[] = [];
  for (const chain of listener.filterChains) {
    const { repeatingTwin, sources } = chain;
    if (repeatingTwin) chances.push({ cause: 'repeating-twin', at: repeatingTwin, beside: sources.slice(0, 1) });
    const weightless = zeroWeights(chain);
    if (weightless.length === choicesOf(chain).length) continue;
    for (const at of weightless) chances.push({ cause: 'several-splits', at, beside: [] });
  }
  return chances;
}

const NO_CHOICES: readonly never[] = [];

function choicesOf({ target }: FilterChain): readonly WeightedClusters[] {
  return target.filter === 'tcp_proxy' ? target.clusters : NO_CHOICES;
}

/** Whether Envoy refuses a TCP chain for where it leads: several clusters, one of them without weight. Egress semantics §3.4. */
export function isRefusedByTcp({ clusters }: WeightedClusters): boolean {
  return clusters.length > 1 && clusters.some(({ weight }) => weight === 0);
}

function zeroWeights(chain: FilterChain): FieldRef[] {
  return choicesOf(chain)
    .filter(isRefusedByTcp)
    .map(({ source }) => source);
}

export type RouteRefusal = {
  /** It is about a route into the pod; absent: about one that leads out. */
  readonly leads?: 'in';
} &
  /** The whole update cannot be decoded, so that no table of routes takes effect. */
  (
    | {
        readonly code: 'undecodable';
        readonly what: 'empty-regex' | 'header-name' | 'domain' | 'no-weight';
        readonly at: FieldRef;
      }
    | {
        readonly code: 'duplicate-domain';
        readonly domain: string;
        readonly first: VirtualHost;
        readonly second: VirtualHost;
      }
    | {
        readonly code: 'regex';
        readonly pattern: string;
        /** One clause. */
        readonly reason: string;
        /** The route match that holds the pattern. */
        readonly at: FieldRef;
      }
  );

const FORBIDDEN_CHARACTERS = /[\0\r\n]/;

/** What makes Envoy refuse a whole update of routes, whichever table it is in. Egress semantics §4. */
export function undecodableParts(configuration: RouteConfiguration): RouteRefusal[] {
  const refusals: RouteRefusal[] = [];
  for (const { domains, routes, source } of configuration.virtualHosts) {
    if (domains.some((domain) => FORBIDDEN_CHARACTERS.test(domain))) {
      refusals.push({ code: 'undecodable', what: 'domain', at: source });
    }
    // the routes of a host mostly share their clusters
    let seen: Route['clusters'] | undefined;
    let isWeightless = false;
    for (const { headers, clusters, source: at } of routes) {
      if (clusters !== seen) {
        seen = clusters;
        isWeightless = clusters.length > 0 && clusters.every(hasNoWeight);
      }
      if (isWeightless) {
        refusals.push({ code: 'undecodable', what: 'no-weight', at: clusters[0]!.source });
      }
      if (headers.length === 0) continue;
      const headersAt = { object: at.object, path: [...at.path, 'headers'] };
      if (headers.some(({ regex }) => regex === '')) {
        refusals.push({ code: 'undecodable', what: 'empty-regex', at: headersAt });
      }
      if (headers.some(({ name }) => name === '' || FORBIDDEN_CHARACTERS.test(name))) {
        refusals.push({ code: 'undecodable', what: 'header-name', at: headersAt });
      }
    }
  }
  return refusals;
}

/**
 * The control plane leaves out where traffic goes when the weights sum to less than 1, and Envoy takes no sum of more than 32 bits. Of
 * the last it refuses the one table, and what becomes of the others is left to chance; they count as refused, too.
 */
function hasNoWeight({ clusters, total = 1 }: WeightedClusters): boolean {
  const sum = clusters.reduce((before, { weight }) => before + weight, 0);
  return total < 1 || sum === 0 || sum > 0xffff_ffff;
}

/** What may make an update of routes undecodable, or not, by chance: see `ClusterChoices`. */
export function routeChances(configuration: RouteConfiguration): FieldRef[] {
  const chances: FieldRef[] = [];
  for (const { routes } of configuration.virtualHosts) {
    for (const { clusters } of routes) {
      if (clusters.length < 2 || clusters.every(hasNoWeight)) continue;
      for (const choice of clusters) if (hasNoWeight(choice)) chances.push(choice.source);
    }
  }
  return chances;
}

/** A connect timeout of zero or less: the whole update of clusters is refused. */
export interface ClusterRefusal {
  readonly code: 'connect-timeout';
  readonly cluster: string;
  /** The UpstreamTrafficSetting's timeout. */
  readonly at: FieldRef;
}

/**
 * Why Envoy refuses the clusters; empty when it takes them. Egress semantics §4.
 * @returns `certain`, and `possible` where another policy's definition of the same cluster may be kept instead
 */
export function clusterRefusals(clusters: Iterable<Cluster>): Record<'certain' | 'possible', ClusterRefusal[]> {
  const refusals: Record<'certain' | 'possible', ClusterRefusal[]> = { certain: [], possible: [] };
  for (const { name, limits } of clusters) {
    if (limits === UNLIMITED) continue;
    const refused = limits.filter((one) => one?.connectTimeout === '0s' || one?.connectTimeout?.startsWith('-'));
    const [first] = refused;
    if (!first) continue;
    const { object, path } = first.source;
    const refusal = {
      code: 'connect-timeout',
      cluster: name,
      at: { object, path: [...path, 'tcp', 'connectTimeout'] },
    } as const;
    refusals[refused.length === limits.length ? 'certain' : 'possible'].push(refusal);
  }
  return refusals;
}

/** Why Envoy refuses all routes that lead out, whichever table they are in. Egress semantics §4. */
export function refusalsOfAllRoutes({
  inbound,
  routeConfigurations,
}: Pick<ProxyConfiguration, 'inbound' | 'routeConfigurations'>): RouteRefusal[] {
  return [...(inbound ? inboundRefusals(inbound) : []), ...[...routeConfigurations.values()].flatMap(undecodableParts)];
}

/** For routes that lead in: Envoy reads these first, and leaves off where one is refused. */
function inboundRefusals({ tables, asked }: InboundRoutes): RouteRefusal[] {
  const refusals = tables.flatMap((table) => [
    ...undecodableParts(table),
    ...(asked.has(table.port) ? routeRefusals(table) : []),
  ]);
  return refusals.map((refusal) => ({ ...refusal, leads: 'in' }));
}

/** Why Envoy refuses the routes of a port; empty when it takes them. Egress semantics §4. */
export function routeRefusals(configuration: RouteConfiguration): RouteRefusal[] {
  const refusals: RouteRefusal[] = [];
  const owners = new Map<string, VirtualHost>();
  const inspected = new Set<string>();
  for (const virtualHost of configuration.virtualHosts) {
    for (const domain of virtualHost.domains) {
      const key = domain.toLowerCase();
      const first = owners.get(key);
      if (first) refusals.push({ code: 'duplicate-domain', domain, first, second: virtualHost });
      else owners.set(key, virtualHost);
    }
    for (const route of virtualHost.routes) refuseRegexes(route, configuration.maxProgramSize, inspected, refusals);
  }
  return refusals;
}

function refuseRegexes(
  route: Route,
  maxSize: number | undefined,
  inspected: Set<string>,
  refusals: RouteRefusal[],
): void {
  refuseRegex(route, 'pathRegex', route.pathRegex, maxSize, inspected, refusals);
  for (const { regex } of route.headers) refuseRegex(route, 'headers', regex, maxSize, inspected, refusals);
}

function refuseRegex(
  { source: { object, path } }: Route,
  field: string,
  pattern: string,
  maxSize: number | undefined,
  inspected: Set<string>,
  refusals: RouteRefusal[],
): void {
  if (inspected.has(pattern)) return;
  inspected.add(pattern);
  const { accepted, reason = 'RE2 does not accept it', size } = inspectRegex(pattern);
  const fits = maxSize !== undefined && size !== null && size <= maxSize;
  if (!accepted && !fits) refusals.push({ code: 'regex', pattern, reason, at: { object, path: [...path, field] } });
}
