/** Compares regular expressions by their automata, over all texts of a language. */
import { Component, type Condition, type Language } from '../request-space/languages.js';
import { split, type Case } from '../request-space/split.js';

/** Texts that only one of two patterns matches; undefined where that is too large to decide. */
export function compare(first: string, second: string, language: Language) {
  const sides = [[{ pattern: first }], [{ pattern: second }]] as const;
  return compareConditions(sides[0], sides[1], language);
}

/** The same of texts for which all conditions hold. */
export function compareConditions(first: readonly Condition[], second: readonly Condition[], language: Language) {
  const all = [...first, ...second];
  const components = all.map((condition) => new Component(language, condition));
  const caseOf = (conditions: readonly number[]): readonly Case[] => [{ conditions, rest: 1, final: true }];
  const lists = [caseOf(first.map((_, index) => index)), caseOf(second.map((_, index) => first.length + index))];
  const result = split({
    language: new Component(language),
    components,
    lists,
    programs: 2,
    onlyDifferences: true,
    preferred: language.preferred,
  });
  if ('bound' in result) return undefined;
  const only = (side: number) =>
    result.parts.find(({ rests }) => rests && rests[side]!.length > 0 && rests[1 - side]!.length === 0)?.witness;
  return { onlyFirst: only(0), onlySecond: only(1) };
}

const NOTHING = '[^\\x{0}-\\x{10ffff}]';

/** Is there a text of the language that the pattern matches? Undefined where that is too large to decide. */
export function matchesSomething(pattern: string, language: string): boolean | undefined {
  const told = compare(pattern, NOTHING, { pattern: language, preferred: [] });
  return told && told.onlyFirst !== undefined;
}
