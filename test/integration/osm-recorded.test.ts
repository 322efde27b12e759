import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

import { collectionPath, objectPath } from '../../src/lib/cluster/paths.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { findKind, kinds } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { differingRuns } from '../cli/support/osm-table.js';
import { bodyOf, recordedRuns, type ObjectMarks, type RecordedRun } from '../conformance/osm/runs.js';
import { runWarm } from '../support/run-cli.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startFaultProxy, type FaultProxy } from './support/fault-proxy.js';
import { startKubelet, type Kubelet, type PodForward } from './support/kubelet.js';
import { kept, removeNamespace } from './support/wipe.js';

integration('recorded runs of osm', (server) => {
  let admin: Cluster;
  let kubelet: Kubelet;
  let proxy: FaultProxy;
  let playing: RecordedRun;
  const servers: Server[] = [];

  /** A server that answers as a port of a pod does in the run that is being played. */
  async function podServer(name: string, port: number): Promise<PodForward> {
    const server = createServer((request, response) => {
      const paths = playing.backends?.[name]?.[String(port)];
      if (paths === undefined) return void response.destroy();
      const answer = paths[request.url ?? ''] ?? paths['*'];
      if (answer?.hang) return;
      response.writeHead(answer ? (answer.status ?? 200) : 404).end(answer ? bodyOf(answer) : '');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [namespace = '', pod = ''] = name.split('/');
    return { namespace, pod, port, to: (server.address() as AddressInfo).port };
  }

  before(async function () {
    this.timeout(40_000);
    admin = await server.connect('admin');
    proxy = await startFaultProxy(server.control);
    const pods = [...new Set(recordedRuns.flatMap(({ backends }) => Object.keys(backends ?? {})))];
    const forwards = pods.flatMap((pod) => [9091, 15000].map((port) => podServer(pod, port)));
    kubelet = await startKubelet(server, {}, await Promise.all(forwards));
  });

  after(async () => {
    await wipe();
    for (const one of servers) {
      one.closeAllConnections();
      one.close();
    }
    await proxy?.close();
    await kubelet?.stop();
  });

  /** Leaves nothing of this suite, of runs before or of suites before. */
  async function wipe(): Promise<void> {
    const { Deployment, Pod, Service, Endpoints, MeshConfig, IngressBackend, TrafficTarget, HTTPRouteGroup } = kinds;
    const all = [Deployment, Pod, Service, Endpoints, MeshConfig, IngressBackend, TrafficTarget, HTTPRouteGroup];
    for (const kind of all) {
      for (const { metadata } of await admin.list<KubernetesObject>(kind)) {
        if (isOfApiServer(metadata)) continue;
        const path = objectPath({ kind, name: metadata.name }, metadata.namespace);
        await asAdmin(server.control, 'DELETE', `${path}?gracePeriodSeconds=0`);
      }
    }
    for (const { metadata } of await admin.list(kinds.Namespace)) {
      if (!kept.includes(metadata.name)) await removeNamespace(server, metadata.name);
    }
  }

  async function create(object: KubernetesObject, hasServer: boolean): Promise<void> {
    const kind = findKind(object)!;
    const { name, namespace } = object.metadata;
    const { status, ...written } = object as KubernetesObject & { status?: object; spec?: object };
    if (kind === kinds.Pod) written.spec = { ...written.spec, nodeName: hasServer ? kubelet.node : undefined };
    if (!kept.includes(name)) await asAdmin(server.control, 'POST', collectionPath(kind, namespace), written);
    if (!status) return;
    const path = `${objectPath({ kind, name }, namespace)}`;
    if (hasServer) {
      const [container] = (written.spec as { containers: { name: string }[] }).containers;
      await kubelet.hears(namespace ?? '', name, container?.name ?? '');
    }
    await asAdmin(server.control, 'PUT', `${path}/status`, { ...written, status });
  }

  /** The pod proxy of the API server leads to addresses of pods, and there are none here. */
  function planPodProxy(run: RecordedRun): void {
    const withAddress = run.fixtures.filter(
      (object) => (object as { status?: { podIP?: string } }).status?.podIP !== undefined,
    );
    const usual = '{"version": "v1.2.4", "git_commit": "abc", "build_date": "2023-04-20"}';
    const { status = 200, body = usual } =
      run.name === 'mesh-pod-404' ? { status: 404, body: '' } : (run.podproxy?.['/version'] ?? {});
    proxy.plan({
      fault: { status, body },
      when: ({ path }) =>
        withAddress.some(
          ({ metadata: { name, namespace } }) =>
            path === `/api/v1/namespaces/${namespace}/pods/${name}:9091/proxy/version`,
        ),
      times: Infinity,
    });
  }

  function kubeconfigOf(run: RecordedRun): string {
    if (run.kube === 'malformed') return server.file('malformed', 'clusters: [\n  x: ]');
    if (run.kube === 'unreachable')
      return server.kubeconfigFor('admin', { cluster: { server: 'https://127.0.0.1:1' } });
    if (run.topic !== 'version') return server.kubeconfigFor(run.kube ?? 'admin');
    planPodProxy(run);
    return server.kubeconfigFor('admin', {
      cluster: { server: proxy.url },
    });
  }

  async function marksOf(key: string): Promise<ObjectMarks | undefined> {
    const [plural, namespace, name = ''] = key.split('/');
    const kind = plural === 'pods' ? kinds.Pod : kinds.Namespace;
    const object = await admin.find<KubernetesObject>({ kind, name, namespace: namespace || undefined });
    if (!object) return undefined;
    const { labels = {}, annotations = {} } = object.metadata;
    const own = Object.entries(labels).filter(([label]) => label !== 'kubernetes.io/metadata.name');
    return { labels: Object.fromEntries(own), annotations };
  }

  /** Plays a run with osm-ts, and tells in what it differs. */
  async function play(run: RecordedRun): Promise<string[]> {
    playing = run;
    await wipe();
    for (const object of run.fixtures) {
      const name = `${object.metadata.namespace}/${object.metadata.name}`;
      await create(object, object.kind === 'Pod' && run.backends?.[name] !== undefined);
    }
    const work = mkdtempSync(join(server.control.folder, 'work-'));
    for (const [path, text] of Object.entries(run.files ?? {})) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    }
    const given = Object.entries(run.env ?? {}).map(([name, value]) => [name, value?.replace('{tmp}', work)]);
    const home = run.files?.['home/.osm/config.yaml'] === undefined ? {} : { HOME: join(work, 'home') };
    const env = { KUBECONFIG: kubeconfigOf(run), ...home, ...(Object.fromEntries(given) as Record<string, string>) };
    // Nobody answers in these two.
    const isSilent = run.exit === 'hangs' || run.name === 'get-admin-port-closed';
    const argv = isSilent ? [...run.argv, '--timeout', '1'] : run.argv;
    const { stdout, code, stderr } = await runWarm(argv, { env, cwd: work });
    assert.notEqual(code, 70, stderr);
    assert.ok(code !== null, 'a signal ended it');
    assert.ok(code === 0 || stderr !== '' || stdout !== '', 'a failure says something');
    const differs: string[] = [];
    if (comparable(run, stdout) !== comparable(run, run.stdout)) differs.push('stdout');
    if ((code === 0) !== (run.exit === 0)) differs.push('exit');
    for (const [key, marks] of Object.entries(run.objects)) {
      const now = await marksOf(key);
      if (JSON.stringify(sorted(now)) !== JSON.stringify(sorted(marks))) differs.push(key);
    }
    if (process.env['SHOW_RUNS'] && differs.length > 0) {
      console.log(
        `== ${run.topic}/${run.name} ${run.argv.join(' ')} ${differs.join(' ')} ${code}\n${stdout}--\n${stderr}`,
      );
    }
    return differs;
  }

  const expected = differingRuns();
  for (const run of recordedRuns) {
    const name = `${run.topic}/${run.name}`;
    it(`${name}: ${expected.has(name) ? 'better, as docs/osm.md says' : 'the same'}`, async function () {
      this.timeout(30_000);
      const differs = await play(run);
      if (expected.has(name)) assert.notDeepEqual(differs, [], 'it is the same, and docs/osm.md says that it is not');
      else assert.deepEqual(differs, []);
    });
  }
});

/** Its Service and Endpoints, which it makes anew. */
function isOfApiServer({ name, namespace }: KubernetesObject['metadata']): boolean {
  return name === 'kubernetes' && namespace === 'default';
}

/** The first line of `version` tells of the program itself, and no two programs say the same there. */
function comparable({ topic }: RecordedRun, stdout: string): string {
  return topic === 'version' ? stdout.replace(/^.*\n/, '') : stdout;
}

function sorted(marks: ObjectMarks | undefined): unknown {
  const pairs = (record: Readonly<Record<string, string>> = {}) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return marks && [pairs(marks.labels), pairs(marks.annotations)];
}
