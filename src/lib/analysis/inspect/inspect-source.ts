import type { Egress, FieldRef } from '../../resources/types.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { isHttp } from '../lint/ports.js';
import type { PolicyState, PortSubject, Rule } from '../lint/rule.js';
import { findingsOf, noticeRules, portRules, wholeRules, type AnyFinding } from '../lint/rules/index.js';
import { joinStates } from './report.js';

/** What one source makes of a policy. */
export interface SourceInspection {
  readonly state: PolicyState;
  /** By index in `spec.ports`. */
  readonly ports: readonly PolicyState[];
  readonly reasons: readonly AnyFinding[];
}

/** Follows a policy to the proxies of one of its sources. Egress semantics §3 and §4. */
export function inspectForSource(simulation: Simulation, policy: Egress): SourceInspection {
  const { ports } = policy.spec;
  for (const rule of wholeRules) {
    const reasons = findingsOf(rule, { policy, simulation });
    if (reasons.length > 0) return { state: 'ignored', ports: ports.map(() => 'ignored'), reasons };
  }
  const notices = simulation.program.notices.filter((notice) => notice.policy === policy);
  const reasons = notices.flatMap((notice) => {
    const rule = noticeRules.find(({ name }) => name === notice.code);
    return rule ? findingsOf(rule, { policy, world: simulation.world, notice }) : [];
  });
  const states = ports.map((_, index) => inspectPort(simulation, policy, index, reasons));
  return { state: joinStates(states), ports: states, reasons };
}

function inspectPort(simulation: Simulation, policy: Egress, index: number, reasons: AnyFinding[]): PolicyState {
  const port = policy.spec.ports[index]!;
  const chains = simulation.program.listener?.filterChains ?? [];
  const own = chains.find(({ sources }) => sources.some((ref) => isPort(ref, policy, index)));
  // Routes of `HTTP` are there too, and work where another policy brings the filter chain.
  const chain = own ?? (isHttp(port) ? chains.find((candidate) => isHttpChain(candidate, port.number)) : undefined);
  if (!chain) return 'ignored';
  for (const rule of portRules as readonly Rule<string, PortSubject, unknown>[]) {
    const findings = findingsOf(rule, { policy, simulation, index, chain, chains });
    reasons.push(...findings);
    if (findings[0]?.makes) return findings[0].makes;
  }
  // the routes of a policy are those of all its http ports, its ranges those of all others
  const concerning = isHttp(port) ? 'host-without-routes' : 'cidr-fails-open';
  return reasons.find(({ rule }) => rule === concerning)?.makes ?? 'active';
}

function isPort({ object, path }: FieldRef, policy: Egress, index: number): boolean {
  return object === policy && path[1] === 'ports' && path[2] === index;
}

function isHttpChain({ match, target, origin }: FilterChain, port: number): boolean {
  return origin === 'egress' && match.destinationPort === port && target.filter === 'http_connection_manager';
}
