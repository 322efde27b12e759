import { editFlowEntries, unitOf } from './lists.js';
import { renderBlock, renderExpanded, renderFlow, renderKey, type Style } from './render.js';
import {
  columnOf,
  cut,
  indentationAt,
  insertLines,
  isFirstOnLine,
  lineStart,
  nextLine,
  type TextEdit,
} from './text.js';
import { endOfPair, isExplicit, nameOf, startOf, type Item, type Node, type Pair, type YAMLMap } from './tree.js';

/** What happens to the fields of one map. */
export interface MapChange {
  readonly removed: ReadonlySet<string | undefined>;
  readonly added: ReadonlyMap<string, unknown>;
}

/** @returns undefined when the map is written in a way that only a new text can change */
export function editMap(text: string, map: YAMLMap, change: MapChange, style: Style): TextEdit[] | undefined {
  const pairs = map.items as Pair<Node, Item>[];
  if (pairs.some(isExplicit)) return undefined;
  const isRemoved = (pair: Pair<Node, Item>): boolean => change.removed.has(nameOf(pair));
  return map.flow
    ? editFlowMap(text, map, pairs, isRemoved, change.added, style)
    : editBlockMap(text, pairs, isRemoved, change.added, style);
}

function editBlockMap(
  text: string,
  pairs: readonly Pair<Node, Item>[],
  isRemoved: (pair: Pair<Node, Item>) => boolean,
  added: MapChange['added'],
  style: Style,
): TextEdit[] | undefined {
  const edits: TextEdit[] = [];
  for (const [index, pair] of pairs.entries()) {
    if (!isRemoved(pair)) continue;
    const start = startOf(pair.key);
    if (isFirstOnLine(text, start)) {
      edits.push(cut(lineStart(text, start), nextLine(text, endOfPair(pair))));
      continue;
    }
    // the first field stands behind the dash of a list: the next one takes its place
    const next = pairs[index + 1];
    if (!next || isRemoved(next)) return undefined;
    edits.push(cut(start, startOf(next.key)));
  }
  if (added.size > 0) {
    const indentation = ' '.repeat(columnOf(text, startOf(pairs[0]!.key)));
    const last = pairs.at(-1)!;
    const lines = renderBlock(Object.fromEntries(added), indentation, style);
    edits.push(insertLines(nextLine(text, endOfPair(last)), lines, style.eol));
  }
  return edits;
}

function editFlowMap(
  text: string,
  map: YAMLMap,
  pairs: readonly Pair<Node, Item>[],
  isRemoved: (pair: Pair<Node, Item>) => boolean,
  added: MapChange['added'],
  style: Style,
): TextEdit[] | undefined {
  const items = pairs.map((pair) => ({ start: startOf(pair.key), end: endOfPair(pair) }));
  const removed = new Set(pairs.flatMap((pair, index) => (isRemoved(pair) ? [index] : [])));
  const inserted = new Map(added.size > 0 ? [[pairs.length, [...added]]] : []);
  return editFlowEntries(text, items, { removed, inserted }, style, (entry, indentation) => {
    const [key, value] = entry as readonly [string, unknown];
    const colon = style.compact ? ':' : ': ';
    const outer = indentationAt(text, startOf(map));
    const rendered =
      style.json && indentation !== ''
        ? renderExpanded(value, indentation, unitOf(text, startOf(map), outer), style.eol)
        : renderFlow(value, style);
    return `${renderKey(key, style)}${colon}${rendered}`;
  });
}
