import type { Cluster } from '../../cluster/types.js';
import { ClusterError, UsageError } from '../../errors.js';
import type { ClientName } from '../../input/client.js';
import type { Reporter } from '../../reporter.js';
import { kinds } from '../../resources/kinds.js';
import { isMeshed } from '../../resources/labels.js';
import type { Pod, WorkloadKind } from '../../resources/types.js';
import { podOf, stands } from '../../resources/workloads.js';
import { quoteShellWord } from '../../text/shell.js';
import { RefusedError, explain } from '../errors.js';

/** Envoy's admin interface inside the pod. */
const ADMIN_PORT = 15000;

export interface ProxyQuestion {
  /** `get` only looks; `set` may change the proxy. */
  readonly verb: 'get' | 'set';
  /** Path of the admin interface, without a slash at its front, perhaps with a query. */
  readonly query: string;
  /** Ask for JSON where Envoy has it besides text. */
  readonly json: boolean;
  readonly timeoutMs: number;
}

/** What Envoy answered. */
export interface ProxyAnswer {
  /** `namespace/name` of the pod. */
  readonly pod: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * Asks the Envoy of a pod, or of one pod of a workload, through the API server (osm-cli §10, §16.1); no port of this machine is used.
 * @throws ClusterError also when Envoy refuses; RefusedError when the pod has no sidecar; UsageError
 */
export async function askProxy(
  cluster: Cluster,
  client: ClientName,
  question: ProxyQuestion,
  report: Reporter,
): Promise<ProxyAnswer> {
  const namespace = client.namespace ?? cluster.defaultNamespace;
  const path = adminPath(question);
  const { name } = (await podFor(cluster, { ...client, namespace }, report)).metadata;
  return askPod(cluster, { namespace, name }, path, question);
}

/** @param path as `adminPath` gives it */
async function askPod(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  path: string,
  question: ProxyQuestion,
): Promise<ProxyAnswer> {
  const where = `Error retrieving proxy config for pod ${name} in namespace ${namespace}`;
  const method = question.verb === 'get' ? 'GET' : 'POST';
  const tunnel = await cluster.tunnel();
  const { timeoutMs } = question;
  const { status, bytes, body } = await tunnel
    .request({ name, namespace }, ADMIN_PORT, { method, path, timeoutMs, reconnect: question.verb === 'get' })
    .catch(explain(where));
  if (status >= 200 && status < 300) return { pod: `${namespace}/${name}`, path, bytes };
  const said = body.trim().split('\n')[0] ?? '';
  throw new ClusterError(
    `${where}: Envoy answers ${status}${said === '' ? '' : `: ${said.slice(0, 200)}`}`,
    status === 404 ? 'osm-ts proxy get help POD names what Envoy can be asked' : undefined,
    status,
  );
}

/** A pod whose Envoy could not be asked, or refused. */
export interface ProxyFailure {
  readonly pod: string;
  readonly error: ClusterError;
}

/**
 * Asks the Envoys of all pods of the cluster's namespace that have some labels and run with a sidecar, one after the other.
 * @param labelSelector in Kubernetes' notation
 * @throws ClusterError when there is none, or they cannot be listed; UsageError
 */
export async function askProxies(
  cluster: Cluster,
  labelSelector: string,
  question: ProxyQuestion,
): Promise<AsyncGenerator<ProxyAnswer | ProxyFailure>> {
  const namespace = cluster.defaultNamespace;
  const path = adminPath(question);
  const where = `pods with labels ${labelSelector} in namespace ${namespace}`;
  const all = await cluster.list(kinds.Pod, { namespace, labelSelector }).catch(explain(`Could not list ${where}`));
  const pods = all.filter((pod) => isMeshed(pod) && isRunning(pod));
  if (pods.length === 0) {
    const hint = `look at them: kubectl get pods -n ${namespace} -l ${quoteShellWord(labelSelector)}`;
    throw new ClusterError(`none of the ${where} runs with a sidecar (there are ${all.length})`, hint);
  }
  return answers();

  async function* answers(): AsyncGenerator<ProxyAnswer | ProxyFailure> {
    for (const { metadata } of pods) {
      try {
        yield await askPod(cluster, { namespace, name: metadata.name }, path, question);
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        yield { pod: `${namespace}/${metadata.name}`, error };
      }
    }
  }
}

/** What Envoy tells as text unless it is asked for JSON. */
const withJson = /^\/(?:stats|clusters|listeners)$/;

/** The path to ask for. A slash at the front does no harm, and characters that a path cannot have are encoded. @throws UsageError */
function adminPath({ query, json }: ProxyQuestion): string {
  const trimmed = query.trim().replace(/^\/+/, '');
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (trimmed === '' || /[\u0000-\u001F\u007F]/.test(trimmed)) {
    throw new UsageError(
      `${JSON.stringify(query)} is nothing that Envoy could be asked`,
      'write a path of its admin interface: config_dump, clusters, stats?filter=http',
    );
  }
  const [path = '', ...rest] = `/${trimmed}`.split('?');
  const search = rest.join('?');
  const wanted = json && withJson.test(path) && !/(?:^|&)format=/.test(search) ? 'format=json' : '';
  const whole = [search, wanted].filter((part) => part !== '').join('&');
  return `${path}${whole === '' ? '' : `?${whole}`}`.replace(/[^\x21-\x7E]|["<>\\^`{|}#]/gu, (letter) =>
    encodeURIComponent(letter),
  );
}

type Placed = ClientName & { readonly namespace: string };

async function podFor(cluster: Cluster, client: Placed, report: Reporter): Promise<Pod> {
  const { kind, namespace, name } = client;
  if (kind === 'ServiceAccount') throw new UsageError('a ServiceAccount has no proxy', 'name a pod, or a workload');
  if (kind !== 'Pod') return podOfWorkload(cluster, { kind, namespace, name }, report);
  const pod = await cluster
    .get({ kind: kinds.Pod, name, namespace })
    .catch(explain(`Could not find pod ${name} in namespace ${namespace}`));
  if (!isMeshed(pod)) {
    throw new RefusedError(
      `Pod ${name} in namespace ${namespace} is not a part of a mesh`,
      'it has no sidecar: add its namespace to a mesh, and restart it',
    );
  }
  if (!isRunning(pod)) {
    throw new ClusterError(
      `Pod ${name} in namespace ${namespace} is not running`,
      `look at it: kubectl describe pod ${name} -n ${namespace}`,
    );
  }
  return pod;
}

interface NamedWorkload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

async function podOfWorkload(
  cluster: Cluster,
  { kind, namespace, name }: NamedWorkload,
  report: Reporter,
): Promise<Pod> {
  const where = `${kind} ${name} in namespace ${namespace}`;
  const workload = await cluster.get({ kind: kinds[kind], name, namespace }).catch(explain(`Could not find ${where}`));
  const template = podOf(workload);
  const pods = await cluster.list(kinds.Pod, { namespace }).catch(explain(`Could not list the pods of ${where}`));
  const own = template ? pods.filter((pod) => stands(pod, template)) : [];
  const found = own.find((pod) => isMeshed(pod) && isRunning(pod));
  if (!found) {
    throw new ClusterError(
      `no pod of ${where} runs with a sidecar (it has ${own.length} ${own.length === 1 ? 'pod' : 'pods'})`,
      `look at them: kubectl get pods -n ${namespace}`,
    );
  }
  report.note(`asking pod ${found.metadata.name}`);
  return found;
}

function isRunning({ status, metadata }: Pod): boolean {
  return status?.phase === 'Running' && !('deletionTimestamp' in metadata);
}
