import { percentOf } from '../../analysis/policy-test/coverage.js';
import { endingsOf } from '../../simulator/verdict.js';
import {
  count,
  coverageByKind,
  counterExampleOf,
  type CaseAnswer,
  type CaseResult,
  type CoveredItem,
  type TestRun,
} from '../../egress/test/index.js';
import { placeText as positionText } from '../../errors.js';
import type { FieldRef } from '../../resources/types.js';
import { distinct, placeText } from '../../wording/policy.js';
import {
  counterExampleText,
  coveredText,
  expectationText,
  foundText,
  patternsText,
  percentText,
  undecidedExactnessText,
  undecidedRegionsText,
} from '../../wording/policy-test.js';
import { assumptionText } from '../../wording/verdict.js';
import { summaryOf } from '../explain/summary.js';

export function wantText(answer: CaseAnswer): string {
  switch (answer.kind) {
    case 'requests':
      return expectationText(answer.expect);
    case 'exactly':
      return patternsText(answer.patterns);
    case 'not-wider':
      return `nothing wider than ${answer.old}`;
  }
}

/** What turned up instead, or as it should, with the reason. */
export function gotText(answer: CaseAnswer): string {
  if (answer.kind === 'requests') {
    return `${foundText(answer.expect, answer.verdict)}: ${summaryOf(answer.explain())}`;
  }
  const found = counterExampleOf(answer);
  if (found) return counterExampleText(found);
  if (answer.kind === 'exactly')
    return answer.exactness.holds === 'undecided' ? undecidedExactnessText(answer.exactness) : 'just that';
  return answer.implication.holds === 'undecided' ? undecidedRegionsText(answer.implication.undecided) : 'just that';
}

/** The fields that decide, or that could not be compared. */
export function decidingFields(answer: CaseAnswer): readonly FieldRef[] {
  if (answer.kind === 'requests') return endingsOf(answer.verdict).flatMap(({ decidedBy }) => decidedBy);
  const found = counterExampleOf(answer);
  if (found) return endingsOf(found.verdict).flatMap(({ decidedBy }) => decidedBy);
  const result = answer.kind === 'exactly' ? answer.exactness : answer.implication;
  return result.holds === 'undecided' ? result.undecided.flatMap(({ at }) => at) : [];
}

/** `want denied, got allowed: httpbin.org:80, through …; Egress curl/httpbin spec.hosts[0] (e.yaml:9)` */
export function comparisonText({ answer, locate }: CaseResult): string {
  if (!answer) return 'not run: a case before it did not pass';
  const by = distinct(decidingFields(answer).map((ref) => placeText(ref, locate)));
  const shown = by.length > 4 ? [...by.slice(0, 3), `${by.length - 3} more`] : by;
  return oneLine(
    [`want ${wantText(answer)}, got ${gotText(answer)}`, ...(shown.length > 0 ? [shown.join(', ')] : [])].join('; '),
  );
}

/** A name takes one line, whatever is in it. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

export function placeOf({ place }: CaseResult): string {
  return positionText(place());
}

/** `12 passed, 1 failed` */
export function summaryText(run: TestRun): string {
  const counts = (['passed', 'failed', 'undecided', 'skipped'] as const).map(
    (status) => [count(run, status), status] as const,
  );
  const found = counts.filter(([number]) => number > 0).map(([number, status]) => `${number} ${status}`);
  const leftOut = run.leftOut > 0 ? ` (${run.leftOut} left out by --filter)` : '';
  return `${found.join(', ')}${leftOut}`;
}

/** How much is covered, then each part that is not, a line each. */
export function coverageLines(items: readonly CoveredItem[]): string[] {
  const kinds = coverageByKind(items).map(({ kind, covered, all }) => coveredText(kind, covered, all));
  const head = `coverage ${percentText(percentOf(items))}${kinds.length > 0 ? `: ${kinds.join(', ')}` : ''}`;
  return [head, ...uncovered(items).map(({ at, kind, locate }) => `not covered: ${kind} ${placeText(at, locate)}`)];
}

export function uncovered(items: readonly CoveredItem[]): CoveredItem[] {
  return items.filter(({ covered }) => !covered);
}

/** What the verdicts take for granted, each once; that a host resolves is a matter of the case that names it. */
export function assumptionTexts(cases: readonly CaseResult[]): string[] {
  const made = cases.flatMap(({ answer }) => (answer?.kind === 'requests' ? answer.verdict.assumptions : []));
  return distinct(made.filter(({ code }) => code !== 'resolves-for-envoy').map(assumptionText));
}
