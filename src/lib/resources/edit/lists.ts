import { renderBlock, renderExpanded, renderFlow, type Style } from './render.js';
import { columnOf, cut, insertLines, isFirstOnLine, lineStart, nextLine, type TextEdit } from './text.js';
import { dashesOf, endOf, itemsOf, startOf, type YAMLSeq } from './tree.js';

/** What happens to the items of one list. Indices are those before. */
export interface ListChange {
  readonly removed: ReadonlySet<number>;
  /** New items by the index of the item that they stand before; the length: at the end. */
  readonly inserted: ReadonlyMap<number, readonly unknown[]>;
}

/** @returns undefined when the list is written in a way that only a new text can change */
export function editList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  return list.flow ? editFlowList(text, list, change, style) : editBlockList(text, list, change, style);
}

function editBlockList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  const dashes = dashesOf(list);
  if (!dashes.every((dash) => isFirstOnLine(text, dash))) return undefined;
  const ends = itemsOf(list).map((item) => nextLine(text, endOf(item)));
  const edits: TextEdit[] = [];
  for (const index of change.removed) edits.push(cut(lineStart(text, dashes[index]!), ends[index]!));
  const indentation = ' '.repeat(columnOf(text, dashes[0]!));
  for (const [index, values] of change.inserted) {
    const at = ends[index - 1] ?? lineStart(text, dashes[0]!);
    edits.push(insertLines(at, renderItems(text, list, values, indentation, style), style.eol));
  }
  return edits;
}

/** Maps are written like their siblings: on one line in braces, or over several. */
function renderItems(
  text: string,
  list: YAMLSeq,
  values: readonly unknown[],
  indentation: string,
  style: Style,
): string {
  const inBraces = /^[{[]/.test(text.slice(startOf(itemsOf(list).at(-1)!)));
  if (!inBraces) return renderBlock(values, indentation, style);
  return values.map((value) => `${indentation}- ${renderFlow(value, style)}`).join(style.eol);
}

function editFlowList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  const items = itemsOf(list).map((item) => ({ start: startOf(item), end: endOf(item) }));
  return editFlowEntries(text, items, change, style, (value, indentation) =>
    renderFlowEntry(text, items.at(-1)!, value, indentation, style),
  );
}

function renderFlowEntry(text: string, sibling: Extent, value: unknown, indentation: string, style: Style): string {
  const isExpanded = text.slice(sibling.start, sibling.end).includes('\n');
  if (!isExpanded || !style.json) return renderFlow(value, style);
  return renderExpanded(value, indentation, unitOf(text, sibling.start, indentation), style.eol);
}

/** By what the fields of an expanded JSON object stand deeper than its brace. */
export function unitOf(text: string, brace: number, indentation: string): string {
  const inner = /^.[ \t]*\r?\n([ \t]*)/.exec(text.slice(brace))?.[1] ?? '';
  return inner.slice(indentation.length) || '  ';
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

/**
 * Changes the entries of a list or map in brackets. A new entry repeats the spaces that stand before its neighbour.
 * @returns undefined when no entry stays
 */
export function editFlowEntries(
  text: string,
  items: readonly Extent[],
  { removed, inserted }: ListChange,
  style: Style,
  render: (value: unknown, indentation: string) => string,
): TextEdit[] | undefined {
  const first = items.findIndex((_, at) => !removed.has(at));
  if (first < 0) return undefined;
  const edits: TextEdit[] = [];
  for (const [index, values] of inserted) {
    const before = items.findLastIndex((_, at) => at < index && !removed.has(at));
    const beside = Math.max(before, first);
    const neighbour = items[beside]!;
    const gap = blanksBefore(text, neighbour.start, beside > 0);
    const indentation = /\n(.*)/.exec(gap)?.[1] ?? '';
    const rendered = values.map((value) => render(value, indentation));
    const separator = `,${gap === '' && !style.compact ? ' ' : gap}`;
    if (before < 0) {
      edits.push({ start: neighbour.start, end: neighbour.start, text: rendered.join(separator) + separator });
      continue;
    }
    const comment = /^[ \t]*#[^\r\n]*/.exec(text.slice(neighbour.end))?.[0];
    if (comment === undefined) {
      edits.push({ start: neighbour.end, end: neighbour.end, text: separator + rendered.join(separator) });
    } else {
      // the comment stays with the entry that it is about
      const at = neighbour.end + comment.length;
      const lines = gap.includes('\n') ? gap : style.eol;
      edits.push({ start: neighbour.end, end: neighbour.end, text: ',' });
      edits.push({ start: at, end: at, text: lines + rendered.join(`,${lines}`) });
    }
  }
  for (const [index, item] of items.entries()) {
    if (!removed.has(index) || removed.has(index - 1)) continue;
    const next = items.slice(index).find((_, further) => !removed.has(index + further));
    edits.push(next ? cut(item.start, next.start) : cut(items[index - 1]!.end, items.at(-1)!.end));
  }
  return edits;
}

/** The spaces before an entry: a line break with what follows it, or those after the comma. */
function blanksBefore(text: string, to: number, hasComma: boolean): string {
  const before = text.slice(0, to);
  const blanks = before.slice(before.trimEnd().length);
  // the only entry tells whether entries stand on lines of their own, but not whether commas are followed by a space
  return /\r?\n[ \t]*$/.exec(blanks)?.[0] ?? (hasComma ? blanks : '');
}
