import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { getEventListeners, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'mocha';
import type { Tunnel } from '../../src/lib/cluster/tunnel.js';
import type { ClusterError } from '../../src/lib/errors.js';
import { integration } from './support/api-server.js';
import type { KubeconfigChanges } from './support/api-server.js';
import { failure } from './support/connections.js';
import { appendLine, startKubelet } from './support/kubelet.js';
import type { Kubelet } from './support/kubelet.js';
import { freePorts } from './support/processes.js';

integration('cluster: streams to pods', (server) => {
  let inPod: Server;
  let kubelet: Kubelet;
  let namespace: string;
  let pod: { name: string; namespace: string };
  const seen: IncomingMessage[] = [];

  const tunnelAs = async (user: string, changes: KubeconfigChanges = {}, options: object = {}): Promise<Tunnel> =>
    (await server.connect(user, { kubeconfig: server.kubeconfigFor(user, changes), ...options })).tunnel();

  before(async function () {
    this.timeout(40_000);
    inPod = createServer((request, response) => {
      seen.push(request);
      if (request.url === '/silent') return;
      if (request.url === '/long') return void response.end(Buffer.alloc(3_000_000, 'x'));
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => response.writeHead(request.url === '/404' ? 404 : 200).end(`${request.method} ${body}`));
    });
    await new Promise<void>((resolve) => inPod.listen(0, '127.0.0.1', resolve));
    const [closed = 0] = await freePorts(1);
    kubelet = await startKubelet(server, { 15000: (inPod.address() as AddressInfo).port, 9: closed });
    namespace = await server.freshNamespace('tunnel');
    pod = { name: await kubelet.pod(namespace), namespace };
  });
  after(async () => {
    inPod?.closeAllConnections();
    inPod?.close();
    await kubelet?.stop();
  });

  it('asks a port of a pod, whatever the status of its answer', async () => {
    const tunnel = await tunnelAs('admin');
    const found = await tunnel.request(pod, 15000, { path: '/x', headers: { 'x-a': 'b' } });
    assert.deepEqual([found.status, found.body], [200, 'GET ']);
    assert.equal(seen.at(-1)?.headers['x-a'], 'b');
    assert.equal(seen.at(-1)?.headers.host, 'localhost:15000');
    assert.equal((await tunnel.request(pod, 15000, { path: '/404' })).status, 404);
    assert.equal((await tunnel.request(pod, 15000, { path: '/', method: 'POST', body: 'hello' })).body, 'POST hello');
    assert.equal((await tunnel.request(pod, 15000, { path: '/long' })).bytes.length, 3_000_000);
    const many = await Promise.all([1, 2, 3, 4].map(() => tunnel.request(pod, 15000, { path: '/' })));
    assert.deepEqual(
      many.map(({ status }) => status),
      [200, 200, 200, 200],
    );
  });

  it('says what is wrong with the pod, or with who asks', async () => {
    const tunnel = await tunnelAs('admin');
    const ask = (path: string, port = 15000, name = pod.name): Promise<ClusterError> =>
      failure(tunnel.request({ name, namespace }, port, { path, timeoutMs: 700 }));
    const where = `pod ${namespace}/${pod.name}`;
    assert.equal((await ask('/silent')).message, `port 15000 of ${where} did not answer within 0.7 s`);
    assert.equal((await ask('/', 9)).message, `nothing listens on port 9 of ${where}`);
    assert.match((await ask('/', 10)).message, new RegExp(`^port 10 of ${where} cannot be reached: error forwarding`));
    const missing = await ask('/', 15000, 'none');
    assert.deepEqual([missing.status, missing.message], [404, 'pods "none" not found']);
    await assert.rejects(tunnel.request({ name: '../x', namespace }, 1, { path: '/' }), { name: 'UsageError' });
    const refused = await failure((await tunnelAs('nobody')).request(pod, 15000, { path: '/' }));
    assert.equal(refused.status, 403);
    assert.match(refused.hint ?? '', /resources: \["pods\/portforward"\]/);
    const wrong = await tunnelAs('admin', { user: { token: 'wrong' } });
    assert.equal((await failure(wrong.request(pod, 15000, { path: '/' }))).status, 401);
  });

  it('acts as the user, the groups, the uid and the extra of the kubeconfig', async () => {
    const user = {
      token: 'admin',
      as: 'someone',
      'as-uid': '7',
      'as-groups': ['g'],
      'as-user-extra': { 'a/b': ['c'] },
    };
    const error = await failure((await tunnelAs('admin', { user })).request(pod, 15000, { path: '/' }));
    assert.equal(error.status, 403);
    assert.match(error.message, /User "someone" cannot/);
    const group = { ...user, 'as-groups': ['system:masters'] };
    assert.equal((await (await tunnelAs('admin', { user: group })).request(pod, 15000, { path: '/' })).status, 200);
    assert.equal(
      await text(await (await tunnelAs('admin', { user: group })).logs(pod, { container: 'a' })),
      'a line of the pod\n',
    );
  });

  it('takes a rotated token', async () => {
    const tokenFile = server.file('token', 'old');
    const tunnel = await tunnelAs('nobody', { user: { token: undefined, tokenFile } });
    assert.equal((await failure(tunnel.request(pod, 15000, { path: '/' }))).status, 401);
    (await import('node:fs')).writeFileSync(tokenFile, 'admin');
    assert.equal((await tunnel.request(pod, 15000, { path: '/' })).status, 200);
  });

  it('opens a local port, whose connections are apart from one another', async () => {
    const tunnel = await tunnelAs('admin');
    const errors: string[] = [];
    let target = pod.name;
    const { signal } = new AbortController();
    const forward = await tunnel.listen(() => Promise.resolve({ name: target, namespace }), 15000, {
      onError: (error) => errors.push(error.message),
      signal,
    });
    const get = async (): Promise<string> => (await fetch(`http://127.0.0.1:${forward.localPort}/`)).text();
    assert.equal(await get(), 'GET ');
    target = 'gone';
    await assert.rejects(get());
    target = pod.name;
    assert.equal(await get(), 'GET ');
    assert.deepEqual(errors, ['pods "gone" not found']);
    await assert.rejects(tunnel.listen(pod, 15000, { localPort: forward.localPort }), (error: unknown) => {
      assert(error instanceof Error && error.name === 'UsageError');
      assert.equal(error.message, `the local port ${forward.localPort} is in use`);
      return true;
    });

    const idle = connectTcp(forward.localPort, '127.0.0.1');
    await once(idle, 'connect');
    await forward.close();
    await once(idle, 'close');
    await assert.rejects(get());
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('answers a client that has said that it sends no more', async () => {
    const tunnel = await tunnelAs('admin');
    const forward = await tunnel.listen(pod, 15000);
    const client = connectTcp({ port: forward.localPort, host: '127.0.0.1', allowHalfOpen: true });
    client.end('GET / HTTP/1.0\r\n\r\n');
    client.setEncoding('utf8');
    assert.match(String(await once(client, 'data')), /^HTTP\/1\.1 200 OK/);
    await forward.close();
  });

  it('ends a stream whose caller gives up', async () => {
    const tunnel = await tunnelAs('admin');
    const controller = new AbortController();
    const given = await tunnel.connect(pod, 15000, { signal: controller.signal });
    controller.abort();
    const [interrupted] = (await once(given, 'error')) as [ClusterError];
    assert.equal(interrupted.message, 'interrupted');
    await assert.rejects(tunnel.connect(pod, 15000, { signal: controller.signal }), /interrupted/);
  });

  it('runs commands', async () => {
    const tunnel = await tunnelAs('admin');
    const output = new PassThrough();
    const errors = new PassThrough();
    const script = 'echo out; echo err >&2';
    assert.equal(await tunnel.exec(pod, ['sh', '-c', script], { container: 'a', stdout: output, stderr: errors }), 0);
    output.end();
    errors.end();
    assert.deepEqual([await text(output), await text(errors)], ['out\n', 'err\n']);

    const long = new PassThrough();
    const size = text(long).then((all) => all.length);
    assert.equal(await tunnel.exec(pod, ['head', '-c', '2000000', '/dev/zero'], { container: 'a', stdout: long }), 0);
    long.end();
    assert.equal(await size, 2_000_000);

    const input = new PassThrough();
    const echo = new PassThrough();
    const controller = new AbortController();
    const options = { container: 'a', stdin: input, stdout: echo, signal: controller.signal };
    const running = tunnel.exec(pod, ['cat'], options);
    input.write('hello');
    assert.equal(String((await once(echo, 'data'))[0]), 'hello');
    controller.abort();
    assert.equal((await failure(running)).message, 'interrupted');
  });

  it('says why a command did not run, or does not end', async () => {
    const tunnel = await tunnelAs('admin');
    const run = (command: string[], options: object = {}): Promise<ClusterError> =>
      failure(tunnel.exec(pod, command, { container: 'a', stdout: new PassThrough(), ...options }));
    const where = `pod ${namespace}/${pod.name}`;
    assert.match(
      (await run(['/no/such'])).message,
      new RegExp(`^the command cannot be run in ${where}: .*no such file`),
    );
    const slow = `the command in ${where}`;
    assert.equal((await run(['sleep', '3'], { timeoutMs: 200 })).message, `${slow} did not end within 0.2 s`);
    assert.match(
      (await run(['true'], { container: undefined })).message,
      /^a container name must be specified .*\[a b\]/,
    );
    assert.equal((await run(['true'], { container: 'z' })).status, 400);
  });

  it('reads logs', async () => {
    const tunnel = await tunnelAs('admin');
    const log = (options: object): Promise<string> =>
      tunnel.logs(pod, { container: 'a', ...options }).then((stream) => text(stream));
    assert.equal(await log({}), 'a line of the pod\n');
    assert.equal(await log({ tailLines: 0 }), '');
    assert.match(await log({ timestamps: true }), /^2026-01-02T03:04:05\S* a line of the pod\n$/);
    assert.equal(await log({ sinceTime: '2026-01-02T03:04:06Z' }), '');
    assert.equal(await log({ limitBytes: 6 }), 'a line');
    assert.equal((await failure(tunnel.logs({ name: 'none', namespace }))).status, 404);
    assert.match((await failure(tunnel.logs(pod))).message, /a container name must be specified/);

    const followed = await tunnel.logs(pod, { container: 'a', follow: true });
    followed.setEncoding('utf8');
    assert.deepEqual(await once(followed, 'data'), ['a line of the pod\n']);
    appendLine(kubelet.log, 'another');
    assert.deepEqual(await once(followed, 'data'), ['another\n']);
    followed.destroy();
  });
});
