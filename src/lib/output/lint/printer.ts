import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import type { Level } from '../../analysis/lint/rule.js';
import type { LintResult } from '../../egress/lint/index.js';
import type { Reporter } from '../../reporter.js';
import { printDocument } from '../document.js';
import { githubCommands } from './github.js';
import { junitReport } from './junit.js';
import { lintDocument } from './document.js';
import { countsText } from './lines.js';
import { sarifLog } from './sarif.js';
import { lintText } from './text.js';

export const lintFormats = ['text', 'json', 'yaml', 'sarif', 'github', 'junit'] as const;
export type LintFormat = (typeof lintFormats)[number];

export interface LintPrintOptions {
  readonly palette: Palette;
  readonly report: Reporter;
  readonly failOn: Level;
  /** Of osm-ts. */
  readonly version: string;
}

/** Prints what lint has found; a summary goes to standard error where people read. */
export async function printLint(result: LintResult, format: LintFormat, options: LintPrintOptions): Promise<void> {
  const { palette, report, failOn, version } = options;
  switch (format) {
    case 'json':
    case 'yaml':
      return printDocument(lintDocument(result), format);
    case 'sarif':
      return printDocument(sarifLog(result, version), 'json');
    case 'junit':
      return writeOut(junitReport(result, failOn));
    case 'github':
      return writeOut(githubCommands(result));
    case 'text':
      await writeOut(lintText(result, palette));
      report.note(summary(result));
  }
}

function summary({ findings, suppressed, known, policies }: LintResult): string {
  const left = [
    ...(suppressed.length > 0 ? [`${suppressed.length} suppressed`] : []),
    ...(known.length > 0 ? [`${known.length} known from the baseline`] : []),
  ];
  const besides = left.length > 0 ? ` (${left.join(', ')})` : '';
  return `${countsText(findings)}${besides} in ${policies} ${policies === 1 ? 'policy' : 'policies'}`;
}
