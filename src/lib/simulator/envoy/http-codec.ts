import { shortened } from '../../text/shorten.js';
import type { HttpRequest } from '../request/types.js';
import { token } from '../request/oddities.js';
import {
  joinValues,
  namesProtected,
  nominatedHeaders,
  readHeaders,
  uncertainHeaders,
  valuesOf,
} from './request-headers.js';
import type { RoutedRequest } from './route-match.js';

/**
 * What Envoy's HTTP inspector, codec and connection manager make of a request before they look for a route. The rules were
 * observed with Envoy 1.36.4 and its default options: test/conformance/observed.jsonl and test/simulator/envoy-http.test.ts.
 */
export type ReadRequest =
  | {
      readonly result: 'request';
      readonly request: RoutedRequest;
      readonly authority: string;
      /** Envoy answers 403 where a route matches: it lets no connection be upgraded to this protocol. */
      readonly refusedUpgrade: string | undefined;
    }
  /** Envoy answers by itself. */
  | { readonly result: 'local-reply'; readonly status: number; readonly why: string }
  /** HTTP/2 that ends in an error of the stream or the connection, by timing. */
  | { readonly result: 'incomputable'; readonly why: string };

/** Methods that the HTTP/1 parser knows; for others the inspector does not see HTTP. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(
  (
    'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE M-SEARCH NOTIFY ' +
    'OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK ' +
    'UNSUBSCRIBE'
  ).split(' '),
);
const MAX_HEADERS = 100;
/** Of HTTP/2, which count: `:method`, `:scheme`, `:authority`, `:path`. */
const PSEUDO_HEADERS = 4;
const MAX_HEADER_BYTES = 60 * 1024;
/** The inspector gives up on a first line that is longer, its line end included. */
const MAX_REQUEST_LINE_BYTES = 16 * 1024;
const REQUEST_LINE_EXTRA = '  HTTP/1.1\r\n'.length;
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^]*)$/i;
const BAD_HOST_CHARACTERS = /[\s/"#<>?\\^`{|}]|[^\x21-\x7e]/;

/** What the HTTP inspector makes of the client's first line; `never`: it waits for more until its time is out. */
export function inspectHttp({ version, method, path }: HttpRequest): 'http' | 'not-http' | 'never' {
  if (version === '2') return 'http';
  if (!KNOWN_METHODS.has(method) || path.includes(' ')) return 'not-http';
  if (method.length + path.length + REQUEST_LINE_EXTRA > MAX_REQUEST_LINE_BYTES) return 'never';
  if (method === 'CONNECT' || path === '*' || path.startsWith('/')) return 'http';
  const absolute = ABSOLUTE.exec(path);
  return absolute && absolute[2]! + absolute[3]! !== '' && !absolute[3]!.startsWith('#') ? 'http' : 'not-http';
}

export function readRequest(request: HttpRequest): ReadRequest {
  if (request.version === '2') return readHttp2(request);
  if (!isFirstLine(request)) return reply(400, 'it cannot read the first line');
  const problem = framingProblem(request);
  if (problem) return problem;
  const nominated = request.method === 'CONNECT' ? [] : nominatedHeaders(request);
  if (namesProtected(nominated)) return reply(400, 'Connection names headers that must stay, or too many');
  const target = readTarget(request);
  if (target === 400) return reply(400, `it cannot use the request target ${shortened(request.path, 40)}`);
  if (request.version === '1.0') return reply(426, 'HTTP/1.0 is not let through');
  if (target === 404) return reply(404, 'no route takes a request for a tunnel (CONNECT)');
  const { path } = target;
  const authority = nominated.includes('host') && !target.absolute ? null : target.authority;
  if (authority === null || BAD_HOST_CHARACTERS.test(authority)) {
    return reply(400, 'the Host header is missing, malformed, or named in Connection');
  }
  if (path.includes('#')) return reply(400, 'the path has a fragment');
  if (!path.startsWith('/')) return reply(404, 'the path does not begin with /');
  return route(request, authority, target);
}

/** The parser stops at a method that it does not know, a space inside the target, and a target that is no path and no URL. */
function isFirstLine({ method, path }: HttpRequest): boolean {
  if (!KNOWN_METHODS.has(method) || method === 'M-SEARCH' || path.includes(' ')) return false;
  if (method === 'CONNECT' || path === '*' || path.startsWith('/')) return true;
  const absolute = ABSOLUTE.exec(path);
  return absolute !== null && !absolute[3]!.startsWith('#');
}

function readHttp2(request: HttpRequest): ReadRequest {
  const { authority, path } = request;
  const problem = http2Problem(request);
  if (problem !== undefined) return { result: 'incomputable', why: `HTTP/2 with ${problem}: Envoy ends the stream` };
  if (path.includes('#')) return reply(400, 'the path has a fragment');
  return route(request, authority!, { path });
}

function http2Problem(request: HttpRequest): string | undefined {
  const { authority, path, method, headers, bodyLength } = request;
  if (authority === null || method === 'CONNECT' || !path.startsWith('/')) return 'no path or no authority';
  if (path.includes(' ')) return 'a space in the path';
  if (BAD_HOST_CHARACTERS.test(authority) || authority.includes('@')) return 'a malformed authority';
  if (headers.some(([name]) => !token.test(name))) return 'a malformed header name';
  if (headerBytes(request) > MAX_HEADER_BYTES) return 'over 60 KiB of headers';
  if (headers.length + PSEUDO_HEADERS > MAX_HEADERS) return `more than ${MAX_HEADERS} headers`;
  const lengths = valuesOf(request, 'content-length');
  const [length] = lengths;
  if (length === undefined) return undefined;
  // Envoy 1.36.4 lets `+3` pass, and one length twice; with the library of Envoy 1.22 it does not
  if (lengths.length > 1 || !/^\d+$/.test(length)) return 'a malformed Content-Length, or several';
  if (bodyLength === 'unknown') return 'a Content-Length that may not be the length of the body';
  if (bodyLength !== undefined && bodyLength !== Number(length))
    return 'a Content-Length that is not the length of the body';
  return undefined;
}

function route(
  request: HttpRequest,
  authority: string,
  { path, scheme }: Pick<RequestTarget, 'path' | 'scheme'>,
): ReadRequest {
  const { headers, refusedUpgrade } = readHeaders(request);
  headers.set(':authority', authority).set(':path', path).set(':method', request.method);
  const forwarded = headers.get('x-forwarded-proto');
  if (forwarded === '') headers.delete('x-forwarded-proto');
  else headers.set(':scheme', scheme === 'https' || forwarded?.toLowerCase() === 'https' ? 'https' : 'http');
  const end = path.indexOf('?');
  return {
    result: 'request',
    authority,
    refusedUpgrade,
    request: {
      method: request.method,
      path: end < 0 ? path : path.slice(0, end),
      headers,
      uncertain: uncertainHeaders(request),
    },
  };
}

interface RequestTarget {
  readonly authority: string | null;
  readonly path: string;
  /** Absent: `http`. */
  readonly scheme?: string;
  /** A whole URL. */
  readonly absolute?: true;
}

/** The HTTP/1 request target in one of its forms; a status when Envoy answers it at once. */
function readTarget({ method, path, authority }: HttpRequest): RequestTarget | 400 | 404 {
  if (method === 'CONNECT') return /^[^\s:/?#]+:\d+$/.test(path) ? 404 : 400;
  if (path === '*' && method !== 'OPTIONS') return 400;
  if (path === '*' || path.startsWith('/')) return { authority, path };
  // no other first line has been read
  const [, written, place, rest] = ABSOLUTE.exec(path)!;
  const scheme = written!.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return 400;
  const [host, ...userinfo] = place!.split('@').reverse() as [string, ...string[]];
  if (userinfo.length > 1 || host === '' || host.startsWith(':')) return 400;
  return { authority: host, path: rest || '/', scheme, absolute: true };
}

function framingProblem(request: HttpRequest): ReadRequest | undefined {
  if (headerBytes(request) > MAX_HEADER_BYTES || request.headers.length + 1 > MAX_HEADERS) {
    return reply(
      431,
      `there are more than ${MAX_HEADERS} headers, or they are larger than ${MAX_HEADER_BYTES / 1024} KiB`,
    );
  }
  if (request.headers.some(([name]) => !token.test(name))) return reply(400, 'a header name is malformed');
  const lengths = valuesOf(request, 'content-length');
  const encodings = valuesOf(request, 'transfer-encoding');
  if (lengths.length > 1 || lengths.some((length) => !/^\d+$/.test(length))) {
    return reply(400, 'Content-Length is malformed or there twice');
  }
  if (encodings.length > 0 && lengths.length > 0) {
    return reply(400, 'both Transfer-Encoding and Content-Length are there');
  }
  const isChunked = joinValues('transfer-encoding', encodings, request.version).toLowerCase() === 'chunked';
  if (encodings.length > 0 && (!isChunked || request.method === 'CONNECT')) {
    return reply(501, 'it knows no Transfer-Encoding but chunked, and none with CONNECT');
  }
  return undefined;
}

function reply(status: number, why: string): ReadRequest {
  return { result: 'local-reply', status, why };
}

function headerBytes({ headers, path, authority }: HttpRequest): number {
  let sum = path.length + (authority?.length ?? 0);
  for (const [name, value] of headers) sum += name.length + value.length;
  return sum;
}
