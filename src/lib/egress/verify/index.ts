import { proxyDifferences } from '../../analysis/envoy-dump/difference.js';
import type { ConfigDump } from '../../analysis/envoy-dump/index.js';
import type { Cluster } from '../../cluster/types.js';
import { ExitCode, InterruptedError, UsageError } from '../../errors.js';
import type { ClientName } from '../../input/client.js';
import { contextText } from '../../input/connection.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../../input/request.js';
import { readSoundTargets, type TargetSource } from '../../input/targets.js';
import { readTestSuites, type ClientReader } from '../../input/tests/read.js';
import { proxyConfigOf } from '../../mesh/verify/proxy-config.js';
import type { PodName } from '../../mesh/verify/steps.js';
import type { Reporter } from '../../reporter.js';
import { SIDECAR_CONTAINER } from '../../resources/labels.js';
import type { Locate, Pod } from '../../resources/types.js';
import { accountOf } from '../../resources/workloads.js';
import { explain, type Explanation } from '../../simulator/explain.js';
import { simulate } from '../../simulator/simulation.js';
import type { Target } from '../../simulator/request/index.js';
import { toldDifference, type ToldDifference } from '../../wording/proxy-difference.js';
import { questionOf } from '../explain.js';
import { fits, isAmbiguous, isFailureOfServer, SECONDS_TO_TELL } from './compare.js';
import { interruption } from './interruption.js';
import { observe, obstacleToSending, type NotAsked, type Observation } from './observe.js';

export interface VerifyTrafficOptions extends RequestInputOptions {
  readonly pod: ClientName;
  /** Default: the first that is not the sidecar. */
  readonly container: string | undefined;
  readonly targets: TargetSource | undefined;
  /** Policy tests whose requests are sent, where they ask about the pod. */
  readonly tests: readonly string[];
  readonly readClient: ClientReader;
  readonly timeoutSeconds: number;
  /** Ends what is under way, and nothing more is sent. */
  readonly signal: AbortSignal;
  /** Undefined: nobody is to be asked. */
  readonly confirm: ((message: string) => Promise<boolean>) | undefined;
}

/** What the proxy of the pod holds, where that is why reality differs from the policies. */
export interface ProxyAccount {
  readonly explanation: Explanation;
  readonly differences: readonly ToldDifference[];
}

/** One request, as it is by the policies and as it was. */
export type Verified = { readonly target: Target; readonly predicted: Explanation } & (
  | { readonly status: 'agree'; readonly seen: Observation }
  | {
      /** `unexplained`: the way is free by policies and proxy, and server or network fail. */
      readonly status: 'differ' | 'unexplained';
      readonly seen: Observation;
      /** Why the proxy could not be asked, where that is so. */
      readonly proxy: ProxyAccount | string;
    }
  | ({ readonly status: 'not-asked' } & NotAsked)
);

export interface TrafficVerification {
  readonly pod: PodName;
  readonly container: string;
  readonly locate: Locate;
  /** Sent one after the other, when they are asked for; ends with an InterruptedError that says what was sent. */
  readonly results: AsyncIterable<Verified>;
}

/** More are a load test. */
const MOST_TARGETS = 1000;

/**
 * Answers `egress verify`: sends requests from a pod, and compares what curl sees there with what the policies say. Asks before
 * anything is sent.
 * @returns undefined when the person who was asked said no
 * @throws UsageError, InputError, ClusterError, InterruptedError
 */
export async function verifyTraffic(
  options: VerifyTrafficOptions,
  report: Reporter,
): Promise<TrafficVerification | undefined> {
  const input = await loadRequestInput({ ...options, clients: [options.pod] }, report).catch((error: unknown) => {
    throw options.signal.aborted ? new InterruptedError('interrupted: nothing was sent') : error;
  });
  const { cluster } = input;
  if (!cluster) throw new UsageError('requests are sent from a pod of a cluster', 'add --live beside -f');
  const client = input.clients[0]!;
  const pod = client.pod!;
  const place = { namespace: client.source.namespace, name: pod.metadata.name };
  const container = containerOf(pod, options.container);
  const targets = options.targets
    ? await readSoundTargets(options.targets, MOST_TARGETS)
    : await targetsOfTests(options, place, accountOf(pod), report);
  const count = targets.length === 1 ? '1 request' : `${targets.length} requests`;
  const message = `Send ${count} from pod ${place.namespace}/${place.name}, container ${container}, ${contextText(cluster)}?`;
  if (options.confirm && !(await options.confirm(message))) return undefined;
  const verifier = new Verifier(input, cluster, targets, { ...options, pod: place, container, report });
  return { pod: place, container, locate: input.locate, results: verifier.verify() };
}

/** The first container that is not the sidecar. @throws UsageError for one that is not there */
function containerOf({ metadata, spec }: Pod, named: string | undefined): string {
  const names = (spec?.containers ?? []).flatMap(({ name }) => name ?? []);
  const found = named === undefined ? names.find((name) => name !== SIDECAR_CONTAINER) : named;
  if (found !== undefined && names.includes(found)) return found;
  const where = `pod ${metadata.namespace}/${metadata.name}`;
  if (named === undefined) throw new UsageError(`${where} has no container but the sidecar`, 'name another pod');
  throw new UsageError(`${where} has no container ${named}`, `it has: ${names.join(', ')}`);
}

/** The requests of policy tests that ask about the pod or its ServiceAccount. @throws UsageError where there is none, InputError */
async function targetsOfTests(
  { tests, recursive, readClient }: VerifyTrafficOptions,
  pod: PodName,
  account: string,
  report: Reporter,
): Promise<Target[]> {
  const suites = await readTestSuites(tests, { recursive, readClient });
  let others = 0;
  const targets = suites.flatMap((suite) =>
    suite.tests.flatMap(({ clients, question }) => {
      const isOurs = clients.some(({ name: { kind, name, namespace = suite.namespace } }) => {
        if (namespace !== pod.namespace) return false;
        return kind === 'Pod' ? name === pod.name : kind === 'ServiceAccount' && name === account;
      });
      if (isOurs && question.kind === 'requests') return question.targets.map(({ target }) => target);
      others += 1;
      return [];
    }),
  );
  if (others > 0) report.note(`${others} tests ask about other clients, or about all requests, and are left out`);
  if (targets.length > 0) return targets;
  throw new UsageError(`no test asks about single requests of ${pod.namespace}/${account}`, 'name targets instead');
}

interface VerifierOptions {
  readonly pod: PodName;
  readonly container: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly report: Reporter;
}

class Verifier {
  private proxy: Promise<ConfigDump | string> | undefined;
  private readonly simulation;

  constructor(
    private readonly input: RequestInput,
    private readonly cluster: Cluster,
    private readonly targets: readonly Target[],
    private readonly options: VerifierOptions,
  ) {
    this.simulation = questionOf(input.clients[0]!, input).simulation;
  }

  async *verify(): AsyncGenerator<Verified> {
    for (const [index, target] of this.targets.entries()) {
      if (this.options.signal.aborted) throw this.interrupted(index, false);
      yield await this.one(target, index);
    }
  }

  private interrupted(done: number, isUnderWay: boolean): InterruptedError {
    return interruption({ targets: this.targets, done, isUnderWay, timeoutSeconds: this.options.timeoutSeconds });
  }

  private async one(target: Target, index: number): Promise<Verified> {
    const { names } = this.input;
    await names.learn([target.dial.host.toLowerCase()]);
    const predicted = explain(this.simulation, target);
    const obstacle = obstacleToSending(target, this.options.pod, this.cluster.context);
    if (obstacle !== undefined) return { target, predicted, status: 'not-asked', notAsked: obstacle };
    const seen = await observe(this.cluster, target, this.options);
    if ('notAsked' in seen && this.options.signal.aborted) throw this.interrupted(index, true);
    if ('notAsked' in seen) return { target, predicted, status: 'not-asked', ...seen };
    const { timeoutSeconds } = this.options;
    if (seen.connection === 'open' && timeoutSeconds < SECONDS_TO_TELL) {
      const notAsked = `the connection was still open after ${timeoutSeconds} seconds, too soon to tell what becomes of it`;
      const hint = `give it --timeout ${SECONDS_TO_TELL} or more`;
      return { target, predicted, status: 'not-asked', isSent: true, notAsked, hint };
    }
    const settled = settle(predicted, seen);
    const isFitting = fits(settled.verdict, seen);
    if (isFitting && !isAmbiguous(settled.verdict, target, seen))
      return { target, predicted: settled, status: 'agree', seen };
    const proxy = await this.account(settled);
    if (isFitting) {
      if (typeof proxy === 'string') {
        const notAsked = `curl cannot tell whether Envoy or the server did this, and what the proxy holds cannot be read: ${proxy}`;
        return { target, predicted: settled, status: 'not-asked', isSent: true, notAsked };
      }
      if (proxy.explanation.verdict.verdict === settled.verdict.verdict)
        return { target, predicted: settled, status: 'agree', seen };
    }
    const isFree = typeof proxy === 'string' || isFailureOfServer(proxy.explanation.verdict, seen);
    const status = isFailureOfServer(settled.verdict, seen) && isFree ? 'unexplained' : 'differ';
    return { target, predicted: settled, status, seen, proxy };
  }

  /** What the proxy holds is read once, when somebody wonders. */
  private async account({ target }: Explanation): Promise<ProxyAccount | string> {
    const { report, pod } = this.options;
    this.proxy ??= proxyConfigOf(this.cluster, pod, { timeoutMs: 30_000, report }).then((found) =>
      typeof found === 'string' ? found : found.dump,
    );
    const dump = await this.proxy;
    if (typeof dump === 'string') return dump;
    const { world, source, program } = this.simulation;
    const { pod: client, container } = this.input.clients[0]!;
    const held = simulate(world, source, {
      pod: client,
      container,
      resolve: this.input.names.resolve,
      held: dump.program,
    });
    const withoutMesh = world.services.size === 0;
    return {
      explanation: explain(held, target),
      differences: proxyDifferences(program, dump, { withoutMesh }).map(toldDifference),
    };
  }
}

/** The address that curl dialled settles what depended on it. */
function settle(predicted: Explanation, { address }: Observation): Explanation {
  const { target, verdict, simulation } = predicted;
  if (address === undefined || !verdict.assumptions.some(({ code }) => code === 'address-unknown')) return predicted;
  return { ...explain(simulation, { ...target, dial: { host: address, port: target.dial.port } }), target };
}

const STATUSES = ['agree', 'differ', 'unexplained', 'not-asked'] as const;
const WORDS: Record<Verified['status'], string> = {
  agree: 'as the policies say',
  differ: 'otherwise',
  unexplained: 'failing beyond the mesh',
  'not-asked': 'not sent',
};

/** How many results there were of each sort, and the exit code that follows. */
export class VerifiedTally {
  private readonly counts = new Map<Verified['status'], number>();

  add({ status }: Verified): void {
    this.counts.set(status, (this.counts.get(status) ?? 0) + 1);
  }

  get code(): number {
    if (this.counts.has('differ')) return ExitCode.no;
    return this.counts.has('unexplained') || this.counts.has('not-asked') ? ExitCode.unknown : ExitCode.yes;
  }

  /** `3 as the policies say, 1 otherwise` */
  get summary(): string {
    return STATUSES.flatMap((status) => {
      const count = this.counts.get(status);
      return count === undefined ? [] : [`${count} ${WORDS[status]}`];
    }).join(', ');
  }
}
