import type { Palette } from '../cli/color.js';
import type { Verdict } from '../simulator/verdict.js';
import { visible } from '../text/visible.js';
import { visibleLength, wrapText } from '../text/wrap.js';

export interface LabelledLinesOptions {
  readonly palette: Palette;
  /** Columns to wrap at. */
  readonly width: number;
}

const LABEL_WIDTH = 14;

/** How a verdict is coloured. */
export function paintVerdict({ verdict }: Pick<Verdict, 'verdict'>, palette: Palette): (text: string) => string {
  return { allowed: palette.green, denied: palette.red, unpredictable: palette.yellow, unknown: palette.yellow }[
    verdict
  ];
}

/** An answer about one request: a headline with the verdict, then lines with labels, which wrap. */
export class LabelledLines {
  private readonly lines: string[] = [];

  constructor(private readonly options: LabelledLinesOptions) {}

  headline(verdict: Verdict, command: string): void {
    const { palette } = this.options;
    this.first(verdict.verdict.toUpperCase(), (word) => paintVerdict(verdict, palette)(palette.bold(word)), command);
  }

  /** A line that begins in the first column, above or below the headline. */
  preface(label: string, text: string): void {
    this.first(label, this.options.palette.dim, text);
  }

  private first(word: string, paint: (word: string) => string, text: string): void {
    const gap = ' '.repeat(Math.max(2, LABEL_WIDTH + 2 - word.length));
    this.lines.push(`${paint(word)}${gap}${visible(text)}`);
  }

  /**
   * @param places of objects, after the text: on its last line where they fit
   * @param mark in the first column
   * @param paint colours a row of the text
   */
  field(
    label: string,
    text: string,
    places: readonly string[] = [],
    mark = ' ',
    paint: (row: string) => string = String,
  ): void {
    const { palette, width } = this.options;
    const room = Math.max(20, width - LABEL_WIDTH - 2);
    const rows = wrapText(visible(text), room).map((row) => paint(row));
    for (const place of places.map(visible)) {
      const last = rows.at(-1)!;
      if (visibleLength(last) + place.length + 2 <= room) rows[rows.length - 1] = `${last}  ${palette.cyan(place)}`;
      else if (place.length <= room) rows.push(palette.cyan(place));
      else rows.push(...place.split(/ (?=\()/).map(palette.cyan));
    }
    rows.forEach((row, index) => {
      const begin = index === 0 ? `${mark} ${palette.dim(label.padEnd(LABEL_WIDTH))}` : ' '.repeat(LABEL_WIDTH + 2);
      this.lines.push(`${begin}${row}`.trimEnd());
    });
  }

  /** A command line is never broken, so that it can be copied. */
  verbatim(label: string, text: string): void {
    this.lines.push(`  ${this.options.palette.dim(label.padEnd(LABEL_WIDTH))}${visible(text)}`);
  }

  /** A command line below a field. */
  example(text: string): void {
    this.lines.push(`${' '.repeat(LABEL_WIDTH + 4)}${visible(text)}`);
  }

  /** Ends without line feed. */
  toString(): string {
    return this.lines.join('\n');
  }
}
