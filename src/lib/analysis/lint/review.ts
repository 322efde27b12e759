/** The rules over an input, less what somebody asked to leave out. */
import type { ManifestWarning } from '../../resources/index.js';
import type { KubernetesObject, Locate } from '../../resources/types.js';
import { fieldRef } from '../../simulator/world.js';
import { lint, type LintSubject } from './lint.js';
import { primaryField } from './place.js';
import { exactRules, findingsOf, ruleBy, type AnyFinding } from './rules/index.js';
import { manifestOddity } from './rules/manifest-oddity.js';
import { suppressionInvalid } from './rules/suppression-invalid.js';
import { suppressionUnused } from './rules/suppression-unused.js';
import {
  covers,
  LINT_IGNORE,
  suppressionOf,
  suppressionsInAnnotations,
  suppressionsInComments,
  type Suppression,
} from './suppressions.js';

export interface ReviewInput extends LintSubject {
  readonly locate: Locate;
  readonly warnings: readonly ManifestWarning[];
  /** Text of each file that was read, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface ReviewOptions {
  /** Whether what is found about an object is asked for. */
  readonly concerns: (object: KubernetesObject) => boolean;
  /** Codes or names of rules to leave out. */
  readonly ignore: readonly string[];
  /** Leave out the rules that look at all requests. */
  readonly quick: boolean;
}

export interface Suppressed {
  readonly finding: AnyFinding;
  readonly by: Suppression;
}

export interface Review {
  readonly findings: readonly AnyFinding[];
  readonly suppressed: readonly Suppressed[];
}

/** Code and name of a rule, to its name. */
export const ruleNames: ReadonlyMap<string, string> = new Map([...ruleBy].map(([word, { name }]) => [word, name]));

export function review(input: ReviewInput, { concerns, ignore, quick }: ReviewOptions): Review {
  const { objects, locate, texts, warnings, unread } = input;
  const all = [
    ...warnings.flatMap((warning) => findingsOf(manifestOddity, { warning })),
    ...lint(input, { concerns, quick }),
  ];
  const suppressions = [
    ...ignore.map((written) => suppressionOf(written, '', { kind: 'flag' }, ruleNames)),
    ...suppressionsInAnnotations(objects.filter(concerns), ruleNames),
    ...[...texts].flatMap(([file, text]) => suppressionsInComments(text, file, ruleNames)),
  ];
  const used = new Set<Suppression>();
  const findings: AnyFinding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of all) {
    const field = primaryField(finding);
    const seen = field ? { ...finding, at: [field, ...finding.at] } : finding;
    const matching = suppressions.filter((suppression) => covers(suppression, seen, locate));
    for (const one of matching) used.add(one);
    if (matching[0]) suppressed.push({ finding, by: matching[0] });
    else findings.push(finding);
  }
  // what nobody looked for, or not everywhere, may be there
  const unasked = new Set<unknown>(quick || unread.kinds.size > 0 ? exactRules.map(({ name }) => name) : []);
  for (const suppression of suppressions) {
    const { where, rule } = suppression;
    const object = where.kind === 'comment' ? objectAt(where, objects, locate) : undefined;
    if (object && !concerns(object)) continue;
    const at = where.kind === 'annotation' ? [fieldRef(where.object, 'metadata', 'annotations', LINT_IGNORE)] : [];
    const invalid = findingsOf(suppressionInvalid, { suppression, at });
    const isUnused = invalid.length === 0 && !used.has(suppression) && !unasked.has(rule);
    findings.push(...invalid, ...(isUnused ? findingsOf(suppressionUnused, { suppression, at }) : []));
  }
  return { findings, suppressed };
}

/** The object in whose lines a comment is: of those that begin above, the last. */
function objectAt(
  { file, covers: line }: { readonly file: string; readonly covers: number },
  objects: readonly KubernetesObject[],
  locate: Locate,
): KubernetesObject | undefined {
  let [found, start]: [KubernetesObject | undefined, number] = [undefined, 0];
  for (const object of objects) {
    const place = locate(object, []);
    if (place?.file === file && place.line <= line && place.line > start) [found, start] = [object, place.line];
  }
  return found;
}
