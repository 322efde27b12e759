import { writeOut } from '../../cli/streams.js';
import type { Palette } from '../../cli/color.js';
import { cellsBySource, isSame, type Cell, type Matrix } from '../../egress/matrix.js';
import { toCsv } from '../../text/csv.js';
import { markdownTable, markdownText } from '../../text/markdown.js';
import { visible } from '../../text/visible.js';
import { cellMeanings, cellWords, someText } from '../../wording/matrix.js';
import { printDocument } from '../document.js';
import { formatTable } from '../table.js';
import { tellFault } from '../target-fault.js';
import { matrixDocument } from './document.js';

export type MatrixFormat = 'text' | 'json' | 'csv' | 'markdown' | 'html';

export async function printMatrix(matrix: Matrix, format: MatrixFormat, palette: Palette): Promise<void> {
  matrix.faults.forEach(tellFault);
  switch (format) {
    case 'json':
      return printDocument(matrixDocument(matrix), 'json');
    case 'csv':
      return writeOut(toCsv(grid(matrix, ['source', ...matrix.columns], cellName)));
    case 'markdown':
      return writeOut(matrixMarkdown(matrix));
    case 'html': {
      const { matrixPage } = await import('./page.js');
      return writeOut(matrixPage(matrix));
    }
    case 'text':
      return writeOut(matrixText(matrix, palette));
  }
}

interface Cells {
  readonly now: Cell;
  readonly before: Cell | undefined;
}

/** The rows of a table, a source each. */
function grid(matrix: Matrix, header: readonly string[], text: (cells: Cells) => string): string[][] {
  const before = matrix.base && cellsBySource(matrix.base.rows);
  const rows = [...cellsBySource(matrix.rows)].map(([name, cells]) => [
    name,
    ...cells.map((now, index) => text({ now, before: before?.get(name)?.[index] })),
  ]);
  return [[...header], ...rows];
}

/** `allowed`, `denied (was allowed)` */
function cellName({ now, before }: Cells): string {
  return before && !isSame(now, before) ? `${now.verdict} (was ${before.verdict})` : now.verdict;
}

/** `yes`, `-<yes`: what was, behind the arrow. */
function cellMark({ now, before }: Cells): string {
  const mark = cellWords[now.verdict];
  return before && !isSame(now, before) ? `${mark}<${cellWords[before.verdict]}` : mark;
}

/** A grid whose columns are numbered, and what the numbers and words mean. Changed cells tell what was. */
function matrixText(matrix: Matrix, palette: Palette): string {
  const { columns } = matrix;
  const header = ['SOURCE', ...columns.map((_, index) => String(index + 1))];
  const rows = grid(matrix, header, cellMark).map(([name, ...marks]) => [visible(name!), ...marks]);
  const width = Math.max(...rows.map(([name]) => name!.length)) + 2;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)) + 2);
  const lines = rows.map((row) => {
    const cells = row.slice(1).map((cell, index) => paint(cell, palette, cell.padEnd(widths[index + 1]!)));
    return `${row[0]!.padEnd(width)}${cells.join('')}`.trimEnd();
  });
  const legend = columns.map((name, index) => [String(index + 1), name]);
  const some = someLines(matrix);
  return [
    `${lines.join('\n')}\n`,
    formatTable(legend),
    `${legendLine(matrix)}\n`,
    ...(some.length > 0 ? [formatTable(some)] : []),
  ].join('\n');
}

function paint(mark: string, palette: Palette, text: string): string {
  if (mark.startsWith(cellWords.allowed)) return palette.green(text);
  return mark.startsWith(cellWords.some) || mark.startsWith(cellWords.unknown) ? palette.yellow(text) : text;
}

function legendLine({ base }: Matrix): string {
  const words = (['allowed', 'some', 'unknown', 'denied'] as const).map(
    (word) => `${cellWords[word]}: ${cellMeanings[word]}`,
  );
  return [...words, ...(base ? ['x<y: x now, y before'] : [])].join('; ');
}

/** What gets through where it is not everything: source, column, requests. */
function someLines({ rows, columns }: Matrix): string[][] {
  return [...cellsBySource(rows)].flatMap(([name, cells]) =>
    cells.flatMap(({ verdict, classes }, index) =>
      verdict === 'some' ? [[name, columns[index]!, [...new Set(classes.map(someText))].join('; ')]] : [],
    ),
  );
}

const SIGNS = { allowed: '✅', some: '🟡', denied: '—', unknown: '❓' } as const;

function matrixMarkdown(matrix: Matrix): string {
  const mark = ({ now, before }: Cells) =>
    before && !isSame(now, before) ? `${SIGNS[now.verdict]} (was ${SIGNS[before.verdict]})` : SIGNS[now.verdict];
  const [header, ...rows] = grid(matrix, ['source', ...matrix.columns], mark);
  const legend = (['allowed', 'some', 'unknown', 'denied'] as const).map(
    (word) => `${SIGNS[word]} ${cellMeanings[word]}`,
  );
  const some = someLines(matrix).map((texts) => `- ${texts.map(markdownText).join(': ')}\n`);
  return `${markdownTable(header!, rows)}\n${legend.join(', ')}\n${some.length > 0 ? `\n${some.join('')}` : ''}`;
}
