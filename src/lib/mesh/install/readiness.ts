import type { Cluster } from '../../cluster/types.js';
import { kinds, type ResourceKind } from '../../resources/kinds.js';
import type { KubernetesObject, Pod } from '../../resources/types.js';
import type { Reporter } from '../../reporter.js';
import { itemsAt, valueAt } from '../../text/plain-data.js';

/** What belongs to a control plane (osm-cli §15.2). */
export const OF_OSM = 'app.kubernetes.io/name=openservicemesh.io';

const EVERY_MS = 1000;
/** How much of a log is shown. */
const LOG_LINES = 5;
const LOG_BYTES = 20_000;

/** Tells what helm is waiting for, as long as it does. @returns ends it */
export function watchReadiness(cluster: Cluster, namespace: string, report: Reporter): () => void {
  let ended = false;
  let last = '';
  const look = async (): Promise<void> => {
    const waiting = await notReady(cluster, namespace).catch(() => []);
    if (ended) return;
    const text = waiting.length > 0 ? `waiting for ${waiting.map(({ text }) => text).join(', ')}` : 'waiting for helm';
    report.progress(text);
    if (text !== last && waiting.length > 0) report.verbose(text);
    last = text;
    schedule();
  };
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    timer = setTimeout(() => void look(), EVERY_MS);
  };
  schedule();
  return () => {
    ended = true;
    clearTimeout(timer);
    report.progress(null);
  };
}

/** A Job that has not come to its end, or a Deployment or DaemonSet that lacks pods. */
export interface Unready {
  readonly kind: ResourceKind;
  readonly name: string;
  /** `Deployment osm-controller (0 of 1 ready)` */
  readonly text: string;
}

/** What a control plane is not ready for in its namespace. @throws ClusterError */
async function notReady(cluster: Cluster, namespace: string): Promise<Unready[]> {
  const [jobs, deployments, daemonSets] = await Promise.all([
    cluster.list<KubernetesObject>(kinds.Job, { namespace, labelSelector: OF_OSM }),
    cluster.list<KubernetesObject>(kinds.Deployment, { namespace }),
    cluster.list<KubernetesObject>(kinds.DaemonSet, { namespace }).catch(() => []),
  ]);
  return [
    ...jobs.flatMap((job) => {
      const state = jobState(job);
      if (state === 'complete') return [];
      const { name } = job.metadata;
      return [{ kind: kinds.Job, name, text: `Job ${name}${state === 'failed' ? ' (failed)' : ''}` }];
    }),
    ...deployments.filter(isOfChart).flatMap((deployment) => {
      const wanted = count(deployment, ['spec', 'replicas'], 1);
      return lackingPods(kinds.Deployment, deployment, wanted, count(deployment, ['status', 'readyReplicas'], 0));
    }),
    // how many pods a DaemonSet wants is in its status only, once its controller has looked at it
    ...daemonSets.filter(isOfChart).flatMap((daemonSet) => {
      const isSeen = count(daemonSet, ['status', 'observedGeneration'], 0) > 0;
      const wanted = isSeen ? count(daemonSet, ['status', 'desiredNumberScheduled'], 0) : 1;
      return lackingPods(kinds.DaemonSet, daemonSet, wanted, count(daemonSet, ['status', 'numberReady'], 0));
    }),
  ];
}

/** Of OSM, or of what its chart brings along, such as Contour. */
function isOfChart({ metadata: { labels = {} } }: KubernetesObject): boolean {
  return labels['app.kubernetes.io/name'] === 'openservicemesh.io' || labels['app.kubernetes.io/managed-by'] === 'Helm';
}

function lackingPods(
  kind: ResourceKind,
  { metadata: { name } }: KubernetesObject,
  wanted: number,
  ready: number,
): Unready[] {
  return ready >= wanted ? [] : [{ kind, name, text: `${kind.kind} ${name} (${ready} of ${wanted} ready)` }];
}

function count(object: KubernetesObject, path: readonly string[], fallback: number): number {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : fallback;
}

function jobState(job: KubernetesObject): 'complete' | 'failed' | 'running' {
  if (holds(job, 'Complete')) return 'complete';
  return holds(job, 'Failed') ? 'failed' : 'running';
}

function holds(object: KubernetesObject, type: string): boolean {
  return itemsAt(object, ['status', 'conditions']).some(
    (each) => valueAt(each, ['type']) === type && valueAt(each, ['status']) === 'True',
  );
}

/**
 * Says why a control plane does not get ready, as far as its pods tell: what they wait for, and the end of the log of those
 * that failed. Nothing when the cluster does not tell.
 */
export async function explainUnready(cluster: Cluster, namespace: string): Promise<string[]> {
  const unready = await notReady(cluster, namespace).catch(() => []);
  if (unready.length === 0) return [];
  const pods = await cluster.list(kinds.Pod, { namespace }).catch(() => []);
  const told = await Promise.all(
    unready.map(async ({ name, text }) => {
      const own = pods.filter((pod) => pod.metadata.name.startsWith(`${name}-`));
      const reasons = [...new Set(own.flatMap(reasonsOf))];
      const log = await lastWords(cluster, own);
      return [`${text} is not ready${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`, ...log];
    }),
  );
  return told.flat();
}

function reasonsOf(pod: Pod): string[] {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => itemsAt(pod, ['status', field]));
  const stuck = statuses.flatMap((status) => {
    const state = valueAt(status, ['state', 'waiting']) ?? valueAt(status, ['state', 'terminated']);
    const reason = valueAt(state, ['reason']);
    return typeof reason === 'string' && reason !== 'Completed'
      ? [reason + inBrackets(valueAt(state, ['message']))]
      : [];
  });
  const unscheduled = itemsAt(pod, ['status', 'conditions']).filter(
    (each) => valueAt(each, ['type']) === 'PodScheduled' && valueAt(each, ['status']) === 'False',
  );
  return [...stuck, ...unscheduled.map((each) => `not scheduled${inBrackets(valueAt(each, ['message']))}`)];
}

function inBrackets(text: unknown): string {
  return typeof text === 'string' && text !== '' ? ` (${text.slice(0, 200)})` : '';
}

/** The end of the log of the first pod that has failed: a hook's real reason is only there. */
async function lastWords(cluster: Cluster, pods: readonly Pod[]): Promise<string[]> {
  const failed = pods.find(({ status }) => status?.phase === 'Failed');
  if (!failed) return [];
  const { name, namespace = '' } = failed.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`;
  const text = await cluster.getText(`${path}?tailLines=${LOG_LINES}&limitBytes=${LOG_BYTES}`).catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-LOG_LINES).map((line) => `log of pod ${name}: ${line.slice(0, 500)}`);
}
