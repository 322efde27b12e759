import type { FieldRef, Pod } from '../resources/types.js';
import type { NotUnderstood } from './envoy/types.js';
import { outcomeOf, type OutcomeClass } from './outcome.js';
import type { Target } from './request/types.js';
import type { Trace, TraceEvent } from './trace.js';
import {
  furtherConditions,
  type Alternative,
  type Assumption,
  type Condition,
  type Destination,
  type Obstacle,
} from './verdict.js';

/** What one decision gathers on its way through the stages. */
export class Run {
  readonly endings: Alternative[] = [];
  readonly assumptions: Assumption[] = [];
  readonly obstacles: Obstacle[] = [];
  /** The pods of which the stages now suppose that one is the client's; none: it is not known. */
  pods: readonly Pod[] = [];
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
      const within = furtherConditions(conditions, when);
      this.endings.push({ ...ending, when: furtherConditions(this.conditions, within) });
    }
  }

  /** Runs a branch that holds only under further circumstances. */
  supposing(further: Condition | readonly Condition[], branch: () => void): void {
    const { conditions, pods } = this;
    const added = [further].flat();
    this.conditions = furtherConditions(conditions, added);
    for (const one of added) {
      // a client's own condition names all of its pods
      if (one.kind !== 'pod-is' || one.pods.length === pods.length) continue;
      const names = new Set<string>(one.pods);
      this.pods = pods.filter(({ metadata }) => names.has(metadata.name));
    }
    branch();
    this.conditions = conditions;
    this.pods = pods;
  }

  /**
   * Runs a branch for each sort of the pods that it may be.
   * @param sortOf what matters of a pod
   */
  forEachSort<Sort>(sortOf: (pod: Pod | undefined) => Sort, branch: (sort: Sort) => void): void {
    const sorts = new Map<Sort, [string, ...string[]]>();
    for (const pod of this.pods) {
      const sort = sortOf(pod);
      const alike = sorts.get(sort);
      if (alike) alike.push(pod.metadata.name);
      else sorts.set(sort, [pod.metadata.name]);
    }
    if (sorts.size < 2) branch(sortOf(this.pods[0]));
    else for (const [sort, pods] of sorts) this.supposing({ kind: 'pod-is', pods }, () => branch(sort));
  }
}
