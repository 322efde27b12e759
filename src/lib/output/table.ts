import { visible } from '../text/visible.js';

const minimumWidth = 6;
const padding = 3;

/**
 * Lays out rows as the mirrored program does (osm-cli §1.6): a cell that another one follows is padded to its column's width,
 * which is that of the longest cell and three spaces, and at least six. The last cell of a row is left as it is. A column
 * reaches over neighbouring rows that have it; a row without it ends it, so that rows below start anew.
 * @returns one line a row, each with a line feed
 */
export function formatTable(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(visible));
  const widths = rows.map((row) => row.map(() => 0));
  const columns = Math.max(0, ...rows.map((row) => row.length - 1));
  for (let column = 0; column < columns; column++) {
    for (let start = 0; start < rows.length;) {
      let end = start;
      let width = minimumWidth;
      for (; column < (rows[end]?.length ?? 0) - 1; end++) {
        width = Math.max(width, letters(rows[end]?.[column] ?? '') + padding);
      }
      for (let row = start; row < end; row++) widths[row]![column] = width;
      start = Math.max(end, start + 1);
    }
  }
  return rows
    .map((row, index) => `${row.map((cell, column) => pad(cell, widths[index]![column]!)).join('')}\n`)
    .join('');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - letters(cell)));
}

/** Length as the mirrored program counts it: code points, of which a surrogate pair is one. */
function letters(text: string): number {
  return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '_').length;
}
