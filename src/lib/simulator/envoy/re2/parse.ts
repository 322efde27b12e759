/** The parser: a pattern in RE2's syntax with the switches that Envoy uses (Perl classes and groups, `^` and `$` at the ends of the text). */
import { atEnd, codePointsOf, fail, looksAt, peek, RegexSyntaxError, take, takePoint, textBetween } from './cursor.js';
import type { Cursor } from './cursor.js';
import { codePointSet, complement, contains } from './code-point-set.js';
import type { CodePointSet } from './code-point-set.js';
import { factorChoice } from './factor.js';
import { takeBracketClass } from './parse-class.js';
import { resolveClass, takeEscape, takePerlClass, takeUnicodeGroup } from './parse-escape.js';
import { ANY, BYTE, choiceOf, classOf, Flag, foldTree, loopOf, sequenceOf } from './syntax-tree.js';
import type { Assertion, LiteralNode, LoopKind, Node, TextNode } from './syntax-tree.js';
import { foldOrbit, unicodeGroup } from './unicode.js';
import { spend } from './work.js';
import type { Work } from './work.js';

/** RE2 repeats nothing more often than this, nested repetitions multiplied. */
const MAX_REPEAT = 1000;

const NOT_NEWLINE: CodePointSet = complement([{ lo: 10, hi: 10 }]);
const LOOPS: Readonly<Record<string, LoopKind>> = { '*': 'star', '+': 'plus', '?': 'quest' };

/** What is known between a `(` and its `)`, or of the whole pattern. */
interface Level {
  /** Finished alternatives, and the pieces of the one being read. */
  readonly alternatives: Node[];
  pieces: Node[];
}

interface Group extends Level {
  readonly captures: boolean;
  /** The switches to go back to at the `)`. */
  readonly outerFlags: number;
}

interface Parser extends Cursor {
  readonly levels: [Level, ...Group[]];
  flags: number;
  /** Where the repetition operator just read begins; undefined after anything else. */
  operatorAt?: number | undefined;
}

/**
 * Parses a pattern.
 * @param pattern any string; lone surrogates count as U+FFFD
 * @throws RegexSyntaxError with RE2's wording when RE2 does not parse it
 * @throws RegexTooComplexError
 */
export function parseRegex(pattern: string, work: Work): Node {
  const bottom: Level = { alternatives: [], pieces: [] };
  const points = codePointsOf(pattern);
  const parser: Parser = { points, work, at: 0, levels: [bottom], flags: 0 };
  while (!atEnd(parser)) {
    const previousOperator = parser.operatorAt;
    parser.operatorAt = undefined;
    takeToken(parser, previousOperator);
  }
  if (parser.levels.length > 1) throw new RegexSyntaxError(`missing ): ${wholePattern(parser)}`);
  return finishLevel(bottom, work);
}

const wholePattern = ({ points }: Parser): string => textBetween(points, 0, points.length);

function takeToken(parser: Parser, previousOperator: number | undefined): void {
  const char = peek(parser);
  switch (char) {
    case '(':
      return peek(parser, 1) === '?' ? takeSpecialGroup(parser) : openGroup(parser, 1, true, parser.flags);
    case ')':
      return closeGroup(parser);
    case '|':
      parser.at++;
      return finishAlternative(topLevel(parser), parser.work);
    case '*':
    case '+':
    case '?':
      return takeLoop(parser, LOOPS[char] as LoopKind, previousOperator);
    case '{':
      return takeRepeat(parser, previousOperator);
    case '^':
      parser.at++;
      return pushAssertion(parser, parser.flags & Flag.multiLine ? 'line-start' : '^');
    case '$':
      parser.at++;
      return pushAssertion(parser, parser.flags & Flag.multiLine ? 'line-end' : '$');
    case '.':
      parser.at++;
      return pushPiece(parser, parser.flags & Flag.dotAll ? ANY : { kind: 'class', set: NOT_NEWLINE });
    case '[':
      return pushClass(parser, takeBracketClass(parser, ignoresCase(parser)));
    case '\\':
      return takeBackslash(parser);
    default:
      return pushLiteral(parser, takePoint(parser));
  }
}

const topLevel = (parser: Parser): Level => parser.levels[parser.levels.length - 1] as Level;
const ignoresCase = (parser: Parser): boolean => (parser.flags & Flag.ignoreCase) !== 0;

/** Joins the two last pieces when both are text. Done late, because an operator binds to the last character alone. */
function joinText(pieces: Node[]): void {
  const last = pieces[pieces.length - 1];
  const before = pieces[pieces.length - 2];
  if (last?.kind !== 'literal' && last?.kind !== 'text') return;
  if ((before?.kind !== 'literal' && before?.kind !== 'text') || before.ignoreCase !== last.ignoreCase) return;
  const joined: TextNode & { points: number[] } = {
    kind: 'text',
    points: before.kind === 'text' ? (before.points as number[]) : [before.point],
    ignoreCase: before.ignoreCase,
  };
  for (const point of pointsOf(last)) joined.points.push(point);
  pieces.splice(-2);
  pieces.push(joined);
}

const pointsOf = (node: LiteralNode | TextNode): readonly number[] =>
  node.kind === 'text' ? node.points : [node.point];

function pushPiece(parser: Parser, node: Node): void {
  const { pieces } = topLevel(parser);
  joinText(pieces);
  pieces.push(node);
}

function pushAssertion(parser: Parser, what: Assertion): void {
  pushPiece(parser, { kind: 'assertion', what });
}

function pushClass(parser: Parser, set: CodePointSet): void {
  pushPiece(parser, classOf(set, ignoresCase(parser)));
}

function pushLiteral(parser: Parser, point: number): void {
  const orbit = ignoresCase(parser) ? foldOrbit(point) : undefined;
  if (orbit !== undefined) return pushClass(parser, codePointSet(orbit.map((lo) => ({ lo, hi: lo }))));
  pushPiece(parser, { kind: 'literal', point, ignoreCase: ignoresCase(parser) });
}

function takeBackslash(parser: Parser): void {
  const next = peek(parser, 1);
  const plain = (push: () => void): void => {
    parser.at += 2;
    push();
  };
  switch (next) {
    case 'b':
    case 'B':
      return plain(() => pushAssertion(parser, `\\${next}`));
    case 'A':
      return plain(() => pushAssertion(parser, '^'));
    case 'z':
      return plain(() => pushAssertion(parser, '\\z'));
    case 'C':
      return plain(() => pushPiece(parser, BYTE));
    case 'Q':
      return plain(() => {
        while (!atEnd(parser) && !take(parser, '\\E')) pushLiteral(parser, takePoint(parser));
      });
    case 'p':
    case 'P':
      return pushClass(parser, resolveClass(takeUnicodeGroup(parser), ignoresCase(parser), parser.work));
    default: {
      const named = takePerlClass(parser);
      if (named !== undefined) return pushClass(parser, resolveClass(named, ignoresCase(parser), parser.work));
      return pushLiteral(parser, takeEscape(parser));
    }
  }
}

function openGroup(parser: Parser, length: number, captures: boolean, innerFlags: number): void {
  parser.levels.push({ alternatives: [], pieces: [], captures, outerFlags: parser.flags });
  parser.flags = innerFlags;
  parser.at += length;
}

function closeGroup(parser: Parser): void {
  if (parser.levels.length === 1) throw new RegexSyntaxError(`unexpected ): ${wholePattern(parser)}`);
  parser.at++;
  const level = parser.levels.pop() as Group;
  const sub = finishLevel(level, parser.work);
  parser.flags = level.outerFlags;
  pushPiece(parser, level.captures ? { kind: 'group', sub } : sub);
}

/** Takes `(?:`, `(?i)`, `(?i-s:`, `(?P<name>` or `(?<name>`; everything else after `(?` is refused. */
function takeSpecialGroup(parser: Parser): void {
  const start = parser.at;
  for (const opening of ['(?P<', '(?<']) {
    if (looksAt(parser, opening) && peek(parser, opening.length) !== '') {
      return takeNamedGroup(parser, start, opening.length);
    }
  }
  parser.at += 2;
  const bad = (): never => fail(parser, 'invalid perl operator', start);
  let flags = parser.flags;
  let negated = false;
  let pending: boolean | undefined;
  while (!atEnd(parser)) {
    const char = String.fromCodePoint(takePoint(parser));
    const end = char === ':' || char === ')';
    if (end && negated && !pending) return bad();
    if (char === ':') return openGroup(parser, 0, false, flags);
    if (char === ')') {
      parser.flags = flags;
      return;
    }
    if (char === '-' && !negated) {
      negated = true;
      pending = false;
      continue;
    }
    const flag = { i: Flag.ignoreCase, m: Flag.multiLine, s: Flag.dotAll, U: Flag.nonGreedy }[char];
    if (flag === undefined) return bad();
    flags = negated ? flags & ~flag : flags | flag;
    pending = true;
  }
  return bad();
}

/** Names may be used twice; RE2 refuses only names with characters other than letters, marks, digits and `_`-like ones. */
function takeNamedGroup(parser: Parser, start: number, openingLength: number): void {
  const close = parser.points.indexOf(0x3e, start + openingLength);
  const end = close === -1 ? parser.points.length : close + 1;
  const name = close === -1 ? [] : parser.points.slice(start + openingLength, close);
  if (name.length === 0 || !name.every(isNamePoint)) fail(parser, 'invalid named capture group', start, end);
  openGroup(parser, end - start, true, parser.flags);
}

function isNamePoint(point: number): boolean {
  const categories = ['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Nl', 'Mn', 'Mc', 'Nd', 'Pc'];
  return categories.some((name) => contains(unicodeGroup(name) as CodePointSet, point));
}

/** Reads the `?` that makes an operator non-greedy, and checks that there is one operator and something it applies to. */
function finishOperator(
  parser: Parser,
  start: number,
  previousOperator: number | undefined,
  check?: () => void,
): number {
  const lazy = take(parser, '?');
  if (previousOperator !== undefined) fail(parser, 'bad repetition operator', previousOperator);
  check?.();
  if (topLevel(parser).pieces.length === 0) fail(parser, 'no argument for repetition operator', start);
  parser.operatorAt = start;
  return lazy ? parser.flags ^ Flag.nonGreedy : parser.flags;
}

function takeLoop(parser: Parser, kind: LoopKind, previousOperator: number | undefined): void {
  const start = parser.at;
  parser.at++;
  const flags = finishOperator(parser, start, previousOperator);
  const { pieces } = topLevel(parser);
  pieces.push(loopOf(kind, pieces.pop() as Node, flags));
}

/** Takes `{2}`, `{2,}` or `{2,5}`; a brace with anything else in it is an ordinary character. */
function takeRepeat(parser: Parser, previousOperator: number | undefined): void {
  const start = parser.at;
  const bounds = takeBounds(parser);
  if (bounds === undefined) {
    parser.at = start + 1;
    return pushLiteral(parser, 0x7b);
  }
  const { min, max } = bounds;
  const badSize = (): never => fail(parser, 'invalid repetition size', start);
  const flags = finishOperator(parser, start, previousOperator, () => {
    if (max < min || countOf(bounds) > MAX_REPEAT) badSize();
  });
  const { pieces } = topLevel(parser);
  const node: Node = { kind: 'repeat', sub: pieces.pop() as Node, min, max, flags };
  pieces.push(node);
  if (countOf(bounds) >= 2 && copiesOf(node) > MAX_REPEAT) badSize();
}

/** How many copies a repeat asks for, as RE2 counts them. */
const countOf = ({ min, max }: { readonly min: number; readonly max: number }): number =>
  max === Infinity ? min : max;

function takeBounds(parser: Parser): { min: number; max: number } | undefined {
  parser.at++;
  const min = takeCount(parser);
  if (min === undefined) return undefined;
  if (!take(parser, ',')) return take(parser, '}') ? { min, max: min } : undefined;
  if (take(parser, '}')) return { min, max: Infinity };
  const max = takeCount(parser);
  return max !== undefined && take(parser, '}') ? { min, max } : undefined;
}

/** A number without leading zeros and below a billion. */
function takeCount(parser: Parser): number | undefined {
  let digits = '';
  while (peek(parser) >= '0' && peek(parser) <= '9') {
    digits += peek(parser);
    parser.at++;
  }
  return /^(0|[1-9][0-9]{0,8})$/u.test(digits) ? Number(digits) : undefined;
}

/** How many copies of its innermost part a node asks for, at most, by its nested repeats. */
function copiesOf(root: Node): number {
  return foldTree<number>(root, (node, values) => {
    const inner = values.reduce((most, value) => Math.max(most, value), 1);
    if (node.kind !== 'repeat') return inner;
    return inner * Math.max(1, countOf(node));
  });
}

/** Ends the alternative that is being read. `.` with the switch `s` swallows a neighbour that is one character. */
function finishAlternative(level: Level, work: Work): void {
  joinText(level.pieces);
  const node = collapse('sequence', level.pieces, work);
  level.pieces = [];
  const previous = level.alternatives[level.alternatives.length - 1];
  const oneCharacter = (other: Node): boolean => ['literal', 'class', 'any'].includes(other.kind);
  if (previous?.kind === 'any' && oneCharacter(node)) return;
  if (previous !== undefined && node.kind === 'any' && oneCharacter(previous)) level.alternatives.pop();
  level.alternatives.push(node);
}

function finishLevel(level: Level, work: Work): Node {
  finishAlternative(level, work);
  return collapse('choice', level.alternatives, work);
}

/** Puts parts together; parts of the same kind (from groups that do not capture) are taken apart first. */
function collapse(kind: 'sequence' | 'choice', parts: readonly Node[], work: Work): Node {
  if (parts.length === 1) return parts[0] as Node;
  const flat: Node[] = [];
  for (const part of parts) {
    if (part.kind === kind) for (const sub of part.subs) flat.push(sub);
    else flat.push(part);
  }
  spend(work, flat.length);
  return kind === 'sequence' ? sequenceOf(flat) : choiceOf(factorChoice(flat, work));
}
