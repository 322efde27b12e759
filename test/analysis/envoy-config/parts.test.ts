import assert from 'node:assert/strict';
import { envoyCluster } from '../../../src/lib/analysis/envoy-config/clusters.js';
import { envoyBootstrap } from '../../../src/lib/analysis/envoy-config/index.js';
import { envoyListener, type ListenerOptions } from '../../../src/lib/analysis/envoy-config/listener.js';
import { weightedClusters } from '../../../src/lib/analysis/envoy-config/routes.js';
import type { FieldRef, Service } from '../../../src/lib/resources/types.js';
import { chainMatch } from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import {
  UNLIMITED,
  type Cluster,
  type FilterChain,
  type FilterChainTarget,
  type Listener,
  type WeightedCluster,
} from '../../../src/lib/simulator/envoy/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const at: FieldRef = { object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }, path: [] };
const source = { namespace: 'curl', serviceAccount: 'curl' };
const routes = (route_config_name: string) => ({ rds: { route_config_name } });
const choice = (...clusters: WeightedCluster[]) => ({ clusters, source: at });
const tcp = (...names: readonly string[]): FilterChainTarget => ({
  filter: 'tcp_proxy',
  clusters: [choice(...names.map((name, index) => ({ name, weight: index + 1 })))],
});
const http = (more: object = {}): FilterChainTarget => ({
  filter: 'http_connection_manager',
  routeConfigName: 'r',
  ...more,
});
const chain = (target: FilterChainTarget, match = chainMatch(1, [], [], [])): FilterChain => ({
  name: 'c',
  origin: 'egress',
  match,
  target,
  sources: [at],
});
const listenerOf = (more: Partial<Listener>): Listener => ({
  filterChains: [],
  defaultFilterChain: undefined,
  detection: true,
  detectionDisabledPorts: new Map(),
  ...more,
});
const built = (more: Partial<Listener>, options: Partial<ListenerOptions> = {}) =>
  envoyListener(listenerOf(more), { routes, ...options });
const configOf = (target: FilterChainTarget, options: Partial<ListenerOptions> = {}) =>
  built({ filterChains: [chain(target)] }, options).filter_chains[0]!.filters[0]!.typed_config;

describe('parts of an Envoy configuration', () => {
  it('say nothing that need not be said', () => {
    const { filter_chains, listener_filters, ...rest } = built({ filterChains: [chain(tcp('a'))] });
    assert.deepEqual(Object.keys(rest).sort(), [
      'address',
      'continue_on_listener_filters_timeout',
      'name',
      'traffic_direction',
    ]);
    assert.deepEqual(
      listener_filters.map((filter) => Object.keys(filter)),
      Array(3).fill(['name', 'typed_config']),
    );
    assert.deepEqual(Object.keys(filter_chains[0]!.filters[0]!.typed_config).sort(), [
      '@type',
      'cluster',
      'stat_prefix',
    ]);
    assert.deepEqual(Object.keys(configOf(http())).sort(), [
      '@type',
      'http_filters',
      'rds',
      'stat_prefix',
      'upgrade_configs',
    ]);
  });

  it('have the time for detection, and loggers of connections and of requests, where they are asked for', () => {
    const accessLog = [{ name: 'log', typed_config: { '@type': 'x' } }];
    const asked = built({}, { detectionTimeoutSeconds: 0, accessLog });
    assert.deepEqual([asked.listener_filters_timeout, asked.access_log], ['0s', accessLog]);
    for (const target of [tcp('a'), http()]) assert.deepEqual(configOf(target, { accessLog })['access_log'], accessLog);
  });

  it('match by what a chain asks for, and by nothing else', () => {
    const match = (...parts: Parameters<typeof chainMatch>) =>
      built({ filterChains: [chain(tcp('a'), chainMatch(...parts))] }).filter_chains[0]!.filter_chain_match;
    assert.deepEqual(match(1, [], [], []), { destination_port: 1 });
    assert.deepEqual(match(0, ['192.0.2.0/24', '2001:db8::/32'], [], []), {
      prefix_ranges: [
        { address_prefix: '192.0.2.0', prefix_len: 24 },
        { address_prefix: '2001:db8::', prefix_len: 32 },
      ],
    });
    assert.deepEqual(match(0, [], ['a'], ['h2c']), { server_names: ['a'], application_protocols: ['h2c'] });
    assert.equal(match(0, [], [], []), undefined);
  });

  it('lead to one cluster by name, to several by weight', () => {
    const one = configOf(tcp('a'));
    assert.deepEqual([one['cluster'], one['weighted_clusters']], ['a', undefined]);
    const weighted = [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 2 },
    ];
    assert.deepEqual(configOf(tcp('a', 'b'))['weighted_clusters'], { clusters: weighted });
    const [a, nothing] = [choice(weighted[0]!), choice()];
    assert.deepEqual(
      [weightedClusters([nothing, a]), weightedClusters([nothing]), weightedClusters([])],
      [a.clusters, [], []],
    );
  });

  it('let no connection be upgraded where the version of OSM does not', () => {
    assert.deepEqual(configOf(http())['upgrade_configs'], [{ upgrade_type: 'websocket' }]);
    assert.equal(configOf(http({ withoutUpgrades: at }))['upgrade_configs'], undefined);
  });

  it('have the limits of a cluster, and no address where there is none', () => {
    const unlimited = 0xffffffff;
    const dns = (limits: Cluster['limits']): Cluster => ({ kind: 'dns', name: 'a.b:1', host: 'a.b', port: 1, limits });
    const of = (limits: Cluster['limits']) => envoyCluster(dns(limits), source, 'ads');
    const limited = of([
      { maxConnections: 0, maxPendingRequests: 2, maxRequests: 3, connectTimeout: '5s', source: at },
    ]);
    const rest = { max_retries: unlimited, track_remaining: true };
    assert.deepEqual(limited.connect_timeout, '5s');
    assert.deepEqual(limited.circuit_breakers?.thresholds, [
      { max_connections: 0, max_pending_requests: 2, max_requests: 3, ...rest },
    ]);
    const free = of(UNLIMITED);
    assert.ok(!('connect_timeout' in free));
    assert.deepEqual(free.circuit_breakers?.thresholds, [
      { max_connections: unlimited, max_pending_requests: unlimited, max_requests: unlimited, ...rest },
    ]);
    const service: Cluster = {
      kind: 'mesh-service',
      name: 'shop/web|80',
      limits: UNLIMITED,
      service: at,
      endpoints: 'none',
      farSide: { others: 'assumed' },
    };
    assert.deepEqual(envoyCluster(service, source, () => []).load_assignment, {
      cluster_name: service.name,
      endpoints: [],
    });
  });

  it('are none of another control plane’s', () => {
    const common = { name: 'x', limits: UNLIMITED };
    const others: readonly Cluster[] = [
      { ...common, kind: 'static', endpoints: [] },
      { ...common, kind: 'dynamic-dns', port: 1 },
      { ...common, kind: 'closing', why: '', at },
    ];
    for (const other of others)
      assert.throws(() => envoyCluster(other, source, 'ads'), /OSM makes no cluster such as x/);
  });

  it('stand in a bootstrap with the addresses of each cluster, and with a table for each chain', () => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        clusterIP: '10.0.0.1',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 90 },
        ],
      },
    };
    const port = (name: string, number: number) => ({ name, port: number });
    const world = createWorld([
      service,
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'web', namespace: 'shop' },
        subsets: [
          { addresses: [{ ip: '10.1.0.1' }], ports: [port('a', 8080), port('c', 1)] },
          { addresses: [{ ip: '10.1.0.2' }], ports: [port('b', 9090), port('d', 2)] },
        ],
      },
    ]);
    const clusters = ['shop/web|9090', 'shop/web|7'].map((name): [string, Cluster] => [
      name,
      {
        kind: 'mesh-service',
        name,
        limits: UNLIMITED,
        service: { object: service, path: [] },
        endpoints: 'some',
        farSide: { others: 'assumed' },
      },
    ]);
    const listener = listenerOf({ filterChains: [chain(http())] });
    const bootstrap = envoyBootstrap(
      { listener, routeConfigurations: new Map(), clusters: new Map(clusters) },
      world,
      source,
    ).static_resources;
    assert.deepEqual(
      bootstrap.clusters.map(({ load_assignment }) =>
        load_assignment!.endpoints.flatMap(({ lb_endpoints }) =>
          lb_endpoints.map(({ endpoint }) => endpoint.address.socket_address),
        ),
      ),
      [[{ address: '10.1.0.2', port_value: 9090 }], []],
    );
    assert.deepEqual(bootstrap.listeners[0]!.filter_chains[0]!.filters[0]!.typed_config['route_config'], {
      name: 'r',
      virtual_hosts: [],
      validate_clusters: false,
    });
  });
});
