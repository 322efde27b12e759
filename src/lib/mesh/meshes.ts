import { closest } from '../text/closest.js';
import { isForbidden } from '../cluster/errors.js';
import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { ClusterError } from '../errors.js';
import type { Reporter } from '../reporter.js';

/** A control plane: one `osm-controller` Deployment. */
export interface Mesh {
  readonly name: string;
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** Null when the Deployment does not say. */
  readonly version: string | null;
}

/** The control planes of the cluster, in the server's order (osm-cli §1.7 "list control planes"). Throws `ClusterError`. */
export async function listMeshes(cluster: Cluster): Promise<Mesh[]> {
  const controllers = await cluster.list(kinds.Deployment, { labelSelector: 'app=osm-controller' });
  return controllers.map(({ metadata: { labels = {}, namespace = '' } }) => ({
    name: labels['meshName'] ?? '',
    namespace,
    version: labels['app.kubernetes.io/version'] || null,
  }));
}

export interface MeshCheckOptions {
  /** Where to look when the user may not list Deployments in every namespace. */
  readonly osmNamespace: string;
  readonly report: Reporter;
}

/**
 * Makes sure that a mesh exists: some Deployment carries its name (osm-cli §8.2, row 1).
 * @throws ClusterError when there is none, naming the meshes that there are, and when it cannot be found out
 */
export async function requireMesh(cluster: Cluster, mesh: string, options: MeshCheckOptions): Promise<void> {
  if (await meshExists(cluster, mesh, options)) return;
  const others = await listMeshes(cluster).catch(() => []);
  const names = [...new Set(others.map(({ name }) => name))].filter((name) => name !== '');
  const meant = closest(mesh, names);
  throw new ClusterError(
    `mesh [${mesh}] does not exist`,
    names.length > 0
      ? `${meant ? `did you mean --mesh-name ${meant}?\n` : ''}meshes of this cluster: ${names.join(', ')}`
      : 'this cluster has no mesh: choose another cluster with --context, or install one',
    404,
  );
}

async function meshExists(cluster: Cluster, mesh: string, options: MeshCheckOptions): Promise<boolean> {
  const labelSelector = `meshName=${mesh}`;
  try {
    return (await cluster.list(kinds.Deployment, { labelSelector })).length > 0;
  } catch (error) {
    if (!isForbidden(error)) throw cannotTell(mesh, error);
    const namespace = options.osmNamespace;
    options.report.verbose(
      `Deployments of all namespaces are out of reach: looking for mesh [${mesh}] in ${namespace} only`,
    );
    const own = await cluster.list(kinds.Deployment, { namespace, labelSelector }).catch(() => []);
    if (own.length > 0) return true;
    throw cannotTell(mesh, error);
  }
}

function cannotTell(mesh: string, cause: unknown): unknown {
  if (!(cause instanceof ClusterError)) return cause;
  const hint =
    cause.status === 403
      ? `${cause.hint ?? ''}\nor name the namespace of the control plane with --osm-namespace, if you may list its Deployments`
      : cause.hint;
  return new ClusterError(`Cannot obtain information about the mesh [${mesh}]: ${cause.message}`, hint, cause.status, {
    cause,
  });
}
