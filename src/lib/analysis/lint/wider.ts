import type { Simulation } from '../../simulator/simulation.js';
import { findingsBy, type Finding, type FindingBy, type PolicySubject } from './rule.js';
import { findingsOfNotice, type NoticeFinding } from './notices.js';
import { hostsOnTcp } from './rules/hosts-on-tcp.js';
import { httpsWithoutHosts } from './rules/https-without-hosts.js';

/** A policy that opens more than it says. */
export type WideFinding =
  Extract<NoticeFinding, { rule: 'cidr-fails-open' }> | FindingBy<typeof hostsOnTcp | typeof httpsWithoutHosts>;

/** The policies of a source that open more than they say, a finding each. */
export function widerThanWritten({ program, world }: Simulation): WideFinding[] {
  return onePerPolicy([
    ...program.notices.flatMap((notice) => findingsOfNotice(notice, world)),
    ...program.applied.flatMap((policy) => portsWiderThanWritten({ policy, world })),
  ]);
}

/** What a policy's ports open more than it says, by its text alone. */
export function portsWiderThanWritten(subject: PolicySubject): WideFinding[] {
  const found = [hostsOnTcp, httpsWithoutHosts].flatMap((rule) => findingsBy(rule, subject));
  return found.filter(isWide);
}

const isWide = (finding: Finding): finding is WideFinding => finding.makes === 'active, wider than written';

/** Of findings that say that a policy opens more than it says the first of each policy. */
export function onePerPolicy(findings: readonly Finding[]): WideFinding[] {
  const wide = findings.filter(isWide);
  return wide.filter(({ policy }, index) => wide.findIndex((other) => other.policy === policy) === index);
}
