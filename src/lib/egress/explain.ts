import { ExitCode, UsageError } from '../errors.js';
import { inputFlags } from '../input/flags.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import { readTargets, type TargetSource } from '../input/targets.js';
import type { Reporter } from '../reporter.js';
import { explain, type Explanation } from '../simulator/explain.js';
import type { Target } from '../simulator/request/index.js';
import { simulate, type Simulation } from '../simulator/simulation.js';
import { assumptionText } from '../wording/verdict.js';

export interface ExplainOptions extends RequestInputOptions {
  readonly targets: TargetSource;
  /** An assumption is an error. */
  readonly strict: boolean;
}

export interface Explained {
  readonly input: RequestInput;
  /** In the order of the targets, each decided when it is asked for. */
  readonly explanations: AsyncIterable<Explanation>;
}

/**
 * Answers `egress explain`.
 * @throws UsageError, InputError, ClusterError; while iterating also for a target that cannot be read
 */
export async function explainTargets(options: ExplainOptions, report: Reporter): Promise<Explained> {
  const input = await loadRequestInput(options, report);
  const { world, source, pod, names } = input;
  const simulation = simulate(world, source, { pod, resolve: names.resolve });
  return { input, explanations: explanationsOf(simulation, readTargets(options.targets), input, options) };
}

async function* explanationsOf(
  simulation: Simulation,
  targets: AsyncIterable<Target>,
  { names }: RequestInput,
  { strict }: ExplainOptions,
): AsyncGenerator<Explanation> {
  const policyHosts = [...simulation.program.clusters.values()].flatMap((cluster) =>
    cluster.kind === 'dns' ? [cluster.host.toLowerCase()] : [],
  );
  for await (const target of targets) {
    await names.learn([target.dial.host.toLowerCase(), ...policyHosts]);
    const explanation = explain(simulation, target);
    if (strict) refuseAssumptions(explanation);
    yield explanation;
  }
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

/** Exit code of an answer to several targets: denied wins over not known, not known over allowed. */
export class ExitCodeTally {
  private denied = false;
  private uncertain = false;

  add({ verdict }: Explanation): void {
    this.denied ||= verdict.verdict === 'denied';
    this.uncertain ||= verdict.verdict === 'unpredictable' || verdict.verdict === 'unknown';
  }

  get code(): number {
    return this.denied ? ExitCode.no : this.uncertain ? ExitCode.unknown : ExitCode.yes;
  }
}
