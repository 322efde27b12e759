import assert from 'node:assert/strict';

import { installEnvoy } from '../../scripts/envoy-server.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { installed } from '../mesh/support/meshconfig.js';
import { startEnvoy, type RealEnvoy } from '../support/real-envoy.js';
import { runWarm, type Run } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { inboundFiles, type InboundOptions } from './support/inbound-files.js';
import { startKubelet, type Kubelet } from './support/kubelet.js';
import { wipe } from './support/wipe.js';

const CONTROLLER = '10.1.1.1';

function envoyOrWhyNot(): { readonly program: string } | { readonly missing: string } {
  try {
    return { program: installEnvoy() };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

integration('verify ingress, with a real Envoy behind port-forward', (server) => {
  let admin: Cluster;
  let kubelet: Kubelet | undefined;
  let envoy: RealEnvoy | undefined;
  let options: InboundOptions;

  const create = (object: object) => admin.create(object as KubernetesObject);

  before(async function () {
    this.timeout(180_000);
    const found = envoyOrWhyNot();
    if ('missing' in found) {
      console.log(`verify ingress was not tested with a real Envoy: ${found.missing}`);
      return this.skip();
    }
    admin = await server.connect('admin');
    await wipe(server, admin);
    const { authority } = server.control;
    options = { service: 'httpbin/web', account: 'httpbin/httpbin', port: 14001, clients: [CONTROLLER], authority };
    envoy = await startEnvoy(found.program, inboundFiles(options));
    kubelet = await startKubelet(server, { 15000: envoy.adminPort });
    const labels = { 'openservicemesh.io/monitored-by': 'osm' };
    for (const [name, own] of [
      ['osm-system', {}],
      ['nginx', labels],
      ['httpbin', labels],
    ] as const)
      await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: own } });
    await admin.create(installed('osm-system'));
    await pod('nginx', 'nginx-0', ['controller'], 'default');
    await pod('httpbin', 'httpbin-0', ['app', 'envoy'], 'httpbin');
    // its name is not that of its namespace, where the mirrored program looks for a chain that nobody makes
    await service('httpbin', 'web', 'httpbin-0', '10.1.1.9', 14001);
    await service('nginx', 'nginx', 'nginx-0', CONTROLLER, 80);
    await create({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'IngressBackend',
      metadata: { name: 'httpbin', namespace: 'httpbin' },
      spec: {
        backends: [{ name: 'web', port: { number: 14001, protocol: 'http' } }],
        sources: [{ kind: 'Service', name: 'nginx', namespace: 'nginx' }],
      },
    });
  });

  after(async () => {
    await kubelet?.stop();
    await envoy?.stop();
    if (envoy) await wipe(server, admin);
  });

  async function pod(namespace: string, name: string, names: readonly string[], account: string): Promise<void> {
    const containers = names.map((container) => ({ name: container, image: 'none' }));
    const labels = {
      app: name,
      ...(names.includes('envoy') && { 'osm-proxy-uuid': '7d6a6a0e-0f3c-4a3e-9d56-2a1d0f4c9f11' }),
    };
    const spec = { serviceAccountName: account, nodeName: kubelet!.node, containers };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await asAdmin(server.control, 'POST', path, body);
    await kubelet!.hears(namespace, name, names[0]!);
    await asAdmin(server.control, 'PUT', `${path}/${name}/status`, { ...body, status: { phase: 'Running' } });
  }

  async function service(namespace: string, name: string, app: string, ip: string, port: number): Promise<void> {
    const metadata = { name, namespace };
    await create({ apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app }, ports: [{ port }] } });
    await create({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [{ addresses: [{ ip }], ports: [{ port }] }],
    });
  }

  const verify = (...more: string[]): Promise<Run> => {
    const words = ['--from-service', 'nginx/nginx', '--to-pod', 'httpbin/httpbin-0', '--to-service', 'web'];
    const rest = ['--ingress-backend', 'httpbin', '--to-port', '14001', ...more];
    return runWarm(['verify', 'ingress', ...words, ...rest], { env: { KUBECONFIG: server.kubeconfigFor('admin') } });
  };

  it('succeeds where all is as it should be', async () => {
    const run = await verify();
    assert.equal(
      run.stdout,
      '---------------------------------------------\n' +
        '[+] Context: Verify if service "nginx/nginx" can access pod "httpbin/httpbin-0" for app protocol "http" via ingress\n' +
        'Status: Success\n\n---------------------------------------------\n',
    );
    assert.equal(run.code, 0);
    const document = JSON.parse((await verify('-o', 'json')).stdout) as object;
    assertFits(document, 'verification');
  });

  it('fails for a client that the chain does not know, and for a Service without Endpoints', async () => {
    const ref = { kind: kinds.Endpoints, name: 'nginx', namespace: 'nginx' };
    const subsets = (ip: string) => [{ addresses: [{ ip }], ports: [{ port: 80 }] }];
    await admin.patch(ref, 'merge', { subsets: subsets('10.1.1.2') });
    const other = await verify();
    assert.equal(other.code, 1);
    assert.match(
      other.stdout,
      /^Reason: Did not find matching inbound filter chain for ingress "httpbin\/web": service endpoint 10\.1\.1\.2 was not found in the ingress inbound filter chain$/m,
    );
    await admin.delete(ref);
    const none = await verify();
    assert.equal(none.code, 1);
    assert.match(none.stdout, /: ingress source service "nginx\/nginx" not found: endpoints "nginx" not found$/m);
    await create({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'nginx', namespace: 'nginx' },
      subsets: subsets(CONTROLLER),
    });
  });

  const backend = { kind: kinds.IngressBackend, namespace: 'httpbin', name: 'httpbin' };
  const spec = (protocol: string, sources: object[], more: object = {}, name = 'web') => ({
    backends: [{ name, port: { number: 14001, protocol }, ...more }],
    sources,
  });
  const nginx = { kind: 'Service', name: 'nginx', namespace: 'nginx' };

  it('compares what the IngressBackend says: the Service, the protocol in capitals or not, ranges of addresses', async () => {
    const set = (value: object) => admin.patch(backend, 'merge', { spec: value });
    await set(spec('http', [{ kind: 'IPRange', name: '10.1.0.0/16' }]));
    assert.equal((await verify('--app-protocol', 'HTTP')).code, 0);
    await set(spec('http', [{ kind: 'IPRange', name: '10.2.0.0/16' }]));
    const outside = await verify();
    assert.equal(outside.code, 1);
    assert.match(outside.stdout, /^Reason: No source matching service "nginx\/nginx" found in IngressBackend/m);
    await set(spec('http', [nginx], {}, 'other'));
    const other = await verify();
    assert.equal(other.code, 1);
    assert.match(
      other.stdout,
      /^Reason: No backend matching port 14001 and protocol http for service "web" found in IngressBackend "httpbin\/httpbin"$/m,
    );
    await set(spec('http', [nginx]));
    const unknown = await verify('--app-protocol', 'tcp');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /only supports the following protocol\(s\): "http", "https"$/m);
  });

  it('of https says what the ingress controller has to show, and succeeds where it need not', async function () {
    this.timeout(30_000);
    const text = inboundFiles({ ...options, protocol: 'https' })['lds.json']!;
    envoy!.update('lds.json', text.replace('"version_info":"1"', '"version_info":"https"'));
    const set = (more: object) =>
      admin.patch(backend, 'merge', {
        spec: spec('https', [nginx, { kind: 'AuthenticatedPrincipal', name: 'i.x' }], more),
      });
    await set({ tls: { skipClientCertValidation: false, sniHosts: ['web.example'] } });
    for (;;) {
      const run = await verify('--app-protocol', 'https');
      if (run.code === 1) continue; // the proxy has not heard of it yet
      assert.equal(run.code, 4, run.stdout);
      assert.match(
        run.stdout,
        /^Reason: Requests pass if the ingress controller shows a certificate of the mesh's authority for "i\.x" and asks for the server name "web\.example"$/m,
      );
      break;
    }
    await set({ tls: { skipClientCertValidation: true, sniHosts: [] } });
    const free = await verify('--app-protocol', 'HTTPS');
    assert.equal(free.code, 0, free.stdout);
    await admin.patch(backend, 'merge', { spec: spec('http', [nginx]) });
    envoy!.update(
      'lds.json',
      inboundFiles(options)['lds.json']!.replace('"version_info":"1"', '"version_info":"http"'),
    );
    while ((await verify()).code !== 0) continue;
  });

  it('follows the proxy: without the chain it fails, with it again it succeeds', async function () {
    this.timeout(30_000);
    const listeners = (clients: readonly string[], version: string): void => {
      const text = inboundFiles({ ...options, clients })['lds.json']!;
      envoy!.update('lds.json', text.replace('"version_info":"1"', `"version_info":"${version}"`));
    };
    const until = async (code: number): Promise<Run> => {
      for (;;) {
        const run = await verify();
        if (run.code === code) return run;
      }
    };
    listeners([], '2');
    const without = await until(1);
    assert.match(without.stdout, /: ingress filter chain ingress_httpbin\/web_14001_http not found$/m);
    listeners([CONTROLLER], '3');
    await until(0);
  });
});
