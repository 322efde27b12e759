import type { Palette } from '../../cli/color.js';
import type { LintResult, Reported } from '../../egress/lint/index.js';
import { placeText } from '../../errors.js';
import { visible } from '../../text/visible.js';
import { messageOf, otherPlaces } from './lines.js';

/** A line for each finding, as editors read it: `file:line:column: level CODE rule: what`; below it the other places. */
export function lintText(result: LintResult, palette: Palette): string {
  return result.findings.map((one) => findingText(one, result, palette)).join('');
}

function findingText(one: Reported, result: LintResult, palette: Palette): string {
  const { finding, code, place } = one;
  const paint = { error: palette.red, warning: palette.yellow, info: palette.blue }[finding.level];
  const where = place ? `${palette.bold(visible(placeText(place)))}: ` : '';
  const others = otherPlaces(one, result).map((other) => `  ${palette.dim(visible(other))}\n`);
  return `${where}${paint(finding.level)} ${code} ${finding.rule}: ${visible(messageOf(one))}\n${others.join('')}`;
}
