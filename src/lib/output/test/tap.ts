import type { CaseResult, TestRun } from '../../egress/test/index.js';
import { toYaml } from '../document.js';
import { comparisonText, coverageLines, oneLine, placeOf } from './lines.js';

/** The Test Anything Protocol, version 14. What cannot be decided is not ok. */
export async function tapReport({ cases, coverage }: TestRun): Promise<string> {
  const points = await Promise.all(cases.map(pointText));
  const comments = coverage ? coverageLines(coverage).map((line) => `# ${oneLine(line)}\n`) : [];
  return ['TAP version 14\n', `1..${cases.length}\n`, ...points, ...comments].join('');
}

async function pointText(one: CaseResult, index: number): Promise<string> {
  const { status } = one;
  const head = `${status === 'passed' || status === 'skipped' ? 'ok' : 'not ok'} ${index + 1} - ${nameText(one.name)}`;
  if (status === 'passed') return `${head}\n`;
  if (status === 'skipped') return `${head} # SKIP ${comparisonText(one)}\n`;
  const diagnostics = await toYaml({ status, message: comparisonText(one), at: placeOf(one) });
  const indented = diagnostics
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}\n`);
  return `${head}\n  ---\n${indented.join('')}  ...\n`;
}

/** A hash would begin a directive. */
function nameText(name: string): string {
  return oneLine(name).replace(/[\\#]/g, '\\$&');
}
