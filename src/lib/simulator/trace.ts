import type { FieldRef, KubernetesObject, Service } from '../resources/types.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from './envoy/acceptance.js';
import type { SieveStep } from './envoy/filter-chain-match.js';
import type { RouteMismatch } from './envoy/route-match.js';
import type { FilterChain, Route, ServerFault, VirtualHost, WeightedCluster } from './envoy/types.js';
import type { Interception, SidecarState } from './interception.js';
import type { Outcome } from './outcome.js';

/** The journey of one request, told as data. Formatters choose and word it; the engine never builds sentences. */
export type TraceEvent =
  | {
      readonly stage: 'resolution';
      readonly host: string;
      readonly addresses: readonly string[];
      readonly by: ResolvedBy;
      /** The service of the cluster whose name or address the host is. */
      readonly service: Service | undefined;
    }
  | {
      readonly stage: 'interception';
      readonly interception: Interception;
      readonly sidecar: SidecarState;
      readonly address: string;
      readonly port: number;
    }
  | {
      readonly stage: 'listener';
      readonly state: ListenerState;
      readonly refusals: readonly ListenerRefusal[];
      readonly applied: readonly KubernetesObject[];
      /** A running proxy keeps its listener of before where this one is refused. */
      readonly kept: boolean;
    }
  | {
      readonly stage: 'detection';
      /** `off`: not present at all; `disabled`: switched off for the port. */
      readonly state: 'on' | 'off' | 'disabled';
      readonly disabledBy: FieldRef | undefined;
      readonly serverName: string;
      readonly applicationProtocols: readonly string[];
      readonly delaySeconds: number;
      /** Envoy waits without end for the client to begin. */
      readonly stalls: boolean;
    }
  | { readonly stage: 'sieve'; readonly step: SieveStep }
  | {
      readonly stage: 'filter-chain';
      readonly chain: FilterChain | undefined;
      readonly isDefault: boolean;
      readonly onPort: readonly FilterChain[];
      /** One of them takes any address. */
      readonly takesAnyAddress: boolean;
    }
  /** Envoy answers before it looks for a route. */
  | { readonly stage: 'request'; readonly status: number; readonly why: string }
  | {
      readonly stage: 'routes';
      readonly name: string;
      readonly state: 'accepted' | 'refused' | 'unpredictable' | 'absent';
      readonly refusals: readonly RouteRefusal[];
      /** The same for routes of this name. */
      readonly kept: boolean;
    }
  | {
      readonly stage: 'virtual-host';
      readonly authority: string;
      readonly virtualHost: VirtualHost | undefined;
      readonly domain: string | undefined;
      readonly candidates: readonly VirtualHost[];
    }
  | {
      readonly stage: 'route';
      readonly virtualHost: VirtualHost;
      readonly route: Route | undefined;
      readonly mismatches: readonly RouteMismatch[];
    }
  /** A route has Envoy answer; `cluster`: the Envoy behind that cluster. */
  | {
      readonly stage: 'direct-response';
      readonly status: number;
      readonly cluster: string | undefined;
      readonly at: FieldRef;
    }
  /** Whoever the cluster leads to takes nothing. */
  | { readonly stage: 'upstream-closes'; readonly cluster: string; readonly why: string; readonly at: FieldRef }
  /** A cluster without any address. */
  | { readonly stage: 'no-endpoints'; readonly cluster: string; readonly at: FieldRef | undefined }
  /** Where a service's traffic goes instead; `isOneOf`: how many splits of the root there are, of which one counts. */
  | {
      readonly stage: 'traffic-split';
      readonly split: FieldRef;
      readonly clusters: readonly WeightedCluster[];
      readonly isOneOf: number;
    }
  | {
      readonly stage: 'clusters';
      readonly state: 'refused' | 'unpredictable';
      readonly refusals: readonly ClusterRefusal[];
      /** The same for clusters. */
      readonly kept: boolean;
    }
  /** The source may not reach the backend, or it bears another port. */
  | { readonly stage: 'cluster-missing'; readonly cluster: string; readonly at: FieldRef }
  /** Nothing gets through to servers of the service, or to all of them. */
  | {
      readonly stage: 'server-fails';
      readonly cluster: string;
      readonly why: ServerFault;
      readonly at: FieldRef;
      readonly all: boolean;
    }
  | { readonly stage: 'cluster-limit'; readonly cluster: string; readonly at: FieldRef }
  | {
      readonly stage: 'mesh-service';
      readonly cluster: string;
      readonly service: FieldRef;
      readonly endpoints: 'some' | 'none' | 'not-given';
      /** A setting that lets nothing through. */
      readonly limit: FieldRef | undefined;
    }
  | {
      readonly stage: 'cluster';
      readonly cluster: string;
      readonly host: string;
      readonly addresses: readonly string[] | 'not-found' | 'assumed';
    }
  | { readonly stage: 'outcome'; readonly outcome: Outcome };

export type ResolvedBy = 'literal' | 'resolver' | 'service' | 'loopback' | 'not-found' | 'nobody';
export type ListenerState = 'programmed' | 'absent' | 'refused';
export type Trace = (event: TraceEvent) => void;
