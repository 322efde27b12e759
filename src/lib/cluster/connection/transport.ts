import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { after } from './timers.js';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, already encoded, to follow the server's own path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** `bytes` as text. */
  readonly body: string;
}

export interface Limits {
  /** Until the connection is there, TLS and proxy included, in milliseconds. */
  readonly connectMs: number;
  /** For the whole exchange; Infinity for none. */
  readonly totalMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Longer answers are refused: a page of objects is far smaller, and memory must not depend on the other side. */
const maxAnswerBytes = 256 * 1024 * 1024;

/** The exchange did not come to an answer. */
export class TransportError extends Error {
  constructor(
    message: string,
    /** Node's error code, or one of ours: CONNECT_TIMEOUT, ANSWER_TIMEOUT, ANSWER_CUT, ANSWER_TOO_LONG, ABORTED. */
    readonly code: string,
    /** Whether the connection stood: only then may the server have seen the request. */
    readonly connected: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TransportError';
  }
}

type Fail = (error: Error, code?: string) => void;

/** Takes an answer whose head has arrived. */
type Receive<Answer> = (response: IncomingMessage, resolve: (answer: Answer) => void, fail: Fail) => void;

/** One HTTP exchange. Throws `TransportError` when there is no complete answer; any status is an answer. */
export async function exchange(
  server: URL,
  options: RequestOptions,
  request: HttpRequest,
  limits: Limits,
): Promise<HttpAnswer> {
  return exchangeAs(server, options, request, limits, collect);
}

/** As `exchange`, for an answer that `receive` takes in its own way; the limits hold until it calls `resolve`. */
export async function exchangeAs<Answer>(
  server: URL,
  options: RequestOptions,
  request: HttpRequest,
  limits: Limits,
  receive: Receive<Answer>,
): Promise<Answer> {
  if (limits.signal?.aborted) throw new TransportError('interrupted', 'ABORTED', false);
  const outgoing = open(server, options, request);
  let connected = false;
  let supervision: Supervision | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const fail: Fail = (error, code = 'UNKNOWN') => {
        reject(new TransportError(error.message || code, code, connected, { cause: error }));
      };
      supervision = supervise(limits, fail);
      whenConnected(outgoing, () => {
        connected = true;
        supervision?.connected();
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The proxy agent of client-node has the same limit for the connection, and may be the first to notice.
        fail(error, error.message === 'Proxy timeout' ? 'CONNECT_TIMEOUT' : error.code);
      });
      outgoing.on('response', (response) => receive(response, resolve, fail));
      outgoing.end(request.body);
    });
  } catch (error) {
    outgoing.destroy();
    throw error;
  } finally {
    supervision?.end();
  }
}

/** Starts the request. Certificates that cannot be used, and headers that cannot be sent, are found here. */
function open(server: URL, options: RequestOptions, request: HttpRequest): ClientRequest {
  const send = server.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    return send({
      ...options,
      // by which agents of SOCKS proxies know a connection again
      protocol: server.protocol,
      hostname: server.hostname.replace(/[[\]]/g, ''),
      port: server.port,
      method: request.method,
      path: server.pathname.replace(/\/$/, '') + request.path,
      headers: {
        ...options.headers,
        ...request.headers,
        // Node frames the body of a DELETE only when it is told the length; the server would not see it otherwise.
        ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
      },
    });
  } catch (error) {
    const { message, code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw new TransportError(message, code, false, { cause: error });
  }
}

export interface Supervision {
  connected(): void;
  end(): void;
}

/** Calls `fail` when the time is up or the caller gives up. */
export function supervise(limits: Limits, fail: Fail): Supervision {
  const failAfter = (ms: number, what: string, code: string): NodeJS.Timeout | undefined =>
    after(ms, () => fail(new Error(`${what} within ${ms / 1000} s`), code));
  const total = failAfter(limits.totalMs, 'no complete answer', 'ANSWER_TIMEOUT');
  const connect = failAfter(limits.connectMs, 'no connection', 'CONNECT_TIMEOUT');
  const onAbort = (): void => fail(new Error('interrupted'), 'ABORTED');
  limits.signal?.addEventListener('abort', onAbort);
  return {
    connected: () => clearTimeout(connect),
    end() {
      clearTimeout(connect);
      clearTimeout(total);
      limits.signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** Calls back once the request has a connection that is ready for it, TLS handshake included. */
export function whenConnected(outgoing: ClientRequest, ready: () => void): void {
  outgoing.on('socket', (socket: Socket & { secureConnecting?: boolean }) => {
    const handshake = 'secureConnecting' in socket;
    if (handshake ? socket.secureConnecting : socket.connecting) {
      socket.once(handshake ? 'secureConnect' : 'connect', ready);
    } else {
      ready();
    }
  });
}

/** Reads the answer to its end. */
export function collect(response: IncomingMessage, resolve: (answer: HttpAnswer) => void, fail: Fail): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxAnswerBytes) fail(new Error('the answer is too long'), 'ANSWER_TOO_LONG');
  });
  response.on('error', (error) => fail(error, 'ANSWER_CUT'));
  response.on('end', () => {
    const received = Buffer.concat(chunks);
    const { headers } = response;
    const done = (bytes: Buffer): void =>
      resolve({
        status: response.statusCode!,
        headers,
        bytes,
        get body() {
          return bytes.toString('utf8');
        },
      });
    if (headers['content-encoding'] !== 'gzip') return done(received);
    unzipped(received).then(done, (error: NodeJS.ErrnoException) =>
      fail(error, error.code === 'ERR_BUFFER_TOO_LARGE' ? 'ANSWER_TOO_LONG' : 'ANSWER_CUT'),
    );
  });
}

/** Most answers are short and come as they are. */
async function unzipped(bytes: Buffer): Promise<Buffer> {
  const { gunzipSync } = await import('node:zlib');
  return gunzipSync(bytes, { maxOutputLength: maxAnswerBytes });
}
