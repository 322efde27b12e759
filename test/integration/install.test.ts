import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { listReleases, type Release } from '../../src/lib/helm/release.js';
import { environment, executable, packageRoot, runCli, type Run } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startControllers, type Controllers } from './support/controllers.js';
import { availableHelms } from './support/helms.js';
import { startKubelet } from './support/kubelet.js';
import { wipe } from './support/wipe.js';

const chart = join(packageRoot, 'test', 'fixtures', 'chart', 'osm');
const helms = availableHelms();

integration('install and mesh upgrade', (server) => {
  let admin: Cluster;
  let controllers: Controllers;
  let kubeconfig: string;

  before(async () => {
    admin = await server.connect('admin');
    kubeconfig = server.kubeconfigFor('admin');
    controllers = startControllers(server.control);
  });
  beforeEach(async () => {
    await wipe(server, admin);
    controllers.behave('ready');
  });
  after(async () => {
    await controllers.stop();
    await wipe(server, admin);
  });

  const release = async (name: string, namespace = 'osm-system'): Promise<Release | undefined> =>
    (await listReleases(admin, { namespace, name }))[0];
  const names = async (kind: (typeof kinds)[keyof typeof kinds], namespace?: string): Promise<string[]> =>
    (await admin.list<KubernetesObject>(kind, { namespace })).map(({ metadata }) => metadata.name);

  it('says what to do when helm is missing, too old, or no helm', async () => {
    const folder = mkdtempSync(join(server.control.folder, 'path-'));
    const env = { KUBECONFIG: kubeconfig, PATH: folder };
    const run = () => runCli(['install', '--osm-chart-path', chart], { env });
    const missing = await run();
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^error: there is no helm program on PATH.*\n {2}hint: get Helm 3\.10 or newer/);
    const fake = (script: string): void => {
      writeFileSync(join(folder, 'helm'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'helm'), 0o755);
    };
    for (const [script, told] of [
      ['echo v3.9.4', /is of version v3\.9\.4, which is too old/],
      ['echo v2.17.0', /is of version v2\.17\.0, which is too old/],
      ['echo not helm; exit 1', /helm does not tell its version: not helm/],
    ] as const) {
      fake(script);
      const { code, stderr } = await run();
      assert.deepEqual([code, told.test(stderr)], [2, true], stderr);
    }
    assert.deepEqual(await names(kinds.Namespace), ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  });

  for (const { version, folder } of helms) {
    describe(`with helm ${version}`, () => {
      const env = () => ({
        KUBECONFIG: kubeconfig,
        PATH: `${folder}:${process.env['PATH']}`,
        // nothing of these may count
        HELM_NAMESPACE: 'elsewhere',
        HELM_KUBEAPISERVER: 'https://127.0.0.1:1',
        HELM_DRIVER: 'memory',
      });
      const cli = (...args: string[]): Promise<Run> => runCli(args, { env: env() });
      const install = (...args: string[]): Promise<Run> => cli('install', '--osm-chart-path', chart, ...args);
      const upgrade = (...args: string[]): Promise<Run> => cli('mesh', 'upgrade', '--osm-chart-path', chart, ...args);

      it('installs, and leaves what osm leaves', async function () {
        this.timeout(60_000);
        const { stdout, stderr, code } = await install('--set', 'osm.image.tag=x,osm.meshName=other');
        assert.equal(code, 0, stderr);
        assert.equal(stdout, 'OSM installed successfully in namespace [osm-system] with mesh name [osm]\n');
        assert.equal(stderr, 'note: --mesh-name decides osm.meshName, not --set\n');
        const { status, content } = (await release('osm'))!;
        assert.equal(status, 'deployed');
        assert.deepEqual(content?.config, { osm: { image: { tag: 'x' }, meshName: 'osm', enforceSingleMesh: true } });
        assert.deepEqual(await names(kinds.Job), []);
        const namespace = await admin.get({ kind: kinds.Namespace, name: 'osm-system' });
        assert.equal(namespace.metadata.labels?.['name'], 'osm-system');
        const again = await install();
        assert.equal(again.code, 1);
        assert.match(
          again.stderr,
          /^error: mesh \[osm\] is installed in namespace \[osm-system\] already\n {2}hint: .*osm-ts mesh upgrade/,
        );
        for (const [args, told] of [
          [
            ['--mesh-name', 'm2', '--enforce-single-mesh=false'],
            /namespace \[osm-system\] has a control plane already/,
          ],
          [
            ['--mesh-name', 'm2', '--osm-namespace', 'osm2', '--enforce-single-mesh=false'],
            /mesh \[osm\] in namespace \[osm-system\] is to be the only one/,
          ],
        ] as const) {
          const refused = await install(...args);
          assert.deepEqual([refused.code, told.test(refused.stderr)], [1, true], refused.stderr);
        }
        assert.equal(await release('m2', 'osm2'), undefined);
      });

      it('installs a second mesh, whose name looks like a number, and upgrades it under its name', async function () {
        this.timeout(90_000);
        const first = await install('--enforce-single-mesh=false');
        assert.equal(first.code, 0, first.stderr);
        const place = ['--mesh-name', '7', '--osm-namespace', 'osm7'];
        const single = await install(...place);
        assert.match(single.stderr, /mesh \[7\] is to be the only one of the cluster, and there is mesh \[osm\]/);
        const second = await install(...place, '--enforce-single-mesh=false', '-o', 'json');
        assert.equal(second.code, 0, second.stderr);
        const summary = JSON.parse(second.stdout) as { items: { result: string; object: { name: string } }[] };
        assertFits(summary, 'change-summary');
        assert.deepEqual(
          summary.items.map(({ result, object }) => [result, object.name]),
          [['installed', 'sh.helm.release.v1.7.v1']],
        );
        const upgraded = await upgrade(...place, '--set', 'osm.image.tag=v9');
        assert.equal(upgraded.code, 0, upgraded.stderr);
        assert.equal(upgraded.stdout, 'OSM successfully upgraded mesh [7] in namespace [osm7]\n');
        assert.match(upgraded.stderr, /^note: the MeshConfig is as it was/m);
        const { content, revision, status } = (await release('7', 'osm7'))!;
        assert.deepEqual(
          [revision, status, content?.config],
          [2, 'deployed', { osm: { image: { tag: 'v9' }, meshName: '7', enforceSingleMesh: false } }],
        );
        const controller = await admin.get({ kind: kinds.Deployment, name: 'osm-controller', namespace: 'osm7' });
        assert.equal(controller.metadata.labels?.['meshName'], '7');
        assert.equal(controller.metadata.labels?.['enforceSingleMesh'], undefined);
        const changed = await upgrade(...place, '--set', 'osm.enforceSingleMesh=true');
        assert.equal(changed.code, 0, changed.stderr);
        assert.deepEqual((await release('7', 'osm7'))?.content?.config, {
          osm: { meshName: '7', enforceSingleMesh: true },
        });
      });

      it('takes values in every notation, in the order that helm has', async function () {
        this.timeout(60_000);
        const file = server.file('values.yaml', 'osm: {image: {tag: file, name: file}, enableEgress: false}');
        const text = server.file('text, "quoted"', 'of a file');
        const comma = server.file('a,"b".yaml', 'osm: {image: {tag: comma, comma: true}}');
        const pair = [
          server.file('one.yaml', 'osm: {image: {one: 1}}'),
          server.file('two.yaml', 'osm: {image: {two: 2}}'),
        ];
        const { code, stderr } = await install(
          ...[
            '-f',
            comma,
            '-f',
            pair.join(','),
            '-f',
            file,
            '--set',
            'osm.image.tag=set',
            '--set-string',
            'osm.image.number=1',
          ],
          ...['--set-json', 'osm.image.list=["a,b"]', '--set-file', `osm.image.text=${text}`, '--verbose'],
          ...['--set', 'osm.vault.token=hunter2'],
        );
        assert.equal(code, 0, stderr);
        const { content } = (await release('osm'))!;
        assert.deepEqual(content?.config['osm'], {
          image: {
            ...{ comma: true, one: 1, two: 2 },
            ...{ tag: 'set', name: 'file', number: '1', list: ['a,b'], text: 'of a file' },
          },
          vault: { token: 'hunter2' },
          enableEgress: false,
          meshName: 'osm',
          enforceSingleMesh: true,
        });
        assert.match(stderr, /running \S*helm install osm .*--set=osm\.vault\.token=… .*--kube-context=admin/);
        assert.doesNotMatch(stderr, /hunter2/);
      });

      it('tells bad values and bad charts apart from a cluster that refuses', async function () {
        this.timeout(90_000);
        for (const [args, code, told] of [
          [['--set', "can't set this"], 2, /invalid format for --set: key "can't set this" has no value/],
          [['--set', 'osm.foo=1'], 2, /values don't meet the specifications of the schema/],
          [['--set', 'osm.certificateProvider.kind=vault'], 2, /osm\.vault\.host is required/],
          [
            ['--set-string', 'osm.meshName=x'],
            2,
            /osm\.meshName cannot be set with --set-string or --set-file\n.*--mesh-name/,
          ],
          [['--mesh-name', 'Foo_Bar'], 2, /--mesh-name "Foo_Bar" cannot be the name of a mesh/],
          [['--mesh-name', 'a'.repeat(54)], 2, /cannot be the name of a mesh/],
          [['--timeout', '0'], 2, /--timeout "0" is no limit/],
          [['--timeout', '5'], 2, /--timeout "5" is no duration/],
          [['x'], 2, /unexpected argument: x/],
        ] as const) {
          const run = await install(...args);
          assert.deepEqual([run.code, run.stdout, told.test(run.stderr)], [code, '', true], run.stderr);
        }
        const nowhere = await cli('install', '--osm-chart-path', '/no/such');
        assert.deepEqual([nowhere.code, nowhere.stdout], [2, '']);
        assert.match(
          nowhere.stderr,
          /^error: \/no\/such: error loading chart for installation: no such file or directory/,
        );
        const empty = await cli('install', '--osm-chart-path', mkdtempSync(join(server.control.folder, 'empty-')));
        assert.deepEqual([empty.code, /error loading chart.*Chart\.yaml/.test(empty.stderr)], [2, true], empty.stderr);
        const offline = await cli('install', '--osm-chart-repo', 'http://127.0.0.1:1/charts');
        assert.deepEqual(
          [offline.code, /hint: without a way to the chart repository/.test(offline.stderr)],
          [3, true],
          offline.stderr,
        );
        const nobody = await runCli(['install', '--osm-chart-path', chart], {
          env: { ...env(), KUBECONFIG: server.kubeconfigFor('nobody') },
        });
        assert.deepEqual([nobody.code, /forbidden/.test(nobody.stderr)], [3, true], nobody.stderr);
        assert.equal(await release('osm'), undefined);
      });

      it('gets the chart from a repository', async function () {
        this.timeout(60_000);
        const shelf = mkdtempSync(join(server.control.folder, 'charts-'));
        execFileSync(join(folder, 'helm'), ['package', chart, '-d', shelf, '--version', '1.2.5']);
        const entry = { apiVersion: 'v2', name: 'osm', version: '1.2.5', urls: ['osm-1.2.5.tgz'] };
        writeFileSync(join(shelf, 'index.yaml'), JSON.stringify({ apiVersion: 'v1', entries: { osm: [entry] } }));
        const asked: string[] = [];
        const repository = createServer((request, response) => {
          asked.push(request.url ?? '');
          response.end(readFileSync(join(shelf, basename(request.url ?? ''))));
        });
        await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
        const url = `http://127.0.0.1:${(repository.address() as AddressInfo).port}/charts`;
        try {
          const { code, stderr } = await cli('install', '--osm-chart-repo', url, '--osm-chart-version', '1.2.5');
          assert.equal(code, 0, stderr);
          assert.deepEqual(asked, ['/charts/index.yaml', '/charts/osm-1.2.5.tgz']);
          const missing = await cli('mesh', 'upgrade', '--osm-chart-repo', url);
          assert.equal(missing.code, 3);
          assert.match(missing.stderr, /^error: error loading chart for upgrade: .*1\.2\.4.*not found/);
        } finally {
          repository.close();
        }
      });

      it('acts as whom the kubeconfig impersonates, in the context that is named', async function () {
        this.timeout(60_000);
        const config = server.kubeconfigFor('admin', { user: { as: 'nobody' } });
        const run = await runCli(['install', '--osm-chart-path', chart, '--kubeconfig', config, '--context', 'admin'], {
          env: { ...env(), KUBECONFIG: '/no/such' },
        });
        assert.equal(run.code, 3);
        assert.match(run.stderr, /User "nobody" cannot/);
      });

      it('changes nothing in a dry run', async function () {
        this.timeout(60_000);
        for (const kind of ['client', 'server']) {
          await asAdmin(server.control, 'POST', '/api/v1/namespaces', { metadata: { name: 'osm-system' } }).catch(
            () => undefined,
          );
          const { stdout, code, stderr } = await install(`--dry-run=${kind}`);
          assert.equal(code, 0, stderr);
          assert.match(stdout, /^OSM installed successfully .* \((?:server )?dry run\)\n$/);
        }
        assert.equal(await release('osm'), undefined);
        assert.deepEqual(await names(kinds.Deployment), []);
      });

      it('says why it failed, what state is left, and how to go on', async function () {
        this.timeout(90_000);
        controllers.behave('jobs-only');
        const late = await install('--timeout', '4s', '--verbose', '--set', 'contour.enabled=true');
        assert.equal(late.code, 3);
        assert.match(late.stderr, /^waiting for Deployment .*osm-controller \(0 of 1 ready\)/m);
        assert.match(late.stderr, /^warning: Deployment osm-controller \(0 of 1 ready\) is not ready$/m);
        assert.match(late.stderr, /^warning: DaemonSet osm-contour-envoy \(0 of 1 ready\) is not ready$/m);
        assert.match(late.stderr, /hint: the release of mesh \[osm\] in namespace \[osm-system\] is now: failed$/m);
        assert.match(
          late.stderr,
          /hint: clear it away before the next try: osm-ts uninstall mesh --mesh-name osm --osm-namespace osm-system$/m,
        );
        const again = await install();
        assert.equal(again.code, 1);
        assert.match(
          again.stderr,
          /there is a release \[osm\] in namespace \[osm-system\] already, and helm says that it is failed/,
        );
        const wrong = await upgrade('--set', 'osm.nonsense=1');
        assert.match(wrong.stderr, /hint: try again: osm-ts mesh upgrade --mesh-name osm --osm-namespace osm-system$/m);
        assert.doesNotMatch(wrong.stderr, /rollback/, 'to nothing');
        controllers.behave('ready');
        const mended = await upgrade();
        assert.equal(mended.code, 0, mended.stderr);
        assert.equal((await release('osm'))?.status, 'deployed');
        controllers.behave('none');
        const second = await upgrade('--timeout', '3s', '--set', 'osm.image.tag=v1.2.5');
        assert.match(second.stderr, /hint: or go back to the revision before: helm rollback osm -n osm-system$/m);
      });

      it('tells the end of the log of a hook that failed, where the reason is', async function () {
        this.timeout(90_000);
        const kubelet = await startKubelet(server, {});
        try {
          await asAdmin(server.control, 'POST', '/api/v1/namespaces', { metadata: { name: 'osm-system' } });
          const path = '/api/v1/namespaces/osm-system/pods';
          const spec = { nodeName: kubelet.node, containers: [{ name: 'hook', image: 'none' }] };
          const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'osm-preinstall-x' }, spec };
          await asAdmin(server.control, 'POST', path, pod);
          await kubelet.hears('osm-system', 'osm-preinstall-x', 'hook');
          const terminated = { exitCode: 1, reason: 'Error', message: 'not today' };
          const containerStatuses = [
            { name: 'hook', image: 'none', imageID: '', ready: false, restartCount: 0, state: { terminated } },
          ];
          await asAdmin(server.control, 'PUT', `${path}/osm-preinstall-x/status`, {
            ...pod,
            status: { phase: 'Failed', containerStatuses },
          });
          controllers.behave('job-fails');
          const { code, stderr } = await install();
          assert.equal(code, 3);
          assert.match(stderr, /^warning: Job osm-preinstall \(failed\) is not ready: Error \(not today\)$/m);
          assert.match(stderr, /^warning: log of pod osm-preinstall-x: a line of the pod$/m);
        } finally {
          await kubelet.stop();
        }
      });

      it('undoes what failed with --atomic, at once and whole', async function () {
        this.timeout(90_000);
        controllers.behave('job-fails');
        const { code, stderr } = await install('--atomic', '--timeout', '30s');
        assert.equal(code, 3);
        assert.match(stderr, /^note: undoing what was installed of mesh \[osm\], as --atomic says$/m);
        assert.match(stderr, /hint: nothing is installed of mesh \[osm\]$/m);
        assert.equal(await release('osm'), undefined);
        for (const kind of [kinds.Job, kinds.ServiceAccount]) assert.deepEqual(await names(kind, 'osm-system'), []);
        for (const kind of [kinds.ClusterRole, kinds.ClusterRoleBinding]) {
          assert.deepEqual(
            (await names(kind)).filter((name) => name.startsWith('osm-')),
            [],
          );
        }
      });

      it('leaves a release that it can name when it is interrupted', async function () {
        this.timeout(90_000);
        controllers.behave('none');
        const words = [executable, 'install', '--osm-chart-path', chart, '--timeout', '60s'];
        const child = spawn(process.execPath, words, { env: environment(env()), stdio: ['ignore', 'pipe', 'pipe'] });
        let stderr = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
        while ((await names(kinds.Job)).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
        child.kill('SIGINT');
        assert.equal(await ended, 130, stderr);
        const status = (await release('osm'))?.status;
        assert.match(
          stderr,
          new RegExp(
            `error: interrupted: the release of mesh \\[osm\\] in namespace \\[osm-system\\] is now: ${status}$`,
            'm',
          ),
        );
        assert.match(stderr, /hint: clear it away before the next try: osm-ts uninstall mesh --mesh-name osm/);
      });

      it('upgrades only what is a mesh', async function () {
        this.timeout(60_000);
        const none = await upgrade();
        assert.equal(none.code, 3);
        assert.match(
          none.stderr,
          /^error: "osm" has no deployed releases in namespace \[osm-system\]\n {2}hint: install it first/,
        );
        const bad = await upgrade('--set', 'x');
        assert.deepEqual([bad.code, bad.stdout], [3, '']);
        assert.equal((await install()).code, 0);
        const malformed = await upgrade('--set', 'x');
        assert.deepEqual(
          [malformed.code, /invalid format for --set: key "x" has no value/.test(malformed.stderr)],
          [2, true],
          malformed.stderr,
        );
        assert.match(malformed.stderr, /hint: mesh \[osm\] in namespace \[osm-system\] is as it was$/m);
        assert.doesNotMatch(malformed.stderr, /rollback/);
        const { secret } = (await release('osm'))!;
        const path = `/api/v1/namespaces/osm-system/secrets/${secret}`;
        const kept = (await asAdmin(server.control, 'GET', path)) as { metadata: { labels: Record<string, string> } };
        kept.metadata.labels['status'] = 'uninstalling';
        await asAdmin(server.control, 'PUT', path, kept);
        const going = await upgrade();
        assert.equal(going.code, 1);
        assert.match(
          going.stderr,
          /^error: mesh \[osm\] in namespace \[osm-system\] is being uninstalled, or that was broken off \(uninstalling\)\n {2}hint: if nobody is at it, go on with it: osm-ts uninstall mesh --mesh-name osm --osm-namespace osm-system$/m,
        );
        const elsewhere = await upgrade('--osm-namespace', 'other');
        assert.match(elsewhere.stderr, /hint: meshes of this cluster: --mesh-name osm --osm-namespace osm-system/);
      });
    });
  }
});
