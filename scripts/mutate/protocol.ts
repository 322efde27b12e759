/** What the main process and the processes that run the tests say to one another. */

/** The first message to a worker. */
export interface Setup {
  /** Test files, as paths. */
  readonly files: readonly string[];
  /** Record which test reaches which mutants, instead of waiting for mutants. */
  readonly survey: boolean;
  /** A mutant that is awake from the start, while the files are loaded. */
  readonly active?: number;
  /** The tests that jobs refer to by index. */
  readonly tests?: readonly TestRun[];
}

export interface Job {
  readonly mutant: number;
  /** The tests to run, in groups: quick ones first. The run ends with the first failure. */
  readonly groups: readonly (readonly number[])[];
}

export interface TestRun {
  readonly test: string;
  /** Places of mutants that may be passed before the test counts as one that does not end. */
  readonly steps: number;
  /** What it takes without mutants. */
  readonly milliseconds: number;
}

/** A test that passed, without mutants. */
export interface SurveyedTest {
  /** Its file, its full title, and a number when there are several of that name. */
  readonly name: string;
  readonly file: string;
  readonly milliseconds: number;
  /** Places of mutants that it passed, each as often as it did. */
  readonly steps: number;
  /** The mutants at those places, those of its hooks included: an index of the survey's sets. */
  readonly reaches: number;
}

export interface Survey {
  readonly kind: 'survey';
  readonly tests: readonly SurveyedTest[];
  /** Sets of mutants. Thousands of tests take the same way, and each passes thousands of places: a set is told once. */
  readonly sets: readonly (readonly number[])[];
  /** Tests that fail without any mutant. */
  readonly failing: readonly string[];
  /** Mutants that are reached while files are loaded. */
  readonly whileLoading: readonly number[];
}

export interface Verdict {
  readonly kind: 'verdict';
  readonly mutant: number;
  /** The test that failed, or how else it was noticed; undefined when it was not. */
  readonly killer: string | undefined;
  readonly reason?: string;
  /** The test fails without the mutant too, now: what the mutant left behind spoils this process. */
  readonly spoiled: boolean;
}

export type Report = Survey | Verdict | { readonly kind: 'ready' };
