import { rules } from '../../analysis/lint/rules/index.js';
import { reaches, type LintResult, type Reported } from '../../egress/lint/index.js';
import type { Level } from '../../analysis/lint/rule.js';
import { placeText } from '../../errors.js';
import { junitText, type JunitCase } from '../reports/junit.js';
import { messageOf, otherPlaces } from './lines.js';

/** JUnit's XML: a test case for each finding, and one for each rule that finds nothing; those that reach `failOn` fail, others are skipped. */
export function junitReport(result: LintResult, failOn: Level): string {
  const { findings } = result;
  const found = new Set(findings.map(({ finding }) => finding.rule));
  const passed = [...rules].filter(({ name }) => !found.has(name)).sort((a, b) => (a.code < b.code ? -1 : 1));
  const cases = [
    ...findings.map((one) => caseOf(one, result, failOn)),
    ...passed.map(({ code, name }) => ({ classname: code, name })),
  ];
  return junitText('osm-ts egress lint', [{ name: 'egress lint', cases }]);
}

function caseOf(one: Reported, result: LintResult, failOn: Level): JunitCase {
  const { finding, code, place } = one;
  const message = messageOf(one);
  const head = { classname: code, name: `${finding.rule}${place ? ` ${placeText(place)}` : ''}` };
  if (!reaches(finding.level, failOn))
    return { ...head, outcome: { kind: 'skipped', body: `${finding.level}: ${message}` } };
  const body = [message, ...otherPlaces(one, result)].join('\n');
  return { ...head, outcome: { kind: 'failure', type: finding.level, message, body } };
}
