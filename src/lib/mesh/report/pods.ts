import type { Cluster } from '../../cluster/types.js';
import type { Tunnel } from '../../cluster/tunnel.js';
import { ClusterError } from '../../errors.js';
import { isMeshed, SIDECAR_CONTAINER } from '../../resources/labels.js';
import type { Pod } from '../../resources/types.js';
import { itemsAt, valueAt } from '../../text/plain-data.js';
import type { Contents } from './contents.js';
import { redactJson, redactText } from './redact.js';

/** The end of a log that is kept. */
const LOG_LINES = 20_000;
const LOG_BYTES = 10 * 1024 * 1024;
const ENVOY_PORT = 15_000;
const ENVOY_MS = 15_000;

/** What Envoy is asked, and in which file the answer is. */
const ENVOY: readonly (readonly [path: string, file: string])[] = [
  ['/config_dump?include_eds', 'config_dump.json'],
  ['/certs', 'certs.json'],
  ['/clusters', 'clusters.txt'],
  ['/listeners', 'listeners.txt'],
  ['/ready', 'ready.txt'],
  ['/stats', 'stats.txt'],
];

/** The log of a pod's sidecar, and what the sidecar says about itself. What fails is in the contents. */
export async function collectSidecar(cluster: Cluster, pod: Pod, contents: Contents): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const of = `pod ${namespace}/${name}`;
  if (!isMeshed(pod)) return contents.lack('sidecar', of, new ClusterError('the pod has no sidecar of a mesh'));
  await collectLogs(cluster, pod, [SIDECAR_CONTAINER], contents);
  const tunnel = await cluster.tunnel();
  const answers = await Promise.all(ENVOY.map(([path]) => ask(tunnel, { name, namespace }, path)));
  for (const [index, [path, file]] of ENVOY.entries()) {
    const what = `Envoy's ${path}`;
    const answer = answers[index]!;
    if (answer instanceof ClusterError) contents.lack(what, of, answer);
    else {
      const told = file.endsWith('.json') ? redactJson(answer) : redactText(answer);
      await contents.add(what, of, `namespaces/${namespace}/pods/${name}/envoy/${file}`, told);
    }
  }
}

async function ask(
  tunnel: Tunnel,
  pod: { readonly name: string; readonly namespace: string },
  path: string,
): Promise<string | ClusterError> {
  try {
    const { status, body } = await tunnel.request(pod, ENVOY_PORT, { path, timeoutMs: ENVOY_MS });
    return status === 200 ? body : new ClusterError(`Envoy answers ${status}`);
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
}

/**
 * Logs of containers, and of their runs before the last where there were some.
 * @param names all of them when absent
 * @returns whether there were such runs
 */
export async function collectLogs(
  cluster: Cluster,
  pod: Pod,
  names: readonly string[] | undefined,
  contents: Contents,
): Promise<boolean> {
  const { name, namespace = '' } = pod.metadata;
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => itemsAt(pod, ['status', field]));
  const restarted = (container: string): boolean =>
    statuses.some((each) => valueAt(each, ['name']) === container && Number(valueAt(each, ['restartCount'])) > 0);
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].flatMap((each) => each.name ?? []);
  const meant = names ?? all;
  for (const container of meant) {
    for (const previous of restarted(container) ? [false, true] : [false]) {
      const what = `${previous ? 'previous log' : 'log'} of container ${container}`;
      const path = `namespaces/${namespace}/pods/${name}/logs/${container}${previous ? '.previous' : ''}.log`;
      await collectText(contents, what, `pod ${namespace}/${name}`, path, () =>
        cluster.getText(logPath(namespace, name, container, previous)),
      );
    }
  }
  return meant.some(restarted);
}

function logPath(namespace: string, pod: string, container: string, previous: boolean): string {
  const query = new URLSearchParams({ container, tailLines: String(LOG_LINES), limitBytes: String(LOG_BYTES) });
  if (previous) query.set('previous', 'true');
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query.toString()}`;
}

/** A part that is text, or the reason why there is none. */
export async function collectText(
  contents: Contents,
  what: string,
  of: string,
  path: string,
  read: () => Promise<string>,
): Promise<void> {
  let text: string;
  try {
    text = await read();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return contents.lack(what, of, error);
  }
  await contents.add(what, of, path, redactText(text));
}
