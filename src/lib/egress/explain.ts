import { widerThanWritten } from '../analysis/lint/wider.js';
import { ClusterError, ExitCode, UsageError } from '../errors.js';
import { findClient, otherMeshOf, type Client } from '../input/client.js';
import { inputFlags } from '../input/flags.js';
import { senderOf, withSenders } from '../input/senders.js';
import { podBefore } from '../input/since.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import { lineFault, readTargets, type LineFault, type TargetLine, type TargetSource } from '../input/targets.js';
import type { Reporter } from '../reporter.js';
import { MONITORED_BY } from '../resources/labels.js';
import { explain, type Explanation } from '../simulator/explain.js';
import { simulate, type Simulation } from '../simulator/simulation.js';
import type { Target } from '../simulator/request/index.js';
import { verdictOf, type VerdictWord } from '../simulator/verdict.js';
import { fieldRef } from '../simulator/world.js';
import { quoteShellWord } from '../text/shell.js';
import { assumptionText } from '../wording/verdict.js';
import { warnOfWide } from './warn-of-wide.js';

export interface ExplainOptions extends RequestInputOptions {
  readonly targets: TargetSource;
}

/** Who asks, and what the mesh makes of it. */
export interface Asker extends Client {
  /** The mesh whose sidecar the source has; null when it has none, or not all of its pods have one. */
  readonly mesh: string | null;
  /** Some of its pods have a sidecar, and others have none. */
  readonly partly: boolean;
  /** The mesh that the namespace is in, where that is not the one that was asked about. */
  readonly otherMesh: string | undefined;
}

export interface Answer {
  readonly asker: Asker;
  readonly explanation: Explanation;
}

/** An answer, or a line of the file of targets that has none. */
export type Answered = Answer | { readonly fault: LineFault };

export interface Explained {
  readonly input: RequestInput;
  /** In the order of the targets, and for each in that of the clients; decided when it is asked for. */
  readonly answers: AsyncIterable<Answered>;
}

export interface Question {
  readonly asker: Asker;
  readonly simulation: Simulation;
}

/**
 * Answers `egress explain`.
 * @throws UsageError, InputError, ClusterError; while iterating also for a file that cannot be read
 */
export async function explainTargets(options: ExplainOptions, report: Reporter): Promise<Explained> {
  const known = await withSenders(options, report);
  const input = await loadRequestInput(known, report);
  const questions = input.clients.map((client) => questionOf(client, input));
  warnOfWide(
    questions.flatMap(({ simulation }) => widerThanWritten(simulation)),
    input,
    report,
  );
  return { input, answers: answersTo(questions, readTargets(known.targets), input, options) };
}

/** Compiles what decides for a client, and tells what the mesh makes of it. */
export function questionOf(
  client: Client,
  {
    world,
    istio,
    istioSimulator,
    names,
    before,
    dump,
  }: Pick<RequestInput, 'world' | 'istio' | 'istioSimulator' | 'names' | 'before'> &
    Partial<Pick<RequestInput, 'dump'>>,
): Question {
  const { source, pod, container } = client;
  const resolve = names.resolve;
  if (istio && istioSimulator) {
    const simulation = istioSimulator.simulateIstio(istio, source, { pod, container, resolve });
    return askedOf(client, simulation, 'istio', undefined);
  }
  const since = before && simulate(before.world, source, { pod: podBefore(before, client), container, resolve });
  const held = dump?.program;
  const simulation = simulate(world, source, { pod, container, resolve, since, held });
  return askedOf(client, simulation, world.meshName, otherMeshOf(world, source));
}

/** The same, one for each program where pods of a client get several: Istio's resources may tell them apart by labels. */
export function questionsOf(
  client: Client,
  input: Pick<RequestInput, 'world' | 'istio' | 'istioSimulator' | 'names' | 'before'>,
): Question[] {
  const { istio, istioSimulator, names } = input;
  if (!istio || !istioSimulator) return [questionOf(client, input)];
  const { source, pod, container } = client;
  const each = istioSimulator.istioSimulations(istio, source, { pod, container, resolve: names.resolve });
  return each.map((simulation) => {
    const named = each.length > 1 ? { ...client, pod: simulation.clients[0].pod } : client;
    return askedOf(named, simulation, 'istio', undefined);
  });
}

function askedOf(client: Client, simulation: Simulation, meshName: string, otherMesh: string | undefined): Question {
  const injected = simulation.sidecars.filter((sidecar) => sidecar.injected).length;
  const mesh = injected === simulation.sidecars.length ? meshName : null;
  const partly = mesh === null && injected > 0;
  return { asker: { ...client, mesh, partly, otherMesh }, simulation };
}

/** The question of each target's own sender; one simulation for each. */
function createSenderQuestions(input: RequestInput): (target: Target) => Question {
  const known = new Map<string, Question>();
  return (target) => {
    const key = JSON.stringify(target.sender);
    let question = known.get(key);
    if (!question) known.set(key, (question = questionOf(findClient(input, senderOf(target)), input)));
    return question;
  };
}

/** Names that Envoy resolves for a source: looked up with the first target, and known from then on. */
function createUnlearned(): (questions: readonly Question[]) => string[] {
  const seen = new Set<Simulation>();
  return (questions) =>
    questions.flatMap(({ simulation }) => {
      if (seen.has(simulation)) return [];
      seen.add(simulation);
      return [...simulation.program.clusters.values()].flatMap((cluster) =>
        cluster.kind === 'dns' ? [cluster.host.toLowerCase()] : [],
      );
    });
}

async function* answersTo(
  named: readonly Question[],
  targets: AsyncIterable<TargetLine>,
  input: RequestInput,
  { strict }: ExplainOptions,
): AsyncGenerator<Answered> {
  const { names } = input;
  const ofSender = createSenderQuestions(input);
  const unlearned = createUnlearned();
  for await (const line of targets) {
    if ('fault' in line) {
      yield line;
      continue;
    }
    const { target } = line;
    const elsewhere = contextFault(line, input);
    if (elsewhere) {
      yield elsewhere;
      continue;
    }
    let questions = named;
    if (named.length === 0) {
      const found = atLine(line, () => ofSender(target));
      if ('fault' in found) {
        yield found;
        continue;
      }
      questions = [found.question];
    }
    await names.learn([target.dial.host.toLowerCase(), ...unlearned(questions)]);
    for (const { asker, simulation } of questions) {
      const explanation = forAsker(explain(simulation, target), asker);
      if (strict) refuseAssumptions(explanation);
      yield { asker, explanation };
    }
  }
}

/** A line about another cluster than the one that was read, which nobody has named otherwise. */
function contextFault(
  { target, at, text }: Extract<TargetLine, { target: unknown }>,
  { cluster, options }: RequestInput,
): { readonly fault: LineFault } | undefined {
  const { context } = target.sender ?? {};
  if (!at || !cluster || context === undefined || options.context !== undefined || context === cluster.context)
    return undefined;
  const error = new UsageError(
    `the command line is about context ${context}, and ${cluster.context ?? 'the cluster of this pod'} is asked`,
    `add --context ${context}`,
  );
  return { fault: lineFault(error.message, at, text ?? '', error.hint, error) };
}

/** A sender that is not there is a fault of the line that names it, where there are lines. @throws UsageError, ClusterError */
function atLine(
  { at, text }: Extract<TargetLine, { target: unknown }>,
  find: () => Question,
): { readonly question: Question } | { readonly fault: LineFault } {
  try {
    return { question: find() };
  } catch (error) {
    const isMissing = error instanceof UsageError || (error instanceof ClusterError && error.status === 404);
    if (!isMissing || !at) throw error;
    return { fault: lineFault(error.message, at, text ?? '', error.hint, error) };
  }
}

/**
 * What only who asks decides: that there is such a client is assumed first, because everything else is about it; and for a
 * source of another mesh nothing can be told, because another control plane programs its sidecar.
 */
export function forAsker(explanation: Explanation, { known, source, mesh, otherMesh }: Asker): Explanation {
  const { verdict, simulation } = explanation;
  const assumed = known === 'assumed' ? [{ code: 'no-account', ...source } as const] : [];
  const assumptions = [...assumed, ...verdict.assumptions];
  if (mesh !== null || otherMesh === undefined) return { ...explanation, verdict: { ...verdict, assumptions } };
  const namespace = simulation.world.namespaces.get(source.namespace)!;
  const at = fieldRef(namespace, 'metadata', 'labels', MONITORED_BY);
  return {
    ...explanation,
    events: [],
    verdict: verdictOf([], [{ code: 'other-mesh', mesh: otherMesh, at }], assumptions),
  };
}

function refuseAssumptions({ verdict, target }: Explanation): void {
  const [first, ...others] = verdict.assumptions;
  if (!first) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new UsageError(
    `${target.command}: the answer would assume that ${assumptionText(first)}${more}`,
    'give what is missing with -f, --hosts, --dns or --resolve, or leave --strict out',
  );
}

/**
 * The command line that finds the smallest change after which a request is allowed, for the very client that was asked about.
 * @returns undefined when it is allowed, when no change of the policies can help because a freshly started proxy would allow it
 *   or for another reason, or when the policies came from standard input, which cannot be read again
 */
export async function fixFor(
  { explanation, asker }: Answer,
  { options, names }: RequestInput,
): Promise<string | undefined> {
  const { verdict } = explanation.verdict;
  if ((verdict !== 'denied' && verdict !== 'unpredictable') || options.filenames.includes('-')) return undefined;
  const { world, source, pod, since, isHeld, program } = explanation.simulation;
  // a proxy's configuration is changed by policies, and a dump has none; of Istio's resources osm-ts plans no changes
  if (isHeld || program.istio) return undefined;
  if (
    since &&
    simulate(world, source, { pod, resolve: names.resolve }).decide(explanation.target).verdict === 'allowed'
  )
    return undefined;
  const { fixCommand } = await import('../analysis/allow/fix-command.js');
  return fixCommand(explanation, inputFlags(options), podFlag(asker));
}

function podFlag({ source, pod, workload }: Asker): string | undefined {
  const name = workload ? `${workload.kind.toLowerCase()}/${workload.metadata.name}` : pod?.metadata.name;
  return name && `--pod ${quoteShellWord(`${source.namespace}/${name}`)}`;
}

const VERDICTS: readonly VerdictWord[] = ['allowed', 'denied', 'unpredictable', 'unknown'];

/** How many answers there were of each sort, and the exit code that follows. */
export class AnswerTally {
  private readonly counts = new Map<VerdictWord, number>();
  private faults = 0;
  private outside = false;

  /** @param requireMesh a source without sidecar counts as denied, whatever it reaches */
  constructor(private readonly requireMesh: boolean) {}

  add(answered: Answered): void {
    if ('fault' in answered) {
      this.faults += 1;
      return;
    }
    const { verdict } = answered.explanation.verdict;
    this.counts.set(verdict, (this.counts.get(verdict) ?? 0) + 1);
    this.outside ||= answered.asker.mesh === null;
  }

  /** A line that could not be read wins over denied, denied over not known, not known over allowed. */
  get code(): number {
    const has = (verdict: VerdictWord): boolean => this.counts.has(verdict);
    if (this.faults > 0) return ExitCode.usage;
    if (has('denied') || (this.requireMesh && this.outside)) return ExitCode.no;
    return has('unpredictable') || has('unknown') ? ExitCode.unknown : ExitCode.yes;
  }

  /** `42 allowed, 3 denied, 1 unknown` */
  get summary(): string {
    const parts = VERDICTS.flatMap((verdict) => {
      const count = this.counts.get(verdict);
      return count === undefined ? [] : [`${count} ${verdict}`];
    });
    if (this.faults > 0) parts.push(`${this.faults} ${this.faults === 1 ? 'line' : 'lines'} not read`);
    return parts.length > 0 ? parts.join(', ') : 'no targets';
  }
}
