import { formatIpv4 } from '../../text/ip.js';
import { weightedClusters } from './routes.js';
import type * as program from '../../simulator/envoy/types.js';
import type {
  CidrRange,
  FilterChain,
  FilterChainMatch,
  Listener,
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
  TypedExtensionConfig,
} from './types.js';

export const OUTBOUND_PORT = 15001;

export interface ListenerOptions {
  /** Where the HTTP connection managers find the routes of a name: fields of Envoy's `HttpConnectionManager`. */
  readonly routes: (routeConfigName: string) => { readonly rds: unknown } | { readonly route_config: unknown };
  /** How long detection waits for a client's first bytes; default: Envoy's own 15 seconds. */
  readonly detectionTimeoutSeconds?: number | undefined;
  /** Begins the names of HTTP connection managers in Envoy's statistics; default: as OSM names them. */
  readonly statPrefix?: string | undefined;
  /** Access loggers of connections and requests. */
  readonly accessLog?: readonly TypedExtensionConfig[] | undefined;
}

/** The outbound listener as Envoy configuration. Egress semantics §3.1. */
export function envoyListener(listener: program.Listener, options: ListenerOptions): Listener {
  const { filterChains, defaultFilterChain } = listener;
  const { detectionTimeoutSeconds, accessLog } = options;
  return {
    name: 'outbound-listener',
    address: { socket_address: { address: '0.0.0.0', port_value: OUTBOUND_PORT } },
    traffic_direction: 'OUTBOUND',
    listener_filters: listenerFilters(listener),
    ...(detectionTimeoutSeconds !== undefined && { listener_filters_timeout: `${detectionTimeoutSeconds}s` }),
    continue_on_listener_filters_timeout: true,
    filter_chains: filterChains.map((chain) => filterChain(chain, options)),
    ...(defaultFilterChain && { default_filter_chain: filterChain(defaultFilterChain, options) }),
    ...(accessLog && { access_log: accessLog }),
  };
}

function listenerFilters({ detection, detectionDisabledPorts }: program.Listener): ListenerFilter[] {
  const filter = (name: string, type: string): ListenerFilter => ({
    name: `envoy.filters.listener.${name}`,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.listener.${name}.v3.${type}` },
  });
  const originalDst = filter('original_dst', 'OriginalDst');
  if (!detection) return [originalDst];
  const disabled = anyOfPorts([...detectionDisabledPorts.keys()]);
  const inspectors = [filter('tls_inspector', 'TlsInspector'), filter('http_inspector', 'HttpInspector')];
  return [
    originalDst,
    ...inspectors.map((inspector) => ({ ...inspector, ...(disabled && { filter_disabled: disabled }) })),
  ];
}

function anyOfPorts(ports: readonly number[]): ListenerFilterChainMatchPredicate | undefined {
  const rules = ports
    .toSorted((one, other) => one - other)
    .map((port) => ({ destination_port_range: { start: port, end: port + 1 } }));
  // Envoy refuses an "or" of less than two
  return rules.length < 2 ? rules[0] : { or_match: { rules } };
}

function filterChain(chain: program.FilterChain, options: ListenerOptions): FilterChain {
  const match = filterChainMatch(chain.match);
  return {
    name: chain.name,
    ...(Object.keys(match).length > 0 && { filter_chain_match: match }),
    filters: [networkFilter(chain, options)],
  };
}

function filterChainMatch(match: program.FilterChainMatch): FilterChainMatch {
  const { destinationPort, serverNames, applicationProtocols } = match;
  const prefixRanges = [
    ...match.networks.map(({ base, prefixLength }) => cidrRange(formatIpv4(base), prefixLength)),
    ...match.ipv6Networks.map((network) => {
      const slash = network.indexOf('/');
      return cidrRange(network.slice(0, slash), Number(network.slice(slash + 1)));
    }),
  ];
  return {
    ...(destinationPort > 0 && { destination_port: destinationPort }),
    ...(prefixRanges.length > 0 && { prefix_ranges: prefixRanges }),
    ...(serverNames.length > 0 && { server_names: serverNames }),
    ...(applicationProtocols.length > 0 && { application_protocols: applicationProtocols }),
  };
}

function cidrRange(address: string, prefixLength: number): CidrRange {
  return { address_prefix: address, prefix_len: prefixLength };
}

/** Weights only where there is something to weigh, as OSM writes it. */
function tcpClusters(choices: program.ClusterChoices): { cluster: string } | { weighted_clusters: unknown } {
  const clusters = weightedClusters(choices);
  return clusters.length === 1 ? { cluster: clusters[0]!.name } : { weighted_clusters: { clusters } };
}

const NETWORK = 'type.googleapis.com/envoy.extensions.filters.network';

function networkFilter({ target, match, origin }: program.FilterChain, options: ListenerOptions): TypedExtensionConfig {
  const accessLog = options.accessLog && { access_log: options.accessLog };
  if (target.filter === 'tcp_proxy') {
    return {
      name: 'envoy.filters.network.tcp_proxy',
      typed_config: {
        '@type': `${NETWORK}.tcp_proxy.v3.TcpProxy`,
        stat_prefix: `${origin}-tcp-proxy.${match.destinationPort}`,
        ...tcpClusters(target.clusters),
        ...accessLog,
      },
    };
  }
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: `${options.statPrefix ?? 'mesh-http-conn-manager'}.${target.routeConfigName}`,
      ...options.routes(target.routeConfigName),
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
      // recorded: a WebSocket passes, any other upgrade does not (egress semantics §7, H3)
      ...(!target.withoutUpgrades && { upgrade_configs: [{ upgrade_type: 'websocket' }] }),
      ...accessLog,
    },
  };
}
