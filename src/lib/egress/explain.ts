import { ExitCode, UsageError } from '../errors.js';
import { otherMeshOf, type Client } from '../input/client.js';
import { inputFlags } from '../input/flags.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import { readTargets, type TargetSource } from '../input/targets.js';
import type { Reporter } from '../reporter.js';
import { MONITORED_BY } from '../resources/labels.js';
import { explain, type Explanation } from '../simulator/explain.js';
import type { Target } from '../simulator/request/index.js';
import { simulate, type Simulation } from '../simulator/simulation.js';
import { verdictOf } from '../simulator/verdict.js';
import { fieldRef } from '../simulator/world.js';
import { assumptionText } from '../wording/verdict.js';

export interface ExplainOptions extends RequestInputOptions {
  readonly targets: TargetSource;
  /** An assumption is an error. */
  readonly strict: boolean;
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

export interface Explained {
  readonly input: RequestInput;
  /** In the order of the targets, and for each in that of the clients; decided when it is asked for. */
  readonly answers: AsyncIterable<Answer>;
}

export interface Question {
  readonly asker: Asker;
  readonly simulation: Simulation;
}

/**
 * Answers `egress explain`.
 * @throws UsageError, InputError, ClusterError; while iterating also for a target that cannot be read
 */
export async function explainTargets(options: ExplainOptions, report: Reporter): Promise<Explained> {
  const input = await loadRequestInput(options, report);
  if (options.strict && input.strangeMesh !== undefined) throw new UsageError(input.strangeMesh);
  const questions = input.clients.map((client) => questionOf(client, input));
  return { input, answers: answersTo(questions, readTargets(options.targets), input, options) };
}

/** Compiles what decides for a client, and tells what the mesh makes of it. */
export function questionOf(client: Client, { world, names }: RequestInput): Question {
  const { source, pod } = client;
  const simulation = simulate(world, source, { pod, resolve: names.resolve });
  const injected = simulation.sidecars.filter((sidecar) => sidecar.injected).length;
  const mesh = injected === simulation.sidecars.length ? world.meshName : null;
  const partly = mesh === null && injected > 0;
  return { asker: { ...client, mesh, partly, otherMesh: otherMeshOf(world, source) }, simulation };
}

async function* answersTo(
  questions: readonly Question[],
  targets: AsyncIterable<Target>,
  { names }: RequestInput,
  { strict }: ExplainOptions,
): AsyncGenerator<Answer> {
  // looked up with the first target, and known from then on
  const unlearned = questions.flatMap(({ simulation }) =>
    [...simulation.program.clusters.values()].flatMap((cluster) =>
      cluster.kind === 'dns' ? [cluster.host.toLowerCase()] : [],
    ),
  );
  for await (const target of targets) {
    await names.learn([target.dial.host.toLowerCase(), ...unlearned.splice(0)]);
    for (const { asker, simulation } of questions) {
      const explanation = forAsker(explain(simulation, target), asker);
      if (strict) refuseAssumptions(explanation);
      yield { asker, explanation };
    }
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
 * The command line that finds the smallest change after which a request is allowed.
 * @returns undefined when it is allowed, when no change of the policies can help, or when the policies came from standard
 *   input, which cannot be read again
 */
export async function fixFor(explanation: Explanation, { options }: RequestInput): Promise<string | undefined> {
  const { verdict } = explanation.verdict;
  if ((verdict !== 'denied' && verdict !== 'unpredictable') || options.filenames.includes('-')) return undefined;
  const { fixCommand } = await import('../analysis/allow/fix-command.js');
  return fixCommand(explanation, inputFlags(options));
}

/** Exit code of several answers: denied wins over not known, not known over allowed. */
export class ExitCodeTally {
  private denied = false;
  private uncertain = false;

  /** @param requireMesh a source without sidecar counts as denied, whatever it reaches */
  constructor(private readonly requireMesh: boolean) {}

  add({ asker, explanation: { verdict } }: Answer): void {
    this.denied ||= verdict.verdict === 'denied' || (this.requireMesh && asker.mesh === null);
    this.uncertain ||= verdict.verdict === 'unpredictable' || verdict.verdict === 'unknown';
  }

  get code(): number {
    return this.denied ? ExitCode.no : this.uncertain ? ExitCode.unknown : ExitCode.yes;
  }
}
