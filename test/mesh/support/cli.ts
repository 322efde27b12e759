import type { Cluster } from '../../../src/lib/cluster/types.js';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import type { ResourceKind } from '../../../src/lib/resources/kinds.js';
import type { TestServer } from '../../integration/support/api-server.js';
import { runWarm } from '../../support/run-cli.js';
import type { Run } from '../../support/run-cli.js';

export type Cli = (...args: string[]) => Promise<Run>;

/** Runs command lines against the test server, as a user; `url` replaces the server's, such as that of a fault proxy. */
export function cliFor(server: TestServer, user = 'admin', url?: string): Cli {
  const env = { KUBECONFIG: server.kubeconfigFor(user, url === undefined ? {} : { cluster: { server: url } }) };
  return (...args) => runWarm(args, { env });
}

/** An object but for what differs from run to run. */
export async function whole(
  cluster: Cluster,
  kind: ResourceKind,
  name: string,
  namespace?: string,
): Promise<Record<string, unknown>> {
  const object = await cluster.get({ kind, name, namespace });
  const volatile = ['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'];
  const metadata = Object.entries(object.metadata).filter(([field]) => !volatile.includes(field));
  return { ...object, metadata: Object.fromEntries(metadata) };
}

/** A Deployment with the labels that make it a part of a mesh's control plane (osm-cli §15.4). */
export function controlPlane(mesh: string, namespace: string, app = 'osm-controller'): KubernetesObject {
  const labels = { app, meshName: mesh, 'app.kubernetes.io/version': 'v1.2.4' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${app}-${mesh}`, namespace, labels },
    spec: {
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [{ name: app, image: 'example/controller' }] } },
    },
  };
  return deployment;
}
