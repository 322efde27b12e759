/** From the tree to the program, as RE2 does it; the number of instructions depends on every step and on their order. */
import { ALL_CODE_POINTS } from './code-point-set.js';
import { characterOf, utf8Of } from './byte-ranges.js';
import { anyTimes, atMostOnce, captured, concatenate, either, onceOrMore, single } from './fragments.js';
import type { Fragment } from './fragments.js';
import { ANY_BYTE, append, MAX_INSTRUCTIONS, Op, packBytes, ProgramTooLargeError } from './program.js';
import type { Program } from './program.js';
import { expandRepeats, joinRepetitions } from './simplify.js';
import { EMPTY, foldTree, sequenceOf } from './syntax-tree.js';
import type { Assertion, Node } from './syntax-tree.js';
import { spend, type Work } from './work.js';

/** The conditions that an `assert` instruction names by index. The two ends of the text are one and the same here. */
export const ASSERTIONS: readonly Assertion[] = ['^', '$', 'line-start', 'line-end', '\\b', '\\B', '\\z'];

/** By time; the largest program that RE2 takes stays within the allowance. */
const STEPS_OF_AN_INSTRUCTION = 20;

/** Nodes that RE2 visits, shared ones each time they occur, before it says that the program is too large. */
const MAX_VISITS = 2 * MAX_INSTRUCTIONS;

/** A compiled pattern. */
export interface CompiledRegex {
  /** The text that every match begins with (only when the pattern begins with `^`); the program comes after it. */
  readonly prefix: string;
  readonly prefixIgnoresCase: boolean;
  readonly program: Program;
}

/**
 * Compiles a parsed pattern.
 * @throws ProgramTooLargeError when RE2 would run out of its 8 MiB
 * @throws RegexTooComplexError
 */
export function compileRegex(root: Node, work: Work): CompiledRegex {
  const { prefix, prefixIgnoresCase, rest } = splitRequiredPrefix(root);
  const joined = joinRepetitions(rest);
  if (joined === undefined) throw new ProgramTooLargeError('too many nodes');
  const expanded = expandRepeats(joined, work);
  const withoutStart = withoutAnchor(expanded, 'first');
  const tree = withoutAnchor(withoutStart ?? expanded, 'last') ?? withoutStart ?? expanded;
  const program: Program = {
    op: [],
    next: [],
    other: [],
    start: 0,
    searchStart: 0,
    anchoredAtStart: withoutStart !== undefined,
  };
  append(program, Op.fail);
  let counted = 0;
  let visits = 0;
  const body = foldTree<Fragment>(tree, (node, parts) => {
    if (++visits > MAX_VISITS) throw new ProgramTooLargeError('too many visits');
    const fragment = fragmentOf(program, node, parts);
    spend(
      work,
      STEPS_OF_AN_INSTRUCTION * (program.op.length - counted) + (node.kind === 'class' ? node.set.length : 0),
    );
    counted = program.op.length;
    return fragment;
  });
  const all = concatenate(program, body, { start: append(program, Op.match), exits: [] });
  program.start = all.start;
  program.searchStart = program.anchoredAtStart ? all.start : concatenate(program, anyBytes(program), all).start;
  return { prefix, prefixIgnoresCase, program };
}

/** `^text…`: the text is compared apart from the program, which is for the rest alone. */
function splitRequiredPrefix(root: Node): { prefix: string; prefixIgnoresCase: boolean; rest: Node } {
  const none = { prefix: '', prefixIgnoresCase: false, rest: root };
  if (root.kind !== 'sequence') return none;
  const index = root.subs.findIndex((sub) => sub.kind !== 'assertion' || sub.what !== '^');
  const text = root.subs[index];
  if (index < 1 || (text?.kind !== 'literal' && text?.kind !== 'text')) return none;
  const points = text.kind === 'text' ? text.points : [text.point];
  return {
    prefix: points.map(characterFor).join(''),
    prefixIgnoresCase: text.ignoreCase,
    rest: sequenceOf(root.subs.slice(index + 1)),
  };
}

/** An escape can ask for a surrogate, which no text has; two of them must not become a character. */
const characterFor = (point: number): string =>
  point >= 0xd800 && point <= 0xdfff ? '\ud800' : String.fromCodePoint(point);

/** RE2 looks this deep for an anchor. */
const ANCHOR_DEPTH = 4;

/** The tree without the anchor that it begins or ends with; undefined when RE2 does not see one there. */
function withoutAnchor(node: Node, side: 'first' | 'last', depth = 0): Node | undefined {
  if (depth >= ANCHOR_DEPTH) return undefined;
  switch (node.kind) {
    case 'assertion':
      return (side === 'first' ? node.what === '^' : node.what === '$' || node.what === '\\z') ? EMPTY : undefined;
    case 'group': {
      const sub = withoutAnchor(node.sub, side, depth + 1);
      return sub && { kind: 'group', sub };
    }
    case 'sequence': {
      const index = side === 'first' ? 0 : node.subs.length - 1;
      const old = node.subs[index];
      const sub = old && withoutAnchor(old, side, depth + 1);
      return sub && sequenceOf(node.subs.map((other, i) => (i === index ? sub : other)));
    }
    default:
      return undefined;
  }
}

/** `\C*?`, which lets a search begin anywhere. */
function anyBytes(program: Program): Fragment {
  return anyTimes(program, single(program, Op.bytes, ANY_BYTE));
}

function fragmentOf(program: Program, node: Node, parts: readonly Fragment[]): Fragment {
  const first = parts[0] as Fragment;
  switch (node.kind) {
    case 'empty':
      return single(program, Op.nothing);
    case 'literal':
      return textFragment(program, [node.point], node.ignoreCase);
    case 'text':
      return textFragment(program, node.points, node.ignoreCase);
    case 'class':
      return characterOf(program, node.set);
    case 'any':
      return characterOf(program, ALL_CODE_POINTS);
    case 'byte':
      return single(program, Op.bytes, ANY_BYTE);
    case 'assertion':
      return single(program, Op.assert, ASSERTIONS.indexOf(node.what));
    case 'sequence':
      return parts.reduce((a, b) => concatenate(program, a, b));
    case 'choice':
      return parts.reduce((a, b) => either(program, a, b));
    case 'star':
      return anyTimes(program, first);
    case 'plus':
      return onceOrMore(program, first);
    case 'quest':
      return atMostOnce(program, first);
    default:
      // a group: repeats are spelled out
      return captured(program, first);
  }
}

function textFragment(program: Program, points: readonly number[], ignoreCase: boolean): Fragment {
  let text: Fragment | undefined;
  for (const point of points) {
    for (const byte of utf8Of(point)) {
      const next = single(program, Op.bytes, packBytes(byte, byte, ignoreCase));
      text = text === undefined ? next : concatenate(program, text, next);
    }
  }
  return text as Fragment;
}
