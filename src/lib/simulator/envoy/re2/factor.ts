/** Common beginnings of alternatives are taken out: `abc|abd` becomes `ab[cd]`. RE2 does so while it parses. */
import { codePointSet } from './code-point-set.js';
import type { CodePointRange, CodePointSet } from './code-point-set.js';
import { RegexTooComplexError } from './cursor.js';
import { choiceOf, EMPTY, isSingle, sameSimpleNode, sequenceOf, textOf } from './syntax-tree.js';
import type { ClassNode, LiteralNode, Node } from './syntax-tree.js';
import { foldClosure } from './unicode.js';

/** Nesting of common beginnings that is followed; far beyond what fits in a program that Envoy accepts. */
const MAX_NESTING = 1000;

/** The text that a node begins with, if it does. */
interface Beginning {
  readonly points: readonly number[];
  readonly ignoreCase: boolean;
}

/**
 * Rewrites the alternatives of a choice: first common texts are taken out, then common simple nodes, then neighbours
 * that are single characters become one class. What remains behind a common beginning is treated in the same way.
 * @throws RegexTooComplexError
 */
export function factorChoice(alternatives: readonly Node[], nesting = 0): readonly Node[] {
  if (nesting > MAX_NESTING) throw new RegexTooComplexError('common beginnings of alternatives nest too deeply');
  return mergeCharacters(takeOutNodes(takeOutTexts(alternatives, nesting), nesting));
}

/** The common beginning, then a choice of what is left of each alternative. */
function withBeginning(beginning: Node, rests: readonly Node[], nesting: number): Node {
  return sequenceOf([beginning, choiceOf(factorChoice(rests, nesting + 1))]);
}

function takeOutTexts(alternatives: readonly Node[], nesting: number): Node[] {
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const { points, ignoreCase } = beginningOf(alternatives[start] as Node);
    let common = points.length;
    let end = start + 1;
    for (; end < alternatives.length; end++) {
      const other = beginningOf(alternatives[end] as Node);
      if (other.ignoreCase !== ignoreCase) break;
      let same = 0;
      while (same < common && same < other.points.length && points[same] === other.points[same]) same++;
      if (same === 0) break;
      common = same;
    }
    const run = alternatives.slice(start, end);
    if (run.length === 1) result.push(run[0] as Node);
    else {
      const rests = run.map((node) => withoutText(node, common));
      result.push(withBeginning(textOf(points.slice(0, common), ignoreCase), rests, nesting));
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
  return { points: [], ignoreCase: false };
}

/** The node without the first `count` code points of the text that it begins with. */
function withoutText(node: Node, count: number): Node {
  if (node.kind === 'literal') return EMPTY;
  if (node.kind === 'text') return textOf(node.points.slice(count), node.ignoreCase);
  if (node.kind !== 'sequence') return node;
  const rest = withoutText(node.subs[0] as Node, count);
  return sequenceOf(rest.kind === 'empty' ? node.subs.slice(1) : [rest, ...node.subs.slice(1)]);
}

function takeOutNodes(alternatives: readonly Node[], nesting: number): Node[] {
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const first = firstOf(alternatives[start] as Node);
    let end = start + 1;
    if (first !== undefined && maySafelyBeShared(first)) {
      while (end < alternatives.length) {
        const other = firstOf(alternatives[end] as Node);
        if (other === undefined || !sameSimpleNode(first, other)) break;
        end++;
      }
    }
    const run = alternatives.slice(start, end);
    if (first === undefined || run.length === 1) result.push(...run);
    else result.push(withBeginning(first, run.map(withoutFirst), nesting));
    start = end;
  }
  return result;
}

function firstOf(node: Node): Node | undefined {
  const first = node.kind === 'sequence' ? (node.subs[0] as Node) : node;
  return first.kind === 'empty' ? undefined : first;
}

function withoutFirst(node: Node): Node {
  return node.kind === 'sequence' ? sequenceOf(node.subs.slice(1)) : EMPTY;
}

/** Anything with a choice of its own has to stay apart: its paths must not collapse into one. */
function maySafelyBeShared(node: Node): boolean {
  if (node.kind === 'repeat') return node.min === node.max && isSingle(node.sub);
  return node.kind === 'assertion' || node.kind === 'class' || node.kind === 'any' || node.kind === 'byte';
}

const isCharacter = (node: Node | undefined): node is LiteralNode | ClassNode =>
  node?.kind === 'literal' || node?.kind === 'class';

function mergeCharacters(alternatives: readonly Node[]): Node[] {
  const result: Node[] = [];
  for (let start = 0; start < alternatives.length;) {
    const run: (LiteralNode | ClassNode)[] = [];
    for (let node = alternatives[start]; isCharacter(node); node = alternatives[start + run.length]) run.push(node);
    if (run.length < 2) {
      result.push(alternatives[start] as Node);
      start++;
      continue;
    }
    const ranges: CodePointRange[] = [];
    for (const node of run) ranges.push(...membersOf(node));
    result.push({ kind: 'class', set: codePointSet(ranges) });
    start += run.length;
  }
  return result;
}

function membersOf(node: LiteralNode | ClassNode): CodePointSet {
  if (node.kind === 'class') return node.set;
  const one: CodePointSet = [{ lo: node.point, hi: node.point }];
  return node.ignoreCase ? foldClosure(one) : one;
}
