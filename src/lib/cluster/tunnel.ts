import type { AddressInfo, Socket } from 'node:net';
import { PassThrough, Transform, pipeline } from 'node:stream';
import type { Duplex, Writable, Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import { ClusterError } from '../errors.js';
import { oneLine, readStatus } from './connection/answers.js';
import type { Status } from './connection/answers.js';
import type { Api } from './connection/api.js';
import { PodStream, join, listenOn, lookAtLog } from './connection/pod-stream.js';
import { after, firstOf, now, sleep } from './connection/timers.js';
import { explainTransport } from './connection/transport-failures.js';
import { TransportError, exchange } from './connection/transport.js';
import type { HttpAnswer } from './connection/transport.js';
import { openWebSocket } from './connection/web-socket.js';
import { kinds } from '../resources/kinds.js';
import { objectPath } from './paths.js';

export interface PodRef {
  readonly name: string;
  /** Default: the cluster's `defaultNamespace`. */
  readonly namespace?: string | undefined;
}

export interface StreamOptions {
  /** Ends the stream, besides `ClusterOptions.signal`. */
  readonly signal?: AbortSignal | undefined;
}

export interface PodRequest {
  /** Default GET. */
  readonly method?: string;
  /** Path and query, encoded; starts with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, in milliseconds; default the cluster's time-out. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Ask once more when the connection breaks before the answer is whole, as soon as the API server gets through again within the time;
   * for what may be asked twice.
   */
  readonly reconnect?: boolean | undefined;
}

export interface ListenOptions extends StreamOptions {
  /** Default 0: any free port. */
  readonly localPort?: number | undefined;
  /** Gets the failure of one connection; the others and later ones go on. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** A port of this machine that leads to a port of a pod. */
export interface Forward {
  readonly localPort: number;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

export interface ExecOptions extends StreamOptions {
  /** Needed when the pod has several. */
  readonly container?: string | undefined;
  readonly stdin?: Readable | undefined;
  /** Both are left open; absent: what would go there is not asked for. */
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  readonly tty?: boolean | undefined;
  /** For the whole command, in milliseconds; default none. */
  readonly timeoutMs?: number | undefined;
}

export interface LogOptions extends StreamOptions {
  /** Needed when the pod has several. */
  readonly container?: string | undefined;
  /** Goes on with what is written from now on, until the container ends. */
  readonly follow?: boolean | undefined;
  /** The log of the container's run before this one. */
  readonly previous?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly timestamps?: boolean | undefined;
  readonly limitBytes?: number | undefined;
}

/**
 * Streams to pods through the API server. Opening one takes at most the cluster's time-out. Everything throws
 * `ClusterError`; a stream that fails later is destroyed with one.
 */
export interface Tunnel {
  /** A byte stream to a port of a pod. `end` is not told to the pod, whose protocol does not know it; `destroy` is. */
  connect(pod: PodRef, port: number, options?: StreamOptions): Promise<Duplex>;
  /** One HTTP exchange with a port of a pod, such as Envoy's admin interface or a health probe. Any status is an answer. */
  request(pod: PodRef, port: number, request: PodRequest): Promise<HttpAnswer>;
  /**
   * Opens a port on loopback, each connection of which leads to a port of a pod. A function is asked anew for each
   * connection, so that it can name a workload's pod of the moment.
   * @throws UsageError when the local port cannot be had
   * @throws ClusterError when it is interrupted before the port is there
   */
  listen(pod: PodRef | (() => Promise<PodRef>), port: number, options?: ListenOptions): Promise<Forward>;
  /** Runs a command in a container; resolves to its exit code. Throws also what goes wrong with one of the streams that it is given. */
  exec(pod: PodRef, command: readonly string[], options?: ExecOptions): Promise<number>;
  /** The log as bytes, whose first are there when the promise resolves. */
  logs(pod: PodRef, options?: LogOptions): Promise<Readable>;
}

/** Channels of port-forward, for its one port, and the length of the port that each begins with. */
const DATA = 0;
const ERRORS = 1;
const PORT_BYTES = 2;

/** Bytes on their way to the API server above which input waits. */
const maxBuffered = 1024 * 1024;

export function createTunnel(api: Api, defaultNamespace: string): Tunnel {
  /** Throws `UsageError` for names that would lead to another path. */
  const placeOf = ({ name, namespace = defaultNamespace }: PodRef) => ({
    namespace,
    where: `pod ${namespace}/${name}`,
    path: objectPath({ kind: kinds.Pod, name }, namespace),
    operation: { kind: kinds.Pod, namespace },
  });

  async function connect(pod: PodRef, port: number, { signal }: StreamOptions = {}): Promise<PodStream> {
    const { where, path, operation } = placeOf(pod);
    const stream = new PodStream(where, port);
    const begun = new Set<number>();
    const onFrame = (channel: number, bytes: Buffer): boolean => {
      if (channel !== DATA && channel !== ERRORS) return false;
      // the first frame of a channel begins with the port
      const rest = begun.has(channel) ? bytes : bytes.subarray(PORT_BYTES);
      begun.add(channel);
      if (channel === DATA) stream.received(rest);
      else stream.refused(rest.toString('utf8'));
      return true;
    };
    const events = { onFrame, onEnd: (reason?: ClusterError) => stream.ended(reason) };
    stream.open(await openWebSocket(api, operation, `${path}/portforward?ports=${port}`, events, signal));
    return stream;
  }

  return {
    connect,

    async request(pod, port, { reconnect = false, ...request }) {
      const { method = 'GET', path, headers = {}, body, timeoutMs = api.timeoutMs } = request;
      const signal = firstOf(api.signal, request.signal);
      const deadline = now() + timeoutMs;
      const stream = await connect(pod, port, request);
      try {
        const totalMs = Math.max(deadline - now(), 1);
        return await exchange(
          new URL(`http://localhost:${port}`),
          { createConnection: () => stream },
          { method, path, headers, body },
          { connectMs: Infinity, totalMs },
        );
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        const isBroken = !stream.isRefused && (stream.errored instanceof ClusterError || isBrokenOff(error));
        if (reconnect && isBroken && !signal?.aborted) {
          const again = await untilAnswered(deadline, (left) =>
            this.request(pod, port, { ...request, timeoutMs: left }),
          );
          if (again) return again;
          if (signal?.aborted) throw new ClusterError('interrupted');
        }
        if (stream.errored instanceof ClusterError) throw stream.errored;
        throw explainPod(error, stream.where, port, timeoutMs);
      } finally {
        stream.destroy();
      }
    },

    async listen(pod, port, { localPort = 0, onError, ...options } = {}) {
      const open = new Set<Socket>();
      const accept = (socket: Socket): void => {
        open.add(socket);
        socket.on('close', () => open.delete(socket));
        // which closes it
        socket.on('error', () => undefined);
        void join(socket, async () => connect(typeof pod === 'function' ? await pod() : pod, port, options), onError);
      };
      const servers = [await listenOn('127.0.0.1', localPort, accept)];
      const taken = (servers[0]?.address() as AddressInfo).port;
      // `localhost` is one address or the other, but not every machine has both.
      servers.push(
        ...(await listenOn('::1', taken, accept).then(
          (server) => [server],
          () => [],
        )),
      );
      const close = async (): Promise<void> => {
        stop();
        for (const socket of open) socket.destroy();
        await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      };
      const signal = firstOf(api.signal, options.signal);
      const stop = onAbort(signal, () => void close());
      if (signal?.aborted) {
        await close();
        throw new ClusterError('interrupted');
      }
      return { localPort: taken, close };
    },

    async exec(
      pod,
      command,
      { container = '', stdin, stdout, stderr, tty = false, signal, timeoutMs = Infinity } = {},
    ) {
      const { namespace, where, operation } = placeOf(pod);
      const { Exec, KubeConfig } = await import('./client-node.js');
      return new Promise<number>((resolve, reject) => {
        let socket: WebSocket | undefined;
        const givenUp = new AbortController();
        const input = new PassThrough();
        const goOn = (): void => socket?.resume();
        const finish = (outcome: number | Error): void => {
          clearTimeout(limit);
          for (const stream of [stdin, stdout, stderr]) stream?.off('error', finish).off('drain', goOn);
          input.destroy();
          if (typeof outcome === 'number') return resolve(outcome);
          reject(outcome);
          // the stream, or its opening
          givenUp.abort();
        };
        for (const stream of [stdin, stdout, stderr]) stream?.on('error', finish).on('drain', goOn);
        const limit = after(timeoutMs, () => {
          const words = `the command in ${where} did not end within ${timeoutMs / 1000} s`;
          finish(new ClusterError(words, `look at it: kubectl logs -n ${namespace} ${pod.name}`));
        });
        const onEnd = (reason?: ClusterError): void =>
          finish(
            reason ??
              new ClusterError(`the API server ended the stream before the command in ${where} ended`, 'try again'),
          );
        const sink = (target: Writable | undefined): Writable | null => {
          if (!target) return null;
          const write = (bytes: Buffer): void => {
            if (!target.write(bytes)) socket?.pause();
          };
          return { write, end: () => undefined } as unknown as Writable;
        };
        const onStatus = (status: unknown): void => finish(exitCodeOf(readStatus(status), where));
        /** Lets a class of client-node speak on a stream that we open. It puts the names into the path as they are. */
        const opener = {
          connect: (path: string, _text: unknown, onFrame: (channel: number, bytes: Buffer) => boolean) =>
            openWebSocket(api, operation, path, { onFrame, onEnd }, firstOf(signal, givenUp.signal)),
        };
        const names = [namespace, pod.name].map(encodeURIComponent) as [string, string];
        new Exec(new KubeConfig(), opener)
          .exec(...names, container, [...command], sink(stdout), sink(stderr), stdin ? input : null, tty, onStatus)
          .then((opened) => {
            socket = opened;
            if (!stdin) return;
            const gate = new Transform({
              transform: (chunk: Buffer, _encoding, done) => whenSent(opened, () => done(null, chunk)),
              // Protocols before v5 cannot say that input has ended, and would end the stream instead.
              flush: (done) => (opened.protocol === 'v5.channel.k8s.io' ? done() : undefined),
            });
            pipeline(stdin, gate, input, () => undefined);
          })
          .catch(finish);
      });
    },

    async logs(pod, { signal, ...options } = {}) {
      const { path, operation } = placeOf(pod);
      const query = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, value === undefined ? undefined : String(value)]),
      );
      const source = await api.sendForStream({ operation, path: `${path}/log`, query, safety: 'read', signal });
      const log = new PassThrough();
      const stop = onAbort(firstOf(api.signal, signal), () => void log.destroy(new ClusterError('interrupted')));
      source.on('error', (error) => {
        log.destroy(explainTransport(new TransportError(error.message, 'ANSWER_CUT', true, { cause: error }), api));
      });
      log.on('close', () => {
        source.destroy();
        stop();
      });
      return source.pipe(log);
    },
  };
}

/** Calls back once the signal is aborted. @returns what ends the listening: signals live longer than what they end */
function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  signal?.addEventListener('abort', act);
  return () => signal?.removeEventListener('abort', act);
}

/** Calls back when what was sent so far has gone far enough for more. */
function whenSent(socket: WebSocket, ready: () => void): void {
  if (socket.bufferedAmount < maxBuffered) return ready();
  after(10, () => whenSent(socket, ready));
}

/** The exit code that the status at the end of an exec tells; an error when the command did not run. */
function exitCodeOf({ status, message, reason, details }: Status, where: string): number | ClusterError {
  if (status === 'Success') return 0;
  const code = details.causes.find((cause) => cause.reason === 'ExitCode')?.message ?? '';
  if (reason === 'NonZeroExitCode' && /^\d+$/.test(code)) return Number(code);
  return new ClusterError(
    `the command cannot be run in ${where}: ${oneLine(message || 'the API server does not say why').slice(0, 300)}`,
    'check that the container runs and has this program',
  );
}

/** How long whoever was there a moment ago gets to come back. */
const comingBackMs = 300;

/**
 * Tries again what has worked before, as long as there is time and the API server does not get through (it answers 500 then).
 * @returns undefined when it came to nothing
 */
async function untilAnswered<T>(deadline: number, attempt: (leftMs: number) => Promise<T>): Promise<T | undefined> {
  for (;;) {
    await sleep(comingBackMs);
    const left = deadline - now();
    if (left <= 0) return undefined;
    try {
      return await attempt(left);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error.status === undefined || error.status < 500) return undefined;
    }
  }
}

function isBrokenOff({ code }: TransportError): boolean {
  return code === 'ECONNRESET' || code === 'ANSWER_CUT';
}

function explainPod(error: TransportError, where: string, port: number, timeoutMs: number): ClusterError {
  const { code, message } = error;
  const fail = (words: string, hint = lookAtLog): ClusterError =>
    new ClusterError(words, hint, undefined, { cause: error });
  if (code === 'ANSWER_TIMEOUT') return fail(`port ${port} of ${where} did not answer within ${timeoutMs / 1000} s`);
  if (code === 'ANSWER_TOO_LONG') return fail(`port ${port} of ${where} sends an answer of more than 256 MiB`);
  if (code.startsWith('HPE_')) return fail(`port ${port} of ${where} does not speak HTTP (${code})`, 'check the port');
  if (isBrokenOff(error)) {
    return fail(`port ${port} of ${where} closed the connection before its answer was complete`);
  }
  return fail(`port ${port} of ${where} cannot be asked: ${message}`);
}
