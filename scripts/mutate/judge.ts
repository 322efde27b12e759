import type { Mutant } from './describe.js';
import type { Memory } from './memory.js';
import type { SurveyedTest, TestRun } from './protocol.js';
import type { Reach } from './reach.js';
import { TestProcess } from './test-process.js';

export interface Outcome {
  /** The test that noticed the mutant; undefined when it survived. */
  readonly killer: string | undefined;
  /** Why the test failed. */
  readonly reason?: string;
  /** Tests that came past the mutant. */
  readonly tests: number;
}

/** Tests that are run first, because they are quick or have killed mutants of the file before. */
const firstTests = 40;
const quickMilliseconds = 30;
/** What a fresh process loads first for a mutant that acts while files are loaded. */
const firstFiles = 4;
const surveyMilliseconds = 30 * 60_000;
/** Of tests that come past the very same places, the quickest: tens of thousands of recorded probes are a test each, and a table may have a hundred rows. */
const mostAlike = 300;

/** Runs the tests that reach a mutant until one fails. */
export class Judge {
  private tests: SurveyedTest[] = [];
  private runs: TestRun[] = [];
  private readonly indices = new Map<SurveyedTest, number>();
  private whileLoading = new Set<number>();
  private readonly testsOf = new Map<number, SurveyedTest[]>();
  private readonly killers = new Map<string, Map<string, number>>();
  private testFiles: string[] = [];
  /** The source files of each set of mutants. */
  private filesOf: ReadonlySet<string>[] = [];

  constructor(
    private readonly copy: string,
    private readonly mutants: readonly Mutant[],
    private readonly reach: Reach,
    private readonly memory: Memory,
    private readonly options: {
      readonly workers: number;
      /** Milliseconds of tests that one mutant is worth; slow tests beyond that are left out. */
      readonly budget: number;
    },
  ) {}

  /** Finds out which tests reach which mutants of the source files. */
  async survey(files: readonly string[]): Promise<void> {
    this.testFiles = [...new Set(files.flatMap((file) => this.reach.testsOf(file)))].sort();
    const begun = performance.now();
    const survey = await TestProcess.survey(this.copy, this.testFiles, surveyMilliseconds);
    const { sets, failing, whileLoading } = survey;
    const alike = new Map<number, number>();
    this.tests = survey.tests
      // one that reaches no mutant, because it starts the built program for example, may look at what is done while loading
      .filter(({ reaches }) => sets[reaches]!.length > 0 || whileLoading.length > 0)
      .sort((one, other) => one.milliseconds - other.milliseconds)
      .filter(({ reaches }) => {
        const before = alike.get(reaches) ?? 0;
        alike.set(reaches, before + 1);
        return before < mostAlike || sets[reaches]!.length === 0;
      });
    this.testFiles = [...new Set(this.tests.map(({ file }) => file))].sort();
    this.whileLoading = new Set(whileLoading);
    this.filesOf = sets.map((set) => new Set(set.map((number) => this.mutants[number]!.file)));
    this.runs = this.tests.map(({ name, ...rest }) => ({ test: name, ...rest }));
    this.tests.forEach((test, index) => this.indices.set(test, index));
    for (const test of this.tests) {
      for (const number of sets[test.reaches]!) {
        const known = this.testsOf.get(number);
        if (known) known.push(test);
        else this.testsOf.set(number, [test]);
      }
    }
    for (const name of failing) console.log(`left out, because it fails without mutants: ${name}`);
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(`${this.tests.length} tests in ${this.testFiles.length} files reach them (${seconds} s)`);
  }

  async judgeAll(numbers: readonly number[], settle: (number: number, outcome: Outcome) => void): Promise<void> {
    let next = 0;
    let killed = 0;
    const begun = performance.now();
    const work = async (): Promise<void> => {
      let process: TestProcess | undefined;
      while (next < numbers.length) {
        const number = numbers[next++]!;
        const judged = await this.judge(number, process);
        process = judged.process;
        settle(number, judged.outcome);
        this.memory.keep(number, judged.outcome);
        if (judged.outcome.killer !== undefined) killed++;
        else print(this.mutants[number]!);
        if (next % 100 === 0) {
          const seconds = ((performance.now() - begun) / 1000).toFixed(0);
          console.log(`… ${next} of ${numbers.length} tried, ${killed} killed, ${seconds} s`);
        }
      }
      process?.stop();
    };
    await Promise.all(Array.from({ length: this.options.workers }, work));
  }

  private async judge(
    number: number,
    running: TestProcess | undefined,
  ): Promise<{ outcome: Outcome; process: TestProcess | undefined }> {
    const tests = this.affordable(this.testsOf.get(number) ?? []);
    const survivor: Outcome = { killer: undefined, tests: tests.length };
    let process = running;
    if (tests.length > 0) {
      const groups = this.groupsOf(number, tests);
      for (let attempt = 1; attempt <= 2; attempt++) {
        const isFresh = !process;
        process ??= await TestProcess.start(this.copy, { files: this.testFiles, tests: this.runs });
        const { killer, reason, spoiled } = await process.judge({ mutant: number, groups }, limitOf(tests));
        if (spoiled) {
          process.stop();
          process = undefined;
        }
        // what an earlier mutant left behind may have been the reason
        if (killer === undefined || (spoiled && !isFresh && reason !== undefined)) {
          if (killer === undefined) break;
          continue;
        }
        this.count(number, killer);
        return { outcome: { ...survivor, killer, ...(reason !== undefined && { reason }) }, process };
      }
    }
    // results that are kept from one test to the next may hide it, and what is done once, while loading
    const isOfLoading = this.whileLoading.has(number);
    if (tests.length === 0 && !isOfLoading) return { outcome: survivor, process };
    return { outcome: await this.judgeFromStart(number, survivor, isOfLoading), process };
  }

  /** In processes of its own, where the mutant is awake from the start: by the most useful files, or by all of them. */
  private async judgeFromStart(number: number, survivor: Outcome, byAll: boolean): Promise<Outcome> {
    const { file } = this.mutants[number]!;
    const reaching = new Set(this.reach.testsOf(file));
    const files = this.testFiles
      .filter((test) => reaching.has(test))
      .sort((one, other) => this.worth(other, file) - this.worth(one, file));
    for (const some of [files.slice(0, firstFiles), byAll ? files.slice(firstFiles) : []]) {
      if (some.length === 0) continue;
      const process = await TestProcess.start(this.copy, { files: some, active: number, tests: this.runs });
      const isOfUse = ({ reaches }: SurveyedTest) => byAll || this.filesOf[reaches]!.size > 0;
      const tests = this.affordable(this.tests.filter((test) => some.includes(test.file) && isOfUse(test)));
      const { killer, reason } =
        process.atStart ??
        (await process.judge({ mutant: number, groups: this.groupsOf(number, tests) }, limitOf(tests)));
      process.stop();
      if (killer !== undefined) return { ...survivor, killer, ...(reason !== undefined && { reason }) };
    }
    return survivor;
  }

  /** The quickest tests, as many as the budget allows. */
  private affordable(tests: readonly SurveyedTest[]): SurveyedTest[] {
    let left = this.options.budget;
    return tests.filter(({ milliseconds }) => (left -= milliseconds) > 0);
  }

  /** Tests of this source file for each second that the test file takes. */
  private worth(testFile: string, file: string): number {
    const tests = this.tests.filter((test) => test.file === testFile);
    const own = tests.filter(({ reaches }) => this.filesOf[reaches]!.has(file));
    return own.length / (500 + tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  }

  private groupsOf(number: number, tests: readonly SurveyedTest[]): number[][] {
    const killers = this.killers.get(this.mutants[number]!.file);
    const last = this.memory.lastKillerOf(number);
    const score = ({ name }: SurveyedTest): number => (name === last ? Infinity : (killers?.get(name) ?? 0));
    const byScore = tests.filter((test) => score(test) > 0).sort((one, other) => score(other) - score(one));
    const known = byScore.slice(0, 10);
    const rest = tests.filter((test) => !known.includes(test));
    const quick = rest.filter(({ milliseconds }) => milliseconds <= quickMilliseconds);
    const slow = rest.filter(({ milliseconds }) => milliseconds > quickMilliseconds);
    const step = Math.max(1, Math.floor(quick.length / firstTests));
    const first = quick.filter((_, index) => index % step === 0);
    const others = quick.filter((_, index) => index % step !== 0);
    return [known, first, others, slow]
      .filter((group) => group.length > 0)
      .map((group) => group.map((test) => this.indices.get(test)!));
  }

  private count(number: number, killer: string): void {
    const { file } = this.mutants[number]!;
    const known = this.killers.get(file) ?? new Map<string, number>();
    this.killers.set(file, known.set(killer, (known.get(killer) ?? 0) + 1));
  }
}

function print({ file, line, within, diff }: Mutant): void {
  console.log([`SURVIVED ${file}:${line}`, `@@ ${within}`, ...diff].join('\n'));
}

function limitOf(tests: readonly SurveyedTest[]): number {
  return 20_000 + 8 * tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
