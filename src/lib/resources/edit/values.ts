import { renderBlock, renderExpanded, renderFlow, type Style } from './render.js';
import { columnOf, cut, indentationAt, insertLines, lineStart, nextLine, type TextEdit } from './text.js';
import { unitOf } from './lists.js';
import {
  colonEnd,
  endOf,
  isAlias,
  isExplicit,
  isMap,
  isScalar,
  isSeq,
  startOf,
  type Item,
  type Node,
  type Pair,
} from './tree.js';

/** Writes another value in the place of one that is there. */

/** A scalar, an alias, or a value in brackets: what stands on the line is replaced. */
export function replaceInline(text: string, node: Node, value: unknown, style: Style): TextEdit[] {
  const [start, end] = [startOf(node), endOf(node)];
  const isObject = typeof value === 'object' && value !== null;
  const rendered =
    style.json && isObject && isExpandedAround(text, start)
      ? renderExpanded(value, indentationAt(text, start), unitAround(text, start), style.eol)
      : renderFlow(value, style);
  // an empty value has no space before it
  const blank = start === end && /[:-]$/.test(text.slice(0, start)) ? ' ' : '';
  return [{ start, end, text: blank + rendered }];
}

/** Is JSON spread over lines here, so that a new collection should be too? */
function isExpandedAround(text: string, start: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, start), start).replace(/"(?:[^"\\]|\\.)*"[ \t]*:[ \t]*$/, ''));
}

function unitAround(text: string, offset: number): string {
  const brace = text.indexOf('{');
  return brace >= 0 && brace < offset ? unitOf(text, brace, indentationAt(text, brace)) : '  ';
}

/** The value of a field of a block map. Comments on the line of the key, and lines of comments before the value, stay. */
export function replaceField(
  text: string,
  pair: Pair<Node, Item>,
  value: unknown,
  style: Style,
): TextEdit[] | undefined {
  const { value: node } = pair;
  const colon = colonEnd(pair);
  if (!node || colon === undefined || isExplicit(pair)) return undefined;
  const isBlock = (isMap(node) || isSeq(node)) && !node.flow;
  const wantsBlock = shouldBeBlock(node, value);
  if (!isBlock && !wantsBlock) return replaceInline(text, node, value, style);
  if (!isAlias(node) && (node.anchor !== undefined || node.tag !== undefined)) return undefined;
  const edits: TextEdit[] = [];
  if (isBlock) edits.push(cut(lineStart(text, startOf(node)), nextLine(text, endOf(node))));
  else if (endOf(node) > startOf(node)) edits.push(cut(colon, endOf(node)));
  if (!wantsBlock) return [{ start: colon, end: colon, text: ` ${renderFlow(value, style)}` }, ...edits];
  const column = columnOf(text, startOf(pair.key)) + (Array.isArray(value) ? style.dashIndent : style.indent);
  const at = isBlock ? lineStart(text, startOf(node)) : nextLine(text, colon);
  return [insertLines(at, renderBlock(value, ' '.repeat(column), style), style.eol), ...edits];
}

/** Collections that are not empty stand in lines of their own, except that a list of words stays in brackets if it was. */
function shouldBeBlock(node: Node, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return false;
  if (isAlias(node)) return false;
  if (isScalar(node)) return true;
  if (!(isMap(node) || isSeq(node)) || !node.flow) return true;
  if (node.items.length > 0) return false;
  return !Array.isArray(value) || value.some((item) => typeof item === 'object');
}
