import { isDeepStrictEqual } from 'node:util';
import { isNotFound } from '../../cluster/errors.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import { sameObject } from '../../resources/server-fields.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { chooseControlPlane, listMeshes, type Mesh } from '../../input/control-planes.js';
import { usualNames } from '../../input/mesh-names.js';
import type { MeshConfig } from '../../resources/types.js';
import { fieldChanges, patchOf } from '../../changes/change.js';
import type { ChangeOutcome, DryRun } from '../../changes/change.js';
import type { Assignment } from './assignments.js';
import { applyAssignments, checkRequired } from './edit.js';
import { absentNote, droppedNote, droppedValues } from './lists.js';
import { valueAt } from '../../text/plain-data.js';

export interface MeshConfigRef {
  /** Namespace of the control plane. */
  readonly namespace: string;
  readonly name: string;
  /** Nobody named the namespace: without a MeshConfig there the cluster's only control plane is taken, and told. */
  readonly elsewhere?: ((mesh: Mesh) => void) | undefined;
}

/**
 * The MeshConfig as it is. Throws `ClusterError`; when it is not there, one that names the MeshConfigs or control planes that are.
 */
export async function getMeshConfig(cluster: Cluster, { elsewhere, ...ref }: MeshConfigRef): Promise<MeshConfig> {
  try {
    return await cluster.get({ kind: kinds.MeshConfig, ...ref });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const meshes = elsewhere ? await listMeshes(cluster).catch(() => []) : [];
    if (!elsewhere || meshes.length === 0) throw await whereElse(cluster, ref, error);
    const mesh = chooseControlPlane(meshes, { ...usualNames, osmNamespace: ref.namespace }, ref.name);
    const found = await getMeshConfig(cluster, { name: ref.name, namespace: mesh.namespace });
    elsewhere(mesh);
    return found;
  }
}

async function whereElse(cluster: Cluster, ref: MeshConfigRef, cause: ClusterError): Promise<ClusterError> {
  const others = await cluster.list(kinds.MeshConfig).catch(() => undefined);
  const hints = others && others.length > 0 ? pointTo(others, ref) : [];
  if (hints.length === 0) {
    hints.push(
      others
        ? 'there is no MeshConfig in this cluster: install OSM, or choose another cluster with --context'
        : 'name the namespace of the control plane with --osm-namespace, and the object with --name',
    );
  }
  return new ClusterError(`MeshConfig ${ref.namespace}/${ref.name} not found`, hints.join('\n'), 404, { cause });
}

const maxHints = 3;

/** The flags that lead to the MeshConfigs that there are; first those that differ in one thing only from what was asked for. */
function pointTo(others: readonly MeshConfig[], { namespace, name }: MeshConfigRef): string[] {
  const described = others.map(({ metadata }) => {
    const flags = [
      ...(metadata.namespace === namespace ? [] : [`-n ${metadata.namespace ?? ''}`]),
      ...(metadata.name === name ? [] : [`--name ${metadata.name}`]),
    ];
    const isHere = metadata.namespace === namespace;
    const text = `there is MeshConfig ${metadata.namespace ?? ''}/${metadata.name}: use ${flags.join(' ')}`;
    return { text, distance: flags.length * 2 - (isHere ? 1 : 0) };
  });
  const nearest = described.sort((a, b) => a.distance - b.distance).map(({ text }) => text);
  const more = nearest.length - maxHints;
  return [
    ...nearest.slice(0, maxHints),
    ...(more > 0 ? [`and ${more} more: kubectl get meshconfigs --all-namespaces`] : []),
  ];
}

export interface MeshConfigChangeOptions {
  readonly dryRun: DryRun;
  /** Things worth knowing about the object after the change. */
  readonly remarks?: ((after: MeshConfig) => readonly string[]) | undefined;
}

/**
 * Sets fields of a MeshConfig, all in one merge patch. Nothing is sent when they are so already.
 * Throws `UsageError` when a section would lack a required field, and `ClusterError`.
 */
export async function changeMeshConfig(
  cluster: Cluster,
  wanted: MeshConfigRef,
  assignments: readonly Assignment[],
  { dryRun, remarks }: MeshConfigChangeOptions,
): Promise<ChangeOutcome> {
  const before = await getMeshConfig(cluster, wanted);
  const ref = { name: wanted.name, namespace: before.metadata.namespace ?? wanted.namespace };
  const spec = applyAssignments(before.spec ?? {}, assignments);
  checkRequired(spec, assignments);
  const changes = fieldChanges({ spec: before.spec ?? {} }, { spec });
  const base = { kind: kinds.MeshConfig, ...ref, warnings: [] };
  const absent = assignments.flatMap(({ change, path, value }) =>
    change === 'remove' ? (absentNote(path, valueAt(before.spec, path), value) ?? []) : [],
  );
  const unchanged = (): ChangeOutcome => ({
    ...base,
    result: 'unchanged',
    line: `${qualifiedName(kinds.MeshConfig, ref.name)} unchanged`,
    changes: [],
    notes: [...absent, ...(remarks?.(before) ?? [])],
  });
  if (changes.length === 0) return unchanged();
  // a list is sent as a whole: what somebody else has added to it in the meantime must not be lost
  const isRelative = assignments.some(({ change }) => change !== undefined);
  const { resourceVersion } = before.metadata;
  const patch = { ...(isRelative && resourceVersion && { metadata: { resourceVersion } }), ...patchOf(changes) };
  let after: MeshConfig = { ...before, spec };
  if (dryRun !== 'client') {
    after = await cluster.patch({ kind: kinds.MeshConfig, ...ref }, 'merge', patch, { dryRun: dryRun === 'server' });
    // A removed field may come back by its default.
    if (sameObject(before, after)) return unchanged();
  }
  const { interceptionNotes } = await import('./interception-notes.js');
  return {
    ...base,
    result: 'patched',
    line: `${qualifiedName(kinds.MeshConfig, ref.name)} patched`,
    changes,
    patch,
    notes: [
      ...absent,
      ...droppedBy(assignments, before.spec, after.spec),
      ...interceptionNotes(before, after),
      ...(remarks?.(after) ?? []),
    ],
  };
}

/** A sentence for each list that loses values which nobody named. */
function droppedBy(assignments: readonly Assignment[], before: unknown, after: unknown): string[] {
  const named = assignments.filter(({ change }) => change !== undefined).map(({ path }) => path);
  return droppedValues(before, after)
    .filter(({ path }) => !named.some((list) => isDeepStrictEqual(list, path)))
    .map(droppedNote);
}
