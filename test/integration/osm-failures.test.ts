import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Cluster } from '../../src/lib/cluster/types.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { controlPlane } from '../mesh/support/cli.js';
import { installed } from '../mesh/support/meshconfig.js';
import { runWarm } from '../support/run-cli.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startFaultProxy, type FaultProxy, type SeenRequest } from './support/fault-proxy.js';
import { startKubelet, type Kubelet } from './support/kubelet.js';
import { wipe } from './support/wipe.js';

/** Of an Envoy that has heard nothing but of its listeners. */
const dumpOfNothing = JSON.stringify({
  configs: [
    {
      '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
      dynamic_listeners: [
        { name: 'outbound-listener', active_state: { listener: { name: 'outbound-listener', filter_chains: [] } } },
        { name: 'inbound-listener', active_state: { listener: { name: 'inbound-listener', filter_chains: [] } } },
      ],
    },
  ],
});

const UUID = '7d6a6a0e-0f3c-4a3e-9d56-2a1d0f4c9f11';

/** A command line that fails as a table of the reference says. */
interface Failure {
  readonly line: string;
  readonly code: number;
  readonly says: RegExp;
  /** Who asks; the administrator when absent. */
  readonly user?: 'nobody' | 'reader';
  /** The API server fails to do this: method and part of the path. */
  readonly fails?: readonly [method: string, path: string];
}

/**
 * Every failure of the tables of osm-cli §7 to §14 that needs a cluster, with its message and exit code. Those of `install`, `mesh upgrade`
 * (§5.3, §6.2) are in install.test.ts, of `dashboard` (§3) in dashboard.test.ts, of `support` (§11) in bug-report.test.ts and in
 * test/cli/osm-commands.test.ts, of proxies' dumps (§13.1, E) in test/mesh/verify.test.ts, of command lines in test/cli/osm-commands.test.ts.
 */
const failures: Readonly<Record<string, readonly Failure[]>> = {
  '§6.1 mesh list': [
    { line: 'mesh list', user: 'nobody', code: 3, says: /^error: Could not list deployments: .*forbidden/m },
  ],
  '§7 metrics': [
    { line: 'metrics enable --namespace none', code: 3, says: /^error: Failed to retrieve namespace \[none\]: / },
    {
      line: 'metrics disable --namespace plain',
      code: 1,
      says: /^error: Namespace \[plain\] does not belong to a mesh, missing label "openservicemesh\.io\/monitored-by"/,
    },
    {
      line: 'metrics enable --namespace empty',
      code: 1,
      says: /^error: Label "openservicemesh\.io\/monitored-by" on namespace "empty" cannot be empty/,
    },
    {
      line: 'metrics enable --namespace unknown',
      code: 1,
      says: /^error: Invalid mesh name "m9" used with label .* on namespace "unknown", must be one of \[m2 osm\]/,
    },
    {
      line: 'metrics enable --namespace a',
      user: 'reader',
      code: 3,
      says: /^error: Failed to enable metrics in namespace \[a\]: .*forbidden/m,
    },
    {
      line: 'metrics disable --namespace metered',
      user: 'reader',
      code: 3,
      says: /^error: Failed to disable metrics in namespace \[metered\]: .*forbidden/m,
    },
    {
      line: 'metrics enable --namespace a',
      fails: ['PATCH', '/pods/p'],
      code: 3,
      says: /^error: Failed to enable metrics for existing pod in namespace \[a\]: /m,
    },
    {
      line: 'metrics disable --namespace metered',
      fails: ['PATCH', '/pods/p'],
      code: 3,
      says: /^error: Failed to disable metrics for existing pod in namespace \[metered\]: /m,
    },
  ],
  '§8 namespace': [
    { line: 'namespace add a --mesh-name m7', code: 3, says: /^error: mesh \[m7\] does not exist\n/ },
    {
      line: 'ns add plain',
      user: 'nobody',
      code: 3,
      says: /^error: Cannot obtain information about the mesh \[osm\]: /,
    },
    {
      line: 'namespace add none',
      code: 3,
      says: /^error: Could not add namespace \[none\] to mesh \[osm\]: namespaces "none" not found\n/,
    },
    { line: 'namespace add ignored', code: 1, says: /^error: Cannot add ignored namespace \[ignored\]/ },
    {
      line: 'namespace add plain',
      user: 'reader',
      code: 3,
      says: /^error: Could not add namespace \[plain\] to mesh \[osm\]: .*forbidden/,
    },
    { line: 'namespace ignore none', code: 3, says: /^error: Failed to retrieve namespace \[none\]: / },
    {
      line: 'namespace ignore a',
      user: 'reader',
      code: 3,
      says: /^error: Failed to configure namespace \[a\] to be ignored: .*forbidden/,
    },
    {
      line: 'namespace list osm',
      user: 'nobody',
      code: 3,
      says: /^error: Could not list namespaces of mesh \[osm\]: /,
    },
    {
      line: 'namespace remove none',
      code: 3,
      says: /^error: Could not get namespace \[none\]: namespaces "none" not found\n/,
    },
    {
      line: 'namespace remove a --mesh-name m2',
      code: 1,
      says: /^error: Namespace \[a\] belongs to mesh \[osm\], not mesh \[m2\]/,
    },
    {
      line: 'namespace remove a',
      user: 'reader',
      code: 3,
      says: /^error: Could not remove namespace \[a\] from mesh \[osm\]: .*forbidden/,
    },
  ],
  '§9 policy': [
    {
      line: 'policy check-conflicts IngressBackend -n a',
      user: 'nobody',
      code: 3,
      says: /^error: Error listing IngressBackend resources in namespace a: .*forbidden/,
    },
    { line: 'policy check-pods a/none b/q', code: 3, says: /^error: Could not find pod none in namespace a: / },
    { line: 'policy check-pods a/p b/none', code: 3, says: /^error: Could not find pod none in namespace b: / },
    {
      line: 'policy check-pods a/bare b/q',
      code: 1,
      says: /^error: Pod bare in namespace a is not a part of a mesh\n/,
    },
    { line: 'policy check-pods a/p b/odd', code: 1, says: /^error: Pod odd in namespace b is not a part of a mesh\n/ },
    {
      line: 'policy check-pods a/p b/q',
      fails: ['GET', '/meshconfigs/'],
      code: 3,
      says: /^error: Error checking if permissive mode is enabled: Error fetching MeshConfig osm-mesh-config: /,
    },
    {
      line: 'policy check-pods a/p b/q',
      fails: ['GET', '/traffictargets'],
      code: 3,
      says: /^error: Error listing SMI TrafficTarget policies: /,
    },
  ],
  '§10 proxy': [
    { line: 'proxy get ready none -n a', code: 3, says: /^error: Could not find pod none in namespace a: / },
    { line: 'proxy get ready bare -n a', code: 1, says: /^error: Pod bare in namespace a is not a part of a mesh\n/ },
    { line: 'proxy get ready odd -n b', code: 1, says: /^error: Pod odd in namespace b is not a part of a mesh\n/ },
    { line: 'proxy set x q -n b', code: 3, says: /^error: Pod q in namespace b is not running/ },
    {
      line: 'proxy get nothing p -n a',
      code: 3,
      says: /^error: Error retrieving proxy config for pod p in namespace a: Envoy answers 404/,
    },
    { line: 'proxy get ready p -n a -f /none/x', code: 2, says: /^error: \/none\/x: the answer cannot be written/ },
  ],
  '§12 uninstall mesh': [
    {
      line: 'uninstall mesh -f',
      user: 'nobody',
      code: 3,
      says: /^error: unable to list meshes within the cluster: Could not list deployments: /,
    },
    { line: 'uninstall mesh -f', code: 2, says: /^error: there are several meshes, and --force asks no questions\n/ },
    {
      line: 'uninstall mesh --mesh-name m7 -f',
      code: 3,
      says: /^error: there is no mesh \[m7\], and nothing is left/m,
    },
    {
      line: 'uninstall mesh --mesh-name m2 -f',
      code: 3,
      says: /^error: .*mesh \[m2\] in namespace \[osm2\].*\n/m,
    },
    { line: 'uninstall mesh --mesh-name m2', code: 2, says: /^error: there is no answer on standard input/m },
    {
      line: 'uninstall mesh --mesh-name osm --delete-namespace -f --osm-namespace default',
      code: 3,
      says: /^error: there is no mesh \[osm\] in namespace \[default\]/m,
    },
    {
      line: 'uninstall mesh --mesh-name m2 -f --delete-namespace',
      fails: ['DELETE', '/namespaces/osm2'],
      code: 3,
      says: /^error: Could not delete OSM namespace \[osm2\]: /m,
    },
    {
      line: 'uninstall mesh --mesh-name m2 -f -a',
      fails: ['DELETE', '/mutatingwebhookconfigurations/osm-webhook-m2'],
      code: 3,
      says: /^Found but failed to delete OSM MutatingWebhookConfiguration osm-webhook-m2: /m,
    },
    {
      line: 'uninstall mesh --mesh-name m2 -f -a',
      fails: ['DELETE', '/secrets/osm-ca-bundle'],
      code: 3,
      says: /^Found but failed to delete the OSM secret osm-ca-bundle in namespace osm2: /m,
    },
  ],
  '§13.1 N, namespaces': [
    {
      line: 'verify connectivity --from-pod none/p --to-ext-port 80',
      code: 1,
      says: /^Reason: Error fetching namespace "none"$/m,
    },
    {
      line: 'verify connectivity --from-pod plain/p --to-ext-port 80',
      code: 1,
      says: /^Reason: Missing label "openservicemesh\.io\/monitored-by" on namespace "plain"\nSuggestion: Add label /m,
    },
    {
      line: 'verify connectivity --from-pod a/p --to-ext-port 80 --mesh-name m2',
      code: 1,
      says: /^Reason: Expected label "openservicemesh\.io\/monitored-by" to have value "m2", got "osm"$/m,
    },
  ],
  '§13.1 S, sidecars': [
    {
      line: 'verify connectivity --from-pod a/none --to-ext-port 80',
      code: 1,
      says: /^Reason: pods "none" not found\nSuggestion: Confirm pod "a\/none" exists$/m,
    },
    {
      line: 'verify connectivity --from-pod a/bare --to-ext-port 80',
      code: 1,
      says: /^Reason: Did not find Envoy sidecar on pod "a\/bare"\nSuggestion: Ensure pod "a\/bare" has sidecar injection/m,
    },
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend x --to-port 80',
      code: 1,
      says: /^Reason: Found Envoy sidecar on pod "a\/p" when one wasn't expected\nSuggestion: Ensure pod "a\/p" does not have/m,
    },
  ],
  '§13.1 I, IngressBackends': [
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend none --to-port 80',
      code: 1,
      says: /^Reason: ingressbackends\..* "none" not found\nSuggestion: Confirm IngressBackend "b\/none" exists$/m,
    },
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend nothing --to-port 80',
      code: 1,
      says: /^Reason: No backends detected for IngressBackend "b\/nothing"\nSuggestion: Add a valid backend/m,
    },
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend x --to-port 81',
      code: 1,
      says: /^Reason: No backend matching port 81 and protocol http found in IngressBackend "b\/x"\nSuggestion: Add a backend/m,
    },
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend x --to-port 80',
      code: 1,
      says: /^Reason: No source matching service "a\/p" found in IngressBackend "b\/x"\nSuggestion: Add a source for service/m,
    },
  ],
  '§13.2 verify connectivity': [
    {
      line: 'verify connectivity --from-pod a/p --to-ext-port 80 --osm-namespace osm2',
      code: 3,
      says: /^error: .*osm-mesh-config.*not found/,
    },
    {
      line: 'verify connectivity --from-pod b/q --to-ext-port 80',
      code: 4,
      says: /^Status: Unknown\nReason: Error retrieving Envoy config for pod "b\/q", err: "Pod q in namespace b is not running"$/m,
    },
    {
      line: 'verify connectivity --from-pod a/p --to-pod b/q --to-service s',
      code: 1,
      says: /^Reason: Destination service "b\/s" not found: services "s" not found$/m,
    },
  ],
  '§13.3 verify control-plane-health': [
    {
      line: 'verify control-plane-health --osm-namespace h0',
      code: 1,
      says: /^Reason: No pods found for app h0\/osm-controller$/m,
    },
    {
      line: 'verify control-plane-health --osm-namespace h1',
      code: 1,
      says: /^Reason: Pod not ready: h1\/osm-controller-0 not scheduled$/m,
    },
    {
      line: 'verify control-plane-health --osm-namespace h2',
      code: 1,
      says: /^Reason: Pod not ready: h2\/osm-controller-0 init-containers pending completion$/m,
    },
    {
      line: 'verify control-plane-health --osm-namespace h3',
      code: 1,
      says: /^Reason: Pod not ready: h3\/osm-controller-0 not ready, h3\/osm-controller-0 containers not ready$/m,
    },
    {
      line: 'verify control-plane-health --osm-namespace h4',
      code: 1,
      says: /^Reason: Pod not ready: h4\/osm-controller-0 not ready$/m,
    },
    {
      line: 'verify control-plane-health --osm-namespace h5',
      code: 1,
      says: /^Reason: Probe failure: HTTP probe failed for pod h5\/osm-controller-0: unexpected response code: 503$/m,
    },
    {
      line: 'verify control-plane-health',
      user: 'nobody',
      code: 4,
      says: /^Status: Unknown\nReason: Error fetching pods for app osm-system\/osm-controller, err: .*forbidden/m,
    },
  ],
  '§13.5 verify ingress': [
    {
      line: 'verify ingress --from-service a/p --to-pod b/q --to-service s --ingress-backend x --to-port 80 --app-protocol tcp',
      code: 1,
      says: /^Reason: Ingress verifier only supports the following protocol\(s\): "http", "https"$/m,
    },
    {
      line: 'verify ingress --from-service a/none --to-pod b/q --to-service s --ingress-backend x --to-port 80',
      code: 1,
      says: /^Reason: Error retrieving source ingress service a\/none: services "none" not found$/m,
    },
  ],
  '§14 version': [
    {
      line: 'version',
      user: 'nobody',
      code: 3,
      says: /^error: unable to list meshes within the cluster: Could not list deployments: /m,
    },
    {
      line: 'version',
      fails: ['GET', ':9091/proxy/version'],
      code: 3,
      says: /^error: Failed to get mesh version for mesh osm in namespace osm-system: /m,
    },
  ],
};

integration('failures that the reference of osm tells of', (server) => {
  let admin: Cluster;
  let kubelet: Kubelet;
  let proxy: FaultProxy;
  let envoy: Server;
  let reader: string;

  async function pod(
    namespace: string,
    name: string,
    { labels = { 'osm-proxy-uuid': UUID }, containers = ['app', 'envoy'], status = {} }: Partial<PodFixture> = {},
  ): Promise<void> {
    const spec = {
      containers: containers.map((container) => ({ name: container, image: 'none' })),
      nodeName: kubelet.node,
    };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await asAdmin(server.control, 'POST', path, body);
    await kubelet.hears(namespace, name, containers[0]!);
    await asAdmin(server.control, 'PUT', `${path}/${name}/status`, { ...body, status });
  }

  interface PodFixture {
    readonly labels: Readonly<Record<string, string>>;
    readonly containers: readonly string[];
    readonly status: object;
  }

  before(async function () {
    this.timeout(60_000);
    admin = await server.connect('admin');
    await wipe(server, admin);
    proxy = await startFaultProxy(server.control);
    const answers: Record<string, [number, string]> = {
      '/health/alive': [503, 'no'],
      '/ready': [200, 'LIVE'],
      '/config_dump?include_eds': [200, dumpOfNothing],
    };
    envoy = createServer((request, response) => {
      const [status, body] = answers[request.url ?? ''] ?? [404, 'no'];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => envoy.listen(0, '127.0.0.1', resolve));
    const { port } = envoy.address() as AddressInfo;
    kubelet = await startKubelet(server, { 15000: port, 9091: port });
    const namespaces: Record<string, Record<string, string>> = {
      a: { 'openservicemesh.io/monitored-by': 'osm' },
      b: { 'openservicemesh.io/monitored-by': 'osm' },
      metered: { 'openservicemesh.io/monitored-by': 'osm' },
      empty: { 'openservicemesh.io/monitored-by': '' },
      unknown: { 'openservicemesh.io/monitored-by': 'm9' },
      ignored: { 'openservicemesh.io/ignore': 'true' },
      ...Object.fromEntries(
        ['plain', 'osm-system', 'osm2', 'h0', 'h1', 'h2', 'h3', 'h4', 'h5'].map((name) => [name, {}]),
      ),
    };
    for (const [name, labels] of Object.entries(namespaces))
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    await admin.create(controlPlane('osm', 'osm-system'));
    await admin.create(controlPlane('m2', 'osm2'));
    const config = installed('osm-system') as KubernetesObject & { spec: { traffic: object } };
    Object.assign(config.spec.traffic, { enablePermissiveTrafficPolicyMode: false });
    await admin.create(config);
    for (const [name, backends] of [
      ['nothing', []],
      ['x', [{ name: 's', port: { number: 80, protocol: 'http' } }]],
    ] as const)
      await admin.create({
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'IngressBackend',
        metadata: { name, namespace: 'b' },
        spec: { backends, sources: [{ kind: 'Service', name: 'other', namespace: 'a' }] },
      } as KubernetesObject);
    const service = { selector: { 'osm-proxy-uuid': UUID }, ports: [{ port: 80 }] };
    await admin.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'p', namespace: 'a' },
      spec: service,
    } as KubernetesObject);
    const running = { phase: 'Running' };
    await pod('a', 'p', { status: running });
    await pod('a', 'bare', { labels: {}, containers: ['app'], status: running });
    await pod('b', 'q', { status: { phase: 'Pending', reason: 'Held' } });
    await pod('b', 'odd', { labels: { 'osm-proxy-uuid': 'x' }, status: running });
    await pod('metered', 'p', { status: running });
    const marks = {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '15010',
      'prometheus.io/path': '/stats/prometheus',
    };
    await admin.patch({ kind: kinds.Pod, name: 'p', namespace: 'metered' }, 'merge', {
      metadata: { annotations: marks },
    });
    const metrics = { metadata: { annotations: { 'openservicemesh.io/metrics': 'enabled' } } };
    await admin.patch({ kind: kinds.Namespace, name: 'metered' }, 'merge', metrics);
    const controller = (namespace: string, conditions: readonly (readonly [string, string])[]) =>
      pod(namespace, 'osm-controller-0', {
        labels: { app: 'osm-controller', 'app.kubernetes.io/instance': 'osm' },
        containers: ['osm-controller'],
        status: { ...running, conditions: conditions.map(([type, status]) => ({ type, status })) },
      });
    await controller('h1', [['PodScheduled', 'False']]);
    await controller('h2', [
      ['Initialized', 'False'],
      ['Ready', 'True'],
      ['ContainersReady', 'True'],
    ]);
    await controller('h3', [
      ['Initialized', 'True'],
      ['Ready', 'False'],
      ['ContainersReady', 'False'],
      ['PodScheduled', 'True'],
    ]);
    await controller('h4', []);
    await controller('h5', [['Ready', 'True']]);
    await controller('osm-system', [['Ready', 'True']]);
    const looks = { apiGroups: ['', 'apps'], resources: ['namespaces', 'pods', 'deployments'], verbs: ['get', 'list'] };
    reader = await server.createUser('reader', { cluster: [looks] });
  });

  after(async () => {
    envoy?.close();
    await proxy?.close();
    await kubelet?.stop();
    await wipe(server, admin);
  });

  /** What of osm2 an attempt to uninstall may have taken away. */
  async function meshToUninstall(): Promise<void> {
    const labels = {
      'app.kubernetes.io/name': 'openservicemesh.io',
      'app.kubernetes.io/instance': 'm2',
      app: 'osm-injector',
    };
    const webhook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'osm-webhook-m2', labels },
    };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'osm-ca-bundle', namespace: 'osm2' } };
    for (const object of [webhook, secret]) await admin.create(object).catch(() => undefined);
  }

  for (const [table, rows] of Object.entries(failures)) {
    it(table, async function () {
      this.timeout(40_000);
      for (const { line, user = 'admin', fails, code, says } of rows) {
        if (line.startsWith('uninstall')) await meshToUninstall();
        const [method, part = ''] = fails ?? [];
        const when = (seen: SeenRequest): boolean => seen.method === method && seen.path.includes(part);
        proxy.plan(...(fails ? [{ fault: { status: 400, body: 'no' }, when, times: Infinity }] : []));
        const through = fails && { cluster: { server: proxy.url } };
        const KUBECONFIG = server.kubeconfigFor(user === 'reader' ? reader : user, through);
        const run = await runWarm(line.split(' '), { env: { KUBECONFIG } });
        const told = run.stdout + run.stderr;
        assert.match(told, says, `${line}\n${told}`);
        assert.equal(run.code, code, `${line}\n${told}`);
      }
    });
  }
});
