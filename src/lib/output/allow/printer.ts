import { paletteFor, type Palette } from '../../cli/color.js';
import { stderr, textWidth, writeOut } from '../../cli/streams.js';
import { qualifiedName } from '../../resources/kinds.js';
import type { AllowAnswer } from '../../egress/allow/index.js';
import type { WrittenObject } from '../../egress/allow/write.js';
import { dryRunMarks, type DryRun } from '../../changes/change.js';
import { visible } from '../../text/visible.js';
import { printDocument } from '../document.js';
import { tellFault } from '../target-fault.js';
import { allowDocument } from './document.js';
import { allowText, diffText } from './text.js';

export const allowFormats = ['text', 'json', 'yaml', 'diff'] as const;
export type AllowFormat = (typeof allowFormats)[number];

export interface AllowPrinterOptions {
  readonly format: AllowFormat;
  readonly palette: Palette;
  readonly width: number;
  readonly dryRun: DryRun;
}

/** Shows what is to be done. Documents are printed at the end only, when it is known what was written. */
export async function printPlan(answer: AllowAnswer, { format, palette, width }: AllowPrinterOptions): Promise<void> {
  answer.faults.forEach(tellFault);
  if (format === 'text') await writeOut(allowText(answer, { palette, width }));
  else if (format === 'diff') await writeOut(diffText(answer, palette));
}

/** The plan for whoever is asked to agree, when standard output gets something else. */
export function questionText(answer: AllowAnswer): string {
  return allowText(answer, { palette: paletteFor(stderr), width: textWidth(stderr) });
}

/** Says what was done. */
export async function printWritten(
  answer: AllowAnswer,
  written: readonly WrittenObject[],
  { format, dryRun }: AllowPrinterOptions,
): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    await printDocument(allowDocument(answer, written, paletteFor({ isTTY: false }, {})), format);
  } else if (format === 'text') {
    const lines = written.map(({ kind, object, change }) => {
      return `${visible(qualifiedName(kind, object.metadata.name))} ${change}${dryRunMarks[dryRun]}\n`;
    });
    await writeOut(lines.join(''));
  }
}
