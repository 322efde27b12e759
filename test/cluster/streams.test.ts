import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectTo, createServer as createTcpServer, Socket, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { WebSocketServer, type WebSocket } from 'ws';
import { createApi } from '../../src/lib/cluster/connection/api.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { createTunnel, type Tunnel } from '../../src/lib/cluster/tunnel.js';
import type { ClusterError } from '../../src/lib/errors.js';
import { freePorts } from '../integration/support/processes.js';
import { handClock, type HandClock } from '../support/hand-clock.js';
import { until } from '../support/until.js';
import { endAfterEach, listenOn } from '../support/loopback.js';

const ends = endAfterEach();

interface Settings {
  /** What the server does with a stream; absent: it never answers. */
  readonly stream?: (socket: WebSocket, request: IncomingMessage, count: number) => void;
  /** What it does with any other request. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Refuses a stream with this status and body; 0 for none. */
  readonly refuse?: (count: number) => readonly [status: number, body: string] | undefined;
  readonly protocol?: string;
  readonly user?: Partial<Access['user']>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

interface Served {
  readonly tunnel: Tunnel;
  readonly url: string;
  /** Requests for streams. */
  readonly asked: IncomingMessage[];
  readonly lines: string[];
}

function tunnelOf(
  url: string,
  { user, signal, timeoutMs = 30_000 }: Settings = {},
  cluster: Partial<Access['cluster']> = {},
) {
  const access: Access = {
    context: 'c',
    cluster: { name: 'k', server: url, insecureSkipTlsVerify: false, ...cluster },
    user: { name: 'u', ...user },
    origin: '/kubeconfig',
  };
  const lines: string[] = [];
  const common = { connectTimeoutMs: 10_000, signal, verbose: (line: string) => lines.push(line) };
  const credentials = createCredentials(access, { ...common, env: {}, pluginTimeoutMs: 1000 });
  const api = createApi({ ...common, access, credentials, timeoutMs, warn: (line) => lines.push(line) });
  return { tunnel: createTunnel(api, 'n'), lines };
}

async function serving(settings: Settings): Promise<Served> {
  const { stream, answer, refuse, protocol } = settings;
  const server = createServer((request, response) => answer?.(request, response));
  const asked: IncomingMessage[] = [];
  const streams = new WebSocketServer({ noServer: true, ...(protocol ? { handleProtocols: () => protocol } : {}) });
  server.on('upgrade', (request, socket, head) => {
    const count = asked.push(request);
    socket.on('error', () => undefined);
    const refusal = refuse?.(count);
    if (refusal) {
      const [status, body] = refusal;
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    } else if (stream) {
      streams.handleUpgrade(request, socket, head, (opened) => stream(opened, request, count));
    } else {
      socket.resume().on('end', () => socket.end());
    }
  });
  const url = `http://127.0.0.1:${await listenOn(server, ends)}`;
  return { ...tunnelOf(`${url}/pre`, settings), url, asked };
}

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert.equal((error as Error).constructor.name, 'ClusterError', String(error));
  return error as ClusterError;
}

function ourClock(): HandClock {
  const clock = handClock();
  ends.push(clock.restore);
  return clock;
}

const frame = (channel: number, content: string | Buffer): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(content)]);
/** What a kubelet begins a port-forward with. */
const begin = (socket: WebSocket): void => {
  for (const channel of [0, 1]) socket.send(Buffer.of(channel, 80, 0));
};
const pod = { name: 'p' };
const path = '/pre/api/v1/namespaces/n/pods/p/portforward?ports=80';
const success = frame(3, '{"status":"Success"}');
/** Waits until a number of bytes does not change any more, and gives it. */
const settled = async (bytes: () => number): Promise<number> => {
  let [last, same] = [-1, 0];
  while (same < 20) {
    const next = bytes();
    same = next === last ? same + 1 : 0;
    last = next;
    await sleep(5);
  }
  return last;
};

describe('opening a stream', () => {
  it('offers the protocols that Kubernetes has, and nothing else', async () => {
    const { tunnel, asked, lines, url } = await serving({ stream: begin });
    const stream = await tunnel.connect(pod, 80);
    stream.destroy();
    const [request] = asked;
    assert.equal(request?.url, path);
    assert.equal(request.headers['sec-websocket-protocol'], 'v5.channel.k8s.io,v4.channel.k8s.io');
    assert.equal(request.headers['sec-websocket-extensions'], undefined);
    assert.match(lines.at(-1) ?? '', /^stream http:\S+: 101 in \d{1,5} ms$/);
    assert(lines.at(-1)?.startsWith(`stream ${url}${path}: `));
    const other = await tunnel.connect({ name: 'q', namespace: 'o' }, 1);
    other.destroy();
    assert.equal(asked[1]?.url, '/pre/api/v1/namespaces/o/pods/q/portforward?ports=1');
    const root = tunnelOf(`${url}/`);
    (await root.tunnel.connect(pod, 80)).destroy();
    assert.equal(asked[2]?.url, path.replace('/pre', ''));
    assert(root.lines.at(-1)?.startsWith(`stream ${url}${path.replace('/pre', '')}: `));
  });

  it('asks the system whether the other side is still there', async () => {
    const set: unknown[][] = [];
    const { setKeepAlive } = Socket.prototype;
    ends.push(() => (Socket.prototype.setKeepAlive = setKeepAlive));
    Socket.prototype.setKeepAlive = function (...given) {
      set.push(given);
      return setKeepAlive.apply(this, given);
    };
    const { tunnel } = await serving({ stream: begin });
    (await tunnel.connect(pod, 80)).destroy();
    assert.deepEqual(set.at(-1), [true, 30_000]);
  });

  it('after a 401 once more with new credentials, where there may be new ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-streams-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 't');
    const refuse = (count: number) => (count === 1 ? ([401, ''] as const) : undefined);
    const renewed = await serving({ stream: begin, refuse, user: { tokenFile } });
    (await renewed.tunnel.connect(pod, 80)).destroy();
    assert.equal(renewed.asked.length, 2);
    assert(renewed.lines.some((line) => / 401 in \d+ ms$/.test(line)));
    const fixed = await serving({ stream: begin, refuse, user: { token: 't' } });
    assert.match((await failure(fixed.tunnel.connect(pod, 80))).message, /does not accept the credentials/);
    assert.equal(fixed.asked.length, 1);
    assert.equal(fixed.asked[0]?.headers.authorization, 'Bearer t');
    const status = JSON.stringify({ kind: 'Status', message: 'no streams' });
    const forbidden = await serving({ stream: begin, refuse: () => [403, status], user: { tokenFile } });
    const error = await failure(forbidden.tunnel.connect(pod, 80));
    assert.deepEqual([error.message, error.status, forbidden.asked.length], ['no streams', 403, 1]);
  });

  it('fails as any other request does', async () => {
    const [port = 0] = await freePorts(1);
    const refused = tunnelOf(`http://127.0.0.1:${port}`);
    assert.match((await failure(refused.tunnel.connect(pod, 80))).message, /cannot be reached: connection refused$/);
    assert.match(refused.lines.at(-1) ?? '', /: connect ECONNREFUSED .* in \d+ ms$/);
    const clock = ourClock();
    const silent = await serving({});
    const late = failure(silent.tunnel.connect(pod, 80));
    await until(() => silent.asked.length === 1);
    clock.pass(29_999);
    assert.equal(clock.waiting(), 1, 'the answer has more time than the connection');
    clock.pass(1);
    const { message, cause } = await late;
    assert.match(message, /did not answer within 30 s$/);
    assert((cause as Error).cause instanceof Error);
    await new Promise(setImmediate);
    assert.equal(silent.lines.filter((line) => line.startsWith('stream ')).length, 1, 'told once');
    const server = createTcpServer((socket) => void socket.on('error', () => undefined).resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const secure = tunnelOf(url, {}, { insecureSkipTlsVerify: true });
    const unconnected = failure(secure.tunnel.connect(pod, 80));
    await once(server, 'connection');
    clock.pass(10_000);
    assert.match((await unconnected).message, /no connection within 10 s$/);
    const rude = createTcpServer((socket) => void socket.end());
    const proxyUrl = `socks5://127.0.0.1:${await listenOn(rude, ends)}`;
    const proxied = tunnelOf('http://cluster.example', {}, { proxyUrl });
    assert.match((await failure(proxied.tunnel.connect(pod, 80))).hint ?? '', /^check the proxy socks5:/);
  });

  it('that fails leaves no timer behind', async () => {
    const clock = ourClock();
    const { tunnel } = await serving({ refuse: () => [500, ''] });
    await failure(tunnel.connect(pod, 80));
    assert.equal(clock.waiting(), 0);
  });

  it('of a pod that is not there says where it was looked for', async () => {
    const status = JSON.stringify({
      kind: 'Status',
      message: 'pods "p" not found',
      details: { name: 'p', kind: 'pods' },
    });
    const answer = (_q: IncomingMessage, response: ServerResponse): void => void response.writeHead(404).end(status);
    const { tunnel } = await serving({ refuse: () => [404, status], answer });
    for (const ask of [() => tunnel.connect(pod, 80), () => tunnel.exec(pod, ['x']), () => tunnel.logs(pod)]) {
      const { message, hint } = await failure(ask());
      assert.equal(message, 'pods "p" not found');
      assert.equal(hint, 'looked in namespace "n" (context "c"); see what there is: kubectl get pods --all-namespaces');
    }
  });

  it('ends when whoever asked, or everybody, is interrupted', async () => {
    const before = await serving({ stream: begin });
    assert.equal(
      (await failure(before.tunnel.connect(pod, 80, { signal: AbortSignal.abort() }))).message,
      'interrupted',
    );
    assert.equal(before.asked.length, 0);
    for (const which of ['all', 'own'] as const) {
      const [all, own] = [new AbortController(), new AbortController()];
      const silent = await serving({ signal: all.signal });
      const opening = failure(silent.tunnel.connect(pod, 80, { signal: own.signal }));
      await until(() => silent.asked.length === 1);
      (which === 'all' ? all : own).abort();
      assert.equal((await opening).message, 'interrupted');
    }
    const own = new AbortController();
    const { tunnel } = await serving({ stream: begin });
    const stream = await tunnel.connect(pod, 80, { signal: own.signal });
    const error = once(stream, 'error');
    assert.equal(getEventListeners(own.signal, 'abort').length, 0, 'they would gather');
    own.abort();
    assert.equal(((await error) as [Error])[0].message, 'interrupted');
  });
});

describe('an open stream', () => {
  const ended = async (act: (socket: WebSocket) => void): Promise<string | null | undefined> => {
    const { tunnel } = await serving({ stream: (socket) => (begin(socket), act(socket)) });
    const stream = await tunnel.connect(pod, 80);
    stream.resume();
    await until(() => stream.destroyed);
    return stream.errored?.message.replace(/^the API server \S+ /, '');
  };

  it('is closed by the other side, with or without words', async () => {
    assert.equal(await ended((socket) => socket.close(1000)), undefined);
    assert.equal(await ended((socket) => socket.close()), undefined);
    assert.equal(await ended((socket) => socket.close(1011)), 'ended the stream: code 1011');
    assert.equal(await ended((socket) => socket.close(1011, 'gone')), 'ended the stream: gone');
    assert.equal(await ended((socket) => socket.terminate()), 'closed the connection in the middle of the stream');
    for (const bytes of [frame(7, 'x'), Buffer.of(7)]) {
      assert.equal(await ended((socket) => socket.send(bytes)), undefined, 'of a channel that nobody knows');
    }
  });

  it('begins with the port, whatever follows in the same frame', async () => {
    const { tunnel } = await serving({
      stream: (socket) => {
        for (const part of ['P\0one', 'two']) socket.send(frame(0, part));
        socket.close(1000);
      },
    });
    assert.equal(await text(await tunnel.connect(pod, 80)), 'onetwo');
  });

  it('goes on after frames that say nothing', async () => {
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({
      stream: (socket) => {
        begin((theirs = socket));
        for (const part of ['\0text', Buffer.alloc(0), frame(0, 'go')]) socket.send(part);
      },
    });
    const stream = await tunnel.connect(pod, 80);
    assert.equal(String(((await once(stream, 'data')) as [Buffer])[0]), 'go');
    const next = Promise.race(['message', 'close'].map((event) => once(theirs!, event)));
    stream.write('x');
    assert.deepEqual((await next)[0], frame(0, 'x'));
    stream.destroy();
  });

  it('takes frames of 16 MiB, and no longer ones', async () => {
    const size = 16 * 1024 * 1024;
    const { tunnel } = await serving({
      stream: (socket, _request, count) => {
        begin(socket);
        socket.send(frame(0, Buffer.alloc(size - 1 + (count === 1 ? 0 : 1))));
        socket.close(1000);
      },
    });
    assert.equal((await buffer(await tunnel.connect(pod, 80))).length, size - 1);
    const longer = await tunnel.connect(pod, 80);
    longer.resume();
    await until(() => longer.destroyed);
    assert.match(longer.errored?.message ?? '', /sends a stream that makes no sense: Max payload size exceeded$/);
    assert.equal((longer.errored?.cause as Error).message, 'Max payload size exceeded');
  });

  it('that the other side has ended leaves no timer behind', async () => {
    const clock = ourClock();
    const { tunnel } = await serving({ stream: (socket) => (begin(socket), socket.close(1000)) });
    const stream = (await tunnel.connect(pod, 80)).resume();
    await until(() => stream.destroyed);
    assert.equal(clock.waiting(), 0);
  });

  it('ends in good manners though nobody reads what has come', async () => {
    ourClock();
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({
      stream: (socket) => {
        begin((theirs = socket));
        for (let i = 0; i < 64; i++) socket.send(frame(0, Buffer.alloc(65_536)));
      },
    });
    const stream = await tunnel.connect(pod, 80);
    await settled(() => stream.readableLength);
    stream.destroy();
    assert.equal(((await once(theirs!, 'close')) as [number])[0], 1000);
  });

  it('is given up when the other side does not answer to its end', async () => {
    const clock = ourClock();
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({ stream: (socket) => (begin(socket), (theirs = socket)) });
    const stream = await tunnel.connect(pod, 80);
    theirs?.pause();
    stream.destroy();
    await until(() => clock.waiting() > 0);
    const waiting = clock.waiting();
    clock.pass(999);
    assert.equal(clock.waiting(), waiting);
    clock.pass(1);
    theirs?.resume();
    const [code] = (await once(theirs!, 'close')) as [number];
    assert(code === 1000 || code === 1006, String(code));
    assert.equal(clock.waiting(), 0);
  });
});

describe('a command in a pod', () => {
  it('gets what it is to read, and gives what it writes', async () => {
    const got: Buffer[] = [];
    const { tunnel, asked } = await serving({
      stream: (socket) => {
        socket.send(frame(1, 'out'));
        socket.send(frame(2, 'err'));
        socket.on('message', (data: Buffer) => {
          got.push(data);
          if (data[0] === 255) socket.send(success);
        });
      },
    });
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end('in');
    assert.equal(await tunnel.exec(pod, ['cat', '-'], { container: 'c', stdin, stdout, stderr }), 0);
    assert.deepEqual([String(stdout.read()), String(stderr.read())], ['out', 'err']);
    assert.deepEqual(got, [frame(0, 'in'), Buffer.of(255, 0)], 'and the end of it');
    const url = new URL(asked[0]?.url ?? '', 'http://x');
    assert.deepEqual([...url.searchParams].sort(), [
      ['command', '-'],
      ['command', 'cat'],
      ['container', 'c'],
      ['stderr', 'true'],
      ['stdin', 'true'],
      ['stdout', 'true'],
      ['tty', 'false'],
    ]);
    assert.equal(stdout.writableEnded, false);
  });

  it('of an older server is not told that there is no more to read', async () => {
    const got: Buffer[] = [];
    const { tunnel } = await serving({
      protocol: 'v4.channel.k8s.io',
      stream: (socket) =>
        socket.on('message', (data: Buffer) => {
          got.push(data);
          setImmediate(() => socket.send(success));
        }),
    });
    const stdin = new PassThrough();
    stdin.end('in');
    assert.equal(await tunnel.exec(pod, ['cat'], { stdin }), 0);
    assert.deepEqual(got, [frame(0, 'in')]);
  });

  it('has its time', async () => {
    const clock = ourClock();
    let theirs: WebSocket | undefined;
    const { tunnel, lines } = await serving({ stream: (socket) => (theirs = socket) });
    const running = failure(tunnel.exec(pod, ['x'], { stdout: new PassThrough(), timeoutMs: 5000 }));
    await until(() => lines.some((line) => / 101 /.test(line)));
    clock.pass(4999);
    assert.equal(clock.waiting(), 1);
    const closed = once(theirs!, 'close');
    clock.pass(1);
    const error = await running;
    assert.equal(error.message, 'the command in pod n/p did not end within 5 s');
    assert.equal(error.hint, 'look at it: kubectl logs -n n p');
    assert.equal(((await closed) as [number])[0], 1006, 'and nothing goes on there');
  });

  it('is not asked for any longer when its time is over before it begins', async () => {
    const clock = ourClock();
    const { tunnel, asked } = await serving({});
    const stdin = new PassThrough();
    const before = stdin.eventNames();
    const running = failure(tunnel.exec(pod, ['x'], { stdin, timeoutMs: 5000 }));
    await until(() => asked.length === 1);
    const gone = once(asked[0]!.socket, 'close');
    clock.pass(5000);
    assert.equal((await running).message, 'the command in pod n/p did not end within 5 s');
    await gone;
    assert.equal(clock.waiting(), 0);
    assert.deepEqual(stdin.eventNames(), before);
  });

  it('leaves no timer and nothing that listens, and does not wait for more to read', async () => {
    const clock = ourClock();
    const { tunnel } = await serving({ stream: (socket) => socket.send(success) });
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const before = stdout.eventNames();
    const options = { stdin, stdout, stderr, timeoutMs: 5000 };
    assert.equal(await tunnel.exec(pod, ['x'], options), 0);
    await until(() => stdin.destroyed && clock.waiting() === 0);
    assert.deepEqual([stdout.eventNames(), stderr.eventNames()], [before, before]);
  });

  it('writes no faster than is read, and goes on after that', async () => {
    const size = 24 * 1024 * 1024;
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({
      stream: (socket) => {
        theirs = socket;
        for (let i = 0; i < 1000; i++) socket.send(frame(1, Buffer.alloc(100)));
        for (let i = 0; i < size; i += 65_536) socket.send(frame(1, Buffer.alloc(65_536)));
        socket.send(success);
      },
    });
    let [written, isHeld, listening] = [0, true, 0];
    let goOn = (): void => undefined;
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.length;
        listening = Math.max(listening, this.listenerCount('drain'));
        if (isHeld) goOn = done;
        else done();
      },
    });
    const running = tunnel.exec(pod, ['x'], { stdout });
    await until(() => stdout.writableNeedDrain);
    assert((await settled(() => theirs?.bufferedAmount ?? 0)) > 0);
    isHeld = false;
    goOn();
    assert.equal(await running, 0);
    await until(() => written === size + 100_000);
    assert.equal(listening, 1);
  });

  it('reads no faster than the connection carries it', async () => {
    const clock = ourClock();
    let [pulled, got] = [0, 0];
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({
      stream: (socket) => {
        (theirs = socket).on('message', (data: Buffer) => {
          got += data.length - 1;
          if (data[0] === 255) socket.send(success);
        });
      },
    });
    const input = (size: number): Readable =>
      new Readable({
        read() {
          if (pulled < size) pulled += 65_536;
          this.push(pulled < size ? Buffer.alloc(65_536) : null);
        },
      });
    assert.equal(await tunnel.exec(pod, ['x'], { stdin: input(8 * 65_536) }), 0, 'what is little does not wait');
    assert.equal(got, 7 * 65_536 + 1);
    [pulled, got] = [0, 0];
    const size = 32 * 1024 * 1024;
    const running = tunnel.exec(pod, ['x'], { stdin: input(size) });
    await until(() => got > 0);
    theirs?.pause();
    assert((await settled(() => pulled)) < size);
    theirs?.resume();
    await until(() => (clock.pass(10), got === size - 65_536 + 1));
    assert.equal(await running, 0);
    [pulled, got] = [0, 0];
    const own = new AbortController();
    const given = failure(tunnel.exec(pod, ['x'], { stdin: input(size), signal: own.signal }));
    await until(() => got > 0);
    theirs?.pause();
    await settled(() => pulled);
    own.abort();
    assert.equal((await given).message, 'interrupted');
    await until(() => (clock.pass(10), clock.waiting() === 0));
    theirs?.terminate();
  });

  it('ends when what it is given fails, before it begins or later', async () => {
    for (const which of ['stdin', 'stdout', 'stderr'] as const) {
      for (const early of [true, false]) {
        let theirs: WebSocket | undefined;
        const { tunnel, asked } = await serving(early ? {} : { stream: (socket) => (theirs = socket) });
        const given = new PassThrough();
        const running = tunnel.exec(pod, ['x'], { [which]: given });
        await until(() => (early ? asked.length === 1 : theirs !== undefined));
        const gone = once(asked[0]!.socket, 'close');
        given.destroy(new Error('the disk is full'));
        await assert.rejects(running, { message: 'the disk is full' });
        await gone;
      }
    }
  });

  it('whose name would lead elsewhere is not asked for', async () => {
    const { tunnel, asked } = await serving({ stream: begin });
    await assert.rejects(tunnel.exec({ name: '..' }, ['x']), { name: 'UsageError' });
    await assert.rejects(tunnel.connect({ name: 'a/b' }, 1), { name: 'UsageError' });
    assert.equal(asked.length, 0);
  });
});

describe('the log of a pod', () => {
  it('is asked for as told, and read while it is written', async () => {
    const urls: (string | undefined)[] = [];
    const { tunnel } = await serving({
      answer: (request, response) => {
        urls.push(request.url);
        response.write('one ');
        setImmediate(() => response.end('two'));
      },
    });
    assert.equal(await text(await tunnel.logs(pod)), 'one two');
    const options = { container: 'c', follow: true, tailLines: 5, sinceTime: undefined, timestamps: false };
    assert.equal(await text(await tunnel.logs({ name: 'q', namespace: 'o' }, options)), 'one two');
    assert.deepEqual(urls, [
      '/pre/api/v1/namespaces/n/pods/p/log',
      '/pre/api/v1/namespaces/o/pods/q/log?container=c&follow=true&tailLines=5&timestamps=false',
    ]);
  });

  it('that breaks off, falls silent, or is not wanted any more', async () => {
    const clock = ourClock();
    let theirs: ServerResponse | undefined;
    const all = new AbortController();
    const { tunnel } = await serving({
      answer: (_q, response) => void (theirs = response).write('x'),
      signal: all.signal,
    });
    const broken = await tunnel.logs(pod);
    const lost = once(broken, 'error');
    theirs?.destroy();
    const [error] = (await lost) as [Error];
    assert.match(error.message, /closed the connection before its answer was complete$/);
    assert.equal(((error.cause as Error).cause as Error).message, 'aborted');
    for (const abort of [new AbortController(), all]) {
      const log = await tunnel.logs(pod, { signal: abort.signal });
      const closed = once(theirs!, 'close');
      const error = once(log, 'error');
      abort.abort();
      assert.equal(((await error) as [Error])[0].message, 'interrupted');
      await closed;
    }
    assert.equal(clock.waiting(), 0);
  });

  it('that ends leaves nothing behind', async () => {
    const clock = ourClock();
    for (const which of ['all', 'own'] as const) {
      const { signal } = new AbortController();
      const answer = (_q: IncomingMessage, response: ServerResponse): void => void response.end('x');
      const { tunnel } = await serving({ answer, ...(which === 'all' ? { signal } : {}) });
      const log = await tunnel.logs(pod, which === 'own' ? { signal } : {});
      assert.equal(await text(log), 'x');
      await until(() => log.destroyed && clock.waiting() === 0);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    }
  });

  it('is asked for again where the API server has too much to do, until nobody wants it', async () => {
    let count = 0;
    const { tunnel } = await serving({
      answer: (_q, response) => {
        count++;
        if (count === 1) response.writeHead(503).end();
        else if (count === 2) response.end('x');
      },
    });
    assert.equal(await text(await tunnel.logs(pod)), 'x');
    const own = new AbortController();
    const asking = failure(tunnel.logs(pod, { signal: own.signal }));
    await until(() => count === 3);
    own.abort();
    assert.equal((await asking).message, 'interrupted');
  });
});

describe('HTTP with a port of a pod', () => {
  /** A pod that answers HTTP on every port, or does what it is told. */
  const answering = (act: (socket: WebSocket, request: string, count: number) => void) =>
    serving({
      stream: (socket, _request, count) => {
        begin(socket);
        socket.on('message', (data: Buffer) => act(socket, String(data.subarray(1)), count));
      },
    });
  const ok = (body: string): Buffer => frame(0, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);

  it('sends what is to be sent', async () => {
    const seen: string[] = [];
    const { tunnel } = await answering((socket, request) => {
      seen.push(request);
      if (request.includes('GET') || request.endsWith('body')) socket.send(ok('fine'));
    });
    assert.equal((await tunnel.request(pod, 80, { path: '/stats?a=b' })).body, 'fine');
    const post = { method: 'POST', path: '/x', headers: { a: 'b' }, body: 'body' };
    assert.equal((await tunnel.request(pod, 80, post)).body, 'fine');
    const all = seen.join('');
    assert.match(all, /^GET \/stats\?a=b HTTP\/1\.1\r\n/);
    assert.match(all, /POST \/x HTTP\/1\.1\r\na: b\r\ncontent-length: 4\r\n/);
  });

  it('within its time, unless it is interrupted', async () => {
    const clock = ourClock();
    let count = 0;
    const { tunnel } = await answering(() => count++);
    const own = failure(tunnel.request(pod, 80, { path: '/', timeoutMs: 2000 }));
    await until(() => count === 1);
    clock.pass(2000);
    assert.equal((await own).message, 'port 80 of pod n/p did not answer within 2 s');
    const usual = failure(tunnel.request(pod, 80, { path: '/' }));
    await until(() => count === 2);
    clock.pass(30_000);
    assert.equal((await usual).message, 'port 80 of pod n/p did not answer within 30 s');
    const abort = new AbortController();
    const interrupted = failure(tunnel.request(pod, 80, { path: '/', signal: abort.signal }));
    await until(() => count === 3);
    abort.abort();
    assert.equal((await interrupted).message, 'interrupted');
  });

  it('again on a new connection when it breaks off, where that may be', async () => {
    const breaking = () =>
      answering((socket, _request, count) => (count < 2 ? socket.terminate() : socket.send(ok('at last'))));
    const patient = await breaking();
    assert.equal((await patient.tunnel.request(pod, 80, { path: '/', reconnect: true })).body, 'at last');
    assert.equal(patient.asked.length, 2);
    const once_ = await breaking();
    assert.match((await failure(once_.tunnel.request(pod, 80, { path: '/' }))).message, /in the middle of the stream$/);
    assert.equal(once_.asked.length, 1);
    for (const [words, message] of [
      [frame(1, 'connection refused'), 'nothing listens on port 80 of pod n/p'],
      [frame(0, 'SSH-2.0\r\n'), 'port 80 of pod n/p does not speak HTTP (HPE_INVALID_CONSTANT)'],
    ] as const) {
      const other = await answering((socket) => socket.send(words));
      assert.equal((await failure(other.tunnel.request(pod, 80, { path: '/', reconnect: true }))).message, message);
      assert.equal(other.asked.length, 1, 'what is there, and is not it, is not asked again');
    }
  });

  it('sends the same again, when the answer ends early too', async () => {
    const seen: string[] = [];
    const { tunnel } = await answering((socket, request, count) => {
      seen[count] = (seen[count] ?? '') + request;
      if (!request.endsWith('body')) return;
      if (count > 1) return socket.send(ok('at last'));
      socket.send(frame(0, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nat'));
      socket.close(1000);
    });
    const request = { method: 'PUT', path: '/x', headers: { a: 'b' }, body: 'body', reconnect: true };
    assert.equal((await tunnel.request(pod, 80, request)).body, 'at last');
    assert.match(seen[1] ?? '', /^PUT \/x HTTP\/1\.1\r\na: b\r\n[^]*\r\n\r\nbody$/);
    assert.equal(seen[2], seen[1]);
  });

  it('anew only while the API server does not get through, and there is time', async () => {
    const clock = ourClock();
    const asking = async (status: number, timeoutMs: number | undefined, passes = 1) => {
      const { tunnel, asked } = await serving({
        refuse: (count) => (count === 2 && status !== 0 ? [status, ''] : undefined),
        stream: (socket, _request, count) => {
          begin(socket);
          socket.on('message', () => (count < 2 || status === 0 ? socket.terminate() : socket.send(ok('at last'))));
        },
      });
      const running = tunnel
        .request(pod, 80, { path: '/', reconnect: true, timeoutMs })
        .then(({ body }) => body)
        .catch((error: ClusterError) => error.message.replace(/^the API server \S+ /, ''));
      for (let i = 1; i <= passes; i++) {
        await until(() => asked.length === i && asked[i - 1]!.socket.destroyed);
        await until(() => clock.waiting() === 1);
        await sleep((timeoutMs ?? 0) + 1);
        clock.pass(300);
      }
      return [await running, asked.length];
    };
    const broken = 'closed the connection in the middle of the stream';
    assert.deepEqual(await asking(500, undefined, 2), ['at last', 3]);
    assert.deepEqual(await asking(404, undefined), [broken, 2]);
    assert.deepEqual(await asking(0, undefined), [broken, 2], 'broken once more');
    assert.deepEqual(await asking(500, 20), [broken, 1], 'no time is left');
  });

  it('anew with the time that is left', async () => {
    const clock = ourClock();
    let isAsked = false;
    const { tunnel, asked } = await answering((socket, _request, count) => {
      if (count === 1) socket.terminate();
      else isAsked = true;
    });
    const running = failure(tunnel.request(pod, 80, { path: '/', reconnect: true, timeoutMs: 60_000 }));
    await until(() => asked[0]?.socket.destroyed === true && clock.waiting() === 1);
    await sleep(100);
    clock.pass(300);
    await until(() => isAsked);
    clock.pass(59_950);
    assert.match((await running).message, /in the middle of the stream$/);
  });

  it('not anew once it is interrupted', async () => {
    for (const which of ['all', 'own'] as const) {
      for (const early of [true, false]) {
        const clock = ourClock();
        const abort = new AbortController();
        const { tunnel, asked } = await serving({
          stream: (socket) => {
            begin(socket);
            socket.on('message', () => (early ? abort.abort() : socket.terminate()));
          },
          ...(which === 'all' ? { signal: abort.signal } : {}),
        });
        const signal = which === 'own' ? abort.signal : undefined;
        const running = failure(tunnel.request(pod, 80, { path: '/', reconnect: true, signal }));
        if (!early) {
          await until(() => asked[0]?.socket.destroyed === true && clock.waiting() === 1);
          abort.abort();
          clock.pass(300);
        }
        assert.equal((await running).message, 'interrupted');
        assert.equal(asked.length, 1);
        clock.restore();
      }
    }
  });

  it('ends the stream when there is nothing that could be sent', async () => {
    let theirs: WebSocket | undefined;
    const { tunnel } = await serving({ stream: (socket) => (begin(socket), (theirs = socket)) });
    const error = await failure(tunnel.request(pod, 80, { path: '/', headers: { a: '\n' } }));
    assert.equal(error.message, 'port 80 of pod n/p cannot be asked: Invalid character in header content ["a"]');
    assert.equal((error.cause as Error).name, 'TransportError');
    await until(() => theirs?.readyState === theirs?.CLOSED);
  });

  it('whose answer is too long to keep', async () => {
    const bytes = gzipSync(Buffer.alloc(256 * 1024 * 1024 + 1), { level: 1 });
    const { tunnel } = await answering((socket) => {
      socket.send(frame(0, `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n\r\n`));
      socket.send(frame(0, bytes));
    });
    const { message } = await failure(tunnel.request(pod, 80, { path: '/' }));
    assert.equal(message, 'port 80 of pod n/p sends an answer of more than 256 MiB');
  }).timeout(20_000);
});

describe('a local port that leads to a pod', () => {
  const echo = (socket: WebSocket): void => {
    begin(socket);
    socket.on('message', (data: Buffer) => socket.send(data));
  };
  const said = async (port: number, words: string, address = '127.0.0.1'): Promise<string> => {
    const local = connectTo(port, address);
    local.write(words);
    const [data] = (await once(local, 'data')) as [Buffer];
    local.destroy();
    return String(data);
  };

  it('opens a stream for each connection, until it is closed', async () => {
    const { tunnel, asked } = await serving({ stream: echo });
    const { localPort, close } = await tunnel.listen(pod, 80);
    ends.push(close);
    assert.equal(await said(localPort, 'one'), 'one');
    assert.equal(await said(localPort, 'two'), 'two');
    assert.equal(asked.length, 2);
    const open = connectTo(localPort, '127.0.0.1').on('error', () => undefined);
    await until(() => asked.length === 3);
    const gone = once(open.resume(), 'close');
    await close();
    await gone;
    const refused = connectTo(localPort, '127.0.0.1');
    assert.equal(((await once(refused, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNREFUSED');
    const [free = 0] = await freePorts(1);
    const chosen = await tunnel.listen(pod, 80, { localPort: free });
    ends.push(chosen.close);
    assert.equal(chosen.localPort, free);
    const another = await tunnel.listen(pod, 80);
    ends.push(another.close);
    const third = await tunnel.listen(pod, 80);
    ends.push(third.close);
    assert.notEqual(another.localPort, third.localPort);
  });

  it('is at both addresses of loopback', async () => {
    const { tunnel } = await serving({ stream: echo });
    const { localPort, close } = await tunnel.listen(pod, 80);
    ends.push(close);
    const here = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
    for (const address of ['127.0.0.1', '::1'].filter((each) => here.includes(each))) {
      assert.equal(await said(localPort, address, address), address);
    }
    await close();
    for (const address of ['127.0.0.1', '::1']) await once(connectTo(localPort, address), 'error');
  });

  it('goes on when a connection is cut off', async () => {
    const { tunnel, asked } = await serving({ stream: echo });
    const { localPort, close } = await tunnel.listen(pod, 80);
    ends.push(close);
    const local = connectTo(localPort, '127.0.0.1').on('error', () => undefined);
    local.write('x');
    await once(local, 'data');
    local.resetAndDestroy();
    await until(() => asked[0]?.socket.destroyed === true);
    assert.equal(await said(localPort, 'one'), 'one');
  });

  it('to the pod of the moment; what fails is told, and the next one goes on', async () => {
    const { tunnel, asked } = await serving({ stream: echo });
    const names = ['a', 'b'];
    const errors: string[] = [];
    const next = (): Promise<{ name: string }> => {
      const name = names.shift();
      return name === undefined ? Promise.reject(new Error('no pod')) : Promise.resolve({ name });
    };
    const { localPort, close } = await tunnel.listen(next, 80, { onError: ({ message }) => errors.push(message) });
    ends.push(close);
    await said(localPort, 'x');
    await said(localPort, 'x');
    await once(connectTo(localPort, '127.0.0.1').resume(), 'close');
    assert.deepEqual(errors, ['no pod']);
    assert.deepEqual(
      asked.map(({ url }) => url?.split('/').at(-2)),
      ['a', 'b'],
    );
  });

  it('is closed with the signal of all, or its own', async () => {
    for (const which of ['all', 'own'] as const) {
      const abort = new AbortController();
      const signals = { all: {}, own: {}, [which]: { signal: abort.signal } };
      const { tunnel, asked } = await serving({ stream: echo, ...signals.all });
      const ended = await tunnel.listen(pod, 80, signals.own);
      await ended.close();
      assert.equal(getEventListeners(abort.signal, 'abort').length, 0);
      const { localPort, close } = await tunnel.listen(pod, 80, signals.own);
      ends.push(close);
      const open = connectTo(localPort, '127.0.0.1').on('error', () => undefined);
      await until(() => asked.length === 1);
      const gone = once(open.resume(), 'close');
      abort.abort();
      await gone;
      const refused = connectTo(localPort, '127.0.0.1');
      assert.equal(((await once(refused, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNREFUSED');
      const late = await failure(tunnel.listen(pod, 80, { localPort, ...signals.own }));
      assert.equal(late.message, 'interrupted');
      await once(connectTo(localPort, '127.0.0.1'), 'error');
    }
  });
});
