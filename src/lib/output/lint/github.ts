import type { LintResult } from '../../egress/lint/index.js';
import { workflowCommand } from '../workflow-command.js';
import { messageOf, otherPlaces } from './lines.js';

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Workflow commands of GitHub Actions, which become annotations of a pull request. */
export function githubCommands(result: LintResult): string {
  return result.findings
    .map((one) => {
      const { finding, code, place } = one;
      const position = place && 'line' in place ? { line: place.line, col: place.column } : {};
      const properties = { ...(place && { file: place.file }), ...position, title: `${code} ${finding.rule}` };
      const message = [messageOf(one), ...otherPlaces(one, result)].join('\n');
      return workflowCommand(COMMANDS[finding.level], properties, message);
    })
    .join('');
}
