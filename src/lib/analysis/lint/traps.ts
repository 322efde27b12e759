import type { Resource } from '../../resources/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import { nameOf, type Source } from '../../simulator/world.js';
import { sourcesOf } from '../compare/sources.js';
import type { Unread } from '../unread.js';
import type { PolicySubject } from './rule.js';
import { findingsOf, policyRules, sourceRules, type AnyFinding } from './rules/index.js';

/** What works otherwise than a policy seems to say, whether it takes effect or not. */
export function trapsOf(subject: PolicySubject, simulationOf: (source: Source) => Simulation): AnyFinding[] {
  const { policy } = subject;
  const found = new Map<string, AnyFinding>();
  const all = sourcesOf([policy]);
  for (const source of all) {
    for (const rule of sourceRules) {
      for (const finding of findingsOf(rule, { policy, simulation: simulationOf(source) })) {
        const key = JSON.stringify([finding.rule, finding.port, finding.at.map(({ path }) => path)]);
        const known = found.get(key);
        // pods of one source may differ, and have the same fault
        if (!known) found.set(key, { ...finding, sources: [source] });
        else if (!known.sources.includes(source)) found.set(key, { ...known, sources: [...known.sources, source] });
      }
    }
  }
  const ofSources = [...found.values()].map((finding) =>
    finding.sources.length === all.length ? { ...finding, sources: [] } : finding,
  );
  return [...policyRules.flatMap((rule) => findingsOf(rule, subject)), ...ofSources];
}

/** The ServiceAccounts that there are; undefined when there is none at all, which means that they were not given. */
export function accountsOf(objects: readonly Resource[], unread: Unread): Set<string> | undefined {
  if (unread.kinds.has('ServiceAccount')) return undefined;
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  return accounts.length === 0 ? undefined : new Set(accounts.map(nameOf));
}
