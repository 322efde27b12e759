import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { ClusterError } from '../../errors.js';
import type { Api } from './api.js';
import { describeServer } from './description.js';
import type { Operation } from './description.js';
import { after, firstOf, now } from './timers.js';
import { explainTransport } from './transport-failures.js';
import { TransportError, collect, supervise, whenConnected } from './transport.js';
import type { HttpAnswer } from './transport.js';

/** The protocols of Kubernetes' streams, newest first; the last ones are for older servers. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** The system looks after this time without traffic whether the other side is still there, and gives up ten seconds later. */
const keepAliveMs = 30_000;
/** Frames are at most the size of a buffer of the kubelet, which is far smaller. */
const maxFrameBytes = 16 * 1024 * 1024;
const closingMs = 1000;

export interface StreamEvents {
  /** A frame of one channel; false ends the stream. What it throws ends the stream too, as the reason. */
  onFrame(channel: number, bytes: Buffer): boolean;
  /** Once, at the end; the reason is absent when the other side has closed as it should. */
  onEnd(reason?: ClusterError): void;
}

/**
 * Opens a stream through the API server: the TLS settings, proxy, identity, limits and errors of every other request, the
 * credentials fetched anew after a 401.
 * @param path with query, already encoded
 * @throws ClusterError when the stream does not open; then no event is told
 */
export async function openWebSocket(
  api: Api,
  operation: Operation,
  path: string,
  events: StreamEvents,
  signal?: AbortSignal,
): Promise<WebSocket> {
  try {
    const settings = await api.credentials.requestOptions();
    let outcome = await attempt(api, settings, path, events, signal);
    if (!(outcome instanceof WebSocket) && outcome.status === 401 && api.credentials.renew(settings)) {
      outcome = await attempt(api, await api.credentials.requestOptions(), path, events, signal);
    }
    if (outcome instanceof WebSocket) return outcome;
    throw await api.refusal(outcome, operation);
  } catch (error) {
    throw error instanceof TransportError ? explainTransport(error, api) : error;
  }
}

/** @returns the open stream, or the answer that refuses it */
function attempt(
  api: Api,
  settings: object,
  path: string,
  events: StreamEvents,
  ownSignal: AbortSignal | undefined,
): Promise<WebSocket | HttpAnswer> {
  const url = new URL(api.access.cluster.server);
  const started = now();
  const log = (outcome: string): void =>
    api.verbose(`stream ${url.href.replace(/\/$/, '')}${path}: ${outcome} in ${Math.round(now() - started)} ms`);
  // one of its own: what listens to it goes with the stream, and does not gather at the signal of the process
  const either = firstOf(api.signal, ownSignal);
  const signal = either && AbortSignal.any([either]);
  return new Promise<WebSocket | HttpAnswer>((resolve, reject) => {
    let connected = false;
    let settled = false;
    const settle = (): void => {
      settled = true;
      supervision.end();
    };
    const fail = (error: Error, code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'): void => {
      // What is ended before it was open complains about it.
      if (settled) return;
      log(error.message);
      settle();
      reject(new TransportError(error.message, code, connected, { cause: error }));
      socket.terminate();
    };
    if (signal?.aborted) return reject(new TransportError('interrupted', 'ABORTED', connected));
    const supervision = supervise({ connectMs: api.connectTimeoutMs, totalMs: api.timeoutMs, signal }, fail);
    const socket = new WebSocket(
      `${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${url.pathname.replace(/\/$/, '')}${path}`,
      protocols,
      {
        ...settings,
        maxPayload: maxFrameBytes,
        perMessageDeflate: false,
        finishRequest(request: ClientRequest) {
          whenConnected(request, () => {
            connected = true;
            supervision.connected();
          });
          request.end();
        },
      },
    );
    socket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
      log(String(response.statusCode));
      const done = (answer: HttpAnswer): void => {
        settle();
        resolve(answer);
      };
      collect(response, done, fail);
    });
    socket.on('error', fail);
    socket.on('upgrade', (response: IncomingMessage) => response.socket.setKeepAlive(true, keepAliveMs));
    socket.on('open', () => {
      log('101');
      settle();
      follow(socket, api, events, signal);
      resolve(socket);
    });
  });
}

/** Tells what happens on an open stream. */
function follow(socket: WebSocket, api: Api, events: StreamEvents, signal: AbortSignal | undefined): void {
  let reason: ClusterError | undefined;
  const end = (error: ClusterError): void => {
    reason ??= error;
    socket.terminate();
  };
  const interrupt = (): void => end(new ClusterError('interrupted'));
  const fail = (error: Error): void => {
    const problem = `${describeServer(api)} sends a stream that makes no sense: ${error.message}`;
    end(new ClusterError(problem, tryAgain, undefined, { cause: error }));
  };
  signal?.addEventListener('abort', interrupt);
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    try {
      // Text frames belong to protocols that were not offered.
      if (isBinary && data.length > 0 && !events.onFrame(data[0]!, data.subarray(1))) closeSoon(socket);
    } catch (error) {
      fail(error as Error);
    }
  });
  // of a connection that breaks there is no error here
  socket.on('error', fail);
  socket.on('close', (code: number, text: Buffer) => {
    signal?.removeEventListener('abort', interrupt);
    // 1000: done; 1005: closed without a word, as the kubelet does. 1006: the connection is gone.
    if (code !== 1000 && code !== 1005) {
      const words =
        code === 1006
          ? 'closed the connection in the middle of the stream'
          : `ended the stream: ${text.toString() || `code ${code}`}`;
      reason ??= new ClusterError(`${describeServer(api)} ${words}`, tryAgain);
    }
    events.onEnd(reason);
  });
}

/** Ends a stream in good manners, and without them when the other side does not answer: it must not hold up the program. */
export function closeSoon(socket: WebSocket): void {
  if (socket.readyState === socket.CLOSED) return;
  const timer = after(closingMs, () => socket.terminate());
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.close(1000);
}

const tryAgain = 'try again; if it stays so, look at the state of the pod and its node';
