/** The tree of a parsed regular expression. Nodes never change once they are in a tree. */
import { contains, countOf, sameSet } from './code-point-set.js';
import type { CodePointSet } from './code-point-set.js';

/** The switches of `(?imsU)` as bits. They are part of a node where RE2 compares nodes by them. */
export const Flag = { ignoreCase: 1, multiLine: 2, dotAll: 4, nonGreedy: 8 } as const;

/** Conditions on a position. `$` and `\z` mean the same, but RE2 never takes one for the other. */
export type Assertion = '^' | '$' | '\\z' | 'line-start' | 'line-end' | '\\b' | '\\B';

export type LoopKind = 'star' | 'plus' | 'quest';

/** The empty string. */
export interface EmptyNode {
  readonly kind: 'empty';
}
/** One code point. */
export interface LiteralNode {
  readonly kind: 'literal';
  readonly point: number;
  readonly ignoreCase: boolean;
}
/** Two or more code points. */
export interface TextNode {
  readonly kind: 'text';
  readonly points: readonly number[];
  readonly ignoreCase: boolean;
}
export interface ClassNode {
  readonly kind: 'class';
  readonly set: CodePointSet;
}
/** `.` with the switch `s`. */
export interface AnyNode {
  readonly kind: 'any';
}
/** `\C`. */
export interface ByteNode {
  readonly kind: 'byte';
}
export interface AssertionNode {
  readonly kind: 'assertion';
  readonly what: Assertion;
}
export interface SequenceNode {
  readonly kind: 'sequence';
  readonly subs: readonly Node[];
}
export interface ChoiceNode {
  readonly kind: 'choice';
  readonly subs: readonly Node[];
}
export interface LoopNode {
  readonly kind: LoopKind;
  readonly sub: Node;
  readonly flags: number;
}
/** `{min,max}`; max is Infinity for `{min,}`. */
export interface RepeatNode {
  readonly kind: 'repeat';
  readonly sub: Node;
  readonly min: number;
  readonly max: number;
  readonly flags: number;
}
export interface GroupNode {
  readonly kind: 'group';
  readonly sub: Node;
}

export type Node =
  | EmptyNode
  | LiteralNode
  | TextNode
  | ClassNode
  | AnyNode
  | ByteNode
  | AssertionNode
  | SequenceNode
  | ChoiceNode
  | LoopNode
  | RepeatNode
  | GroupNode;

export const EMPTY: EmptyNode = { kind: 'empty' };
export const ANY: AnyNode = { kind: 'any' };
export const BYTE: ByteNode = { kind: 'byte' };

/** A node has at most this many children in RE2; longer lists become a list of lists. */
const MAX_CHILDREN = 0xffff;

export function isLoop(node: Node): node is LoopNode {
  return node.kind === 'star' || node.kind === 'plus' || node.kind === 'quest';
}

/** Does the node match exactly one code point (or byte), whichever of a set it is? */
export function isSingle(node: Node): node is LiteralNode | ClassNode | AnyNode | ByteNode {
  return node.kind === 'literal' || node.kind === 'class' || node.kind === 'any' || node.kind === 'byte';
}

/** The direct children of a node, left to right. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.subs;
    case 'star':
    case 'plus':
    case 'quest':
    case 'repeat':
    case 'group':
      return [node.sub];
    default:
      return [];
  }
}

/** The node for a run of code points: empty, one literal, or a text. */
export function textOf(points: readonly number[], ignoreCase: boolean): Node {
  if (points.length === 0) return EMPTY;
  if (points.length === 1) return { kind: 'literal', point: points[0] as number, ignoreCase };
  return { kind: 'text', points, ignoreCase };
}

/**
 * The node for a class as written. A class of one member is that literal, and one of a capital and its small letter is
 * the letter without case: RE2 does so while parsing, which decides what it can join to a text later.
 */
export function classOf(set: CodePointSet, ignoreCase: boolean): Node {
  const first = set[0]?.lo as number;
  const count = countOf(set);
  if (count === 1) return { kind: 'literal', point: first, ignoreCase };
  if (count === 2 && first >= 0x41 && first <= 0x5a && contains(set, first + 0x20)) {
    return { kind: 'literal', point: first + 0x20, ignoreCase: true };
  }
  return { kind: 'class', set };
}

function listOf(kind: 'sequence' | 'choice', subs: readonly Node[]): Node {
  if (subs.length === 1) return subs[0] as Node;
  if (subs.length <= MAX_CHILDREN) return { kind, subs };
  const parts: Node[] = [];
  for (let i = 0; i < subs.length; i += MAX_CHILDREN) parts.push(listOf(kind, subs.slice(i, i + MAX_CHILDREN)));
  return { kind, subs: parts };
}

/** One after the other. A single child stays alone. */
export function sequenceOf(subs: readonly Node[]): Node {
  return subs.length === 0 ? EMPTY : listOf('sequence', subs);
}

/** One or another, tried from the left. A single child stays alone. */
export function choiceOf(subs: readonly Node[]): Node {
  return listOf('choice', subs);
}

/** `x*`, `x+` or `x?`. A loop around a loop with the same switches is one loop. */
export function loopOf(kind: LoopKind, sub: Node, flags: number): Node {
  if (isLoop(sub) && sub.flags === flags) {
    return sub.kind === kind ? sub : { kind: 'star', sub: sub.sub, flags };
  }
  return { kind, sub, flags };
}

/** Are the two nodes alike? Answers for nodes that match one code point, assertions and repeats of these; else false. */
export function sameSimpleNode(a: Node, b: Node): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'literal': {
      const { point, ignoreCase } = b as LiteralNode;
      return a.point === point && a.ignoreCase === ignoreCase;
    }
    case 'class':
      return sameSet(a.set, (b as ClassNode).set);
    case 'any':
    case 'byte':
      return true;
    case 'assertion':
      return a.what === (b as AssertionNode).what;
    case 'repeat': {
      const { sub, min, max, flags } = b as RepeatNode;
      const sameGreed = ((a.flags ^ flags) & Flag.nonGreedy) === 0;
      return sameGreed && a.min === min && a.max === max && sameSimpleNode(a.sub, sub);
    }
    default:
      return false;
  }
}

/**
 * Computes a value for a tree from the leaves up, without recursion, so that depth costs memory and not stack. `combine` is
 * called once a visit with the values of the children. A node that occurs in several places is visited in each of them.
 */
export function foldTree<T>(root: Node, combine: (node: Node, values: readonly T[]) => T): T {
  interface Frame {
    readonly node: Node;
    readonly children: readonly Node[];
    readonly values: T[];
  }
  const frame = (node: Node): Frame => ({ node, children: childrenOf(node), values: [] });
  const stack: Frame[] = [frame(root)];
  for (;;) {
    const top = stack[stack.length - 1] as Frame;
    const next = top.children[top.values.length];
    if (next !== undefined) {
      stack.push(frame(next));
      continue;
    }
    const value = combine(top.node, top.values);
    stack.pop();
    const parent = stack[stack.length - 1];
    if (parent === undefined) return value;
    parent.values.push(value);
  }
}
