import type { Cluster } from '../cluster/index.js';
import { placeText, UsageError } from '../errors.js';
import type { Manifests } from '../resources/index.js';
import type { Pod, Resource, Locate } from '../resources/types.js';
import { createWorld, type Source, type World } from '../simulator/world.js';
import { openNames, type NameKnowledge } from './names.js';
import { findClient, parseNamespacedName } from './source.js';

export interface WorldInputOptions {
  filename?: readonly string[] | undefined;
  recursive?: boolean | undefined;
  live?: boolean | undefined;
  from?: string | undefined;
  pod?: string | undefined;
  hosts?: string | undefined;
  dns?: boolean | undefined;
  'mesh-name': string;
  'osm-namespace': string;
  namespace?: string | undefined;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  /** Standard input is read for something else, so `-f -` cannot have it. */
  stdinTaken?: string | undefined;
  verbose?: ((line: string) => void) | undefined;
  /** Told what is being read, while it takes long. */
  onProgress?: ((text: string) => void) | undefined;
}

export interface WorldInput {
  readonly world: World;
  readonly objects: readonly Resource[];
  readonly locate: Locate;
  readonly names: NameKnowledge;
  readonly source: Source;
  /** Set when a pod was named. */
  readonly pod: Pod | undefined;
  /** Set unless everything came from files. */
  readonly cluster: Cluster | undefined;
  readonly manifests: Manifests | undefined;
  /** What a person should know about the input. */
  readonly notes: readonly string[];
  /** What is probably not meant, with file and line. */
  readonly warnings: readonly string[];
}

/**
 * Gathers everything that a question about egress needs: from files, from the cluster when there are none, or from the
 * cluster with the files laid over it.
 * @throws UsageError, InputError, ClusterError
 */
export async function loadWorldInput(options: WorldInputOptions): Promise<WorldInput> {
  checkFlags(options);
  const [manifests, live, names] = [await readFiles(options), await readCluster(options), await openNames(options)];
  const objects = [...(live?.objects ?? []), ...(manifests?.objects ?? [])];
  const world = createWorld(objects, {
    meshName: options['mesh-name'],
    osmNamespace: options['osm-namespace'],
    ...(live ? { unreadable: live.unreadable } : {}),
  });
  const defaultNamespace = options.namespace ?? live?.cluster.defaultNamespace ?? 'default';
  const { source, pod } = findClient(world, options, defaultNamespace);
  return {
    world,
    objects,
    locate: (object, path) => manifests?.locate(object, path),
    names,
    source,
    pod,
    cluster: live?.cluster,
    manifests,
    notes: [...notesOn(manifests), ...(live?.notes ?? [])],
    warnings: (manifests?.warnings ?? []).map(({ message, location }) => `${placeText(location)}: ${message}`),
  };
}

function checkFlags({ from, pod, filename, stdinTaken }: WorldInputOptions): void {
  if (from === undefined && pod === undefined) {
    throw new UsageError(
      'who sends the request is missing',
      'add --from NAMESPACE/SERVICEACCOUNT, such as --from curl/curl',
    );
  }
  if (from !== undefined) parseNamespacedName(from, '--from', 'default');
  if (pod !== undefined) parseNamespacedName(pod, '--pod', 'default');
  if (stdinTaken && filename?.includes('-')) {
    throw new UsageError(`-f - and ${stdinTaken} cannot both read standard input`, 'put one of them into a file');
  }
}

async function readFiles({ filename, recursive }: WorldInputOptions): Promise<Manifests | undefined> {
  if (!filename || filename.length === 0) return undefined;
  const { readManifests } = await import('../resources/index.js');
  return readManifests({ filenames: filename, recursive: recursive === true, stdin: () => process.stdin });
}

async function readCluster(options: WorldInputOptions) {
  if (options.filename && options.filename.length > 0 && !options.live) return undefined;
  const { readLiveWorld } = await import('./live.js');
  return readLiveWorld({
    kubeconfig: options.kubeconfig,
    context: options.context,
    namespace: options.namespace,
    verbose: options.verbose,
    onProgress: options.onProgress,
    osmNamespace: options['osm-namespace'],
    meshName: options['mesh-name'],
    clientNamespace: ({ defaultNamespace }) =>
      parseNamespacedName((options.from ?? options.pod)!, '--from', defaultNamespace).namespace,
  });
}

function notesOn(manifests: Manifests | undefined): string[] {
  if (!manifests) return [];
  const skipped = [...manifests.skipped];
  if (skipped.length === 0) return [];
  const total = skipped.reduce((sum, [, count]) => sum + count, 0);
  const list = skipped.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [`skipped ${total} object${total === 1 ? '' : 's'} of other kinds: ${list}`];
}
