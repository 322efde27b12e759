import type { Egress, FieldRef } from '../resources/types.js';
import type { Target } from './request/types.js';
import type { Simulation } from './simulation.js';
import type { Verdict } from './verdict.js';
import type { TraceEvent } from './trace.js';
import { fieldRef } from './world.js';

/** A policy that names what the request wants and still does not apply. */
export interface Bystander {
  readonly policy: Egress;
  readonly reason:
    | 'egress-policy-off'
    | 'other-source'
    | 'policy-namespace-unmonitored'
    | 'upstream-traffic-setting-missing'
    | 'protocol-not-lower-case'
    | 'protocol-unknown'
    | 'other-port';
  /** The field to look at. */
  readonly at: FieldRef;
}

export interface Explanation {
  readonly simulation: Simulation;
  readonly target: Target;
  readonly verdict: Verdict;
  readonly events: readonly TraceEvent[];
  /** Empty unless the request is denied; the closest first. */
  readonly bystanders: readonly Bystander[];
}

/** Decides a target and keeps the journey. */
export function explain(simulation: Simulation, target: Target): Explanation {
  const events: TraceEvent[] = [];
  const verdict = simulation.decide(target, (event) => events.push(event));
  const bystanders = verdict.verdict === 'denied' ? bystandersOf(simulation, target) : [];
  return { simulation, target, verdict, events, bystanders };
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

const CLOSENESS: Record<Bystander['reason'], number> = {
  'egress-policy-off': 0,
  'protocol-not-lower-case': 1,
  'protocol-unknown': 2,
  'upstream-traffic-setting-missing': 3,
  'policy-namespace-unmonitored': 4,
  'other-port': 5,
  'other-source': 6,
};

function bystandersOf(simulation: Simulation, target: Target): Bystander[] {
  const { world, source, program } = simulation;
  const applied = new Set<unknown>(program.applied);
  const excluded = new Map<unknown, Bystander>();
  const portNotices = new Map<string, Bystander['reason']>();
  for (const { code, at, policy } of program.notices) {
    if (code === 'policy-namespace-unmonitored' || code === 'upstream-traffic-setting-missing') {
      excluded.set(policy, { policy: policy as Egress, reason: code, at });
    } else if (code === 'protocol-not-lower-case' || code === 'protocol-unknown') {
      portNotices.set(`${at.path.at(-1)} ${policy.metadata.namespace}/${policy.metadata.name}`, code);
    }
  }
  const named = new Set<Egress>(world.policiesNaming(source).map(({ policy }) => policy));
  const bystanders: Bystander[] = [];
  for (const policy of world.egresses) {
    const { hosts = [], ports } = policy.spec;
    const namesHost = hosts.some((host) => hostCovers(host, target.host));
    const portIndex = ports.findIndex(({ number }) => number === target.dial.port);
    if (!namesHost && !(hosts.length === 0 && portIndex >= 0)) continue;
    const hasPort = portIndex >= 0;
    const portAt = fieldRef(policy, 'spec', 'ports', Math.max(portIndex, 0));
    const other = excluded.get(policy);
    const notice = portNotices.get(`${portIndex} ${policy.metadata.namespace}/${policy.metadata.name}`);
    if (!named.has(policy)) {
      if (hasPort) bystanders.push({ policy, reason: 'other-source', at: fieldRef(policy, 'spec', 'sources', 0) });
    } else if (!world.egressPolicyEnabled) bystanders.push({ policy, reason: 'egress-policy-off', at: portAt });
    else if (other) bystanders.push(other);
    else if (notice) bystanders.push({ policy, reason: notice, at: portAt });
    else if (!hasPort && applied.has(policy)) {
      bystanders.push({ policy, reason: 'other-port', at: fieldRef(policy, 'spec', 'ports') });
    }
  }
  return bystanders.sort((one, other) => CLOSENESS[one.reason] - CLOSENESS[other.reason]).slice(0, 5);
}
