import type { RequestOptions } from 'node:https';
import type { ClusterError } from '../../errors.js';
import { explainAnswer, explainMissingKind, explainNotAnObject, isUnknownPath, parseBody } from './answers.js';
import type { Credentials } from './credentials.js';
import type { ConnectionDescription, Operation } from './description.js';
import { withRetries } from './retries.js';
import type { Safety } from './retries.js';
import { explainTransport } from './transport-failures.js';
import { TransportError, exchange } from './transport.js';
import type { HttpAnswer, HttpRequest } from './transport.js';

export interface ApiOptions extends ConnectionDescription {
  readonly credentials: Credentials;
  readonly signal?: AbortSignal | undefined;
  readonly verbose: (line: string) => void;
  readonly warn: (line: string) => void;
}

export interface ApiRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly safety: Safety;
}

/** The API server, spoken to in JSON. */
export interface Api {
  /** The answer's JSON object. Throws `ClusterError`. */
  send(request: ApiRequest): Promise<Readonly<Record<string, unknown>>>;
  /** The answer as it is, if its status is below 300. Throws `ClusterError`. */
  sendForText(request: ApiRequest): Promise<string>;
}

export function createApi(options: ApiOptions): Api {
  const server = new URL(options.access.cluster.server);

  async function attempt(settings: RequestOptions, request: HttpRequest, deadline: number): Promise<HttpAnswer> {
    const started = performance.now();
    const log = (outcome: string): void =>
      options.verbose(
        `${request.method} ${options.access.cluster.server}${request.path}: ${outcome} in ${Math.round(performance.now() - started)} ms`,
      );
    try {
      const totalMs = Math.max(deadline - started, 1);
      const limits = { connectMs: options.connectTimeoutMs, totalMs, signal: options.signal };
      const answer = await exchange(server, settings, request, limits);
      log(String(answer.status));
      return answer;
    } catch (error) {
      if (error instanceof TransportError) log(error.message);
      throw error;
    }
  }

  async function answerTo({ method, path, query, body, contentType, safety }: ApiRequest): Promise<HttpAnswer> {
    const request: HttpRequest = {
      method,
      path: path + formatQuery(query),
      headers: {
        accept: 'application/json, */*;q=0.1',
        'accept-encoding': 'gzip',
        'user-agent': 'osm-ts',
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const send = async (settings: RequestOptions): Promise<HttpAnswer> => {
      const deadline = performance.now() + options.timeoutMs;
      return withRetries(() => attempt(settings, request, deadline), {
        safety,
        deadline,
        signal: options.signal,
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
      throw error instanceof TransportError ? explainTransport(error, options) : error;
    }
  }

  async function refusal(answer: HttpAnswer, operation: Operation): Promise<ClusterError> {
    if (operation.kind && isUnknownPath(answer)) {
      const { group } = operation.kind;
      const known = group
        ? await answerTo({ operation, method: 'GET', path: `/apis/${group}`, safety: 'read' }).catch(() => undefined)
        : undefined;
      const missing = explainMissingKind(operation, known);
      // Without any sign of Kubernetes in the answer, the server is more likely something else than a cluster without OSM.
      if (missing && looksLikeKubernetes(answer)) return missing;
    }
    return explainAnswer(answer, operation, options);
  }

  return {
    async send(request) {
      const answer = await answerTo(request);
      if (answer.status >= 300) throw await refusal(answer, request.operation);
      const body = parseBody(answer) as Readonly<Record<string, unknown>> | null | undefined;
      // Any JSON would do for a list without items, and the answer "there are none" would be made up.
      if (typeof body?.['kind'] !== 'string') throw explainNotAnObject(answer, request.operation, options);
      return body;
    },
    async sendForText(request) {
      const answer = await answerTo(request);
      if (answer.status >= 300) throw await refusal(answer, request.operation);
      return answer.body;
    },
  };
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
