import type { KubernetesObject } from './types.js';

/** Istio's kinds as osm-ts reads and writes them: the fields that decide how egress behaves. */

export interface ServiceEntryPort {
  number: number;
  name: string;
  /** Letter case does not matter; absent: found out for each connection. */
  protocol?: string;
  targetPort?: number;
}

export interface WorkloadEndpoint {
  address?: string;
  ports?: Record<string, number>;
  labels?: Record<string, string>;
}

/** `networking.istio.io/v1` */
export interface ServiceEntry extends KubernetesObject {
  kind: 'ServiceEntry';
  spec: {
    hosts: string[];
    addresses?: string[];
    ports?: ServiceEntryPort[];
    location?: string;
    resolution?: string;
    endpoints?: WorkloadEndpoint[];
    workloadSelector?: { labels?: Record<string, string> };
    exportTo?: string[];
    subjectAltNames?: string[];
  };
  /** Addresses that istiod invents for hosts without any. */
  status?: { addresses?: { value?: string; host?: string }[] };
}

export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface HTTPMatchRequest {
  name?: string;
  uri?: StringMatch;
  scheme?: StringMatch;
  method?: StringMatch;
  authority?: StringMatch;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  queryParams?: Record<string, StringMatch>;
  port?: number;
  sourceLabels?: Record<string, string>;
  sourceNamespace?: string;
  gateways?: string[];
  ignoreUriCase?: boolean;
}

export interface RouteDestination {
  destination: { host: string; subset?: string; port?: { number?: number } };
  weight?: number;
}

export interface HTTPRoute {
  name?: string;
  match?: HTTPMatchRequest[];
  route?: RouteDestination[];
  redirect?: { redirectCode?: number };
  directResponse?: { status: number };
  delegate?: unknown;
  fault?: { abort?: unknown; delay?: unknown };
}

export interface L4Match {
  destinationSubnets?: string[];
  port?: number;
  sourceLabels?: Record<string, string>;
  sourceNamespace?: string;
  gateways?: string[];
  /** Of TLS alone. */
  sniHosts?: string[];
}

export interface L4Route {
  match?: L4Match[];
  route?: RouteDestination[];
}

/** `networking.istio.io/v1` */
export interface VirtualService extends KubernetesObject {
  kind: 'VirtualService';
  spec: {
    hosts?: string[];
    gateways?: string[];
    http?: HTTPRoute[];
    tls?: L4Route[];
    tcp?: L4Route[];
    exportTo?: string[];
  };
}

export interface ClientTls {
  mode?: string;
  sni?: string;
}

export interface TrafficPolicy {
  tls?: ClientTls;
  portLevelSettings?: { port?: { number?: number }; tls?: ClientTls }[];
  connectionPool?: unknown;
}

/** `networking.istio.io/v1` */
export interface DestinationRule extends KubernetesObject {
  kind: 'DestinationRule';
  spec: {
    host: string;
    trafficPolicy?: TrafficPolicy;
    subsets?: { name: string; labels?: Record<string, string>; trafficPolicy?: TrafficPolicy }[];
    exportTo?: string[];
    workloadSelector?: { matchLabels?: Record<string, string> };
  };
}

/** `networking.istio.io/v1` */
export interface Sidecar extends KubernetesObject {
  kind: 'Sidecar';
  spec?: {
    workloadSelector?: { labels?: Record<string, string> };
    egress?: {
      port?: { number?: number; protocol?: string; name?: string };
      bind?: string;
      captureMode?: string;
      hosts?: string[];
    }[];
    outboundTrafficPolicy?: { mode?: string };
  };
}

export interface GatewayServer {
  port: { number: number; name?: string; protocol: string };
  hosts: string[];
  tls?: { mode?: string };
}

/** `networking.istio.io/v1` */
export interface Gateway extends KubernetesObject {
  kind: 'Gateway';
  spec: { selector?: Record<string, string>; servers?: GatewayServer[] };
}

export interface AuthorizationRule {
  from?: { source?: Record<string, string[] | undefined> }[];
  to?: { operation?: Record<string, string[] | undefined> }[];
  when?: { key: string; values?: string[]; notValues?: string[] }[];
}

/** `security.istio.io/v1` */
export interface AuthorizationPolicy extends KubernetesObject {
  kind: 'AuthorizationPolicy';
  spec?: {
    selector?: { matchLabels?: Record<string, string> };
    targetRefs?: unknown[];
    targetRef?: unknown;
    action?: string;
    rules?: AuthorizationRule[];
  };
}

export type IstioResource = ServiceEntry | VirtualService | DestinationRule | Sidecar | Gateway | AuthorizationPolicy;

/** MeshConfig of Istio, in the `mesh` key of its ConfigMaps: what of it decides. */
export interface IstioMeshConfig {
  outboundTrafficPolicy?: { mode?: string };
  pathNormalization?: { normalization?: string };
  protocolDetectionTimeout?: string;
  rootNamespace?: string;
  trustDomain?: string;
  defaultServiceExportTo?: string[];
  defaultVirtualServiceExportTo?: string[];
  defaultDestinationRuleExportTo?: string[];
  defaultConfig?: { proxyMetadata?: Record<string, string> };
}
