/** A process that runs tests with one mutant after the other. It is started in the copy of the project that has the mutants. */
import childProcess from 'node:child_process';
import { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { basename, relative } from 'node:path';

import fc from 'fast-check';
import Mocha from 'mocha';

import type { Job, Report, Setup, Survey, SurveyedTest, TestRun, Verdict } from './protocol.js';

const { EVENT_HOOK_BEGIN, EVENT_SUITE_BEGIN, EVENT_TEST_BEGIN, EVENT_TEST_FAIL } = Mocha.Runner.constants;

/** A test that passes this many places of mutants, and more than ten times as many as it should, will not end. */
const enoughSteps = 3_000_000;

/** One that waits for what never comes passes no place; this long, and more than twenty times as long as it should, is enough. */
const enoughMilliseconds = 10_000;

let active = -1;
let steps = 0;
let limit = Infinity;
let visits: Visits | undefined;

/** Mutants whose places are passed: cheap to note, as it happens millions of times. */
class Visits {
  private readonly seen: boolean[] = [];
  private list: number[] = [];

  add(number: number): void {
    if (this.seen[number]) return;
    this.seen[number] = true;
    this.list.push(number);
  }

  /** Those since the last time. */
  take(): number[] {
    const taken = this.list;
    this.list = [];
    for (const number of taken) this.seen[number] = false;
    return taken;
  }
}

/** Sets of numbers, each kept once. */
class Sets {
  readonly all: number[][] = [];
  private readonly indices = new Map<string, number>();

  indexOf(numbers: readonly number[]): number {
    const sorted = Uint32Array.from(numbers).sort();
    const key = createHash('sha1').update(sorted).digest('base64');
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    this.indices.set(key, this.all.push([...sorted]) - 1);
    return this.all.length - 1;
  }

  members(index: number): readonly number[] {
    return this.all[index]!;
  }
}

class RunsOnError extends Error {
  override readonly name = 'RunsOn';
}

Reflect.set(globalThis, '$mutant', (number: number): boolean => {
  if (++steps > limit) throw new RunsOnError('runs on without end');
  visits?.add(number);
  return number === active;
});

/**
 * Other processes would not have the mutant, and take their time: tests that start some fail here even without mutants, and
 * do not count. But for these, with which tests make pipes and stand in for foreign programs: they run nothing of ours.
 */
const noProcesses = 'no processes are started here';
const harmless = ['mkfifo', 'sh'];
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  const start = childProcess[name] as (...words: unknown[]) => unknown;
  Reflect.set(childProcess, name, (...words: unknown[]) => {
    if (harmless.includes(basename(String(words[0])))) return start(...words);
    throw new Error(noProcesses);
  });
}
syncBuiltinESMExports();

class Silent extends Mocha.reporters.Base {}

const mocha = new Mocha({ reporter: Silent, timeout: 0 });
const names = new Map<Mocha.Runnable, string>();

function say(report: Report): void {
  process.send!(report);
}

/** Copies are compiled (`copy.ts`), and told of by their sources. */
const compiled = (source: string): string => source.replace(/\.ts$/, '.js');
const sourceOf = (file: string): string => relative(process.cwd(), file).replace(/\.js$/, '.ts');

async function load({ files }: Setup): Promise<void> {
  // The same examples for every mutant, and no search for smaller ones.
  fc.configureGlobal({ seed: 20_251_126, endOnFailure: true });
  mocha.cleanReferencesAfterRun(false);
  for (const file of files) {
    mocha.files = [compiled(file)];
    try {
      await mocha.loadFilesAsync();
    } catch (error) {
      // some look for a program as they are loaded, and are of no use here then
      if (!String(error).includes(noProcesses)) throw error;
    }
  }
  withoutTimeouts(mocha.suite);
  const seen = new Map<string, number>();
  mocha.suite.eachTest((test: Mocha.Test) => {
    const name = `${sourceOf(test.file!)}: ${test.titlePath().join(' › ')}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    names.set(test, count === 1 ? name : `${name} (${count})`);
  });
}

interface Failure {
  readonly name: string;
  readonly reason: string;
}

/** Runs the tests in this order as far as suites allow, to the first failure; without tests, runs all of them. */
function run(
  chosen: ReadonlyMap<string, TestRun> | undefined,
  listen: (runner: Mocha.Runner) => void = () => undefined,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  if (chosen) choose(mocha.suite, chosen);
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      resolve(failures);
    });
    listen(runner);
    runner.on(EVENT_TEST_BEGIN, (test) => {
      const usual = chosen?.get(names.get(test)!);
      steps = 0;
      limit = usual ? Math.max(enoughSteps, 10 * usual.steps) : Infinity;
      test.timeout(usual ? Math.max(enoughMilliseconds, 20 * usual.milliseconds) : 0);
    });
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => {
      const name = names.get(test) ?? hookName(test);
      failures.push({
        name,
        reason: String(error instanceof Error ? error.message : error)
          .replace(/\s+/g, ' ')
          .slice(0, 200),
      });
      if (chosen) runner.abort();
    });
  });
}

const contents = new Map<Mocha.Suite, { readonly tests: Mocha.Test[]; readonly suites: Mocha.Suite[] }>();

/** Leaves only these tests, and the suites that hold them; true if there are any. */
function choose(suite: Mocha.Suite, chosen: ReadonlyMap<string, unknown>): boolean {
  const all = contents.get(suite) ?? { tests: suite.tests, suites: suite.suites };
  contents.set(suite, all);
  suite.tests = all.tests.filter((test) => chosen.has(names.get(test)!));
  suite.suites = all.suites.filter((inner) => choose(inner, chosen));
  return suite.tests.length + suite.suites.length > 0;
}

/** `run` decides what takes too long; of hooks the main process does. */
function withoutTimeouts(suite: Mocha.Suite): void {
  suite.timeout(0);
  for (const test of suite.tests) test.timeout(0);
  for (const inner of suite.suites) withoutTimeouts(inner);
}

function hookName({ file, title, parent }: Mocha.Runnable): string {
  return `${file === undefined ? '' : sourceOf(file)}: ${parent?.fullTitle() ?? ''} ${title}`;
}

async function survey(setup: Setup): Promise<Survey> {
  const noted = new Visits();
  visits = noted;
  await load(setup);
  const whileLoading = noted.take();
  const ofSuites = new Map<Mocha.Suite, Set<number>>();
  const ofTests = new Map<Mocha.Test, { reaches: number; steps: number; milliseconds: number }>();
  const own = new Sets();
  let test: Mocha.Test | undefined;
  let suite: Mocha.Suite | undefined;
  let begun = 0;
  /** What was passed until now belongs to the test, or to the hooks of the suite, that ends here. */
  const close = (): void => {
    const taken = noted.take();
    if (test) ofTests.set(test, { reaches: own.indexOf(taken), steps, milliseconds: performance.now() - begun });
    else if (suite) ofSuites.set(suite, new Set([...(ofSuites.get(suite) ?? []), ...taken]));
    test = undefined;
  };
  const failures = await run(undefined, (runner) => {
    runner.on(EVENT_SUITE_BEGIN, (next) => {
      close();
      suite = next;
    });
    runner.on(EVENT_HOOK_BEGIN, ({ title, parent }) => {
      if (!/all" hook/.test(title)) return;
      close();
      suite = parent;
    });
    runner.on(EVENT_TEST_BEGIN, (next) => {
      close();
      test = next;
      steps = 0;
      begun = performance.now();
    });
  });
  close();
  visits = undefined;
  const failing = failures
    .filter(({ reason }) => !reason.includes(noProcesses))
    .map(({ name, reason }) => `${name}: ${reason}`);
  const failed = new Set(failures.map(({ name }) => name));
  const sets = new Sets();
  const surveyed = [...ofTests]
    .filter(([of]) => !failed.has(names.get(of)!))
    .map(([of, { reaches, ...rest }]): SurveyedTest => {
      const all = new Set(own.members(reaches));
      for (let { parent } = of; parent; parent = parent.parent) {
        for (const number of ofSuites.get(parent) ?? []) all.add(number);
      }
      return {
        name: names.get(of)!,
        file: sourceOf(of.file!),
        reaches: sets.indexOf([...all]),
        ...rest,
      };
    });
  return { kind: 'survey', tests: surveyed, sets: sets.all, failing, whileLoading };
}

async function judge({ mutant, groups }: Job, known: readonly TestRun[]): Promise<Verdict> {
  active = mutant;
  let failure: Failure | undefined;
  for (const group of groups) {
    [failure] = await run(new Map(group.map((index) => [known[index]!.test, known[index]!])));
    if (failure) break;
  }
  active = -1;
  limit = Infinity;
  const spoiled = failure !== undefined && (await isSpoiled(known.find(({ test }) => test === failure.name)));
  return {
    kind: 'verdict',
    mutant,
    killer: failure?.name,
    ...(failure && { reason: failure.reason }),
    spoiled,
  };
}

async function isSpoiled(failed: TestRun | undefined): Promise<boolean> {
  return !failed || (await run(new Map([[failed.test, failed]]))).length > 0;
}

process.once('disconnect', () => {
  process.exit();
});
process.once('message', (setup: Setup) => {
  void start(setup);
});

async function start(setup: Setup): Promise<void> {
  if (setup.survey) {
    say(await survey(setup));
    return;
  }
  active = setup.active ?? -1;
  limit = active < 0 ? Infinity : 100 * enoughSteps;
  try {
    await load(setup);
  } catch (error) {
    if (active < 0) throw error;
    const reason = String(error).slice(0, 200);
    say({ kind: 'verdict', mutant: active, killer: 'loading', reason, spoiled: false });
    return;
  }
  if (setup.tests) {
    // a walk over tests that nobody will ask for takes longer than most tests
    choose(mocha.suite, new Map(setup.tests.map((run) => [run.test, run])));
    contents.clear();
  }
  process.on('message', (job: Job) => {
    void judge(job, setup.tests ?? []).then(say);
  });
  say({ kind: 'ready' });
}
