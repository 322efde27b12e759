import { percentOf } from '../../analysis/policy-test/coverage.js';
import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import { isTooLittleCovered, type TestRun } from '../../egress/test/index.js';
import type { Reporter } from '../../reporter.js';
import { percentText } from '../../wording/policy-test.js';
import { printDocument } from '../document.js';
import { testDocument } from './document.js';
import { githubReport } from './github.js';
import { junitReport } from './junit.js';
import { assumptionTexts, coverageLines, summaryText } from './lines.js';
import { sarifLog } from './sarif.js';
import { tapReport } from './tap.js';
import { testText } from './text.js';

export type TestFormat = 'text' | 'json' | 'junit' | 'tap' | 'github' | 'sarif';

export interface TestPrintOptions {
  readonly palette: Palette;
  readonly report: Reporter;
  /** Of osm-ts. */
  readonly version: string;
  readonly minCoverage: number | undefined;
}

/** More would hide the summary. */
const MAX_ASSUMPTIONS = 5;

/** Prints how the cases went; a summary, and what the format has no place for, goes to standard error. */
export async function printTest(run: TestRun, format: TestFormat, options: TestPrintOptions): Promise<void> {
  const { report, minCoverage } = options;
  await printCases(run, format, options);
  if (format === 'text') {
    const assumed = assumptionTexts(run.cases);
    for (const text of assumed.slice(0, MAX_ASSUMPTIONS)) report.note(`assumed: ${text}`);
    const more = assumed.length - MAX_ASSUMPTIONS;
    if (more > 0) report.note(`assumed: ${more} more, which -o json names`);
  }
  const { coverage } = run;
  if (coverage && (format === 'junit' || format === 'sarif'))
    for (const line of coverageLines(coverage)) report.note(line);
  if (isTooLittleCovered(run, minCoverage))
    report.warn(`the coverage of ${percentText(percentOf(coverage!))} is below the ${minCoverage}% of --min-coverage`);
  if (format !== 'json') report.note(summaryText(run));
}

async function printCases(run: TestRun, format: TestFormat, { palette, version }: TestPrintOptions): Promise<void> {
  switch (format) {
    case 'text':
      return writeOut(testText(run, palette));
    case 'json':
      return printDocument(testDocument(run), 'json');
    case 'junit':
      return writeOut(junitReport(run));
    case 'tap':
      return writeOut(await tapReport(run));
    case 'github':
      return writeOut(githubReport(run));
    case 'sarif':
      return printDocument(sarifLog(run, version), 'json');
  }
}
