import type { HttpRequest } from '../request/types.js';
import type { RoutedRequest } from './route-match.js';

/**
 * What Envoy's HTTP inspector, codec and connection manager make of a request before they look for a route. The rules were
 * observed with Envoy 1.36.4 and its default options; test/simulator/envoy-http.test.ts lists the observations.
 */
export type ReadRequest =
  | { readonly result: 'request'; readonly request: RoutedRequest; readonly authority: string }
  /** Envoy answers by itself. */
  | { readonly result: 'local-reply'; readonly status: number; readonly why: string }
  /** HTTP/2 that ends in an error of the stream or the connection, by timing. */
  | { readonly result: 'incomputable'; readonly why: string };

/** Methods that the HTTP/1 parser knows; for others the inspector does not see HTTP. */
const HTTP1_METHODS = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE M-SEARCH NOTIFY ' +
    'OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK ' +
    'UNSUBSCRIBE'
  ).split(' '),
);
/** Known to the inspector, not to the codec. */
const CODEC_REFUSES = new Set(['M-SEARCH', 'CONNECT']);
const MAX_HEADERS = 100;
const MAX_HEADER_BYTES = 60 * 1024;
/** Headers of one hop, which Envoy takes out; `upgrade` and `connection` stay for a WebSocket. */
const HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'upgrade',
  'expect',
  'http2-settings',
]);
/** Stands for the random id that Envoy gives to every request. */
const SAMPLE_REQUEST_ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

/** Does the HTTP inspector see HTTP in the client's first bytes? */
export function looksLikeHttp({ version, method, path }: HttpRequest): boolean {
  if (version === '2') return true;
  return HTTP1_METHODS.has(method) && (path === '*' || path.startsWith('/') || /^[a-z][a-z0-9+.-]*:\/\//i.test(path));
}

export function readRequest(request: HttpRequest): ReadRequest {
  const { version, method } = request;
  if (version === '1.0') return reply(426, 'HTTP/1.0 is not let through');
  let { path, authority } = request;
  const names = request.headers.map(([name]) => name.toLowerCase());
  if (version === '2') {
    if (authority === null || method === 'CONNECT' || !path.startsWith('/')) {
      return { result: 'incomputable', why: 'HTTP/2 without a path or an authority: Envoy ends the stream' };
    }
    if (headerBytes(request) > MAX_HEADER_BYTES) {
      return { result: 'incomputable', why: 'HTTP/2 with over 60 KiB of headers: Envoy ends the stream' };
    }
  } else {
    if (!looksLikeHttp(request) || CODEC_REFUSES.has(method))
      return reply(400, `it does not read the request line ${method} ${path.slice(0, 40)}`);
    if (headerBytes(request) > MAX_HEADER_BYTES || names.length + 1 > MAX_HEADERS) {
      return reply(
        431,
        `there are more than ${MAX_HEADERS} headers, or they are larger than ${MAX_HEADER_BYTES / 1024} KiB`,
      );
    }
    const absolute = /^https?:\/\/([^/?#]*)([^]*)$/i.exec(path);
    if (absolute) [authority, path] = [absolute[1]!, absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]}`];
    else if (path.includes('://') && !path.startsWith('/')) return reply(400, 'it takes no URL of that scheme');
    if (names.includes('transfer-encoding') && names.includes('content-length')) {
      return reply(400, 'both Transfer-Encoding and Content-Length are there');
    }
  }
  if (authority === null || /[\s/]|[^\x21-\x7e]/.test(authority))
    return reply(400, 'the Host header is missing or malformed');
  if (path.includes('#')) return reply(400, 'the path has a fragment');
  if (!path.startsWith('/')) return reply(404, 'the path does not begin with /');
  const upgrade = upgradeOf(request);
  if (upgrade !== undefined && upgrade !== 'websocket' && upgrade !== 'h2c') {
    return reply(403, `it lets no connection be upgraded to ${upgrade}`);
  }
  return { result: 'request', request: routed(request, path, authority, upgrade === 'websocket'), authority };
}

function reply(status: number, why: string): ReadRequest {
  return { result: 'local-reply', status, why };
}

function headerBytes({ headers, path, authority }: HttpRequest): number {
  return headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    path.length + (authority?.length ?? 0),
  );
}

/** The protocol that the client wants to change to; it counts only when `Connection` names it. */
function upgradeOf({ headers, version }: HttpRequest): string | undefined {
  if (version === '2') return undefined;
  const value = (wanted: string) =>
    headers
      .find(([name]) => name.toLowerCase() === wanted)?.[1]
      .trim()
      .toLowerCase();
  return value('connection')
    ?.split(/\s*,\s*/)
    .includes('upgrade')
    ? value('upgrade')
    : undefined;
}

const NONE: ReadonlySet<string> = new Set();

function routed(
  { method, headers, uncertainHeaders }: HttpRequest,
  path: string,
  authority: string,
  webSocket: boolean,
): RoutedRequest {
  const seen = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const trimmed = value.trim();
    if (HOP_HEADERS.has(key) && !passes(key, trimmed, webSocket)) continue;
    const earlier = seen.get(key);
    seen.set(key, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  seen.set(':authority', authority).set(':path', path).set(':method', method).set(':scheme', 'http');
  if (!seen.has('x-forwarded-proto')) seen.set('x-forwarded-proto', 'http');
  if (!seen.has('x-request-id')) seen.set('x-request-id', SAMPLE_REQUEST_ID);
  const end = path.indexOf('?');
  const uncertain = uncertainHeaders ? new Set(uncertainHeaders) : NONE;
  return { method, path: end < 0 ? path : path.slice(0, end), headers: seen, uncertain };
}

function passes(name: string, value: string, webSocket: boolean): boolean {
  if (name === 'te') return value.toLowerCase() === 'trailers';
  return webSocket && (name === 'connection' || name === 'upgrade');
}
