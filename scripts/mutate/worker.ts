/** A process that runs tests with one mutant after the other. It is started in the copy of the project that has the mutants. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';

import fc from 'fast-check';
import Mocha from 'mocha';

import type { Job, Report, Setup, Survey, SurveyedTest, TestRun, Verdict } from './protocol.js';

const { EVENT_HOOK_BEGIN, EVENT_SUITE_BEGIN, EVENT_TEST_BEGIN, EVENT_TEST_END, EVENT_TEST_FAIL } =
  Mocha.Runner.constants;

/** A test that passes this many places of mutants, and more than ten times as many as it should, will not end. */
const enoughSteps = 3_000_000;

let active = -1;
let reached = false;
let steps = 0;
let limit = Infinity;
let visited: Set<number> | undefined;

class RunsOnError extends Error {
  override readonly name = 'RunsOn';
}

Reflect.set(globalThis, '$mutant', (number: number): boolean => {
  if (++steps > limit) throw new RunsOnError('runs on without end');
  visited?.add(number);
  if (number !== active) return false;
  reached = true;
  return true;
});

/**
 * Other processes would not have the mutant, and take their time: tests that start some fail here even without mutants, and
 * do not count.
 */
const noProcesses = 'no processes are started here';
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  Reflect.set(childProcess, name, () => {
    throw new Error(noProcesses);
  });
}
syncBuiltinESMExports();

class Silent extends Mocha.reporters.Base {}

const mocha = new Mocha({ reporter: Silent, timeout: 0 });
const names = new Map<Mocha.Runnable, string>();
const tests = new Map<string, Mocha.Test>();

function say(report: Report): void {
  process.send!(report);
}

async function load({ files }: Setup): Promise<void> {
  // The same examples for every mutant, and no search for smaller ones.
  fc.configureGlobal({ seed: 20_251_126, endOnFailure: true });
  mocha.cleanReferencesAfterRun(false);
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  withoutTimeouts(mocha.suite);
  const seen = new Map<string, number>();
  mocha.suite.eachTest((test: Mocha.Test) => {
    const name = `${relative(process.cwd(), test.file!)}: ${test.titlePath().join(' › ')}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const unique = count === 1 ? name : `${name} (${count})`;
    names.set(test, unique);
    tests.set(unique, test);
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
      const most = chosen?.get(names.get(test)!)?.steps;
      steps = 0;
      limit = most === undefined ? Infinity : Math.max(enoughSteps, 10 * most);
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

/** The main process decides what takes too long. */
function withoutTimeouts(suite: Mocha.Suite): void {
  suite.timeout(0);
  for (const test of suite.tests) test.timeout(0);
  for (const inner of suite.suites) withoutTimeouts(inner);
}

function hookName({ file, title, parent }: Mocha.Runnable): string {
  return `${file === undefined ? '' : relative(process.cwd(), file)}: ${parent?.fullTitle() ?? ''} ${title}`;
}

async function survey(setup: Setup): Promise<Survey> {
  visited = new Set();
  await load(setup);
  const whileLoading = [...visited];
  const ofSuites = new Map<Mocha.Suite, Set<number>>();
  const ofTests = new Map<Mocha.Test, { visited: Set<number>; steps: number; milliseconds: number }>();
  let begun = 0;
  const failures = await run(undefined, (runner) => {
    const visit = (suite: Mocha.Suite): void => {
      const known = ofSuites.get(suite) ?? new Set();
      ofSuites.set(suite, known);
      visited = known;
    };
    runner.on(EVENT_SUITE_BEGIN, visit);
    runner.on(EVENT_HOOK_BEGIN, (hook) => {
      if (/all" hook/.test(hook.title)) visit(hook.parent!);
    });
    runner.on(EVENT_TEST_BEGIN, (test) => {
      const own = { visited: new Set<number>(), steps: 0, milliseconds: 0 };
      ofTests.set(test, own);
      visited = own.visited;
      steps = 0;
      begun = performance.now();
    });
    runner.on(EVENT_TEST_END, (test) => {
      Object.assign(ofTests.get(test)!, { steps, milliseconds: performance.now() - begun });
    });
  });
  visited = undefined;
  const failing = failures
    .filter(({ reason }) => !reason.includes(noProcesses))
    .map(({ name, reason }) => `${name}: ${reason}`);
  const failed = new Set(failures.map(({ name }) => name));
  const surveyed = [...ofTests].map(([test, { visited: own, ...rest }]): SurveyedTest => {
    const reaches = new Set(own);
    for (let suite = test.parent; suite; suite = suite.parent) {
      for (const number of ofSuites.get(suite) ?? []) reaches.add(number);
    }
    return { name: names.get(test)!, file: relative(process.cwd(), test.file!), reaches: [...reaches], ...rest };
  });
  return { kind: 'survey', tests: surveyed.filter(({ name }) => !failed.has(name)), failing, whileLoading };
}

async function judge({ mutant, groups }: Job): Promise<Verdict> {
  active = mutant;
  reached = false;
  let failure: Failure | undefined;
  for (const group of groups) {
    [failure] = await run(new Map(group.map((test) => [test.test, test])));
    if (failure) break;
  }
  active = -1;
  limit = Infinity;
  const spoiled = failure !== undefined && (await isSpoiled(failure.name));
  return {
    kind: 'verdict',
    mutant,
    killer: failure?.name,
    ...(failure && { reason: failure.reason }),
    reached,
    spoiled,
  };
}

async function isSpoiled(name: string): Promise<boolean> {
  if (!tests.has(name)) return true;
  return (await run(new Map([[name, { test: name, steps: Infinity }]]))).length > 0;
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
    say({ kind: 'verdict', mutant: active, killer: 'loading', reason, reached: true, spoiled: false });
    return;
  }
  process.on('message', (job: Job) => {
    void judge(job).then(say);
  });
  say({ kind: 'ready' });
}
