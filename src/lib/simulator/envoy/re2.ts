/**
 * Regular expressions as Envoy treats them: which ones it accepts in a route, how large RE2's program for them is, and
 * what they match. Egress semantics §3.3 and §4; how it is done and how well it agrees: docs/re2.md.
 */
import { Automaton } from './re2/automaton.js';
import { compileRegex } from './re2/compile.js';
import type { CompiledRegex } from './re2/compile.js';
import { RegexSyntaxError } from './re2/cursor.js';
import { flatSize } from './re2/flatten.js';
import { matcherOf } from './re2/matcher.js';
import { parseRegex } from './re2/parse.js';
import { ProgramTooLargeError } from './re2/program.js';
import { allowance, MAX_STEPS, RegexTooComplexError, type Work } from './re2/work.js';

/** Why Envoy refuses a regular expression: there is none, RE2 does not parse it, or its program is too large. */
export type RegexRefusal = 'empty' | 'syntax' | 'program-size';

/** What Envoy thinks of a regular expression. */
export interface RegexInspection {
  readonly accepted: boolean;
  readonly refusal?: RegexRefusal;
  /** One clause; for syntax it is RE2's own wording, as in Envoy's log. */
  readonly reason?: string;
  /** RE2's program size (a number of instructions) if Envoy gets as far as compiling it, else null. */
  readonly size: number | null;
  /** False when the verdict is an estimate, because an exact one would take too long. */
  readonly sizeIsExact: boolean;
}

/** Envoy's default limit of RE2's program size (runtime key `re2.max_program_size.error_level`), which OSM leaves alone. */
export const MAX_PROGRAM_SIZE = 100;

/** Patterns remembered, and how long they may be; a world of policies uses a few dozen short ones. */
const CACHE_SIZE = 1000;
const CACHED_LENGTH = 10_000;

/** RE2 quotes the pattern in some refusals; more than this is cut. */
const MAX_REASON = 300;

interface Entry {
  readonly inspection: RegexInspection;
  /** Elementary steps that it took to find out. */
  readonly steps: number;
  /** Also for a program over Envoy's limit. */
  readonly compiled?: CompiledRegex;
  matcher?: (text: string) => boolean;
}

const cache = new Map<string, Entry>();

function entryOf(pattern: string): Entry {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const work = allowance();
  const entry: Entry = { ...inspect(pattern, work), steps: MAX_STEPS - Math.max(0, work.left) };
  if (pattern.length > CACHED_LENGTH) return entry;
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  cache.set(pattern, entry);
  return entry;
}

/**
 * Finds out, whatever is remembered, what Envoy thinks of a pattern, and compiles it.
 * @param work what it may cost; what it took is gone from it
 */
export function inspect(pattern: string, work: Work): Omit<Entry, 'steps'> {
  const refused = (refusal: RegexRefusal, reason: string, size: number | null = null, sizeIsExact = true) => ({
    inspection: { accepted: false, refusal, reason, size, sizeIsExact },
  });
  if (pattern === '') return refused('empty', 'a regular expression must not be empty');
  try {
    const compiled = compileRegex(parseRegex(pattern, work), work);
    const size = flatSize(compiled.program, work);
    if (size <= MAX_PROGRAM_SIZE) return { inspection: { accepted: true, size, sizeIsExact: true }, compiled };
    return {
      ...refused('program-size', `program size ${size} is over Envoy's limit of ${MAX_PROGRAM_SIZE}`, size),
      compiled,
    };
  } catch (error) {
    if (error instanceof RegexSyntaxError) return refused('syntax', shortened(error.message));
    if (error instanceof ProgramTooLargeError)
      return refused('program-size', 'the program does not fit in the 8 MiB that RE2 allows itself');
    if (error instanceof RegexTooComplexError)
      return refused('program-size', `too complex to analyse: ${error.message}`, null, false);
    throw error;
  }
}

const shortened = (text: string): string =>
  text.length > MAX_REASON ? `${text.slice(0, MAX_REASON).replace(/[\ud800-\udbff]$/, '')}…` : text;

/**
 * Tells whether Envoy accepts a pattern in a route, and why not. Egress semantics §4. Never throws; remembers its answers.
 * @param pattern a path or header regular expression; lone surrogates count as U+FFFD, as they do on their way to Envoy
 */
export function inspectRegex(pattern: string): RegexInspection {
  return entryOf(pattern).inspection;
}

/** The elementary steps that it takes to inspect a pattern; 20 million at most, which is about a second. */
export function inspectionSteps(pattern: string): number {
  return entryOf(pattern).steps;
}

/**
 * Gives the full match of a pattern (`RE2::FullMatch` on the UTF-8 of the text), which takes time linear in the text.
 * Egress semantics §3.3. `\C` and everything else that Envoy accepts is computed exactly.
 * @returns null when Envoy does not accept the pattern, so that there is nothing to match
 */
export function fullMatcher(pattern: string): ((text: string) => boolean) | null {
  return inspectRegex(pattern).accepted ? matcherOfAnySize(pattern) : null;
}

/**
 * Gives the full match of a pattern that RE2 parses, however large its program is.
 * @returns null when RE2 does not parse it, or it is too complex to compile
 */
export function matcherOfAnySize(pattern: string): ((text: string) => boolean) | null {
  const entry = entryOf(pattern);
  if (entry.compiled === undefined) return null;
  return (entry.matcher ??= matcherOf(entry.compiled));
}

/**
 * Gives the automaton of a pattern, for questions about all texts. The size of its program is not limited.
 * @param maxStates see Automaton
 * @returns null when RE2 does not parse the pattern, or it is too complex to compile
 */
export function automatonOf(pattern: string, maxStates: number): Automaton | null {
  const { compiled } = entryOf(pattern);
  return compiled === undefined ? null : new Automaton(compiled, maxStates);
}

export type { Automaton, State as AutomatonState } from './re2/automaton.js';
