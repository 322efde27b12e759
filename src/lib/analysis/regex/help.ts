/** What to write instead of a regular expression of a route that Envoy refuses. What is said of it is proven by automata. */
import { inspectRegex } from '../../simulator/envoy/re2.js';
import { parseRegex } from '../../simulator/envoy/re2/parse.js';
import { childrenOf, type Node } from '../../simulator/envoy/re2/syntax-tree.js';
import { allowance } from '../../simulator/envoy/re2/work.js';
import type { Condition, Language } from '../request-space/languages.js';
import { requestLanguages } from '../request-space/request-languages.js';
import { compare, compareConditions } from './compare.js';
import { writePattern } from './write.js';

export type RegexHelp =
  /** Matches the same of everything that a request can have there. */
  | { readonly kind: 'equal'; readonly pattern: string }
  /** Matches all that, and more: such as `also`. */
  | { readonly kind: 'wider'; readonly pattern: string; readonly also: string }
  /** Means what the look-ahead means. */
  | { readonly kind: 'without-look-ahead'; readonly pattern: string };

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
  if (!known.has(key)) known.set(key, helpFor(pattern, of));
  return known.get(key);
}

function helpFor(pattern: string, of: 'path' | 'header'): RegexHelp | undefined {
  const { refusal } = inspectRegex(pattern);
  const language = of === 'path' ? requestLanguages.path : requestLanguages.header('x');
  if (refusal === 'syntax' && of === 'path') return withoutLookAhead(pattern, language);
  if (refusal !== 'program-size') return undefined;
  let tree: Node;
  try {
    tree = parseRegex(pattern, allowance());
  } catch {
    return undefined;
  }
  const alphabet = of === 'path' ? PATH_ALPHABET : undefined;
  const same = writePattern(tree, { alphabet });
  if (fits(same)) {
    const told = compare(pattern, same, language);
    if (told && told.onlyFirst === undefined && told.onlySecond === undefined) return { kind: 'equal', pattern: same };
  }
  // without their upper bounds, the largest first
  const loosened = new Set<Node>();
  for (const repeat of repeatsOf(tree).sort((one, other) => costOf(other) - costOf(one))) {
    loosened.add(repeat);
    const wider = writePattern(tree, { alphabet, loosened });
    if (!fits(wider)) continue;
    const told = compare(pattern, wider, language);
    if (!told || told.onlyFirst !== undefined) return undefined;
    if (told.onlySecond === undefined) return { kind: 'equal', pattern: wider };
    return { kind: 'wider', pattern: wider, also: told.onlySecond };
  }
  return undefined;
}

const fits = (pattern: string): boolean => pattern !== '' && inspectRegex(pattern).accepted;

function repeatsOf(node: Node): Node[] {
  return [...(node.kind === 'repeat' ? [node] : []), ...childrenOf(node).flatMap(repeatsOf)];
}

function costOf(node: Node): number {
  return node.kind === 'repeat' ? (node.max === Infinity ? node.min : node.max) : 0;
}

/** `/v1/(?!admin|root).*`: what is behind it, but not with these beginnings. Other look-arounds have no simple form. */
const LOOK_AHEAD = /^([\w/~-]*)\(\?!([\w/~-]+(?:\|[\w/~-]+)*)\)\.\*$/;

function withoutLookAhead(pattern: string, language: Language): RegexHelp | undefined {
  const [, before = '', words] = LOOK_AHEAD.exec(pattern.replace(/^\^|\$$/g, '')) ?? [];
  if (words === undefined) return undefined;
  const written = `${before}${notBeginningWith(words.split('|'))}`;
  if (!fits(written)) return undefined;
  const meant: Condition[] = [{ pattern: `${before}.*` }, { pattern: `${before}(?:${words}).*`, negated: true }];
  const told = compareConditions([{ pattern: written }], meant, language);
  const isSame = told !== undefined && told.onlyFirst === undefined && told.onlySecond === undefined;
  return isSame ? { kind: 'without-look-ahead', pattern: written } : undefined;
}

/** Every text of a path that begins with none of the words: the end, another letter, or the same letter and then again so. */
function notBeginningWith(words: readonly string[]): string {
  if (words.includes('')) return '[^\\x{0}-\\x{10ffff}]';
  const byLetter = new Map<string, string[]>();
  for (const word of words) byLetter.set(word[0]!, [...(byLetter.get(word[0]!) ?? []), word.slice(1)]);
  const others = writePattern(
    {
      kind: 'class',
      set: PATH_ALPHABET.flatMap(({ lo, hi }) =>
        Array.from({ length: hi - lo + 1 }, (_, index) => lo + index)
          .filter((point) => !byLetter.has(String.fromCodePoint(point)))
          .map((point) => ({ lo: point, hi: point })),
      ),
    },
    { alphabet: PATH_ALPHABET },
  );
  const deeper = [...byLetter]
    .filter(([, rests]) => !rests.includes(''))
    .map(([letter, rests]) => `${letter}${notBeginningWith(rests)}`);
  return `(?:${[`${others}[!-~]*`, ...deeper].join('|')})?`;
}
