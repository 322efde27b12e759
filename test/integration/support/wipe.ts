import { setTimeout as sleep } from 'node:timers/promises';
import { objectPath } from '../../../src/lib/cluster/paths.js';
import type { Cluster } from '../../../src/lib/cluster/types.js';
import { kinds } from '../../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import type { TestServer } from './api-server.js';
import { asAdmin } from './control-plane.js';

/** Namespaces that the API server itself makes. */
export const kept = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const namespaced = [
  ...[kinds.Deployment, kinds.ReplicaSet, kinds.DaemonSet, kinds.Job, kinds.Pod, kinds.Service, kinds.ServiceAccount],
  ...[kinds.Secret, kinds.ConfigMap, kinds.MeshConfig, kinds.IngressBackend, kinds.TrafficTarget, kinds.Egress],
];
const clusterWide = [
  ...[kinds.ClusterRole, kinds.ClusterRoleBinding],
  ...[kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration],
];

/** Leaves nothing that a test, of this suite or one before, has made. */
export async function wipe(server: TestServer, admin: Cluster): Promise<void> {
  const lists = await Promise.all(namespaced.map((kind) => admin.list<KubernetesObject>(kind).catch(() => [])));
  for (const [index, kind] of namespaced.entries()) {
    for (const { metadata } of lists[index]!) {
      const isClusters = kept.includes(metadata.namespace ?? '') && !/osm|helm|preset/.test(metadata.name);
      if (isClusters && kind.kind !== 'Deployment' && kind.kind !== 'Pod') continue;
      const path = objectPath({ kind, name: metadata.name }, metadata.namespace);
      await asAdmin(server.control, 'DELETE', `${path}?gracePeriodSeconds=0&propagationPolicy=Background`).catch(
        () => undefined,
      );
    }
  }
  for (const kind of clusterWide) {
    const labelSelector = 'app.kubernetes.io/name=openservicemesh.io';
    for (const { metadata } of await admin.list<KubernetesObject>(kind, { labelSelector })) {
      await asAdmin(server.control, 'DELETE', objectPath({ kind, name: metadata.name }, undefined));
    }
  }
  for (const { metadata } of await admin.list(kinds.Namespace)) {
    if (!kept.includes(metadata.name)) await removeNamespace(server, metadata.name);
  }
}

/**
 * Removes a namespace, as the controller would that is not there, and waits until admission, which looks at a copy of what is stored,
 * knows it: until then nothing can be put into a new one of the name.
 */
export async function removeNamespace(server: TestServer, name: string): Promise<void> {
  const path = objectPath({ kind: kinds.Namespace, name }, undefined);
  await asAdmin(server.control, 'DELETE', path).catch(() => undefined);
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
  await asAdmin(server.control, 'PUT', `${path}/finalize`, body).catch(() => undefined);
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } };
  const isGone = (): Promise<boolean> =>
    asAdmin(server.control, 'POST', `/api/v1/namespaces/${name}/configmaps?dryRun=All`, probe).then(
      () => false,
      (error: unknown) => / 404 /.test(String(error)),
    );
  for (let tries = 0; tries < 200 && !(await isGone()); tries++) await sleep(50);
}
