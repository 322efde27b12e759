/** Common beginnings of alternatives are taken out: `abc|abd` becomes `ab[cd]`. RE2 does so while it parses. */
import { codePointSet, contains } from './code-point-set.js';
import type { CodePointRange, CodePointSet } from './code-point-set.js';
import { childrenOf, choiceOf, EMPTY, isSingle, sameSimpleNode, sequenceOf, textOf } from './syntax-tree.js';
import type { ClassNode, LiteralNode, Node } from './syntax-tree.js';
import { foldOrbit } from './unicode.js';
import { RegexTooComplexError, spend } from './work.js';
import type { Work } from './work.js';

/** Nesting of common beginnings that is followed. Each costs an instruction, so Envoy would refuse what nests deeper. */
const MAX_NESTING = 300;

/** The text that a node begins with, if it does. */
interface Beginning {
  readonly points: readonly number[];
  readonly ignoreCase?: boolean;
}

/**
 * Rewrites the alternatives of a choice: first common texts are taken out, then common simple nodes, then neighbours
 * that are single characters become one class. What remains behind a common beginning is treated in the same way.
 * @throws RegexTooComplexError
 */
export function factorChoice(alternatives: readonly Node[], work: Work, nesting = 0): readonly Node[] {
  if (nesting > MAX_NESTING) throw new RegexTooComplexError('common beginnings of alternatives nest too deeply');
  return mergeCharacters(takeOutNodes(takeOutTexts(alternatives, work, nesting), work, nesting), work);
}

/** The common beginning, then a choice of what is left of each alternative. */
function withBeginning(beginning: Node, rests: readonly Node[], work: Work, nesting: number): Node {
  return sequenceOf([beginning, choiceOf(factorChoice(rests, work, nesting + 1))]);
}

function takeOutTexts(alternatives: readonly Node[], work: Work, nesting: number): Node[] {
  spend(work, alternatives.length);
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const { points, ignoreCase } = beginningOf(alternatives[start] as Node);
    let common = points.length;
    let end = start + 1;
    for (; end < alternatives.length; end++) {
      const other = beginningOf(alternatives[end] as Node);
      if (other.ignoreCase !== ignoreCase) break;
      let same = 0;
      while (same < common && points[same] === other.points[same]) same++;
      if (same === 0) break;
      common = same;
    }
    const run = alternatives.slice(start, end);
    if (run.length === 1) result.push(run[0] as Node);
    else {
      const rests = run.map((node) => withoutText(node, common, work));
      result.push(withBeginning(textOf(points.slice(0, common), ignoreCase as boolean), rests, work, nesting));
    }
    start = end;
  }
  return result;
}

function beginningOf(node: Node): Beginning {
  let first = node;
  while (first.kind === 'sequence') first = first.subs[0] as Node;
  if (first.kind === 'literal') return { points: [first.point], ignoreCase: first.ignoreCase };
  if (first.kind === 'text') return first;
  return { points: [] };
}

/** The node without the first `count` code points of the text that it begins with. */
function withoutText(node: Node, count: number, work: Work): Node {
  spend(work, node.kind === 'text' ? node.points.length : childrenOf(node).length);
  if (node.kind === 'text') return textOf(node.points.slice(count), node.ignoreCase);
  if (node.kind !== 'sequence') return EMPTY;
  const rest = withoutText(node.subs[0] as Node, count, work);
  return sequenceOf(rest.kind === 'empty' ? node.subs.slice(1) : [rest, ...node.subs.slice(1)]);
}

function takeOutNodes(alternatives: readonly Node[], work: Work, nesting: number): Node[] {
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const first = firstOf(alternatives[start] as Node);
    let end = start + 1;
    if (maySafelyBeShared(first)) {
      while (end < alternatives.length && sameSimpleNode(first, firstOf(alternatives[end] as Node))) end++;
    }
    const run = alternatives.slice(start, end);
    if (run.length === 1) result.push(...run);
    else {
      const rests = run.map((node) => withoutFirst(node, work));
      result.push(withBeginning(first, rests, work, nesting));
    }
    start = end;
  }
  return result;
}

const firstOf = (node: Node): Node => (node.kind === 'sequence' ? (node.subs[0] as Node) : node);

function withoutFirst(node: Node, work: Work): Node {
  spend(work, childrenOf(node).length);
  return node.kind === 'sequence' ? sequenceOf(node.subs.slice(1)) : EMPTY;
}

/** Anything with a choice of its own has to stay apart: its paths must not collapse into one. */
function maySafelyBeShared(node: Node): boolean {
  return node.kind !== 'repeat' || (node.min === node.max && isSingle(node.sub));
}

const isCharacter = (node: Node | undefined): node is LiteralNode | ClassNode =>
  node?.kind === 'literal' || node?.kind === 'class';

function mergeCharacters(alternatives: readonly Node[], work: Work): Node[] {
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const run: (LiteralNode | ClassNode)[] = [];
    for (let node = alternatives[start]; isCharacter(node); node = alternatives[start + run.length]) run.push(node);
    if (run.length < 2) result.push(alternatives[start] as Node);
    else result.push({ kind: 'class', set: unionOf(run, work) });
    start += Math.max(1, run.length);
  }
  return result;
}

/**
 * The members of all nodes. RE2 adds a letter without case by going round its forms, the small letter first, until it meets one
 * that is already there. So `[ab]|(?i:b)` does not match `B`: a flaw of the RE2 in Envoy 1.36, corrected in later ones.
 */
function unionOf(nodes: readonly (LiteralNode | ClassNode)[], work: Work): CodePointSet {
  const ranges: CodePointRange[] = [];
  const classes: CodePointSet[] = [];
  const single = new Set<number>();
  const isThere = (point: number): boolean => single.has(point) || classes.some((set) => contains(set, point));
  for (const node of nodes) {
    if (node.kind === 'class') {
      spend(work, node.set.length);
      classes.push(node.set);
      for (const range of node.set) ranges.push(range);
      continue;
    }
    spend(work, classes.length);
    const orbit = (node.ignoreCase && foldOrbit(node.point)) || [node.point];
    for (const form of orbit) {
      if (isThere(form)) break;
      single.add(form);
      ranges.push({ lo: form, hi: form });
    }
  }
  return codePointSet(ranges);
}
