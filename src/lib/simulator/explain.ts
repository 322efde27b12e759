import type { Egress, FieldRef } from '../resources/types.js';
import { bystandersOf, type Bystander } from './bystanders.js';
import type { Notice } from './control-plane/notices.js';
import { matchesAnyAddress } from './envoy/filter-chain-match.js';
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
    bystanders: () =>
      (found ??= verdict.verdict === 'denied' && !simulation.isHeld ? bystandersOf(simulation, target) : []),
  };
}

/** References to HTTPRouteGroups that are not there, of the policies whose virtual hosts had no route for the request. */
export function missingRouteGroups({ events, simulation }: Explanation): Notice[] {
  const policies = events.flatMap((event) =>
    event.stage === 'route' && event.route === undefined ? [event.virtualHost.source.object] : [],
  );
  return simulation.program.notices.filter(
    ({ code, policy }) => code === 'route-group-missing' && policies.includes(policy),
  );
}

/** Policies whose ranges do not parse, so that a filter chain of theirs took the request whatever its address. */
export function failedOpen({ events }: Explanation): FieldRef[] {
  return events.flatMap((event) => {
    if (event.stage !== 'filter-chain' || !event.chain) return [];
    const { match, sources } = event.chain;
    return match.prefixRanges.length > 0 && matchesAnyAddress(match) ? sources.slice(0, 1) : [];
  });
}

/** Policies that name hosts for a port of tcp, which looks at none, and no range: a chain of theirs took the request whatever its address. */
export function hostsUnread({ events }: Explanation): FieldRef[] {
  return events.flatMap((event) => {
    if (event.stage !== 'filter-chain' || event.chain?.target.filter !== 'tcp_proxy') return [];
    const { match, sources } = event.chain;
    if (match.serverNames.length + match.prefixRanges.length > 0) return [];
    return sources
      .filter(({ object }) => object.kind === 'Egress' && (object as Egress).spec.hosts?.length)
      .slice(0, 1);
  });
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

/** Does a policy's host, as the domain that it is for `http`, name a host, by Envoy's wildcards: `*suffix`, `prefix*`, `*`? Egress semantics §5. */
export function hostCovers(pattern: string, host: string): boolean {
  const [wanted, found] = [pattern.toLowerCase(), host.toLowerCase()];
  if (wanted === found || wanted === '*') return true;
  // the wildcard stands for at least one character
  if (found.length < wanted.length) return false;
  if (wanted.startsWith('*')) return found.endsWith(wanted.slice(1));
  return wanted.endsWith('*') && found.startsWith(wanted.slice(0, -1));
}
