import assert from 'node:assert/strict';
import { readConfigDump, type ConfigDump } from '../../../src/lib/analysis/envoy-dump/index.js';
import { DumpProblem } from '../../../src/lib/analysis/envoy-dump/part.js';
import { UNLIMITED } from '../../../src/lib/simulator/envoy/types.js';
import { pathText } from '../../../src/lib/text/field-path.js';
import { complaints, objectAt, paths, readWith, told, wholeDump, type Json } from './whole-dump.js';

const match = (destinationPort: number, more: Json = {}): Json => ({
  destinationPort,
  prefixRanges: [],
  networks: [],
  ipv6Networks: [],
  serverNames: [],
  applicationProtocols: [],
  ...more,
});
const one = (name: string) => [{ name, weight: 100 }];
const tcp = (source: string, clusters: readonly Json[]) => ({
  filter: 'tcp_proxy',
  clusters: [{ clusters, source: `${source}.filters[0].typed_config` }],
});
const http = (routeConfigName: string, more: Json = {}) => ({
  filter: 'http_connection_manager',
  routeConfigName,
  ...more,
});
const chain = (index: number, name: string, origin: string, more: Json) => ({
  name,
  origin,
  ...more,
  sources: [paths.chain(index)],
});
const rule = (index: number) =>
  `${paths.listener}.listener_filters[1].filter_disabled.or_match.rules[${index}].destination_port_range`;
const hcm = (index: number) => `${paths.chain(index)}.filters[0].typed_config`;
const defaultChain = `${paths.listener}.default_filter_chain`;
/** A table with one route for everything. */
const simple = (name: string, port: number, origin: string, at: string, cluster: string) => {
  const source = `${at}.virtual_hosts[0]`;
  const route = { pathRegex: '/.*', method: null, headers: [], source: `${source}.routes[0]` };
  const clusters = [{ clusters: one(cluster), source: `${source}.routes[0].route` }];
  return { name, port, origin, virtualHosts: [{ domains: ['*'], routes: [{ ...route, clusters }], source }] };
};
const service = (name: string, at: string, endpoints: string, limits: readonly unknown[] = [null]) => ({
  kind: 'mesh-service',
  name,
  limits,
  service: at,
  endpoints,
  farSide: { others: 'assumed' },
});

const host = `${paths.table(0)}.virtual_hosts[0]`;
const expected = {
  listener: {
    filterChains: [
      chain(0, 'egress-http.80', 'egress', {
        match: match(80, { applicationProtocols: ['http/1.1', 'h2c'] }),
        target: http('rds-egress.80', {
          likeOsms: { filter: 'envoy.filters.http.wasm', at: `${hcm(0)}.http_filters[0]` },
        }),
      }),
      chain(1, 'egress-tcp.5432', 'egress', {
        match: match(5432, {
          prefixRanges: ['192.0.2.0/24', '2001:db8::/32', '0.0.0.0/0'],
          networks: [
            { base: 0xc0000200, prefixLength: 24 },
            { base: 0, prefixLength: 0 },
          ],
          ipv6Networks: ['2001:db8::/32'],
        }),
        target: tcp(paths.chain(1), [
          { name: 'a', weight: 1 },
          { name: 'b', weight: 2 },
        ]),
      }),
      chain(2, 'filter chain 2', 'egress', {
        match: match(443, { serverNames: ['a.example', '*.b.example'] }),
        target: tcp(paths.chain(2), one('passthrough')),
      }),
      chain(3, 'outbound_shop/web_8080_http', 'mesh', { match: match(8080), target: http('local') }),
      chain(4, 'filter chain 4', 'egress', { match: match(8081), target: http('rds-outbound.8081') }),
      chain(5, 'filter chain 5', 'egress', {
        match: match(8082),
        target: http('local (4)', { withoutUpgrades: hcm(5) }),
      }),
      chain(6, 'filter chain 6', 'egress', { match: match(8083), target: http('local') }),
      chain(7, 'mesh shop/db:1', 'mesh', { match: match(8084), target: tcp(paths.chain(7), one('b')) }),
    ],
    defaultFilterChain: {
      name: 'outbound-egress',
      origin: 'mesh-wide-egress',
      match: match(0),
      target: tcp(defaultChain, one('passthrough')),
      sources: [defaultChain],
    },
    detection: true,
    detectionDisabledPorts: { 3306: rule(1), 5432: rule(0) },
  },
  routeConfigurations: {
    'rds-egress.80': {
      name: 'rds-egress.80',
      port: 80,
      origin: 'egress',
      virtualHosts: [
        {
          domains: ['a.example', 'a.example:80'],
          routes: [
            {
              pathRegex: '/get',
              method: 'GET',
              headers: [{ name: 'x-a', regex: 'b.*' }],
              clusters: [
                { clusters: [...one('dns'), { name: 'logical', weight: 0 }], source: `${host}.routes[0].route` },
              ],
              source: `${host}.routes[0]`,
            },
            {
              pathRegex: '.*',
              method: null,
              headers: [{ name: ':method', regex: 'P.*' }],
              clusters: [{ clusters: one('dns'), source: `${host}.routes[1].route` }],
              source: `${host}.routes[1]`,
            },
          ],
          source: host,
        },
      ],
    },
    'rds-outbound.8081': simple('rds-outbound.8081', 8081, 'mesh', paths.table(1), 'b'),
    // a table that stands in several chains is pointed at in the last
    local: simple('local', 0, 'mesh', `${hcm(6)}.route_config`, 'a'),
    'local (4)': simple('local (4)', 0, 'mesh', `${hcm(5)}.route_config`, 'b'),
  },
  clusters: {
    one: service('one', paths.staticCluster(0), 'some'),
    none: service('none', paths.staticCluster(1), 'none'),
    nothing: service('nothing', paths.staticCluster(2), 'none'),
    dns: {
      kind: 'dns',
      name: 'dns',
      host: 'a.example',
      port: 80,
      limits: [
        {
          maxConnections: 0,
          maxRequests: 7,
          connectTimeout: '1s',
          source: `${paths.cluster(0)}.circuit_breakers.thresholds[0]`,
        },
      ],
    },
    passthrough: { kind: 'original-destination', name: 'passthrough', limits: [null] },
    a: service('a', paths.cluster(2), 'some', [
      { maxPendingRequests: 0, source: `${paths.cluster(2)}.circuit_breakers.thresholds[0]` },
    ]),
    b: service('b', paths.cluster(3), 'none'),
    logical: {
      kind: 'dns',
      name: 'logical',
      host: 'c.example',
      port: 443,
      limits: [{ connectTimeout: '0.250s', source: paths.cluster(4) }],
    },
  },
  notices: [],
  applied: [],
};

/** How a field that is not understood is told. */
const field = (name: string, of: string, at: string): string => `the field ${name} of ${of} @ ${at}.${name}`;
const route = `${host}.routes[0]`;
const cidr = (address_prefix: string, prefix_len: number) => ({ prefix_ranges: [{ address_prefix, prefix_len }] });
const filters = `${paths.listener}.listener_filters`;
const dns = paths.cluster(0);
const addresses = 'a cluster’s addresses';
const assignment = `${dns}.load_assignment`;
const own = (at: string) => `${at}.typed_config`;
const script = (...lines: string[]) => ({ inline_code: lines.join('\n') });
const [begin, add, end] = [
  'function envoy_on_request(request_handle)',
  'request_handle:headers():add("osm-stats-pod", "a")',
  'end',
] as const;
const luaFilter = `${hcm(0)}.http_filters[2]`;
/** What is put where, and everything that is then not understood, with its place. */
const ODD: readonly (readonly [string, Json, readonly string[]])[] = [
  // listener
  [paths.listener, { x: 1 }, [field('x', 'the listener', paths.listener)]],
  [
    paths.listener,
    { listener_filters_timeout: '0s' },
    [`the field listener_filters_timeout @ ${paths.listener}.listener_filters_timeout`],
  ],
  [
    paths.listener,
    { continue_on_listener_filters_timeout: null },
    [`what the listener does with clients that are silent @ ${paths.listener}`],
  ],
  [
    paths.listener,
    { continue_on_listener_filters_timeout: false },
    [`what the listener does with clients that are silent @ ${paths.listener}`],
  ],
  [`${filters}[0]`, { name: 'x', typed_config: null }, [`the listener filter x @ ${filters}[0]`]],
  [`${filters}[0]`, { x: 1 }, [field('x', 'a listener filter', `${filters}[0]`)]],
  [
    own(`${filters}[1]`),
    { x: 1 },
    [field('x', 'the listener filter envoy.filters.listener.tls_inspector', own(`${filters}[1]`))],
  ],
  [
    `${filters}[0]`,
    { filter_disabled: { destination_port_range: { start: 1, end: 2 } } },
    [`when the listener filter envoy.filters.listener.original_dst is switched off @ ${filters}[0].filter_disabled`],
  ],
  [`${filters}[2]`, { filter_disabled: null }, [`detection of TLS and of HTTP on different ports @ ${filters}`]],
  [`${filters}[2]`, { name: 'tls_inspector' }, [`the listener filter tls_inspector @ ${filters}[2]`]],
  // a filter of one sort twice: the second may be switched off where the first is not
  [
    paths.listener,
    { listener_filters: [{ name: 'original_dst' }, { name: 'original_dst' }] },
    [`the listener filter original_dst @ ${filters}[1]`],
  ],
  [
    paths.listener,
    { listener_filters: [] },
    [`how the listener knows the address dialled without the filter original_dst @ ${paths.listener}`],
  ],
  [
    paths.listener,
    { listener_filters: [{ name: 'original_dst' }, { name: 'http_inspector' }] },
    [`detection of TLS and of HTTP on different ports @ ${filters}`],
  ],
  // chains
  [paths.chain(2), { x: 1 }, [field('x', 'a filter chain', paths.chain(2))]],
  [
    paths.chain(2),
    {
      filters: Array<Json>(2).fill({ name: 'x', typed_config: { '@type': 'a/b.tcp_proxy.v3.TcpProxy', cluster: 'a' } }),
    },
    [`a chain of other than one filter @ ${paths.chain(2)}.filters`],
  ],
  [
    `${paths.chain(2)}.filters[0]`,
    { name: 'x', typed_config: { '@type': 'a/b.rbac.v3.RBAC' } },
    [`the network filter x @ ${paths.chain(2)}.filters[0]`],
  ],
  [paths.chain(2), { filters: [] }, [`a chain of other than one filter @ ${paths.chain(2)}.filters`]],
  [`${paths.chain(2)}.filters[0]`, { x: 1 }, [field('x', 'a network filter', `${paths.chain(2)}.filters[0]`)]],
  [
    `${paths.chain(2)}.filters[0]`,
    { name: 'x.rbac', typed_config: null },
    [`the network filter x.rbac @ ${paths.chain(2)}.filters[0]`],
  ],
  // Envoy begins neither without a configuration
  [
    `${paths.chain(2)}.filters[0]`,
    { name: 'tcp_proxy', typed_config: null },
    [`the network filter tcp_proxy @ ${paths.chain(2)}.filters[0]`],
  ],
  [
    `${paths.chain(2)}.filters[0]`,
    { name: 'http_connection_manager', typed_config: null },
    [`the network filter http_connection_manager @ ${paths.chain(2)}.filters[0]`],
  ],
  [
    `${paths.chain(2)}.filter_chain_match`,
    { x: 1 },
    [field('x', 'a filter chain’s match', `${paths.chain(2)}.filter_chain_match`)],
  ],
  [
    `${paths.chain(2)}.filter_chain_match`,
    cidr('192.0.2.0', 33),
    [`a range of a filter chain @ ${paths.chain(2)}.filter_chain_match.prefix_ranges`],
  ],
  [
    `${paths.chain(2)}.filter_chain_match`,
    { prefix_ranges: [{ prefix_len: 8 }] },
    [`a range of a filter chain @ ${paths.chain(2)}.filter_chain_match.prefix_ranges`],
  ],
  // TCP proxies
  [hcm(2), { x: 1 }, [field('x', 'a TCP proxy', hcm(2))]],
  [hcm(2), { cluster: null }, [`where traffic is sent @ ${hcm(2)}`]],
  [`${hcm(1)}.weighted_clusters`, { x: 1 }, [field('x', 'weighted clusters', `${hcm(1)}.weighted_clusters`)]],
  [
    `${hcm(1)}.weighted_clusters.clusters[1]`,
    { x: 1 },
    [field('x', 'a weighted cluster', `${hcm(1)}.weighted_clusters.clusters[1]`)],
  ],
  // HTTP connection managers
  [hcm(0), { x: 1 }, [field('x', 'an HTTP connection manager', hcm(0))]],
  [hcm(0), { generate_request_id: false }, [field('generate_request_id', 'an HTTP connection manager', hcm(0))]],
  [hcm(0), { rds: null }, [`where the HTTP chain has its routes from @ ${hcm(0)}`]],
  [`${hcm(0)}.rds`, { x: 1 }, [field('x', 'the HTTP chain’s source of routes', `${hcm(0)}.rds`)]],
  [
    hcm(0),
    { upgrade_configs: [{ upgrade_type: 'CONNECT' }] },
    [`which upgrades of a connection the HTTP chain allows @ ${hcm(0)}.upgrade_configs`],
  ],
  [
    hcm(0),
    { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'a' }] },
    [`which upgrades of a connection the HTTP chain allows @ ${hcm(0)}.upgrade_configs`],
  ],
  [
    hcm(0),
    { upgrade_configs: [{ upgrade_type: 'websocket', x: 1 }] },
    [`which upgrades of a connection the HTTP chain allows @ ${hcm(0)}.upgrade_configs`],
  ],
  [
    `${hcm(0)}.local_reply_config`,
    { x: 1 },
    [field('x', 'how Envoy’s own answers are changed', `${hcm(0)}.local_reply_config`)],
  ],
  [
    `${hcm(0)}.local_reply_config.mappers[0]`,
    { x: 1 },
    [field('x', 'how Envoy’s own answers are changed', `${hcm(0)}.local_reply_config.mappers[0]`)],
  ],
  [hcm(0), { http_filters: [] }, [`an HTTP chain that does not end with a router @ ${hcm(0)}.http_filters`]],
  [
    hcm(0),
    { http_filters: [{ name: 'router' }, { name: 'rbac' }] },
    [`an HTTP chain that does not end with a router @ ${hcm(0)}.http_filters`],
  ],
  [`${hcm(0)}.http_filters[0]`, { x: 1 }, [field('x', 'an HTTP filter', `${hcm(0)}.http_filters[0]`)]],
  [
    `${own(`${hcm(0)}.http_filters[0]`)}.config`,
    { name: 'x' },
    [`the HTTP filter envoy.filters.http.wasm @ ${hcm(0)}.http_filters[0]`],
  ],
  [
    own(`${hcm(0)}.http_filters[3]`),
    { rules: {} },
    [`the HTTP filter envoy.filters.http.rbac @ ${hcm(0)}.http_filters[3]`],
  ],
  [
    own(`${hcm(0)}.http_filters[3]`),
    { x: 1 },
    [field('x', 'the HTTP filter envoy.filters.http.rbac', own(`${hcm(0)}.http_filters[3]`))],
  ],
  [
    `${hcm(0)}.http_filters[3]`,
    { name: 'x.fault', typed_config: null },
    [`the HTTP filter x.fault @ ${hcm(0)}.http_filters[3]`],
  ],
  [
    `${hcm(0)}.http_filters[3]`,
    { name: 'a.fault', typed_config: { '@type': 'a/x.fault.v3.Fault', config: { name: 'stats' } } },
    [`the HTTP filter a.fault @ ${hcm(0)}.http_filters[3]`],
  ],
  [
    `${hcm(0)}.http_filters[3]`,
    { name: 'a.fault', typed_config: { '@type': 'a/x.fault.v3.Fault', ...script(begin, add, end) } },
    [`the HTTP filter a.fault @ ${hcm(0)}.http_filters[3]`],
  ],
  [luaFilter, { name: 'lua', typed_config: null }, [`the HTTP filter lua @ ${luaFilter}`]],
  // routes
  [paths.table(0), { x: 1 }, [field('x', 'a table of routes', paths.table(0))]],
  [host, { domains: ['a.example', 'A.example'] }, [`routes that Envoy is known to refuse @ ${paths.table(0)}`]],
  [`${route}.match.safe_regex`, { regex: '(' }, [`routes that Envoy is known to refuse @ ${paths.table(0)}`]],
  // a name without a character cannot be decoded
  [`${route}.match.headers[1]`, { name: '' }, [`routes that Envoy is known to refuse @ ${paths.table(0)}`]],
  [host, { x: 1 }, [field('x', 'a virtual host', host)]],
  [route, { x: 1 }, [field('x', 'a route', route)]],
  [route, { match: null }, [`how a route matches paths @ ${route}`]],
  [`${route}.match`, { safe_regex: null }, [`how a route matches paths @ ${route}.match`]],
  [`${route}.match`, { x: 1 }, [field('x', 'a route’s match', `${route}.match`)]],
  [`${route}.match.safe_regex`, { x: 1 }, [field('x', 'a regular expression', `${route}.match.safe_regex`)]],
  [
    `${route}.match.safe_regex.google_re2`,
    { x: 1 },
    [field('x', 'a regular expression’s engine', `${route}.match.safe_regex.google_re2`)],
  ],
  [`${route}.match.headers[0]`, { x: 1 }, [field('x', 'a header’s match', `${route}.match.headers[0]`)]],
  [
    `${route}.match.headers[1].string_match`,
    { x: 1 },
    [field('x', 'a header’s match', `${route}.match.headers[1].string_match`)],
  ],
  [
    `${route}.match.headers[1]`,
    { name: null, string_match: null },
    [`what a route wants of the header  @ ${route}.match.headers[1]`],
  ],
  [
    `${route}.match.headers[1]`,
    { string_match: null },
    [`what a route wants of the header x-a @ ${route}.match.headers[1]`],
  ],
  [
    `${route}.match.headers[1]`,
    { name: 'OSM-stats-pod' },
    [`the header osm-stats-pod, which the proxy may add itself @ ${route}.match.headers[1]`],
  ],
  [route, { route: null }, [`what a route does with requests @ ${route}`]],
  [`${route}.route`, { x: 1 }, [field('x', 'a route', `${route}.route`)]],
  [`${route}.route`, { weighted_clusters: null }, [`where traffic is sent @ ${route}.route`]],
  [`${route}.route.weighted_clusters.clusters[0]`, { weight: 0 }, [`where traffic is sent @ ${route}.route`]],
  // clusters
  [dns, { x: 1 }, [field('x', 'cluster dns', dns)]],
  [dns, { transport_socket: {} }, [field('transport_socket', 'cluster dns', dns)]],
  [dns, { health_checks: [] }, [field('health_checks', 'cluster dns', dns)]],
  [dns, { dns_lookup_family: 'V4_ONLY' }, [field('dns_lookup_family', 'cluster dns', dns)]],
  [dns, { dns_lookup_family: 'V6_ONLY' }, [field('dns_lookup_family', 'cluster dns', dns)]],
  [dns, { type: 'AGGREGATE' }, [`the type AGGREGATE of cluster dns @ ${dns}`]],
  [dns, { load_assignment: null }, [`the addresses of cluster dns @ ${dns}`]],
  [`${assignment}.endpoints[0]`, { lb_endpoints: [{}, {}] }, [`the addresses of cluster dns @ ${dns}`]],
  [`${assignment}.endpoints[0].lb_endpoints[0].endpoint`, { address: {} }, [`the addresses of cluster dns @ ${dns}`]],
  [
    assignment,
    {
      endpoints: [
        ...Array<Json>(2).fill({
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'a.example', port_value: 1 } } } }],
        }),
      ],
    },
    [`the addresses of cluster dns @ ${dns}`],
  ],
  [assignment, { x: 1 }, [field('x', addresses, assignment)]],
  [`${assignment}.endpoints[0]`, { x: 1 }, [field('x', addresses, `${assignment}.endpoints[0]`)]],
  ...['', '.endpoint', '.endpoint.address', '.endpoint.address.socket_address'].map(
    (part) =>
      [
        `${assignment}.endpoints[0].lb_endpoints[0]${part}`,
        { x: 1 },
        [field('x', addresses, `${assignment}.endpoints[0].lb_endpoints[0]${part}`)],
      ] as const,
  ),
  [
    `${paths.cluster(2)}.eds_cluster_config`,
    { x: 1 },
    [field('x', 'where a cluster has its addresses from', `${paths.cluster(2)}.eds_cluster_config`)],
  ],
  [`${dns}.circuit_breakers`, { x: 1 }, [field('x', 'a cluster’s limits', `${dns}.circuit_breakers`)]],
  [
    `${dns}.circuit_breakers.thresholds[0]`,
    { x: 1 },
    [field('x', 'a cluster’s limits', `${dns}.circuit_breakers.thresholds[0]`)],
  ],
  [
    `${dns}.circuit_breakers`,
    { thresholds: [{}, {}] },
    [`several sets of a cluster’s limits @ ${dns}.circuit_breakers`],
  ],
];

/** The dump of a proxy in which something else was changed. */
function changed(change: (dump: Json) => void): ConfigDump {
  const dump = wholeDump();
  change(dump);
  return readConfigDump(dump);
}

/** Puts something in the place of a section. */
const without = (section: number) => (dump: Json) => (dump['configs'] as Json[]).splice(section, 1);

const listenerOf = (more: Json) => ({
  name: 'x',
  address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
  listener_filters: [{ name: 'original_dst' }],
  ...more,
});

describe('a config dump, field by field', () => {
  it('is the same configuration as one that is simulated', () => {
    const dump = readConfigDump(wholeDump());
    assert.deepEqual(told(dump, dump.program), expected);
  });

  it('marks what is not understood, where it stands, and nothing else', () => {
    for (const [path, fields, said] of ODD) {
      assert.deepEqual(complaints(readWith(path, fields)), said, `${path} ${JSON.stringify(fields)}`);
    }
  });

  it('keeps of a listener that Envoy is known to refuse no chain to choose from', () => {
    const dump = readWith(paths.chain(2), {
      filter_chain_match: { destination_port: 80, application_protocols: ['h2c'] },
    });
    const { filterChains, notUnderstood, defaultFilterChain, detection } = dump.program.listener!;
    assert.deepEqual(
      [filterChains, told(dump, notUnderstood), defaultFilterChain?.name, detection],
      [[], { what: 'filter chains that Envoy is known to refuse', at: paths.listener }, 'outbound-egress', true],
    );
    const routes = readWith(host, { domains: ['a.example', 'A.example'] }).program.routeConfigurations.get(
      'rds-egress.80',
    );
    assert.deepEqual(
      [routes?.virtualHosts, routes?.name, routes?.port, routes?.origin],
      [[], 'rds-egress.80', 80, 'egress'],
    );
  });

  it('gives what is not understood a kind too, so that it can be walked to', () => {
    const { clusters } = readWith(dns, { type: 'AGGREGATE' }).program;
    assert.equal(clusters.get('dns')?.kind, 'original-destination');
    const { kind, ...more } = readWith(dns, { load_assignment: null }).program.clusters.get('dns')!;
    assert.deepEqual([kind, 'host' in more && more.host, 'port' in more && more.port], ['dns', '', 0]);
    const { filterChains } = readWith(paths.chain(2), { filters: [] }).program.listener!;
    assert.deepEqual(filterChains[2]!.target, { filter: 'tcp_proxy', clusters: [] });
    const noRoutes = readWith(hcm(0), { rds: null }).program.listener!.filterChains[0]!.target;
    assert.equal('routeConfigName' in noRoutes && noRoutes.routeConfigName, '');
    const named = readWith(`${assignment}.endpoints[0].lb_endpoints[0].endpoint.address.socket_address`, {
      port_value: null,
      named_port: 'http',
    });
    const cluster = named.program.clusters.get('dns')!;
    assert.deepEqual(['port' in cluster && cluster.port, complaints(named).length], [0, 1]);
    const weightless = readWith(`${hcm(1)}.weighted_clusters`, { clusters: [{ weight: 1 }] }).program.listener!;
    const { target } = weightless.filterChains[1]!;
    assert.deepEqual('clusters' in target && target.clusters[0]!.clusters, [{ name: '', weight: 1 }]);
    const ranges = readWith(`${paths.chain(2)}.filter_chain_match`, { prefix_ranges: [{ prefix_len: 8 }] });
    assert.deepEqual(ranges.program.listener!.filterChains[2]!.match.prefixRanges, ['/8']);
    const {
      method,
      headers,
      pathRegex,
      clusters: choices,
    } = readWith(route, { match: null, route: null }).program.routeConfigurations.get('rds-egress.80')!.virtualHosts[0]!
      .routes[0]!;
    assert.deepEqual([method, headers, pathRegex, choices], [null, [], '.*', []]);
  });

  it('takes a chain for one of a service by its name alone', () => {
    const names = ['outbound_shop/web_80_http', 'outbound-mesh-http-filter-chain:shop/web', 'mesh shop/web:80'];
    const others = ['egress-http.80', 'my-outbound', 'a mesh chain', ''];
    const origins = [...names, ...others].map(
      (name) => readWith(paths.chain(2), { name }).program.listener!.filterChains[2]!.origin,
    );
    assert.deepEqual(origins, ['mesh', 'mesh', 'mesh', 'egress', 'egress', 'egress', 'egress']);
  });

  it('does not take a condition for one that it only resembles', () => {
    const at = `${route}.match.headers[1]`;
    const rows: readonly (readonly [Json, readonly Json[]])[] = [
      [{ string_match: { safe_regex: { regex: 'b', x: 1 } } }, []],
      [{ invert_match: true }, []],
      [{ string_match: { safe_regex: { regex: 'b' }, ignore_case: true } }, []],
      [
        { name: ':method', string_match: { safe_regex: { regex: 'GET|PUT' } } },
        [{ name: ':method', regex: 'GET|PUT' }],
      ],
      [{ name: ':method', string_match: { safe_regex: { regex: 'PUT' } } }, [{ name: ':method', regex: 'PUT' }]],
      [{ name: 'y', string_match: { safe_regex: { regex: '.*' } } }, [{ name: 'y', regex: '.*' }]],
    ];
    for (const [fields, said] of rows) {
      const [first] = readWith(at, fields).program.routeConfigurations.get('rds-egress.80')!.virtualHosts[0]!.routes;
      assert.deepEqual(first!.headers, said, JSON.stringify(fields));
      assert.equal(first!.method, 'GET');
    }
    const later = readWith(`${route}.match`, {
      headers: ['a', ':method', ':method'].map((name, index) => ({
        name,
        safe_regex_match: { regex: ['b', 'PUT', 'GET'][index] },
      })),
    }).program.routeConfigurations.get('rds-egress.80')!.virtualHosts[0]!.routes[0]!;
    const others = [
      { name: 'a', regex: 'b' },
      { name: ':method', regex: 'GET' },
    ];
    assert.deepEqual([later.method, later.headers], ['PUT', others]);
    const methods = [
      ['GET', 'GET'],
      ['M-SEARCH', 'M-SEARCH'],
      ['GE.', null],
      ['.*', null],
      ['(GET', undefined],
    ] as const;
    for (const [regex, method] of methods) {
      const dump = readWith(`${route}.match`, { headers: [{ name: ':method', safe_regex_match: { regex } }] });
      const table = dump.program.routeConfigurations.get('rds-egress.80')!;
      assert.equal(table.virtualHosts[0]?.routes[0]!.method, method, regex);
    }
  });

  it('reads conditions of ports one by one, and no others', () => {
    const range = (start: number | null, end: number | null, more: Json = {}) => ({
      destination_port_range: { start, end },
      ...more,
    });
    const rows: readonly (readonly [Json, readonly number[] | undefined])[] = [
      [range(443, 444), [443]],
      [range(null, 1), [0]],
      [{ or_match: { rules: [range(1, 2), { or_match: { rules: [range(5, 6), range(10, 11)] } }] } }, [1, 5, 10]],
      [{ or_match: { rules: [range(10, 11), range(2, 3)] } }, [10, 2]],
      [range(443, 445), undefined],
      [range(443, null), undefined],
      [range(443, 443), undefined],
      [range(null, null), undefined],
      [{ destination_port_range: { start: 443, end: 444, x: 1 } }, undefined],
      [range(443, 444, { or_match: { rules: [] } }), undefined],
      [{}, undefined],
      [{ any_match: true }, undefined],
      [{ or_match: { rules: [range(1, 2), { any_match: true }] } }, undefined],
      [{ not_match: range(1, 2) }, undefined],
    ];
    for (const [condition, ports] of rows) {
      const dump = changed((one) => {
        for (const index of [1, 2]) objectAt(one, `${filters}[${index}]`)['filter_disabled'] = condition;
      });
      const { detectionDisabledPorts, notUnderstood } = dump.program.listener!;
      assert.deepEqual([...detectionDisabledPorts.keys()], ports ?? [], JSON.stringify(condition));
      const said = 'when the listener filter envoy.filters.listener.tls_inspector is switched off';
      assert.equal(notUnderstood?.what, ports ? undefined : said, JSON.stringify(condition));
    }
    // the same ports in another order
    const both = [range(2, 3), range(10, 11)];
    const dump = changed((one) => {
      objectAt(one, `${filters}[1]`)['filter_disabled'] = { or_match: { rules: both } };
      objectAt(one, `${filters}[2]`)['filter_disabled'] = { or_match: { rules: both.toReversed() } };
    });
    assert.deepEqual(complaints(dump), []);
  });

  it('knows a listener without inspectors, which waits for nobody', () => {
    const dump = readWith(paths.listener, {
      listener_filters: [{ name: 'x.original_dst' }],
      continue_on_listener_filters_timeout: null,
    });
    const { detection, detectionDisabledPorts } = dump.program.listener!;
    assert.deepEqual([detection, detectionDisabledPorts.size, complaints(dump)], [false, 0, []]);
  });

  it('takes no other script for the one that counts', () => {
    const rows: readonly (readonly [readonly string[], boolean])[] = [
      [[begin, add, end], true],
      [['--', ` ${begin} `, '-- more', '', `\t${add}`, end, '--'], true],
      [[begin, end], true],
      [[begin, add], false],
      [[add, end], false],
      [['', add], false],
      [[], false],
      [[begin, add, 'x()', end], false],
      [[begin, 'x()', add, end], false],
      [[begin, 'x() -- adds', add, end], false],
      [[begin, `x() ${add}`, end], false],
      [[begin, `${add} x()`, end], false],
      [[begin, add.replace('osm-stats', 'x-stats'), end], false],
      // a comment of several lines ends where it says so, and what follows is code
      [['--[[', '--]] function envoy_on_request(h) h:respond({[":status"] = "403"}) end', begin, add, end], false],
    ];
    for (const [lines, isOsms] of rows) {
      const said = complaints(readWith(own(luaFilter), script(...lines)));
      const message = `the HTTP filter envoy.filters.http.lua @ ${luaFilter}`;
      assert.deepEqual(said, isOsms ? [] : [message], lines.join('\n'));
    }
    assert.deepEqual(complaints(readWith(own(luaFilter), { inline_code: null })), [
      `the HTTP filter envoy.filters.http.lua @ ${luaFilter}`,
    ]);
  });

  it('knows a filter by the type of its configuration, else by its name', () => {
    const sorts: readonly Json[] = [
      {
        name: 'anything',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
      { name: 'envoy.filters.http.router', typed_config: {} },
      { name: 'http_router' },
      { name: 'router' },
    ];
    for (const sort of sorts) {
      const dump = readWith(hcm(0), { http_filters: [sort] });
      assert.deepEqual(complaints(dump), [], JSON.stringify(sort));
    }
    const other = readWith(hcm(0), {
      http_filters: [{ name: 'router', typed_config: { '@type': 'Short' } }],
    });
    assert.equal(other.program.listener!.filterChains[0]!.notUnderstood?.what, 'the HTTP filter router');
    assert.equal(
      readWith(hcm(0), { http_filters: [{ typed_config: { '@type': 'a.x.b.C' } }] }).program.listener!.filterChains[0]!
        .notUnderstood?.what,
      'the HTTP filter ',
    );
  });

  it('keeps a table that stands in a chain apart from one that was sent under its name', () => {
    const inline = { name: 'rds-egress.80', virtual_hosts: [] };
    const { listener, routeConfigurations } = readWith(hcm(3), { route_config: inline }).program;
    const names = [0, 3].map((index) => {
      const { target } = listener!.filterChains[index]!;
      return 'routeConfigName' in target ? target.routeConfigName : '';
    });
    assert.equal(new Set(names).size, 2);
    assert.deepEqual(
      names.map((name) => routeConfigurations.get(name)?.virtualHosts.length),
      [1, 0],
    );
    const ports = ['x.80', 'x.80.y', 'x80', 'x.0443'].map((name) => {
      const { routeConfigurations: tables } = readWith(hcm(3), { route_config: { name } }).program;
      return tables.get(name)?.port;
    });
    assert.deepEqual(ports, [80, 0, 0, 443]);
    // a table may have no name at all
    const unnamed = readWith(hcm(3), { route_config: { virtual_hosts: [] } }).program;
    assert.deepEqual(unnamed.routeConfigurations.get('')?.virtualHosts, []);
  });

  it('has no endpoints to tell of without ?include_eds', () => {
    const endpoints = (dump: ConfigDump) =>
      [...dump.program.clusters.values()].map((cluster) => ('endpoints' in cluster ? cluster.endpoints : ''));
    assert.deepEqual(endpoints(changed(without(2))), ['some', 'none', 'none', '', '', 'not-given', 'not-given', '']);
    const nameless = changed((dump) => {
      objectAt(dump, paths.cluster(3))['name'] = null;
      const section = objectAt(dump, 'configs[2]');
      section['dynamic_endpoint_configs'] = [{ endpoint_config: { endpoints: [{ lb_endpoints: [{}] }] } }];
      (objectAt(dump, 'configs[1]')['dynamic_active_clusters'] as Json[]).push({});
    });
    const { name, ...found } = nameless.program.clusters.get('')!;
    assert.deepEqual([name, 'endpoints' in found && found.endpoints, nameless.program.clusters.size], ['', 'some', 8]);
    const unnamed = changed((dump) => {
      const section = objectAt(dump, 'configs[2]');
      section['dynamic_endpoint_configs'] = [];
      section['static_endpoint_configs'] = [
        { endpoint_config: { cluster_name: 'b', endpoints: [{ lb_endpoints: [{}] }] } },
      ];
    });
    assert.deepEqual(endpoints(unnamed).slice(5, 7), ['none', 'some']);
  });

  it('reads limits that say nothing as none', () => {
    const limitsWith = (fields: Json) => {
      const dump = readWith(dns, { connect_timeout: null, ...fields });
      return told(dump, dump.program.clusters.get('dns')!.limits) as (Json | null)[];
    };
    const breakers = (limits: Json) => ({ circuit_breakers: { thresholds: [limits] } });
    const source = `${dns}.circuit_breakers.thresholds[0]`;
    const rows: readonly (readonly [Json, Json | null])[] = [
      [{ circuit_breakers: null }, null],
      [{ circuit_breakers: {} }, null],
      [breakers({ max_connections: 0xffffffff }), null],
      [breakers({ max_connections: 0xfffffffe }), { maxConnections: 0xfffffffe, source }],
      [breakers({ max_pending_requests: 1 }), { maxPendingRequests: 1, source }],
      [breakers({ max_requests: 0 }), { maxRequests: 0, source }],
      [
        { circuit_breakers: null, connect_timeout: '2s' },
        { connectTimeout: '2s', source: dns },
      ],
    ];
    for (const [fields, said] of rows) assert.deepEqual(limitsWith(fields), [said], JSON.stringify(fields));
    assert.equal(
      readWith(dns, { connect_timeout: null, circuit_breakers: {} }).program.clusters.get('dns')!.limits,
      UNLIMITED,
    );
  });

  it('is not sure how a cluster speaks that says it in a way of its own', () => {
    const options = `${dns}.typed_extension_protocol_options`;
    const said = 'how a cluster speaks to its servers';
    const key = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
    const rows: readonly (readonly [Json, readonly string[]])[] = [
      [{ [key]: null }, [`${said} @ ${options}["${key}"]`]],
      [{ [key]: 7 }, [`${said} @ ${options}["${key}"]`]],
      [{ [key]: { auto_config: {} } }, [`the field auto_config of ${said} @ ${options}["${key}"].auto_config`]],
      [{ other: {} }, []],
    ];
    for (const [fields, complained] of rows) {
      const dump = readWith(dns, { typed_extension_protocol_options: fields });
      assert.deepEqual(complaints(dump), complained, JSON.stringify(fields));
    }
  });
});

describe('a config dump as a whole', () => {
  it('says whose proxy it is, of which version, and what it was started with', () => {
    const { source, envoyVersion, bootstrapClusters } = readConfigDump(wholeDump());
    assert.deepEqual(source, { namespace: 'shop', serviceAccount: 'buyer' });
    assert.deepEqual([envoyVersion, [...bootstrapClusters]], ['1.22.2', ['one', 'none', 'nothing']]);
    const ids: readonly (readonly [unknown, string | undefined])[] = [
      ['buyer.shop', 'shop/buyer'],
      ['0a0a0a0a-0000-4000-8000-000000000000.gateway.a.b.cluster.local', 'b/a'],
      ['x0a0a0a0a-0000-4000-8000-000000000000.sidecar.a.b.cluster.local', undefined],
      ['0a0a0a0a-0000-4000-8000-000000000000.sidecar.a.b', undefined],
      ['a.b.c', undefined],
      ['a', undefined],
      [null, undefined],
    ];
    for (const [id, expectedSource] of ids) {
      const told = readWith(paths.node, { id }).source;
      assert.equal(told && `${told.namespace}/${told.serviceAccount}`, expectedSource, String(id));
    }
    assert.equal(
      readWith(paths.node, { user_agent_build_version: { version: { minor_number: 9 } } }).envoyVersion,
      '0.9.0',
    );
    assert.equal(readWith(paths.node, { user_agent_build_version: {} }).envoyVersion, undefined);
    const unsaid = changed(without(0));
    assert.deepEqual([unsaid.source, unsaid.envoyVersion], [undefined, undefined]);
  });

  it('says when each resource was updated', () => {
    const dump = readConfigDump(wholeDump());
    const other = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } };
    assert.equal(dump.pathTo({ object: other, path: [] }), undefined);
    const stamps = [...dump.updates].map(([object, { version, at }]) => [
      `${object.apiVersion} ${object.kind}`,
      object.metadata.name,
      version,
      at,
      pathText(dump.pathTo({ object, path: [] })!),
    ]);
    const at = (version: number) => `2026-11-26T10:00:0${version}Z`;
    assert.deepEqual(stamps.filter(([, , version]) => version !== undefined).slice(0, 3), [
      ['envoy/v3 RouteConfiguration', 'rds-egress.80', '3', at(3), paths.table(0)],
      ['envoy/v3 RouteConfiguration', 'rds-outbound.8081', '3', at(3), paths.table(1)],
      ['envoy/v3 Listener', 'outbound-listener', '2', at(2), paths.listener],
    ]);
    assert.deepEqual(
      stamps.filter(([kind, name]) => kind === 'envoy/v3 Cluster' && ['one', 'dns'].includes(name!)),
      [
        ['envoy/v3 Cluster', 'one', undefined, undefined, paths.staticCluster(0)],
        ['envoy/v3 Cluster', 'dns', '1', at(1), paths.cluster(0)],
      ],
    );
  });

  it('tells of updates that were refused, and of those that wait', () => {
    const error = (details: string | null = 'no') => ({
      error_state: { version_info: '9', last_update_attempt: 'now', details },
    });
    const waiting = (fields: Json) => ({ version_info: '8', last_updated: 'then', ...fields });
    const dump = changed((one) => {
      const listeners = objectAt(one, paths.listeners)['dynamic_listeners'] as Json[];
      Object.assign(listeners[1]!, error(), { warming_state: waiting({ listener: listenerOf({ name: 'next' }) }) });
      // of others nothing is told
      Object.assign(listeners[0]!, error());
      Object.assign(objectAt(one, 'configs[4].dynamic_route_configs[1]'), error());
      (objectAt(one, 'configs[4]')['dynamic_route_configs'] as Json[]).push({ route_config: null, ...error(null) });
      Object.assign(objectAt(one, 'configs[1].static_clusters[0]'), error());
      objectAt(one, 'configs[1]')['dynamic_warming_clusters'] = [
        waiting({ cluster: { name: 'new' }, ...error() }),
        waiting({}),
      ];
    });
    const refused = { state: 'refused', version: '9', when: 'now', details: 'no' };
    const warming = { state: 'warming', version: '8', when: 'then' };
    const place = 'configs[3].dynamic_listeners[1]';
    assert.deepEqual(told(dump, dump.pending), [
      { what: 'routes', name: 'rds-outbound.8081', ...refused, at: paths.table(1) },
      {
        what: 'routes',
        name: '',
        state: 'refused',
        version: '9',
        when: 'now',
        at: 'configs[4].dynamic_route_configs[2].error_state',
      },
      { what: 'listener', name: 'outbound-listener', ...warming, at: `${place}.warming_state` },
      { what: 'listener', name: 'outbound-listener', ...refused, at: paths.listener },
      { what: 'cluster', name: 'one', ...refused, at: paths.staticCluster(0) },
      { what: 'cluster', name: 'new', ...warming, at: 'configs[1].dynamic_warming_clusters[0]' },
      { what: 'cluster', name: 'new', ...refused, at: 'configs[1].dynamic_warming_clusters[0].error_state' },
      { what: 'cluster', name: '', ...warming, at: 'configs[1].dynamic_warming_clusters[1]' },
    ]);
    assert.deepEqual(
      dump.pending.map(({ at }) => at.object.kind),
      ['RouteConfiguration', 'RouteConfiguration', 'Listener', 'Listener', ...Array<string>(4).fill('Cluster')],
    );
    // who waits for the first time is not held
    const first = readWith(paths.listeners, {
      dynamic_listeners: [{ warming_state: { listener: listenerOf({}) }, ...error() }],
    });
    assert.deepEqual(told(first, first.pending.slice(-1)), [
      { what: 'listener', name: '', ...refused, at: 'configs[3].dynamic_listeners[0].error_state' },
    ]);
    // what is held stays, and what waits is not there yet
    assert.equal(dump.program.listener?.filterChains.length, 8);
    assert.deepEqual([complaints(dump), dump.program.clusters.has('new')], [[], false]);
  });

  it('takes the listener that interception redirects to, whatever its name', () => {
    const listeners = (dynamic: readonly Json[], fixed: readonly Json[] = []) =>
      readWith(paths.listeners, { dynamic_listeners: dynamic, static_listeners: fixed });
    const active = (listener: Json | null, more: Json = {}) => ({ ...more, active_state: { listener } });
    const at = (port: number) => ({ address: { socket_address: { port_value: port } } });
    const [dynamic, fixed] = ['configs[3].dynamic_listeners', 'configs[3].static_listeners'];
    const severally = 'which of several outbound listeners counts';
    const rows: readonly (readonly [ConfigDump, boolean, readonly string[]])[] = [
      [listeners([active(listenerOf({}), { name: 'any' })]), true, []],
      [listeners([], [{ listener: listenerOf({ name: null }) }]), true, []],
      [listeners([], [{ listener: null }]), false, []],
      [listeners([active(listenerOf(at(15002)), { name: 'outbound-listener' })]), false, []],
      [listeners([], [{ listener: listenerOf({ name: 'outbound-listener', address: {} }) }]), false, []],
      [listeners([active(null, { name: 'outbound-listener' })]), false, []],
      [listeners([{ name: 'outbound-listener', error_state: {} }]), false, []],
      [listeners([]), false, []],
      // the first of several that wait
      [
        listeners([
          { warming_state: { listener: listenerOf({}) } },
          { name: 'outbound-listener', error_state: {} },
          { warming_state: { listener: listenerOf({}) } },
        ]),
        true,
        [`when the outbound listener is ready, which is warming up @ ${dynamic}[0].warming_state.listener`],
      ],
      [
        listeners([active(listenerOf({})), active(listenerOf({}))]),
        true,
        [`${severally} @ ${dynamic}[0].active_state.listener`],
      ],
      [
        listeners([active(listenerOf({}))], [{ listener: listenerOf({}) }]),
        true,
        [`${severally} @ ${dynamic}[0].active_state.listener`],
      ],
      [
        listeners([], [{ listener: listenerOf({}) }, { listener: listenerOf({}) }]),
        true,
        [`${severally} @ ${fixed}[0].listener`],
      ],
      [
        listeners([{ warming_state: { listener: listenerOf({}) } }]),
        true,
        [`when the outbound listener is ready, which is warming up @ ${dynamic}[0].warming_state.listener`],
      ],
      [listeners([{ warming_state: { listener: listenerOf({}) } }, active(listenerOf({}))]), true, []],
    ];
    for (const [index, [dump, isThere, said]] of rows.entries()) {
      assert.deepEqual([dump.program.listener !== undefined, complaints(dump)], [isThere, said], String(index));
    }
    const nameless = listeners([], [{ listener: listenerOf({ name: null }) }]);
    assert.deepEqual(
      [...nameless.updates.keys()].filter(({ kind }) => kind === 'Listener').map(({ metadata }) => metadata.name),
      [''],
    );
    // an update that never was taken leaves nothing, and is told of
    const never = listeners([
      { name: 'inbound-listener', error_state: { details: 'no' } },
      { error_state: { details: 'no' } },
      { name: 'outbound-listener', error_state: { details: 'no' } },
    ]);
    assert.deepEqual(told(never, never.pending), [
      { what: 'listener', name: 'outbound-listener', state: 'refused', details: 'no', at: `${dynamic}[2].error_state` },
    ]);
  });

  it('says what a dump lacks, and which field has a wrong type', () => {
    const put = (path: string, fields: Json) => () => readWith(path, fields);
    const needs = (section: string) => `the dump has no ${section}: it is only part of one`;
    const rows: readonly (readonly [() => unknown, string, string])[] = [
      [() => readConfigDump(7), '', 'the dump is not an object'],
      [() => readConfigDump([]), '', 'the dump is not an object'],
      [() => readConfigDump({}), '', 'there is no list of configs, so this is no config dump of Envoy’s'],
      [() => readConfigDump({ configs: [null] }), 'configs[0]', 'configs[0] is not an object'],
      [() => readConfigDump({ configs: [{}] }), 'configs', needs('ListenersConfigDump')],
      [() => changed(without(1)), 'configs', needs('ClustersConfigDump')],
      // without it every table would seem not to be there, and each request would get 404
      [() => changed(without(4)), 'configs', needs('RoutesConfigDump')],
      [() => readConfigDump({ configs: {} }), 'configs', 'configs is not a list'],
      [put(dns, { name: 7 }), `${dns}.name`, `${dns}.name is not a text`],
      [
        put(paths.listener, { continue_on_listener_filters_timeout: 'yes' }),
        `${paths.listener}.continue_on_listener_filters_timeout`,
        `${paths.listener}.continue_on_listener_filters_timeout is not true or false`,
      ],
      [
        put(`${paths.chain(0)}.filter_chain_match`, { destination_port: '80' }),
        `${paths.chain(0)}.filter_chain_match.destination_port`,
        `${paths.chain(0)}.filter_chain_match.destination_port is not a number`,
      ],
      [put(host, { routes: {} }), `${host}.routes`, `${host}.routes is not a list`],
      [put(host, { domains: ['a', 7] }), `${host}.domains[1]`, `${host}.domains[1] is not a text`],
      [put(route, { match: [] }), `${route}.match`, `${route}.match is not an object`],
    ];
    for (const [read, path, message] of rows) {
      assert.throws(read, (error) => {
        assert.ok(error instanceof DumpProblem, String(error));
        assert.deepEqual([pathText(error.path), error.message], [path, message]);
        return true;
      });
    }
    // a proxy whose chains have their routes in themselves has no such section
    const rooted = changed((dump) => {
      without(4)(dump);
      for (const index of [0, 4]) objectAt(dump, hcm(index))['route_config'] = { name: `t${index}` };
      for (const index of [0, 4]) delete objectAt(dump, hcm(index))['rds'];
    });
    assert.equal(rooted.program.routeConfigurations.size, 4);
    const byDefault = () =>
      changed((dump) => {
        without(4)(dump);
        const listener = objectAt(dump, paths.listener);
        listener['default_filter_chain'] = (listener['filter_chains'] as Json[])[0];
        listener['filter_chains'] = [];
      });
    assert.throws(byDefault, DumpProblem);
    const nobodyListens = changed((dump) => {
      without(4)(dump);
      objectAt(dump, paths.listeners)['dynamic_listeners'] = [];
    });
    assert.equal(nobodyListens.program.listener, undefined);
  });
});
