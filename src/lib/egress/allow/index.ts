import { planAllow, type Plan } from '../../analysis/allow/index.js';
import type { DryRun } from '../../changes/change.js';
import { ExitCode, UsageError } from '../../errors.js';
import type { Resource } from '../../resources/types.js';
import type { Target } from '../../simulator/request/index.js';
import { loadWorldInput, type WorldInput, type WorldInputOptions } from '../../input/world-input.js';
import { combine, type TotalChange } from './combine.js';
import { readAllowTargets, type AllowTargetFlags } from '../../input/allow-targets.js';
import { textsOf, type ChangedText } from './texts.js';

export interface AllowRequest extends WorldInputOptions {
  readonly target: AllowTargetFlags;
  /** Edit the files in place. */
  readonly write: boolean;
  readonly dryRun: DryRun;
  /** `[namespace/]name` of the policy to extend. */
  readonly policy?: string | undefined;
  /** Name of a new policy. */
  readonly name?: string | undefined;
  readonly exact?: boolean | undefined;
}

/** What is to be done so that the targets are allowed, and how it would look. */
export interface AllowAnswer {
  readonly input: WorldInput;
  /** One for each target; each starts where the one before ends. */
  readonly plans: readonly Plan[];
  readonly changes: readonly TotalChange[];
  /** What the changes make of files, or of the objects of a cluster. */
  readonly texts: readonly ChangedText[];
}

/**
 * Answers `egress allow`, without changing anything yet.
 * @throws UsageError, InputError, ClusterError
 */
export async function planTargets(options: AllowRequest): Promise<AllowAnswer> {
  checkFlags(options);
  const stdinTaken = options.target.targets === '-' ? '--targets -' : undefined;
  const targets = await readAllowTargets(options.target);
  const input = await loadWorldInput({ ...options, stdinTaken });
  checkPolicyFlag(options, input);
  await input.names.learn(namesIn(targets, input));
  const plans = plansFor(targets, input, options);
  const changes = combine(plans);
  return { input, plans, changes, texts: await textsOf(changes, input, options) };
}

function checkFlags({ write, filename, dryRun }: AllowRequest): void {
  const fromFiles = filename !== undefined && filename.length > 0;
  if (write && !fromFiles) {
    throw new UsageError('--write edits files, and none is given', 'add -f PATH; a cluster is changed without --write');
  }
  if (write && filename?.includes('-')) {
    throw new UsageError('--write cannot edit standard input', 'give files with -f, or leave out --write');
  }
  if (fromFiles && dryRun === 'server') {
    throw new UsageError(
      '--dry-run=server asks the cluster, and with -f the files are changed',
      'leave out -f to change the cluster, or --dry-run to see the change of the files',
    );
  }
}

function checkPolicyFlag({ policy, name }: AllowRequest, { world }: WorldInput): void {
  if (policy === undefined) return;
  if (name !== undefined) throw new UsageError('--policy extends a policy, --name names a new one', 'give one of them');
  const isNamed = (namespace: string, own: string) => policy === own || policy === `${namespace}/${own}`;
  const named = world.egresses.some(({ metadata }) => isNamed(metadata.namespace ?? 'default', metadata.name));
  if (!named) {
    throw new UsageError(
      `there is no Egress policy ${policy}`,
      'write --policy NAMESPACE/NAME as osm-ts egress list shows it, or --name NAME for a new policy',
    );
  }
}

/** Names whose addresses may decide: those of the targets, and the hosts that Envoy would resolve. */
function namesIn(targets: readonly Target[], { world, source }: WorldInput): Set<string> {
  const names = new Set<string>();
  for (const { dial, http } of targets) {
    names.add(dial.host.toLowerCase());
    if (http?.authority) names.add(http.authority.replace(/:\d+$/, '').toLowerCase());
  }
  for (const { policy } of world.policiesNaming(source)) {
    for (const host of policy.spec.hosts ?? []) names.add(host.toLowerCase());
  }
  return names;
}

function plansFor(targets: readonly Target[], input: WorldInput, options: AllowRequest): Plan[] {
  const { world, source, names, pod, manifests, cluster } = input;
  const { meshName, osmNamespace, unreadable } = world;
  // with files, the cluster is only looked at
  const fromFiles = new Set<Resource>(manifests?.objects ?? []);
  const isCreated = (object: Resource) => !input.objects.includes(object);
  const editable = manifests && cluster ? (object: Resource) => fromFiles.has(object) || isCreated(object) : undefined;
  let objects = input.objects;
  return targets.map((target) => {
    const plan = planAllow(objects, source, target, {
      pod,
      resolve: names.resolve,
      world: { meshName, osmNamespace, unreadable },
      namespace: options.namespace,
      policy: options.policy,
      name: options.name,
      exact: options.exact,
      editable,
    });
    if (plan.result === 'change') objects = plan.objects;
    return plan;
  });
}

/** Exit code of the answer: a target that cannot be allowed wins over one of which that is not known. */
export function exitCodeOf({ plans }: AllowAnswer): number {
  if (plans.some(({ result }) => result === 'impossible')) return ExitCode.no;
  return plans.some(({ result }) => result === 'unknown') ? ExitCode.unknown : ExitCode.yes;
}
