import { closest } from '../text/closest.js';
import type { Cluster } from '../cluster/types.js';
import { ClusterError } from '../errors.js';
import { listMeshes, meshExists, type MeshCheckOptions } from '../input/control-planes.js';

/**
 * Makes sure that a mesh exists: some Deployment carries its name (osm-cli §8.2, row 1).
 * @throws ClusterError when there is none, naming the meshes that there are, and when it cannot be found out
 */
export async function requireMesh(cluster: Cluster, mesh: string, options: MeshCheckOptions): Promise<void> {
  const exists = await meshExists(cluster, mesh, options).catch((error: unknown) => {
    throw cannotTell(mesh, error);
  });
  if (exists) return;
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
