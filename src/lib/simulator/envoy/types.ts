import type { FieldRef } from '../../resources/types.js';
import type { Ipv4Network } from '../../text/ip.js';

/** The part of Envoy's configuration that decides an outbound connection, in Envoy's words. */

export interface FilterChainMatch {
  readonly destinationPort: number;
  /** As written in the policy; empty: any address. A text that does not parse is absent from `networks`. */
  readonly prefixRanges: readonly string[];
  /** `prefixRanges` that parse; empty: any address. */
  readonly networks: readonly Ipv4Network[];
  /** As written; empty: any server name or none. */
  readonly serverNames: readonly string[];
  /** Empty: any. */
  readonly applicationProtocols: readonly string[];
}

export type FilterChainTarget =
  | { readonly filter: 'http_connection_manager'; readonly routeConfigName: string }
  | { readonly filter: 'tcp_proxy'; readonly cluster: string };

export interface FilterChain {
  readonly name: string;
  readonly origin: 'egress' | 'mesh' | 'mesh-wide-egress';
  readonly match: FilterChainMatch;
  readonly target: FilterChainTarget;
  /** Where the chain comes from: the port of every policy that asks for it, or the service's port. */
  readonly sources: readonly FieldRef[];
  /**
   * A port of another policy with equal lists but for a repeated entry, which Envoy would refuse. Of equal chains the control
   * plane keeps one by chance.
   */
  readonly repeatingTwin: FieldRef | undefined;
}

export interface Listener {
  readonly filterChains: readonly FilterChain[];
  readonly defaultFilterChain: FilterChain | undefined;
  /** TLS and HTTP inspector are present. */
  readonly detection: boolean;
  /** Ports for which detection is switched off. */
  readonly detectionDisabledPorts: ReadonlyMap<number, FieldRef>;
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
  readonly cluster: string;
  /** The route match that it comes from; the policy's host for the wildcard route. */
  readonly source: FieldRef;
}

export interface VirtualHost {
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  readonly source: FieldRef;
}

export interface RouteConfiguration {
  readonly name: string;
  readonly port: number;
  readonly origin: 'egress' | 'mesh';
  readonly virtualHosts: readonly VirtualHost[];
}

/** Where a cluster leads; the clusters of TCP proxies lead to the address that the client dialled. */
export type Cluster =
  | { readonly kind: 'dns'; readonly name: string; readonly host: string; readonly port: number }
  | { readonly kind: 'mesh-service'; readonly name: string; readonly service: FieldRef }
  | { readonly kind: 'original-destination'; readonly name: string };

/** What the control plane sends to the proxies of one ServiceAccount. */
export interface ProxyConfiguration {
  /** undefined: there is nothing to listen for, so the proxy has no outbound listener. */
  readonly listener: Listener | undefined;
  readonly routeConfigurations: ReadonlyMap<string, RouteConfiguration>;
  readonly clusters: ReadonlyMap<string, Cluster>;
}
