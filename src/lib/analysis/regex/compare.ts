/** Compares regular expressions by their automata, over all texts of a language. */
import { inspectRegex } from '../../simulator/envoy/re2.js';
import { Component, type Condition, type Language } from '../request-space/languages.js';
import { split, type Case } from '../request-space/split.js';

/** A text that only the one side matches, and one that only the other does. */
export interface Comparison {
  readonly onlyFirst: string | undefined;
  readonly onlySecond: string | undefined;
}

/** Compares two patterns; undefined where that is too large to decide. */
export function compare(first: string, second: string, language: Language): Comparison | undefined {
  return compareConditions([{ pattern: first }], [{ pattern: second }], language);
}

/** The same of texts for which all conditions hold. */
export function compareConditions(
  first: readonly Condition[],
  second: readonly Condition[],
  language: Language,
): Comparison | undefined {
  const all = [...first, ...second];
  if (all.some(({ pattern }) => inspectRegex(pattern).size === null)) return undefined;
  const caseOf = (conditions: readonly number[]): readonly Case[] => [{ conditions, rest: 1, final: true }];
  const result = split({
    language: new Component(language),
    components: all.map((condition) => new Component(language, condition)),
    lists: [caseOf([...first.keys()]), caseOf(second.map((_, index) => first.length + index))],
    programs: 2,
    onlyDifferences: true,
    preferred: language.preferred ?? [],
  });
  if ('bound' in result) return undefined;
  // what both match, or neither, is no part that has rests
  const only = (side: number) => result.parts.find(({ rests }) => rests && rests[side]!.length > 0)?.witness;
  return { onlyFirst: only(0), onlySecond: only(1) };
}

/** Is it known that both match the same? */
export function isSame(told: Comparison | undefined): boolean {
  return told !== undefined && told.onlyFirst === undefined && told.onlySecond === undefined;
}

const NOTHING = '[^\\x{0}-\\x{10ffff}]';

/** Is there a text of the language that the pattern matches? Undefined where that is too large to decide. */
export function matchesSomething(pattern: string, language: string): boolean | undefined {
  const told = compare(pattern, NOTHING, { pattern: language });
  return told && told.onlyFirst !== undefined;
}
