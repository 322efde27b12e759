import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { dirname, join } from 'node:path';

import { collectionPath, objectPath } from '../../src/lib/cluster/paths.js';
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
import { startKubelet, type Kubelet } from './support/kubelet.js';
import { kept, wipe } from './support/wipe.js';

const chart = join(packageRoot, 'test', 'fixtures', 'chart', 'osm');
const [helm] = availableHelms();
/** Those whose commands run helm. */
const withHelm = ['install', 'upgrade', 'uninstall'];

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
  let kubelet: Kubelet;
  let playing: LifecycleRun;
  const servers: Server[] = [];
  /** What the cluster, and suites before this one, have in no namespace. */
  let elsewhere: ReadonlySet<string> = new Set();

  /** A server that answers as the pods of the run that is being played do. */
  async function podServer(port: number): Promise<number> {
    const pods = createServer((request, response) => {
      const answers = Object.values(playing.backends ?? {}).map((ports) => ports[String(port)]);
      const answer = answers.map((paths) => paths?.[request.url ?? '']).find((found) => found !== undefined);
      response.writeHead(answer ? (answer.status ?? 200) : 404).end(answer?.body ?? '');
    });
    servers.push(pods);
    await new Promise<void>((resolve) => pods.listen(0, '127.0.0.1', resolve));
    return (pods.address() as AddressInfo).port;
  }

  before(async function () {
    this.timeout(40_000);
    admin = await server.connect('admin');
    await wipe(server, admin);
    elsewhere = new Set(Object.keys(await marks('')).filter((key) => /^clusterrole/.test(key)));
    controllers = startControllers(server.control);
    const ports = [3000, 9091, 15000];
    const leads = await Promise.all(ports.map(async (port) => [port, await podServer(port)] as const));
    kubelet = await startKubelet(server, Object.fromEntries(leads));
  });
  after(async () => {
    for (const one of servers) {
      one.closeAllConnections();
      one.close();
    }
    await controllers.stop();
    await kubelet?.stop();
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
        if (isClusters || name === 'kube-root-ca.crt' || elsewhere.has(`${plural}//${name}`)) continue;
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

  async function create(object: KubernetesObject, hasServer: boolean): Promise<void> {
    const kind = findKind(object);
    const { name, namespace = '' } = object.metadata;
    if (!kind || kept.includes(name)) return;
    const { status, ...written } = object as KubernetesObject & { status?: object; spec?: object };
    if (kind === kinds.Pod) written.spec = { ...written.spec, nodeName: hasServer ? kubelet.node : undefined };
    await asAdmin(server.control, 'POST', collectionPath(kind, object.metadata.namespace), written);
    if (!status) return;
    if (hasServer) {
      const [container] = (written.spec as { containers: { name: string }[] }).containers;
      await kubelet.hears(namespace, name, container?.name ?? '');
    }
    await asAdmin(server.control, 'PUT', `${objectPath({ kind, name }, namespace)}/status`, { ...written, status });
  }

  async function play(run: LifecycleRun): Promise<string[]> {
    playing = run;
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
      PATH: `${helm?.folder ?? ''}:${process.env['PATH']}`,
      ...(Object.fromEntries(given) as Record<string, string>),
    };
    const cli = (argv: readonly string[], options: { stdin?: string; sigintAfter?: number } = {}): Promise<Run> => {
      const words = argv.map((word) => (word === 'CHART' ? chart : word.replace('{tmp}', work)));
      const needsChart = /^(?:install|mesh upgrade)\b/.test(words.join(' ')) && !words.includes('--osm-chart-path');
      return runCli([...words, ...(needsChart ? ['--osm-chart-path', chart] : [])], { env, cwd: work, ...options });
    };
    for (const object of run.fixtures)
      await create(object, run.backends?.[`${object.metadata.namespace}/${object.metadata.name}`] !== undefined);
    controllers.behave(run.pre_alone ? 'none' : (run.controllers ?? 'none'));
    for (const argv of run.pre ?? []) await cli(argv);
    controllers.behave(run.controllers_then ?? run.controllers ?? 'none');
    const other = run.busy === undefined ? undefined : await taken(run.busy);
    const { stdout, stderr, code } = await cli(run.argv, {
      ...(run.stdin !== undefined && { stdin: run.stdin }),
      // where osm gives up, osm-ts may stay
      ...((run.sigint !== undefined || run.topic === 'dashboard') && { sigintAfter: run.sigint ?? 4 }),
    });
    other?.close();
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
  for (const run of lifecycleRuns) {
    const name = `${run.topic}/${run.name}`;
    it(`${name}: ${expected.has(name) ? 'better, as docs/osm.md says' : 'the same'}`, async function () {
      this.timeout(120_000);
      if (withHelm.includes(run.topic) && !helm) this.skip();
      const differs = await play(run);
      if (expected.has(name)) assert.notDeepEqual(differs, [], 'it is the same, and docs/osm.md says that it is not');
      else assert.deepEqual(differs, []);
    });
  }
});

/** Takes a port, unless another program has it. */
function taken(port: number): Promise<NetServer> {
  const server = createTcpServer();
  return new Promise((resolve) => {
    server.on('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function sorted(found: ObjectMarks | undefined): unknown {
  const pairs = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return found && [pairs(found.labels), pairs(found.annotations)];
}
