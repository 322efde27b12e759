import type { Palette } from '../../cli/color.js';
import type { CaseResult, CaseStatus, TestRun } from '../../egress/test/index.js';
import { comparisonText, coverageLines, oneLine, placeOf } from './lines.js';

const WORDS: Readonly<Record<CaseStatus, string>> = {
  passed: 'pass',
  failed: 'FAIL',
  undecided: 'UNDECIDED',
  skipped: 'skip',
};

/** A line for each case: whether it passed; where it did not, where it stands, what was wanted, what turned up and why. */
export function testText({ cases, coverage }: TestRun, palette: Palette): string {
  const lines = cases.map((one) => caseLine(one, palette));
  return [...lines, ...(coverage ? coverageLines(coverage) : [])].map((line) => `${line}\n`).join('');
}

function caseLine(one: CaseResult, palette: Palette): string {
  const { status } = one;
  const paint = { passed: palette.green, failed: palette.red, undecided: palette.yellow, skipped: palette.dim }[status];
  const head = `${paint(WORDS[status].padEnd(9))} ${oneLine(one.name)}`;
  if (status === 'passed' || status === 'skipped') return head;
  return `${head} (${placeOf(one)}): ${comparisonText(one)}`;
}
