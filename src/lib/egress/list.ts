import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { UsageError } from '../errors.js';
import type { Egress } from '../resources/types.js';
import { namespacedName, nameOf } from '../simulator/world.js';
import { createInspector } from '../analysis/inspect/inspect.js';
import { loadPolicyWorld, openCluster, type PolicySourceOptions, type PolicyWorld } from '../input/policy-world.js';
import type { PolicyReport } from '../analysis/inspect/report.js';

export interface ListOptions extends PolicySourceOptions {
  'all-namespaces'?: boolean | undefined;
  /** Kubernetes' notation; the API server evaluates it. */
  selector?: string | undefined;
}

export interface PolicyListing {
  readonly world: PolicyWorld;
  /** Computed one at a time as they are asked for. */
  readonly reports: Iterable<PolicyReport>;
  /** The namespace that is listed; null: all. */
  readonly namespace: string | null;
}

/**
 * Answers `egress list`: the policies of one namespace, or of all, in the order of namespace and name, each with what
 * becomes of it. Files are listed whole unless a namespace is named.
 * @throws UsageError, InputError, ClusterError
 */
export async function listPolicies(options: ListOptions): Promise<PolicyListing> {
  const fromFiles = Boolean(options.filename?.length);
  if (fromFiles && options.selector !== undefined) {
    throw new UsageError('--selector needs a cluster, and -f reads files only', 'leave out one of them');
  }
  if (options['all-namespaces'] && options.namespace !== undefined) {
    throw new UsageError('--all-namespaces and --namespace exclude each other', 'leave out one of them');
  }
  const connection = fromFiles ? undefined : await openCluster(options);
  const world = await loadPolicyWorld({ ...options, connection });
  const all = options['all-namespaces'] === true || (fromFiles && options.namespace === undefined);
  const namespace = all ? null : world.defaultNamespace;
  refuseUnread(world, namespace);
  const selected = connection && (await select(connection, options.selector, namespace));
  const policies = world.world.egresses
    .filter((policy) => namespace === null || policy.metadata.namespace === namespace)
    .filter((policy) => !selected || selected.has(nameOf(policy)))
    .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  return { world, namespace, reports: inspectAll(world, policies) };
}

function* inspectAll(world: PolicyWorld, policies: readonly Egress[]): Generator<PolicyReport> {
  const inspect = createInspector(world);
  for (const policy of policies) yield inspect(policy);
}

/** A list that could not be read is an error, not an empty list. */
function refuseUnread({ unread }: PolicyWorld, namespace: string | null): void {
  const refused = unread.refusal('Egress', namespace);
  if (refused) throw refused;
}

async function select(
  cluster: Cluster,
  labelSelector: string | undefined,
  namespace: string | null,
): Promise<Set<string> | undefined> {
  if (labelSelector === undefined) return undefined;
  const found = await cluster.list(kinds.Egress, { labelSelector, ...(namespace !== null && { namespace }) });
  return new Set(found.map(({ metadata }) => namespacedName(metadata.namespace, metadata.name)));
}

/** A character below all those of names separates the parts, so that they are compared one after the other. */
function sortKey({ metadata: { namespace = '', name } }: Egress): string {
  return `${namespace} ${name}`;
}
