import type { Simulation } from '../../simulator/simulation.js';
import { cidrFailsOpen } from './rules/cidr-fails-open.js';
import { findingsOf, type AnyFinding } from './rules/index.js';

/** The policies of a source that open more than they say, a finding each. */
export function widerThanWritten({ program, world }: Simulation): AnyFinding[] {
  const wide = program.notices.filter(({ code }) => code === cidrFailsOpen.name);
  const findings = wide.flatMap((notice) => {
    const policy = program.applied.find((applied) => applied === notice.policy);
    return policy ? findingsOf(cidrFailsOpen, { policy, world, notice }) : [];
  });
  return onePerPolicy(findings);
}

/** Of findings that say that a policy opens more than it says the first of each policy. */
export function onePerPolicy(findings: readonly AnyFinding[]): AnyFinding[] {
  const wide = findings.filter(({ makes }) => makes === 'active, wider than written');
  return wide.filter(({ policy }, index) => wide.findIndex((other) => other.policy === policy) === index);
}
