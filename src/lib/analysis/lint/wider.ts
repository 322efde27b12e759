import type { Simulation } from '../../simulator/simulation.js';
import { findingsBy, type Finding, type FindingBy } from './rule.js';
import { findingsOfNotice, type NoticeFinding } from './notices.js';
import { hostsOnTcp } from './rules/hosts-on-tcp.js';

/** A policy that opens more than it says. */
export type WideFinding = Extract<NoticeFinding, { rule: 'cidr-fails-open' }> | FindingBy<typeof hostsOnTcp>;

/** The policies of a source that open more than they say, a finding each. */
export function widerThanWritten({ program, world }: Simulation): WideFinding[] {
  const applied: ReadonlySet<unknown> = new Set(program.applied);
  const notices = program.notices.filter(({ policy }) => applied.has(policy));
  return onePerPolicy([
    ...notices.flatMap((notice) => findingsOfNotice(notice, world)),
    ...program.applied.flatMap((policy) => findingsBy(hostsOnTcp, { policy, world })),
  ]);
}

/** Of findings that say that a policy opens more than it says the first of each policy. */
export function onePerPolicy(findings: readonly Finding[]): WideFinding[] {
  const wide = findings.filter((one): one is WideFinding => one.makes === 'active, wider than written');
  return wide.filter(({ policy }, index) => wide.findIndex((other) => other.policy === policy) === index);
}
