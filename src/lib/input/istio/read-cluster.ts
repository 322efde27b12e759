import type { Cluster } from '../../cluster/index.js';
import { istioKinds, kinds } from '../../resources/kinds.js';
import type { Resource } from '../../resources/types.js';
import type { Reporter } from '../../reporter.js';
import type { MeshNames } from '../mesh-names.js';
import type { ClusterContent, Question } from '../read-cluster.js';
import { unreadOf } from '../unread.js';
import { CONTROL_PLANES } from './mesh-config.js';

/**
 * Reads from a cluster what decides under Istio: its objects of every namespace, services, the mesh configuration, and the
 * clients' pods and accounts.
 * @throws ClusterError when the cluster cannot be reached, or has no Istio
 */
export async function readIstioCluster(
  cluster: Cluster,
  question: Question,
  names: MeshNames,
  report: Reporter,
): Promise<ClusterContent> {
  const { fetchResources } = await import('../../cluster/index.js');
  const clients = question.clients?.(cluster.defaultNamespace) ?? [];
  const fallbackNamespaces = [...new Set(question.namespaces?.(cluster.defaultNamespace))];
  // who asks about everybody is told of those who have a sidecar, wherever they are
  const ofClients = question.clientsOf ? true : clients.length > 0 ? { namespaces: clients } : false;
  const content = await fetchResources(cluster, {
    osmNamespace: names.osmNamespace,
    policies: false,
    namespaces: true,
    services: true,
    endpoints: true,
    pods: ofClients,
    serviceAccounts: question.accounts === true ? ofClients : false,
    others: [
      ...Object.values(istioKinds).map((kind) => ({ kind, extent: true })),
      { kind: kinds.ConfigMap, extent: { namespaces: [...CONTROL_PLANES] } },
    ],
    fallbackNamespaces,
    onProgress: ({ kind, received }) => report.progress(`reading ${kind}: ${received}`),
  });
  const missing = content.missingKinds.find(({ kind }) => kind === 'ServiceEntry');
  if (missing) throw missing.error;
  const workloads: Resource[] = [];
  for (const { kind, ...named } of question.workloads?.(cluster.defaultNamespace) ?? []) {
    const workload = await cluster.find({ kind: kinds[kind], ...named });
    if (workload) workloads.push(workload);
  }
  return {
    originals: new Map([...content.objects, ...workloads].map((object) => [object, object])),
    unread: unreadOf([content], fallbackNamespaces),
    notes: [...new Set([...content.forbidden, ...content.missingKinds].map(({ error }) => error.message))],
    names,
  };
}
