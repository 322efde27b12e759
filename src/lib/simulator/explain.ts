import { bystandersOf, type Bystander } from './bystanders.js';
import type { Target } from './request/types.js';
import type { Simulation } from './simulation.js';
import type { Verdict } from './verdict.js';
import type { TraceEvent } from './trace.js';

export interface Explanation {
  readonly simulation: Simulation;
  readonly target: Target;
  readonly verdict: Verdict;
  readonly events: readonly TraceEvent[];
  /** Empty unless the request is denied; the closest first. Looked for when they are asked for. */
  readonly bystanders: () => readonly Bystander[];
}

/** Decides a target and keeps the journey. */
export function explain(simulation: Simulation, target: Target): Explanation {
  const events: TraceEvent[] = [];
  const verdict = simulation.decide(target, (event) => events.push(event));
  let found: readonly Bystander[] | undefined;
  return {
    simulation,
    target,
    verdict,
    events,
    bystanders: () => (found ??= verdict.verdict === 'denied' ? bystandersOf(simulation, target) : []),
  };
}

/** Splits a journey into its branches, one for each ending; what comes before the fork is in the first. */
export function branchesOf(events: readonly TraceEvent[]): TraceEvent[][] {
  const branches: TraceEvent[][] = [[]];
  for (const event of events) {
    branches.at(-1)!.push(event);
    if (event.stage === 'outcome') branches.push([]);
  }
  if (branches.at(-1)!.length === 0) branches.pop();
  return branches;
}

/** Does a policy's host name a host, by Envoy's wildcards: `*suffix`, `prefix*`, `*`? Egress semantics §5. */
export function hostCovers(pattern: string, host: string): boolean {
  const [wanted, found] = [pattern.toLowerCase(), host.toLowerCase()];
  if (wanted === found || wanted === '*') return true;
  // the wildcard stands for at least one character
  if (found.length < wanted.length) return false;
  if (wanted.startsWith('*')) return found.endsWith(wanted.slice(1));
  return wanted.endsWith('*') && found.startsWith(wanted.slice(0, -1));
}
