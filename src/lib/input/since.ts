import { UsageError } from '../errors.js';
import type { UnreadKind } from '../analysis/unread.js';
import type { Reporter } from '../reporter.js';
import type { Pod, Resource } from '../resources/types.js';
import { ISTIO_KINDS } from '../simulator/istio/kinds.js';
import { createWorld, nameOf, type World } from '../simulator/world.js';
import type { Client } from './client.js';
import type { Input } from './load.js';
import { loadPolicySet } from './policy-set.js';
import type { Question } from './read-cluster.js';

/** What running proxies were started with. */
export interface Before {
  /** As the command line names it. */
  readonly words: readonly string[];
  readonly input: Input;
  readonly world: World;
}

/** Kinds of which a set of policies that has none means none; the others say what is around the policies. */
const policyKinds: ReadonlySet<string> = new Set<string>([
  ...ISTIO_KINDS,
  'Egress',
  'HTTPRouteGroup',
  'UpstreamTrafficSetting',
  'TrafficTarget',
  'TrafficSplit',
]);

/**
 * Reads what `--since` names. What is around policies (MeshConfig, namespaces, pods, services) is taken from now for kinds that
 * it does not have, and that is said.
 * @throws UsageError, InputError, ClusterError as `loadInput` does; ClusterError for what may not be read
 */
export async function loadBefore(
  words: readonly string[],
  now: Input,
  question: Question,
  report: Reporter,
): Promise<Before> {
  const { recursive, meshName, osmNamespace, namespace, kubeconfig, context } = now.options;
  if (words.includes('-') && now.options.filenames.includes('-')) {
    throw new UsageError('--since - and -f - cannot both read standard input', 'put one of them into a file');
  }
  const options = { recursive, meshName, osmNamespace, namespace, kubeconfig, context, connection: now.cluster };
  const input = await loadPolicySet(words, '--since', options, question, report);
  requireReadable(input);
  const { objects, kinds } = aroundPolicies(input, now);
  if (kinds.length > 0) report.note(`--since has no ${kinds.join(', no ')}: taken as they are now`);
  return { words, input, world: createWorld([...input.objects, ...objects], now.worldOptions) };
}

/** @throws ClusterError for what may not be read */
export function requireReadable({ unread }: Input): void {
  for (const kind of unread.kinds) {
    const refusal = unread.refusal(kind as UnreadKind, null);
    if (refusal) throw refusal;
  }
}

/** What is around policies in another set, of the kinds that a set does not have. */
export function aroundPolicies(
  input: Input,
  other: Input,
): { readonly objects: readonly Resource[]; readonly kinds: readonly string[] } {
  const own = new Set<string>(input.objects.map((object) => object.kind));
  const objects = other.objects.filter(({ kind }) => !policyKinds.has(kind) && !own.has(kind));
  return { objects, kinds: [...new Set(objects.map(({ kind }) => kind))] };
}

/** The pod that was named, as it was then. */
export function podBefore({ world }: Pick<Before, 'world'>, { pod }: Client): Pod | undefined {
  return pod && (world.pods.find((candidate) => nameOf(candidate) === nameOf(pod)) ?? pod);
}
