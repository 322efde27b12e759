import type { Cluster } from '../cluster/types.js';
import type { Forward, PodRef, Tunnel } from '../cluster/tunnel.js';
import { ClusterError, UsageError } from '../errors.js';
import { kinds } from '../resources/kinds.js';
import type { Reporter } from '../reporter.js';
import { explain } from './errors.js';

const SERVICE = 'osm-grafana';
/** How long Grafana may take with its first answer. */
const ANSWER_MS = 15_000;

export interface DashboardRequest {
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** Undefined: the usual one, or any that is free. */
  readonly localPort: number | undefined;
  readonly remotePort: number;
}

/** The local port that is taken when nobody names one, and nobody else has it (osm-cli §3). */
const USUAL_PORT = 3000;

/**
 * Opens a port of this machine that leads to the Grafana of a control plane, as long as it is open: the pod is looked up anew
 * for each connection, so one that goes away ends nothing but its connections.
 * @throws ClusterError when there is no Grafana, or it does not answer; UsageError when the local port is taken
 */
export async function forwardDashboard(
  cluster: Cluster,
  { namespace, localPort, remotePort }: DashboardRequest,
  report: Reporter,
  signal: AbortSignal,
): Promise<Forward> {
  const hint = (error: unknown): never => {
    if (!(error instanceof ClusterError)) throw error;
    const advice = `name the namespace of the control plane with --osm-namespace, if it is not [${namespace}]`;
    throw new ClusterError(error.message, [error.hint, advice].filter(Boolean).join('\n'), error.status, {
      cause: error,
    });
  };
  const tunnel = await cluster.tunnel();
  const pod = (): Promise<PodRef> => grafanaPod(cluster, namespace).catch(hint);
  const found = await pod();
  await tunnel
    .request(found, remotePort, { path: '/', timeoutMs: ANSWER_MS, signal })
    .catch(explain('Port forwarding failed'))
    .catch(hint);
  const told = new Set<string>();
  const onError = ({ message }: Error): void => {
    if (signal.aborted || told.has(message)) return;
    told.add(message);
    report.warn(message);
  };
  return listen(tunnel, pod, remotePort, { localPort, onError, signal });
}

async function listen(
  tunnel: Tunnel,
  pod: () => Promise<PodRef>,
  remotePort: number,
  options: { localPort: number | undefined; onError: (error: Error) => void; signal: AbortSignal },
): Promise<Forward> {
  try {
    return await tunnel.listen(pod, remotePort, { ...options, localPort: options.localPort ?? USUAL_PORT });
  } catch (error) {
    if (options.localPort !== undefined || !(error instanceof UsageError)) throw error;
    return tunnel.listen(pod, remotePort, { ...options, localPort: 0 });
  }
}

async function grafanaPod(cluster: Cluster, namespace: string): Promise<PodRef> {
  const service = await cluster
    .get({ kind: kinds.Service, name: SERVICE, namespace })
    .catch(explain('Failed to get OSM Grafana service data'));
  const selector = Object.entries(service.spec.selector ?? {});
  // without a selector, any pod would do
  if (selector.length === 0) throw new ClusterError(`Service ${SERVICE} in namespace ${namespace} selects no pods`);
  const labelSelector = selector.map(([key, value]) => `${key}=${value}`).join(',');
  const pods = await cluster.list(kinds.Pod, { namespace, labelSelector }).catch(explain('Error listing pods'));
  const running = pods.find(({ status }) => status?.phase === 'Running');
  if (!running)
    throw new ClusterError('No running Grafana pod available', 'the chart has it with osm.deployGrafana=true');
  return { name: running.metadata.name, namespace };
}
