import { CoverageTally } from '../../analysis/policy-test/coverage.js';
import { everySource } from '../../analysis/compare/index.js';
import type { SimulationPair } from '../../analysis/compare/istio.js';
import { InputError, UsageError } from '../../errors.js';
import { findClient, otherMeshOf, type Client } from '../../input/client.js';
import { istioAmid } from '../../input/istio/amid.js';
import { loadInput, type Input } from '../../input/load.js';
import { namesOf } from '../../input/names.js';
import { loadPolicySet } from '../../input/policy-set.js';
import { aroundPolicies, podBefore } from '../../input/since.js';
import { NOT_WIDER } from '../../input/tests/schema.js';
import type { TestClient, TestQuestion, TestSuite } from '../../input/tests/types.js';
import type { Reporter } from '../../reporter.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import { createWorld, type Source, type World } from '../../simulator/world.js';
import { istioSources } from '../diff.js';
import { questionOf, type Question } from '../explain.js';

interface Before {
  readonly input: Input;
  readonly world: World;
  /** Of Istio's resources. */
  readonly istioPairs?: (source: Source, options?: Pick<SimulationOptions, 'pod' | 'container'>) => SimulationPair[];
}

/** A source with two sets of policies; compiled when it is looked at. */
export interface Compared {
  readonly source: Source;
  readonly isKnown: boolean;
  /** Several where pods of the source get different programs. */
  readonly pairs: () => readonly SimulationPair[];
}

const question = { accounts: true, services: true } as const;

/** Everything that decides for the tests of a set of resources. Each source is compiled once. */
export class TestWorld {
  readonly tally: CoverageTally;
  private readonly questions = new Map<string, Question>();
  private readonly hostsKeys = new WeakMap<TestSuite, string>();
  private readonly older = new Map<string, Promise<Before>>();

  private constructor(readonly input: Input) {
    this.tally = new CoverageTally(input.world);
  }

  /** @throws InputError naming the line that names what cannot be read */
  static async load(suite: TestSuite, report: Reporter): Promise<TestWorld> {
    const { resources, recursive, meshName, osmNamespace, osmVersion, mesh, namespace } = suite;
    const filenames = resources.map(({ path }) => path);
    const istio = mesh === 'istio' ? {} : undefined;
    const options = { filenames, recursive, live: false, meshName, osmNamespace, osmVersion, namespace, istio };
    try {
      return new TestWorld(await loadInput(options, question, report));
    } catch (error) {
      throw withPlace(error, suite);
    }
  }

  /** @throws InputError for a client that the resources do not have */
  question(client: TestClient, suite: TestSuite): Question {
    const { hosts } = suite;
    let hostsKey = this.hostsKeys.get(suite);
    if (hostsKey === undefined) this.hostsKeys.set(suite, (hostsKey = JSON.stringify([...hosts])));
    const key = `${client.word} ${hostsKey}`;
    let known = this.questions.get(key);
    if (known) return known;
    let found: Client;
    try {
      found = findClient(this.input, client.name);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new InputError(error.message, client.place(), error.hint, { cause: error });
    }
    known = questionOf(found, {
      world: this.input.world,
      names: namesOf(hosts),
      istio: this.input.istio,
      istioSimulator: this.input.istioSimulator,
      before: undefined,
    });
    this.questions.set(key, known);
    return known;
  }

  /** What is programmed for a client: once, or for each of its pods where Istio's resources tell them apart. */
  programsOf({ asker, simulation }: Question): readonly Simulation[] {
    const { istio, istioSimulator } = this.input;
    if (!istio || !istioSimulator) return [simulation];
    const { source, pod, container } = asker;
    return istioSimulator.istioSimulations(istio, source, { pod, container });
  }

  /** The policies that a test compares with. @throws InputError naming the line of the test */
  async before({ old, place }: Extract<TestQuestion, { kind: 'not-wider' }>, report: Reporter): Promise<Before> {
    const key = JSON.stringify(old);
    let known = this.older.get(key);
    if (!known) this.older.set(key, (known = this.loadBefore(old, report)));
    try {
      return await known;
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UsageError)) throw error;
      const message = error instanceof InputError ? error.describe() : error.message;
      throw new InputError(message, place(), error.hint, { cause: error });
    }
  }

  /** What is around the policies, where the others do not have it, is as it is here. */
  private async loadBefore(old: readonly string[], report: Reporter): Promise<Before> {
    const { recursive, meshName, osmNamespace, osmVersion, namespace } = this.input.options;
    const options = { recursive, meshName, osmNamespace, osmVersion, namespace };
    const { istio } = this.input.options;
    const input = await loadPolicySet(old, NOT_WIDER, { ...options, istio }, question, report);
    const { objects, kinds } = aroundPolicies(input, this.input);
    if (kinds.length > 0) report.note(`${old.join(', ')} has no ${kinds.join(', no ')}: taken from the resources`);
    const world = createWorld([...input.objects, ...objects], this.input.worldOptions);
    if (!input.istio) return { input, world };
    const { istioPairs } = await import('../../analysis/compare/istio.js');
    const [then, now] = [istioAmid(input, this.input), istioAmid(this.input, input)];
    return { input, world, istioPairs: (source, options) => istioPairs(then, now, source, options) };
  }

  /** A client now, and with the policies of before. */
  compared(question: Question, before: Before): Compared {
    const { asker, simulation } = question;
    const { source, pod, container } = asker;
    const { istioPairs } = before;
    const pair = () => ({
      before: simulate(before.world, source, { pod: podBefore(before, asker), container }),
      after: simulation,
    });
    return {
      source,
      isKnown: !isElsewhere(question),
      pairs: () => istioPairs?.(source, { pod, container }) ?? [pair()],
    };
  }

  /** Everybody who may send requests, now or with the policies of before. */
  everybody({ input, world, istioPairs }: Before): Compared[] {
    const now = this.input.world;
    if (istioPairs) {
      return istioSources([this.input, input]).map((source) => ({
        source,
        isKnown: true,
        pairs: () => istioPairs(source),
      }));
    }
    return everySource([this.input, input], [now, world]).map((source) => ({
      source,
      isKnown: otherMeshOf(now, source) === undefined,
      pairs: () => [{ before: simulate(world, source), after: simulate(now, source) }],
    }));
  }
}

/** Is the source in another mesh, of which nothing is known? */
export function isElsewhere({ asker: { mesh, otherMesh } }: Question): boolean {
  return mesh === null && otherMesh !== undefined;
}

/** A resource that is not there is a fault of the line that names it. */
function withPlace(error: unknown, { resources }: TestSuite): unknown {
  if (!(error instanceof InputError) || !error.location || 'line' in error.location) return error;
  const { file } = error.location;
  const named = resources.find(({ path }) => path === file);
  return named ? new InputError(`${file} ${error.message}`, named.place(), error.hint, { cause: error }) : error;
}
