import { editFlowEntries, unitOf } from './lists.js';
import { renderBlock, renderExpanded, renderFlow, renderKey, type Style } from './render.js';
import { columnOf, insertLines, isFirstOnLine, lineStart, nextLine, removeLines, type TextEdit } from './text.js';
import {
  endOfPair,
  isExplicit,
  isNode,
  isScalar,
  startOf,
  type Item,
  type Node,
  type Pair,
  type YAMLMap,
} from './tree.js';

/** What happens to the fields of one map. */
export interface MapChange {
  readonly removed: ReadonlySet<string>;
  readonly added: readonly (readonly [key: string, value: unknown])[];
}

/** @returns undefined when the map is written in a way that only a new text can change */
export function editMap(text: string, map: YAMLMap, change: MapChange, style: Style): TextEdit[] | undefined {
  const pairs = map.items as Pair<Node, Item>[];
  if (pairs.length === 0 || !pairs.every((pair) => isNode(pair.key) && !isExplicit(pair))) return undefined;
  return map.flow ? editFlowMap(text, map, pairs, change, style) : editBlockMap(text, pairs, change, style);
}

function nameOf({ key }: Pair<Node, Item>): string {
  return isScalar(key) ? String(key.source ?? key.value) : '';
}

function editBlockMap(
  text: string,
  pairs: readonly Pair<Node, Item>[],
  { removed, added }: MapChange,
  style: Style,
): TextEdit[] | undefined {
  if (pairs.every((pair) => removed.has(nameOf(pair)))) return undefined;
  const edits: TextEdit[] = [];
  for (const [index, pair] of pairs.entries()) {
    if (!removed.has(nameOf(pair))) continue;
    const start = startOf(pair.key);
    if (isFirstOnLine(text, start)) {
      edits.push(removeLines(lineStart(text, start), nextLine(text, endOfPair(pair))));
      continue;
    }
    // the first field stands behind the dash of a list: the next one takes its place
    const next = pairs[index + 1];
    if (!next || removed.has(nameOf(next))) return undefined;
    edits.push({ start, end: startOf(next.key), text: '' });
  }
  if (added.length > 0) {
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
  { removed, added }: MapChange,
  style: Style,
): TextEdit[] | undefined {
  const items = pairs.map((pair) => ({ start: startOf(pair.key), end: endOfPair(pair) }));
  const indices = new Set(pairs.flatMap((pair, index) => (removed.has(nameOf(pair)) ? [index] : [])));
  const inserted = new Map(added.length > 0 ? [[pairs.length, added]] : []);
  return editFlowEntries(
    text,
    { start: startOf(map), items },
    { removed: indices, inserted },
    style,
    (entry, indentation) => {
      const [key, value] = entry as readonly [string, unknown];
      const colon = style.compact ? ':' : ': ';
      const isExpanded = style.json && indentation !== '' && typeof value === 'object' && value !== null;
      const rendered = isExpanded
        ? renderExpanded(value, indentation, unitOf(text, startOf(map), outerIndentation(text, map)), style.eol)
        : renderFlow(value, style);
      return `${renderKey(key, style)}${colon}${rendered}`;
    },
  );
}

function outerIndentation(text: string, map: YAMLMap): string {
  const start = lineStart(text, startOf(map));
  return /^[ \t]*/.exec(text.slice(start))![0];
}
