import assert from 'node:assert/strict';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { cliFor, controlPlane } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { parseChecked } from '../mesh/support/schema.js';
import { integration } from './support/api-server.js';

const MONITORED = 'openservicemesh.io/monitored-by';

interface PodSketch {
  readonly name: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
}

integration('namespace commands: pods that need a restart', (server) => {
  let admin: Cluster;
  let cli: Cli;
  const mesh = 'restart-mesh';
  const sidecar = { 'osm-proxy-uuid': 'b0d1b8c4-2a61-4d0c-9f43-7a4a3d1d9a10' };
  const hashed = { 'pod-template-hash': '7d5d9c6b5d' };

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    const home = await server.freshNamespace('control');
    await server.apply(JSON.stringify(controlPlane(mesh, home)));
  });

  async function pod(
    namespace: string,
    { name, owner, labels, annotations, hostNetwork, phase }: PodSketch,
  ): Promise<void> {
    const ownerReferences = owner && [{ apiVersion: 'apps/v1', ...owner, uid: 'u-1', controller: true }];
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels, annotations, ownerReferences },
      spec: { hostNetwork, containers: [{ name: 'app', image: 'example/app' }] },
    };
    await admin.create(object as never);
    if (!phase) return;
    const path = `${server.url}/api/v1/namespaces/${namespace}/pods/${name}/status`;
    const { asAdmin } = await import('./support/control-plane.js');
    const current = (await asAdmin(server.control, 'GET', path.slice(server.url.length))) as Record<string, unknown>;
    await asAdmin(server.control, 'PUT', path.slice(server.url.length), { ...current, status: { phase } });
  }

  it('names what runs without a sidecar after add, and how to restart it', async () => {
    const namespace = await server.freshNamespace('restart');
    const deployment = { kind: 'ReplicaSet', name: 'curl-7d5d9c6b5d' };
    await pod(namespace, { name: 'curl-1', owner: deployment, labels: hashed });
    await pod(namespace, { name: 'curl-2', owner: deployment, labels: hashed });
    await pod(namespace, { name: 'db-0', owner: { kind: 'StatefulSet', name: 'db' } });
    await pod(namespace, { name: 'own-rs', owner: { kind: 'ReplicaSet', name: 'own' } });
    await pod(namespace, { name: 'debug' });
    await pod(namespace, { name: 'has-it', labels: sidecar });
    await pod(namespace, { name: 'never', annotations: { 'openservicemesh.io/sidecar-injection': 'False' } });
    await pod(namespace, { name: 'on-host', hostNetwork: true });
    await pod(namespace, { name: 'done', phase: 'Succeeded', owner: { kind: 'Job', name: 'done' } });
    const run = await cli('namespace', 'add', namespace, '--mesh-name', mesh);
    assert.equal(run.stdout, `Namespace [${namespace}] successfully added to mesh [restart-mesh]\n`);
    assert.equal(
      run.stderr,
      [
        `note: running pods in namespace [${namespace}] have no sidecar yet: ` +
          'deployment/curl (2 pods), statefulset/db (1 pod), pod/debug, replicaset/own (1 pod)',
        `note: restart them: kubectl -n ${namespace} rollout restart deployment/curl statefulset/db`,
        'note: kubectl cannot restart these, their pods must be deleted and created anew: pod/debug, replicaset/own',
        '',
      ].join('\n'),
    );
    const again = await cli('namespace', 'add', namespace, '--mesh-name', mesh);
    assert.equal(again.stderr, '');
  });

  it('names what keeps its sidecar after remove, ignore and --disable-sidecar-injection', async () => {
    const cases: [args: string[], labels: Record<string, string>][] = [
      [['remove', '--mesh-name', mesh], { [MONITORED]: mesh }],
      [['ignore'], { [MONITORED]: mesh }],
      [['add', '--mesh-name', mesh, '--disable-sidecar-injection'], { [MONITORED]: mesh }],
    ];
    for (const [args, labels] of cases) {
      const namespace = await server.freshNamespace('restart', labels);
      await pod(namespace, { name: 'agent', owner: { kind: 'DaemonSet', name: 'agent' }, labels: sidecar });
      await pod(namespace, { name: 'plain' });
      const { stderr } = await cli('namespace', ...args, namespace, '--context', 'admin');
      assert.match(
        stderr,
        new RegExp(
          `note: running pods in namespace \\[${namespace}\\] keep their sidecar: daemonset/agent \\(1 pod\\)\n`,
        ),
      );
      assert.match(
        stderr,
        new RegExp(`note: restart them: kubectl --context admin -n ${namespace} rollout restart daemonset/agent\n`),
      );
    }
  });

  it('names both kinds when a namespace moves, in JSON too', async () => {
    const namespace = await server.freshNamespace('restart', { [MONITORED]: 'restart-former' });
    await pod(namespace, { name: 'old', labels: sidecar });
    await pod(namespace, { name: 'bare' });
    const run = await cli('namespace', 'add', namespace, '--mesh-name', mesh, '--overwrite', '-o', 'json');
    const { items } = parseChecked<{ items: { result: string; restart: unknown }[] }>(run.stdout, 'change-summary');
    assert.equal(items[0]?.result, 'moved');
    const lone = (name: string): object => ({
      restartable: [],
      others: [{ kind: 'pod', name, pods: 1 }],
      truncated: false,
    });
    assert.deepEqual(items[0].restart, [
      { reason: 'missing-sidecar', ...lone('bare') },
      { reason: 'foreign-sidecar', ...lone('old') },
    ]);
    assert.match(run.stderr, /keep the former mesh's sidecar: pod\/old/);
  });

  it('looks after unignore only where pods get a sidecar', async () => {
    const inject = { metadata: { annotations: { 'openservicemesh.io/sidecar-injection': 'enabled' } } };
    const labels = { 'openservicemesh.io/ignore': 'true' };
    const [outside, inside] = [
      await server.freshNamespace('restart', labels),
      await server.freshNamespace('restart', { ...labels, [MONITORED]: mesh }),
    ];
    for (const name of [outside, inside]) {
      await admin.patch({ kind: kinds.Namespace, name }, 'merge', inject);
      await pod(name, { name: 'plain' });
    }
    assert.equal((await cli('namespace', 'unignore', outside)).stderr, '');
    assert.match((await cli('namespace', 'unignore', inside)).stderr, /have no sidecar yet: pod\/plain/);
  });

  it('says nothing in a dry run', async () => {
    const namespace = await server.freshNamespace('restart');
    await pod(namespace, { name: 'plain' });
    for (const dryRun of ['client', 'server']) {
      assert.equal((await cli('namespace', 'add', namespace, '--mesh-name', mesh, '--dry-run', dryRun)).stderr, '');
    }
  });
});
