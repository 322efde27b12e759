import type { Cluster } from '../cluster/types.js';
import { listMeshes, type Mesh } from '../input/control-planes.js';
import { kinds } from '../resources/kinds.js';
import type { Pod } from '../resources/types.js';
import { explain } from './errors.js';

/** The port of the controller's HTTP server: health, versions, SMI. */
export const CONTROLLER_PORT = 9091;

/** How long a control plane may take to answer; one that is ill must not keep the others from being shown. */
export const ANSWER_MS = 5000;

/** The control planes of the cluster. @throws ClusterError that begins as the mirrored program's (osm-cli §6.1) */
export async function controlPlanesOf(cluster: Cluster): Promise<Mesh[]> {
  return listMeshes(cluster).catch(explain('Could not list deployments'));
}

/** The pods of a control plane, those that run first. @throws ClusterError */
export async function controllerPods(cluster: Cluster, { namespace }: Mesh): Promise<Pod[]> {
  const pods = await cluster.list(kinds.Pod, { namespace, labelSelector: 'app=osm-controller' });
  return [...pods].sort((a, b) => Number(runs(b)) - Number(runs(a)));
}

export function runs({ status }: Pod): boolean {
  return status?.phase === 'Running';
}
