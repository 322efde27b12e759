import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

import { sourcePlugin } from '../../scripts/build/source-commands.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { controlPlane } from '../mesh/support/cli.js';
import { installed } from '../mesh/support/meshconfig.js';
import { environment, executable, runCli, type Run } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';
import { integration, withCustomResources, type KubeconfigChanges } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startFaultProxy } from './support/fault-proxy.js';
import { appendLine, startKubelet, type Kubelet } from './support/kubelet.js';
import { wipe } from './support/wipe.js';

const UUID = '7d6a6a0e-0f3c-4a3e-9d56-2a1d0f4c9f11';

interface Index {
  readonly items: readonly {
    readonly what: string;
    readonly of: string;
    readonly path: string | null;
    readonly problem: string | null;
  }[];
}

integration('support bug-report', (server) => {
  let admin: Cluster;
  let kubelet: Kubelet;
  let envoy: Server;
  let folder: string;
  let silent = false;
  let count = 0;

  async function pod(namespace: string, name: string, labels: object, containers: readonly string[]): Promise<void> {
    const spec = {
      nodeName: kubelet.node,
      containers: containers.map((container) => ({
        name: container,
        image: 'none',
        env: [{ name: 'DATABASE', value: 'hunter2' }],
      })),
    };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec };
    await asAdmin(server.control, 'POST', `/api/v1/namespaces/${namespace}/pods`, body);
    await kubelet.hears(namespace, name, containers[0]!);
  }

  before(async function () {
    this.timeout(60_000);
    admin = await server.connect('admin');
    await withCustomResources(server.control);
    await wipe(server, admin);
    folder = mkdtempSync(join(server.control.folder, 'reports-'));
    envoy = createServer((request, response) => {
      if (silent) return void response.writeHead(503).end('no');
      const isJson = /config_dump|certs/.test(request.url ?? '');
      response.end(isJson ? '{"configs": [{"private_key": {"inline_string": "hunter2"}}]}' : `${request.url}\n`);
    });
    await new Promise<void>((resolve) => envoy.listen(0, '127.0.0.1', resolve));
    kubelet = await startKubelet(server, { 15000: (envoy.address() as AddressInfo).port });
    appendLine(kubelet.log, 'Authorization: Bearer hunter2');
    for (const [name, labels] of [
      ['osm2', {}],
      ['curl', { 'openservicemesh.io/monitored-by': 'm2' }],
    ] as const)
      await asAdmin(server.control, 'POST', '/api/v1/namespaces', { metadata: { name, labels } });
    await server.apply(JSON.stringify(controlPlane('m2', 'osm2')));
    await admin.create(installed('osm2'));
    const meshConfig = { kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm2' };
    const spec = { traffic: { enableEgress: false }, featureFlags: { enableEgressPolicy: true } };
    await admin.patch(meshConfig, 'merge', { spec });
    await admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'osm-ca-bundle', namespace: 'osm2' },
      stringData: { 'ca.crt': 'hunter2' },
    } as never);
    await server.apply(
      `{apiVersion: policy.openservicemesh.io/v1alpha1, kind: Egress, metadata: {name: web, namespace: curl}, spec: {
        sources: [{kind: ServiceAccount, name: curl, namespace: curl}], hosts: [httpbin.org], ports: [{number: 80, protocol: http}]}}`,
    );
    await server.apply('{apiVersion: v1, kind: ServiceAccount, metadata: {name: curl, namespace: curl}}');
    await pod('curl', 'curl-0', { app: 'curl', 'osm-proxy-uuid': UUID }, ['curl', 'envoy']);
    await pod('curl', 'plain-0', { app: 'plain' }, ['plain']);
    await pod('osm2', 'osm-controller-0', { 'app.kubernetes.io/name': 'openservicemesh.io', app: 'osm-controller' }, [
      'osm-controller',
      'fluent-bit',
    ]);
    const template = { metadata: { labels: { app: 'curl' } }, spec: { containers: [{ name: 'curl', image: 'none' }] } };
    await server.apply(
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'curl', namespace: 'curl' },
        spec: { selector: { matchLabels: { app: 'curl' } }, template },
      }),
    );
  });
  after(async () => {
    envoy?.closeAllConnections();
    envoy?.close();
    await kubelet?.stop();
    await wipe(server, admin);
  });

  async function reported(
    words: readonly string[],
    user = 'admin',
    changes: KubeconfigChanges = {},
  ): Promise<
    Run & {
      readonly file: string;
      readonly index: () => Index;
      readonly text: (path: string) => string;
      readonly all: () => string;
    }
  > {
    const file = join(folder, `report-${count++}.tar.gz`);
    const env = { KUBECONFIG: server.kubeconfigFor(user, changes) };
    const run = await runCli(['support', 'bug-report', '-o', file, '--osm-namespace', 'osm2', ...words], { env });
    const text = (path: string): string =>
      execFileSync('tar', ['-xzOf', file, `osm-ts-bug-report/${path}`], { encoding: 'utf8' });
    const all = (): string => execFileSync('tar', ['-xzOf', file], { encoding: 'utf8' });
    return { ...run, file, text, all, index: () => JSON.parse(text('bug-report.json')) as Index };
  }

  it('collects what is asked for, without secrets', async function () {
    this.timeout(60_000);
    const { code, stdout, stderr, file, index, text, all } = await reported([
      '--app-namespaces',
      'curl',
      '--app-deployments',
      'curl/curl',
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      [
        '[+] Collecting information about meshed namespaces',
        '✓ Finished generating report for meshed namespaces\n\n',
        '[+] Collecting information from individual app namespaces',
        '✓ Collected report from Namespace "curl"',
        '✓ Finished generating report for individual app namespaces\n\n',
        '[+] Collecting information from individual app pods',
        '✓ Collected report for Pod "curl/curl-0"',
        '✓ Finished generating report for individual app pods\n\n',
        '[+] Collecting information from control plane',
        '✓ Collected report for Pod osm2/osm-controller-0',
        '✓ Finished generating report for control plane\n\n',
        `✓ Bug report successfully archived to ${file}\n`,
      ].join('\n'),
    );
    assertFits(index(), 'bug-report');
    assertFits(JSON.parse(text('snapshot.json')), 'cluster-snapshot');
    const paths = index().items.map(({ path }) => path);
    for (const path of [
      'namespaces/curl/events.yaml',
      'namespaces/curl/pods/curl-0/logs/envoy.log',
      ...['config_dump.json', 'certs.json', 'clusters.txt', 'listeners.txt', 'ready.txt', 'stats.txt'].map(
        (name) => `namespaces/curl/pods/curl-0/envoy/${name}`,
      ),
      'namespaces/osm2/pods/osm-controller-0/logs/fluent-bit.log',
      'namespaces/osm2/secret-names.txt',
      'objects/curl/egresses.yaml',
      'objects/osm2/meshconfigs.yaml',
    ])
      assert.ok(paths.includes(path), path);
    assert.match(text('namespaces/osm2/secret-names.txt'), /^osm-ca-bundle$/m);
    assert.equal(text('namespaces/curl/pods/curl-0/envoy/ready.txt'), '/ready\n');
    assert.match(text('namespaces/curl/pods/curl-0/logs/envoy.log'), /Authorization: \[redacted\]/);
    assert.doesNotMatch(all(), /hunter2/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('tells of each Ingress, IngressBackend and ingress controller, and of pods that were started again', async function () {
    this.timeout(60_000);
    const ingress = (namespace: string) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace },
      spec: { defaultBackend: { service: { name: 'curl', port: { number: 80 } } } },
    });
    const backend = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'IngressBackend',
      metadata: { name: 'to-curl', namespace: 'curl' },
      spec: { backends: [{ name: 'curl', port: { number: 80, protocol: 'http' } }], sources: [] },
    };
    await server.apply([ingress('osm2'), backend, ingress('curl')].map((each) => JSON.stringify(each)).join('\n---\n'));
    await pod('curl', 'nginx-0', { 'app.kubernetes.io/name': 'ingress-nginx' }, ['controller']);
    const path = '/api/v1/namespaces/osm2/pods/osm-controller-0/status';
    const startAgain = async (restartCount: number): Promise<void> => {
      const controller = (await asAdmin(server.control, 'GET', path.replace('/status', ''))) as KubernetesObject;
      const container = { name: 'osm-controller', ready: true, restartCount, image: 'none', imageID: '', state: {} };
      const status = { phase: 'Running', containerStatuses: [container] };
      await asAdmin(server.control, 'PUT', path, { ...controller, status });
    };
    await startAgain(1);
    // this kubelet has no logs of containers that were started again
    const proxy = await startFaultProxy(server.control);
    proxy.plan({ fault: { status: 200, body: 'before\n' }, when: (asked) => asked.path.includes('previous=true') });
    const cluster = { server: proxy.url };
    const { stdout, stderr, code } = await reported(['--ingress'], 'admin', { cluster }).finally(() => proxy.close());
    await startAgain(0);
    assert.equal(code, 0, stderr);
    const lines = [
      '✓ Collected report for Pod osm2/osm-controller-0',
      '✓ Collected previous report for Pod osm2/osm-controller-0',
      '✓ Finished generating report for control plane\n\n',
      '[+] Collecting ingress information',
      '✓ Collected report for ingress curl/web',
      '✓ Collected report for ingress backend curl/to-curl',
      '✓ Collected report for ingress osm2/web',
      '✓ Collected report for ingress controller curl/nginx-0',
      '✓ Finished generating report for ingress\n\n',
    ];
    assert.ok(stdout.includes(`\n${lines.join('\n')}\n`), stdout);
  });

  it('is a snapshot that is asked in the place of the cluster', async function () {
    this.timeout(60_000);
    const { file } = await reported([]);
    const explain = (url: string, ...words: string[]): Promise<Run> =>
      runCli(['egress', 'explain', url, '--from', 'curl/curl', '-f', file, ...words]);
    const allowed = await explain('http://httpbin.org/get');
    assert.equal(allowed.code, 0, allowed.stderr + allowed.stdout);
    assert.match(allowed.stdout, /report-\d+\.tar\.gz:objects\/curl\/egresses\.yaml:\d+/);
    const live = await runCli(
      [
        'egress',
        'explain',
        'http://example.org/',
        '--from',
        'curl/curl',
        '-o',
        'json',
        '--osm-namespace',
        'osm2',
        '--mesh-name',
        'm2',
      ],
      { env: { KUBECONFIG: server.kubeconfigFor('admin') } },
    );
    const archived = await explain('http://example.org/', '-o', 'json');
    const verdict = ({ stdout }: Run): unknown => (JSON.parse(stdout) as { verdict: string }).verdict;
    assert.deepEqual([archived.code, verdict(archived)], [live.code, verdict(live)]);
    const lint = await runCli(['egress', 'lint', '-f', file]);
    assert.ok(lint.code === 0 || lint.code === 1, lint.stderr);
  });

  it('says what it could not collect, and lets nobody take that for something that is not there', async function () {
    this.timeout(60_000);
    const missing = await reported([
      '--app-pods',
      'curl/none,curl/plain-0',
      '--app-deployments',
      'curl/none',
      '--app-namespaces',
      'nowhere',
    ]);
    assert.equal(missing.code, 3);
    assert.doesNotMatch(missing.stdout, /Collected report for Pod "|Finished generating report for individual app/);
    for (const line of [
      'warning: not collected: pod curl/none: it is not there',
      'warning: not collected: sidecar of pod curl/plain-0: the pod has no sidecar of a mesh',
      'warning: not collected: deployment curl/none: it is not there',
      'warning: not collected: namespace nowhere: there is no such namespace',
      'error: 4 of ',
    ])
      assert.ok(missing.stderr.includes(line), `${line}\n${missing.stderr}`);
    assert.equal(missing.index().items.filter(({ problem }) => problem !== null).length, 4);
    silent = true;
    const ill = await reported(['--app-pods', 'curl/curl-0']).finally(() => (silent = false));
    assert.equal(ill.code, 3);
    assert.match(ill.stderr, /not collected: Envoy's \/ready of pod curl\/curl-0: Envoy answers 503/);

    const rules = [{ apiGroups: [''], resources: ['namespaces', 'services', 'pods'], verbs: ['get', 'list'] }];
    const some = await reported([], await server.createUser('some', { cluster: rules }));
    assert.equal(some.code, 3);
    const answer = await runCli([
      'egress',
      'explain',
      'http://example.org/',
      '--from',
      'curl/curl',
      '-f',
      some.file,
      '--mesh-name',
      'm2',
    ]);
    assert.equal(answer.code, 4, answer.stdout + answer.stderr);
    assert.match(answer.stderr, /egresses.*forbidden/i);
  });

  it('works as the examples of its help say', async function () {
    this.timeout(60_000);
    await asAdmin(server.control, 'POST', '/api/v1/namespaces', { metadata: { name: 'bookbuyer' } });
    await pod('bookbuyer', 'bookbuyer-0', { 'osm-proxy-uuid': UUID }, ['app', 'envoy']);
    const { commands } = await sourcePlugin({ lenient: true });
    const { examples = [] } = commands.find(({ id }) => id === 'support:bug-report')!;
    const env = { KUBECONFIG: server.kubeconfigFor('admin'), TMPDIR: folder };
    for (const example of examples) {
      assert.ok(typeof example === 'string');
      const words = example.replace('<%= config.bin %> ', '').split(' ');
      const { code, stderr, stdout } = await runCli(words, { env, cwd: folder });
      assert.equal(code, 0, `${example}\n${stderr}`);
      const [, file = ''] = /archived to (\S+)/.exec(stdout) ?? [];
      assert.ok(statSync(resolve(folder, file)).size > 100, file);
    }
    assert.equal(examples.length, 2);
  });

  it('refuses before it collects, and leaves nothing half done', async function () {
    this.timeout(60_000);
    const env = { KUBECONFIG: server.kubeconfigFor('admin') };
    for (const [words, told] of [
      [['-o', join(folder, 'x.zip')], /does not say a kind of archive/],
      [['-o', join(folder, 'x.gz')], /ends in \.tar\.gz or \.tgz/],
      [['-o', join(folder, 'none', 'x.tgz')], /cannot be read: no such file|no such file or directory/],
      [['--app-pods', 'p'], /--app-pods "p" lacks a namespace/],
      [['--app-pods', 'a/b,'], /--app-pods/],
    ] as const) {
      const { code, stderr, stdout } = await runCli(['support', 'bug-report', ...words], { env });
      assert.deepEqual([code, stdout, told.test(stderr)], [2, '', true], stderr);
    }
    const before = readdirSync(folder);
    const unreachable = server.kubeconfigFor('admin', { cluster: { server: 'https://127.0.0.1:1' } });
    const file = join(folder, 'kept.tgz');
    writeFileSync(file, 'old');
    const failed = await runCli(['support', 'bug-report', '-o', file], { env: { KUBECONFIG: unreachable } });
    assert.equal(failed.code, 3);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), [...before, 'kept.tgz'].sort());
    await server.whileFrozen(async () => {
      const words = [executable, 'support', 'bug-report', '-o', file];
      const child = spawn(process.execPath, words, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      while (!readdirSync(folder).some((name) => name.includes('partial')))
        await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill('SIGINT');
      assert.equal(await ended, 130, stderr);
      assert.match(stderr, /^error: interrupted: no archive is left$/m);
    });
    assert.deepEqual(readdirSync(folder), [...before, 'kept.tgz'].sort());
  });
});
