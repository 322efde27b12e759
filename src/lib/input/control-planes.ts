import { isForbidden } from '../cluster/errors.js';
import type { Cluster } from '../cluster/types.js';
import { ClusterError } from '../errors.js';
import { kinds, usualMeshConfigName } from '../resources/kinds.js';
import type { Reporter } from '../reporter.js';
import { usualNames, type MeshNames } from './mesh-names.js';

/** A control plane: one `osm-controller` Deployment. */
export interface Mesh {
  readonly name: string;
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** Null when the Deployment does not say. */
  readonly version: string | null;
}

/** The control planes of the cluster, or of one namespace, in the server's order (osm-cli §1.7 "list control planes"). Throws `ClusterError`. */
export async function listMeshes(cluster: Cluster, within?: string): Promise<Mesh[]> {
  const labelSelector = 'app=osm-controller';
  const controllers = await cluster.list(kinds.Deployment, {
    labelSelector,
    ...(within !== undefined && { namespace: within }),
  });
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

/** Is there a mesh of the name: does some Deployment carry it (osm-cli §8.2, row 1)? @throws ClusterError when that cannot be found out */
export async function meshExists(cluster: Cluster, mesh: string, options: MeshCheckOptions): Promise<boolean> {
  const labelSelector = `meshName=${mesh}`;
  try {
    return (await cluster.list(kinds.Deployment, { labelSelector })).length > 0;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const namespace = options.osmNamespace;
    options.report.verbose(
      `Deployments of all namespaces are out of reach: looking for mesh [${mesh}] in ${namespace} only`,
    );
    const own = await cluster.list(kinds.Deployment, { namespace, labelSelector }).catch(() => []);
    if (own.length > 0) return true;
    throw error;
  }
}

/**
 * The control plane to ask about when the namespace that was named, or is usual, has no MeshConfig. One that nobody named is
 * only used where there is no doubt which is meant.
 * @throws ClusterError when there is none, several are there, or another place was named
 */
export async function findControlPlane(cluster: Cluster, names: MeshNames): Promise<Mesh> {
  try {
    return chooseControlPlane(await listMeshes(cluster), names);
  } catch (cause) {
    if (cause instanceof ClusterError && cause.status === 404) throw cause;
    throw new ClusterError(
      `${missingIn(names.osmNamespace)}, and where the control plane is cannot be found out: ${cause instanceof Error ? cause.message : String(cause)}`,
      'name its namespace with --osm-namespace',
      404,
      { cause },
    );
  }
}

/** The one of these that is meant; errors as `findControlPlane`. */
export function chooseControlPlane(meshes: readonly Mesh[], names: MeshNames, name?: string): Mesh {
  const missing = missingIn(names.osmNamespace, name);
  const error = (message: string, hint: string) => new ClusterError(message, hint, 404);
  if (meshes.length === 0) {
    throw error(
      `${missing}, and no control plane in this cluster: there is no osm-controller`,
      'install OSM, name the namespace of its control plane with --osm-namespace, or choose another cluster with --context',
    );
  }
  const isMeshNamed = names.isMeshNamed ?? names.meshName !== usualNames.meshName;
  // a Deployment need not say whose it is
  const [found, ...others] = isMeshNamed ? meshes.filter(({ name }) => [names.meshName, ''].includes(name)) : meshes;
  const flags = meshes.map((mesh) => `--osm-namespace ${mesh.namespace} (mesh ${mesh.name})`).join(', ');
  if (names.isPlaceNamed === true || names.osmNamespace !== usualNames.osmNamespace)
    throw error(missing, `the cluster has a control plane elsewhere: ${flags}`);
  if (!found) throw error(`${missing}, and no control plane of mesh ${names.meshName}`, `the cluster has ${flags}`);
  if (others.length > 0) throw error(`${missing}, and the cluster has several control planes`, `name one: ${flags}`);
  return found;
}

/** The mesh of the control plane in a namespace that was named; undefined when nothing tells of one other than the named. */
export async function meshAt(
  cluster: Cluster,
  { osmNamespace: namespace, ...names }: MeshNames,
): Promise<Mesh | undefined> {
  const isPlaceNamed = names.isPlaceNamed === true || namespace !== usualNames.osmNamespace;
  if (!isPlaceNamed || names.isMeshNamed === true || names.meshName !== usualNames.meshName) return undefined;
  const meshes = await listMeshes(cluster, namespace).catch(() => []);
  return meshes.find(({ name }) => name !== '' && name !== names.meshName);
}

function missingIn(namespace: string, name = usualMeshConfigName): string {
  return `there is no MeshConfig ${name} in namespace ${namespace}`;
}
