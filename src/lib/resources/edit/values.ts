import { isFilled } from '../../text/plain-data.js';
import { renderBlock, renderExpanded, renderFlow, type Style } from './render.js';
import { columnOf, cut, indentationAt, insertLines, lineStart, nextLine, type TextEdit } from './text.js';
import { unitOf } from './lists.js';
import {
  colonEnd,
  endOf,
  isAlias,
  isCollection,
  isExplicit,
  startOf,
  type Item,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from './tree.js';

/** Writes another value in the place of one that is there. */

/** A scalar, an alias, or a value in brackets: what stands on the line is replaced. */
export function replaceInline(text: string, node: Node, value: unknown, style: Style): TextEdit[] {
  const [start, end] = [startOf(node), endOf(node)];
  const rendered =
    style.json && isAloneOnLine(text, start)
      ? renderExpanded(value, indentationAt(text, start), unitOf(text, 0, ''), style.eol)
      : renderFlow(value, style);
  if (start < end) return [{ start, end, text: rendered }];
  // an empty value has no space before it, or behind it where a comment follows
  const before = /[:-]/.test(text[start - 1]!) ? ' ' : '';
  const after = text[start] === '#' ? ' ' : '';
  return [{ start, end, text: before + rendered + after }];
}

/** Is JSON spread over lines here, so that a new collection should be too? */
function isAloneOnLine(text: string, start: number): boolean {
  return /^[ \t]*(?:"(?:[^"\\]|\\.)*"[ \t]*:[ \t]*)?$/.test(text.slice(lineStart(text, start), start));
}

/** The value of a field of a block map. Comments on the line of the key, and lines of comments before the value, stay. */
export function replaceField(
  text: string,
  pair: Pair<Node, Item>,
  value: unknown,
  style: Style,
): TextEdit[] | undefined {
  if (isExplicit(pair)) return undefined;
  const node = pair.value!;
  const isBlock = isCollection(node) && !node.flow;
  const wantsBlock = shouldBeBlock(node, value);
  if (!isBlock && !wantsBlock) return replaceInline(text, node, value, style);
  const colon = colonEnd(pair);
  const old: TextEdit[] = [];
  if (isBlock) old.push(cut(lineStart(text, startOf(node)), nextLine(text, endOf(node))));
  else if (startOf(node) < endOf(node)) old.push(cut(colon, endOf(node)));
  if (!wantsBlock) return [{ start: colon, end: colon, text: ` ${renderFlow(value, style)}` }, ...old];
  const column = columnOf(text, startOf(pair.key)) + (Array.isArray(value) ? style.dashIndent : style.indent);
  const at = isBlock ? lineStart(text, startOf(node)) : nextLine(text, colon);
  return [insertLines(at, renderBlock(value, ' '.repeat(column), style), style.eol), ...old];
}

/** Collections that are not empty stand in lines of their own, except that a list of words stays in brackets if it was. */
function shouldBeBlock(node: Node, value: unknown): boolean {
  if (!isFilled(value) || isAlias(node)) return false;
  const { flow, items } = node as YAMLMap | YAMLSeq;
  if (!flow) return true;
  if (items.length > 0) return false;
  return !Array.isArray(value) || typeof value[0] === 'object';
}
