import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'mocha';
import { WebSocket, WebSocketServer } from 'ws';
import { PodStream, join, listenOn, lookAtLog } from '../../src/lib/cluster/connection/pod-stream.js';
import { ClusterError, UsageError } from '../../src/lib/errors.js';
import { handClock } from '../support/hand-clock.js';
import { until } from '../support/until.js';
import { endAfterEach } from '../support/loopback.js';

const ends = endAfterEach();

/** Both sides of a real WebSocket: ours, and that of the API server. */
async function sockets(): Promise<[ours: WebSocket, theirs: WebSocket]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const ours = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[theirs]] = (await Promise.all([once(server, 'connection'), once(ours, 'open')])) as [[WebSocket], unknown];
  ends.push(() => {
    for (const socket of [ours, theirs]) socket.terminate();
    server.close();
  });
  return [ours, theirs];
}

async function opened(): Promise<{ stream: PodStream; ours: WebSocket; theirs: WebSocket }> {
  const [ours, theirs] = await sockets();
  const stream = new PodStream('pod n/p', 80);
  stream.open(ours);
  return { stream, ours, theirs };
}

const written = (stream: PodStream, what: string): Promise<void> =>
  new Promise((resolve, reject) => stream.write(what, (error) => (error ? reject(error) : resolve())));

function ourClock(): ReturnType<typeof handClock> {
  const clock = handClock();
  ends.push(clock.restore);
  return clock;
}

describe('a connection to a port of a pod', () => {
  it('that ends while something is written tells why it ended, and not that nothing could be written', async () => {
    const { stream, ours } = await opened();
    ours.close();
    await written(stream, 'late');
    const error = once(stream, 'error');
    stream.ended(new ClusterError('the API server closed the connection'));
    assert.equal(((await error) as [Error])[0].message, 'the API server closed the connection');
    await once(ours, 'close');
  });

  it('carries bytes: each frame begins with its channel', async () => {
    const { stream, theirs } = await opened();
    const frame = once(theirs, 'message');
    await written(stream, 'ask');
    assert.deepEqual(((await frame) as [Buffer])[0], Buffer.from('\0ask'));
    const read = text(stream);
    for (const part of ['ans', '', 'w', 'er']) stream.received(Buffer.from(part));
    stream.ended(undefined);
    assert.equal(await read, 'answer');
    await until(() => stream.destroyed);
    stream.received(Buffer.from('late'));
    assert.equal(stream.errored, null);
  });

  it('takes no more than is read', async () => {
    const { stream, ours } = await opened();
    stream.received(Buffer.alloc(10));
    assert.equal(ours.isPaused, false);
    stream.received(Buffer.alloc(1024 * 1024));
    assert.equal(ours.isPaused, true);
    stream.resume();
    await until(() => !ours.isPaused);
  });

  it('closes in good manners, and at once where it was given up before it was open', async () => {
    const clock = ourClock();
    const { stream, ours, theirs } = await opened();
    const closed = once(theirs, 'close');
    stream.destroy();
    assert.equal(((await closed) as [number])[0], 1000);
    await until(() => ours.readyState === ours.CLOSED);
    assert.equal(clock.waiting(), 0, 'nothing waits any longer');
    const [late, theirLate] = await sockets();
    const early = new PodStream('pod n/p', 80);
    early.destroy();
    assert.equal(early.errored, null);
    const cut = once(theirLate, 'close');
    early.open(late);
    assert.equal(((await cut) as [number])[0], 1006);
  });

  it('waits 10 s for more once the local side has said that it sends no more', async () => {
    const clock = ourClock();
    const { stream } = await opened();
    const finished = once(stream, 'finish');
    stream.end('last');
    await finished;
    clock.pass(9999);
    stream.received(Buffer.from('x'));
    clock.pass(9999);
    assert.equal(stream.destroyed, false);
    clock.pass(1);
    assert.deepEqual([stream.destroyed, stream.errored], [true, null]);
  });

  it('leaves no timer behind, and goes on to read what closes it', async () => {
    const clock = ourClock();
    const left = async (isEnded: boolean): Promise<number> => {
      const { stream, ours } = await opened();
      const before = clock.waiting();
      if (isEnded) await once(stream.end(), 'finish');
      stream.destroy();
      stream.received(Buffer.alloc(1_000_000));
      assert.equal(ours.isPaused, false);
      return clock.waiting() - before;
    };
    assert.equal(await left(true), await left(false));
  });

  it('tells why the port cannot be reached', () => {
    const told = (words: string): unknown[] => {
      const stream = new PodStream('pod n/p', 80);
      stream.refused(words);
      const { message, hint } = (stream.errored ?? {}) as Partial<ClusterError>;
      assert.equal(hint, message && lookAtLog);
      return [stream.isRefused, message];
    };
    assert.deepEqual(told(''), [false, undefined]);
    const refused = [true, 'nothing listens on port 80 of pod n/p'];
    assert.deepEqual(told('dial tcp4 127.0.0.1:80: connect: connection refused'), refused);
    assert.deepEqual(told('Connection refused'), refused);
    const other = 'port 80 of pod n/p cannot be reached: ';
    assert.deepEqual(told('no\nroute'), [true, `${other}no route`]);
    const digits = '0123456789'.repeat(31);
    assert.deepEqual(told(digits), [true, other + digits.slice(0, 300)]);
  });
});

describe('a local port', () => {
  const accepting = async (accept: (socket: Socket) => void): Promise<number> => {
    const server: Server = await listenOn('127.0.0.1', 0, accept);
    ends.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };

  it('takes so many connections and no more', async () => {
    const server = await listenOn('127.0.0.1', 0, () => undefined);
    ends.push(() => server.close());
    assert.equal(server.maxConnections, 1000);
  });

  it('that cannot be had', async () => {
    const port = await accepting(() => undefined);
    const refusal = (address: string) =>
      listenOn(address, port, () => undefined).then(
        () => assert.fail('it can be had'),
        (error: unknown) => error as UsageError,
      );
    const taken = await refusal('127.0.0.1');
    assert(taken instanceof UsageError);
    assert.equal(taken.message, `the local port ${port} is in use`);
    assert.equal((taken.cause as NodeJS.ErrnoException).code, 'EADDRINUSE');
    assert.match((await refusal('192.0.2.1')).message, /cannot be had: .*EADDRNOTAVAIL/);
  });

  /** A stand-in for the pod: what is sent to it, and what it sends. */
  function podSide(): { stream: Duplex; sent: PassThrough; answer: PassThrough } {
    const [sent, answer] = [new PassThrough(), new PassThrough()];
    return { stream: Duplex.from({ writable: sent, readable: answer }), sent, answer };
  }

  it('carries bytes both ways; that one side sends no more does not end the other', async () => {
    const { stream, sent, answer } = podSide();
    const errors: Error[] = [];
    const port = await accepting(
      (socket) =>
        void join(
          socket,
          () => Promise.resolve(stream),
          (error) => errors.push(error),
        ),
    );
    const local = connect(port, '127.0.0.1');
    local.end('ask');
    assert.equal(await text(sent), 'ask');
    answer.end('answer');
    assert.equal(await text(local), 'answer');
    assert.deepEqual(errors, []);
  });

  it('ends a connection with its stream, and a stream with its connection', async () => {
    const accepted: Socket[] = [];
    const streams = [podSide(), podSide()];
    const errors: string[] = [];
    const port = await accepting((socket) => {
      const { stream } = streams[accepted.push(socket) - 1]!;
      void join(
        socket,
        () => Promise.resolve(stream),
        ({ message }) => errors.push(message),
      );
    });
    const first = connect(port, '127.0.0.1')
      .resume()
      .on('error', () => undefined);
    await until(() => accepted.length === 1);
    const gone = once(first, 'close');
    streams[0]!.stream.destroy(new Error('broken'));
    await gone;
    assert.deepEqual(errors, ['broken']);
    const second = connect(port, '127.0.0.1').on('error', () => undefined);
    await until(() => accepted.length === 2);
    await new Promise(setImmediate);
    second.resetAndDestroy();
    accepted[1]!.on('error', () => accepted[1]!.destroy());
    await until(() => streams[1]!.stream.destroyed);
  });

  it('ends a connection whose stream is given up without a word', async () => {
    const stream = new PodStream('pod n/p', 80);
    const port = await accepting((socket) => void join(socket, () => Promise.resolve(stream), undefined));
    const local = connect(port, '127.0.0.1').resume();
    await once(local, 'connect');
    await until(() => stream.listenerCount('close') > 1);
    stream.destroy();
    await once(local, 'end');
  });

  it('a stream that cannot be opened, and one that nobody waits for any more', async () => {
    const errors: string[] = [];
    const refused = await accepting(
      (socket) =>
        void join(
          socket,
          () => Promise.reject(new Error('no pod')),
          ({ message }) => errors.push(message),
        ),
    );
    await once(connect(refused, '127.0.0.1').resume(), 'close');
    assert.deepEqual(errors, ['no pod']);
    const unheard = await accepting(
      (socket) => void join(socket, () => Promise.reject(new Error('no pod')), undefined),
    );
    await once(connect(unheard, '127.0.0.1').resume(), 'close');
    const { stream } = podSide();
    const late = await accepting(
      (socket) => void join(socket, () => once(socket.destroy(), 'close').then(() => stream), undefined),
    );
    await once(connect(late, '127.0.0.1').resume(), 'close');
    await until(() => stream.destroyed);
  });
});
