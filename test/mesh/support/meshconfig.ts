import type { Cluster } from '../../../src/lib/cluster/types.js';
import { kinds } from '../../../src/lib/resources/kinds.js';
import type { MeshConfig } from '../../../src/lib/resources/types.js';
import { integration } from '../../integration/support/api-server.js';
import type { TestServer } from '../../integration/support/api-server.js';
import { startFaultProxy } from '../../integration/support/fault-proxy.js';
import type { FaultProxy } from '../../integration/support/fault-proxy.js';
import { cliFor, whole } from './cli.js';
import type { Cli } from './cli.js';

export const TYPE = 'meshconfig.config.openservicemesh.io';
export const PATCHED = `${TYPE}/osm-mesh-config patched\n`;
export const UNCHANGED = `${TYPE}/osm-mesh-config unchanged\n`;

/** What an installation with the chart's defaults leaves (osm-cli §15.6), with the fields that tests look at. */
export function installed(namespace: string, name = 'osm-mesh-config'): MeshConfig {
  return {
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name, namespace },
    spec: {
      sidecar: { enablePrivilegedInitContainer: false, logLevel: 'error', maxDataPlaneConnections: 0 },
      traffic: { enableEgress: true, enablePermissiveTrafficPolicyMode: true, outboundPortExclusionList: [] },
      observability: { enableDebugServer: false, osmLogLevel: 'info', tracing: { enable: false } },
      certificate: { serviceCertValidityDuration: '24h', certKeyBitSize: 2048 },
      featureFlags: { enableEgressPolicy: false, enableWASMStats: true },
    },
  } as MeshConfig;
}

/** A control plane's namespace with its MeshConfig. */
export interface TestMesh {
  readonly namespace: string;
  /** Runs `osm-ts meshconfig …` on it. */
  readonly cli: Cli;
  /** The MeshConfig but for what differs from run to run. */
  readonly now: () => Promise<Record<string, unknown>>;
}

/** Makes a namespace with an installed MeshConfig; command lines run as `user`, through `url` if given. */
async function createMesh(server: TestServer, admin: Cluster, user = 'admin', url?: string): Promise<TestMesh> {
  const namespace = await server.freshNamespace('osm');
  await admin.create(installed(namespace));
  const run = cliFor(server, user, url);
  return {
    namespace,
    cli: (...args) => run('meshconfig', ...args, '--osm-namespace', namespace),
    now: () => whole(admin, kinds.MeshConfig, 'osm-mesh-config', namespace),
  };
}

/** Other suites may look at all namespaces. */
async function deleteMeshConfigs(admin: Cluster): Promise<void> {
  for (const { metadata } of await admin.list(kinds.MeshConfig)) {
    await admin.delete({ kind: kinds.MeshConfig, name: metadata.name, namespace: metadata.namespace });
  }
}

export interface MeshSuite {
  /** Usable in hooks and tests. */
  readonly admin: Cluster;
  readonly proxy: FaultProxy;
  /** As `createMesh`. */
  mesh(user?: string, url?: string): Promise<TestMesh>;
}

/** A suite on MeshConfigs: connected, with a fault proxy, and cleaned up in the end. */
export function meshSuite(title: string, body: (suite: MeshSuite, server: TestServer) => void): void {
  integration(title, (server) => {
    let admin: Cluster;
    let proxy: FaultProxy;

    before(async () => {
      admin = await server.connect('admin');
      proxy = await startFaultProxy(server.control);
    });

    after(async () => {
      await proxy.close();
      await deleteMeshConfigs(admin);
    });

    const suite: MeshSuite = {
      get admin() {
        return admin;
      },
      get proxy() {
        return proxy;
      },
      mesh: (user, url) => createMesh(server, admin, user, url),
    };
    body(suite, server);
  });
}
