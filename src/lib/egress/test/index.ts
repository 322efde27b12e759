import { allowsExactly } from '../../analysis/policy-test/exactly.js';
import { judge } from '../../analysis/policy-test/expectation.js';
import { classes, implies, spaceOf } from '../../analysis/request-space/index.js';
import { UsageError } from '../../errors.js';
import { readTestSuites, type ClientReader } from '../../input/tests/read.js';
import type { PolicyTest, TestClient, TestSuite } from '../../input/tests/types.js';
import type { Reporter } from '../../reporter.js';
import { explain } from '../../simulator/explain.js';
import type { Target } from '../../simulator/request/index.js';
import type { Verdict } from '../../simulator/verdict.js';
import { forAsker, type Answer, type Question } from '../explain.js';
import type { CaseAnswer, CaseResult, CaseStatus, TestRun } from './results.js';
import { isElsewhere, TestWorld, type Compared } from './world.js';

export * from './results.js';

export interface TestOptions {
  /** Files, directories, `-`. */
  readonly files: readonly string[];
  /** Look into the directories of directories for test files. */
  readonly recursive: boolean;
  /** How a test names a client. */
  readonly readClient: ClientReader;
  /** Whether a case of this name is run; absent: all are. */
  readonly filter?: ((name: string) => boolean) | undefined;
  /** Run nothing more after a case that did not pass. */
  readonly failFast: boolean;
  readonly coverage: boolean;
  /** Is told the files and directories that the tests name, before they are read. */
  readonly onInputs?: ((paths: readonly string[], recursive: boolean) => void) | undefined;
}

/**
 * Answers `egress test`: runs policy tests on the simulator.
 * @throws UsageError when nothing is left to run, InputError for test files and resources
 */
export async function runTests(options: TestOptions, report: Reporter): Promise<TestRun> {
  const suites = await readTestSuites(options.files, options);
  for (const suite of suites) options.onInputs?.(inputsOf(suite), suite.recursive);
  const runner = new Runner(options, report);
  for (const suite of suites) await runner.run(suite);
  return runner.finish();
}

/** One case before it is run. */
interface Case extends Pick<CaseResult, 'name' | 'test' | 'file' | 'place'> {
  readonly answer: () => Promise<{ status: CaseStatus; answer: CaseAnswer }>;
}

class Runner {
  private readonly worlds = new Map<string, Promise<TestWorld>>();
  private readonly results: CaseResult[] = [];
  private leftOut = 0;
  private isStopped = false;

  constructor(
    private readonly options: TestOptions,
    private readonly report: Reporter,
  ) {}

  async run(suite: TestSuite): Promise<void> {
    const { filter, failFast } = this.options;
    const world = await this.worldOf(suite);
    const { locate } = world.input;
    for (const test of suite.tests) {
      for (const one of await this.casesOf(test, suite, world)) {
        const { name, file, place } = one;
        if (filter && !filter(name)) {
          this.leftOut += 1;
          continue;
        }
        const skipped = { status: 'skipped', answer: undefined } as const;
        const { status, answer } = this.isStopped ? skipped : await one.answer();
        this.results.push({ name, test, file, place, status, answer, locate });
        this.isStopped ||= failFast && status !== 'passed';
      }
    }
  }

  /** Tests of the same resources share what was read and compiled. */
  private worldOf(suite: TestSuite): Promise<TestWorld> {
    const { resources, recursive, meshName, osmNamespace, osmVersion, mesh, namespace } = suite;
    const key = JSON.stringify([
      resources.map(({ path }) => path),
      recursive,
      meshName,
      osmNamespace,
      osmVersion,
      mesh,
      namespace,
    ]);
    let world = this.worlds.get(key);
    if (!world) this.worlds.set(key, (world = TestWorld.load(suite, this.report)));
    return world;
  }

  private async casesOf(test: PolicyTest, suite: TestSuite, world: TestWorld): Promise<Case[]> {
    const { question, clients } = test;
    const { file } = suite;
    if (question.kind === 'requests') {
      const { targets } = question;
      return clients.flatMap((client) =>
        targets.map(({ target, place }): Case => {
          const name = caseName(test, client, clients.length > 1, targets.length > 1 ? target.command : undefined);
          const answer = () =>
            Promise.resolve(this.request(question.expect, target, world.question(client, suite), world));
          return { name, test, file, place: targets.length > 1 ? place : test.place, answer };
        }),
      );
    }
    if (question.kind === 'exactly') {
      return clients.map((client): Case => {
        const answer = () => Promise.resolve(this.exactly(question.patterns, world.question(client, suite), world));
        return { name: caseName(test, client, clients.length > 1), test, file, place: test.place, answer };
      });
    }
    const before = await world.before(question, this.report);
    const pairs =
      clients.length > 0
        ? clients.map((client) => world.compared(world.question(client, suite), before))
        : world.everybody(before);
    return pairs.map((pair): Case => {
      const word = `${pair.source.namespace}/${pair.source.serviceAccount}`;
      const name = pairs.length > 1 ? `${test.name}: from ${word}` : test.name;
      const answer = () => Promise.resolve(notWider(question.written, pair));
      return { name, test, file, place: test.place, answer };
    });
  }

  private request(expect: Parameters<typeof judge>[0], target: Target, question: Question, { tally }: TestWorld) {
    const { asker, simulation } = question;
    const whole = (): Answer => ({ asker, explanation: forAsker(explain(simulation, target), asker) });
    const verdict = isElsewhere(question) ? whole().explanation.verdict : simulation.decide(target);
    if (this.options.coverage) tally.add(target, verdict);
    const answer: CaseAnswer = { kind: 'requests', expect, asker, target, verdict, explain: whole };
    return { status: judge(expect, verdict), answer };
  }

  private exactly(patterns: Parameters<typeof allowsExactly>[1], question: Question, world: TestWorld) {
    const programs = world.programsOf(question);
    const exactness = isElsewhere(question)
      ? NOT_KNOWN
      : gravest(programs.map((simulation) => allowsExactly(simulation, patterns)));
    if (this.options.coverage) {
      for (const simulation of programs) {
        for (const { witness, verdicts } of classes(spaceOf([simulation], { detail: 'policies' })))
          world.tally.add(witness, verdicts[0] as Verdict);
      }
    }
    const { source } = question.simulation;
    return {
      status: statusOf(exactness),
      answer: { kind: 'exactly', patterns: patterns.length, source, exactness } as const,
    };
  }

  async finish(): Promise<TestRun> {
    const { results, leftOut } = this;
    if (results.length === 0) throw nothingToRun(leftOut);
    const worlds = await Promise.all(this.worlds.values());
    const coverage = this.options.coverage
      ? worlds.flatMap(({ tally, input: { locate } }) => tally.items.map((item) => ({ ...item, locate })))
      : undefined;
    return { cases: results, leftOut, coverage };
  }
}

function nothingToRun(leftOut: number): UsageError {
  return leftOut > 0
    ? new UsageError(
        `none of the ${leftOut} cases has a name that --filter asks for`,
        'leave --filter out to see the names',
      )
    : new UsageError('there is no EgressTest in these files', 'name others, or look deeper with -R');
}

function caseName({ name }: PolicyTest, client: TestClient, isOneOfSeveral: boolean, target?: string): string {
  const more = [...(isOneOfSeveral ? [`from ${client.word}`] : []), ...(target === undefined ? [] : [target])];
  return more.length > 0 ? `${name}: ${more.join(', ')}` : name;
}

/** Another control plane programs the source. */
const NOT_KNOWN = { holds: 'undecided', undecided: [], unknown: undefined } as const;

function notWider(old: string, { source, isKnown, pairs }: Compared) {
  const implication = isKnown ? gravest(pairs().map(({ before, after }) => implies(before, after))) : NOT_KNOWN;
  return { status: statusOf(implication), answer: { kind: 'not-wider', old, source, implication } as const };
}

/** Of answers about several pods: one that says no, else one that does not know. */
function gravest<T extends { readonly holds: boolean | 'undecided' }>(answers: readonly T[]): T {
  return answers.find(({ holds }) => holds === false) ?? answers.find(({ holds }) => holds !== true) ?? answers[0]!;
}

function statusOf({ holds }: { readonly holds: boolean | 'undecided' }): CaseStatus {
  if (holds === 'undecided') return 'undecided';
  return holds ? 'passed' : 'failed';
}

function inputsOf({ resources, tests }: TestSuite): string[] {
  const old = tests.flatMap(({ question }) =>
    question.kind === 'not-wider' ? question.old.filter((word) => !word.startsWith('git:')) : [],
  );
  return [...new Set([...resources.map(({ path }) => path), ...old])];
}
