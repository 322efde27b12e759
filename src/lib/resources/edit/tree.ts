import type { CST, Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
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
    logLevel: 'silent',
    prettyErrors: false,
  });
  const [error] = document.errors;
  return error ? { problem: error.message, offset: error.pos[0] } : { text, document };
}

export { isAlias, isMap, isNode, isScalar, isSeq };
export type { Node, Pair, YAMLMap, YAMLSeq };

export function startOf(node: Node): number {
  return node.range![0];
}

/** One past the last character of the value itself: no comment, and no line break except that of a block scalar. */
export function endOf(node: Node): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1);
    return last ? endOfPair(last as Pair<Node, Item>) : node.range![1];
  }
  if (isSeq(node) && !node.flow) {
    const last = node.items.at(-1);
    return isNode(last) ? endOf(last) : node.range![1];
  }
  return node.range![1];
}

export function endOfPair({ key, value }: Pair<Node, Item>): number {
  return value ? Math.max(endOf(value), endOf(key)) : endOf(key);
}

/** Where the dashes of a block list stand. */
export function dashesOf(list: YAMLSeq): number[] {
  const token = list.srcToken as CST.BlockSequence | undefined;
  return (token?.items ?? []).flatMap(({ start }) => {
    const dash = start.find(({ type }) => type === 'seq-item-ind');
    return dash ? [dash.offset] : [];
  });
}

/** One past the colon of a field. */
export function colonEnd(pair: Pair<Node, Item>): number | undefined {
  const token = pair.srcToken;
  const colon = token?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon && colon.offset + 1;
}

/** Fields written as `? key` are left alone. */
export function isExplicit(pair: Pair<Node, Item>): boolean {
  const token = pair.srcToken;
  return token?.start.some(({ type }) => type === 'explicit-key-ind') === true;
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

/** Anchors that an alias somewhere in the document refers to, by the node that carries them. */
export function sharedAnchors({ document }: ParsedDocument): Set<Node> {
  const shared = new Set<Node>();
  visit(document, {
    Alias(_, alias) {
      const target = alias.resolve(document);
      if (target) shared.add(target);
    },
  });
  return shared;
}

/** Does an alias outside of a node refer to something inside of it? */
export function isReferredTo(inside: Node, { document }: ParsedDocument): boolean {
  const [start, end] = [startOf(inside), endOf(inside)];
  const contains = (node: Node) => startOf(node) >= start && endOf(node) <= end;
  let found = false;
  visit(document, {
    Alias(_, alias) {
      const target = alias.resolve(document);
      if (target && contains(target) && !contains(alias)) {
        found = true;
        return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}
