/** The rules over an input, less what somebody asked to leave out. */
import type { ManifestWarning } from '../../resources/index.js';
import type { KubernetesObject, Locate } from '../../resources/types.js';
import { fieldRef } from '../../simulator/world.js';
import { lint, type LintSubject } from './lint.js';
import { primaryField } from './place.js';
import { findingsOf, ruleBy, type AnyFinding } from './rules/index.js';
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
  const { objects, locate, texts, warnings } = input;
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
  for (const suppression of suppressions) {
    const { where } = suppression;
    const at = where.kind === 'annotation' ? [fieldRef(where.object, 'metadata', 'annotations', LINT_IGNORE)] : [];
    if (suppression.fault) findings.push(...findingsOf(suppressionInvalid, { suppression, at }));
    else if (!used.has(suppression)) findings.push(...findingsOf(suppressionUnused, { suppression, at }));
  }
  return { findings, suppressed };
}
