import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { after, before, it } from 'mocha';
import { isConflict } from '../../src/lib/cluster/errors.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster, ClusterOptions } from '../../src/lib/cluster/types.js';
import { endAfterEach, listenOn } from '../support/loopback.js';
import { integration } from './support/api-server.js';
import { failure } from './support/connections.js';
import { startFaultProxy } from './support/fault-proxy.js';
import type { FaultProxy, SeenRequest } from './support/fault-proxy.js';

const ends = endAfterEach();

async function timed<T>(promise: Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  const value = await promise;
  return { value, ms: performance.now() - started };
}

const methods = (requests: readonly SeenRequest[]): string[] => requests.map(({ method }) => method);

integration('cluster: what can go wrong on the way', (server) => {
  let proxy: FaultProxy;
  let namespace: string;
  before(async () => {
    proxy = await startFaultProxy(server.control);
    namespace = await server.freshNamespace('faults');
  });
  after(() => proxy?.close());

  const viaProxy = (options: ClusterOptions = {}): Promise<Cluster> =>
    server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', {
        cluster: { server: proxy.url },
      }),
      ...options,
    });
  const status = (code: number, reason: string, message: string, details: object = {}): object => ({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message,
    details,
  });
  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount' as const,
    metadata: { name, namespace },
  });

  it('speaks plain http to a server that is one, and shows it no credentials', async () => {
    const asked: (string | undefined)[] = [];
    const plain = createServer(({ headers }, response) => {
      asked.push(headers.authorization);
      response.end(JSON.stringify({ kind: 'ServiceAccountList', metadata: {}, items: [] }));
    });
    const port = await listenOn(plain, ends);
    const cluster = await server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', {
        cluster: { server: `http://127.0.0.1:${port}`, 'certificate-authority-data': '' },
      }),
    });
    assert.equal((await cluster.list(kinds.ServiceAccount, { namespace })).length, 0);
    assert.deepEqual(asked, [undefined]);
    const tls = await server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', { cluster: { server: `https://127.0.0.1:${port}` } }),
    });
    assert.match((await failure(tls.list(kinds.Pod))).message, /does not speak TLS$/);
  });

  it('reads again when the connection ends before, in and after the request', async () => {
    const cluster = await viaProxy();
    for (const drop of ['request', 'half', 'answer'] as const) {
      proxy.plan({ fault: { drop }, times: 2 });
      const { metadata } = await cluster.get({ kind: kinds.Namespace, name: namespace });
      assert.equal(metadata.name, namespace);
      assert.deepEqual(methods(proxy.requests), ['GET', 'GET', 'GET'], drop);
    }
  });

  it('reads again what a server or a gateway cannot answer right now', async () => {
    const cluster = await viaProxy();
    for (const code of [429, 502, 503, 504]) {
      proxy.plan({ fault: { status: code, body: 'upstream connect error' } });
      await cluster.get({ kind: kinds.Namespace, name: namespace });
      assert.equal(proxy.requests.length, 2, String(code));
    }
  });

  it('gives up after four more tries, in bounded time', async () => {
    const cluster = await viaProxy();
    proxy.plan({ fault: { drop: 'request' }, times: 100 });
    const { value, ms } = await timed(failure(cluster.get({ kind: kinds.Namespace, name: namespace })));
    assert.equal(proxy.requests.length, 5);
    assert(ms < 8000, `${ms} ms`);
    assert.match(value.message, /^the API server https:\S+ closed the connection before its answer was complete$/);
    assert.equal(value.hint, 'try again; the API server may be restarting');
  });

  it('waits as long as Retry-After says, and not beyond the time-out', async () => {
    const cluster = await viaProxy({ timeoutSeconds: 5 });
    const fault = { status: 429, headers: { 'retry-after': '1' }, body: status(429, 'TooManyRequests', 'slow down') };
    proxy.plan({ fault });
    const { ms } = await timed(cluster.get({ kind: kinds.Namespace, name: namespace }));
    assert(ms >= 1000 && ms < 3000, `${ms} ms`);

    proxy.plan({ fault: { ...fault, headers: { 'retry-after': '100' } }, times: 9 });
    const refused = await timed(failure(cluster.get({ kind: kinds.Namespace, name: namespace })));
    assert(refused.ms < 1000, `${refused.ms} ms`);
    assert.equal(refused.value.status, 429);
    assert.equal(refused.value.message, 'slow down');
    assert.equal(refused.value.hint, 'the API server has too much to do: try again in 100 s');
  });

  it('never sends a write twice after the connection was lost', async () => {
    const cluster = await viaProxy();
    for (const [i, drop] of (['request', 'answer', 'half'] as const).entries()) {
      proxy.plan({ fault: { drop } });
      const error = await failure(cluster.create(account(`lost-${i}`)));
      assert.match(error.message, /closed the connection/);
      assert.equal(proxy.requests.length, 1, drop);
    }
    const there = (await server.dump(kinds.ServiceAccount, namespace)) as { metadata: { name: string } }[];
    assert.deepEqual(
      there.map(({ metadata }) => metadata.name),
      ['lost-1', 'lost-2'],
    );
    proxy.plan({ fault: { status: 503, body: 'busy' } });
    assert.equal(
      (await failure(cluster.delete({ kind: kinds.ServiceAccount, name: 'lost-1', namespace }))).status,
      503,
    );
    assert.equal(proxy.requests.length, 1);
  });

  it('sends a write again after 429, which comes before the server looks at it', async () => {
    const cluster = await viaProxy();
    proxy.plan({ fault: { status: 429, headers: { 'retry-after': '0' } }, times: 2 });
    await cluster.create(account('patient'));
    assert.deepEqual(methods(proxy.requests), ['POST', 'POST', 'POST']);
  });

  it('sends a patch again after a lost race, if it does not depend on what it replaces', async () => {
    const cluster = await viaProxy();
    const ref = { kind: kinds.ServiceAccount, name: 'patient', namespace };
    const race = { status: 409, body: status(409, 'Conflict', 'the object has been modified') };
    const patch = { metadata: { labels: { a: '1' } } };
    const isPatch = ({ method }: SeenRequest): boolean => method === 'PATCH';

    proxy.plan({ fault: race, when: isPatch });
    await cluster.patch(ref, 'merge', patch);
    assert.equal(proxy.requests.length, 2);
    proxy.plan({ fault: race, when: isPatch });
    await cluster.patch(ref, 'strategic', patch);
    assert.equal(proxy.requests.length, 2);
    proxy.plan({ fault: race, when: isPatch });
    await cluster.apply(account('patient'));
    assert.deepEqual(methods(proxy.requests), ['GET', 'PATCH', 'PATCH']);

    const owned = {
      status: 409,
      body: status(409, 'Conflict', 'conflict', { causes: [{ reason: 'FieldManagerConflict', field: '.a' }] }),
    };
    const version = (await cluster.get(ref)).metadata.resourceVersion;
    for (const [write, fault] of [
      [() => cluster.patch(ref, 'json', [{ op: 'remove', path: '/metadata/labels/a' }]), race],
      [() => cluster.patch(ref, 'merge', patch, { resourceVersion: version }), race],
      [() => cluster.apply(account('patient')), owned],
      [() => cluster.delete(ref), race],
    ] as const) {
      proxy.plan({ fault, when: ({ method }) => method !== 'GET' });
      assert(isConflict(await failure(write())));
      assert.equal(proxy.requests.filter(({ method }) => method !== 'GET').length, 1);
    }
  });

  it('takes up a list where the connection was lost', async () => {
    const admin = await server.connect('admin');
    for (let i = 0; i < 6; i++) await admin.create(account(`many-${i}`));
    const cluster = await viaProxy();
    proxy.plan({ fault: { drop: 'half' }, when: ({ path }) => path.includes('continue=') });
    const items = await cluster.list(kinds.ServiceAccount, { namespace, pageSize: 4 });
    const names = items.map(({ metadata }) => metadata.name);
    assert.equal(new Set(names).size, names.length);
    assert(names.includes('many-5') && names.includes('many-0'));
    proxy.plan({ fault: { drop: 'request' }, when: ({ path }) => path.includes('continue='), times: 99 });
    const impatient = await viaProxy({ timeoutSeconds: 0.5 });
    await failure(impatient.list(kinds.ServiceAccount, { namespace, pageSize: 4 }));
  });

  it('does not follow a server that sends one page for ever', async () => {
    const cluster = await viaProxy();
    const body = { kind: 'ServiceAccountList', apiVersion: 'v1', metadata: { continue: 'same' }, items: [] };
    proxy.plan({ fault: { status: 200, body }, times: 1000 });
    const error = await failure(cluster.list(kinds.ServiceAccount, { namespace }));
    assert.match(error.message, /sends the same page of serviceaccounts again and again/);
    assert.equal(proxy.requests.length, 2);
  });

  it('a list without items is an empty list', async () => {
    const cluster = await viaProxy();
    proxy.plan({ fault: { status: 200, body: { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: null } } });
    assert.deepEqual(await cluster.list(kinds.Pod), []);
  });

  it('tells what else may sit there: a login page, a redirect, another server', async () => {
    const cluster = await viaProxy();
    const page = '<html><head><style>a{}</style><title>Sign in</title></head><body>Please log in</body></html>';
    const html = { 'content-type': 'text/html; charset=utf-8' };
    const cases: [fault: { status: number; headers?: Record<string, string>; body?: string }, message: RegExp][] = [
      [
        { status: 200, headers: html, body: page },
        /answers 200 with text\/html instead of JSON: Sign in Please log in$/,
      ],
      [{ status: 200, headers: html, body: '' }, /answers 200 with text\/html instead of JSON$/],
      [
        { status: 200, headers: { 'content-type': 'application/json' }, body: '[1' },
        /answers 200 with application\/json instead of JSON: \[1$/,
      ],
      [
        { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
        /answers 200 with JSON that is no Kubernetes object: \{"ok":true\}$/,
      ],
      [
        { status: 302, headers: { ...html, location: 'https://login.example.com/' }, body: '' },
        /answers 302 to https:\/\/login\.example\.com\/$/,
      ],
      [{ status: 404, headers: html, body: '<h1>Not here</h1>' }, /answers 404: Not here$/],
      [
        { status: 400, body: 'Client sent an HTTP request to an HTTPS server.' },
        /answers 400: Client sent an HTTP request to an HTTPS server\.$/,
      ],
    ];
    for (const [fault, message] of cases) {
      proxy.plan({ fault, times: 9 });
      const error = await failure(cluster.get({ kind: kinds.Egress, name: 'x', namespace }));
      assert.match(error.message, message);
      assert.match(error.hint ?? '', /^check that "server" of cluster "test" in \S+ is an API server/);
    }
  });

  it("tells of the server's own failures", async () => {
    const cluster = await viaProxy();
    const message = 'Internal error occurred: failed calling webhook "osm-validator.k8s.io": connection refused';
    proxy.plan({ fault: { status: 500, body: status(500, 'InternalError', message) } });
    const webhook = await failure(cluster.create(account('x')));
    assert.equal(webhook.message, message);
    assert.match(
      webhook.hint ?? '',
      /^OSM's webhook osm-validator\.k8s\.io cannot be reached: check that osm-controller/,
    );

    const denial = 'admission webhook "osm-validator.k8s.io" denied the request: no';
    proxy.plan({ fault: { status: 403, body: status(403, 'Forbidden', denial) } });
    const denied = await failure(cluster.create(account('x')));
    assert.deepEqual([denied.message, denied.hint], [denial, 'correct the object: that webhook refuses it']);

    proxy.plan({ fault: { status: 500, body: '' } });
    const silent = await failure(cluster.create(account('x')));
    assert.match(silent.message, /answers 500$/);

    const terminating = { causes: [{ reason: 'NamespaceTerminating', message: 'x' }] };
    proxy.plan({ fault: { status: 403, body: status(403, 'Forbidden', 'being terminated', terminating) } });
    assert.match((await failure(cluster.create(account('x')))).hint ?? '', /^wait until the namespace is gone/);
  });

  it('a server that speaks TLS where it should not', async () => {
    const plain = await server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', {
        cluster: { server: server.url.replace('https', 'http'), 'certificate-authority-data': '' },
      }),
    });
    assert.match(
      (await failure(plain.list(kinds.Pod))).message,
      /answers 400: Client sent an HTTP request to an HTTPS server/,
    );
  });

  it('a server that is not there', async () => {
    const nowhere = (target: string): Promise<Cluster> =>
      server.connect('admin', {
        kubeconfig: server.kubeconfigFor('admin', { cluster: { server: target } }),
        timeoutSeconds: 5,
      });
    const refused = await failure((await nowhere('https://127.0.0.1:1')).list(kinds.Pod));
    assert.equal(refused.message, 'the API server https://127.0.0.1:1 cannot be reached: connection refused');
    assert.match(
      refused.hint ?? '',
      /^check that the cluster runs\ncheck "server" of cluster "test" in \S+, or choose another cluster with --context$/,
    );
    const localhost = await failure((await nowhere('https://localhost:1')).list(kinds.Pod));
    assert.match(localhost.message, /cannot be reached: connection refused$/);
    const unknown = await failure((await nowhere('https://no-such-host.invalid')).list(kinds.Pod));
    assert.match(unknown.message, /cannot be reached: its name cannot be resolved$/);
  });

  it('a server that takes the connection and does not answer', async () => {
    await server.whileFrozen(async () => {
      const cluster = await server.connect('admin', { timeoutSeconds: 1 });
      const { value, ms } = await timed(failure(cluster.list(kinds.Pod)));
      assert(ms < 3000, `${ms} ms`);
      assert.match(value.message, /cannot be reached: no connection within 1 s$/);
    });
    const cluster = await viaProxy({ timeoutSeconds: 1 });
    proxy.plan({ fault: { delayMs: 5000 } });
    const { value, ms } = await timed(failure(cluster.list(kinds.Pod)));
    assert(ms < 3000, `${ms} ms`);
    assert.match(value.message, /did not answer within 1 s$/);
  });

  it('waits as long as it takes without a time-out', async () => {
    const cluster = await viaProxy({ timeoutSeconds: 0 });
    proxy.plan({ fault: { delayMs: 1500 } });
    assert.equal((await cluster.get({ kind: kinds.Namespace, name: namespace })).metadata.name, namespace);
    await assert.rejects(viaProxy({ timeoutSeconds: -1 }), /time-out/);
  });

  it('stops when the caller gives up: in a request, in a pause, and before', async () => {
    for (const fault of [{ delayMs: 5000 }, { status: 429, headers: { 'retry-after': '5' } }]) {
      const controller = new AbortController();
      const cluster = await viaProxy({ signal: controller.signal });
      proxy.plan({ fault, times: 9 });
      setTimeout(() => controller.abort(), 100);
      const { value, ms } = await timed(failure(cluster.list(kinds.Pod)));
      assert.equal(value.message, 'interrupted');
      assert(ms < 2000, `${ms} ms`);
      proxy.plan();
      await failure(cluster.list(kinds.Pod));
      assert.equal(proxy.requests.length, 0);
    }
  });

  it('ends with its process: at Ctrl-C at once, and after its work without waiting for idle connections', async () => {
    const script = fileURLToPath(new URL('support/list-namespaces.ts', import.meta.url));
    const run = async (signalAfterMs?: number): Promise<{ code: number | null; signal: string | null }> => {
      const kubeconfig = server.kubeconfigFor('admin', {
        cluster: { server: proxy.url },
      });
      const child = spawn(process.execPath, ['--import=tsx', script], {
        env: { ...process.env, KUBECONFIG: kubeconfig },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.once('data', () => {
        if (signalAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), signalAfterMs);
      });
      return new Promise((resolve) => {
        child.on('exit', (code, signal) => resolve({ code, signal }));
      });
    };
    // the server never answers within this test, so an end shows that nobody waited for it
    proxy.plan({ fault: { delayMs: 600_000 } });
    assert.equal((await run(300)).signal, 'SIGINT');
    proxy.plan();
    assert.equal((await run()).code, 0);
  });
});
