import type { HttpRequest } from '../request/types.js';
import { trimBlanks } from '../request/custom-headers.js';

export interface HeadersRead {
  /** By lower-case name, several values joined. */
  readonly headers: Map<string, string>;
  /** A protocol that Envoy does not let the connection be upgraded to, in lower case. */
  readonly refusedUpgrade: string | undefined;
}

const X_ENVOY_REMOVED =
  'internal force-trace original-url ip-tags max-retries expected-rq-timeout-ms retry-on retry-grpc-on ' +
  'retriable-header-names retriable-status-codes upstream-alt-stat-name upstream-rq-timeout-ms ' +
  'upstream-rq-per-try-timeout-ms upstream-rq-timeout-alt-response hedge-on-per-try-timeout';
/** Headers of one hop, and those that only Envoy's own neighbours may set. */
const REMOVED = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'transfer-encoding', 'x-forwarded-client-cert'],
  ...X_ENVOY_REMOVED.split(' ').map((name) => `x-envoy-${name}`),
]);
const NOT_TO_BE_NOMINATED = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);
/** With so many names in Connection Envoy gives up. */
const TOO_MANY_NOMINATED = 10;
/** Stands for the random id that Envoy gives to every request. */
const SAMPLE_REQUEST_ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

/** Of these Envoy keeps one entry, to which an empty value adds nothing. Observed: all others are joined as they are. */
const ONE_ENTRY = new Set(
  (
    'accept accept-encoding access-control-request-headers access-control-request-method ' +
    'access-control-request-private-network authorization cache-control connection content-encoding content-type expect ' +
    'grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin pragma ' +
    'proxy-status referer transfer-encoding upgrade user-agent via x-client-trace-id x-envoy-attempt-count ' +
    'x-envoy-decorator-operation x-envoy-downstream-service-cluster x-envoy-downstream-service-node ' +
    'x-envoy-external-address x-envoy-original-path x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto ' +
    'x-request-id'
  ).split(' '),
);

/** One value of several that were sent under a lower-case name. */
export function joinValues(name: string, values: readonly string[], version: HttpRequest['version']): string {
  if (values.length === 1) return values[0]!;
  const kept = ONE_ENTRY.has(name) ? values.filter((value) => value !== '') : values;
  return kept.join(name === 'cookie' && version === '2' ? '; ' : ',');
}

/** HTTP/1 does not count the blanks around a value. Other characters that look blank, such as U+00A0, are part of it. */
function readValue(value: string, version: HttpRequest['version']): string {
  return version === '2' ? value : trimBlanks(value);
}

/** What was sent under a lower-case name, in order. */
export function valuesOf({ headers, version }: HttpRequest, wanted: string): readonly string[] {
  let values: string[] | undefined;
  for (const [name, value] of headers) {
    if (name.length === wanted.length && name.toLowerCase() === wanted) (values ??= []).push(readValue(value, version));
  }
  return values ?? NOTHING;
}

/** What a header that was sent says: null when it was not. */
function sentValue(request: HttpRequest, wanted: string): string | null {
  const values = valuesOf(request, wanted);
  return values.length > 0 ? joinValues(wanted, values, request.version) : null;
}

/** The protocol that a client wants to change to, in lower case. */
function wantedUpgrade(request: HttpRequest, connection: readonly string[]): string | undefined {
  if (request.version === '2' || !connection.includes('upgrade')) return undefined;
  return sentValue(request, 'upgrade')?.toLowerCase();
}

/** The headers that Connection names and Envoy takes away; none where the connection is to be upgraded. */
export function nominatedHeaders(request: HttpRequest): readonly string[] {
  const connection = tokens(sentValue(request, 'connection'));
  const upgrade = wantedUpgrade(request, connection);
  return upgrade === undefined || upgrade === 'h2c' ? connection : NOTHING;
}

/** Whether Envoy answers 400 because Connection names what must stay, or too much. The Host it takes away, and misses it later. */
export function namesProtected(nominated: readonly string[]): boolean {
  return nominated.length >= TOO_MANY_NOMINATED || nominated.some(isProtected);
}

/** The headers that are left for routes to match, as Envoy's connection manager leaves them. */
export function readHeaders(request: HttpRequest): HeadersRead {
  const { headers, version } = request;
  const sent = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const read = readValue(value, version);
    const earlier = sent.get(key);
    if (earlier) earlier.push(read);
    else sent.set(key, [read]);
  }
  const seen = new Map<string, string>();
  for (const [name, values] of sent) seen.set(name, joinValues(name, values, version));
  const connection = tokens(seen.get('connection') ?? null);
  const upgrade = wantedUpgrade(request, connection);
  if (upgrade === undefined || upgrade === 'h2c') {
    for (const name of connection) if (name !== 'te') seen.delete(name);
    for (const name of seen.keys()) if (REMOVED.has(name)) seen.delete(name);
    if (upgrade === 'h2c') seen.delete('http2-settings');
  } else {
    for (const name of seen.keys()) {
      if (REMOVED.has(name) && name !== 'connection' && name !== 'upgrade') seen.delete(name);
    }
  }
  if (seen.get('expect')?.toLowerCase() === '100-continue') seen.delete('expect');
  keepTrailersOnly(seen);
  if (!seen.has('x-forwarded-proto')) seen.set('x-forwarded-proto', 'http');
  if (!seen.get('x-request-id')) seen.set('x-request-id', SAMPLE_REQUEST_ID);
  const isRefused = upgrade !== 'websocket' && upgrade !== 'h2c';
  return { headers: seen, refusedUpgrade: isRefused ? upgrade : undefined };
}

const NONE: ReadonlySet<string> = new Set();

/** The headers that routes may see otherwise than as they are told. What Envoy takes away in any case is none of them. */
export function uncertainHeaders({ uncertainHeaders: names }: HttpRequest): ReadonlySet<string> {
  // an Expect that is not certain says 100-continue
  return names ? new Set(names.filter((name) => name !== 'expect' && !REMOVED.has(name))) : NONE;
}

const NOTHING: readonly string[] = [];

function tokens(value: string | null): readonly string[] {
  return value === null ? NOTHING : value.toLowerCase().split(',').map(trimBlanks);
}

function isProtected(name: string): boolean {
  return name.startsWith(':') || NOT_TO_BE_NOMINATED.has(name);
}

/** Of TE only `trailers` remains; an empty one stays as it is. */
function keepTrailersOnly(seen: Map<string, string>): void {
  const value = seen.get('te');
  if (value === undefined || value === '') return;
  if (value.split(',').some((coding) => trimBlanks(coding) === 'trailers')) seen.set('te', 'trailers');
  else seen.delete('te');
}
