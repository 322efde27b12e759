import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { sourcePlugin } from '../../scripts/build/source-commands.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import { cliFor, controlPlane, type Cli } from '../mesh/support/cli.js';
import { installed } from '../mesh/support/meshconfig.js';
import { assertFits } from '../support/schema.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startFaultProxy, type FaultProxy } from './support/fault-proxy.js';
import { startKubelet, type Kubelet } from './support/kubelet.js';

const UUID = '7d6a6a0e-0f3c-4a3e-9d56-2a1d0f4c9f11';

integration('commands of osm', (server) => {
  let admin: Cluster;
  let cli: Cli;
  let kubelet: Kubelet;
  let proxy: FaultProxy;
  let envoy: Server;
  const seen: string[] = [];
  const parsed = <T>(text: string, schema: string): T => {
    const document = JSON.parse(text) as T;
    assertFits(document, schema);
    return document;
  };

  async function pod(
    namespace: string,
    name: string,
    { labels = {}, annotations = {}, account = 'default', running = false } = {},
  ): Promise<void> {
    const metadata = { name, namespace, labels: { 'osm-proxy-uuid': UUID, ...labels }, annotations };
    const containers = ['app', 'envoy'].map((container) => ({ name: container, image: 'none' }));
    const spec = { serviceAccountName: account, containers, ...(running && { nodeName: kubelet.node }) };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await asAdmin(server.control, 'POST', path, body);
    if (!running) return;
    await kubelet.hears(namespace, name, 'app');
    await asAdmin(server.control, 'PUT', `${path}/${name}/status`, { ...body, status: { phase: 'Running' } });
  }

  const annotationsOf = async (namespace: string, name?: string): Promise<Record<string, string> | undefined> => {
    const { metadata } =
      name === undefined
        ? await admin.get({ kind: kinds.Namespace, name: namespace })
        : await admin.get({ kind: kinds.Pod, name, namespace });
    return metadata.annotations;
  };

  before(async function () {
    this.timeout(40_000);
    admin = await server.connect('admin');
    cli = cliFor(server);
    proxy = await startFaultProxy(server.control);
    envoy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === '/silent') return;
      if (request.url === '/cut' && seen.filter((one) => one.endsWith(' /cut')).length === 1) {
        response.writeHead(200, { 'content-length': 5 }).write('te');
        return void kubelet.stop().then(() => kubelet.start());
      }
      if (request.url === '/gone') return void response.writeHead(503).end('not ready\nmore');
      if (request.url === '/bytes') return void response.end(Buffer.from([0, 255, 27, 10]));
      response.end(request.url?.includes('json') || request.url === '/config_dump' ? '{"a":[1]}' : 'text\n');
    });
    await new Promise<void>((resolve) => envoy.listen(0, '127.0.0.1', resolve));
    kubelet = await startKubelet(server, { 15000: (envoy.address() as AddressInfo).port });
    for (const [name, mesh] of [
      ['bookbuyer', 'osm'],
      ['bookstore', 'osm'],
      ['other', 'm2'],
      ['plain', ''],
      ['osm-system', ''],
      ['osm2', ''],
    ] as const) {
      const labels = mesh === '' ? {} : { 'openservicemesh.io/monitored-by': mesh };
      await server.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
    }
    await server.apply(JSON.stringify(controlPlane('osm', 'osm-system')));
    await server.apply(JSON.stringify(controlPlane('m2', 'osm2')));
    await admin.create(installed('osm-system'));
    await pod('bookbuyer', 'bookbuyer-0', { labels: { app: 'bookbuyer' }, account: 'bookbuyer', running: true });
    await pod('bookstore', 'bookstore-0', {
      account: 'bookstore',
      annotations: { 'prometheus.io/port': '9999', own: 'x' },
    });
    await pod('other', 'other-0');
    const template = {
      metadata: { labels: { app: 'bookbuyer' } },
      spec: { serviceAccountName: 'bookbuyer', containers: [{ name: 'app', image: 'none' }] },
    };
    const metadata = { name: 'bookbuyer', namespace: 'bookbuyer' };
    const spec = { selector: { matchLabels: { app: 'bookbuyer' } }, template };
    await server.apply(JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }));
  });

  after(async () => {
    envoy?.closeAllConnections();
    envoy?.close();
    await admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm-system' });
    for (const [mesh, namespace] of [
      ['osm', 'osm-system'],
      ['m2', 'osm2'],
    ] as const) {
      await admin.delete({ kind: kinds.Deployment, name: `osm-controller-${mesh}`, namespace });
    }
    await proxy?.close();
    await kubelet?.stop();
  });

  it('run as the examples of their help say', async function () {
    this.timeout(90_000);
    const { commands } = await sourcePlugin({ lenient: true });
    // the others have their own tests
    const elsewhere = ['mesh:upgrade', 'support:bug-report'];
    const all = commands.filter(({ id }) => !elsewhere.includes(id));
    const mine = all.filter(({ id }) => /^(?:mesh|metrics|policy|proxy|support|env|version)\b/.test(id));
    assert.deepEqual(mine.map(({ id }) => id).sort(), [
      ...['env', 'mesh:list', 'metrics:disable', 'metrics:enable', 'policy:check-conflicts', 'policy:check-pods'],
      ...['proxy:get', 'proxy:set', 'support:error-info', 'version'],
    ]);
    for (const { id, examples = [] } of mine) {
      assert.ok(examples.length > 0, id);
      for (const example of examples) {
        assert.ok(typeof example === 'string');
        const words = example.replace('<%= config.bin %> ', '').split(' ');
        const at = words.indexOf('-f');
        if (id === 'proxy:get' && at >= 0) words[at + 1] = join(server.control.folder, 'dump.json');
        const run = await cli(...words);
        assert.equal(run.code, 0, `${example}\n${run.stderr}`);
      }
    }
    assert.equal(readFileSync(join(server.control.folder, 'dump.json'), 'utf8'), 'text\n');
  });

  it('mesh list tells what there is in every format, and why something is not known', async () => {
    const { items } = parsed<{ items: Record<string, unknown>[] }>(
      (await cli('mesh', 'list', '-o', 'json')).stdout,
      'mesh-list',
    );
    // other tests leave namespaces in this mesh
    const isOwn = (name: string): boolean => ['bookbuyer', 'bookstore', 'other'].includes(name);
    const mine = items.filter(({ namespace }) => namespace === 'osm-system' || namespace === 'osm2');
    assert.deepEqual(
      mine.map(({ name, namespaces, pods, smi }) => [name, (namespaces as string[]).filter(isOwn), pods, smi]),
      [
        ['osm', ['bookbuyer', 'bookstore'], { total: 0, running: 0 }, null],
        ['m2', ['other'], { total: 0, running: 0 }, null],
      ],
    );
    const wide = await cli('mesh', 'list', '-o', 'wide');
    assert.match(wide.stdout, /^osm +osm-system +v1\.2\.4 +0\/0 +\S*bookbuyer,bookstore\S* +Unknown$/m);
    assert.match(
      wide.stderr,
      /^warning: SMI support of mesh \[osm\] in namespace \[osm-system\]: there is no osm-controller pod$/m,
    );
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }];
    const some = await cliFor(server, await server.createUser('deployments', { cluster: rules }))('mesh', 'list');
    assert.equal(some.code, 0);
    assert.match(some.stdout, /^osm +osm-system +v1\.2\.4 +Unknown$/m);
    assert.match(some.stderr, /^warning: namespaces of mesh \[osm\].*forbidden/m);
  });

  describe('metrics', () => {
    const marks = {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '15010',
      'prometheus.io/path': '/stats/prometheus',
    };
    beforeEach(async () => {
      await cli('metrics', 'disable', '--namespace', 'bookbuyer,bookstore');
      const annotations = { 'prometheus.io/port': '9999', own: 'x' };
      const ref = { kind: kinds.Pod, name: 'bookstore-0', namespace: 'bookstore' };
      await admin.patch(ref, 'merge', { metadata: { annotations } });
    });

    it('changes all namespaces or none', async () => {
      for (const bad of ['plain', 'none', 'bookbuyer,plain,none']) {
        const run = await cli('metrics', 'enable', '--namespace', `bookstore,${bad}`);
        assert.deepEqual([run.stdout, run.code], ['', bad === 'plain' ? 1 : 3], run.stderr);
        assert.match(run.stderr, /^note: nothing has been changed, in no namespace$/m);
      }
      const both = await cli('metrics', 'enable', '--namespace', 'plain,none');
      assert.match(
        both.stderr,
        /Namespace \[plain\] does not belong to a mesh[\s\S]*Failed to retrieve namespace \[none\]/,
      );
      assert.equal((await annotationsOf('bookstore'))?.['openservicemesh.io/metrics'], undefined);
      const rights = (resources: string[]) => [{ apiGroups: [''], resources, verbs: ['get', 'list', 'patch'] }];
      const half = await server.createUser('half', {
        cluster: [{ apiGroups: [''], resources: ['namespaces', 'pods'], verbs: ['get', 'list'] }],
        namespaces: { bookbuyer: rights(['pods', 'namespaces']) },
      });
      const refused = await cliFor(server, half)('metrics', 'enable', '--namespace', 'bookbuyer,bookstore');
      assert.deepEqual([refused.stdout, refused.code], ['', 3]);
      assert.match(refused.stderr, /^error: Failed to enable metrics in namespace \[bookstore\]: .*forbidden/m);
      assert.equal((await annotationsOf('bookbuyer'))?.['openservicemesh.io/metrics'], undefined);
      assert.equal(await annotationsOf('bookbuyer', 'bookbuyer-0'), undefined);
    });

    it('annotates pods, says what it replaces, and takes back only what it wrote', async () => {
      const on = await cli('metrics', 'enable', '--namespace', 'bookbuyer, bookstore', '-o', 'json');
      const summary = parsed<{ items: { object: { kind: string }; result: string }[] }>(on.stdout, 'change-summary');
      assert.deepEqual(
        summary.items.map(({ object, result }) => [object.kind, result]),
        [
          ['Namespace', 'patched'],
          ['Pod', 'patched'],
          ['Namespace', 'patched'],
          ['Pod', 'patched'],
        ],
      );
      assert.equal(on.stderr, 'note: pod [bookstore/bookstore-0] had prometheus.io/port="9999", which is replaced\n');
      assert.deepEqual(await annotationsOf('bookbuyer', 'bookbuyer-0'), marks);
      assert.deepEqual(await annotationsOf('bookstore', 'bookstore-0'), { ...marks, own: 'x' });
      const again = await cli('metrics', 'enable', '--namespace', 'bookbuyer');
      assert.equal(again.stdout, 'Metrics successfully enabled in namespace [bookbuyer]\n');
      await cli('metrics', 'disable', '--all');
      assert.deepEqual(await annotationsOf('bookstore', 'bookstore-0'), { own: 'x' });
      assert.equal((await annotationsOf('bookstore'))?.['openservicemesh.io/metrics'], undefined);
    });

    it('shows what it would do', async () => {
      for (const mode of ['client', 'server']) {
        const run = await cli('metrics', 'enable', '--namespace', 'bookbuyer', `--dry-run=${mode}`);
        assert.match(run.stdout, /^Metrics successfully enabled in namespace \[bookbuyer\] \((server )?dry run\)\n/);
        if (mode === 'client') {
          assert.match(
            run.stdout,
            /\n\{"metadata":\{"annotations":\{"openservicemesh\.io\/metrics":"enabled"\}\}\}\n$/,
          );
          assert.equal(run.stderr, 'note: 1 of its pods would be patched, too\n');
        }
      }
      assert.equal((await annotationsOf('bookbuyer'))?.['openservicemesh.io/metrics'], undefined);
    });

    it('does not say that it succeeded when a pod could not be changed', async () => {
      const isPatch = ({ method, path }: { method: string; path: string }) =>
        method === 'PATCH' && path.includes('/pods/') && !path.includes('dryRun');
      proxy.plan({ fault: { status: 500, body: 'no' }, when: isPatch, times: 9 });
      const run = await cliFor(server, 'admin', proxy.url)('metrics', 'enable', '--namespace', 'bookbuyer');
      assert.deepEqual([run.stdout, run.code], ['', 3]);
      assert.match(
        run.stderr,
        /^note: namespace \[bookbuyer\] is changed, and 1 of its pods is not\nnote: 1 of 2 succeeded; failed: bookbuyer-0\n/,
      );
      assert.match(run.stderr, /error: Failed to enable metrics for existing pod in namespace \[bookbuyer\]: /);
      proxy.plan({
        fault: {
          status: 404,
          body: {
            kind: 'Status',
            apiVersion: 'v1',
            status: 'Failure',
            reason: 'NotFound',
            code: 404,
            details: { name: 'bookbuyer-0', kind: 'pods' },
            message: 'pods "bookbuyer-0" not found',
          },
        },
        when: isPatch,
      });
      const gone = await cliFor(server, 'admin', proxy.url)('metrics', 'enable', '--namespace', 'bookbuyer');
      assert.deepEqual(
        [gone.stdout, gone.stderr, gone.code],
        ['Metrics successfully enabled in namespace [bookbuyer]\n', '', 0],
      );
    });
  });

  describe('policy check-pods', () => {
    const check = async (from: string, to: string) => {
      const run = await cli('policy', 'check-pods', from, to, '-o', 'json');
      return { ...run, document: parsed<Record<string, unknown>>(run.stdout, 'pod-check') };
    };
    const permissive = (value: boolean) =>
      admin.patch({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm-system' }, 'merge', {
        spec: { traffic: { enablePermissiveTrafficPolicyMode: value } },
      });
    const target = (namespace: string | undefined, rules: object[]) =>
      server.apply(
        JSON.stringify({
          apiVersion: 'access.smi-spec.io/v1alpha3',
          kind: 'TrafficTarget',
          metadata: { name: 't', namespace: 'bookstore' },
          spec: {
            destination: { kind: 'ServiceAccount', name: 'bookstore', namespace: 'bookstore' },
            sources: [{ kind: 'ServiceAccount', name: 'bookbuyer', ...(namespace && { namespace }) }],
            rules,
          },
        }),
      );

    it('answers by mode, by TrafficTarget, and by the routes that it names', async () => {
      const [from, to] = ['bookbuyer/bookbuyer-0', 'bookstore/bookstore-0'];
      const open = await check(from, to);
      assert.deepEqual([open.document['verdict'], open.code], ['allowed', 0]);
      await permissive(false);
      const none = await check(from, to);
      assert.deepEqual([none.document['verdict'], none.code], ['denied', 1]);
      await target('bookbuyer', [{ kind: 'HTTPRouteGroup', name: 'routes', matches: ['all'] }]);
      const broken = await check(from, to);
      assert.deepEqual([broken.document['verdict'], broken.code], ['unknown', 4]);
      assert.match(broken.stderr, /TrafficTarget t has no effect while HTTPRouteGroup bookstore\/routes is not there/);
      await server.apply(
        JSON.stringify({
          apiVersion: 'specs.smi-spec.io/v1alpha4',
          kind: 'HTTPRouteGroup',
          metadata: { name: 'routes', namespace: 'bookstore' },
          spec: { matches: [{ name: 'all', pathRegex: '.*', methods: ['*'] }] },
        }),
      );
      const whole = await check(from, to);
      assert.deepEqual([whole.document['verdict'], whole.code, whole.stderr], ['allowed', 0, '']);
      await permissive(true);
    });

    it('never allows pods of two meshes', async () => {
      const apart = await cli('policy', 'check-pods', 'bookbuyer/bookbuyer-0', 'other/other-0');
      assert.equal(
        apart.stdout,
        "[+] Pod 'bookbuyer/bookbuyer-0' is not allowed to communicate to pod 'other/other-0', which is in mesh [m2], not [osm]\n",
      );
      assert.deepEqual([apart.code, (await check('bookbuyer/bookbuyer-0', 'other/other-0')).code], [1, 1]);
    });

    it('needs no right to see namespaces, and then does not know in which mesh pods are', async () => {
      const read = (apiGroups: string[], resources: string[]) => ({ apiGroups, resources, verbs: ['get', 'list'] });
      const user = await server.createUser('pods-only', {
        cluster: [read([''], ['pods']), read(['config.openservicemesh.io'], ['meshconfigs'])],
      });
      const words = ['policy', 'check-pods', 'bookbuyer/bookbuyer-0', 'bookstore/bookstore-0'];
      const run = await cliFor(server, user)(...words);
      assert.equal(run.stdout, (await cli(...words)).stdout);
      assert.equal(run.code, 4, run.stderr);
      assert.match(
        run.stderr,
        /^warning: it is not known in which mesh namespace bookbuyer is: namespaces "bookbuyer" is forbidden/,
      );
    });

    it('takes the usual namespace at its word when somebody names it', async () => {
      const words = ['policy', 'check-pods', 'other/other-0', 'other/other-0'];
      await admin.create(installed('osm2'));
      try {
        assert.deepEqual((await check('other/other-0', 'other/other-0')).document['osmNamespace'], 'osm2');
        const named = await cli(...words, '--osm-namespace', 'osm-system');
        assert.deepEqual([named.code, named.stdout], [3, '']);
        assert.match(
          named.stderr,
          /^error: the pods are in mesh \[m2\], and namespace osm-system does not have its control plane\n.*--osm-namespace osm2/,
        );
      } finally {
        await admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm2' });
      }
    });
  });

  describe('proxy', () => {
    const at = ['-n', 'bookbuyer'];

    it('asks with GET, sets with POST, and passes on every byte', async () => {
      seen.length = 0;
      assert.equal((await cli('proxy', 'get', '/stats?filter=a b', 'bookbuyer-0', ...at)).stdout, 'text\n');
      assert.equal((await cli('proxy', 'set', 'logging?level=debug', 'bookbuyer-0', ...at)).stdout, 'text\n');
      const json = await cli('proxy', 'get', 'clusters', 'deploy/bookbuyer', ...at, '-o', 'json');
      assert.deepEqual([JSON.parse(json.stdout), json.stderr], [{ a: [1] }, 'note: asking pod bookbuyer-0\n']);
      assert.deepEqual(seen, ['GET /stats?filter=a%20b', 'POST /logging?level=debug', 'GET /clusters?format=json']);
      const file = join(server.control.folder, 'bytes');
      await cli('proxy', 'get', 'bytes', 'bookbuyer/bookbuyer-0', '-f', file);
      assert.deepEqual([...readFileSync(file)], [0, 255, 27, 10]);
      const text = await cli('proxy', 'get', 'ready', 'bookbuyer-0', ...at, '-o', 'yaml');
      assert.deepEqual([text.stdout, text.code], ['', 2]);
    });

    it('asks each pod that a selector finds, and goes on after one that fails', async () => {
      const all = await cli('proxy', 'get', 'clusters', '-l', 'app=bookbuyer', ...at, '-o', 'json');
      const documents = all.stdout
        .trimEnd()
        .split('\n')
        .map((line) => parsed<{ pod: string; answer: unknown }>(line, 'proxy-answer'));
      assert.deepEqual(
        documents.map(({ pod, answer }) => [pod, answer]),
        [['bookbuyer/bookbuyer-0', { a: [1] }]],
      );
      const text = await cli('proxy', 'get', 'ready', '-l', 'app=bookbuyer', ...at);
      assert.equal(text.stdout, '==> bookbuyer/bookbuyer-0 <==\ntext\n');
      const failing = await cli('proxy', 'get', 'gone', '-l', 'app=bookbuyer', ...at);
      assert.deepEqual([failing.stdout, failing.code], ['', 3]);
      assert.match(failing.stderr, /^error: bookbuyer\/bookbuyer-0: .*Envoy answers 503/);
      const none = await cli('proxy', 'get', 'ready', '-l', 'app=other', ...at);
      assert.equal(none.code, 3);
      assert.match(
        none.stderr,
        /^error: none of the pods with labels app=other in namespace bookbuyer runs with a sidecar \(there are 0\)/,
      );
      for (const words of [['ready'], ['ready', 'bookbuyer-0', '-l', 'app=bookbuyer']]) {
        const { code, stderr } = await cli('proxy', 'get', ...words, ...at);
        assert.equal(code, 2);
        assert.match(stderr, /missing argument: POD|POD and --selector do not go together/);
      }
    });

    it('connects again when the kubelet comes back, to look, and not to change something', async function () {
      this.timeout(60_000);
      for (const [verb, code, stdout, asked] of [
        ['get', 0, 'text\n', ['GET /cut', 'GET /cut']],
        ['set', 3, '', ['POST /cut']],
      ] as const) {
        seen.length = 0;
        const run = await cli('proxy', verb, 'cut', 'bookbuyer-0', ...at);
        assert.deepEqual([run.code, run.stdout, seen], [code, stdout, asked], run.stderr);
        await kubelet.hears('bookbuyer', 'bookbuyer-0', 'app');
      }
    });

    it('says what is wrong, in time', async () => {
      const cases: [string[], number, RegExp][] = [
        [
          ['gone', 'bookbuyer-0'],
          3,
          /^error: Error retrieving proxy config for pod bookbuyer-0 in namespace bookbuyer: Envoy answers 503: not ready\n/,
        ],
        [['silent', 'bookbuyer-0', '--timeout', '1'], 3, /did not answer within 1 s/],
        [['ready', 'none'], 3, /^error: Could not find pod none in namespace bookbuyer: pods "none" not found/],
        [['ready', 'deploy/none'], 3, /^error: Could not find Deployment none in namespace bookbuyer: /],
        [['ready', 'bookstore/bookstore-0'], 3, /^error: Pod bookstore-0 in namespace bookstore is not running/],
        [['', 'bookbuyer-0'], 2, /^error: "" is nothing that Envoy could be asked/],
        [['ready', 'bookbuyer-0', '-f', '/nonexistent/x'], 2, /^error: \/nonexistent\/x: the answer cannot be written/],
      ];
      for (const [words, code, message] of cases) {
        const run = await cli('proxy', 'get', ...words, ...at);
        assert.deepEqual([run.stdout, run.code], ['', code], words.join(' '));
        assert.match(run.stderr, message);
      }
      const refused = await cliFor(server, 'nobody')('proxy', 'get', 'ready', 'bookbuyer-0', ...at);
      assert.match(refused.stderr, /^error: Could not find pod bookbuyer-0 in namespace bookbuyer: .*forbidden/);
    });
  });

  it('version tells of each mesh, as JSON too', async () => {
    const run = await cli('version', '-o', 'json');
    const { meshes } = parsed<{ meshes: { namespace: string; labelled: string; running: null }[] }>(
      run.stdout,
      'version',
    );
    assert.deepEqual(
      meshes.filter(({ namespace }) => namespace === 'osm2').map(({ labelled, running }) => [labelled, running]),
      [['v1.2.4', null]],
    );
    const refused = await cliFor(server, 'nobody')('version', '-o', 'json');
    assert.equal(refused.code, 3);
    assert.equal(parsed<{ meshes?: unknown }>(refused.stdout, 'version').meshes, undefined);
  });
});
