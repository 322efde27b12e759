import type { LintResult } from '../../egress/lint/index.js';
import { messageOf, otherPlaces } from './lines.js';

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Workflow commands of GitHub Actions, which become annotations of a pull request. */
export function githubCommands(result: LintResult): string {
  return result.findings
    .map((one) => {
      const { finding, code, place } = one;
      const position = place && 'line' in place ? { line: place.line, col: place.column } : {};
      const properties = { ...(place && { file: place.file }), ...position, title: `${code} ${finding.rule}` };
      const list = Object.entries(properties).map(([name, value]) => `${name}=${propertyText(String(value))}`);
      const message = [messageOf(one), ...otherPlaces(one, result)].join('\n');
      return `::${COMMANDS[finding.level]} ${list.join(',')}::${dataText(message)}\n`;
    })
    .join('');
}

/** GitHub's escapes: a line break would end the command. */
function dataText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function propertyText(text: string): string {
  return dataText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
