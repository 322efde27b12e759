import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import type { Egress } from '../../src/lib/resources/types.js';
import { integration, type Rights, type TestServer } from '../integration/support/api-server.js';
import { startFaultProxy, type FaultProxy } from '../integration/support/fault-proxy.js';
import { runWarm } from '../support/run-cli.js';
import type { Run } from '../support/run-cli.js';

export const TYPE = 'egress.policy.openservicemesh.io';

/** A mesh of its own in the shared cluster: control plane's namespace with a MeshConfig, and a monitored namespace. */
export interface LiveMesh {
  readonly osm: string;
  /** Monitored; the policies of the tests live here. */
  readonly home: string;
  /** The words that lead every command to this mesh and namespace. */
  readonly place: readonly string[];
  /** Runs `osm-ts egress …` there. */
  cli(...words: string[]): Promise<Run>;
  /** The same as another user, or through another URL. */
  as(user: string, url?: string): (...words: string[]) => Promise<Run>;
  /** The policies of the home namespace, whole but for what differs from run to run. */
  policies(): Promise<object[]>;
}

export interface LiveSuite {
  readonly server: TestServer;
  readonly admin: Cluster;
  readonly proxy: FaultProxy;
  mesh(config?: object): Promise<LiveMesh>;
  /** A user with these rights. */
  user(rights: Rights): Promise<string>;
}

/** A suite against the real API server. `suite` is filled before its tests run. */
export function egressSuite(title: string, body: (suite: LiveSuite) => void): void {
  integration(title, (server) => {
    const parts: { admin?: Cluster; proxy?: FaultProxy } = {};
    before(async () => {
      parts.admin = await server.connect('admin');
      parts.proxy = await startFaultProxy(server.control);
    });
    after(() => parts.proxy?.close());
    body({
      server,
      get admin() {
        return parts.admin!;
      },
      get proxy() {
        return parts.proxy!;
      },
      mesh: (config) => createMesh(server, parts.admin!, config),
      user: (rights) => server.createUser('egress', rights),
    });
  });
}

async function createMesh(server: TestServer, admin: Cluster, config: object = {}): Promise<LiveMesh> {
  const osm = await server.freshNamespace('osm');
  const home = await server.freshNamespace('home', { 'openservicemesh.io/monitored-by': osm });
  const spec = { featureFlags: { enableEgressPolicy: true }, traffic: { enableEgress: false }, ...config };
  await admin.create({
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: osm },
    spec,
  } as never);
  const place = ['-n', home, '--osm-namespace', osm, '--mesh-name', osm];
  const as = (user: string, url?: string) => {
    const cluster = url === undefined ? {} : { cluster: { server: url } };
    const env = { KUBECONFIG: server.kubeconfigFor(user, cluster) };
    return (...words: string[]): Promise<Run> => runWarm(['egress', ...words, ...place], { env });
  };
  return { osm, home, place, as, cli: as('admin'), policies: () => server.dump(kinds.Egress, home) };
}

/** A policy of a namespace, for its own ServiceAccount `client`. */
export function policyIn(namespace: string, name: string, spec: Partial<Egress['spec']> = {}): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'client', namespace }],
      hosts: ['httpbin.org'],
      ports: [{ number: 80, protocol: 'http' }],
      ...spec,
    },
  };
}
