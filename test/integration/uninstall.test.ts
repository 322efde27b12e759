import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

import { sourcePlugin } from '../../scripts/build/source-commands.js';
import { listReleases } from '../../src/lib/helm/release.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { kinds, type ResourceKind } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { valueAt } from '../../src/lib/text/plain-data.js';
import { environment, executable, packageRoot, runCli, runOnTerminal, type Run } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';
import { integration, withCustomResources } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startControllers, type Controllers } from './support/controllers.js';
import { availableHelms } from './support/helms.js';
import { wipe } from './support/wipe.js';

const chart = join(packageRoot, 'test', 'fixtures', 'chart', 'osm');
const helms = availableHelms();
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

integration('uninstall mesh', (server) => {
  let admin: Cluster;
  let controllers: Controllers;
  let kubeconfig: string;

  before(async () => {
    admin = await server.connect('admin');
    kubeconfig = server.kubeconfigFor('admin');
    controllers = startControllers(server.control);
  });
  beforeEach(async () => {
    await withCustomResources(server.control);
    await wipe(server, admin);
    controllers.behave('ready');
  });
  after(async () => {
    await controllers.stop();
    await withCustomResources(server.control);
    await wipe(server, admin);
  });

  /** What a running control plane makes for itself (osm-cli §15.10). */
  async function runtimeObjects(mesh: string, namespace: string): Promise<void> {
    const labels = (app: string) => ({
      'app.kubernetes.io/name': 'openservicemesh.io',
      'app.kubernetes.io/instance': mesh,
      app,
    });
    const hook = (name: string, service: string) => ({
      name,
      clientConfig: { service: { name: service, namespace, path: '/x' } },
      rules: [{ apiGroups: ['none'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['none'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
    });
    const admission = 'admissionregistration.k8s.io/v1';
    for (const object of [
      {
        apiVersion: admission,
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: `osm-webhook-${mesh}`, labels: labels('osm-injector') },
        webhooks: [hook('osm-inject.k8s.io', 'osm-injector')],
      },
      {
        apiVersion: admission,
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: `osm-validator-mesh-${mesh}`, labels: labels('osm-controller') },
        webhooks: [hook('osm-validator.k8s.io', 'osm-validator')],
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'osm-ca-bundle', namespace },
        stringData: { 'ca.crt': 'x' },
      },
      {
        apiVersion: 'config.openservicemesh.io/v1alpha2',
        kind: 'MeshConfig',
        metadata: { name: 'osm-mesh-config', namespace },
        spec: { traffic: { enableEgress: false } },
      },
    ])
      await admin.create(object);
  }

  const names = async (kind: ResourceKind): Promise<string[]> => {
    const all = await admin.list<KubernetesObject>(kind);
    return all
      .filter(({ metadata }) => !Object.hasOwn(metadata, 'deletionTimestamp'))
      .map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`))
      .filter((name) => /osm/.test(name) && !/kube-root-ca/.test(name));
  };
  /** All that a mesh may leave. */
  async function left(): Promise<string[]> {
    const all = [
      ...[kinds.Secret, kinds.Job, kinds.ServiceAccount, kinds.ClusterRole, kinds.ClusterRoleBinding, kinds.Deployment],
      ...[kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration, kinds.MeshConfig],
    ];
    return (
      await Promise.all(all.map(async (kind) => (await names(kind)).map((name) => `${kind.kind} ${name}`)))
    ).flat();
  }

  for (const { version, folder } of helms) {
    describe(`with helm ${version}`, () => {
      const env = () => ({ KUBECONFIG: kubeconfig, PATH: `${folder}:${process.env['PATH']}` });
      const cli = (args: readonly string[], stdin = ''): Promise<Run> => runCli(args, { env: env(), stdin });
      const uninstall = (...args: string[]): Promise<Run> => cli(['uninstall', 'mesh', ...args]);
      async function install(mesh = 'osm', namespace = 'osm-system', ...more: string[]): Promise<void> {
        const place = ['--mesh-name', mesh, '--osm-namespace', namespace, '--enforce-single-mesh=false'];
        const { code, stderr } = await cli(['install', '--osm-chart-path', chart, ...place, ...more]);
        assert.equal(code, 0, stderr);
        await runtimeObjects(mesh, namespace);
      }

      it('takes a mesh away with what it has made, and leaves the other mesh all that it needs', async function () {
        this.timeout(90_000);
        await install();
        await install('m2', 'osm2');
        const before = await left();
        const ambiguous = await uninstall('-f');
        assert.deepEqual([ambiguous.code, ambiguous.stdout], [2, '']);
        assert.match(
          ambiguous.stderr,
          /there are several meshes.*\n.*--mesh-name osm --osm-namespace osm-system, or --mesh-name m2/,
        );
        const elsewhere = await uninstall('-f', '--mesh-name', 'm2', '--osm-namespace', 'osm-system');
        assert.equal(elsewhere.code, 3);
        assert.match(elsewhere.stderr, /there is no mesh \[m2\] in namespace \[osm-system\]/);
        for (const kind of ['client', 'server']) {
          const dry = await uninstall('--mesh-name', 'm2', '-a', '--delete-namespace', `--dry-run=${kind}`);
          assert.equal(dry.code, 0, dry.stderr);
          assert.match(
            dry.stdout,
            /^OSM \[mesh name: m2\] in namespace \[osm2\] uninstalled \((?:server )?dry run\)$/m,
          );
          assert.match(
            dry.stderr,
            /note: in context "admin" \(https:.*\), to be deleted: release m2 in namespace osm2 \(revision 1, deployed\)/,
          );
          assert.match(dry.stderr, /to be deleted: namespace osm2, with everything that is in it/);
        }
        const no = await cli(['uninstall', 'mesh', '--mesh-name', 'm2', '-a', '--delete-namespace'], 'no\n');
        assert.deepEqual([no.code, /note: nothing is deleted/.test(no.stderr)], [0, true], no.stderr);
        assert.deepEqual(await left(), before);
        const done = await uninstall('-f', '--mesh-name', 'm2', '-a', '-o', 'json');
        assert.equal(done.code, 0, done.stderr);
        const summary = JSON.parse(done.stdout) as {
          items: { result: string; object: { kind: string; name: string } }[];
        };
        assertFits(summary, 'change-summary');
        const results = summary.items.map(({ result, object }) => `${result} ${object.kind} ${object.name}`);
        assert.ok(
          results.includes('kept CustomResourceDefinition egresses.policy.openservicemesh.io'),
          results.join('\n'),
        );
        assert.ok(results.includes('removed Secret osm-ca-bundle'), results.join('\n'));
        assert.match(done.stderr, /the CRDs stay: mesh \[osm\] in namespace \[osm-system\] needs them/);
        // the MeshConfig is what the chart's clean-up would delete, and there is nobody here to run it
        assert.deepEqual(
          await left(),
          before.filter((name) => !/osm2\/(?!osm-mesh-config)|[ -]m2(?:$|-)/.test(name)),
        );
        const { length } = await admin.list(kinds.CustomResourceDefinition);
        assert.equal(length, 10);
      });

      it('does the work of a clean-up that fails', async function () {
        this.timeout(90_000);
        await install();
        const member = { 'openservicemesh.io/monitored-by': 'osm' };
        const application = await server.freshNamespace('app', member);
        const crd = `${crds}/egresses.policy.openservicemesh.io`;
        const definition = (await asAdmin(server.control, 'GET', crd)) as { spec: object };
        const clientConfig = {
          service: { name: 'osm-bootstrap', namespace: 'osm-system', path: '/convert', port: 9443 },
        };
        const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
        await asAdmin(server.control, 'PUT', crd, { ...definition, spec: { ...definition.spec, conversion } });
        controllers.behave('cleanup-fails');
        const { stdout, stderr, code } = await uninstall('-f');
        assert.equal(code, 0, stderr);
        assert.match(
          stderr,
          /warning: the clean-up of the chart failed \(.*[Ff]ailed.*\); what it was to do is done here/,
        );
        assert.match(stderr, new RegExp(`osm-ts namespace remove ${application} --mesh-name osm`));
        assert.match(stdout, /^Successfully deleted OSM MeshConfig: osm-mesh-config$/m);
        assert.match(
          stdout,
          /egresses\.policy\.openservicemesh\.io no longer needs the control plane in namespace \[osm-system\]$/m,
        );
        assert.deepEqual(await left(), []);
        const after = await asAdmin(server.control, 'GET', crd);
        assert.equal(valueAt(after, ['spec', 'conversion', 'strategy']), 'None');
        const again = await uninstall('-f');
        assert.deepEqual([again.code, again.stdout], [0, 'No OSM control planes found\n'], again.stderr);
        const named = await uninstall('-f', '--mesh-name', 'osm');
        assert.equal(named.code, 3);
      });

      it('clears away what other programs have left: of an installation, and of a clean-up', async function () {
        this.timeout(90_000);
        controllers.behave('job-fails');
        const helm = (...args: string[]): void => {
          const options = { env: environment(env()), stdio: 'ignore', timeout: 60_000 } as const;
          assert.throws(() => execFileSync(join(folder, 'helm'), args, options));
        };
        helm('install', 'osm', chart, '-n', 'osm-system', '--create-namespace', '--timeout', '20s');
        assert.equal((await listReleases(admin, { name: 'osm' }))[0]?.status, 'failed');
        const failed = await uninstall('-f');
        assert.equal(failed.code, 0, failed.stderr);
        assert.match(
          failed.stdout,
          /^No OSM control planes found\nOSM \[mesh name: osm\] in namespace \[osm-system\] uninstalled\n/,
        );
        assert.deepEqual(await left(), []);

        controllers.behave('ready');
        await install('m2', 'osm2');
        controllers.behave('cleanup-fails');
        helm('uninstall', 'm2', '-n', 'osm2', '--timeout', '20s');
        assert.ok((await left()).includes('Job osm2/m2-cleanup'));
        const cleared = await uninstall('-f', '--mesh-name', 'm2');
        assert.equal(cleared.code, 0, cleared.stderr);
        assert.match(cleared.stdout, /^Successfully deleted OSM MutatingWebhookConfiguration: osm-webhook-m2$/m);
        assert.deepEqual(await left(), []);
      });

      it('leaves alone what is of a mesh of the same name that is there, whatever it tells about its place', async function () {
        this.timeout(90_000);
        await install('osm', 'osm-system');
        for (const kind of [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration]) {
          for (const each of await admin.list<KubernetesObject>(kind)) {
            const hooks = valueAt(each, ['webhooks']) as { clientConfig: object }[];
            const webhooks = hooks.map((hook) => ({ ...hook, clientConfig: { url: 'https://127.0.0.1:1/x' } }));
            await admin.patch({ kind, name: each.metadata.name }, 'merge', { webhooks });
          }
        }
        const before = await left();
        const elsewhere = await uninstall('-f', '--mesh-name', 'osm', '--osm-namespace', 'elsewhere');
        assert.deepEqual(
          [elsewhere.code, elsewhere.stdout.split('\n')[0]],
          [3, 'Did not find mesh [osm] in namespace [elsewhere]'],
        );
        assert.match(
          elsewhere.stderr,
          /there is no mesh \[osm\] in namespace \[elsewhere\], and nothing is left of one/,
        );
        assert.deepEqual(await left(), before);
        // what a mesh of that name has left there goes, and nothing else
        await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
        const labels = { 'app.kubernetes.io/name': 'openservicemesh.io' };
        const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'c' }] } } };
        const annotations = { 'helm.sh/hook': 'post-delete' };
        const metadata = { name: 'osm-cleanup', namespace: 'elsewhere', labels, annotations };
        await admin.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec } as KubernetesObject);
        const cleared = await uninstall('-f', '-a', '--mesh-name', 'osm', '--osm-namespace', 'elsewhere');
        assert.equal(cleared.code, 0, cleared.stderr);
        assert.match(
          cleared.stdout,
          /^Successfully deleted OSM Job: osm-cleanup\nIgnoring - did not find any OSM Mutating/,
        );
        assert.deepEqual(await left(), before);
      });

      it('keeps CRDs of SMI that others brought, and namespaces of the cluster', async function () {
        this.timeout(90_000);
        await install();
        const crd = `${crds}/trafficsplits.split.smi-spec.io`;
        const definition = (await asAdmin(server.control, 'GET', crd)) as { metadata: object };
        await asAdmin(server.control, 'PUT', crd, { ...definition, metadata: { ...definition.metadata, labels: {} } });
        const { code, stderr, stdout } = await uninstall('-f', '-a', '--delete-namespace');
        assert.equal(code, 0, stderr);
        assert.match(stderr, /CRD trafficsplits\.split\.smi-spec\.io is not of OSM/);
        assert.doesNotMatch(stdout, /trafficsplits/);
        assert.match(stdout, /^OSM namespace \[osm-system\] deleted successfully$/m);
        await asAdmin(server.control, 'GET', crd);
        await withCustomResources(server.control);
        await install('k', 'kube-public');
        const refused = await uninstall('-f', '--delete-namespace');
        assert.deepEqual(
          [refused.code, /namespace \[kube-public\] belongs to the cluster/.test(refused.stderr)],
          [2, true],
          refused.stderr,
        );
        assert.equal((await uninstall('-f')).code, 0);
      });

      it('says what state is left when it is interrupted, and goes on from there', async function () {
        this.timeout(90_000);
        await install();
        controllers.behave('none');
        const words = [executable, 'uninstall', 'mesh', '-f', '--timeout', '60s'];
        const child = spawn(process.execPath, words, { env: environment(env()), stdio: ['ignore', 'pipe', 'pipe'] });
        let stderr = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
        while ((await names(kinds.Job)).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
        child.kill('SIGTERM');
        assert.equal(await ended, 130, stderr);
        assert.match(
          stderr,
          /^error: interrupted: the release of mesh \[osm\] in namespace \[osm-system\] is now: uninstalling$/m,
        );
        assert.match(stderr, /hint: go on with it: osm-ts uninstall mesh --mesh-name osm --osm-namespace osm-system$/m);
        controllers.behave('ready');
        const resumed = await uninstall('-f', '--mesh-name', 'osm', '--osm-namespace', 'osm-system');
        assert.equal(resumed.code, 0, resumed.stderr);
        assert.deepEqual(
          (await left()).filter((name) => !/osm-mesh-config|osm-ca-bundle/.test(name)),
          [],
        );
      });

      it('and install and mesh upgrade work as the examples of their help say', async function () {
        this.timeout(180_000);
        // once is enough
        if (version !== helms[0]?.version) this.skip();
        const { commands } = await sourcePlugin({ lenient: true });
        for (const [id, count] of [
          ['install', 3],
          ['mesh:upgrade', 2],
          ['uninstall:mesh', 3],
        ] as const) {
          const { examples = [] } = commands.find((command) => command.id === id)!;
          assert.equal(examples.length, count);
          for (const example of examples) {
            assert.ok(typeof example === 'string');
            await wipe(server, admin);
            const words = example.replace('<%= config.bin %> ', '').replace('charts/osm', chart).split(' ');
            const valueOf = (flag: string): string | undefined => words[words.indexOf(flag) + 1 || words.length];
            if (id !== 'install') await install(valueOf('--mesh-name'), valueOf('--osm-namespace'));
            if (id !== 'uninstall:mesh' && !words.includes(chart)) words.push('--osm-chart-path', chart);
            const { code, stderr } = await cli(words, 'y\n');
            assert.equal(code, 0, `${example}\n${stderr}`);
          }
        }
      });

      it('needs helm, or an answer, before anything is done', async function () {
        this.timeout(60_000);
        await install();
        const before = await left();
        const without = await runCli(['uninstall', 'mesh', '-f'], {
          env: { KUBECONFIG: kubeconfig, PATH: '/nowhere' },
        });
        assert.deepEqual(
          [without.code, /there is no helm program on PATH/.test(without.stderr)],
          [2, true],
          without.stderr,
        );
        const silent = await cli(['uninstall', 'mesh', '-a']);
        assert.deepEqual([silent.code, /hint: confirm with --force/.test(silent.stderr)], [2, true], silent.stderr);
        const typed = await runOnTerminal(['uninstall', 'mesh', '-a'], { env: env(), stdin: 'maybe\nNo\n' });
        assert.equal(typed.code, 0, typed.stdout);
        assert.match(typed.stdout, /to be deleted: release osm[^]*Invalid input\.[^]*note: nothing is deleted/);
        const mute = await cli(['uninstall', 'mesh', '--no-input'], 'y\n');
        assert.deepEqual([mute.code, /--no-input forbids to ask/.test(mute.stderr)], [2, true], mute.stderr);
        assert.deepEqual(await left(), before);
        const agreed = await cli(['uninstall', 'mesh'], ' Yes\n');
        assert.match(agreed.stdout, /OSM \[mesh name: osm\] .*uninstalled/, agreed.stderr);
        assert.equal(agreed.code, 0);
      });
    });
  }
});
