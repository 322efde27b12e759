import { isNotFound } from '../../cluster/errors.js';
import type { Cluster, ResourceRef } from '../../cluster/types.js';
import { ClusterError, InterruptedError } from '../../errors.js';
import type { GivenName } from '../../input/client.js';
import { listMeshes, type Mesh } from '../../input/control-planes.js';
import { usualNames } from '../../input/mesh-names.js';
import { kinds } from '../../resources/kinds.js';
import { isMeshed } from '../../resources/labels.js';
import { serializeValue } from '../../resources/serialize.js';
import type { KubernetesObject, Pod } from '../../resources/types.js';
import { podOf, stands } from '../../resources/workloads.js';
import type { Reporter } from '../../reporter.js';
import { OF_OSM } from '../install/readiness.js';
import { createArchive, requireArchiveName } from './archive.js';
import { Contents, type ReportItem } from './contents.js';
import { collectLogs, collectSidecar, collectText } from './pods.js';
import { redactObject } from './redact.js';
import { takeSnapshot, type Taken } from './snapshot.js';

export interface ReportRequest {
  /** Every pod of every namespace that is in a mesh; then what is named does not count. */
  readonly all: boolean;
  readonly namespaces: readonly string[];
  readonly deployments: readonly GivenName[];
  readonly pods: readonly GivenName[];
  readonly ingress: boolean;
  readonly osmNamespace: string;
  /** Where the archive goes. */
  readonly file: string;
  /** Of osm-ts. */
  readonly version: string;
}

export interface BugReport {
  readonly file: string;
  readonly items: readonly ReportItem[];
}

/** Whoever is told how far it is, in the mirrored program's words. */
export interface ReportTeller {
  /** A section begins; ends with `finished`. */
  readonly section: (title: string) => Promise<void>;
  /** @param of `previous` for what a pod said before it was started again */
  readonly collected: (what: string, of?: 'previous') => Promise<void>;
  readonly finished: (what: string) => Promise<void>;
}

/** Pods of ingress controllers that OSM works with (osm-cli §11.2). */
const INGRESS_CONTROLLERS = ['ingress-nginx', 'contour'];

/**
 * Collects what helps with trouble into an archive (osm-cli §11.2), by asking the API server, and nobody else. What cannot be
 * collected is a part of the result. Secrets are left out, and what looks like one is taken out.
 * @throws ClusterError when the cluster does not answer; InputError when the archive cannot be written; InterruptedError
 */
export async function reportBug(
  cluster: Cluster,
  request: ReportRequest,
  { tell, report, signal }: { readonly tell: ReportTeller; readonly report: Reporter; readonly signal: AbortSignal },
): Promise<BugReport> {
  requireArchiveName(request.file);
  const archive = await createArchive(request.file);
  try {
    const contents = new Contents(archive);
    await collect(cluster, request, contents, tell, report);
    const index = { apiVersion: 'osm-ts/v1', kind: 'BugReport', version: request.version, items: contents.items };
    await archive.add('bug-report.json', `${JSON.stringify(index, null, 2)}\n`);
    await archive.finish();
    return { file: request.file, items: contents.items };
  } catch (error) {
    await archive.abandon();
    if (signal.aborted) throw new InterruptedError('interrupted: no archive is left', undefined, { cause: error });
    throw error;
  } finally {
    report.progress(null);
  }
}

async function collect(
  cluster: Cluster,
  request: ReportRequest,
  contents: Contents,
  tell: ReportTeller,
  report: Reporter,
): Promise<void> {
  const given = request.all ? [] : request.namespaces;
  const named = request.all ? [] : [...request.pods, ...request.deployments];
  const asked = [...given, ...named.flatMap(({ namespace }) => namespace ?? [])];
  const section = async (title: string, work: () => Promise<void>): Promise<void> => {
    const topic = title.replace(/^information (?:about|from) | information$/, '');
    const before = contents.problems.length;
    await tell.section(`Collecting ${title}`);
    await work();
    if (contents.problems.length === before) await tell.finished(`Finished generating report for ${topic}`);
  };
  let taken: Taken = { objects: [], monitored: [] };
  await section('information about meshed namespaces', async () => {
    taken = await takeSnapshot(cluster, await meshOf(cluster, request.osmNamespace), asked, contents);
  });
  await section('information from individual app namespaces', async () => {
    for (const namespace of new Set(request.all ? taken.monitored : given))
      await collectNamespace(cluster, namespace, taken, contents, tell);
  });
  await section('information from individual app pods', async () => {
    for (const pod of await podsFor(cluster, request, taken, contents)) {
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
      report.progress(`collecting from pod ${name}`);
      const before = contents.problems.length;
      await collectSidecar(cluster, pod, contents);
      if (contents.problems.length === before) await tell.collected(`Pod "${name}"`);
    }
  });
  await section('information from control plane', () =>
    collectControlPlane(cluster, request.osmNamespace, contents, tell),
  );
  if (request.ingress || request.all)
    await section('ingress information', () => collectIngress(cluster, taken, contents, tell));
}

/** The control plane that the namespace has; its name when it tells, else the usual one. */
async function meshOf(cluster: Cluster, namespace: string): Promise<Pick<Mesh, 'name' | 'namespace'>> {
  const meshes = await listMeshes(cluster).catch(() => []);
  return meshes.find((mesh) => mesh.namespace === namespace) ?? { name: usualNames.meshName, namespace };
}

async function collectNamespace(
  cluster: Cluster,
  namespace: string,
  { objects }: Taken,
  contents: Contents,
  { collected }: ReportTeller,
): Promise<void> {
  const of = `namespace ${namespace}`;
  const isThere = objects.some(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace);
  if (!isThere && objects.some(({ kind }) => kind === 'Namespace'))
    return contents.lack('namespace', of, new ClusterError('there is no such namespace'));
  const before = contents.problems.length;
  await collectText(contents, 'events', of, `namespaces/${namespace}/events.yaml`, async () => {
    const events = await cluster.list<KubernetesObject>(kinds.Event, { namespace });
    return serializeValue({ apiVersion: 'v1', kind: 'List', items: events.map(redactObject) });
  });
  if (contents.problems.length === before) await collected(`Namespace "${namespace}"`);
}

/** The pods that are asked for, each once, by their names. */
async function podsFor(
  cluster: Cluster,
  request: ReportRequest,
  { objects, monitored }: Taken,
  contents: Contents,
): Promise<Pod[]> {
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod');
  const found = new Map<string, Pod>();
  const add = (pod: Pod): void => void found.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod);
  if (request.all) pods.filter((pod) => monitored.includes(pod.metadata.namespace ?? '') && isMeshed(pod)).forEach(add);
  else {
    for (const { namespace = '', name } of request.pods) {
      const pod = await required(cluster, { kind: kinds.Pod, namespace, name }, 'pod', contents);
      if (pod) add(pod);
    }
    for (const { namespace = '', name } of request.deployments) {
      const deployment = await required(cluster, { kind: kinds.Deployment, namespace, name }, 'deployment', contents);
      if (!deployment) continue;
      const template = podOf(deployment);
      const own = pods.filter((pod) => pod.metadata.namespace === namespace && template && stands(pod, template));
      own.forEach(add);
      if (own.length === 0)
        contents.lack(
          'pods',
          `deployment ${namespace}/${name}`,
          new ClusterError('there are none, or they may not be read'),
        );
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pod]) => pod);
}

/** What was asked for by name is missed when it is not there. */
async function required<T extends KubernetesObject>(
  cluster: Cluster,
  ref: ResourceRef<T>,
  what: string,
  contents: Contents,
): Promise<T | undefined> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const reason = isNotFound(error) ? new ClusterError('it is not there') : error;
    contents.lack(what, `${what} ${ref.namespace}/${ref.name}`, reason);
    return undefined;
  }
}

async function collectControlPlane(
  cluster: Cluster,
  namespace: string,
  contents: Contents,
  { collected }: ReportTeller,
): Promise<void> {
  const of = `namespace ${namespace}`;
  const query = { namespace, labelSelector: OF_OSM };
  for (const kind of [kinds.Deployment, kinds.Service]) {
    await collectText(contents, kind.plural, of, `namespaces/${namespace}/${kind.plural}.yaml`, async () => {
      const items = (await cluster.list<KubernetesObject>(kind, query)).map(redactObject);
      return serializeValue({ apiVersion: 'v1', kind: 'List', items });
    });
  }
  await collectText(contents, 'names of Secrets', of, `namespaces/${namespace}/secret-names.txt`, async () => {
    const secrets = await cluster.list<KubernetesObject>(kinds.Secret, { namespace });
    return secrets.map(({ metadata }) => `${metadata.name}\n`).join('');
  });
  let pods: Pod[] = [];
  try {
    pods = await cluster.list(kinds.Pod, query);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    contents.lack('pods of the control plane', of, error);
  }
  for (const pod of pods) {
    const before = contents.problems.length;
    const wasRestarted = await collectLogs(cluster, pod, undefined, contents);
    if (contents.problems.length > before) continue;
    await collected(`Pod ${namespace}/${pod.metadata.name}`);
    if (wasRestarted) await collected(`Pod ${namespace}/${pod.metadata.name}`, 'previous');
  }
}

/** The objects are in the snapshot; the logs of those that act on them are not. */
async function collectIngress(
  cluster: Cluster,
  { objects }: Taken,
  contents: Contents,
  { collected }: ReportTeller,
): Promise<void> {
  const named = (wanted: string, words: string) =>
    objects
      .filter(({ kind }) => kind === wanted)
      .map(({ metadata: { namespace = '', name } }) => ({ namespace, text: `${words} ${namespace}/${name}` }));
  const all = [...named('Ingress', 'ingress'), ...named('IngressBackend', 'ingress backend')];
  // the sort keeps the order within a namespace
  for (const { text } of all.sort((a, b) => (a.namespace < b.namespace ? -1 : Number(a.namespace > b.namespace))))
    await collected(text);
  for (const name of INGRESS_CONTROLLERS) {
    const labelSelector = `app.kubernetes.io/name=${name}`;
    const pods = await cluster.list(kinds.Pod, { labelSelector }).catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
      contents.lack('ingress controllers', `pods with ${labelSelector}`, error);
      return [];
    });
    for (const pod of pods) {
      const { namespace = '', name: podName } = pod.metadata;
      const path = `namespaces/${namespace}/pods/${podName}/pod.yaml`;
      await contents.add('pod', `pod ${namespace}/${podName}`, path, serializeValue(redactObject(pod)));
      const before = contents.problems.length;
      await collectLogs(cluster, pod, undefined, contents);
      if (contents.problems.length === before) await collected(`ingress controller ${namespace}/${podName}`);
    }
  }
}
