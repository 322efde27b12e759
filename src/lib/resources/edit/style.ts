import type { Quote, Style } from './render.js';
import { columnOf } from './text.js';
import {
  dashesOf,
  isExplicit,
  isMap,
  isNode,
  isSeq,
  startOf,
  type Item,
  type Node,
  type Pair,
  type Scalar,
} from './tree.js';

/** Everything about the looks of a document that does not depend on the place in it. */
export type DocumentStyle = Omit<Style, 'quote'>;

const USUAL_INDENT = 2;

/** Looks at how an object is written, and where it says nothing, at the document around it. */
export function styleOf(text: string, root: Node, object: Node): DocumentStyle {
  const json = /^\s*[{[]/.test(text);
  return {
    json,
    indent: indentOf(text, object) ?? indentOf(text, root) ?? USUAL_INDENT,
    dashIndent: dashIndentOf(text, object) ?? dashIndentOf(text, root) ?? USUAL_INDENT,
    spacedBraces: hasSpacedBraces(text, object) ?? hasSpacedBraces(text, root) ?? false,
    compact: json && !/[:,][ \t\r\n]/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '')),
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
  };
}

/** Does a space follow the brace of the first map in braces? Undefined: there is none. */
export function hasSpacedBraces(text: string, node: Node): boolean | undefined {
  const braces = nodesIn(node).find((one) => isMap(one) && one.flow === true && one.items.length > 0);
  return braces && /[ \t\r\n]/.test(text[startOf(braces) + 1]!);
}

/** The quotes of the strings in a collection, else in the whole object: those of the last one. */
export function quoteAt(collection: Node, object: Node): Quote {
  return lastQuote(collection) ?? lastQuote(object) ?? 'plain';
}

function lastQuote(node: Node): Quote | undefined {
  return nodesIn(node)
    .map(quoteOf)
    .findLast((quote) => quote !== undefined);
}

function quoteOf(node: Node): Quote | undefined {
  const { type, value } = node as Scalar;
  if (type === 'QUOTE_DOUBLE') return 'double';
  if (type === 'QUOTE_SINGLE') return 'single';
  return type === 'PLAIN' && typeof value === 'string' ? 'plain' : undefined;
}

/** A node and all that is in it, in the order of the text. Values only: keys are hardly ever in quotes. */
function nodesIn(node: Node): Node[] {
  let children: unknown[] = [];
  if (isMap(node)) children = node.items.map(({ value }) => value);
  else if (isSeq(node)) children = node.items;
  return [node, ...children.filter(isNode).flatMap(nodesIn)];
}

function indentOf(text: string, node: Node): number | undefined {
  return firstIndent(text, node, (value) => (isMap(value) && !value.flow ? startOf(value) : undefined));
}

function dashIndentOf(text: string, node: Node): number | undefined {
  return firstIndent(text, node, (value) => (isSeq(value) ? dashesOf(value)[0] : undefined));
}

/** By what values in lines of their own stand deeper than the fields that have them. */
function firstIndent(
  text: string,
  node: Node,
  startOfLines: (value: unknown) => number | undefined,
): number | undefined {
  for (const map of nodesIn(node).filter(isMap)) {
    for (const pair of map.items as Pair<Node, Item>[]) {
      const start = isExplicit(pair) ? undefined : startOfLines(pair.value);
      if (start !== undefined) return columnOf(text, start) - columnOf(text, startOf(pair.key));
    }
  }
  return undefined;
}
