import { isForbidden, isNotFound } from '../../cluster/errors.js';
import type { Cluster, ResourceRef } from '../../cluster/types.js';
import { patchOf, type ChangeOutcome, type DryRun } from '../../changes/change.js';
import { ClusterError, OsmTsError } from '../../errors.js';
import { listMeshes } from '../../input/control-planes.js';
import type { Reporter } from '../../reporter.js';
import { kinds } from '../../resources/kinds.js';
import { MONITORED_BY, PROXY_UUID } from '../../resources/labels.js';
import { requireMesh } from '../meshes.js';
import { explain } from '../errors.js';
import { planNamespace, planPod, type Metrics, type MetricsPlan } from './plan.js';

export interface MetricsOptions {
  readonly dryRun: DryRun;
  readonly osmNamespace: string;
  readonly report: Reporter;
}

/** Which namespaces: by name, or all of a mesh. */
export type MetricsScope = { readonly namespaces: readonly string[] } | { readonly mesh: string };

interface PlannedObject extends MetricsPlan {
  readonly ref: ResourceRef;
}

interface PlannedNamespace {
  readonly name: string;
  readonly self: PlannedObject;
  readonly pods: readonly PlannedObject[];
}

/**
 * Switches the metrics of namespaces on or off, for their pods of now and later (osm-cli §7). Yields an outcome for each namespace and
 * each of its pods. Everything is read and decided, and what may be refused is tried without being kept, before anything is changed.
 * @throws OsmTsError, AggregateError of several, when nothing has been changed
 */
export async function* changeMetrics(
  cluster: Cluster,
  scope: MetricsScope,
  wanted: Metrics,
  options: MetricsOptions,
): AsyncGenerator<ChangeOutcome> {
  const names = 'mesh' in scope ? await namespacesOf(cluster, scope.mesh, options) : scope.namespaces;
  const planned = await planAll(cluster, [...new Set(names)], wanted, options);
  if (options.dryRun === 'none') await tryAll(cluster, planned, wanted);
  for (const namespace of planned) yield* apply(cluster, namespace, wanted, options.dryRun);
}

async function namespacesOf(cluster: Cluster, mesh: string, options: MetricsOptions): Promise<string[]> {
  await requireMesh(cluster, mesh, options);
  const found = await cluster.list(kinds.Namespace, { labelSelector: `${MONITORED_BY}=${mesh}` });
  if (found.length === 0) options.report.note(`mesh [${mesh}] has no namespaces`);
  return found.map(({ metadata }) => metadata.name);
}

async function planAll(
  cluster: Cluster,
  names: readonly string[],
  wanted: Metrics,
  { report }: MetricsOptions,
): Promise<PlannedNamespace[]> {
  let meshes: Promise<ReadonlySet<string> | undefined> | undefined;
  const errors: OsmTsError[] = [];
  const planned: PlannedNamespace[] = [];
  for (const name of names) {
    try {
      const ref = { kind: kinds.Namespace, name };
      const namespace = await cluster.get(ref).catch(explain(`Failed to retrieve namespace [${name}]`));
      meshes ??= meshNames(cluster, report);
      const self = { ref, ...planNamespace(namespace, wanted, await meshes) };
      const pods = await cluster
        .list(kinds.Pod, { namespace: name, labelSelector: PROXY_UUID })
        .catch(explain(podFailure(name, wanted)));
      planned.push({
        name,
        self,
        pods: pods.map((pod) => ({
          ref: { kind: kinds.Pod, name: pod.metadata.name, namespace: name },
          ...planPod(pod, wanted),
        })),
      });
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      errors.push(error);
      // Without a status nobody has answered; each further try could take as long as this one did.
      if (error instanceof ClusterError && error.status === undefined) break;
    }
  }
  refuse(errors, names.length, report);
  return planned;
}

/** Whoever may not list Deployments everywhere may still look after a namespace. */
async function meshNames(cluster: Cluster, report: Reporter): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set((await listMeshes(cluster)).map(({ name }) => name));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    report.verbose(`whether the mesh exists is not known: ${error.message}`);
    return undefined;
  }
}

/** A right that is missing shows with the namespace itself, or with any pod of it. */
async function tryAll(cluster: Cluster, planned: readonly PlannedNamespace[], wanted: Metrics): Promise<void> {
  for (const { name, self, pods } of planned) {
    await write(cluster, self, 'server').catch(explain(namespaceFailure(name, wanted)));
    const pod = pods.find(({ changes }) => changes.length > 0);
    if (pod) await write(cluster, pod, 'server').catch(explain(podFailure(name, wanted)));
  }
}

async function* apply(
  cluster: Cluster,
  { name, self, pods }: PlannedNamespace,
  wanted: Metrics,
  dryRun: DryRun,
): AsyncGenerator<ChangeOutcome> {
  const tried = async (object: PlannedObject, failure: string): Promise<ChangeOutcome> => {
    const { ref, changes, notes } = object;
    const base = { kind: ref.kind, name: ref.name, namespace: ref.namespace, warnings: [] };
    const patch = changes.length > 0 ? { patch: patchOf(changes) } : {};
    try {
      const isThere = await write(cluster, object, dryRun).catch(explain(failure));
      const result = changes.length === 0 ? 'unchanged' : isThere ? 'patched' : 'gone';
      return { ...base, ...patch, changes, result, notes: isThere ? notes : [] };
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      return { ...base, result: 'failed', changes: [], notes: [], error };
    }
  };
  const own = await tried(self, namespaceFailure(name, wanted));
  const outcomes: ChangeOutcome[] = [];
  for (const pod of own.error ? [] : pods) outcomes.push(await tried(pod, podFailure(name, wanted)));
  yield own.error ? own : { ...own, ...saying(name, wanted, outcomes, dryRun) };
  yield* outcomes;
}

/** A namespace counts as done when its pods are. */
function saying(
  name: string,
  wanted: Metrics,
  pods: readonly ChangeOutcome[],
  dryRun: DryRun,
): Pick<ChangeOutcome, 'line' | 'notes'> {
  const failed = pods.filter(({ error }) => error !== undefined).length;
  if (failed > 0)
    return { notes: [`namespace [${name}] is changed, and ${failed} of its pods ${failed === 1 ? 'is' : 'are'} not`] };
  const patched = pods.filter(({ result }) => result === 'patched').length;
  return {
    line: `Metrics successfully ${wanted} in namespace [${name}]`,
    notes: dryRun === 'client' && patched > 0 ? [`${patched} of its pods would be patched, too`] : [],
  };
}

/** Resolves to false when the object is not there any more, as pods come and go. */
async function write(cluster: Cluster, { ref, changes }: PlannedObject, dryRun: DryRun): Promise<boolean> {
  if (changes.length === 0 || dryRun === 'client') return true;
  try {
    await cluster.patch(ref, 'strategic', patchOf(changes), { dryRun: dryRun === 'server' });
    return true;
  } catch (error) {
    if (ref.kind !== kinds.Pod || !isNotFound(error)) throw error;
    return false;
  }
}

function refuse(errors: readonly OsmTsError[], asked: number, report: Reporter): void {
  const [first, ...others] = errors;
  if (!first) return;
  if (asked > 1) report.note('nothing has been changed, in no namespace');
  throw others.length > 0 ? new AggregateError(errors) : first;
}

function namespaceFailure(name: string, wanted: Metrics): string {
  return `Failed to ${verb(wanted)} metrics in namespace [${name}]`;
}

function podFailure(name: string, wanted: Metrics): string {
  return `Failed to ${verb(wanted)} metrics for existing pod in namespace [${name}]`;
}

function verb(wanted: Metrics): string {
  return wanted === 'enabled' ? 'enable' : 'disable';
}
