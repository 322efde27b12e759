import type { CaseResult, TestRun } from '../../egress/test/index.js';
import { placeText } from '../../wording/policy.js';
import { workflowCommand } from '../reports/github.js';
import { comparisonText, oneLine, uncovered } from './lines.js';

/** Annotations of GitHub Actions for what did not pass and is not covered; what passed is a line of the log. */
export function githubReport({ cases, coverage }: TestRun): string {
  const missing = uncovered(coverage ?? []).map(({ kind, at, locate }) =>
    workflowCommand({
      level: 'notice',
      place: locate(at.object, at.path),
      title: `${kind} not covered`,
      message: `no policy test has seen ${placeText(at, locate)} decide`,
    }),
  );
  return [...cases.map(caseText), ...missing].join('');
}

function caseText(one: CaseResult): string {
  const { name, status, place } = one;
  if (status === 'passed' || status === 'skipped') return `${status === 'passed' ? 'pass' : 'skip'} ${oneLine(name)}\n`;
  const level = status === 'failed' ? 'error' : 'warning';
  return workflowCommand({ level, place: place(), title: oneLine(name), message: comparisonText(one) });
}
