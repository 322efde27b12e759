import type { HttpRequest } from '../request/types.js';

/** By lower-case name, several values joined; or why Envoy answers by itself. */
export type HeadersRead =
  | {
      readonly headers: Map<string, string>;
      /** A protocol that Envoy does not let the connection be upgraded to, in lower case. */
      readonly refusedUpgrade: string | undefined;
    }
  | { readonly status: number; readonly problem: string };

const X_ENVOY_REMOVED =
  'internal force-trace original-url ip-tags max-retries expected-rq-timeout-ms retry-on retry-grpc-on ' +
  'retriable-header-names retriable-status-codes upstream-alt-stat-name upstream-rq-timeout-ms ' +
  'upstream-rq-per-try-timeout-ms upstream-rq-timeout-alt-response hedge-on-per-try-timeout';
/** Headers of one hop, and those that only Envoy's own neighbours may set. */
const REMOVED = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'transfer-encoding', 'x-forwarded-client-cert'],
  ...X_ENVOY_REMOVED.split(' ').map((name) => `x-envoy-${name}`),
]);
const NOT_TO_BE_NOMINATED = new Set(['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);
/** With so many names in Connection Envoy gives up. */
const TOO_MANY_NOMINATED = 10;
/** Stands for the random id that Envoy gives to every request. */
const SAMPLE_REQUEST_ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

/**
 * The headers that are left for routes to match, as Envoy's connection manager leaves them.
 * @param absolute the request target is a whole URL, whose host replaces the Host header
 */
export function readHeaders({ headers, version }: HttpRequest, absolute: boolean): HeadersRead {
  const seen = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const earlier = seen.get(key);
    const separator = key === 'cookie' && version === '2' ? '; ' : ',';
    const read = version === '2' ? value : value.trim();
    seen.set(key, earlier === undefined ? read : earlier + separator + read);
  }
  const connection = tokens(seen.get('connection'));
  const upgrade = version !== '2' && connection.includes('upgrade') ? seen.get('upgrade')?.toLowerCase() : undefined;
  if (upgrade === undefined || upgrade === 'h2c') {
    const problem = connection.some((name) => isProtected(name) && !(absolute && name === 'host'));
    if (connection.length >= TOO_MANY_NOMINATED || problem) {
      return { status: 400, problem: 'Connection names headers that must stay, or too many' };
    }
    for (const name of connection) if (name !== 'te' && name !== 'upgrade') seen.delete(name);
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
  const isRefused = upgrade !== undefined && upgrade !== 'websocket' && upgrade !== 'h2c';
  return { headers: seen, refusedUpgrade: isRefused ? upgrade : undefined };
}

const NO_TOKENS: readonly string[] = [];

function tokens(value: string | undefined): readonly string[] {
  return value === undefined
    ? NO_TOKENS
    : value
        .toLowerCase()
        .split(',')
        .map((token) => token.trim());
}

function isProtected(name: string): boolean {
  return name.startsWith(':') || NOT_TO_BE_NOMINATED.has(name);
}

/** Of TE only `trailers` remains; an empty one stays as it is. */
function keepTrailersOnly(seen: Map<string, string>): void {
  const value = seen.get('te');
  if (value === undefined || value === '') return;
  if (value.split(',').some((coding) => coding.trim() === 'trailers')) seen.set('te', 'trailers');
  else seen.delete('te');
}
