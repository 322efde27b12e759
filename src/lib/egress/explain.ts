import type { Locate } from '../resources/types.js';
import { ExitCode, UsageError } from '../errors.js';
import { assumptionText } from '../wording/verdict.js';
import { explain, type Explanation } from '../simulator/explain.js';
import type { Target } from '../simulator/request/index.js';
import { simulate, type Simulation } from '../simulator/simulation.js';
import { loadWorldInput, type WorldInput, type WorldInputOptions } from '../input/world-input.js';
import { readTargets, type TargetFlags } from '../input/targets.js';

export { fixFor } from './explain-fix.js';

export interface ExplainOptions extends WorldInputOptions {
  readonly target: TargetFlags;
  /** An assumption is an error. */
  readonly strict?: boolean | undefined;
}

export interface Explained {
  readonly input: WorldInput;
  readonly locate: Locate;
  /** In the order of the targets, each decided when it is asked for. */
  readonly explanations: AsyncIterable<Explanation>;
}

/**
 * Answers `egress explain`.
 * @throws UsageError, InputError, ClusterError; while iterating also for a target that cannot be read
 */
export async function explainTargets(options: ExplainOptions): Promise<Explained> {
  const stdinTaken = options.target.targets === '-' ? '--targets -' : undefined;
  const input = await loadWorldInput({ ...options, stdinTaken });
  const { world, source, pod, names, locate } = input;
  const simulation = simulate(world, source, { pod, resolve: names.resolve });
  return { input, locate, explanations: explanationsOf(simulation, readTargets(options.target), input, options) };
}

async function* explanationsOf(
  simulation: Simulation,
  targets: AsyncIterable<Target>,
  { names }: WorldInput,
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
