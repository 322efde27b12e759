import type { Cluster } from '../../cluster/types.js';
import { ClusterError, OsmTsError } from '../../errors.js';
import { kinds } from '../../resources/kinds.js';
import { hasEnded } from '../../resources/workloads.js';
import type { Pod } from '../../resources/types.js';
import { failure, success, together, unknown, type Verification } from './result.js';

export interface HealthOptions {
  readonly osmNamespace: string;
  /** For each probe. */
  readonly timeoutMs: number;
}

const PROBE_PORT = 9091;
const apps = [
  { app: 'osm-controller', path: '/health/alive' },
  { app: 'osm-injector', path: '/healthz' },
  { app: 'osm-bootstrap', path: '/healthz' },
] as const;

/** Answers `verify control-plane-health` (osm-cli §13.3). */
export async function verifyHealth(
  cluster: Cluster,
  { osmNamespace, timeoutMs }: HealthOptions,
): Promise<Verification> {
  const pods = await podsByApp(cluster, osmNamespace);
  const readiness = apps.map(({ app }, index) => {
    const context = `Verify readiness status of pod for app ${osmNamespace}/${app}`;
    return withPods(context, `${osmNamespace}/${app}`, pods[index]!, readinessOf);
  });
  const probes = apps.map(({ app, path }, index) => {
    const context = `Verify health probes of pod for app ${osmNamespace}/${app}`;
    return withPods(context, `${osmNamespace}/${app}`, pods[index]!, async (found) => {
      const problems = await Promise.all(found.map((pod) => probeProblem(cluster, pod, path, timeoutMs)));
      const told = problems.filter((problem) => problem !== undefined);
      return told.length > 0 ? `Probe failure: ${told.join(', ')}` : undefined;
    });
  });
  return together('Verify the health of OSM control plane', await Promise.all([...readiness, ...probes]));
}

type Found = readonly Pod[] | { readonly error: ClusterError };

/** Of each app, asked for at once. Pods that are on their way out, or have ended, say nothing of those that run. */
async function podsByApp(cluster: Cluster, namespace: string): Promise<Found[]> {
  const labelSelector = `app in (${apps.map(({ app }) => app).join(',')})`;
  try {
    const pods = await cluster.list<Pod>(kinds.Pod, { namespace, labelSelector });
    const there = pods.filter(({ metadata, status }) => !('deletionTimestamp' in metadata) && !hasEnded({ status }));
    return apps.map(({ app }) => there.filter(({ metadata }) => metadata.labels?.['app'] === app));
  } catch (error) {
    if (error instanceof ClusterError) return apps.map(() => ({ error }));
    throw error;
  }
}

async function withPods(
  context: string,
  app: string,
  pods: Found,
  problemOf: (pods: readonly Pod[]) => string | undefined | Promise<string | undefined>,
): Promise<Verification> {
  if ('error' in pods) {
    return unknown(context, `Error fetching pods for app ${app}, err: ${pods.error.message}`, pods.error.hint);
  }
  if (pods.length === 0) return failure(context, `No pods found for app ${app}`);
  const problem = await problemOf(pods);
  return problem === undefined ? success(context) : failure(context, problem);
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

const reasons: Readonly<Record<string, string>> = {
  PodScheduled: 'not scheduled',
  Initialized: 'init-containers pending completion',
  ContainersReady: 'containers not ready',
  Ready: 'not ready',
};

/**
 * What a pod's conditions lack, in their own order, as far as the first that explains those after it. A pod that does not say that it
 * is ready is not.
 */
function readinessOf(pods: readonly Pod[]): string | undefined {
  const problems = pods.flatMap((pod) => {
    const { conditions = [] } = (pod.status ?? {}) as { readonly conditions?: readonly Condition[] };
    const lacking = conditions.filter(({ type, status }) => status !== 'True' && Object.hasOwn(reasons, type));
    const explains = lacking.findIndex(({ type }) => type !== 'Ready');
    const told = (explains === -1 ? lacking : lacking.slice(0, explains + 1)).map(({ type }) => reasons[type]);
    const isReady = conditions.some(({ type }) => type === 'Ready');
    return (told.length > 0 || isReady ? told : ['not ready']).map((why) => `${podName(pod)} ${why}`);
  });
  return problems.length > 0 ? `Pod not ready: ${problems.join(', ')}` : undefined;
}

async function probeProblem(cluster: Cluster, pod: Pod, path: string, timeoutMs: number): Promise<string | undefined> {
  const { name, namespace } = pod.metadata;
  const failed = `HTTP probe failed for pod ${podName(pod)}`;
  try {
    const tunnel = await cluster.tunnel();
    const { status } = await tunnel.request({ name, namespace }, PROBE_PORT, { path, timeoutMs });
    return status === 200 ? undefined : `${failed}: unexpected response code: ${status}`;
  } catch (error) {
    if (error instanceof OsmTsError) return `${failed}: ${error.message}`;
    throw error;
  }
}

const podName = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
