/** What RE2 does to a parsed pattern before it compiles it: joins neighbouring repetitions, then spells out `{n,m}`. */
import { EMPTY, Flag, foldTree, isLoop, isSingle, loopOf, sameSimpleNode, sequenceOf, textOf } from './syntax-tree.js';
import type { LiteralNode, LoopNode, Node, RepeatNode, TextNode } from './syntax-tree.js';
import { spend } from './work.js';
import type { Work } from './work.js';

/** A copy of the node with other children. */
function withChildren(node: Node, children: readonly Node[]): Node {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return { kind: node.kind, subs: children };
    case 'star':
    case 'plus':
    case 'quest':
    case 'repeat':
    case 'group':
      return { ...node, sub: children[0] as Node };
    default:
      return node;
  }
}

/** RE2 gives up on a tree of more nodes. */
const MAX_NODES = 1_000_000;

/** Joins `a*a`, `a+a?`, `[x]{2}[x]{3}` and the like into one repeat, everywhere in the tree; undefined when it is too large. */
export function joinRepetitions(root: Node): Node | undefined {
  let visits = 0;
  const joinedTree = foldTree<Node>(root, (node, children) => {
    if (++visits > MAX_NODES) return node;
    if (node.kind !== 'sequence') return withChildren(node, children);
    const subs = [...children];
    for (let i = 0; i + 1 < subs.length; i++) {
      const pair = joinPair(subs[i] as Node, subs[i + 1] as Node);
      if (pair !== undefined) [subs[i], subs[i + 1]] = pair;
    }
    return { kind: 'sequence', subs };
  });
  return visits > MAX_NODES ? undefined : joinedTree;
}

/** The bounds of a repetition: of a loop, a repeat, or of something that stands there once. */
function boundsOf(node: Node): { min: number; max: number } {
  if (node.kind === 'repeat') return node;
  if (!isLoop(node)) return { min: 1, max: 1 };
  return { min: node.kind === 'plus' ? 1 : 0, max: node.kind === 'quest' ? 1 : Infinity };
}

const isRepetition = (node: Node): node is LoopNode | RepeatNode => isLoop(node) || node.kind === 'repeat';

/** The two nodes that take the place of a repetition and its right neighbour; undefined when they stay as they are. */
function joinPair(left: Node, right: Node): [Node, Node] | undefined {
  if (!isRepetition(left) || !isSingle(left.sub)) return undefined;
  const more = ({ min, max }: { min: number; max: number }): Node => {
    const own = boundsOf(left);
    return { kind: 'repeat', sub: left.sub, flags: left.flags, min: own.min + min, max: own.max + max };
  };
  const sameGreed = isRepetition(right) && ((left.flags ^ right.flags) & Flag.nonGreedy) === 0;
  if ((sameGreed && sameSimpleNode(left.sub, right.sub)) || sameSimpleNode(left.sub, right)) {
    return [EMPTY, more(boundsOf(right))];
  }
  if (right.kind !== 'text') return undefined;
  const count = countAtStart(right, left.sub);
  const joined = more({ min: count, max: count });
  return count === right.points.length
    ? [EMPTY, joined]
    : [joined, textOf(right.points.slice(count), right.ignoreCase)];
}

/** How many times the text begins with that literal. */
function countAtStart(text: TextNode, node: Node): number {
  const { point, ignoreCase } = node as LiteralNode;
  let count = 0;
  while (ignoreCase === text.ignoreCase && text.points[count] === point) count++;
  return count;
}

/**
 * Spells out repeats by loops and copies. Copies share their nodes.
 * @throws RegexTooComplexError
 */
export function expandRepeats(root: Node, work: Work): Node {
  return foldTree<Node>(root, (node, children) => {
    const sub = children[0] as Node;
    switch (node.kind) {
      case 'repeat':
        return sub.kind === 'empty' ? EMPTY : spellOut(sub, node, work);
      case 'star':
      case 'plus':
      case 'quest':
        if (sub.kind === 'empty') return EMPTY;
        return sub.kind === node.kind && sub.flags === node.flags ? sub : { ...node, sub };
      default:
        return withChildren(node, children);
    }
  });
}

/** Once is as good as many times for something that only looks at the position. */
function isPositional(node: Node): boolean {
  if (node.kind === 'sequence' || node.kind === 'choice') return node.subs.every((sub) => sub.kind === 'assertion');
  return node.kind === 'assertion';
}

function effectiveBounds(sub: Node, { min, max }: RepeatNode): { min: number; max: number } {
  const cap = isPositional(sub) ? 1 : Infinity;
  return { min: Math.min(min, cap), max: max === Infinity ? max : Math.min(max, cap) };
}

/** `x{2,}` is `xx+`; `x{2,5}` is `xx(x(xx?)?)?`, nested so that a miss is noticed at once. */
function spellOut(sub: Node, repeat: RepeatNode, work: Work): Node {
  const { flags } = repeat;
  const { min, max } = effectiveBounds(sub, repeat);
  spend(work, 20 * (max === Infinity ? min : max));
  const copies = (count: number): Node[] => new Array<Node>(count).fill(sub);
  if (max === Infinity) {
    if (min === 0) return loopOf('star', sub, flags);
    return sequenceOf([...copies(min - 1), loopOf('plus', sub, flags)]);
  }
  if (max === min) return sequenceOf(copies(min));
  let tail = loopOf('quest', sub, flags);
  for (let i = min + 1; i < max; i++) {
    tail = loopOf('quest', { kind: 'sequence', subs: [sub, tail] }, flags);
  }
  return min === 0 ? tail : { kind: 'sequence', subs: [sequenceOf(copies(min)), tail] };
}
