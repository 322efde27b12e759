import { writeOut } from '../../cli/streams.js';
import type { Palette } from '../../cli/color.js';
import type { ReachAnswer } from '../../egress/reach.js';
import type { Locate } from '../../resources/types.js';
import { toCsv } from '../../text/csv.js';
import { markdownTable, markdownText } from '../../text/markdown.js';
import { undecidedText } from '../../wording/reach.js';
import { assumptionText, obstacleText } from '../../wording/verdict.js';
import { documentPrinter } from '../document.js';
import { askerText } from '../explain/asker.js';
import { LabelledLines } from '../labelled-lines.js';
import { formatTable } from '../table.js';
import { reachDocument } from './document.js';
import {
  csvHeader,
  csvRows,
  linesOf,
  objectPlace,
  objectsOf,
  textColumns,
  wideColumns,
  type Column,
  type Line,
} from './table.js';

export const reachFormats = ['text', 'wide', 'json', 'csv', 'markdown'] as const;
export type ReachFormat = (typeof reachFormats)[number];

export interface ReachPrinterOptions {
  readonly locate: Locate;
  /** Several sources: JSON takes a line each. */
  readonly several: boolean;
  readonly palette: Palette;
  readonly width: number;
  /** Set when a person looks at it: long lists are shortened, and the table is fitted. */
  readonly terminal: { readonly width: number } | undefined;
}

type Print = (answer: ReachAnswer) => Promise<void>;

/** A function that prints one answer at a time, written out before it resolves. */
export function reachPrinter(format: ReachFormat, options: ReachPrinterOptions): Print {
  const { locate, several } = options;
  let first = true;
  const between = (separator: string): string => {
    const text = first ? '' : separator;
    first = false;
    return text;
  };
  switch (format) {
    case 'json': {
      const print = documentPrinter('json', several);
      return (answer) => print(reachDocument(answer, locate));
    }
    case 'csv':
      return (answer) => writeOut(toCsv([...(first ? [csvHeader] : []), ...csvRows(answer, locate)]) + between(''));
    case 'markdown':
      return (answer) => writeOut(between('\n') + reachMarkdown(answer, locate));
    case 'text':
    case 'wide':
      return async (answer) => writeOut(between('\n') + (await reachText(answer, format === 'wide', options)));
  }
}

async function reachText(answer: ReachAnswer, wide: boolean, options: ReachPrinterOptions): Promise<string> {
  const { locate } = options;
  const lines = linesOf(answer, locate);
  const columns = wide ? wideColumns : textColumns(lines);
  const above = new LabelledLines(options);
  above.preface('from', askerText(answer.asker));
  const below = new LabelledLines(options);
  for (const { label, text, places } of remarks(answer, locate)) below.field(label, text, places);
  const table = lines.length === 0 ? '' : `\n${await tableText(lines, columns, wide, options)}`;
  const notes = below.toString();
  return `${above.toString()}\n${table}${notes === '' ? '' : `\n${notes}\n`}`;
}

/** Items of a list that are shown where lists are shortened. */
const SHOWN = 3;

async function tableText(
  lines: readonly Line[],
  columns: readonly Column[],
  wide: boolean,
  { terminal, palette }: ReachPrinterOptions,
): Promise<string> {
  const header = columns.map(({ title }) => title);
  const cell = (texts: readonly string[]): string => {
    if (texts.length === 0) return '-';
    const rest = terminal && !wide ? texts.length - SHOWN : 0;
    return [...texts.slice(0, rest > 0 ? SHOWN : undefined), ...(rest > 0 ? [`+${rest}`] : [])].join(', ');
  };
  const rows = lines.map((line) => columns.map(({ of }) => cell(of(line))));
  if (!terminal) return formatTable([header, ...rows]);
  const { terminalTable } = await import('../terminal-table.js');
  const cells = rows.map((texts, index) =>
    texts.map((text) => (lines[index]!.row.verdict === 'allowed' ? { text } : { text, color: 'yellow' as const })),
  );
  return terminalTable(header, cells, { width: terminal.width, color: palette.enabled });
}

interface Remark {
  readonly label: string;
  readonly text: string;
  readonly places: readonly string[];
}

/** What a person has to know beside the rows: what is not in them, and what they take for granted. */
function remarks({ rows, undecided, assumptions, asker }: ReachAnswer, locate: Locate): Remark[] {
  const remark = (label: string, text: string, places: readonly string[] = []): Remark => ({ label, text, places });
  const found: Remark[] = [];
  if (asker.mesh === null && asker.otherMesh !== undefined) {
    found.push(remark('not known', `the control plane of mesh ${asker.otherMesh} decides, which was not asked about`));
  } else if (rows.length === 0 && undecided.length === 0) found.push(remark('reaches', 'nothing'));
  undecided.forEach((region, index) =>
    found.push(
      remark(
        index === 0 ? 'undecided' : '',
        undecidedText(region),
        objectsOf(region.at).map((ref) => objectPlace(ref, locate)),
      ),
    ),
  );
  const obstacles = new Set(rows.flatMap((row) => row.obstacles.map(obstacleText)));
  [...obstacles].forEach((text, index) => found.push(remark(index === 0 ? 'because' : '', text)));
  assumptions.forEach((one, index) => found.push(remark(index === 0 ? 'assumed' : '', assumptionText(one))));
  return found;
}

function reachMarkdown(answer: ReachAnswer, locate: Locate): string {
  const lines = linesOf(answer, locate);
  const columns = textColumns(lines);
  const header = columns.map(({ title }) => title.toLowerCase().replace('-', ' '));
  const rows = lines.map((line) => columns.map(({ of }) => of(line).join(', ')));
  const notes = remarks(answer, locate).map(({ label, text, places }) => {
    const where = places.length > 0 ? ` (${places.join(', ')})` : '';
    return `- ${[label, text]
      .filter((part) => part !== '')
      .map(markdownText)
      .join(': ')}${markdownText(where)}\n`;
  });
  const table = rows.length > 0 ? `\n${markdownTable(header, rows)}` : '';
  return `### ${markdownText(askerText(answer.asker))}\n${table}${notes.length > 0 ? `\n${notes.join('')}` : ''}`;
}
