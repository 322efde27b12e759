/** Requests made of what was picked for each dimension. */
import { curlVersion, formatCurl } from '../../simulator/request/index.js';
import type { HttpRequest, HttpVersion, Target } from '../../simulator/request/types.js';
import type { Pick } from './types.js';

const ANY_HOST = 'example.com';
const DEFAULT_ALPN = ['h2', 'http/1.1'];

const DEFAULT_HEADERS: HttpRequest['headers'] = [
  ['User-Agent', `curl/${curlVersion}`],
  ['Accept', '*/*'],
];
const DEFAULT_HEADERS_HTTP2 = DEFAULT_HEADERS.map(([name, value]) => [name.toLowerCase(), value] as const);

/** The headers that curl sends when it is not asked for others. */
export function defaultHeaders(version: HttpVersion): HttpRequest['headers'] {
  return version === '2' ? DEFAULT_HEADERS_HTTP2 : DEFAULT_HEADERS;
}

export function mergePicks(picks: readonly Pick[]): Pick {
  const merged: Record<string, unknown> = {};
  let headers: Record<string, string | null> | undefined;
  for (const pick of picks) {
    Object.assign(merged, pick);
    if (pick.headers) merged['headers'] = headers = { ...headers, ...pick.headers };
  }
  return merged;
}

/** @returns the request, without a command line (see `withCommand`) */
export function targetOf(pick: Pick): Target {
  const { port = 80, address = '203.0.113.254', client = 'http' } = pick;
  const common = { command: '', port, dial: { host: address, port }, failOnHttpError: false, notModelled: [] };
  switch (client) {
    case 'bytes':
    case 'waits':
      return { ...common, scheme: 'tcp', host: address, serverFirst: client === 'waits' };
    case 'tls': {
      const { serverName: sni = ANY_HOST, alpn = DEFAULT_ALPN } = pick;
      const host = sni ?? address;
      const authority = port === 443 ? host : `${host}:${port}`;
      const http = { version: '1.1', method: 'GET', path: '/', authority, headers: defaultHeaders('1.1') } as const;
      return { ...common, scheme: 'https', host, http, tls: { sni, alpn }, serverFirst: false };
    }
    case 'http': {
      const http = httpOf(pick, port);
      return { ...common, scheme: 'http', host: urlHost(http.authority!, address), http, serverFirst: false };
    }
  }
}

function httpOf(pick: Pick, port: number): HttpRequest {
  const { version = '1.1', method = 'GET', path = '/' } = pick;
  const authority = pick.authority ?? (port === 80 ? ANY_HOST : `${ANY_HOST}:${port}`);
  if (!pick.headers) return { version, method, path, authority, headers: defaultHeaders(version) };
  const wanted = new Map(Object.entries(pick.headers));
  const headers = defaultHeaders(version).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase();
    const other = wanted.get(lower);
    if (other === undefined) return [[name, value]];
    wanted.delete(lower);
    return other === null ? [] : [[name, other]];
  });
  for (const [name, value] of wanted) if (value !== null) headers.push([name, value]);
  return { version, method, path, authority, headers };
}

/** The host of a URL for a Host, where it can be one; otherwise the address. */
function urlHost(authority: string, address: string): string {
  const name = authority.replace(/:\d+$/, '').toLowerCase();
  return isHostName(name) ? name : address;
}

/** A name that curl takes in a URL, sends as server name, and does not take for an address. */
export function isHostName(text: string): boolean {
  return (
    /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text) &&
    !text.includes('..') &&
    !/^[\d.]+$|(^|\.)0x[0-9a-f]*$|(^|\.)\d+$/i.test(text)
  );
}

export function withCommand(target: Target): Target {
  return { ...target, command: formatCurl(target) };
}
