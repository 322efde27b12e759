import type { Locate } from '../../resources/types.js';
import type { Palette } from '../../cli/color.js';
import { writeErr, writeOut } from '../../cli/streams.js';
import type { Answer, AnswerTally, Answered } from '../../egress/explain.js';
import type { LineFault } from '../../input/targets.js';
import type { VerdictWord } from '../../simulator/verdict.js';
import { documentPrinter } from '../document.js';
import { faultDocument, tellFault } from '../target-fault.js';
import { explanationDocument } from './document.js';
import { AnswerLines } from './lines.js';
import { explanationText } from './text.js';

export interface PrinterOptions {
  readonly format: 'text' | 'json' | 'yaml';
  readonly locate: Locate;
  /** Several targets: one line, or one document, each, and a summary on standard error. */
  readonly several: boolean;
  /** Several sources: a line names its own. */
  readonly sources: boolean;
  /** The whole sieve. */
  readonly full: boolean;
  /** Verdicts to print; all of them when none is named. */
  readonly only: readonly VerdictWord[];
  /** Print no answer and no summary. */
  readonly quiet: boolean;
  readonly width: number;
  readonly terminal: { readonly width: number } | undefined;
  readonly palette: Palette;
  /** What running proxies were started with. */
  readonly since: readonly string[] | undefined;
  /** The config dump that answers come from. */
  readonly configDump?: string | undefined;
  /** Command line that would allow a denied request; undefined where none would. */
  readonly fix: (answer: Answer) => Promise<string | undefined>;
}

interface Printer {
  answer(answer: Answer): Promise<void>;
  fault(fault: LineFault): Promise<void>;
  end(): Promise<void>;
}

/** Prints answers as they come, and at the end how many there were of each sort. */
export async function printAnswers(
  answers: AsyncIterable<Answered>,
  tally: AnswerTally,
  options: PrinterOptions,
): Promise<void> {
  const { only, quiet, several } = options;
  const printer = printerFor(options);
  for await (const answered of answers) {
    tally.add(answered);
    if ('fault' in answered) await printer.fault(answered.fault);
    else if (!quiet && (only.length === 0 || only.includes(answered.explanation.verdict.verdict)))
      await printer.answer(answered);
  }
  await printer.end();
  if (several && !quiet) writeErr(`${tally.summary}\n`);
}

function printerFor({ format, locate, several, full, fix, since, configDump, ...options }: PrinterOptions): Printer {
  const fault = (one: LineFault): Promise<void> => Promise.resolve(tellFault(one));
  const end = (): Promise<void> => Promise.resolve();
  if (format !== 'text') {
    const print = documentPrinter(format, several);
    const common = { locate, since, configDump, sieve: full };
    return {
      answer: async (answer) => {
        const { asker, explanation } = answer;
        return print(explanationDocument(explanation, { ...common, asker, fix: await fix(answer) }));
      },
      fault: (one) => (options.quiet ? fault(one) : print(faultDocument(one))),
      end,
    };
  }
  if (several && !full) {
    const lines = new AnswerLines(options);
    return { answer: (answer) => lines.add(answer), fault, end: () => lines.end() };
  }
  let first = true;
  const told = new Set<string>();
  const print = async (answer: Answer): Promise<void> => {
    const { asker, explanation } = answer;
    const separator = first ? '' : '\n';
    first = false;
    const text = explanationText(explanation, { ...options, locate, full, asker, told, fix: await fix(answer) });
    await writeOut(`${separator}${text}\n`);
  };
  return { answer: print, fault, end };
}
