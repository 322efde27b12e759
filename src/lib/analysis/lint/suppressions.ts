import type { Egress, KubernetesObject, Locate } from '../../resources/types.js';
import type { Finding } from './rule.js';

/** Annotation of any object, and word of a comment: `osm-ts/lint-ignore: OSM-E023 the database moves often`. */
export const LINT_IGNORE = 'osm-ts/lint-ignore';

/** A request to leave findings out, with the reason that somebody gave. */
export interface Suppression {
  /** As it is written: a code, or the name of a rule. */
  readonly written: string;
  /** Name of the rule; undefined when there is no such rule. */
  readonly rule: string | undefined;
  readonly reason: string;
  /** Why it is not followed. */
  readonly fault?: 'unknown-rule' | 'no-reason';
  readonly where:
    | { readonly kind: 'flag' }
    | { readonly kind: 'annotation'; readonly object: KubernetesObject }
    /** `line` is where it is written, `covers` the line that it is about. */
    | {
        readonly kind: 'comment';
        readonly file: string;
        readonly line: number;
        readonly column: number;
        readonly covers: number;
      };
}

type RuleNames = ReadonlyMap<string, string>;

/** @param names of rules, by name and by code */
export function suppressionOf(
  written: string,
  reason: string,
  where: Suppression['where'],
  names: RuleNames,
): Suppression {
  const rule = names.get(written);
  const fault = rule === undefined ? 'unknown-rule' : reason === '' && where.kind !== 'flag' ? 'no-reason' : undefined;
  return { written, rule, reason, where, ...(fault && { fault }) };
}

/** Several are separated by line breaks or semicolons, one has a code and then a reason. */
function readSuppressions(text: string, where: Suppression['where'], names: RuleNames): Suppression[] {
  return text
    .split(/\n|;\s*(?=OSM-E\d)/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [written = '', ...reason] = line.split(/\s+/);
      return suppressionOf(written, reason.join(' '), where, names);
    });
}

export function suppressionsInAnnotations(objects: Iterable<KubernetesObject>, names: RuleNames): Suppression[] {
  return [...objects].flatMap((object) => {
    const text = object.metadata.annotations?.[LINT_IGNORE];
    return text === undefined ? [] : readSuppressions(text, { kind: 'annotation', object }, names);
  });
}

const COMMENT = new RegExp(`(^|\\s)#\\s*${LINT_IGNORE}:(.*)$`);

/** Comments of YAML: one behind something is about its line, one that stands alone about the next line that is no comment. */
export function suppressionsInComments(text: string, file: string, names: RuleNames): Suppression[] {
  if (!text.includes(LINT_IGNORE)) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((content, index) => {
    const found = COMMENT.exec(content);
    if (!found) return [];
    const column = found.index + found[1]!.length;
    const isAlone = content.slice(0, column).trim() === '';
    const next = lines.findIndex((line, other) => other > index && !/^\s*(#.*)?$/.test(line));
    const covers = isAlone && next >= 0 ? next : index;
    return readSuppressions(
      found[2]!,
      { kind: 'comment', file, line: index + 1, column: column + 1, covers: covers + 1 },
      names,
    );
  });
}

/** Is the finding what the suppression asks to leave out? */
export function covers({ rule, fault, where }: Suppression, finding: AnyPlaced, locate: Locate): boolean {
  if (fault || rule !== finding.rule) return false;
  switch (where.kind) {
    case 'flag':
      return true;
    case 'annotation':
      return finding.policy === where.object || finding.at.some(({ object }) => object === where.object);
    case 'comment':
      return finding.at.some(({ object, path }) => {
        const place = locate(object, path);
        return place?.file === where.file && place.line === where.covers;
      });
  }
}

type AnyPlaced = Pick<Finding, 'rule' | 'at'> & { readonly policy: Egress | null };
