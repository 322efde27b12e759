import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { IGNORE, MONITORED_BY } from '../resources/labels.js';
import { listMeshes } from '../input/control-planes.js';

/** Which namespaces a command would accept next. */
export type NamespaceRole = 'addable' | 'member' | 'not-ignored' | 'ignored' | 'any';

const accepts: Readonly<Record<NamespaceRole, (labels: Readonly<Record<string, string>>) => boolean>> = {
  addable: (labels) => labels[MONITORED_BY] === undefined && labels[IGNORE] === undefined,
  member: (labels) => labels[MONITORED_BY] !== undefined,
  'not-ignored': (labels) => labels[IGNORE] === undefined,
  ignored: (labels) => labels[IGNORE] !== undefined,
  any: () => true,
};

/**
 * Names of namespaces to offer while a command line is being completed; none when the cluster does not tell, because a
 * person who presses Tab wants no error.
 */
export async function candidateNamespaces(cluster: Cluster, role: NamespaceRole = 'any'): Promise<string[]> {
  const namespaces = await cluster.list(kinds.Namespace).catch(() => []);
  return namespaces.filter(({ metadata }) => accepts[role](metadata.labels ?? {})).map(({ metadata }) => metadata.name);
}

/** Names of meshes to offer for `--mesh-name`, sorted, each once; none when the cluster does not tell. */
export async function candidateMeshes(cluster: Cluster): Promise<string[]> {
  const meshes = await listMeshes(cluster).catch(() => []);
  return [...new Set(meshes.map(({ name }) => name))].filter((name) => name !== '').sort();
}
