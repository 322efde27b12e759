import type { FieldRef, Pod } from '../resources/types.js';
import type { NotUnderstood } from './envoy/types.js';
import { outcomeOf, type OutcomeClass } from './outcome.js';
import type { Target } from './request/types.js';
import type { Trace, TraceEvent } from './trace.js';
import type { Alternative, Assumption, Condition, Destination, Obstacle } from './verdict.js';

/** What one decision gathers on its way through the stages. */
export class Run {
  readonly endings: Alternative[] = [];
  readonly assumptions: Assumption[] = [];
  readonly obstacles: Obstacle[] = [];
  /** The pod that the stages now suppose to be the client's. */
  pod: Pod | undefined;
  /** The circumstances that the stages now suppose. */
  conditions: readonly Condition[] = [];

  constructor(
    readonly target: Target,
    readonly trace: Trace | undefined,
  ) {}

  end(
    outcomeClass: OutcomeClass,
    destination: Destination | null,
    decidedBy: readonly FieldRef[],
    httpStatus: number | null = null,
    delaySeconds = 0,
  ): void {
    const outcome = outcomeOf(this.target, outcomeClass, httpStatus, delaySeconds);
    this.trace?.({ stage: 'outcome', outcome });
    this.endings.push({ outcome, destination, decidedBy, when: this.conditions });
  }

  /** Nobody can tell how it goes on behind what is not understood. */
  stopsAt(part: NotUnderstood | undefined): boolean {
    if (part) this.obstacles.push({ code: 'not-understood', ...part });
    return part !== undefined;
  }

  /** Takes over what a run of its own found out about a branch that holds only under further circumstances. */
  adopt(
    { endings, assumptions, obstacles }: Run,
    events: readonly TraceEvent[],
    conditions: readonly Condition[],
  ): void {
    for (const event of events) this.trace?.(event);
    this.assumptions.push(...assumptions);
    this.obstacles.push(...obstacles);
    for (const { when, ...ending } of endings) {
      this.endings.push({ ...ending, when: [...this.conditions, ...conditions, ...when] });
    }
  }

  /** Runs a branch that holds only under further circumstances. */
  supposing(conditions: Condition | readonly Condition[], branch: () => void): void {
    const before = this.conditions;
    this.conditions = before.concat(conditions);
    branch();
    this.conditions = before;
  }
}
