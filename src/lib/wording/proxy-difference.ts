import type { ProxyDifference } from '../analysis/envoy-dump/difference.js';
import type { PendingUpdate } from '../analysis/envoy-dump/index.js';
import type { FieldRef } from '../resources/types.js';
import type { Cluster, FilterChain, FilterChainMatch, Route, VirtualHost } from '../simulator/envoy/types.js';
import { formatNetwork } from '../text/ip.js';
import { shortened } from '../text/shorten.js';

/** A difference in words, with the fields of policies and of the dump that it is about. */
export interface ToldDifference {
  readonly part: 'proxy' | 'listener' | 'routes' | 'clusters';
  readonly sort: 'refused' | 'warming' | 'other version' | 'not understood' | 'missing' | 'extra' | 'different';
  readonly text: string;
  /** What the policies say. */
  readonly expected: readonly FieldRef[];
  /** What the proxy holds. */
  readonly held: readonly FieldRef[];
}

const NONE: readonly FieldRef[] = [];

export function toldDifference(difference: ProxyDifference): ToldDifference {
  switch (difference.code) {
    case 'update-pending':
      return pendingTold(difference.update);
    case 'not-understood': {
      const { what, at } = difference.part;
      return { part: 'proxy', sort: 'not understood', text: what, expected: NONE, held: [at] };
    }
    case 'routes-of-older-osm': {
      const text = `the routes ${difference.table} are for every port at once, as OSM programmed them before 1.0 (openservicemesh/osm#4074): services of the mesh are not compared`;
      return versionTold(text, difference.at);
    }
    case 'older-upgrades': {
      const text =
        'HTTP chains let no connection be upgraded (WebSockets get 403), as OSM programmed them before 1.2 (openservicemesh/osm#4741)';
      return versionTold(text, difference.at);
    }
    case 'newer-upgrades': {
      const text =
        'HTTP chains let connections be upgraded to WebSockets, as OSM programs them since 1.2 (openservicemesh/osm#4741)';
      return versionTold(text, undefined);
    }
    case 'listener-missing':
      return { part: 'listener', sort: 'missing', text: 'the outbound listener', expected: NONE, held: NONE };
    case 'listener-extra':
      return { part: 'listener', sort: 'extra', text: 'an outbound listener', expected: NONE, held: NONE };
    case 'chain-missing':
    case 'chain-extra':
      return chainTold(difference);
    case 'chain-differs': {
      const { expected, held } = difference;
      const text = `${matchText(expected.match)} goes to ${targetText(held)}, not to ${targetText(expected)}`;
      return { part: 'listener', sort: 'different', text, expected: first(expected.sources), held: held.sources };
    }
    case 'detection-differs': {
      const text = `detection of SNI and protocol is ${difference.expected ? 'off' : 'on'}`;
      return { part: 'listener', sort: 'different', text, expected: NONE, held: NONE };
    }
    case 'server-first-differs': {
      const { port, expected, at } = difference;
      const text = `detection is ${expected ? 'on' : 'off'} on port ${port}`;
      const [own, other] = expected ? [[at], NONE] : [NONE, [at]];
      return { part: 'listener', sort: 'different', text, expected: own, held: other };
    }
    case 'routes-missing':
      return { part: 'routes', sort: 'missing', text: difference.table, expected: NONE, held: NONE };
    case 'host-missing':
    case 'host-extra':
    case 'host-differs':
      return hostTold(difference);
    case 'cluster-missing': {
      const { cluster } = difference;
      return { part: 'clusters', sort: 'missing', text: cluster.name, expected: sourceOf(cluster), held: NONE };
    }
    case 'cluster-extra': {
      const { cluster } = difference;
      return { part: 'clusters', sort: 'extra', text: cluster.name, expected: NONE, held: sourceOf(cluster) };
    }
    case 'cluster-differs': {
      const { expected, held } = difference;
      const text = `${held.name} ${clusterText(held)}, and should ${clusterText(expected, 'lead', 'have')}`;
      return { part: 'clusters', sort: 'different', text, expected: sourceOf(expected), held: sourceOf(held) };
    }
  }
}

function versionTold(text: string, at: FieldRef | undefined): ToldDifference {
  return { part: 'proxy', sort: 'other version', text, expected: NONE, held: at ? [at] : NONE };
}

const PARTS = { listener: 'listener', routes: 'routes', cluster: 'clusters' } as const;

function pendingTold({ what, name, state, version, when, details, at }: PendingUpdate): ToldDifference {
  const told = [version === undefined ? undefined : `version ${version}`, when].filter((word) => word !== undefined);
  const stamp = told.length > 0 ? ` (${told.join(', ')})` : '';
  const text =
    state === 'refused'
      ? `an update of ${name}${stamp}: ${shortened((details ?? 'Envoy does not say why').split('\n')[0]!, 300)}`
      : `an update of ${name}${stamp} waits for what it needs`;
  return { part: PARTS[what], sort: state, text, expected: NONE, held: [at] };
}

function chainTold({ code, chain, isDefault }: Extract<ProxyDifference, { chain: FilterChain }>): ToldDifference {
  const what = isDefault ? 'the default filter chain (mesh-wide egress)' : matchText(chain.match);
  const text = `${what}, to ${targetText(chain)}`;
  const sources = first(chain.sources);
  return code === 'chain-missing'
    ? { part: 'listener', sort: 'missing', text, expected: sources, held: NONE }
    : { part: 'listener', sort: 'extra', text, expected: NONE, held: sources };
}

/** `port 443, SNI a.example, 192.0.2.0/24` */
function matchText({
  destinationPort,
  serverNames,
  networks,
  ipv6Networks,
  applicationProtocols,
}: FilterChainMatch): string {
  const ranges = [...networks.map(formatNetwork), ...ipv6Networks];
  const parts = [
    destinationPort === 0 ? 'every other port' : `port ${destinationPort}`,
    ...(serverNames.length > 0 ? [`SNI ${shortened(serverNames.join(', '), 80)}`] : []),
    ...(ranges.length > 0 ? [shortened(ranges.join(', '), 80)] : []),
    ...(applicationProtocols.length > 0 ? [applicationProtocols.join(', ')] : []),
  ];
  return parts.join(', ');
}

function targetText({ target }: FilterChain): string {
  if (target.filter === 'http_connection_manager') return `the routes ${target.routeConfigName}`;
  const names = (target.clusters[0]?.clusters ?? []).map(({ name }) => name);
  return `cluster ${names.join(', ')}`;
}

type HostDifference = Extract<ProxyDifference, { code: 'host-missing' | 'host-extra' | 'host-differs' }>;

function hostTold(difference: HostDifference): ToldDifference {
  const { table } = difference;
  if (difference.code === 'host-differs') {
    const { expected, held } = difference;
    const [own, wanted] = [held.routes.map(routeText), expected.routes.map(routeText)];
    const index = own.findIndex((text, at) => text !== wanted[at]);
    const at = index < 0 ? own.length : index;
    const [is, should] = [own[at] ?? 'none', wanted[at] ?? 'none'].map((route) => shortened(route, 120));
    const text = `${table}: ${hostText(held)}: route ${at + 1} is ${is}, and should be ${should}`;
    const source = (host: VirtualHost) => host.routes[at]?.source ?? host.source;
    return { part: 'routes', sort: 'different', text, expected: [source(expected)], held: [source(held)] };
  }
  const { code, host } = difference;
  const text = `${table}: ${hostText(host)}`;
  return code === 'host-missing'
    ? { part: 'routes', sort: 'missing', text, expected: [host.source], held: NONE }
    : { part: 'routes', sort: 'extra', text, expected: NONE, held: [host.source] };
}

const hostText = ({ domains }: VirtualHost): string => `host ${domains[0] ?? ''}`;

/** `GET /get accept=.* to httpbin.org:80` */
function routeText({ method, pathRegex, headers, clusters }: Route): string {
  const conditions = headers.map(({ name, regex }) => ` ${name}=${regex}`).join('');
  const [only, ...others] = clusters[0]?.clusters ?? [];
  const backends = [only, ...others].map((one) => (one ? `${one.name} (weight ${one.weight})` : 'nowhere'));
  const where = others.length === 0 && only ? only.name : backends.join(', ');
  return `${method ?? 'any method'} ${pathRegex}${conditions} to ${where}`;
}

function clusterText(cluster: Cluster, leads = 'leads', has = 'has'): string {
  const where = {
    dns: () => (cluster.kind === 'dns' ? `${cluster.host}:${cluster.port}` : ''),
    'mesh-service': () => 'a service of the mesh',
    'original-destination': () => 'the address dialled',
    static: () =>
      cluster.kind === 'static' ? cluster.endpoints.map(({ address, port }) => `${address}:${port}`).join(', ') : '',
    'dynamic-dns': () => 'the name that the client asks for',
    closing: () => 'nowhere',
  }[cluster.kind]();
  const limits = cluster.limits[0];
  const told = [
    ['connections', limits?.maxConnections],
    ['pending requests', limits?.maxPendingRequests],
    ['requests', limits?.maxRequests],
  ].flatMap(([word, value]) => (value === undefined ? [] : [`${value} ${word}`]));
  const timeout = limits?.connectTimeout === undefined ? [] : [`a connect timeout of ${limits.connectTimeout}`];
  const limited =
    [...(told.length > 0 ? [`a limit of ${told.join(', ')}`] : []), ...timeout].join(' and ') || 'no limit';
  return `${leads} to ${where} and ${has} ${limited}`;
}

function sourceOf(cluster: Cluster): FieldRef[] {
  if (cluster.kind === 'mesh-service') return [cluster.service];
  const limited = cluster.limits.find((limits) => limits !== null);
  return limited ? [limited.source] : [];
}

const first = (refs: readonly FieldRef[]): readonly FieldRef[] => refs.slice(0, 1);
