import { stat } from 'node:fs/promises';

import type { DryRun } from '../../changes/change.js';
import type { Chart, ChartValues } from '../../helm/arguments.js';
import type { Helm } from '../../helm/program.js';
import { InputError, UsageError } from '../../errors.js';
import type { Reporter } from '../../reporter.js';

/** What installing and upgrading have in common. */
export interface HelmRequest {
  readonly mesh: string;
  /** Of the control plane. */
  readonly namespace: string;
  readonly chart: Chart;
  readonly values: ChartValues;
  /** For each thing that helm waits for. */
  readonly timeoutMs: number;
  /** Undo what failed. */
  readonly atomic: boolean;
  readonly dryRun: DryRun;
}

/** @throws InputError when a chart of this machine is not there */
export async function requireChart(chart: Chart, purpose: 'installation' | 'upgrade'): Promise<void> {
  if (!('path' in chart)) return;
  const isThere = await stat(chart.path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  throw new InputError(
    `error loading chart for ${purpose}: no such file or directory`,
    { file: chart.path },
    'name a chart directory, or an archive of one, with --osm-chart-path',
  );
}

/** Looks for values that flags of their own decide. @throws UsageError when the flags could not win */
export function lookForOwnValues(
  { setString, setFile, set, setJson }: ChartValues,
  keys: readonly string[],
  report: Reporter,
): void {
  const names = (words: readonly string[]): string[] =>
    keys.filter((key) =>
      words.some((word) => new RegExp(String.raw`(?:^|,)\s*${key.replace('.', String.raw`\.`)}\s*=`).test(word)),
    );
  const flagOf = (key: string): string => (key === 'osm.meshName' ? '--mesh-name' : '--enforce-single-mesh');
  for (const key of names([...setString, ...setFile]))
    throw new UsageError(`${key} cannot be set with --set-string or --set-file`, `use ${flagOf(key)}`);
  for (const key of names([...set, ...setJson])) report.note(`${flagOf(key)} decides ${key}, not --set`);
}

/** Flags for a dry run, which older versions do not tell kinds of. */
export function dryRunWords({ major, minor }: Helm, dryRun: DryRun): string[] {
  if (dryRun === 'none') return [];
  return major === 3 && minor < 13 ? ['--dry-run'] : [`--dry-run=${dryRun}`];
}

/** A limit as helm reads it. */
export function timeoutWords(timeoutMs: number): string[] {
  return [`--timeout=${Math.max(1, Math.round(timeoutMs))}ms`];
}
