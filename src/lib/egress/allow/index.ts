import { widerThanWritten } from '../../analysis/lint/wider.js';
import { planAllow, type Plan } from '../../analysis/allow/index.js';
import { ExitCode, UsageError } from '../../errors.js';
import type { Resource } from '../../resources/types.js';
import { sendersIn } from '../../analysis/reach/senders.js';
import { simulate } from '../../simulator/simulation.js';
import type { Source } from '../../simulator/world.js';
import { closest } from '../../text/closest.js';
import type { Target } from '../../simulator/request/index.js';
import type { AllowInput } from './allow-input.js';
import { connectionOf, nobodySends, senderOf } from '../../input/senders.js';
import { loadRequestInput, type RequestInputOptions } from '../../input/request.js';
import type { Reporter } from '../../reporter.js';
import { otherMeshOf, type ClientName, type GivenName } from '../../input/client.js';
import { combine, type TotalChange } from './combine.js';
import { warnOfWide } from '../warn-of-wide.js';
import { readAllTargets, type LineFault, type TargetSource } from '../../input/targets.js';
import { textsOf, type ChangedText } from './texts.js';

export interface AllowRequest extends RequestInputOptions {
  readonly targets: TargetSource;
  /** Edit the files in place. */
  readonly write: boolean;
  /** The policy to extend. */
  readonly policy?: GivenName | undefined;
  /** Name of a new policy. */
  readonly name?: string | undefined;
  /** Let a new http policy allow this method and path only. */
  readonly exact: boolean;
  /** Where no policy can serve, leave the address out of interception. */
  readonly exclusion?: boolean | undefined;
}

/** What is to be done so that the targets are allowed, and how it would look. */
export interface AllowAnswer {
  readonly input: AllowInput;
  /** One for each target; each starts where the one before ends. */
  readonly plans: readonly Plan[];
  readonly changes: readonly TotalChange[];
  /** What the changes make of files, or of the objects of a cluster. */
  readonly texts: readonly ChangedText[];
  /** Lines that are no targets, for which nothing is planned. */
  readonly faults: readonly LineFault[];
}

/**
 * Answers `egress allow`, without changing anything yet.
 * @throws UsageError when the policy to extend is not there, InputError, ClusterError
 */
export async function planTargets(options: AllowRequest, report: Reporter): Promise<AllowAnswer> {
  const { targets, faults } = await readAllTargets(options.targets, MAX_TARGETS);
  const asksCluster = options.live || options.filenames.length === 0;
  const connection = connectionOf(targets, options, asksCluster, report);
  const read = await loadRequestInput(
    { ...options, ...connection, clients: [clientOf(options, targets)], senders: [], mayBeEmpty: true },
    report,
  );
  const input: AllowInput = { ...read, ...read.clients[0]! };
  requireMesh(input);
  const { world, source, pod } = input;
  const stranger = input.known === 'assumed' ? strangerText(input) : undefined;
  if (stranger !== undefined) report.warn(stranger);
  warnOfWide(widerThanWritten(simulate(world, source, { pod })), input, report);
  requirePolicy(options, input);
  await input.names.learn(namesIn(targets, input));
  const plans = plansFor(targets, input, options);
  const changes = combine(plans);
  return { input, plans, changes, texts: await textsOf(changes, input, options), faults };
}

/** Each plan starts where the one before ends, and is proven against all that could be asked. */
const MAX_TARGETS = 250;

/** One change is made for one client. @throws UsageError when there is none, or more than one */
function clientOf({ clients }: AllowRequest, targets: readonly Target[]): ClientName {
  const all = clients.length > 0 ? clients : targets.map(senderOf);
  const [client, ...others] = new Map(all.map((each) => [JSON.stringify(each), each])).values();
  if (!client) throw nobodySends();
  if (others.length === 0) return client;
  throw new UsageError('the targets have several senders', 'ask for one sender at a time, or name it with --from');
}

/** Others are known, and nothing shows that there is such a client: most likely it is called otherwise. */
function strangerText({ objects, world, source }: AllowInput): string | undefined {
  const nameOf = ({ namespace, serviceAccount }: Source) => `${namespace}/${serviceAccount}`;
  const name = nameOf(source);
  const known = sendersIn(objects, world).map((sender) => nameOf(sender.source));
  if (known.length === 0 || known.includes(name)) return undefined;
  const meant = closest(name, known);
  return `nothing given has or names ServiceAccount ${name}: it is assumed to be there${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

/** What another control plane programs cannot be changed for the better by policies of this one. */
function requireMesh({ world, source }: AllowInput): void {
  const mesh = otherMeshOf(world, source);
  if (mesh === undefined) return;
  throw new UsageError(
    `namespace ${source.namespace} is in mesh ${mesh}, not in ${world.meshName}`,
    `name its mesh: --mesh-name ${mesh}`,
  );
}

function requirePolicy({ policy }: AllowRequest, { world }: AllowInput): void {
  if (policy === undefined) return;
  const { namespace, name } = policy;
  const isNamed = ({ metadata }: Resource) =>
    metadata.name === name && (namespace === undefined || metadata.namespace === namespace);
  if (world.egresses.some(isNamed)) return;
  throw new UsageError(
    `there is no Egress policy ${namespace === undefined ? name : `${namespace}/${name}`}`,
    'osm-ts egress list -A names all there are',
  );
}

/** Names whose addresses may decide: those of the targets, and the hosts that Envoy would resolve. */
function namesIn(targets: readonly Target[], { world, source }: AllowInput): Set<string> {
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

function plansFor(targets: readonly Target[], input: AllowInput, options: AllowRequest): Plan[] {
  const { world, worldOptions, source, names, pod, container, manifests, cluster } = input;
  const { policy } = options;
  // with files, the cluster is only looked at
  const fromFiles = new Set<Resource>(manifests?.objects ?? []);
  const isCreated = (object: Resource) => !input.objects.includes(object);
  const editable = manifests && cluster ? (object: Resource) => fromFiles.has(object) || isCreated(object) : undefined;
  let objects = input.objects;
  return targets.map((target) => {
    const plan = planAllow(objects, source, target, {
      pod,
      container,
      resolve: names.resolve,
      world: { ...worldOptions, unreadable: world.unreadable },
      namespace: options.namespace,
      policy: policy && (policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`),
      name: options.name,
      exact: options.exact,
      exclusion: options.exclusion,
      editable,
    });
    if (plan.result === 'change') objects = plan.objects;
    return plan;
  });
}

/** Exit code of the answer: a line that could not be read wins over a target that cannot be allowed, and that over not known. */
export function exitCodeOf({ plans, faults }: AllowAnswer): number {
  if (faults.length > 0) return ExitCode.usage;
  if (plans.some(({ result }) => result === 'impossible')) return ExitCode.no;
  return plans.some(({ result }) => result === 'unknown') ? ExitCode.unknown : ExitCode.yes;
}
