import { renderBlock, renderExpanded, renderFlow, type Style } from './render.js';
import { columnOf, insertLines, isFirstOnLine, lineStart, nextLine, removeLines, type TextEdit } from './text.js';
import { dashesOf, endOf, isNode, startOf, type YAMLSeq } from './tree.js';

/** What happens to the items of one list. Indices are those before. */
export interface ListChange {
  readonly removed: ReadonlySet<number>;
  /** New items by the index of the item that they stand before; the length: at the end. */
  readonly inserted: ReadonlyMap<number, readonly unknown[]>;
}

/** @returns undefined when the list is written in a way that only a new text can change */
export function editList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  if (list.items.length === 0 || !list.items.every((item) => isNode(item) && item.range)) return undefined;
  return list.flow ? editFlowList(text, list, change, style) : editBlockList(text, list, change, style);
}

function editBlockList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  const dashes = dashesOf(list);
  const items = list.items.map((item, index) => ({ start: dashes[index] ?? -1, end: isNode(item) ? endOf(item) : -1 }));
  if (dashes.length !== items.length || !dashes.every((dash) => isFirstOnLine(text, dash))) return undefined;
  const edits: TextEdit[] = [];
  items.forEach(({ start, end }, index) => {
    if (change.removed.has(index)) edits.push(removeLines(lineStart(text, start), nextLine(text, end)));
  });
  const indentation = ' '.repeat(columnOf(text, dashes[0]!));
  for (const [index, values] of change.inserted) {
    const before = items[index - 1];
    const at = before ? nextLine(text, before.end) : lineStart(text, items[0]!.start);
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
  const sibling = list.items.at(-1);
  const inBraces = isNode(sibling) && /^[{[]/.test(text.slice(startOf(sibling)));
  if (!inBraces) return renderBlock(values, indentation, style);
  return values.map((value) => `${indentation}- ${renderFlow(value, style)}`).join(style.eol);
}

function editFlowList(text: string, list: YAMLSeq, change: ListChange, style: Style): TextEdit[] | undefined {
  const items = list.items.map((item) => ({
    start: isNode(item) ? startOf(item) : -1,
    end: isNode(item) ? endOf(item) : -1,
  }));
  return editFlowEntries(text, { start: startOf(list), items }, change, style, (value, indentation) =>
    renderFlowEntry(text, list, value, indentation, style),
  );
}

function renderFlowEntry(text: string, list: YAMLSeq, value: unknown, indentation: string, style: Style): string {
  const sibling = list.items.at(-1);
  const isExpanded = isNode(sibling) && /[\r\n]/.test(text.slice(startOf(sibling), endOf(sibling)));
  if (!isExpanded || !style.json) return renderFlow(value, style);
  return renderExpanded(value, indentation, unitOf(text, startOf(sibling), indentation), style.eol);
}

/** By what the fields of an expanded JSON object stand deeper than its brace. */
export function unitOf(text: string, brace: number, indentation: string): string {
  const inner = /^.[ \t]*\r?\n([ \t]*)/.exec(text.slice(brace))?.[1] ?? '';
  return inner.startsWith(indentation) && inner.length > indentation.length ? inner.slice(indentation.length) : '  ';
}

interface FlowEntries {
  /** Of the bracket. */
  readonly start: number;
  readonly items: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Changes the entries of a list or map in brackets. A new entry repeats the spaces that stand before its neighbour.
 * @returns undefined when no entry stays
 */
export function editFlowEntries(
  text: string,
  { start, items }: FlowEntries,
  { removed, inserted }: ListChange,
  style: Style,
  render: (value: unknown, indentation: string) => string,
): TextEdit[] | undefined {
  if (items.every((_, index) => removed.has(index))) return undefined;
  const edits: TextEdit[] = [];
  for (const [index, values] of inserted) {
    const before = items.findLastIndex((_, at) => at < index && !removed.has(at));
    const after = items.findIndex((_, at) => at >= index && !removed.has(at));
    const neighbour = items[before] ?? items[after]!;
    const from = before > 0 ? items[before - 1]!.end : start + 1;
    const gap = blanksBefore(text, before >= 0 ? from : start + 1, neighbour.start, before > 0);
    const indentation = /[^\r\n]*$/.exec(gap)![0];
    const rendered = values.map((value) => render(value, gap.includes('\n') ? indentation : ''));
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
  for (let first = 0; first < items.length; first++) {
    if (!removed.has(first)) continue;
    let last = first;
    while (removed.has(last + 1)) last++;
    const next = items[last + 1];
    if (next) edits.push({ start: items[first]!.start, end: next.start, text: '' });
    else edits.push({ start: items[first - 1]!.end, end: items[last]!.end, text: '' });
    first = last;
  }
  return edits;
}

/** The spaces before an entry: after the comma if there is one, otherwise after the bracket. */
function blanksBefore(text: string, from: number, to: number, hasComma: boolean): string {
  const between = text.slice(from, to);
  const blanks = /[ \t\r\n]*$/.exec(between)![0];
  if (hasComma || blanks.includes('\n')) return blanks.replace(/^[^\r\n]*(?=\r?\n)/, '').replace(/(\r?\n)[^]*\n/, '$1');
  // the only entry tells whether entries stand on lines of their own, but not whether commas are followed by a space
  return '';
}
