import { writeOut } from '../cli/streams.js';
import { apiVersionOf, qualifiedName } from '../resources/kinds.js';
import { ClusterError } from '../errors.js';
import { dryRunMarks, type ChangeOutcome, type DryRun, type FieldChange } from '../changes/change.js';
import type { FieldPath } from '../resources/types.js';
import { visible, visibleJson } from '../text/visible.js';
import type { Reporter } from '../reporter.js';
import { formatRestartAdvice } from './changes-restart.js';
import { printDocument } from './document.js';

export const changeFormats = ['json', 'yaml', 'name'] as const;
export type ChangeFormat = (typeof changeFormats)[number];

export interface ChangeReportOptions {
  readonly format: ChangeFormat | undefined;
  readonly dryRun: DryRun;
  readonly report: Reporter;
  /** Flags that lead kubectl to the same cluster, for commands in hints: `--context x`. */
  readonly kubectlFlags?: readonly string[];
}

/** Outcomes one by one, as they are known. */
export type OutcomeSource = AsyncIterable<ChangeOutcome> | Iterable<Promise<ChangeOutcome>>;

/**
 * Prints outcomes as they come: a line each on standard output, notes and warnings on standard error; with `json` and `yaml`
 * one `ChangeSummary` at the end, complete also when some failed.
 * @throws AggregateError with the error of each object that failed, once everything is printed
 */
export async function reportChanges(outcomes: OutcomeSource, options: ChangeReportOptions): Promise<void> {
  const { format, dryRun } = options;
  const all: ChangeOutcome[] = [];
  for await (const outcome of outcomes) {
    all.push(outcome);
    if (format === undefined || format === 'name') await writeOut(formatOutcome(outcome, format, dryRun));
    for (const warning of outcome.warnings) options.report.warn(warning);
    for (const note of outcome.notes) options.report.note(note);
    for (const advice of outcome.restart ?? []) {
      for (const line of formatRestartAdvice(advice, outcome.name, options.kubectlFlags)) options.report.note(line);
    }
  }
  if (format === 'json' || format === 'yaml') await printDocument(summarize(all, dryRun), format);
  const errors = all.flatMap(({ error }) => (error ? [error] : []));
  if (errors.length === 0) return;
  if (all.length > 1) options.report.note(tally(all));
  throw new AggregateError(errors);
}

function tally(all: readonly ChangeOutcome[]): string {
  const bad = all.filter(({ error }) => error !== undefined).map(({ name }) => name);
  const good = all.length - bad.length;
  return `${good} of ${all.length} succeeded; failed: ${bad.join(', ')}`;
}

/** What standard output says of one object: its line, and what a dry run of the client would have sent. */
export function formatOutcome(outcome: ChangeOutcome, format: 'name' | undefined, dryRun: DryRun): string {
  if (outcome.line === undefined) return '';
  if (format === 'name') return outcome.skipped ? '' : `${qualifiedName(outcome.kind, outcome.name)}\n`;
  const patch = dryRun === 'client' && outcome.patch ? `${visibleJson(JSON.stringify(outcome.patch))}\n` : '';
  return `${visible(outcome.line)}${dryRunMarks[dryRun]}\n${patch}`;
}

/** The `ChangeSummary` document (schemas/change-summary.json). */
export function summarize(outcomes: readonly ChangeOutcome[], dryRun: DryRun): Record<string, unknown> {
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'ChangeSummary',
    dryRun,
    items: outcomes.map((outcome) => ({
      object: {
        apiVersion: apiVersionOf(outcome.kind),
        kind: outcome.kind.kind,
        namespace: outcome.namespace ?? null,
        name: outcome.name,
      },
      result: outcome.result,
      changes: outcome.changes.map(describeChange),
      patch: outcome.patch ?? null,
      notes: [...outcome.warnings, ...outcome.notes],
      restart: outcome.restart ?? [],
      error: describeError(outcome.error),
    })),
  };
}

function describeChange({ path, from, to }: FieldChange): Record<string, unknown> {
  return { path: jsonPointer(path), from: from ?? null, to: to ?? null };
}

function describeError(error: ChangeOutcome['error']): Record<string, unknown> | null {
  if (!error) return null;
  const status = error instanceof ClusterError ? (error.status ?? null) : null;
  return { message: error.message, hint: error.hint ?? null, status, exitCode: error.exitCode };
}

/** RFC 6901: `/metadata/labels/openservicemesh.io~1ignore`. */
export function jsonPointer(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
