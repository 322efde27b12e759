import { UsageError } from '../errors.js';
import type { InputOptions } from '../input/load.js';
import { explain } from '../mesh/errors.js';
import { openCluster } from '../input/connection.js';
import { conflictsAmong, type Conflict } from '../mesh/policy/ingress-conflicts.js';
import { kinds } from '../resources/kinds.js';
import type { Reporter } from '../reporter.js';
import { findingText } from '../wording/findings.js';
import { nameOf } from '../simulator/world.js';
import { lintPolicies, type LintResult } from './lint/index.js';
import type { Reported } from './lint/reported.js';

export type ConflictKind = 'IngressBackend' | 'Egress';

/** What resources of one kind do to each other. */
export interface ConflictCheck {
  readonly resource: ConflictKind;
  readonly namespaces: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** Something that decides could not be read. */
  readonly uncertain: boolean;
}

/** Rules that find policies which spoil each other: Envoy refuses what they make together, or takes one of them by chance. */
const clashing: ReadonlySet<string> = new Set([
  'listener-refused',
  'listener-by-chance',
  'routes-refused',
  'routes-by-chance',
  'clusters-refused',
  'clusters-by-chance',
  'range-by-chance',
]);

/** The kind that a word names, whatever its letter case. @throws UsageError */
export function parseConflictKind(word: string): ConflictKind {
  const known = (['IngressBackend', 'Egress'] as const).find((kind) => kind.toLowerCase() === word.toLowerCase());
  if (known) return known;
  throw new UsageError(`Invalid resource kind ${word}`, 'it is IngressBackend or Egress');
}

/**
 * Finds conflicts among the resources of namespaces, each namespace by itself (osm-cli §9.1).
 * @param namespaces that are looked at; empty: the one of the context
 * @throws UsageError, InputError, ClusterError
 */
export async function checkConflicts(
  kind: ConflictKind,
  namespaces: readonly string[],
  options: InputOptions,
  report: Reporter,
): Promise<ConflictCheck> {
  if (kind === 'IngressBackend') {
    const found = await ingressBackends(namespaces, options, report);
    return { resource: kind, ...found, uncertain: false };
  }
  const conflicts: Conflict[] = [];
  const looked: string[] = [];
  let uncertain = false;
  for (const namespace of namespaces.length > 0 ? namespaces : [undefined]) {
    const settings = { allNamespaces: false, ignore: [], quick: true, fix: false, baseline: undefined } as const;
    const result = await lintPolicies({ ...options, namespace, ...settings, writeBaseline: false }, report);
    uncertain ||= result.uncertain === 'error';
    looked.push(...(namespace === undefined ? homesOf(result) : [namespace]));
    conflicts.push(...merged(result.findings.filter(({ finding }) => clashing.has(finding.rule))));
  }
  return { resource: kind, namespaces: looked, conflicts, uncertain };
}

/** Without a namespace, files are looked at whole, and a cluster in the namespace of its context. */
function homesOf({ input: { cluster, defaultNamespace, world } }: LintResult): string[] {
  const homes = cluster ? [] : world.egresses.map(({ metadata }) => metadata.namespace ?? defaultNamespace);
  return homes.length > 0 ? [...new Set(homes)].sort() : [defaultNamespace];
}

/** The same conflict is found from each of its policies, and for each of its sources. */
function merged(findings: readonly Reported[]): Conflict[] {
  const found = new Map<string, Conflict>();
  for (const { finding, code } of findings) {
    const refs = [finding.policy, ...finding.at.map(({ object }) => object)];
    const policies = refs.flatMap((object) => (object?.kind === 'Egress' ? [nameOf(object)] : []));
    const objects = [...new Set(policies)].sort();
    const reason = `${findingText(finding)} (${code})`;
    found.set(`${objects.join()} ${reason}`, { objects, reasons: [reason] });
  }
  return [...found.values()];
}

async function ingressBackends(namespaces: readonly string[], options: InputOptions, report: Reporter) {
  if (options.filenames.length > 0) {
    throw new UsageError(
      'IngressBackends are looked at in the cluster only',
      'leave out -f; Egress policies are read from files',
    );
  }
  const cluster = await openCluster(options, report);
  const looked = namespaces.length > 0 ? namespaces : [cluster.defaultNamespace];
  const conflicts: Conflict[] = [];
  for (const namespace of looked) {
    const found = await cluster
      .list(kinds.IngressBackend, { namespace })
      .catch(explain(`Error listing IngressBackend resources in namespace ${namespace}`));
    conflicts.push(...conflictsAmong(found, namespace));
  }
  return { namespaces: looked, conflicts };
}
