import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import type { Egress } from '../resources/types.js';
import { namespacedName, nameOf } from '../simulator/world.js';
import { createInspector } from '../analysis/inspect/inspect.js';
import { requireNamespace } from '../input/client.js';
import { loadInput, type Input, type InputOptions } from '../input/load.js';
import type { Reporter } from '../reporter.js';
import type { PolicyReport } from '../analysis/inspect/report.js';
import { warnOfWide } from './warn-of-wide.js';

export interface ListOptions extends InputOptions {
  readonly allNamespaces: boolean;
  /** Kubernetes' notation; the API server evaluates it. */
  readonly selector?: string | undefined;
}

export interface PolicyListing {
  readonly input: Input;
  /** Computed one at a time as they are asked for. */
  readonly reports: Iterable<PolicyReport>;
  /** The namespace that is listed; null: all. */
  readonly namespace: string | null;
}

/**
 * Answers `egress list`: the policies of one namespace, or of all, in the order of namespace and name, each with what
 * becomes of it. Files are listed whole unless a namespace is named.
 * @throws InputError, ClusterError; UsageError about the kubeconfig
 */
export async function listPolicies(options: ListOptions, report: Reporter): Promise<PolicyListing> {
  const input = await loadInput(options, { namespaces: (home) => [home] }, report);
  const { cluster, world, defaultNamespace } = input;
  const all = options.allNamespaces || (!cluster && options.namespace === undefined);
  const namespace = all ? null : defaultNamespace;
  refuseUnread(input, namespace);
  if (namespace !== null) requireNamespace(input, namespace);
  const selected = cluster && (await select(cluster, options.selector, namespace));
  const policies = world.egresses
    .filter((policy) => namespace === null || policy.metadata.namespace === namespace)
    .filter((policy) => !selected || selected.has(nameOf(policy)))
    .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  return { input, namespace, reports: inspectAll(input, policies, report) };
}

function* inspectAll(input: Input, policies: readonly Egress[], report: Reporter): Generator<PolicyReport> {
  const inspect = createInspector(input);
  for (const policy of policies) {
    const inspected = inspect(policy);
    warnOfWide(inspected.reasons, input, report);
    yield inspected;
  }
}

/** A list that could not be read is an error, not an empty list. */
function refuseUnread({ unread }: Input, namespace: string | null): void {
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
