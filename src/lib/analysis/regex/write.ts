/** Parsed regular expressions as patterns again, in as few instructions as the texts that they are for allow. */
import type { CodePointRange, CodePointSet } from '../../simulator/envoy/re2/code-point-set.js';
import { sequenceOf, type Node } from '../../simulator/envoy/re2/syntax-tree.js';

/** How loops with counts are written: as they are, or without an upper bound. */
export interface Writing {
  /** Code points that texts are made of; whatever else a class holds does not matter. Undefined: all count. */
  readonly alphabet?: CodePointSet | undefined;
  /** Repetitions that lose their upper bound, and so match more, with the lower bound that they get. */
  readonly loosened?: ReadonlyMap<Node, number>;
}

/** A pattern for the tree, without captures, and without the anchors at its ends, which a full match does not need. */
export function writePattern(node: Node, writing: Writing = {}): string {
  return new Writer(writing).write(withoutAnchors(node), false);
}

/** The same in a full match. */
export function withoutAnchors(node: Node): Node {
  if (node.kind === 'group') return withoutAnchors(node.sub);
  if (node.kind !== 'sequence') return node;
  const isAnchor = (sub: Node | undefined, ...kinds: string[]) => sub?.kind === 'assertion' && kinds.includes(sub.what);
  const subs = [...node.subs];
  while (isAnchor(subs[0], '^')) subs.shift();
  while (isAnchor(subs.at(-1), '$', '\\z')) subs.pop();
  return sequenceOf(subs);
}

class Writer {
  constructor(private readonly writing: Writing) {}

  /** @param asOne the text must be one piece, for an operator behind it */
  write(node: Node, asOne: boolean): string {
    switch (node.kind) {
      case 'empty':
        return '(?:)';
      case 'literal':
        return node.ignoreCase ? `(?i:${literal(node.point)})` : literal(node.point);
      case 'text': {
        const text = node.points.map(literal).join('');
        return node.ignoreCase ? `(?i:${text})` : asOne ? `(?:${text})` : text;
      }
      case 'class':
        return this.writeClass(node.set);
      case 'any':
        return this.writeClass([{ lo: 0, hi: 0x10ffff }]);
      case 'byte':
        return '\\C';
      case 'assertion':
        return node.what === 'line-start' ? '(?m:^)' : node.what === 'line-end' ? '(?m:$)' : node.what;
      case 'group':
        return this.write(node.sub, asOne);
      case 'sequence': {
        const text = node.subs.map((sub) => this.write(sub, false)).join('');
        return asOne ? `(?:${text})` : text;
      }
      case 'choice': {
        const text = node.subs.map((sub) => this.write(sub, false)).join('|');
        return `(?:${text})`;
      }
      case 'star':
      case 'plus':
      case 'quest':
        return this.loop(node.sub, { star: '*', plus: '+', quest: '?' }[node.kind], asOne);
      case 'repeat': {
        const { min, max, sub } = node;
        const least = this.writing.loosened?.get(node);
        if (least !== undefined) return this.loop(sub, ['*', '+'][least] ?? `{${least},}`, asOne);
        return this.loop(sub, max === min ? `{${min}}` : `{${min},${max === Infinity ? '' : max}}`, asOne);
      }
    }
  }

  private loop(sub: Node, operator: string, asOne: boolean): string {
    const text = `${this.write(sub, true)}${operator}`;
    return asOne ? `(?:${text})` : text;
  }

  private writeClass(set: CodePointSet): string {
    const ranges = this.writing.alphabet ? fewestRanges(set, this.writing.alphabet) : set;
    if (ranges.length === 0) return '[^\\x{0}-\\x{10ffff}]';
    const text = ranges.map(({ lo, hi }) => (lo === hi ? inClass(lo) : `${inClass(lo)}-${inClass(hi)}`)).join('');
    return `[${text}]`;
  }
}

/** Ranges that hold the same of an alphabet as the set does: what lies between its points may be in or out. */
function fewestRanges(set: CodePointSet, alphabet: CodePointSet): CodePointRange[] {
  const ranges: { lo: number; hi: number }[] = [];
  let isOpen = false;
  for (const { lo, hi } of alphabet) {
    for (let point = lo; point <= hi; point++) {
      const isIn = set.some((range) => range.lo <= point && point <= range.hi);
      if (isIn && isOpen) ranges.at(-1)!.hi = point;
      else if (isIn) ranges.push({ lo: point, hi: point });
      isOpen = isIn;
    }
  }
  return ranges;
}

function written(point: number, special: RegExp): string {
  const character = String.fromCodePoint(point);
  if (point <= 0x20 || point >= 0x7f) return `\\x{${point.toString(16)}}`;
  return special.test(character) ? `\\${character}` : character;
}

const literal = (point: number): string => written(point, /[$()*+.?[\\\]^{|}]/);
const inClass = (point: number): string => written(point, /[-[\\\]^]/);
