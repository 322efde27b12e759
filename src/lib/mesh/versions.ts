import type { Cluster } from '../cluster/types.js';
import { ClusterError, OsmTsError } from '../errors.js';
import { openCluster, type ConnectionOptions } from '../input/connection.js';
import type { Mesh } from '../input/control-planes.js';
import type { Reporter } from '../reporter.js';
import { isPlain } from '../text/plain-data.js';
import { CONTROLLER_PORT, controllerPods, controlPlanesOf } from './controllers.js';
import { explain } from './errors.js';

/** What a controller says about itself. */
export interface MeshVersion {
  readonly name: string;
  readonly namespace: string;
  /** Version that the controller's Deployment names; null: it names none. */
  readonly labelled: string | null;
  /** What the controller answers; null: there is no pod to ask, or it did not answer. */
  readonly running: { readonly version: string; readonly gitCommit: string; readonly buildDate: string } | null;
  readonly error: ClusterError | null;
}

export interface MeshVersions {
  /** Undefined: nobody could tell which meshes there are. */
  readonly meshes: readonly MeshVersion[] | undefined;
  readonly errors: readonly OsmTsError[];
}

/**
 * The versions of all control planes (osm-cli §14). What cannot be told is data, so that it keeps nothing else from being told: not the
 * other meshes, and not the client.
 */
export async function askVersions(connection: ConnectionOptions, report: Reporter): Promise<MeshVersions> {
  try {
    const cluster = await openCluster(connection, report);
    const planes = await controlPlanesOf(cluster).catch(explain('unable to list meshes within the cluster'));
    const meshes = await Promise.all(planes.map((mesh) => versionOf(cluster, mesh)));
    return { meshes, errors: meshes.flatMap(({ error }) => error ?? []) };
  } catch (error) {
    if (!(error instanceof OsmTsError)) throw error;
    return { meshes: undefined, errors: [error] };
  }
}

async function versionOf(cluster: Cluster, mesh: Mesh): Promise<MeshVersion> {
  const base = { namespace: mesh.namespace, labelled: mesh.version };
  const failure = `Failed to get mesh version for mesh ${mesh.name} in namespace ${mesh.namespace}`;
  try {
    const [pod] = await controllerPods(cluster, mesh).catch(explain(failure));
    if (!pod) return { ...base, name: mesh.name, running: null, error: null };
    const { name, labels = {} } = pod.metadata;
    const place = `/api/v1/namespaces/${encodeURIComponent(mesh.namespace)}/pods/${encodeURIComponent(name)}`;
    const text = await cluster
      .getText(`${place}:${CONTROLLER_PORT}/proxy/version`)
      .catch(explain(`${failure}: pod [${name}]`));
    const running = readVersion(text, `${failure}: pod [${name}]`);
    return { ...base, name: labels['app.kubernetes.io/instance'] || mesh.name, running, error: null };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { ...base, name: mesh.name, running: null, error };
  }
}

function readVersion(text: string, failure: string): MeshVersion['running'] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ClusterError(`${failure} answers with something that is not JSON`, 'look at its log', undefined, {
      cause,
    });
  }
  const somethingElse = () => new ClusterError(`${failure} answers with something else`, 'look at its log');
  if (!isPlain(document)) throw somethingElse();
  const field = (name: string): string => {
    const value = document[name] ?? '';
    if (typeof value === 'string') return value;
    throw somethingElse();
  };
  return { version: field('version'), gitCommit: field('git_commit'), buildDate: field('build_date') };
}
