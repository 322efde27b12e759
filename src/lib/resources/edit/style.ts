import type { Quote, Style } from './render.js';
import { columnOf } from './text.js';
import {
  dashesOf,
  isMap,
  isNode,
  isScalar,
  isSeq,
  startOf,
  type Item,
  type Node,
  type Pair,
  type YAMLMap,
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
  const braces = firstOf(node, isFilledFlowMap);
  return braces && /[ \t\r\n]/.test(text[startOf(braces) + 1]!);
}

function isFilledFlowMap(node: Node): boolean {
  return isMap(node) && node.flow === true && node.items.length > 0;
}

/** The quotes of the strings in a collection, else in the whole object: those of the last one. */
export function quoteAt(collection: Node | undefined, object: Node): Quote {
  return (collection && lastQuote(collection)) ?? lastQuote(object) ?? 'plain';
}

function lastQuote(node: Node): Quote | undefined {
  if (isScalar(node)) {
    if (node.type === 'QUOTE_DOUBLE') return 'double';
    if (node.type === 'QUOTE_SINGLE') return 'single';
    return node.type === 'PLAIN' && typeof node.value === 'string' ? 'plain' : undefined;
  }
  for (const child of childrenOf(node).reverse()) {
    const quote = lastQuote(child);
    if (quote) return quote;
  }
  return undefined;
}

/** Values only: keys are hardly ever in quotes. */
function childrenOf(node: Node): Node[] {
  if (isMap(node)) return (node.items as Pair<Node, Item>[]).flatMap(({ value }) => value ?? []);
  return isSeq(node) ? node.items.filter(isNode) : [];
}

function firstOf(node: Node, test: (node: Node) => boolean): Node | undefined {
  if (test(node)) return node;
  for (const child of childrenOf(node)) {
    const found = firstOf(child, test);
    if (found) return found;
  }
  return undefined;
}

function indentOf(text: string, node: Node): number | undefined {
  return firstDefined(node, (pair, map) => {
    const { value } = pair;
    if (!isMap(value) || value.flow || value.items.length === 0) return undefined;
    return positive(columnOf(text, startOf(value)) - columnOf(text, startOf(firstKey(map))));
  });
}

function dashIndentOf(text: string, node: Node): number | undefined {
  return firstDefined(node, (pair, map) => {
    const { value } = pair;
    if (!isSeq(value) || value.flow) return undefined;
    const [dash] = dashesOf(value);
    if (dash === undefined) return undefined;
    const indent = columnOf(text, dash) - columnOf(text, startOf(firstKey(map)));
    return indent >= 0 ? indent : undefined;
  });
}

function positive(indent: number): number | undefined {
  return indent > 0 ? indent : undefined;
}

function firstKey(map: YAMLMap): Node {
  return (map.items as Pair<Node, Item>[])[0]!.key;
}

function firstDefined<T>(node: Node, look: (pair: Pair<Node, Item>, map: YAMLMap) => T | undefined): T | undefined {
  if (isMap(node) && !node.flow) {
    for (const pair of node.items as Pair<Node, Item>[]) {
      const found = look(pair, node) ?? (pair.value ? firstDefined(pair.value, look) : undefined);
      if (found !== undefined) return found;
    }
  } else if (isSeq(node)) {
    for (const item of node.items) {
      const found = isNode(item) ? firstDefined(item, look) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
