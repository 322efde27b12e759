import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, already encoded, to follow the server's own path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
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
export const maxAnswerBytes = 256 * 1024 * 1024;

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

/** One HTTP exchange. Throws `TransportError` when there is no complete answer; any status is an answer. */
export function exchange(
  server: URL,
  options: RequestOptions,
  request: HttpRequest,
  limits: Limits,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (limits.signal?.aborted) {
      reject(new TransportError('interrupted', 'ABORTED', false));
      return;
    }
    const send = server.protocol === 'https:' ? httpsRequest : httpRequest;
    let outgoing: ClientRequest;
    try {
      outgoing = send({
        ...options,
        protocol: server.protocol,
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port || (server.protocol === 'https:' ? 443 : 80),
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
      // Certificates that cannot be used and headers that cannot be sent are found here, not in an event.
      const { message, code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
      reject(new TransportError(message, code, false, { cause: error }));
      return;
    }
    let connected = false;
    let settled = false;
    let connectTimer: NodeJS.Timeout | undefined;
    let totalTimer: NodeJS.Timeout | undefined;
    const onAbort = (): void => fail(new TransportError('interrupted', 'ABORTED', connected));
    const finish = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(connectTimer);
      clearTimeout(totalTimer);
      limits.signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const fail = (error: TransportError): void => {
      if (!finish()) return;
      reject(error);
      outgoing.destroy();
    };
    const failAfter = (ms: number, code: string, text: string): NodeJS.Timeout | undefined =>
      Number.isFinite(ms)
        ? setTimeout(() => fail(new TransportError(`${text} within ${ms / 1000} s`, code, connected)), ms)
        : undefined;
    totalTimer = failAfter(limits.totalMs, 'ANSWER_TIMEOUT', 'no complete answer');
    if (limits.connectMs < limits.totalMs) {
      connectTimer = failAfter(limits.connectMs, 'CONNECT_TIMEOUT', 'no connection');
    }
    limits.signal?.addEventListener('abort', onAbort, { once: true });
    whenConnected(outgoing, () => {
      connected = true;
      clearTimeout(connectTimer);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      fail(new TransportError(error.message, error.code ?? 'UNKNOWN', connected, { cause: error }));
    });
    outgoing.on('response', (response) => {
      collect(response, (outcome) => {
        if (outcome instanceof TransportError) fail(outcome);
        else if (finish()) resolve({ status: response.statusCode ?? 0, headers: response.headers, body: outcome });
      });
    });
    outgoing.end(request.body);
  });
}

/** Calls back once the request has a connection that is ready for it, TLS handshake included. */
function whenConnected(outgoing: ClientRequest, ready: () => void): void {
  outgoing.on('socket', (socket: Socket & { secureConnecting?: boolean }) => {
    const handshake = 'secureConnecting' in socket;
    if (handshake ? socket.secureConnecting : socket.connecting) {
      socket.once(handshake ? 'secureConnect' : 'connect', ready);
    } else {
      ready();
    }
  });
}

function collect(response: IncomingMessage, done: (outcome: string | TransportError) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxAnswerBytes) done(new TransportError('the answer is too long', 'ANSWER_TOO_LONG', true));
  });
  response.on('error', (error) => done(new TransportError(error.message, 'ANSWER_CUT', true, { cause: error })));
  response.on('end', () => {
    if (!response.complete) return done(new TransportError('the answer ends early', 'ANSWER_CUT', true));
    try {
      const bytes = Buffer.concat(chunks);
      const zipped = response.headers['content-encoding'] === 'gzip';
      done((zipped ? gunzipSync(bytes, { maxOutputLength: maxAnswerBytes }) : bytes).toString('utf8'));
    } catch (error) {
      done(new TransportError('the answer cannot be unpacked', 'ANSWER_CUT', true, { cause: error as Error }));
    }
  });
}
