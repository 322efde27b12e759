import type { FieldEdit } from '../../resources/edit/fields.js';
import type { FieldRef, Pod, Resource } from '../../resources/types.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from '../../simulator/envoy/acceptance.js';
import type { ServerFault } from '../../simulator/envoy/types.js';
import type { Resolver } from '../../simulator/names.js';
import type { Target } from '../../simulator/request/index.js';
import type { Obstacle, Verdict } from '../../simulator/verdict.js';
import type { Source, WorldOptions } from '../../simulator/world.js';
import type { Effect, UndecidedEffect } from '../compare/index.js';

export interface AllowOptions {
  /** The container that the client runs in; default: any of the pod's. */
  readonly container?: string | undefined;
  /** Addresses of names; see `simulate`. */
  readonly resolve?: Resolver | undefined;
  /** The client's pod, whose annotations count; default: the pods of the ServiceAccount. */
  readonly pod?: Pod | undefined;
  /** Names of mesh, MeshConfig and the control plane's namespace. */
  readonly world?: WorldOptions | undefined;
  /** Where a new policy goes; default: the source's namespace. */
  readonly namespace?: string | undefined;
  /** `[namespace/]name` of a policy that is to be extended if that can be done without taking anything away. */
  readonly policy?: string | undefined;
  /** Name of a new policy; default: made from host and port. */
  readonly name?: string | undefined;
  /** A new http policy admits only the request's method and path, by an HTTPRouteGroup of its own. */
  readonly exact?: boolean | undefined;
  /** Where no policy can serve, the address may be left out of interception. */
  readonly exclusion?: boolean | undefined;
  /** Whether an object may be changed; default: all of them. */
  readonly editable?: ((object: Resource) => boolean) | undefined;
}

/** What happens to one object. */
export type ObjectChange =
  | { readonly kind: 'edit'; readonly before: Resource; readonly after: Resource; readonly edits: readonly FieldEdit[] }
  | { readonly kind: 'create'; readonly before?: undefined; readonly after: Resource };

/** Why a part of the change is there. */
export type StepCode =
  | 'enable-egress-policy'
  | 'extend-policy'
  | 'new-policy'
  | 'extend-routes'
  | 'new-routes'
  | 'lower-case-protocol'
  | 'replace-protocol'
  | 'repair-host'
  | 'drop-missing-upstream-traffic-setting'
  | 'add-source'
  | 'repair-listener'
  | 'repair-routes'
  | 'drop-zero-range'
  | 'exclude-range';

/** Requests whose verdict the change alters, the target perhaps among them. */
export interface PlanEffect extends Effect {
  /**
   * `own`: the same name (or, for TCP, the same address) and port by the same source: other methods, paths, addresses of it;
   * `near`: another name at the address and port that the target dials; `elsewhere`: anything else.
   */
  readonly where: 'own' | 'near' | 'elsewhere';
  /** Newly allowed by policies that, repaired in what stops them from working, allow it already. */
  readonly intended: boolean;
}

/**
 * Why a TCP policy stands in for HTTP or for a server name: HTTP/1.0, which HTTP chains do not serve; a request that Envoy
 * answers by itself; a Host that Envoy cannot resolve; or that nothing else was found to work.
 */
export type Detour = 'http-1.0' | 'envoy-answers' | 'host-cannot-resolve' | 'nothing-else-works';

/** Something that a person should know about the plan. */
export type PlanNote =
  /** The answer comes after the 15 seconds of protocol detection. */
  | { readonly code: 'delay'; readonly seconds: number }
  /** A TCP policy is used for what Envoy could not route as HTTP or tell by its server name. */
  | { readonly code: 'tcp-instead'; readonly why: Detour }
  /** Envoy connects to what it resolves the Host to, not to the address that the client dials. */
  | { readonly code: 'goes-elsewhere'; readonly dialled: string; readonly reached: string }
  /** The address of the host is not given, so the range could not be limited to it. */
  | { readonly code: 'any-address'; readonly host: string }
  /** The range holds the addresses that a name has today. */
  | { readonly code: 'pinned-address'; readonly host: string; readonly addresses: readonly string[] }
  /** The path is too long for one regular expression. */
  | { readonly code: 'path-prefix'; readonly pathRegex: string }
  /** An HTTPRouteGroup cannot name the method, so all methods are allowed. */
  | { readonly code: 'any-method'; readonly method: string }
  /** What Envoy refused before was never programmed in a fresh proxy; a running one may have an earlier configuration. */
  | { readonly code: 'was-refused'; readonly what: 'listener' | 'routes' }
  /** Requests to the ranges go past Envoy: those of the source's workloads, or of every pod of the mesh. */
  | { readonly code: 'exclusion'; readonly scope: 'workload' | 'mesh'; readonly ranges: readonly string[] }
  /** The change takes away something that somebody wrote. */
  | { readonly code: 'takes-away'; readonly at: FieldRef }
  /** TrafficTargets name a changed match of the route group, too; what that opens or closes inside the mesh is not simulated. */
  | { readonly code: 'route-group-shared-with-mesh'; readonly group: string };

/** Why no change of the policies can allow the request, or why that cannot be known. */
export type Reason =
  /** The request itself, or what decides about it, is not certain enough for a verdict. */
  | Obstacle
  | { readonly code: 'name-does-not-resolve'; readonly host: string }
  | { readonly code: 'loopback'; readonly port: number }
  | { readonly code: 'loopback-port-unknown'; readonly port: number }
  /** Chance decides which way the request takes, and all of them are allowed. */
  | { readonly code: 'leads-out-by-chance' }
  /** `protocol`: what the service's port declares, where a filter chain for it cannot read the request. */
  | {
      readonly code: 'in-mesh-service';
      readonly service: FieldRef;
      readonly permissive: boolean;
      readonly protocol: string | undefined;
      /** Why nothing gets through to all of its servers, or to some. */
      readonly failing: { readonly why: ServerFault; readonly all: boolean } | undefined;
    }
  | { readonly code: 'namespace-not-monitored'; readonly namespace: string }
  | { readonly code: 'name-taken'; readonly namespace: string; readonly name: string }
  | { readonly code: 'listener-refused'; readonly refusals: readonly ListenerRefusal[] }
  | { readonly code: 'routes-refused'; readonly refusals: readonly RouteRefusal[] }
  | { readonly code: 'clusters-refused'; readonly refusals: readonly ClusterRefusal[] }
  /** A change of objects that may not be changed would do. */
  | { readonly code: 'out-of-reach'; readonly objects: readonly FieldRef[] }
  | { readonly code: 'no-change-found'; readonly tried: number }
  | { readonly code: 'address-unknown'; readonly host: string }
  | { readonly code: 'pods-differ'; readonly pods: readonly string[] };

/**
 * What one change costs. Candidates are compared field by field in this order; the smaller one wins (docs/allow.md).
 */
export interface Cost {
  /** Classes of requests that were allowed and are not any more, and configurations that Envoy newly refuses. */
  readonly lost: number;
  /** 1 unless the policy asked for is part of the change. */
  readonly notAsAsked: number;
  /** 1 when a TCP policy stands in for HTTP or for a server name. */
  readonly detour: number;
  /** Classes of requests elsewhere that are newly allowed. */
  readonly elsewhere: number;
  /** Things that somebody wrote and that the change takes away. */
  readonly takenAway: number;
  /** Classes of requests that are allowed before and after, but end differently. */
  readonly changed: number;
  /** Classes of requests under other names at the target's address that are newly allowed. */
  readonly near: number;
  /** Seconds that the target waits for. */
  readonly delay: number;
  /** Other methods and paths of the target's own host that are newly allowed. */
  readonly own: number;
  readonly objects: number;
  /** Values written or removed. */
  readonly edits: number;
  /** Classes of requests newly allowed because a policy is repaired that was meant to allow them; of two equals the one with more wins. */
  readonly restored: number;
}

interface PlanBase {
  readonly source: Source;
  readonly target: Target;
  readonly before: Verdict;
}

export type Plan =
  | (PlanBase & { readonly result: 'nothing-to-do'; readonly notes: readonly PlanNote[] })
  | (PlanBase & {
      readonly result: 'change';
      readonly after: Verdict;
      readonly changes: readonly ObjectChange[];
      readonly steps: readonly StepCode[];
      /** All that the change does to requests, of every source that it concerns. */
      readonly effects: readonly PlanEffect[];
      /** Requests of which it is too much to tell what the change does to them; empty: `effects` is all. */
      readonly undecided: readonly UndecidedEffect[];
      readonly cost: Cost;
      readonly notes: readonly PlanNote[];
      /** All objects as they are after the change. */
      readonly objects: readonly Resource[];
    })
  | (PlanBase & { readonly result: 'impossible' | 'unknown'; readonly reason: Reason });

export type ChangePlan = Extract<Plan, { result: 'change' }>;
