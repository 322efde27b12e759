import { readConfigDump, type ConfigDump } from '../../../src/lib/analysis/envoy-dump/index.js';
import type { FieldRef } from '../../../src/lib/resources/types.js';
import { pathText } from '../../../src/lib/text/field-path.js';

export type Json = Record<string, unknown>;

const type = (name: string) => ({ '@type': `type.googleapis.com/${name}` });
const filter = (kind: string, name: string, config: Json = {}) => ({
  name: `envoy.filters.${kind}.${name}`,
  typed_config: { ...type(`envoy.extensions.filters.${kind}.${name}.v3.X`), ...config },
});
const only = (port: number) => ({ destination_port_range: { start: port, end: port + 1 } });
const addedHeaders = {
  request_headers_to_add: [],
  request_headers_to_remove: [],
  response_headers_to_add: [],
  response_headers_to_remove: [],
};
const regex = (text: string) => ({ google_re2: {}, regex: text });
const route = (cluster: string) => ({ match: { safe_regex: { regex: '/.*' } }, route: { cluster } });
const table = (name: string, cluster: string) => ({
  name,
  virtual_hosts: [{ name: 'any', domains: ['*'], routes: [route(cluster)] }],
});
const manager = (from: Json, more: Json = {}) =>
  filter('network', 'http_connection_manager', {
    stat_prefix: 'x',
    ...from,
    http_filters: [filter('http', 'router', { dynamic_stats: true, suppress_envoy_headers: true })],
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    ...more,
  });
const rds = (name: string) => ({ rds: { config_source: { ads: {} }, route_config_name: name } });
const tcp = (to: Json) =>
  filter('network', 'tcp_proxy', {
    ...to,
    stat_prefix: 'x',
    access_log: [],
    access_log_options: {},
    idle_timeout: '1s',
    max_connect_attempts: 1,
  });
const address = (host: string, port: number) => ({
  address: { socket_address: { address: host, port_value: port, protocol: 'TCP' } },
});
const lua = [
  '-- counts',
  'function envoy_on_request(request_handle)',
  '',
  '  request_handle:headers():add("osm-stats-pod", "curl-1")',
  '  request_handle:headers():add("osm-stats-kind", "ReplicaSet")',
  'end',
].join('\n');

const listener = {
  ...type('envoy.config.listener.v3.Listener'),
  name: 'outbound-listener',
  address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
  traffic_direction: 'OUTBOUND',
  access_log: [],
  stat_prefix: 'x',
  metadata: {},
  per_connection_buffer_limit_bytes: 1,
  enable_reuse_port: true,
  reuse_port: true,
  tcp_backlog_size: 1,
  drain_type: 'MODIFY_ONLY',
  listener_filters_timeout: '5s',
  continue_on_listener_filters_timeout: true,
  listener_filters: [
    filter('listener', 'original_dst'),
    { ...filter('listener', 'tls_inspector'), filter_disabled: { or_match: { rules: [only(5432), only(3306)] } } },
    { name: 'http_inspector', filter_disabled: { or_match: { rules: [only(3306), only(5432)] } } },
  ],
  filter_chains: [
    {
      name: 'egress-http.80',
      filter_chain_match: { destination_port: 80, application_protocols: ['http/1.1', 'h2c'] },
      filters: [
        manager(rds('rds-egress.80'), {
          access_log: [],
          access_log_options: {},
          tracing: {},
          generate_request_id: true,
          local_reply_config: { mappers: [{ filter: {}, headers_to_add: [] }] },
          http_filters: [
            filter('http', 'wasm', { config: { name: 'stats', vm_config: {} }, more: true }),
            filter('http', 'wasm', { config: { name: 'stats' } }),
            filter('http', 'lua', { inline_code: lua }),
            filter('http', 'rbac'),
            { name: 'http_router' },
          ],
        }),
      ],
      metadata: {},
    },
    {
      name: 'egress-tcp.5432',
      filter_chain_match: {
        destination_port: 5432,
        prefix_ranges: [
          { address_prefix: '192.0.2.0', prefix_len: 24 },
          { address_prefix: '2001:db8::', prefix_len: 32 },
          { address_prefix: '0.0.0.0' },
        ],
      },
      filters: [
        tcp({
          weighted_clusters: {
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 2 },
            ],
            total_weight: 3,
          },
        }),
      ],
    },
    {
      filter_chain_match: { destination_port: 443, server_names: ['a.example', '*.b.example'] },
      filters: [tcp({ cluster: 'passthrough' })],
    },
    {
      name: 'outbound_shop/web_8080_http',
      filter_chain_match: { destination_port: 8080 },
      filters: [manager({ route_config: table('local', 'a') })],
    },
    { filter_chain_match: { destination_port: 8081 }, filters: [manager(rds('rds-outbound.8081'))] },
    {
      filter_chain_match: { destination_port: 8082 },
      filters: [manager({ route_config: table('local', 'b') }, { upgrade_configs: null })],
    },
    { filter_chain_match: { destination_port: 8083 }, filters: [manager({ route_config: table('local', 'a') })] },
    { name: 'mesh shop/db:1', filter_chain_match: { destination_port: 8084 }, filters: [tcp({ cluster: 'b' })] },
  ],
  default_filter_chain: { name: 'outbound-egress', filters: [tcp({ cluster: 'passthrough' })] },
};

const routeConfigs = [
  {
    ...type('envoy.config.route.v3.RouteConfiguration'),
    name: 'rds-egress.80',
    validate_clusters: false,
    max_direct_response_body_size_bytes: 1,
    ...addedHeaders,
    virtual_hosts: [
      {
        name: 'x',
        domains: ['a.example', 'a.example:80'],
        retry_policy: {},
        include_request_attempt_count: true,
        virtual_clusters: [],
        ...addedHeaders,
        routes: [
          {
            name: 'x',
            metadata: {},
            decorator: {},
            ...addedHeaders,
            match: {
              safe_regex: regex('/get'),
              headers: [
                { name: ':method', safe_regex_match: regex('GET') },
                { name: 'X-A', string_match: { safe_regex: regex('b.*') } },
              ],
            },
            route: {
              weighted_clusters: { clusters: [{ name: 'dns', weight: 100 }, { name: 'logical' }], total_weight: 100 },
              timeout: '0s',
              idle_timeout: '0s',
              retry_policy: {},
            },
          },
          {
            match: {
              safe_regex: regex('.*'),
              headers: [
                { name: ':method', safe_regex_match: regex('.*') },
                { name: ':method', safe_regex_match: regex('P.*') },
              ],
            },
            route: { cluster: 'dns' },
          },
        ],
      },
    ],
  },
  table('rds-outbound.8081', 'b'),
];

const breakers = (limits: Json, more: Json = {}) => ({ circuit_breakers: { thresholds: [limits], ...more } });
const unlimited = 4_294_967_295;
const clusters = [
  {
    ...type('envoy.config.cluster.v3.Cluster'),
    name: 'dns',
    type: 'STRICT_DNS',
    alt_stat_name: 'x',
    lb_policy: 'ROUND_ROBIN',
    metadata: {},
    dns_refresh_rate: '5s',
    respect_dns_ttl: true,
    outlier_detection: {},
    dns_lookup_family: 'V4_PREFERRED',
    connect_timeout: '1s',
    ...breakers({
      max_connections: 0,
      max_pending_requests: unlimited,
      max_requests: 7,
      max_retries: 1,
      track_remaining: true,
    }),
    load_assignment: {
      cluster_name: 'dns',
      endpoints: [
        {
          locality: {},
          load_balancing_weight: 1,
          priority: 1,
          metadata: {},
          lb_endpoints: [
            {
              endpoint: address('a.example', 80),
              load_balancing_weight: 100,
              metadata: {},
              health_status: 'UNHEALTHY',
            },
          ],
        },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        ...type('envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
        use_downstream_protocol_config: {},
        explicit_http_config: {},
        common_http_protocol_options: {},
      },
    },
  },
  {
    name: 'passthrough',
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    ...breakers({ max_connections: unlimited, max_pending_requests: unlimited, max_requests: unlimited }),
  },
  {
    name: 'a',
    type: 'EDS',
    eds_cluster_config: { eds_config: { ads: {} }, service_name: 'a-servers' },
    transport_socket: {},
    health_checks: [],
    dns_lookup_family: 'AUTO',
    ...breakers({ max_pending_requests: 0 }),
  },
  { name: 'b', type: 'EDS', eds_cluster_config: { eds_config: { ads: {} } }, dns_lookup_family: 'ALL' },
  {
    name: 'logical',
    type: 'LOGICAL_DNS',
    connect_timeout: '0.250s',
    load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: address('c.example', 443) }] }] },
  },
];
const staticClusters = [
  { name: 'one', load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: address('192.0.2.1', 1) }] }] } },
  { name: 'none', type: 'STATIC', load_assignment: { cluster_name: 'none' } },
  { name: 'nothing', type: 'STATIC' },
];
const endpoints = (name: string, hosts: readonly string[]) => ({
  endpoint_config: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: hosts.map((host) => ({ endpoint: { ...address(host, 1), hostname: 'x' } })) }],
    policy: { overprovisioning_factor: 140 },
  },
});

const stamp = (version: string) => ({ version_info: version, last_updated: `2026-11-26T10:00:0${version}Z` });

const whole = {
  configs: [
    {
      ...type('envoy.admin.v3.BootstrapConfigDump'),
      bootstrap: {
        node: {
          id: '0a0a0a0a-0000-4000-8000-000000000000.sidecar.buyer.shop.cluster.local',
          user_agent_build_version: { version: { major_number: 1, minor_number: 22, patch: 2 } },
        },
      },
    },
    {
      ...type('envoy.admin.v3.ClustersConfigDump'),
      static_clusters: staticClusters.map((cluster) => ({ cluster })),
      dynamic_active_clusters: clusters.map((cluster) => ({ ...stamp('1'), cluster })),
    },
    {
      ...type('envoy.admin.v3.EndpointsConfigDump'),
      static_endpoint_configs: [endpoints('one', ['192.0.2.1'])],
      dynamic_endpoint_configs: [endpoints('a-servers', ['192.0.2.2', '192.0.2.3']), {}, endpoints('b', [])],
    },
    {
      ...type('envoy.admin.v3.ListenersConfigDump'),
      dynamic_listeners: [
        { name: 'inbound-listener', active_state: { listener: { name: 'inbound-listener', unheard_of: 1 } } },
        { name: 'outbound-listener', active_state: { ...stamp('2'), listener } },
      ],
      static_listeners: [{ listener: { name: 'other', unheard_of: 1 } }],
    },
    {
      ...type('envoy.admin.v3.RoutesConfigDump'),
      dynamic_route_configs: routeConfigs.map((route_config) => ({ ...stamp('3'), route_config })),
    },
  ],
};

/** A dump that has every field that is known to decide nothing, and all that decides, once. */
export function wholeDump(): Json {
  return JSON.parse(JSON.stringify(whole)) as Json;
}

/** Where in the dump its parts are. */
export const paths = {
  node: 'configs[0].bootstrap.node',
  cluster: (index: number) => `configs[1].dynamic_active_clusters[${index}].cluster`,
  staticCluster: (index: number) => `configs[1].static_clusters[${index}].cluster`,
  listeners: 'configs[3]',
  listener: 'configs[3].dynamic_listeners[1].active_state.listener',
  chain: (index: number) => `configs[3].dynamic_listeners[1].active_state.listener.filter_chains[${index}]`,
  table: (index: number) => `configs[4].dynamic_route_configs[${index}].route_config`,
} as const;

/** The object at a path as this file writes them. */
export function objectAt(dump: Json, path: string): Json {
  let value: unknown = dump;
  for (const step of path.split(/[.[\]]+/).filter((one) => one !== '')) value = (value as Json)[step];
  return value as Json;
}

/** The whole dump, read after fields were put into an object of it. */
export function readWith(path: string, fields: Json): ConfigDump {
  const dump = wholeDump();
  Object.assign(objectAt(dump, path), fields);
  return readConfigDump(dump);
}

/** Something as JSON, in which fields of the dump are named by their paths. */
export function told(dump: ConfigDump, value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one: unknown) => {
      if (one instanceof Map) return Object.fromEntries(one as Map<string, unknown>);
      if (one instanceof Set) return [...(one as Set<unknown>)];
      const ref = one as Partial<FieldRef> | null;
      return ref?.object && ref.path ? pathText(dump.pathTo(ref as FieldRef)!) : one;
    }),
  ) as unknown;
}

/** What of a program is not understood, each with its place; where several parts say the same, once. */
export function complaints(dump: ConfigDump): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { what, at } = value as Json;
    if (what !== undefined) found.add(`${what as string} @ ${at as string}`);
    Object.values(value).forEach(walk);
  };
  walk(told(dump, dump.program));
  return [...found];
}
