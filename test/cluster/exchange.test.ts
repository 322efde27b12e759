import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import {
  Agent,
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { RequestOptions } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import {
  exchange,
  exchangeAs,
  TransportError,
  type HttpRequest,
  type Limits,
} from '../../src/lib/cluster/connection/transport.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { createAuthority } from '../integration/support/certificates.js';
import { freePorts } from '../integration/support/processes.js';
import { startConnectProxy, startSocksProxy } from '../integration/support/tunnels.js';
import { handClock } from '../support/hand-clock.js';
import { until } from '../support/until.js';
import { endAfterEach } from '../support/loopback.js';

const ends = endAfterEach();

async function listen(server: TcpServer, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Place {
  readonly server: Server;
  readonly url: string;
}

async function serve(listener: RequestListener): Promise<Place> {
  const server = createHttpServer(listener);
  return { server, url: `http://127.0.0.1:${await listen(server)}` };
}

/** A server that takes connections and says nothing. */
const silent = (): Promise<number> =>
  listen(createTcpServer((socket) => void socket.on('error', () => undefined).resume()));

function send(
  url: string,
  {
    options = {},
    request = {},
    limits = {},
  }: { options?: RequestOptions; request?: Partial<HttpRequest>; limits?: Partial<Limits> } = {},
) {
  return exchange(
    new URL(url),
    options,
    { method: 'GET', path: '/x', headers: {}, ...request },
    { connectMs: Infinity, totalMs: Infinity, ...limits },
  );
}

async function failure(promise: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof TransportError, String(error));
  assert.equal(error.name, 'TransportError');
  return error;
}

/** What a client of this kubeconfig sends a request with. */
function optionsOf(cluster: Partial<Access['cluster']> & { server: string }, connectTimeoutMs = 10_000) {
  const access: Access = {
    context: 'c',
    cluster: { name: 'k', insecureSkipTlsVerify: false, ...cluster },
    user: { name: 'u' },
    origin: '/kubeconfig',
  };
  return createCredentials(access, {
    env: {},
    connectTimeoutMs,
    pluginTimeoutMs: 1000,
    verbose: () => undefined,
  }).requestOptions();
}

const told = ({ message, code, connected }: TransportError) => [message, code, connected];
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

describe('one exchange: what is sent', () => {
  it('method, path after that of the server, headers, and the length of a body', async () => {
    const seen: unknown[] = [];
    const { url } = await serve((request, response) => {
      const { method, url: path, headers } = request;
      seen.push([method, path, headers['a'], headers['b'], headers['content-length'], headers['transfer-encoding']]);
      request.resume().on('end', () => response.end());
    });
    const options = { headers: { a: 'of the connection', b: 'of the connection' } };
    await send(`${url}/pre/`, { options, request: { headers: { b: 'of the request' } } });
    await send(`${url}/pre`, { request: { method: 'DELETE', body: 'ä€' } });
    assert.deepEqual(seen, [
      ['GET', '/pre/x', 'of the connection', 'of the request', undefined, undefined],
      ['DELETE', '/pre/x', undefined, undefined, '5', undefined],
    ]);
  });

  it('to the address and the port that the URL means', async () => {
    const asked = async (server: string): Promise<string | undefined> => {
      const proxy = await startSocksProxy(await silent());
      ends.push(() => proxy.close());
      const options = await optionsOf({
        server,
        proxyUrl: `socks5://127.0.0.1:${proxy.port}`,
        insecureSkipTlsVerify: true,
      });
      const abort = new AbortController();
      const sent = failure(send(server, { options, limits: { signal: abort.signal } }));
      await until(() => proxy.asked.length > 0);
      abort.abort();
      await sent;
      return proxy.asked[0];
    };
    assert.equal(await asked('http://cluster.example'), 'cluster.example:80');
    assert.equal(await asked('https://cluster.example'), 'cluster.example:443');
    assert.equal(await asked('https://cluster.example:6443'), 'cluster.example:6443');
    const agent = new Agent();
    const targets: unknown[] = [];
    const note = ({ host, port }: { host?: string; port?: string | number }) => {
      targets.push([host, Number(port)]);
      throw new Error('noted');
    };
    agent.createConnection = note;
    for (const url of ['http://[fd00::1]:8080', 'http://10.0.0.1']) await failure(send(url, { options: { agent } }));
    assert.deepEqual(targets, [
      ['fd00::1', 8080],
      ['10.0.0.1', 80],
    ]);
  });

  it('certificates and headers that cannot be used are found at once', async () => {
    const error = await failure(send('http://127.0.0.1:1', { request: { headers: { a: 'b\nc' } } }));
    assert.deepEqual([error.code, error.connected], ['ERR_INVALID_CHAR', false]);
    assert(error.cause instanceof TypeError);
    const path = await failure(send('http://127.0.0.1:1', { request: { path: '/\n' } }));
    assert.equal(path.code, 'ERR_UNESCAPED_CHARACTERS');
  });
});

describe('one exchange: how it fails', () => {
  it('refused: nothing was connected, and nothing waits any longer', async () => {
    const [port = 0] = await freePorts(1);
    const clock = handClock();
    ends.push(clock.restore);
    const error = await failure(send(`http://127.0.0.1:${port}`, { limits: { connectMs: 1000, totalMs: 5000 } }));
    assert.deepEqual([error.code, error.connected, clock.waiting()], ['ECONNREFUSED', false, 0]);
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    // the error of several addresses has no words
    const lookup = (_host: string, _options: object, done: (error: null, addresses: object[]) => void): void =>
      done(
        null,
        ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
      );
    const options = { lookup: lookup as never, autoSelectFamily: true } as RequestOptions;
    const several = await failure(send(`http://several.example:${port}`, { options }));
    assert.deepEqual(told(several), ['ECONNREFUSED', 'ECONNREFUSED', false]);
  });

  it('cut off before an answer, and within one', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/none') return void request.socket.destroy();
      response.writeHead(200, { 'content-length': 10 }).write('part');
      setImmediate(() => request.socket.destroy());
    });
    const none = await failure(send(url, { request: { path: '/none' } }));
    assert.deepEqual([none.code, none.connected], ['ECONNRESET', true]);
    const part = await failure(send(url));
    assert.deepEqual([part.code, part.connected], ['ANSWER_CUT', true]);
  });

  it('on a connection that was there before it is connected, too', async () => {
    let count = 0;
    const { url } = await serve(
      (request, response) => void (++count === 1 ? response.end() : request.socket.destroy()),
    );
    const agent = new Agent({ keepAlive: true });
    ends.push(() => agent.destroy());
    await send(url, { options: { agent } });
    await turns();
    const error = await failure(send(url, { options: { agent }, request: { method: 'POST' } }));
    assert.deepEqual([error.code, error.connected, count], ['ECONNRESET', true, 2]);
  });

  it('without an answer in time', async () => {
    const port = await silent();
    const late = await failure(send(`http://127.0.0.1:${port}`, { limits: { totalMs: 50 } }));
    assert.deepEqual(told(late), ['no complete answer within 0.05 s', 'ANSWER_TIMEOUT', true]);
    assert(late.cause instanceof Error);
  });

  it('without a connection in time, where there is more time for the answer', async () => {
    const server = `https://127.0.0.1:${await silent()}`;
    const options = await optionsOf({ server, insecureSkipTlsVerify: true });
    const late = await failure(send(server, { options, limits: { connectMs: 50 } }));
    assert.deepEqual(told(late), ['no connection within 0.05 s', 'CONNECT_TIMEOUT', false]);
    const shorter = await failure(send(server, { options, limits: { connectMs: 50, totalMs: 50 } }));
    assert.equal(shorter.code, 'ANSWER_TIMEOUT', 'one limit for both');
  });

  it('a connection through a proxy is there when TLS is, not before', async () => {
    const port = await silent();
    const proxy = await startConnectProxy(port);
    ends.push(() => proxy.close());
    const server = `https://127.0.0.1:${port}`;
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    const options = await optionsOf({ server, proxyUrl, insecureSkipTlsVerify: true });
    const late = await failure(send(server, { options, limits: { connectMs: 200 } }));
    assert.deepEqual(told(late), ['no connection within 0.2 s', 'CONNECT_TIMEOUT', false]);
    assert.equal(proxy.asked.length, 1);
  });

  it('the proxy’s own limit means the same', async () => {
    const port = await silent();
    const proxy = await startConnectProxy(port, { silent: true });
    ends.push(() => proxy.close());
    const server = `https://127.0.0.1:${port}`;
    const options = await optionsOf(
      { server, proxyUrl: `http://127.0.0.1:${proxy.port}`, insecureSkipTlsVerify: true },
      50,
    );
    const late = await failure(send(server, { options }));
    assert.deepEqual(told(late), ['Proxy timeout', 'CONNECT_TIMEOUT', false]);
  });

  it('the limit for the connection ends with it, that of the answer with the answer', async () => {
    const clock = handClock();
    ends.push(clock.restore);
    const { server, url } = await serve(() => undefined);
    const answer = send(url, { limits: { connectMs: 1000, totalMs: 5000 } });
    const [, response] = (await once(server, 'request')) as [IncomingMessage, { end(text: string): void }];
    clock.pass(4999);
    response.end('good');
    assert.equal((await answer).body, 'good');
    const next = failure(send(url, { limits: { connectMs: 1000, totalMs: 5000 } }));
    await once(server, 'request');
    clock.pass(5000);
    assert.equal((await next).code, 'ANSWER_TIMEOUT');
  });

  it('given up by whoever asked, before or while; nothing is left behind', async () => {
    const { server, url } = await serve((request, response) => void (request.url === '/good' && response.end()));
    const before = await failure(send(url, { limits: { signal: AbortSignal.abort() } }));
    assert.deepEqual(told(before), ['interrupted', 'ABORTED', false]);
    const abort = new AbortController();
    const { signal } = abort;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const running = timers();
    const limits = { signal, connectMs: 60_000, totalMs: 60_000 };
    await send(url, { limits, request: { path: '/good' } });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(timers(), running);
    const sent = failure(send(url, { limits }));
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const closed = once(request.socket, 'close');
    abort.abort();
    assert.deepEqual(told(await sent), ['interrupted', 'ABORTED', true]);
    await closed;
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(timers(), running);
  });
});

describe('one exchange: the answer', () => {
  it('status, headers, bytes, and the bytes as text', async () => {
    const { url } = await serve((_q, response) => response.writeHead(404, { a: 'b' }).end('ä'));
    const { status, headers, bytes, body } = await send(url);
    assert.deepEqual([status, headers['a'], bytes, body], [404, 'b', Buffer.from('ä'), 'ä']);
    const whole = await serve((_q, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('ä')),
    );
    assert.equal((await send(whole.url)).body, 'ä');
    const other = await serve((_q, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('as it is'));
    assert.equal((await send(other.url)).body, 'as it is');
  });

  it('compressed badly', async () => {
    const { url } = await serve((_q, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('text'));
    const error = await failure(send(url));
    assert.deepEqual([error.code, error.message, error.connected], ['ANSWER_CUT', 'incorrect header check', true]);
  });

  it('no longer than 256 MiB', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024);
    const { url } = await serve((request, response) => {
      const more = request.url === '/more';
      response.writeHead(200, { 'content-length': 256 * mebibyte.length + (more ? 1 : 0) });
      let left = 256;
      const write = (): void => {
        while (left-- > 0) if (!response.write(mebibyte)) return void response.once('drain', write);
        response.end(more ? '.' : '');
      };
      write();
    });
    assert.equal((await send(url)).bytes.length, 256 * mebibyte.length);
    const error = await failure(send(url, { request: { path: '/more' } }));
    assert.deepEqual(told(error), ['the answer is too long', 'ANSWER_TOO_LONG', true]);
  }).timeout(20_000);

  it('taken in another way: the limits hold until then', async () => {
    const { url } = await serve((_q, response) => void response.writeHead(200).write('begun'));
    const abort = new AbortController();
    const stream = await exchangeAs<IncomingMessage>(
      new URL(url),
      {},
      { method: 'GET', path: '/', headers: {} },
      { connectMs: Infinity, totalMs: 60_000, signal: abort.signal },
      (response, resolve) => resolve(response),
    );
    abort.abort();
    assert.equal(String(((await once(stream, 'data')) as [Buffer])[0]), 'begun');
    stream.destroy();
  });

  it('from a server of HTTPS', async () => {
    const authority = createAuthority('test');
    const { createServer } = await import('node:https');
    const server = createServer(authority.issue({ commonName: 's', names: ['127.0.0.1'] }), (_q, r) => r.end('safe'));
    const url = `https://127.0.0.1:${await listen(server)}`;
    const options = await optionsOf({ server: url, ca: Buffer.from(authority.cert) });
    assert.equal((await send(url, { options })).body, 'safe');
  });
});
