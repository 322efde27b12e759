import { createHash } from 'node:crypto';
import { identityOf, primaryField } from '../../analysis/lint/place.js';
import { review, ruleNames } from '../../analysis/lint/review.js';
import type { Level } from '../../analysis/lint/rule.js';
import { ruleBy, rules, type AnyFinding } from '../../analysis/lint/rules/index.js';
import type { Suppression } from '../../analysis/lint/suppressions.js';
import { ExitCode, UsageError } from '../../errors.js';
import { loadInput, type Input, type InputOptions } from '../../input/load.js';
import { silent, type Reporter } from '../../reporter.js';
import { placeText } from '../../wording/policy.js';
import type { Egress, KubernetesObject } from '../../resources/types.js';
import { closest } from '../../text/closest.js';
import { readBaseline, writeBaseline } from './baseline.js';
import type { Reported } from './reported.js';

export type { Reported };

export interface LintOptions extends InputOptions {
  /** With a cluster: not only the namespace of the context; with files over a cluster: not only what the files hold. */
  readonly allNamespaces: boolean;
  /** Codes or names of rules to leave out. */
  readonly ignore: readonly string[];
  /** Leave out the rules that look at all requests. */
  readonly quick: boolean;
  /** Edit the files first, where that changes nothing for any request. */
  readonly fix: boolean;
  /** A file with findings that are known. */
  readonly baseline: string | undefined;
  /** Write that file instead of reading it. */
  readonly writeBaseline: boolean;
}

export interface LintResult {
  readonly input: Input;
  /** By place. */
  readonly findings: readonly Reported[];
  readonly suppressed: readonly (Reported & { readonly by: Suppression })[];
  /** Findings that the baseline knows. */
  readonly known: readonly Reported[];
  readonly policies: number;
  /** Is something not known that may hide a finding of this level? */
  readonly uncertain: Level | null;
}

/**
 * Answers `egress lint`: what the rules find about policies and what decides what they do, in files, in a cluster, or in files laid
 * over a cluster.
 * @throws UsageError (a rule that is none), InputError (a file, the baseline), ClusterError
 */
export async function lintPolicies(options: LintOptions, report: Reporter): Promise<LintResult> {
  for (const written of options.ignore) requireRule(written);
  if (options.fix) checkFix(options);
  let { filenames } = options;
  let reviewed = await reviewInput(options, report);
  if (options.fix) {
    const { fixFiles } = await import('./fix.js');
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { fixed, left, removed } = await fixFiles(reviewed.input, reviewed.findings);
      for (const finding of fixed) report.note(`fixed ${fixText(finding, reviewed.input)}`);
      for (const path of removed) report.note(`deleted ${path}, in which nothing was left`);
      filenames = filenames.filter((name) => !removed.includes(name));
      if (fixed.length > 0) reviewed = await reviewInput({ ...options, filenames, mayBeEmpty: true }, silent);
      else {
        for (const finding of left) {
          report.note(
            `not fixed, because it would change something or cannot be decided: ${fixText(finding, reviewed.input)}`,
          );
        }
        break;
      }
    }
  }
  const { input, findings, suppressed, concerns } = reviewed;
  const reported = reporting(input);
  const all = findings.map(reported).sort(byPlace(input.manifests?.files ?? []));
  const isKnown = await knownBy(options, all, report);
  return {
    input,
    findings: all.filter((one) => !isKnown(one)),
    suppressed: suppressed.map(({ finding, by }) => ({ ...reported(finding), by })),
    known: all.filter(isKnown),
    policies: input.world.egresses.filter(concerns).length,
    uncertain: findings.some(({ makes }) => makes === 'unknown') ? 'error' : isUndecided(findings) ? 'warning' : null,
  };
}

/** A fix may make another one possible; more rounds than this nobody has seen. */
const MAX_ROUNDS = 5;

function checkFix({ filenames }: LintOptions): void {
  if (filenames.length === 0) {
    throw new UsageError('--fix edits files, and none is given', 'add -f PATH; osm-ts egress allow changes a cluster');
  }
  if (filenames.includes('-')) {
    throw new UsageError('--fix cannot edit standard input', 'give files with -f');
  }
}

/** What the rules that look at all requests leave open could be a warning. */
function isUndecided(findings: readonly AnyFinding[]): boolean {
  return findings.some(({ rule }) => rule === 'undecided');
}

function fixText(finding: AnyFinding, { locate }: Input): string {
  const field = primaryField(finding);
  return `${ruleBy.get(finding.rule)!.code} ${finding.rule}${field ? ` at ${placeText(field, locate)}` : ''}`;
}

async function reviewInput(options: LintOptions, report: Reporter) {
  const question = {
    namespaces: (home: string) => [home],
    clientsOf: (objects: readonly KubernetesObject[]) =>
      objects.flatMap((object) =>
        object.kind === 'Egress' ? (object as Egress).spec.sources.map(({ namespace }) => namespace) : [],
      ),
    accounts: true,
    services: true,
    tellsWarnings: true,
  };
  const input = await loadInput(options, question, report);
  const { manifests } = input;
  const concerns = concernsOf(input, options);
  const reviewed = review(
    {
      ...input,
      warnings: manifests?.warnings ?? [],
      texts: new Map((manifests?.files ?? []).map((file) => [file, manifests?.textOf(file) ?? ''])),
    },
    { concerns, ignore: options.ignore, quick: options.quick },
  );
  return { input, concerns, ...reviewed };
}

/** What the baseline knows; after it is written, everything. */
async function knownBy(
  { baseline, writeBaseline: write }: LintOptions,
  all: readonly Reported[],
  report: Reporter,
): Promise<(one: Reported) => boolean> {
  if (baseline === undefined) return () => false;
  if (write) {
    await writeBaseline(baseline, all);
    report.note(`${countText(all.length)} written to ${baseline}, and known from now on`);
    return () => true;
  }
  const fingerprints = await readBaseline(baseline);
  const present = new Set(all.map(({ fingerprint }) => fingerprint));
  const gone = [...fingerprints].filter((fingerprint) => !present.has(fingerprint)).length;
  if (gone > 0)
    report.note(
      `${countText(gone)} of ${baseline} ${gone === 1 ? 'is' : 'are'} gone: write it again with --write-baseline`,
    );
  return ({ fingerprint }) => fingerprints.has(fingerprint);
}

const countText = (count: number): string => `${count} ${count === 1 ? 'finding' : 'findings'}`;

/** Names of the rules by their codes. */
export const ruleTitles: ReadonlyMap<string, string> = new Map(rules.map(({ code, name }) => [code, name]));

/** The rule of a code or name. @throws UsageError */
export function requireRule(written: string) {
  const rule = ruleBy.get(written) ?? ruleBy.get(written.toUpperCase());
  if (rule) return rule;
  const meant = closest(written, ruleNames.keys());
  throw new UsageError(
    `there is no rule ${written}`,
    meant === undefined ? 'docs/rules/README.md names all there are' : `did you mean ${meant}?`,
  );
}

/** Files are looked at whole unless a namespace is named, a cluster in one namespace unless all are asked for. */
function concernsOf(input: Input, { allNamespaces, namespace, live }: LintOptions) {
  const { cluster, defaultNamespace, locate } = input;
  return (object: KubernetesObject): boolean => {
    if (live && !allNamespaces) return locate(object, []) !== undefined;
    if (allNamespaces || (!cluster && namespace === undefined)) return true;
    return object.metadata.namespace === defaultNamespace;
  };
}

function reporting({ locate }: Input): (finding: AnyFinding) => Reported {
  const seen = new Map<string, number>();
  return (finding) => {
    const identity = identityOf(finding);
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    const field = primaryField(finding);
    return {
      finding,
      code: ruleBy.get(finding.rule)!.code,
      place: field ? (locate(field.object, field.path) ?? locate(field.object, [])) : placeInData(finding),
      fingerprint: count === 1 ? hash : `${hash}:${count}`,
    };
  };
}

/** Of what is no field of an object. */
function placeInData(finding: AnyFinding): Reported['place'] {
  if (finding.rule === 'manifest-oddity') return finding.data.warning.location;
  if (finding.rule !== 'suppression-unused' && finding.rule !== 'suppression-invalid') return undefined;
  const { where } = finding.data.suppression;
  return where.kind === 'comment' ? where : undefined;
}

const LEVELS: readonly Level[] = ['info', 'warning', 'error'];

function byPlace(files: readonly string[]): (one: Reported, other: Reported) => number {
  const key = ({ place, finding }: Reported) => {
    const line = place && 'line' in place ? [place.line, place.column] : [0, 0];
    return [place ? files.indexOf(place.file) : files.length, ...line, -LEVELS.indexOf(finding.level)];
  };
  return (one, other) => {
    const [a, b] = [key(one), key(other)];
    return a.map((value, index) => value - b[index]!).find((difference) => difference !== 0) ?? 0;
  };
}

/** Whether a finding of this level counts as a no. */
export function reaches(level: Level, failOn: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(failOn);
}

export function exitCodeOf({ findings, uncertain }: LintResult, failOn: Level): number {
  if (findings.some(({ finding }) => reaches(finding.level, failOn))) return ExitCode.no;
  return uncertain !== null && reaches(uncertain, failOn) ? ExitCode.unknown : ExitCode.yes;
}
