import type { CaseResult, TestRun } from '../../egress/test/index.js';
import { placeText } from '../../wording/policy.js';
import { workflowCommand } from '../workflow-command.js';
import { comparisonText, oneLine, uncovered } from './lines.js';

/** Annotations of GitHub Actions for what did not pass and is not covered; what passed is a line of the log. */
export function githubReport({ cases, coverage }: TestRun): string {
  const missing = uncovered(coverage ?? []).map(({ kind, at, locate }) => {
    const { file, line, column } = locate(at.object, at.path) ?? {};
    const message = `no policy test has seen ${placeText(at, locate)} decide`;
    return workflowCommand('notice', { file, line, col: column, title: `${kind} not covered` }, message);
  });
  return [...cases.map(caseText), ...missing].join('');
}

function caseText(one: CaseResult): string {
  const { name, status, place } = one;
  if (status === 'passed' || status === 'skipped') return `${status === 'passed' ? 'pass' : 'skip'} ${oneLine(name)}\n`;
  const { file, line, column } = place();
  const level = status === 'failed' ? 'error' : 'warning';
  return workflowCommand(level, { file, line, col: column, title: oneLine(name) }, comparisonText(one));
}
