import { percentOf } from '../../analysis/policy-test/coverage.js';
import {
  count,
  counterExampleOf,
  coverageByKind,
  type CaseAnswer,
  type CaseResult,
  type CoveredItem,
  type TestRun,
} from '../../egress/test/index.js';
import { assumptionText } from '../../wording/verdict.js';
import { objectDocument } from '../explain/document.js';
import { decidingFields, gotText, uncovered, wantText } from './lines.js';

const QUESTIONS = { requests: 'request', exactly: 'allows exactly', 'not-wider': 'nothing wider than' } as const;

/** `kind: EgressTestReport`, described by schemas/egress-test-report.json. */
export function testDocument(run: TestRun) {
  const { cases, leftOut, coverage } = run;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressTestReport',
    summary: {
      cases: cases.length,
      passed: count(run, 'passed'),
      failed: count(run, 'failed'),
      undecided: count(run, 'undecided'),
      skipped: count(run, 'skipped'),
      leftOut,
    },
    cases: cases.map(caseDocument),
    coverage: coverage ? coverageDocument(coverage) : null,
  };
}

function caseDocument(one: CaseResult) {
  const { name, test, status, answer, locate } = one;
  const { file, line, column } = one.place();
  return {
    name,
    file,
    line,
    column,
    asks: QUESTIONS[test.question.kind],
    status,
    source: answer ? sourceOf(answer) : null,
    target: answer ? commandOf(answer) : null,
    want: answer ? wantText(answer) : null,
    got: answer ? gotText(answer) : null,
    decidedBy: answer ? decidingFields(answer).map((ref) => objectDocument(ref, locate)) : [],
    assumptions: answer?.kind === 'requests' ? answer.verdict.assumptions.map(assumptionText) : [],
  };
}

function sourceOf(answer: CaseAnswer) {
  const { namespace, serviceAccount } = answer.kind === 'requests' ? answer.asker.source : answer.source;
  return { namespace, serviceAccount };
}

/** The request of the case, or the one that shows that it fails. */
function commandOf(answer: CaseAnswer): string | null {
  return answer.kind === 'requests' ? answer.target.command : (counterExampleOf(answer)?.class.witness.command ?? null);
}

function coverageDocument(items: readonly CoveredItem[]) {
  return {
    percent: percentOf(items),
    byKind: coverageByKind(items),
    uncovered: uncovered(items).map(({ kind, at, locate }) => ({ part: kind, ...objectDocument(at, locate) })),
  };
}
