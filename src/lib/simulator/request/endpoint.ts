import { isIpAddress } from '../../text/ip.js';
import { dialOf, type AddressFamily } from './dial.js';
import { brief, TargetError } from './error.js';
import type { Target } from './types.js';
import { parseUrl, type CurlUrl } from './url.js';

/** A connection that is not HTTP. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'tls' | 'udp';
  /** The client waits for the server's first bytes. */
  readonly serverFirst?: boolean | undefined;
  /** TLS: the server name, sent as it is; null: none. By default the host, unless it is an address. */
  readonly sni?: string | null | undefined;
  /** TLS: the protocols offered. */
  readonly alpn?: readonly string[] | undefined;
  readonly resolve?: readonly string[] | undefined;
  readonly connectTo?: readonly string[] | undefined;
  readonly family?: AddressFamily | null | undefined;
  readonly notModelled?: readonly string[] | undefined;
  readonly remarks?: readonly string[] | undefined;
}

/** The target of a connection. @param command how it prints @throws TargetError */
export function endpointTarget(endpoint: Endpoint, command: string): Target {
  const { protocol, resolve = [], connectTo = [], family = null, alpn = [], remarks = [] } = endpoint;
  const host = hostOf(endpoint.host);
  const { port } = endpoint;
  const sni = endpoint.sni === undefined ? serverNameOf(host) : (endpoint.sni?.toLowerCase() ?? null);
  return {
    command,
    scheme: protocol,
    host,
    port,
    dial: dialOf({ host, port, resolve, connectTo, family }),
    ...(protocol === 'tls' && { tls: { sni, alpn } }),
    serverFirst: protocol === 'tcp' && endpoint.serverFirst === true,
    failOnHttpError: false,
    notModelled: endpoint.notModelled ?? [],
    ...(remarks.length > 0 && { remarks }),
  };
}

/** Server name of a TLS handshake: lower case, without trailing dot; none for an address. */
export function serverNameOf(host: string): string | null {
  if (isIpAddress(host)) return null;
  return host.toLowerCase().replace(/\.$/, '') || null;
}

/** A host name or address as a command line has it; an IPv6 address may be in brackets. @throws TargetError */
function hostOf(text: string): string {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIpAddress(bare) || /^[A-Za-z0-9._-]+$/.test(bare)) return bare;
  throw new TargetError(`${brief(bare)} is no host name`, 'write an international name in its xn-- form');
}

/** A port as a command line has it. @param position of the word @throws TargetError */
export function portOf(text: string, position?: number): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65535) return port;
  throw new TargetError(`${brief(text)} is no port`, 'write a number from 1 to 65535', position);
}

/** `host:port`, `[address]:port`. @throws TargetError */
export function hostAndPortOf(text: string, defaultPort?: number): { host: string; port: number } {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(text) ?? [];
  if (host === undefined || host === '' || (!port && defaultPort === undefined)) {
    throw new TargetError(`${brief(text)} is not HOST:PORT`, 'write it like db.example.com:5432');
  }
  return { host, port: port ? portOf(port) : defaultPort! };
}

/** A URL, read as curl reads one. @throws TargetError that does not speak of curl */
export function urlOf(text: string): CurlUrl {
  return withoutCurl(() => parseUrl(text));
}

/** Runs what curl's rules are borrowed for: its exit codes are nobody's here. */
export function withoutCurl<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const message = error.message.replace(/ \((?:curl|it) exits with \d+\)/, '');
    throw new TargetError(message, error.hint, error.position, undefined, { cause: error.cause });
  }
}
