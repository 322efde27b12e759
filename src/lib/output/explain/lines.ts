import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import type { Answer } from '../../egress/explain.js';
import type { VerdictWord } from '../../simulator/verdict.js';
import { visible } from '../../text/visible.js';
import { visibleLength, wrapText } from '../../text/wrap.js';
import { paintVerdict } from '../labelled-lines.js';
import { summaryOf } from './summary.js';

export interface LinesOptions {
  readonly palette: Palette;
  /** Several sources: a line names its own. */
  readonly sources: boolean;
  /** Set on a terminal: no line is longer, unless a word is. Elsewhere an answer takes one line. */
  readonly terminal: { readonly width: number } | undefined;
}

interface Row {
  readonly verdict: VerdictWord;
  readonly source: string;
  readonly target: string;
  readonly summary: string;
}

/** Answers that are laid out together: what is kept of a list without end. */
const MOST_ROWS = 100;
const WORD_WIDTH = 14;
const GAP = 2;
/** A longer target does not make the column wider for all the others. */
const WIDEST_TARGET = 60;
/** With less room beside the target, the summary goes below it. */
const NARROWEST_SUMMARY = 36;

/**
 * Answers in columns, one a line. What comes at once is laid out together; when the next target is waited for, what is there is
 * written. Columns only grow, so that one block continues the one before.
 */
export class AnswerLines {
  private rows: Row[] = [];
  private written: Promise<void> | undefined;
  private sourceWidth = 0;
  private targetWidth = 0;

  constructor(private readonly options: LinesOptions) {}

  async add(answer: Answer): Promise<void> {
    const { source } = answer.asker;
    this.rows.push({
      verdict: answer.explanation.verdict.verdict,
      source: `${source.namespace}/${source.serviceAccount}`,
      target: visible(answer.explanation.target.command),
      summary: visible(summaryOf(answer)),
    });
    if (this.rows.length >= MOST_ROWS) await this.flush();
    else if (this.rows.length === 1) setImmediate(() => this.flushWhenIdle());
    // what was written meanwhile may have failed
    await this.written;
  }

  async end(): Promise<void> {
    await this.flush();
    await this.written;
  }

  private flushWhenIdle(): void {
    this.written = this.flush();
    // told when the next answer comes, or at the end
    this.written.catch(() => undefined);
  }

  private flush(): Promise<void> {
    const { rows } = this;
    this.rows = [];
    if (rows.length === 0) return Promise.resolve();
    const widest = this.options.terminal ? Math.floor(this.options.terminal.width * 0.4) : WIDEST_TARGET;
    const fitting = rows.map(({ target }) => target.length).filter((length) => length <= widest);
    this.targetWidth = Math.max(this.targetWidth, ...fitting);
    if (this.options.sources) this.sourceWidth = Math.max(this.sourceWidth, ...rows.map(({ source }) => source.length));
    return writeOut(rows.map((row) => this.layOut(row)).join(''));
  }

  private layOut({ verdict, source, target, summary }: Row): string {
    const { palette, sources, terminal } = this.options;
    const word = verdict.toUpperCase();
    const begin = paintVerdict({ verdict }, palette)(word) + ' '.repeat(WORD_WIDTH - word.length);
    const who = sources ? `${source.padEnd(this.sourceWidth + GAP)}` : '';
    const column = WORD_WIDTH + who.length + this.targetWidth + GAP;
    const head = `${begin}${who}${target.padEnd(this.targetWidth)}`;
    if (!terminal) return `${head}${' '.repeat(GAP)}${palette.dim(summary)}\n`;
    const isBeside = terminal.width - column >= NARROWEST_SUMMARY;
    const indent = isBeside ? column : WORD_WIDTH;
    const lines = wrapText(summary, terminal.width - indent).map((line) => palette.dim(line));
    const fits = isBeside && visibleLength(head) + GAP <= column;
    const first = fits ? [`${head}${' '.repeat(GAP)}${lines.shift() ?? ''}`] : this.headLines(begin + who, target);
    return [...first, ...lines.map((line) => ' '.repeat(indent) + line)].map((line) => `${line.trimEnd()}\n`).join('');
  }

  /** A target that leaves no room for anything beside it. */
  private headLines(begin: string, target: string): string[] {
    const width = this.options.terminal!.width;
    if (visibleLength(begin) + target.length <= width) return [begin + target];
    return [begin, ...wrapText(target, width - WORD_WIDTH).map((line) => ' '.repeat(WORD_WIDTH) + line)];
  }
}
