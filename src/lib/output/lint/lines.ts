import { primaryField } from '../../analysis/lint/place.js';
import type { LintResult, Reported } from '../../egress/lint/index.js';
import type { Level } from '../../analysis/lint/rule.js';
import { concernedText } from '../../wording/findings.js';
import { distinct, placeText } from '../../wording/policy.js';
import { objectName } from '../../wording/verdict.js';

/** `Egress curl/db: its hosts have no effect …` */
export function messageOf({ finding }: Reported): string {
  const field = primaryField(finding);
  const text = concernedText(finding);
  return field ? `${objectName(field)}: ${text}` : text;
}

/** The other fields that a finding is about, with their places. */
export function otherPlaces({ finding }: Reported, { input: { locate } }: LintResult): string[] {
  const field = primaryField(finding);
  const own = field && placeText(field, locate);
  return distinct(finding.at.map((ref) => placeText(ref, locate))).filter((place) => place !== own);
}

/** `1 error, 2 warnings` */
export function countsText(findings: readonly Reported[]): string {
  const counts = (['error', 'warning', 'info'] as const).map((level): [Level, number] => [
    level,
    findings.filter(({ finding }) => finding.level === level).length,
  ]);
  const parts = counts.filter(([, count]) => count > 0).map(([level, count]) => `${count} ${plural(level, count)}`);
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

function plural(level: Level, count: number): string {
  if (level === 'info') return 'for information';
  return count === 1 ? level : `${level}s`;
}
