import type { FieldRef } from '../../resources/types.js';
import type { Ipv4Network } from '../../text/ip.js';

/** The part of Envoy's configuration that decides an outbound connection, in Envoy's words. */

/**
 * Something in the configuration of a running proxy that is not understood, and may decide. What the control plane programs has
 * none of it.
 */
export interface NotUnderstood {
  /** Such as `the HTTP filter envoy.filters.http.fault`. */
  readonly what: string;
  readonly at: FieldRef;
}

export interface FilterChainMatch {
  /** 0: every port of which no other chain speaks. */
  readonly destinationPort: number;
  /** As written in the policy; empty: any address. A text that does not parse is absent from `networks`. */
  readonly prefixRanges: readonly string[];
  /** `prefixRanges` of IPv4 that parse. */
  readonly networks: readonly Ipv4Network[];
  /** `prefixRanges` of IPv6 that parse, which no IPv4 connection matches. Without networks of either sort: any address. */
  readonly ipv6Networks: readonly string[];
  /** As written; empty: any server name or none. */
  readonly serverNames: readonly string[];
  /** Empty: any. */
  readonly applicationProtocols: readonly string[];
  /** A condition besides these. */
  readonly notUnderstood?: NotUnderstood | undefined;
}

export interface WeightedCluster {
  readonly name: string;
  /** 0 to 2³² - 1; counts only beside others. */
  readonly weight: number;
}

/** Clusters of which one takes each connection or request, by weight. */
export interface WeightedClusters {
  readonly clusters: readonly WeightedCluster[];
  /** What names them: a TrafficSplit's backends, a service's port, a policy's host. */
  readonly source: FieldRef;
  /** What the weights sum to as they are written, where `weight` is what 32 bits keep of them. */
  readonly total?: number;
}

/**
 * Where traffic is sent. Several: the control plane programs one of them, by chance (several TrafficSplits of one root).
 */
export type ClusterChoices = readonly WeightedClusters[];

export type FilterChainTarget =
  | {
      readonly filter: 'http_connection_manager';
      readonly routeConfigName: string;
      /** Set where no connection may be upgraded, not to WebSockets either, as OSM programmed it before 1.2 (openservicemesh/osm#4741). */
      readonly withoutUpgrades?: FieldRef | undefined;
      /** Set where it is not known to what connections may be upgraded. */
      readonly upgrades?: NotUnderstood | undefined;
      /** A filter that bears the name of one of OSM's, and whose code nobody has read. */
      readonly likeOsms?: { readonly filter: string; readonly at: FieldRef } | undefined;
    }
  | { readonly filter: 'tcp_proxy'; readonly clusters: ClusterChoices };

export interface FilterChain {
  readonly name: string;
  readonly origin: 'egress' | 'mesh' | 'mesh-wide-egress' | 'black-hole';
  readonly match: FilterChainMatch;
  readonly target: FilterChainTarget;
  /** Where the chain comes from: the port of every policy that asks for it, or the service's port. */
  readonly sources: readonly FieldRef[];
  /**
   * A port of another policy with equal lists but for a repeated entry, which Envoy would refuse. Of equal chains the control
   * plane keeps one by chance.
   */
  readonly repeatingTwin?: FieldRef | undefined;
  readonly notUnderstood?: NotUnderstood | undefined;
}

export interface Listener {
  readonly filterChains: readonly FilterChain[];
  readonly defaultFilterChain: FilterChain | undefined;
  /** TLS and HTTP inspector are present. */
  readonly detection: boolean;
  /** Ports for which detection is switched off. */
  readonly detectionDisabledPorts: ReadonlyMap<number, FieldRef>;
  /** Something in what comes in the same update for which all of it cannot be decoded: a port of a service. */
  readonly undecodableBeside?: FieldRef | undefined;
  /** Seconds that the inspectors wait for a silent client; null: without end. Absent: Envoy's own 15. */
  readonly detectionTimeout?: number | null;
  /** HTTP chains ask for plain text, so that TLS never meets one, whatever it offers in ALPN. */
  readonly plaintextOnly?: true;
  readonly notUnderstood?: NotUnderstood | undefined;
}

export interface HeaderMatcher {
  /** Lower case; `:authority` for the key `host`. */
  readonly name: string;
  readonly regex: string;
}

export interface Route {
  readonly pathRegex: string;
  /** null: any method */
  readonly method: string | null;
  readonly headers: readonly HeaderMatcher[];
  readonly clusters: ClusterChoices;
  /** The route match that it comes from; the policy's host for the wildcard route. */
  readonly source: FieldRef;
  /** Envoy answers by itself; `cluster`: not this Envoy but another one, behind that cluster. */
  readonly directResponse?: { readonly status: number; readonly cluster?: string };
  /** A condition besides these, or what becomes of a request. */
  readonly notUnderstood?: NotUnderstood | undefined;
}

export interface VirtualHost {
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  readonly source: FieldRef;
  readonly notUnderstood?: NotUnderstood | undefined;
}

export interface RouteConfiguration {
  readonly name: string;
  readonly port: number;
  readonly origin: 'egress' | 'mesh';
  readonly virtualHosts: readonly VirtualHost[];
  /** A port and a trailing dot in the Host do not count. */
  readonly ignoresPort?: true;
  /** Of regular expressions in its routes; absent: Envoy's own limit of 100. */
  readonly maxProgramSize?: number;
  /** What is done to paths before they are matched; absent: nothing. */
  readonly pathNormalization?: PathNormalization | undefined;
  readonly notUnderstood?: NotUnderstood | undefined;
}

/** Names of MeshConfig. `BASE` is RFC 3986 with backslashes taken for slashes. */
export type PathNormalization = 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES';

/** Limits of a cluster; absent: Envoy's default, which stops no single request. */
export interface ClusterLimits {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  /** As protocol buffers write durations, `5s`; zero or less makes Envoy refuse the whole update of clusters. */
  readonly connectTimeout?: string;
  /** The UpstreamTrafficSetting's `connectionSettings`. */
  readonly source: FieldRef;
}

/** The limits of a cluster whose only definition says nothing of them: by far the most clusters, which share the list. */
export const UNLIMITED: readonly [null] = [null];

/** An address that a cluster connects to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Why a source gets through to no server: it has no sidecar or is outside the mesh, so that mutual TLS fails; or it runs under an
 * account that no TrafficTarget opens to the source, so that the control plane does not tell of it.
 */
export type ServerFault = 'no-sidecar' | 'outside' | 'other-account';

/** What the input shows of the servers of a service of the mesh. */
export interface FarSide {
  /** A server to which nothing gets through, and why; absent where none is known. */
  readonly failing?: { readonly why: ServerFault; readonly at: FieldRef } | undefined;
  /**
   * The other servers: there are none; all have a sidecar, which in permissive mode lets everybody in (`open`); or the input does
   * not show whether they have one.
   */
  readonly others: 'none' | 'open' | 'with-sidecar' | 'assumed';
}

interface NamedCluster {
  readonly name: string;
  /**
   * What the definitions of the cluster say of its limits; null: nothing. The control plane keeps one of them, by chance.
   */
  readonly limits: readonly (ClusterLimits | null)[];
  readonly notUnderstood?: NotUnderstood | undefined;
}

/** Where a cluster leads. */
export type Cluster = NamedCluster &
  (
    | { readonly kind: 'dns'; readonly host: string; readonly port: number }
    | {
        readonly kind: 'mesh-service';
        readonly service: FieldRef;
        readonly endpoints: 'some' | 'none' | 'not-given';
        readonly farSide: FarSide;
      }
    /** The address that the client dialled; of `address:port` in `closedAt` it is known that whoever is there closes. */
    | { readonly kind: 'original-destination'; readonly closedAt?: ReadonlyMap<string, FieldRef> }
    /** Addresses of its own; none: nothing gets through. */
    | { readonly kind: 'static'; readonly endpoints: readonly Endpoint[] }
    /** Whoever is there closes the connection, or answers 503 to HTTP. */
    | { readonly kind: 'closing'; readonly why: string; readonly at: FieldRef }
    /** Whatever name the request bears. */
    | { readonly kind: 'dynamic-dns'; readonly port: number }
  );

/** What the control plane sends to the proxies of one ServiceAccount. */
export interface ProxyConfiguration {
  /** undefined: there is nothing to listen for, so the proxy has no outbound listener. */
  readonly listener: Listener | undefined;
  /**
   * Listeners that a connection is handed on to by where it was going: `80`, or `192.0.2.10:80`, `[2001:db8::1]:80`, which comes
   * first. Absent: the one listener takes everything.
   */
  readonly boundListeners?: ReadonlyMap<string, Listener>;
  /** Absent: there is no listener for IPv6. */
  readonly listensOnIpv6?: true;
  readonly routeConfigurations: ReadonlyMap<string, RouteConfiguration>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Absent: none of which Envoy could refuse anything. */
  readonly inbound?: InboundRoutes | undefined;
}

/** Routes into the pod, which arrive with those that lead out of it. Where they lead to is left out. */
export interface InboundRoutes {
  readonly tables: readonly RouteConfiguration[];
  /** Ports of tables that the inbound listener asks for; the others only must be decodable. */
  readonly asked: ReadonlySet<number>;
}
