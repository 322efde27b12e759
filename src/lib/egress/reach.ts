import { reachOf, type Reach } from '../analysis/reach/reach.js';
import { ExitCode } from '../errors.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import type { Reporter } from '../reporter.js';
import type { Simulation } from '../simulator/simulation.js';
import type { Assumption } from '../simulator/verdict.js';
import { assumptionText } from '../wording/verdict.js';
import { questionsOf, type Asker } from './explain.js';

export interface ReachAnswer extends Reach {
  readonly asker: Asker;
  readonly simulation: Simulation;
  /** What the rows take for granted, each once. */
  readonly assumptions: readonly Assumption[];
}

export interface ReachAnswers {
  readonly input: RequestInput;
  /** In the order of the clients; found when it is asked for. */
  readonly answers: AsyncIterable<ReachAnswer>;
}

/**
 * Answers `egress reach`: all that clients can reach.
 * @throws UsageError, InputError, ClusterError
 */
export async function reachOfClients(options: RequestInputOptions, report: Reporter): Promise<ReachAnswers> {
  const input = await loadRequestInput(options, report);
  return { input, answers: answersFor(input) };
}

async function* answersFor(input: RequestInput): AsyncGenerator<ReachAnswer> {
  for (const client of input.clients) {
    for (const { asker, simulation } of questionsOf(client, input)) yield await answerFor(input, asker, simulation);
  }
}

async function answerFor(input: RequestInput, asker: Asker, simulation: Simulation): Promise<ReachAnswer> {
  await input.names.learn(hostsOf(simulation));
  // another control plane programs the sidecar: nothing is known of it
  const isElsewhere = asker.mesh === null && asker.otherMesh !== undefined;
  const reach = isElsewhere ? { rows: [], undecided: [] } : reachOf(simulation);
  return { asker, simulation, ...reach, assumptions: assumptionsOf(reach, asker) };
}

/** Names that Envoy looks up. */
export function hostsOf({ program }: Simulation): string[] {
  return [...program.clusters.values()].flatMap((cluster) =>
    cluster.kind === 'dns' ? [cluster.host.toLowerCase()] : [],
  );
}

function assumptionsOf({ rows }: Reach, { known, source }: Asker): Assumption[] {
  const made = rows.flatMap(({ classes }) => classes.flatMap(({ verdicts }) => verdicts[0]!.assumptions));
  const client: Assumption[] = known === 'assumed' ? [{ code: 'no-account', ...source }] : [];
  // that a host resolves is a matter of the row that names it
  const shared = made.filter(({ code }) => code !== 'resolves-for-envoy');
  return [...new Map([...client, ...shared].map((one) => [assumptionText(one), one])).values()];
}

/** Is it known for each request whether it gets out? */
export function isCertain({ rows, undecided, asker }: ReachAnswer): boolean {
  const isElsewhere = asker.mesh === null && asker.otherMesh !== undefined;
  return undecided.length === 0 && !isElsewhere && rows.every(({ verdict }) => verdict === 'allowed');
}

/** 4 when something of the answer is not known. */
export function exitCodeOf(answer: ReachAnswer): number {
  return isCertain(answer) ? ExitCode.yes : ExitCode.unknown;
}
