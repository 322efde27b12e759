import type { Alias, CST, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { FieldPath } from '../types.js';

/** One document of a manifest as a tree whose nodes know where they stand. Loads the package `yaml`: import it on demand. */

export type Item = Node | null;

export interface ParsedDocument {
  readonly text: string;
  readonly document: Document.Parsed;
}

/** What the parser does not take, in a clause, and where. */
export interface TextProblem {
  readonly problem: string;
  readonly offset: number;
}

/** Parses one document, YAML or JSON. */
export function parseText(text: string): ParsedDocument | TextProblem {
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
  });
  const [error] = document.errors;
  return error ? { problem: error.message, offset: error.pos[0] } : { text, document };
}

export { isAlias, isCollection, isMap, isNode, isScalar, isSeq };
export type { Node, Pair, Scalar, YAMLMap, YAMLSeq };

export function startOf(node: Node): number {
  return node.range![0];
}

/** One past the last character of the value itself: no comment, and no line break except that of a block scalar. */
export function endOf(node: Node): number {
  if (!isCollection(node) || node.flow) return node.range![1];
  return isMap(node) ? endOfPair(node.items.at(-1) as Pair<Node, Item>) : endOf(itemsOf(node).at(-1)!);
}

export function endOfPair({ key, value }: Pair<Node, Item>): number {
  return endOf(value ?? key);
}

/** Where the dashes of a block list stand. */
export function dashesOf(list: YAMLSeq): number[] {
  const { items } = list.srcToken as CST.BlockSequence;
  return items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind').map(({ offset }) => offset));
}

/** One past the colon of a field that has one. */
export function colonEnd({ srcToken }: Pair<Node, Item>): number {
  return srcToken!.sep!.find(({ type }) => type === 'map-value-ind')!.offset + 1;
}

/** Fields written as `? key` are left alone. */
export function isExplicit({ srcToken }: Pair<Node, Item>): boolean {
  return srcToken!.start.some(({ type }) => type === 'explicit-key-ind');
}

export function itemsOf(list: YAMLSeq): readonly Node[] {
  return list.items as Node[];
}

/** The name of a field; undefined where it is an alias, or a collection. */
export function nameOf({ key }: Pair<Node, Item>): string | undefined {
  return isScalar(key) ? key.source : undefined;
}

/** Of a field that is in the map twice the last one counts. */
export function fieldOf(map: YAMLMap, name: string): Pair<Node, Item> | undefined {
  return (map.items as Pair<Node, Item>[]).findLast((pair) => nameOf(pair) === name);
}

/** The way to a place as far as the text has it. */
export interface Walk {
  /** The nodes passed, the object's own first; the last one is where the way ends. */
  readonly nodes: readonly Node[];
  /** Steps that were gone. */
  readonly depth: number;
}

/** Follows a path until its end, an alias, or something that is not written in the text. */
export function walk(root: Node, path: FieldPath): Walk {
  const nodes = [root];
  for (const [depth, step] of path.entries()) {
    const at = nodes.at(-1)!;
    let next: unknown;
    if (typeof step === 'string') next = isMap(at) ? fieldOf(at, step)?.value : undefined;
    else next = isSeq(at) ? at.items[step] : undefined;
    if (!isNode(next)) return { nodes, depth };
    nodes.push(next);
  }
  return { nodes, depth: path.length };
}

/** What an alias stands for. */
type Anchored = Exclude<Node, Alias>;

function aliasesOf({ document }: ParsedDocument): { alias: Alias; target: Anchored }[] {
  const aliases: { alias: Alias; target: Anchored }[] = [];
  visit(document, {
    Alias: (_, alias) => void aliases.push({ alias, target: alias.resolve(document) as Anchored }),
  });
  return aliases;
}

/** The nodes that an alias somewhere in the document repeats, with their anchors. */
export function sharedAnchors(parsed: ParsedDocument): Map<Node, string> {
  return new Map(aliasesOf(parsed).map(({ target }) => [target, target.anchor!]));
}

/** Does an alias outside of a node refer to something inside of it? */
export function isReferredTo(inside: Node, parsed: ParsedDocument): boolean {
  const contains = (node: Node) => startOf(node) >= startOf(inside) && endOf(node) <= endOf(inside);
  return aliasesOf(parsed).some(({ alias, target }) => contains(target) && !contains(alias));
}
