import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { collectionPath } from '../../src/lib/cluster/paths.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { findKind, kinds, type ResourceKind } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { differingRuns } from '../cli/support/osm-table.js';
import { lifecycleRuns, type LifecycleRun, type ObjectMarks } from '../conformance/osm/runs.js';
import { packageRoot, runCli, type Run } from '../support/run-cli.js';
import { integration, withCustomResources } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startControllers, type Controllers } from './support/controllers.js';
import { availableHelms } from './support/helms.js';
import { kept, wipe } from './support/wipe.js';

const chart = join(packageRoot, 'test', 'fixtures', 'chart', 'osm');
const [helm] = availableHelms();
const played = ['install', 'upgrade', 'uninstall'];

/** The kinds that the recordings tell of, by their plurals. */
const told: Readonly<Record<string, ResourceKind>> = Object.fromEntries(
  [
    ...[kinds.Namespace, kinds.Pod, kinds.Service, kinds.ServiceAccount, kinds.ConfigMap, kinds.Secret],
    ...[kinds.Deployment, kinds.DaemonSet, kinds.Job, kinds.ClusterRole, kinds.ClusterRoleBinding, kinds.MeshConfig],
    ...[kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration, kinds.CustomResourceDefinition],
  ].map((kind) => [kind.plural, kind]),
);

integration('recorded lives of meshes', (server) => {
  let admin: Cluster;
  let controllers: Controllers;

  before(async function () {
    if (!helm) this.skip();
    admin = await server.connect('admin');
    controllers = startControllers(server.control);
  });
  after(async () => {
    if (!helm) return;
    await controllers.stop();
    await withCustomResources(server.control);
    await wipe(server, admin);
  });

  /** Labels and annotations of everything that is there, as the recordings have them. */
  async function marks(topic: string): Promise<Record<string, ObjectMarks>> {
    const found: Record<string, ObjectMarks> = {};
    for (const [plural, kind] of Object.entries(told)) {
      if (kind === kinds.CustomResourceDefinition && topic !== 'uninstall') continue;
      for (const { metadata } of await admin.list<KubernetesObject>(kind).catch(() => [])) {
        const { name, namespace = '', labels = {}, annotations = {} } = metadata;
        if (Object.hasOwn(metadata, 'deletionTimestamp')) continue;
        const isClusters = kind.namespaced
          ? kept.includes(namespace)
          : /^(?:system:|kube-|default$)|^(?:admin|edit|view|cluster-admin)$/.test(name);
        if (isClusters || name === 'kube-root-ca.crt') continue;
        const own = Object.entries(labels).filter(
          ([label]) => label !== 'kubernetes.io/metadata.name' && label !== 'modifiedAt',
        );
        found[`${plural}/${namespace}/${name}`] = {
          labels: Object.fromEntries(own),
          annotations: plural === 'customresourcedefinitions' ? {} : annotations,
        };
      }
    }
    return found;
  }

  async function play(run: LifecycleRun): Promise<string[]> {
    if (run.topic === 'uninstall') await withCustomResources(server.control);
    await wipe(server, admin);
    const work = mkdtempSync(join(server.control.folder, 'work-'));
    for (const [path, text] of Object.entries(run.files ?? {})) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    }
    const kubeconfig =
      run.kube === 'unreachable'
        ? server.kubeconfigFor('admin', { cluster: { server: 'https://127.0.0.1:1' } })
        : server.kubeconfigFor(run.kube === 'nobody' ? 'nobody' : 'admin');
    const given = Object.entries(run.env ?? {}).map(([name, value]) => [name, value?.replace('{tmp}', work)]);
    const env = {
      KUBECONFIG: kubeconfig,
      PATH: `${helm!.folder}:${process.env['PATH']}`,
      ...(Object.fromEntries(given) as Record<string, string>),
    };
    const cli = (argv: readonly string[], options: { stdin?: string; sigintAfter?: number } = {}): Promise<Run> => {
      const words = argv.map((word) => (word === 'CHART' ? chart : word));
      const needsChart = /^(?:install|mesh upgrade)\b/.test(words.join(' ')) && !words.includes('--osm-chart-path');
      return runCli([...words, ...(needsChart ? ['--osm-chart-path', chart] : [])], { env, cwd: work, ...options });
    };
    for (const object of run.fixtures) {
      const kind = findKind(object);
      const { status, ...written } = object as KubernetesObject & { status?: object };
      if (!kind || kept.includes(object.metadata.name)) continue;
      await asAdmin(server.control, 'POST', collectionPath(kind, object.metadata.namespace), written);
      if (status) throw new Error('no status is expected here');
    }
    controllers.behave(run.pre_alone ? 'none' : (run.controllers ?? 'none'));
    for (const argv of run.pre ?? []) await cli(argv);
    controllers.behave(run.controllers_then ?? run.controllers ?? 'none');
    const { stdout, stderr, code } = await cli(run.argv, {
      ...(run.stdin !== undefined && { stdin: run.stdin }),
      ...(run.sigint !== undefined && { sigintAfter: run.sigint }),
    });
    controllers.behave('none');
    assert.notEqual(code, 70, stderr);
    assert.ok(code !== null, 'a signal ended it');
    assert.ok(code === 0 || stderr !== '', 'a failure says something');
    const differs: string[] = [];
    if (stdout !== run.stdout) differs.push('stdout');
    if ((code === 0) !== (run.exit === 0)) differs.push('exit');
    const now = await marks(run.topic);
    for (const key of new Set([...Object.keys(now), ...Object.keys(run.objects)])) {
      if (!Object.hasOwn(told, key.split('/')[0]!) || /\/kube-system$/.test(key)) continue;
      if (JSON.stringify(sorted(now[key])) !== JSON.stringify(sorted(run.objects[key]))) differs.push(key);
    }
    if (process.env['SHOW_RUNS'] && differs.length > 0)
      console.log(
        `== ${run.topic}/${run.name} ${run.argv.join(' ')} ${differs.join(' ')} ${code}\n${stdout}--\n${stderr}`,
      );
    return differs;
  }

  const expected = differingRuns();
  for (const run of lifecycleRuns.filter(({ topic }) => played.includes(topic))) {
    const name = `${run.topic}/${run.name}`;
    it(`${name}: ${expected.has(name) ? 'better, as docs/osm.md says' : 'the same'}`, async function () {
      this.timeout(120_000);
      const differs = await play(run);
      if (expected.has(name)) assert.notDeepEqual(differs, [], 'it is the same, and docs/osm.md says that it is not');
      else assert.deepEqual(differs, []);
    });
  }
});

function sorted(found: ObjectMarks | undefined): unknown {
  const pairs = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return found && [pairs(found.labels), pairs(found.annotations)];
}
