import { alikeSenders } from '../analysis/reach/senders.js';
import { ExitCode } from '../errors.js';
import { knownClients } from '../input/client.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import { readTargets, type LineFault, type TargetLine, type TargetSource } from '../input/targets.js';
import type { Reporter } from '../reporter.js';
import { explain, type Explanation } from '../simulator/explain.js';
import type { Target } from '../simulator/request/index.js';
import type { Simulation } from '../simulator/simulation.js';
import type { VerdictWord } from '../simulator/verdict.js';
import { forAsker, questionOf, type Asker } from './explain.js';
import { hostsOf } from './reach.js';

export interface WhoCanOptions extends Omit<RequestInputOptions, 'clients'> {
  readonly targets: TargetSource;
}

/** A source, and what becomes of its request. */
export interface Sending {
  readonly asker: Asker;
  /** Of sources that fare alike one was asked for all. */
  readonly explanation: Explanation;
}

export interface WhoCanAnswer {
  readonly target: Target;
  /** By name of the source. */
  readonly sendings: readonly Sending[];
}

export interface WhoCan {
  readonly input: RequestInput;
  /** In the order of the targets, lines that are none among them; decided when it is asked for. */
  readonly answers: AsyncIterable<WhoCanAnswer | { readonly fault: LineFault }>;
}

/**
 * Answers `egress who-can`: which of all sources that the input knows can send a request.
 * @throws UsageError, InputError, ClusterError; while iterating also for a file that cannot be read
 */
export async function whoCan({ targets, ...options }: WhoCanOptions, report: Reporter): Promise<WhoCan> {
  const input = await loadRequestInput({ ...options, clients: [] }, report, { everybody: true });
  return { input, answers: answersTo(readTargets(targets), input) };
}

/** Sources for which the same is programmed, with what was compiled for one of them. */
interface Group {
  readonly askers: readonly Asker[];
  readonly simulation: Simulation;
}

async function* answersTo(
  lines: AsyncIterable<TargetLine>,
  input: RequestInput,
): AsyncGenerator<WhoCanAnswer | { readonly fault: LineFault }> {
  const clients = knownClients(input);
  // a pod's own address matters only to requests that are sent there
  const own = new Set(input.world.pods.flatMap(({ status }) => status?.podIP ?? []));
  const compiled = new Map<string, Group[]>();
  for await (const line of lines) {
    if ('fault' in line) {
      yield line;
      continue;
    }
    const { target } = line;
    await input.names.learn([target.dial.host.toLowerCase()]);
    const known = input.names.resolve(target.dial.host.toLowerCase());
    const addresses = known === undefined || known === 'not-found' ? [] : known;
    const dialled = [target.dial.host, ...addresses].filter((address) => own.has(address));
    const key = dialled.join();
    let groups = compiled.get(key);
    if (!groups) compiled.set(key, (groups = groupsOf(clients, input, new Set(dialled))));
    await input.names.learn(groups.flatMap(({ simulation }) => hostsOf(simulation)));
    yield { target, sendings: sendingsOf(groups, target) };
  }
}

function groupsOf(
  clients: ReturnType<typeof knownClients>,
  input: RequestInput,
  dialled: ReadonlySet<string>,
): Group[] {
  return alikeSenders(clients, input.world, dialled).map((alike) => {
    const { asker, simulation } = questionOf(alike[0]!, input);
    return { askers: alike.map((client) => ({ ...asker, ...client })), simulation };
  });
}

function sendingsOf(groups: readonly Group[], target: Target): Sending[] {
  const sendings = groups.flatMap(({ askers, simulation }) => {
    const explanation = explain(simulation, target);
    return askers.map((asker) => ({ asker, explanation: forAsker(explanation, asker) }));
  });
  const name = ({ asker: { source } }: Sending) => `${source.namespace}/${source.serviceAccount}`;
  return sendings.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Somebody can, surely; or nobody can; or it is not known. */
export function summaryVerdict({ sendings }: WhoCanAnswer): 'somebody' | 'nobody' | 'unknown' {
  const verdicts = new Set<VerdictWord>(sendings.map(({ explanation }) => explanation.verdict.verdict));
  if (verdicts.has('allowed')) return 'somebody';
  return verdicts.has('unknown') || verdicts.has('unpredictable') ? 'unknown' : 'nobody';
}

/** Exit code of several answers: a line that could not be read wins over that nobody can, that over not known, not known over somebody. */
export function exitCodeOf(answers: Iterable<ReturnType<typeof summaryVerdict> | 'fault'>): number {
  const said = new Set(answers);
  if (said.has('fault')) return ExitCode.usage;
  if (said.has('nobody')) return ExitCode.no;
  return said.has('unknown') ? ExitCode.unknown : ExitCode.yes;
}
