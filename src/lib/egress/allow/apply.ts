import type { Cluster, ResourceRef, WriteOptions } from '../../cluster/types.js';
import { findKind } from '../../resources/kinds.js';
import { fieldChanges, patchOf } from '../../changes/change.js';
import { ClusterError } from '../../errors.js';
import type { Resource } from '../../resources/types.js';
import type { TotalChange } from './combine.js';
import type { Reporter } from '../../reporter.js';
import { written, type WrittenObject } from './write.js';

/**
 * Makes the changes in a cluster: all of them are tried first without being kept, then made one after the other, each on the
 * condition that nobody has changed the object since it was read. When one fails, those before it are undone.
 * @param options.dryRun stop after the trial
 * @throws ClusterError: nothing has been changed, or what had been is undone, or (it says so) could not be undone
 */
export async function applyChangesTo(
  cluster: Cluster,
  changes: readonly TotalChange[],
  { dryRun, report }: { readonly dryRun: boolean; readonly report: Reporter },
): Promise<WrittenObject[]> {
  const ordered = inOrder(changes);
  for (const change of ordered) await apply(cluster, change, { dryRun: true });
  if (!dryRun) await applyAll(cluster, ordered, report);
  return ordered.map((change) => written(change, undefined));
}

/** Routes before the policies that refer to them, and the mesh's configuration last. */
function inOrder(changes: readonly TotalChange[]): TotalChange[] {
  const rank = ({ after }: TotalChange) => ['HTTPRouteGroup', 'Egress', 'MeshConfig'].indexOf(after.kind);
  return [...changes].sort((one, other) => rank(one) - rank(other));
}

async function applyAll(cluster: Cluster, changes: readonly TotalChange[], report: Reporter): Promise<void> {
  const done: { readonly change: TotalChange; readonly now: Resource }[] = [];
  for (const change of changes) {
    try {
      done.push({ change, now: await apply(cluster, change, {}) });
    } catch (error) {
      await takeBack(cluster, done.reverse(), report);
      throw error;
    }
  }
}

async function apply(cluster: Cluster, change: TotalChange, options: WriteOptions): Promise<Resource> {
  if (change.kind === 'create') return cluster.create(change.after, options);
  const { before, after } = change;
  const { resourceVersion } = before.metadata;
  return cluster.patch(refOf(before), 'merge', mergePatch(before, after), { ...options, resourceVersion });
}

async function takeBack(
  cluster: Cluster,
  done: readonly { readonly change: TotalChange; readonly now: Resource }[],
  report: Reporter,
): Promise<void> {
  for (const { change, now } of done) {
    const { resourceVersion } = now.metadata;
    const name = nameOf(now);
    try {
      if (change.kind === 'create') await cluster.delete(refOf(now), { resourceVersion });
      else await cluster.patch(refOf(now), 'merge', mergePatch(change.after, change.before), { resourceVersion });
      report.note(`${name} is as it was: the change has been undone`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      report.note(`${name} could not be put back (${error.message}); look at it: kubectl get ${name} -o yaml`);
    }
  }
}

function refOf(object: Resource): ResourceRef<Resource> {
  const { name, namespace } = object.metadata;
  return { kind: findKind(object) as ResourceRef<Resource>['kind'], name, namespace };
}

function nameOf({ kind, metadata: { name, namespace } }: Resource): string {
  return `${kind.toLowerCase()}/${name}${namespace === undefined ? '' : ` -n ${namespace}`}`;
}

/** RFC 7396: what differs; lists are sent whole, null removes a field. */
function mergePatch(before: Resource, after: Resource): Record<string, unknown> {
  return patchOf(fieldChanges(before, after));
}
