import type { ChalkInstance } from 'chalk';
import { visible } from '../text/visible.js';

/** A cell of a table on a terminal: its text, and how to colour it where colours are on. */
export interface TerminalCell {
  readonly text: string;
  readonly color?: 'green' | 'yellow' | 'red';
}

const NO_LINES = Object.fromEntries([
  ['middle', ''],
  ...['top', 'bottom', 'left', 'right', 'mid'].flatMap((line) => [
    [line, ''],
    [`${line}-mid`, ''],
    [`${line}-left`, ''],
    [`${line}-right`, ''],
  ]),
]) as Record<string, string>;

/**
 * Lays out a table for a person at a terminal: columns without lines between them, colours where they are on, and long cells
 * wrapped so that the table fits. In pipes use `formatTable`, whose rows are always one line.
 * @param width columns of the terminal
 * @returns lines that all end with a line feed
 */
export async function terminalTable(
  header: readonly string[],
  cells: readonly (readonly TerminalCell[])[],
  { width, color }: { readonly width: number; readonly color: boolean },
): Promise<string> {
  const [{ default: Table }, { Chalk }] = await Promise.all([import('cli-table3'), import('chalk')]);
  const rows = cells.map((row) => row.map((cell) => ({ ...cell, text: visible(cell.text) })));
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const widths = columnWidths(header, rows, width);
  const table = new Table({
    head: header.map((title) => chalk.bold(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
    colWidths: widths,
    wordWrap: true,
  });
  table.push(...rows.map((row) => row.map((cell) => paint(cell, chalk))));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const GAP = 3;

function paint({ text, color }: TerminalCell, chalk: ChalkInstance): string {
  return color ? chalk[color](text) : text;
}

/** Natural widths; where they do not fit, the widest columns give way first, but never within a word. */
function columnWidths(header: readonly string[], rows: readonly (readonly TerminalCell[])[], width: number): number[] {
  const texts = header.map((title, column) => [title, ...rows.map((row) => row[column]?.text ?? '')]);
  const longest = (column: readonly string[]) => Math.max(...column.map((text) => text.length)) + GAP;
  const widths = texts.map(longest);
  const narrowest = texts.map((column) => longest(column.flatMap((text) => text.split(' '))));
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, 0) - width;
    const slack = widths.map((each, column) => each - narrowest[column]!);
    const column = widths.reduce(
      (best, each, index) => (slack[index]! > 0 && (best < 0 || each > widths[best]!) ? index : best),
      -1,
    );
    if (excess <= 0 || column < 0) return widths;
    widths[column]! -= Math.min(excess, slack[column]!, Math.max(1, Math.ceil(excess / 2)));
  }
}
