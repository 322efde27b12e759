import { createHash } from 'node:crypto';
import type { CaseResult, TestRun } from '../../egress/test/index.js';
import { objectName } from '../../wording/verdict.js';
import { sarifDocument, sarifLocation, sarifName } from '../reports/sarif.js';
import { comparisonText, decidingFields, oneLine } from './lines.js';

/** Name of our fingerprint; the number changes when it is made in another way. */
const FINGERPRINT = 'osmTsTest/v1';

const rules = {
  requests: { id: 'policy-test-request', text: 'A request does not fare as a policy test expects' },
  exactly: { id: 'policy-test-allows-exactly', text: 'Policies do not allow exactly what a policy test describes' },
  'not-wider': {
    id: 'policy-test-nothing-wider',
    text: 'Policies allow more than those that a policy test compares with',
  },
} as const;

const KINDS = { passed: 'pass', failed: 'fail', undecided: 'open', skipped: 'notApplicable' } as const;

/** SARIF 2.1.0: a result for each case, of the kind that says how it went; only those that failed have a level. */
export function sarifLog({ cases }: TestRun, version: string) {
  const described = Object.values(rules).map(({ id, text }) => ({
    id,
    name: sarifName(id),
    shortDescription: { text },
    help: { text: `${text}. docs/policy-tests.md tells about policy tests.` },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['egress'] },
  }));
  return sarifDocument(version, described, cases.map(resultOf));
}

function resultOf(one: CaseResult) {
  const { name, file, test, status, answer, place, locate } = one;
  const rule = rules[test.question.kind];
  const related = (answer ? decidingFields(answer) : []).flatMap((ref) => {
    const other = locate(ref.object, ref.path);
    return other ? [{ ...sarifLocation(other), message: { text: objectName(ref) } }] : [];
  });
  const fingerprint = createHash('sha256').update(`${file}\0${name}`).digest('hex').slice(0, 32);
  return {
    ruleId: rule.id,
    ruleIndex: Object.values(rules).indexOf(rule),
    kind: KINDS[status],
    level: status === 'failed' ? 'error' : 'none',
    message: { text: status === 'passed' ? oneLine(name) : `${oneLine(name)}: ${comparisonText(one)}` },
    locations: [sarifLocation(place())],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: { [FINGERPRINT]: fingerprint },
  };
}
