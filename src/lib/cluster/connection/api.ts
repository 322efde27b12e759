import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { ClusterError } from '../../errors.js';
import { explainAnswer, explainMissingKind, isUnknownPath, parseBody, readObject } from './answers.js';
import type { Credentials } from './credentials.js';
import { lookAt } from './description.js';
import type { ConnectionDescription, Operation } from './description.js';
import { withRetries } from './retries.js';
import type { Safety } from './retries.js';
import { firstOf, now } from './timers.js';
import { explainTransport } from './transport-failures.js';
import { TransportError, collect, exchangeAs } from './transport.js';
import type { HttpAnswer, HttpRequest } from './transport.js';

export interface ApiOptions extends ConnectionDescription {
  readonly credentials: Credentials;
  readonly signal?: AbortSignal | undefined;
  readonly verbose: (line: string) => void;
  readonly warn: (line: string) => void;
}

export interface ApiRequest {
  readonly operation: Operation;
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly safety: Safety;
  /** Ends this request, besides the signal that ends all. */
  readonly signal?: AbortSignal | undefined;
}

/** The API server, spoken to in JSON. */
export interface Api extends ApiOptions {
  /** The answer's JSON object, or list of objects, checked by `readObject`. Throws `ClusterError`. */
  send(request: ApiRequest): Promise<Readonly<Record<string, unknown>>>;
  /** The answer as it is, if its status is below 300. Throws `ClusterError`. */
  sendForText(request: ApiRequest): Promise<string>;
  /** The answer while it comes in, if its status is below 300; the time-out ends with its head. Throws `ClusterError`. */
  sendForStream(request: ApiRequest): Promise<IncomingMessage>;
  /** The error for an answer that refuses. */
  refusal(answer: HttpAnswer, operation: Operation): Promise<ClusterError>;
}

/** `HttpAnswer`, whose body is still to come when `stream` is there. */
type Answer = HttpAnswer & { readonly stream?: IncomingMessage };

export function createApi(options: ApiOptions): Api {
  const server = new URL(options.access.cluster.server);

  async function attempt(
    settings: RequestOptions,
    request: HttpRequest,
    limits: { readonly deadline: number; readonly signal: AbortSignal | undefined },
    streams: boolean,
  ): Promise<Answer> {
    const started = now();
    const log = (outcome: string): void =>
      options.verbose(
        `${request.method} ${options.access.cluster.server}${request.path}: ${outcome} in ${Math.round(now() - started)} ms`,
      );
    try {
      const totalMs = Math.max(limits.deadline - started, 1);
      const answer = await exchangeAs<Answer>(
        server,
        settings,
        request,
        { connectMs: options.connectTimeoutMs, totalMs, signal: limits.signal },
        (stream, resolve, fail) => {
          const { statusCode: status = 0, headers } = stream;
          if (streams && status < 300) resolve({ status, headers, bytes: Buffer.alloc(0), body: '', stream });
          else collect(stream, resolve, fail);
        },
      );
      log(String(answer.status));
      return answer;
    } catch (error) {
      log((error as TransportError).message);
      throw error;
    }
  }

  async function answerTo(
    { method = 'GET', path, query, body, contentType, safety, operation, signal: ownSignal }: ApiRequest,
    streams = false,
  ): Promise<Answer> {
    const request: HttpRequest = {
      method,
      path: path + formatQuery(query),
      headers: {
        accept: 'application/json, */*;q=0.1',
        ...(streams ? {} : { 'accept-encoding': 'gzip' }),
        'user-agent': 'osm-ts',
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: JSON.stringify(body),
    };
    const signal = firstOf(options.signal, ownSignal);
    const send = async (settings: RequestOptions): Promise<Answer> => {
      const deadline = now() + options.timeoutMs;
      return withRetries(() => attempt(settings, request, { deadline, signal }, streams), {
        safety,
        deadline,
        signal,
        onRetry: (reason, pauseMs) => options.verbose(`${reason}: trying again in ${pauseMs} ms`),
      });
    };
    try {
      // Before the clock starts: a credential plugin may have to ask a person, which is not the server's time.
      const settings = await options.credentials.requestOptions();
      const answer = await send(settings);
      // A rotated token or an expired credential: fetch it anew and try once more. A 401 has changed nothing.
      const again = answer.status === 401 && options.credentials.renew(settings);
      const final = again ? await send(await options.credentials.requestOptions()) : answer;
      showWarnings(final, method === 'GET' ? options.verbose : options.warn);
      return final;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const explained = explainTransport(error, options);
      throw error.connected && safety !== 'read' ? perhapsDone(explained, operation) : explained;
    }
  }

  async function refusal(answer: HttpAnswer, operation: Operation): Promise<ClusterError> {
    if (operation.kind && isUnknownPath(answer)) {
      const { group } = operation.kind;
      const known = group
        ? await answerTo({ operation, path: `/apis/${group}`, safety: 'read' }).catch(() => undefined)
        : undefined;
      const missing = explainMissingKind(operation, known);
      // Without any sign of Kubernetes in the answer, the server is more likely something else than a cluster without OSM.
      if (missing && looksLikeKubernetes(answer)) return missing;
    }
    return explainAnswer(answer, operation, options);
  }

  async function accepted(request: ApiRequest, streams = false): Promise<Answer> {
    const answer = await answerTo(request, streams);
    if (answer.status < 300) return answer;
    const refused = await refusal(answer, request.operation);
    // A gateway gives up on an answer, not on what was asked.
    const lost = request.safety !== 'read' && (answer.status === 502 || answer.status === 504);
    throw lost ? perhapsDone(refused, request.operation) : refused;
  }

  return {
    ...options,
    refusal,
    async send(request) {
      return readObject(await accepted(request), request.operation, options);
    },
    async sendForText(request) {
      return (await accepted(request)).body;
    },
    async sendForStream(request) {
      return (await accepted(request, true)).stream as IncomingMessage;
    },
  };
}

/** The failure of a write that the server may have received: what was asked may be done all the same. */
function perhapsDone({ message, hint, status, cause }: ClusterError, operation: Operation): ClusterError {
  const command = lookAt(operation);
  // nobody is to try again who has not looked
  const more = command && hint?.startsWith('try again') ? undefined : hint;
  return new ClusterError(
    `${message}; what was asked may have been done all the same`,
    [...(command ? [`look before you try again: ${command}`] : []), ...(more ? [more] : [])].join('\n'),
    status,
    { cause },
  );
}

/** Kubernetes answers an unknown path with this line, or with a Status. */
function looksLikeKubernetes(answer: HttpAnswer): boolean {
  return /^404 page not found\s*$/.test(answer.body) || parseBody(answer) !== undefined;
}

function formatQuery(query: ApiRequest['query']): string {
  const given = Object.entries(query ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
}

/** Shows the server's warnings (RFC 7234 §5.5: `299 - "text"`), which tell of deprecated APIs and dropped fields. */
function showWarnings(answer: HttpAnswer, show: (line: string) => void): void {
  const header = answer.headers['warning'];
  for (const [, text = ''] of (header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
    show(text.replace(/\\(.)/g, '$1'));
  }
}
