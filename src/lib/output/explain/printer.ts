import type { Locate } from '../../resources/types.js';
import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import type { Answer } from '../../egress/explain.js';
import type { Explanation } from '../../simulator/explain.js';
import { documentPrinter } from '../document.js';
import { explanationDocument } from './document.js';
import { explanationLine, explanationText } from './text.js';

export interface PrinterOptions {
  readonly locate: Locate;
  /** Several targets: one line, or one document, each. */
  readonly several: boolean;
  /** Several sources: a line names its own. */
  readonly sources: boolean;
  /** The whole sieve. */
  readonly full: boolean;
  readonly width: number;
  readonly palette: Palette;
  /** What running proxies were started with. */
  readonly since: readonly string[] | undefined;
  /** Command line that would allow a denied request; undefined where none would. */
  readonly fix: (explanation: Explanation) => Promise<string | undefined>;
}

/** A function that prints one answer at a time, written out before it resolves. */
export function explanationPrinter(
  format: 'text' | 'json' | 'yaml',
  options: PrinterOptions,
): (answer: Answer) => Promise<void> {
  const { locate, several, full, fix, since } = options;
  if (format !== 'text') {
    const print = documentPrinter(format, several);
    return async ({ asker, explanation }) =>
      print(explanationDocument(explanation, { locate, asker, since, sieve: full, fix: await fix(explanation) }));
  }
  if (several && !full) return (answer) => writeOut(`${explanationLine(answer, options)}\n`);
  let first = true;
  return async ({ asker, explanation }) => {
    const separator = first ? '' : '\n';
    first = false;
    await writeOut(`${separator}${explanationText(explanation, { ...options, asker, fix: await fix(explanation) })}\n`);
  };
}
