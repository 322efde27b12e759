import type { Cluster } from '../../cluster/types.js';
import { fetchResources, type World } from '../../cluster/fetch-resources.js';
import { ClusterError } from '../../errors.js';
import { MissingKindError } from '../../cluster/errors.js';
import { findKind, kinds, type ResourceKind } from '../../resources/kinds.js';
import { MONITORED_BY } from '../../resources/labels.js';
import { serializeValue } from '../../resources/serialize.js';
import { OBJECTS_FOLDER, SNAPSHOT_FILE, type Snapshot, type SnapshotGap } from '../../resources/snapshot.js';
import type { KubernetesObject } from '../../resources/types.js';
import type { Mesh } from '../../input/control-planes.js';
import type { Contents } from './contents.js';
import { redactObject } from './redact.js';

/** Besides what questions about egress look at. */
const MORE: readonly ResourceKind[] = [kinds.IngressBackend, kinds.Retry, kinds.TCPRoute, kinds.Ingress];
const WORKLOADS: readonly ResourceKind[] = [kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet];

/** Pods are of some 10 KiB; whoever reads a file reads all of it. */
const MOST_IN_FILE = 500;

/** What was read of the cluster. */
export interface Taken {
  readonly objects: readonly KubernetesObject[];
  /** Namespaces that are in a mesh. */
  readonly monitored: readonly string[];
}

/**
 * Puts the objects that decide about egress into a report, so that the report can be asked in the place of the cluster; what
 * may not be read is said in it. Secrets are no part of it.
 * @param asked namespaces to look into where not all can be looked at
 * @throws ClusterError when the cluster does not answer
 */
export async function takeSnapshot(
  cluster: Cluster,
  mesh: Pick<Mesh, 'name' | 'namespace'>,
  asked: readonly string[],
  contents: Contents,
): Promise<Taken> {
  const need = { osmNamespace: mesh.namespace, fallbackNamespaces: [...new Set([...asked, mesh.namespace])] };
  const policies = await fetchResources(cluster, {
    ...need,
    services: true,
    endpoints: true,
    serviceAccounts: true,
    trafficTargets: true,
    trafficSplits: true,
  });
  const monitored = policies.objects
    .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[MONITORED_BY] !== undefined)
    .map(({ metadata }) => metadata.name);
  const namespaces = [...new Set([...monitored, ...asked])];
  const pods = await fetchResources(cluster, { ...need, policies: false, pods: { namespaces } });
  const more = await Promise.all([
    ...MORE.map((kind) => listed(cluster, kind, undefined)),
    ...WORKLOADS.flatMap((kind) => namespaces.map((namespace) => listed(cluster, kind, namespace))),
  ]);
  const gaps = [...gapsOf(policies), ...gapsOf(pods), ...more.flatMap((each) => ('gap' in each ? [each.gap] : []))];
  const snapshot: Snapshot = {
    apiVersion: 'osm-ts/v1',
    kind: 'ClusterSnapshot',
    meshName: mesh.name,
    osmNamespace: mesh.namespace,
    gaps,
  };
  await contents.add('what the snapshot is of', 'the cluster', SNAPSHOT_FILE, `${JSON.stringify(snapshot, null, 2)}\n`);
  for (const { kind, namespace, message } of gaps)
    contents.lack(
      `objects of kind ${kind}`,
      namespace === undefined ? 'the cluster' : `namespace ${namespace}`,
      new ClusterError(message),
    );
  const objects = [
    ...policies.objects,
    ...pods.objects,
    ...more.flatMap((each) => ('objects' in each ? each.objects : [])),
  ].map(redactObject);
  for (const [path, group] of grouped(objects)) {
    for (let part = 0; part * MOST_IN_FILE < group.length; part++) {
      const items = group.slice(part * MOST_IN_FILE, (part + 1) * MOST_IN_FILE);
      const file = `${OBJECTS_FOLDER}${path}${part === 0 ? '' : `-${part + 1}`}.yaml`;
      const of = path.replace(/\/[^/]*$/, '');
      await contents.add('objects', of, file, serializeValue({ apiVersion: 'v1', kind: 'List', items }));
    }
  }
  return { objects, monitored };
}

function gapsOf({ forbidden }: World): SnapshotGap[] {
  return forbidden.map(({ error, ...gap }) => ({ ...gap, message: error.message }));
}

async function listed(
  cluster: Cluster,
  kind: ResourceKind,
  namespace: string | undefined,
): Promise<{ readonly objects: readonly KubernetesObject[] } | { readonly gap: SnapshotGap }> {
  try {
    return { objects: await cluster.list<KubernetesObject>(kind, { namespace }) };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error instanceof MissingKindError) return { objects: [] };
    return { gap: { kind: kind.kind, ...(namespace !== undefined && { namespace }), message: error.message } };
  }
}

/** By `NAMESPACE/PLURAL`, or `cluster/PLURAL`; in order. */
function grouped(objects: readonly KubernetesObject[]): [string, KubernetesObject[]][] {
  const groups = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const path = `${object.metadata.namespace ?? 'cluster'}/${findKind(object)?.plural ?? object.kind.toLowerCase()}`;
    groups.set(path, [...(groups.get(path) ?? []), object]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
