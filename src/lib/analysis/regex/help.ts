/** What to write instead of a regular expression of a route that Envoy refuses. What is said of it is proven by automata. */
import { inspectRegex } from '../../simulator/envoy/re2.js';
import { codePointSet, complement } from '../../simulator/envoy/re2/code-point-set.js';
import { parseRegex } from '../../simulator/envoy/re2/parse.js';
import { childrenOf, type Node } from '../../simulator/envoy/re2/syntax-tree.js';
import { allowance } from '../../simulator/envoy/re2/work.js';
import type { Condition } from '../request-space/languages.js';
import { requestLanguages } from '../request-space/request-languages.js';
import { compare, compareConditions, isSame } from './compare.js';
import { matchesNoPath, matchesWithSlash, withSlash } from './no-path.js';
import { writePattern, type Writing } from './write.js';

export type RegexHelp =
  /** Matches the same of everything that a request can have there; of paths, of those in ASCII. */
  | { readonly kind: 'equal'; readonly pattern: string }
  /** Matches all that, and more: such as `also`. */
  | { readonly kind: 'wider'; readonly pattern: string; readonly also: string }
  /** Means what the look-ahead means. */
  | { readonly kind: 'without-look-ahead'; readonly pattern: string }
  /** Nothing matches it, because a path begins with a slash; and what is known of it with one. */
  | { readonly kind: 'no-slash'; readonly then: RegexHelp | undefined }
  /** What other engines have and RE2 has not. */
  | { readonly kind: 'foreign'; readonly what: Foreign };

/** What a path is made of: printable, less `?` and `#`. */
const PATH_ALPHABET = [
  { lo: 0x21, hi: 0x22 },
  { lo: 0x24, hi: 0x3e },
  { lo: 0x40, hi: 0x7e },
];

const known = new Map<string, RegexHelp | undefined>();

/** @param of what is matched: paths have an alphabet of their own. @returns undefined where nothing is known that fits */
export function regexHelp(pattern: string, of: 'path' | 'header'): RegexHelp | undefined {
  const key = `${of} ${pattern}`;
  if (!known.has(key)) known.set(key, findHelp(pattern, of));
  return known.get(key);
}

/** Finds it out, whatever is remembered. */
export function findHelp(pattern: string, of: 'path' | 'header'): RegexHelp | undefined {
  const { refusal, size } = inspectRegex(pattern);
  if (refusal === 'syntax') return (of === 'path' ? withoutLookAhead(pattern) : undefined) ?? foreign(pattern);
  // what RE2 cannot compile has no automaton
  if (refusal !== 'program-size' || size === null) return undefined;
  if (of === 'path' && matchesNoPath(pattern))
    return matchesWithSlash(pattern) ? { kind: 'no-slash', then: findHelp(withSlash(pattern), of) } : undefined;
  const language = of === 'path' ? requestLanguages.path : requestLanguages.header('x');
  const alphabet = of === 'path' ? PATH_ALPHABET : undefined;
  const tree = parseRegex(pattern, allowance());
  const same = writePattern(tree, { alphabet });
  if (fits(same) && isSame(compare(pattern, same, language))) return { kind: 'equal', pattern: same };
  const wider = loosen(tree, alphabet);
  if (wider === undefined) return undefined;
  const told = compare(pattern, wider, language);
  if (!told || told.onlyFirst !== undefined) return undefined;
  return told.onlySecond === undefined
    ? { kind: 'equal', pattern: wider }
    : { kind: 'wider', pattern: wider, also: told.onlySecond };
}

/** What fits and matches the least more: without the upper bounds of as few loops as will do, the largest first, and with the highest lower bounds. */
function loosen(tree: Node, alphabet: Writing['alphabet']): string | undefined {
  const loops = repeatsOf(tree).sort((one, other) => costOf(other) - costOf(one));
  const write = (loosened: ReadonlyMap<Node, number>) => writePattern(tree, { alphabet, loosened });
  const lowest = (count: number) => new Map(loops.slice(0, count).map((loop) => [loop, Math.min(loop.min, 1)]));
  if (!fits(write(lowest(loops.length)))) return undefined;
  let count = 1;
  while (!fits(write(lowest(count)))) count++;
  const loosened = lowest(count);
  for (const [loop, least] of [...loosened].reverse()) {
    let [low, high] = [least, loop.min];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(write(loosened.set(loop, middle)))) low = middle;
      else high = middle - 1;
    }
    loosened.set(loop, low);
  }
  return write(loosened);
}

const fits = (pattern: string): boolean => inspectRegex(pattern).accepted;

type Repeat = Extract<Node, { kind: 'repeat' }>;

function repeatsOf(node: Node): Repeat[] {
  return [...(node.kind === 'repeat' ? [node] : []), ...childrenOf(node).flatMap(repeatsOf)];
}

function costOf({ min, max }: Repeat): number {
  return max === Infinity ? min : max;
}

/** `/v1/(?!admin|root).*`: what is behind it, but not with these beginnings; `(?=v1/|v2/)`: with one of these. Other look-arounds have no simple form. */
const LOOK_AHEAD = /^\^?([\w/~-]*)\(\?([!=])([\w/~-]+(?:\|[\w/~-]+)*)\)(\.[*+])\$?$/;

function withoutLookAhead(pattern: string): RegexHelp | undefined {
  const found = LOOK_AHEAD.exec(pattern);
  if (!found) return undefined;
  const [before, sort, words, rest] = found.slice(1) as [string, string, string, string];
  const isNot = sort === '!';
  const written = isNot ? notBeginningWith(words.split('|'), rest === '.*') : `(?:${words})[!-~]*`;
  const all = `${before}${written}`;
  if (!fits(all)) return undefined;
  const beginning = `${before}(?:${words}).*`;
  const meant: Condition[] = [{ pattern: `${before}${rest}` }, { pattern: beginning, ...(isNot && { negated: true }) }];
  if (!isSame(compareConditions([{ pattern: all }], meant, requestLanguages.path))) return undefined;
  if (matchesNoPath(all)) return { kind: 'no-slash', then: withoutLookAhead(`/${before}(?${sort}${words})${rest}`) };
  return { kind: 'without-look-ahead', pattern: all };
}

export type Foreign = keyof typeof FOREIGN;

/** How one writes what RE2 does not know, the first that is found. */
const FOREIGN = {
  'look-ahead': /\(\?[=!]/,
  'look-behind': /\(\?<[=!]/,
  'atomic group': /\(\?>/,
  'back-reference': /\\[1-9]|\\k[<{']|\(\?P=/,
  'possessive loop': /[*+?}]\+/,
  '\\Z': /\\Z/,
  comment: /\(\?#/,
} as const;

function foreign(pattern: string): RegexHelp | undefined {
  // what is escaped, and what is in a class, means itself
  const bare = pattern.replace(/\\[^1-9kZ]|\[\^?\]?(?:\\.|[^\]\\])*\]/gs, '');
  const found = (Object.keys(FOREIGN) as Foreign[]).find((what) => FOREIGN[what].test(bare));
  return found && { kind: 'foreign', what: found };
}

/** Every text of a path that begins with none of the words: the end, another letter, or the same letter and then again so. */
function notBeginningWith(words: readonly string[], mayEnd = true): string {
  const byLetter = new Map<string, string[]>();
  for (const word of words) byLetter.set(word[0]!, [...(byLetter.get(word[0]!) ?? []), word.slice(1)]);
  const taken = [...byLetter.keys()].map((letter) => ({ lo: letter.charCodeAt(0), hi: letter.charCodeAt(0) }));
  const others = writePattern({ kind: 'class', set: complement(codePointSet(taken)) }, { alphabet: PATH_ALPHABET });
  const deeper = [...byLetter]
    .filter(([, rests]) => !rests.includes(''))
    .map(([letter, rests]) => `${letter}${notBeginningWith(rests)}`);
  return `(?:${[`${others}[!-~]*`, ...deeper].join('|')})${mayEnd ? '?' : ''}`;
}
