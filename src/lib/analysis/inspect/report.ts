import type { Egress, FieldRef } from '../../resources/types.js';
import type { ClusterRefusal, ListenerRefusal, RouteRefusal } from '../../simulator/envoy/acceptance.js';
import type { Source } from '../../simulator/world.js';

/**
 * What becomes of a policy: it takes effect; the control plane skips it; Envoy refuses what it programs, for at least
 * one source; or that depends on something that could not be read.
 */
export type PolicyState = 'active' | 'ignored' | 'refused' | 'unknown';

export type ReasonCode =
  | 'egress-policy-off'
  | 'namespace-unmonitored'
  | 'upstream-traffic-setting-missing'
  | 'no-sources'
  | 'no-ports'
  | 'source-without-sidecar'
  | 'protocol-not-lower-case'
  | 'protocol-unknown'
  | 'listener-refused'
  | 'listener-by-chance'
  | 'routes-refused'
  | 'routes-by-chance'
  | 'clusters-refused'
  | 'clusters-by-chance'
  | 'setting-lets-nothing-through'
  | 'setting-by-chance'
  | 'source-listed-twice'
  | 'http-without-hosts'
  | 'host-without-routes'
  | 'route-group-missing'
  | 'cidr-skipped'
  | 'cidr-fails-open'
  | 'range-by-chance'
  | 'unread';

/** Why a policy, or a part of it, does not do what it says. */
export interface Reason {
  readonly code: ReasonCode;
  /** What it makes of the part that it concerns; null when the part works, but not as it may seem. */
  readonly makes: PolicyState | null;
  /** The fields at fault, the most telling first. */
  readonly at: readonly FieldRef[];
  /** Index in `spec.ports`; null: the whole policy. */
  readonly port: number | null;
  /** Sources that are concerned; empty: all. */
  readonly sources: readonly Source[];
  readonly refusal?: ListenerRefusal | RouteRefusal | ClusterRefusal | undefined;
  /** Kinds that could not be read. */
  readonly unread?: readonly string[] | undefined;
}

export interface SourceReport extends Source {
  readonly state: PolicyState;
}

export interface PortReport {
  /** Index in `spec.ports`. */
  readonly index: number;
  readonly number: number;
  readonly protocol: string;
  readonly state: PolicyState;
}

export interface PolicyReport {
  readonly policy: Egress;
  readonly state: PolicyState;
  /** One for each ServiceAccount that the policy names, in its order. */
  readonly sources: readonly SourceReport[];
  readonly ports: readonly PortReport[];
  readonly reasons: readonly Reason[];
}

/** The state of a whole from those of its parts: one refused part is worth knowing most, then whether anything works. */
export function joinStates(states: readonly PolicyState[]): PolicyState {
  for (const state of ['refused', 'unknown', 'active'] as const) if (states.includes(state)) return state;
  return 'ignored';
}
