import type { Egress } from '../../resources/types.js';
import type { Source } from '../../simulator/world.js';
import type { Updates, UpdateState } from '../../simulator/updates.js';
import type { PolicyState } from '../lint/rule.js';
import type { AnyFinding } from '../lint/rules/index.js';

/** What Envoy makes of each update of a source; `unknown` where that depends on what could not be read. */
export type UpdateStates = Readonly<Record<keyof Updates, UpdateState | 'unknown'>>;

export interface SourceReport extends Source {
  readonly state: PolicyState;
  readonly updates: UpdateStates;
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
  /** Why the policy, or a part of it, does not do what it says. */
  readonly reasons: readonly AnyFinding[];
}

const MOST_TELLING = ['refused', 'unknown', 'active, wider than written', 'active', 'lets nothing through'] as const;

/** The state of a whole from those of its parts: one refused part is worth knowing most, then whether anything works. */
export function joinStates(states: readonly PolicyState[]): PolicyState {
  return MOST_TELLING.find((state) => states.includes(state)) ?? 'ignored';
}
