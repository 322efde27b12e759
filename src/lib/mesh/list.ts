import type { Cluster } from '../cluster/types.js';
import { ClusterError } from '../errors.js';
import type { Mesh } from '../input/control-planes.js';
import { kinds } from '../resources/kinds.js';
import { MONITORED_BY } from '../resources/labels.js';
import type { Pod } from '../resources/types.js';
import { isPlain } from '../text/plain-data.js';
import { ANSWER_MS, CONTROLLER_PORT, controllerPods, controlPlanesOf, runs } from './controllers.js';

/** A control plane and what it looks after. */
export interface ListedMesh extends Mesh {
  /** Namespaces that are in the mesh; null: not known. */
  readonly namespaces: readonly string[] | null;
  /** Pods of the controller, and how many of them run; null: not known. */
  readonly pods: { readonly total: number; readonly running: number } | null;
  /** Kinds of SMI to the version that the controller serves: `TrafficTarget` to `v1alpha3`; null: not known. */
  readonly smi: Readonly<Record<string, string>> | null;
  /** Why something is not known. */
  readonly problems: readonly string[];
}

/** The meshes of a cluster, in the server's order (osm-cli §6.1); they are asked all at once. @throws ClusterError */
export async function describeMeshes(cluster: Cluster): Promise<ListedMesh[]> {
  const meshes = await controlPlanesOf(cluster);
  return Promise.all(meshes.map((mesh) => describe(cluster, mesh)));
}

async function describe(cluster: Cluster, mesh: Mesh): Promise<ListedMesh> {
  const problems: string[] = [];
  const unless = <T>(what: string, promise: Promise<T>): Promise<T | null> =>
    promise.catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
      problems.push(`${what} of mesh [${mesh.name}] in namespace [${mesh.namespace}]: ${error.message}`);
      return null;
    });
  const labelSelector = `${MONITORED_BY}=${mesh.name}`;
  // one after the other on the connection that is there: another one takes longer to open
  const members = await unless('namespaces', cluster.list(kinds.Namespace, { labelSelector }));
  const pods = await unless('pods', controllerPods(cluster, mesh));
  const smi = pods && (await unless('SMI support', askSmi(cluster, mesh, pods)));
  return {
    ...mesh,
    namespaces: members && members.map(({ metadata }) => metadata.name),
    pods: pods && { total: pods.length, running: pods.filter(runs).length },
    smi,
    problems,
  };
}

async function askSmi(cluster: Cluster, mesh: Mesh, [pod]: readonly Pod[]): Promise<Record<string, string>> {
  if (!pod) throw new ClusterError('there is no osm-controller pod');
  const tunnel = await cluster.tunnel();
  const ref = { name: pod.metadata.name, namespace: mesh.namespace };
  const answer = await tunnel.request(ref, CONTROLLER_PORT, { path: '/smi/version', timeoutMs: ANSWER_MS });
  if (answer.status !== 200) throw new ClusterError(`pod ${ref.name} answers with status ${answer.status}`);
  return versionsIn(answer.body, ref.name);
}

function versionsIn(text: string, pod: string): Record<string, string> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ClusterError(`the answer of pod ${pod} is not JSON`, undefined, undefined, { cause });
  }
  if (!isPlain(document)) throw new ClusterError(`the answer of pod ${pod} is not an object`);
  const pairs = Object.entries(document).map(([kind, served]) => {
    // a group and a version, or a version alone
    const version = typeof served === 'string' ? served.slice(served.indexOf('/') + 1) : '';
    if (version === '') throw new ClusterError(`the answer of pod ${pod} has no version for ${kind}`);
    return [kind, version] as const;
  });
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
