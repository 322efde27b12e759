import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, it } from 'mocha';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { createApi } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { createTunnel } from '../../src/lib/cluster/tunnel.js';
import type { Tunnel } from '../../src/lib/cluster/tunnel.js';
import { ClusterError } from '../../src/lib/errors.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A server whose streams do what `serve` says; without it upgrades are never answered. */
async function tunnelTo(
  serve?: (socket: WebSocket, request: IncomingMessage) => void,
  user: Partial<Access['user']> = {},
  timeoutMs = 10_000,
): Promise<Tunnel> {
  const server = createServer();
  servers.push(server);
  if (serve) new WebSocketServer({ server }).on('connection', serve);
  else server.on('upgrade', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const access: Access = {
    context: 'c',
    cluster: {
      name: 'k',
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`,
      insecureSkipTlsVerify: false,
    },
    user: { name: 'u', ...user },
    origin: '/kubeconfig',
  };
  const silent = (): void => undefined;
  const limits = { connectTimeoutMs: timeoutMs, timeoutMs };
  const credentials = createCredentials(access, {
    env: {},
    terminal: false,
    pluginTimeoutMs: 100,
    verbose: silent,
    ...limits,
  });
  return createTunnel(createApi({ access, credentials, verbose: silent, warn: silent, ...limits }), 'n');
}

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ClusterError, String(error));
  return error;
}

const frame = (channel: number, text: string): Buffer => Buffer.concat([Buffer.of(channel), Buffer.from(text)]);
const run = (tunnel: Tunnel): Promise<number> => tunnel.exec({ name: 'p' }, ['x'], { stdout: new PassThrough() });
const ending = (status: unknown): Promise<Tunnel> =>
  tunnelTo((socket) => socket.send(frame(3, typeof status === 'string' ? status : JSON.stringify(status))));

describe('exec', () => {
  it('ends with the exit code that the status tells', async () => {
    assert.equal(await run(await ending({ metadata: {}, status: 'Success' })), 0);
    const causes = [{ reason: 'ExitCode', message: '3' }];
    const failed = { metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', details: { causes } };
    assert.equal(await run(await ending(failed)), 3);
    const more = [{ reason: 'Other', message: '7' }, ...causes];
    assert.equal(await run(await ending({ ...failed, details: { causes: more } })), 3);
  });

  it('is the cluster’s fault when the status or the stream makes no sense', async () => {
    const reasons: readonly [status: unknown, message: RegExp][] = [
      [{ status: 'Failure', message: 'no\nsuch' }, /^the command cannot be run in pod n\/p: no such$/],
      [{ status: 'Failure', message: 'x'.repeat(301) }, /^the command cannot be run in pod n\/p: x{300}$/],
      [{ status: 'Failure', message: '' }, /does not say why$/],
      ...['x', 'x3', '3x', undefined].map((message): [unknown, RegExp] => [
        { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message }] } },
        /cannot be run/,
      ]),
      [
        { status: 'Failure', reason: 'Other', details: { causes: [{ reason: 'ExitCode', message: '3' }] } },
        /cannot be run/,
      ],
      [{}, /does not say why$/],
      ['not JSON', /sends a stream that makes no sense/],
    ];
    for (const [status, message] of reasons) assert.match((await failure(run(await ending(status)))).message, message);
    const strange = await tunnelTo((socket) => socket.send(frame(9, 'x')));
    assert.match((await failure(run(strange))).message, /makes no sense: Unknown stream: 9$/);
    const empty = await tunnelTo((socket) => {
      socket.send(Buffer.alloc(0));
      socket.send('text');
      socket.send(frame(3, '{"status":"Success"}'));
    });
    assert.equal(await run(empty), 0);
    const early = await tunnelTo((socket) => socket.close(1000));
    assert.match((await failure(run(early))).message, /ended the stream before the command in pod n\/p ended$/);
    const cut = await tunnelTo((socket) => socket.terminate());
    assert.match((await failure(run(cut))).message, /closed the connection in the middle of the stream$/);
    const told = await tunnelTo((socket) => socket.close(1011, 'node is gone'));
    assert.match((await failure(run(told))).message, /ended the stream: node is gone$/);
  });

  it('gives up on a server that does not open the stream', async () => {
    const silent = await tunnelTo(undefined, {}, 300);
    assert.match((await failure(run(silent))).message, /did not answer within 0\.3 s$/);
  });

  it('asks for what is wanted, as whom the kubeconfig says', async () => {
    let seen: IncomingMessage | undefined;
    const impersonate = { user: 'a', uid: '1', groups: ['g', 'h'], extra: { 'k/l': ['v'] } };
    const tunnel = await tunnelTo(
      (socket, request) => {
        seen = request;
        socket.send(frame(3, '{"status":"Success"}'));
      },
      { token: 't', impersonate },
    );
    await tunnel.exec({ name: 'p', namespace: 'o' }, ['a b', 'c'], { container: 'x' });
    const url = new URL(seen?.url ?? '', 'http://x');
    assert.equal(url.pathname, '/prefix/api/v1/namespaces/o/pods/p/exec');
    assert.deepEqual(url.searchParams.getAll('command'), ['a b', 'c']);
    assert.deepEqual(
      ['container', 'stdin', 'stdout', 'stderr', 'tty'].map((name) => url.searchParams.get(name)),
      ['x', 'false', 'false', 'false', 'false'],
    );
    const headers: IncomingMessage['headers'] = seen?.headers ?? {};
    assert.deepEqual(
      ['authorization', 'impersonate-user', 'impersonate-uid', 'impersonate-group', 'impersonate-extra-k%2fl'].map(
        (name) => headers[name],
      ),
      ['Bearer t', 'a', '1', 'g, h', 'v'],
    );
  });
});

describe('port-forward', () => {
  const forwarding = (serve: (socket: WebSocket, text: string) => void): Promise<Tunnel> =>
    tunnelTo((socket) => {
      socket.send(Buffer.of(0, 152, 58));
      socket.send(Buffer.of(1, 152, 58));
      socket.on('message', (data: Buffer) => serve(socket, data.subarray(1).toString()));
    });

  it('carries bytes, and the reason when the port cannot be reached', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    const good = await forwarding((socket) => socket.send(frame(0, answer)));
    assert.equal((await good.request({ name: 'p' }, 15000, { path: '/' })).body, 'ok');
    const refused = await forwarding((socket) => socket.send(frame(1, 'dial tcp: connect: connection refused')));
    const error = await failure(refused.request({ name: 'p' }, 15000, { path: '/' }));
    assert.equal(error.message, 'nothing listens on port 15000 of pod n/p');
    const silent = await forwarding(() => undefined);
    const late = await failure(silent.request({ name: 'p' }, 15000, { path: '/', timeoutMs: 300 }));
    assert.equal(late.message, 'port 15000 of pod n/p did not answer within 0.3 s');
    const rude = await forwarding((socket) => socket.close(1000));
    assert.match(
      (await failure(rude.request({ name: 'p' }, 15000, { path: '/' }))).message,
      /^port 15000 of pod n\/p closed the connection before its answer was complete$/,
    );
    const other = await forwarding((socket) => socket.send(frame(0, 'SSH-2.0\r\n')));
    assert.match((await failure(other.request({ name: 'p' }, 15000, { path: '/' }))).message, /does not speak HTTP/);
  });
});
