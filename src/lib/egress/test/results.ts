import type { CounterExample, Exactness } from '../../analysis/policy-test/exactly.js';
import { coveredKinds, percentOf, type CoverageItem } from '../../analysis/policy-test/coverage.js';
import type { Expectation, Judgement } from '../../analysis/policy-test/expectation.js';
import type { Implication } from '../../analysis/request-space/index.js';
import { ExitCode } from '../../errors.js';
import type { PolicyTest, Place } from '../../input/tests/types.js';
import type { Locate } from '../../resources/types.js';
import type { Target } from '../../simulator/request/index.js';
import type { Verdict } from '../../simulator/verdict.js';
import type { Source } from '../../simulator/world.js';
import type { Answer, Asker } from '../explain.js';

/** What a case found out. */
export type CaseAnswer =
  | {
      readonly kind: 'requests';
      readonly expect: Expectation;
      readonly asker: Asker;
      readonly target: Target;
      readonly verdict: Verdict;
      /** The whole answer; made when it is asked for. */
      readonly explain: () => Answer;
    }
  | { readonly kind: 'exactly'; readonly patterns: number; readonly source: Source; readonly exactness: Exactness }
  | { readonly kind: 'not-wider'; readonly old: string; readonly source: Source; readonly implication: Implication };

export type CaseStatus = Judgement | 'skipped';

/** One question for one source. */
export interface CaseResult {
  /** That of the test; with the client and the request where it has several. */
  readonly name: string;
  readonly test: PolicyTest;
  readonly file: string;
  readonly place: Place;
  readonly status: CaseStatus;
  /** Absent when it was skipped. */
  readonly answer: CaseAnswer | undefined;
  readonly locate: Locate;
}

export interface CoveredItem extends CoverageItem {
  readonly locate: Locate;
}

export interface TestRun {
  /** In the order of the files. */
  readonly cases: readonly CaseResult[];
  /** How many cases a filter left out. */
  readonly leftOut: number;
  /** Absent unless it was asked for. */
  readonly coverage: readonly CoveredItem[] | undefined;
}

export function count({ cases }: TestRun, status: CaseStatus): number {
  return cases.filter((one) => one.status === status).length;
}

/** Covered parts by kind; kinds of which there is none are left out. */
export function coverageByKind(items: readonly CoveredItem[]) {
  return coveredKinds.flatMap((kind) => {
    const all = items.filter((item) => item.kind === kind);
    return all.length === 0 ? [] : [{ kind, all: all.length, covered: all.filter(({ covered }) => covered).length }];
  });
}

/** Is less covered than was asked for? */
export function isTooLittleCovered({ coverage }: TestRun, minCoverage: number | undefined): boolean {
  return coverage !== undefined && minCoverage !== undefined && percentOf(coverage) < minCoverage;
}

/** That a test failed, or too little is covered, wins over not known, not known over passed. */
export function exitCodeOf(run: TestRun, minCoverage: number | undefined): number {
  if (count(run, 'failed') > 0 || isTooLittleCovered(run, minCoverage)) return ExitCode.no;
  return count(run, 'undecided') > 0 ? ExitCode.unknown : ExitCode.yes;
}

/** The request that shows that a question about all requests is answered with no. */
export function counterExampleOf(answer: CaseAnswer): CounterExample | undefined {
  if (answer.kind === 'exactly' && answer.exactness.holds === false) return answer.exactness.counterExample;
  if (answer.kind === 'not-wider' && answer.implication.holds === false) {
    const { class: requests, after } = answer.implication.counterexample;
    return { class: requests, verdict: after, wanted: false };
  }
  return undefined;
}
