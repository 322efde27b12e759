import { kinds } from '../../resources/kinds.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { IGNORE, METRICS, MONITORED_BY, SIDECAR_INJECTION } from '../../resources/labels.js';
import { listMeshes } from '../../input/control-planes.js';

/** A namespace that belongs to a mesh. */
export interface MemberNamespace {
  readonly name: string;
  readonly mesh: string;
  /** The annotation's value as it is; null when there is none. */
  readonly sidecarInjection: string | null;
  /** True when the ignore label is there, whatever its value. */
  readonly ignored: boolean;
  /** The annotation's value as it is; null when there is none. */
  readonly metrics: string | null;
}

export interface NamespaceListing {
  /** The mesh asked for; null for all. */
  readonly mesh: string | null;
  readonly namespaces: readonly MemberNamespace[];
  readonly notes: readonly string[];
}

/**
 * Namespaces of one mesh, or of any (osm-cli §8.4), in the server's order. When there are none of a named mesh, a note says
 * so if there is no such mesh. Throws `ClusterError`.
 */
export async function listNamespaces(cluster: Cluster, mesh: string | null): Promise<NamespaceListing> {
  const labelSelector = mesh === null ? MONITORED_BY : `${MONITORED_BY}=${mesh}`;
  const found = await cluster.list(kinds.Namespace, { labelSelector }).catch((error: unknown) => {
    if (!(error instanceof ClusterError)) throw error;
    const message = `Could not list namespaces${mesh === null ? '' : ` of mesh [${mesh}]`}: ${error.message}`;
    throw new ClusterError(message, error.hint, error.status, { cause: error });
  });
  const namespaces = found.map(({ metadata: { name, labels = {}, annotations = {} } }) => ({
    name,
    mesh: labels[MONITORED_BY] ?? '',
    sidecarInjection: annotations[SIDECAR_INJECTION] ?? null,
    ignored: labels[IGNORE] !== undefined,
    metrics: annotations[METRICS] ?? null,
  }));
  const notes = mesh !== null && namespaces.length === 0 ? await whyEmpty(cluster, mesh) : [];
  return { mesh, namespaces, notes };
}

async function whyEmpty(cluster: Cluster, mesh: string): Promise<string[]> {
  const meshes = await listMeshes(cluster).catch(() => undefined);
  if (!meshes || meshes.some(({ name }) => name === mesh)) return [];
  const names = [...new Set(meshes.map(({ name }) => name))].join(', ');
  return [`there is no mesh [${mesh}]; meshes of this cluster: ${names || 'none'}`];
}
