import type { CaseResult, TestRun } from '../../egress/test/index.js';
import { junitText, type JunitCase } from '../reports/junit.js';
import { comparisonText, placeOf } from './lines.js';

/** JUnit's XML: a suite for each test file. What cannot be decided is an error rather than a failure. */
export function junitReport({ cases }: TestRun): string {
  const files = [...new Set(cases.map(({ file }) => file))];
  const suites = files.map((name) => ({ name, cases: cases.filter(({ file }) => file === name).map(caseOf) }));
  return junitText('osm-ts egress test', suites);
}

function caseOf(one: CaseResult): JunitCase {
  const { name, file: classname, status } = one;
  if (status === 'passed') return { classname, name };
  const message = comparisonText(one);
  if (status === 'skipped') return { classname, name, outcome: { kind: 'skipped', body: message } };
  const kind = status === 'failed' ? 'failure' : 'error';
  return { classname, name, outcome: { kind, type: status, message, body: `${placeOf(one)}\n${message}` } };
}
