/**
 * Envoy's configuration API v3 in JSON, as far as OSM's control plane uses it. Types and fields bear Envoy's names; durations
 * are texts such as `0s`.
 */

export interface TypedExtensionConfig {
  readonly name: string;
  readonly typed_config: { readonly '@type': string; readonly [field: string]: unknown };
}

export interface SocketAddress {
  readonly socket_address: { readonly address: string; readonly port_value: number };
}

/** Where an Envoy fetches a part of its configuration: the control plane's stream, or a file. */
export type ConfigSource =
  | { readonly ads: Record<string, never>; readonly resource_api_version: 'V3' }
  | { readonly path_config_source: { readonly path: string }; readonly resource_api_version: 'V3' };

export interface CidrRange {
  readonly address_prefix: string;
  readonly prefix_len: number;
}

export interface FilterChainMatch {
  readonly destination_port?: number;
  readonly prefix_ranges?: readonly CidrRange[];
  readonly server_names?: readonly string[];
  readonly application_protocols?: readonly string[];
}

export interface FilterChain {
  readonly name: string;
  readonly filter_chain_match?: FilterChainMatch;
  readonly filters: readonly TypedExtensionConfig[];
}

export type ListenerFilterChainMatchPredicate =
  | { readonly destination_port_range: { readonly start: number; readonly end: number } }
  | { readonly or_match: { readonly rules: readonly ListenerFilterChainMatchPredicate[] } };

export interface ListenerFilter extends TypedExtensionConfig {
  readonly filter_disabled?: ListenerFilterChainMatchPredicate;
}

export interface Listener {
  readonly name: string;
  readonly address: SocketAddress;
  readonly traffic_direction: 'OUTBOUND';
  readonly listener_filters: readonly ListenerFilter[];
  readonly listener_filters_timeout?: string;
  readonly continue_on_listener_filters_timeout: true;
  readonly filter_chains: readonly FilterChain[];
  readonly default_filter_chain?: FilterChain;
  readonly access_log?: readonly TypedExtensionConfig[];
}

export interface RegexMatcher {
  readonly google_re2: Record<string, never>;
  readonly regex: string;
}

export interface HeaderMatcher {
  readonly name: string;
  readonly safe_regex_match: RegexMatcher;
}

export interface Route {
  readonly match: { readonly safe_regex: RegexMatcher; readonly headers: readonly HeaderMatcher[] };
  readonly route: {
    readonly weighted_clusters: {
      readonly clusters: readonly { readonly name: string; readonly weight: number }[];
      readonly total_weight: number;
    };
    readonly timeout: string;
  };
}

export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
}

export interface RouteConfiguration {
  readonly name: string;
  readonly virtual_hosts: readonly VirtualHost[];
  readonly validate_clusters: false;
}

export interface ClusterLoadAssignment {
  readonly cluster_name: string;
  readonly endpoints: readonly {
    readonly lb_endpoints: readonly {
      readonly endpoint: { readonly address: SocketAddress };
      readonly load_balancing_weight?: number;
    }[];
  }[];
}

export interface Cluster {
  readonly name: string;
  readonly type: 'STRICT_DNS' | 'ORIGINAL_DST' | 'EDS' | 'STATIC';
  readonly lb_policy?: 'CLUSTER_PROVIDED';
  readonly eds_cluster_config?: { readonly eds_config: ConfigSource };
  readonly connect_timeout?: string;
  readonly circuit_breakers: { readonly thresholds: readonly Readonly<Record<string, number | boolean>>[] };
  readonly alt_stat_name?: string;
  readonly load_assignment?: ClusterLoadAssignment;
  readonly transport_socket?: TypedExtensionConfig;
  readonly typed_extension_protocol_options: Readonly<Record<string, { readonly '@type': string }>>;
}

/** The three updates that a proxy is sent, each of which it may refuse. */
export interface EnvoyConfiguration {
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
  readonly clusters: readonly Cluster[];
}

/** With this an Envoy starts. */
export interface Bootstrap {
  readonly node: { readonly id: string; readonly cluster: string };
  readonly admin: { readonly address: SocketAddress };
  readonly static_resources: { readonly listeners: readonly Listener[]; readonly clusters: readonly Cluster[] };
}
