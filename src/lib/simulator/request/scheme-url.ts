import { ownValue } from '../../text/plain-data.js';
import { inBrackets } from '../../text/ip.js';
import { endpointTarget, serverNameOf, urlOf, withoutCurl, type Endpoint } from './endpoint.js';
import { brief, TargetError } from './error.js';
import { asCurl } from './parse-curl.js';
import type { HttpRequest, Target } from './types.js';
import type { CurlUrl } from './url.js';

/** How the clients of a protocol begin. */
interface Protocol {
  /** undefined: the URL has to say. */
  readonly port?: number;
  readonly carrier?: 'tls' | 'udp';
  /** `server`: the client says nothing before the server has. */
  readonly first?: 'server';
  readonly remarks?: readonly string[];
}

/**
 * Protocols by the schemes of their URLs. Who speaks first was looked at with real clients where one was at hand: psql, redis-cli,
 * OpenSSH, mysql, curl (telnet, smtp, imap, ldap, mqtt).
 */
const protocols: Readonly<Record<string, Protocol>> = {
  amqp: { port: 5672 },
  amqps: { port: 5671, carrier: 'tls' },
  cassandra: { port: 9042 },
  dns: { port: 53, carrier: 'udp' },
  ftp: {
    port: 21,
    first: 'server',
    remarks: ['files travel over a second connection, to a port that the server names'],
  },
  imap: { port: 143, first: 'server' },
  imaps: { port: 993, carrier: 'tls' },
  git: { port: 9418 },
  kafka: { port: 9092 },
  ldap: { port: 389 },
  ldaps: { port: 636, carrier: 'tls' },
  mariadb: { port: 3306, first: 'server' },
  memcached: { port: 11211 },
  mongodb: { port: 27017 },
  mqtt: { port: 1883 },
  mqtts: { port: 8883, carrier: 'tls' },
  mysql: { port: 3306, first: 'server' },
  nats: { port: 4222, first: 'server' },
  db2: { port: 50000 },
  ntp: { port: 123, carrier: 'udp' },
  oracle: { port: 1521 },
  pop3: { port: 110, first: 'server' },
  pop3s: { port: 995, carrier: 'tls' },
  postgres: { port: 5432 },
  postgresql: { port: 5432 },
  redshift: { port: 5439 },
  redis: { port: 6379 },
  rediss: { port: 6379, carrier: 'tls' },
  sftp: { port: 22 },
  smtp: { port: 25, first: 'server' },
  smtps: { port: 465, carrier: 'tls' },
  sqlserver: { port: 1433 },
  ssh: { port: 22 },
  syslog: { port: 514, carrier: 'udp' },
  telnet: { port: 23, first: 'server' },
  valkey: { port: 6379 },
  valkeys: { port: 6379, carrier: 'tls' },
  zookeeper: { port: 2181 },
};

type WebReader = (url: string) => Target;

const web: Readonly<Record<string, WebReader>> = {
  ws: (url) => webSocket(url, 'http'),
  wss: (url) => webSocket(url, 'https'),
  grpc: (url) => grpcTarget({ url: urlOf(url), path: urlOf(url).path }, url),
  grpcs: (url) => grpcTarget({ url: urlOf(url), tls: true, path: urlOf(url).path }, url),
};

const schemePattern = /^(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\//i;

/** The scheme of a URL, in lower case; empty where there is none. `jdbc:` in front does not count. */
export function schemeOf(text: string): string {
  return (schemePattern.exec(text)?.[1] ?? '').toLowerCase();
}

/** How a URL of the scheme is read; undefined where curl is to read it. @throws TargetError for a scheme that nobody knows */
export function readerOfScheme(scheme: string): ((url: string) => Target) | undefined {
  const reader = ownValue(web, scheme);
  if (reader) return reader;
  if (scheme === 'mongodb+srv') return (url) => withoutCurl(() => mongoSrv(url));
  const protocol = ownValue(protocols, scheme);
  if (protocol) return (url) => withoutCurl(() => databaseUrl(url, scheme, protocol));
  return undefined;
}

/** The target of a URL that has one of those schemes; undefined for any other word, and for none. */
export function targetOfUrl(text = ''): Target | undefined {
  return readerOfScheme(schemeOf(text))?.(text);
}

/** @throws TargetError naming the forms that say the same */
export function refuseScheme(scheme: string, url: string): never {
  const { host = 'HOST', port = 'PORT' } =
    /:\/\/(?:[^/@]*@)?(?<host>[^/:?#]+)(?::(?<port>\d+))?/.exec(url)?.groups ?? {};
  const place = `${host}:${port}`;
  throw new TargetError(
    `${brief(scheme)}:// is no scheme that is known here`,
    `write tcp://${place} when the client speaks first, tcp://${place} --server-first when the server does, tls://${place} for TLS`,
  );
}

function databaseUrl(text: string, scheme: string, protocol: Protocol): Target {
  const written = text.replace(/^jdbc:/i, '');
  // properties behind a semicolon are the driver's
  const plain = scheme === 'sqlserver' ? written.replace(/;.*/s, '') : written;
  if (/^[^:]*:\/\/[^/]*,/.test(plain)) {
    throw new TargetError(
      'the URL names several hosts, and a target is one connection',
      'write one target for each host',
    );
  }
  const url = urlOf(plain);
  const port = url.port ?? protocol.port!;
  return endpointTarget({ host: url.host, port, ...endpointOf(scheme, protocol, url) }, text);
}

function endpointOf(
  scheme: string,
  { carrier, first, remarks }: Protocol,
  url: CurlUrl,
): Omit<Endpoint, 'host' | 'port'> {
  const settings = (url.query ?? '').split('&');
  if (scheme === 'mongodb' && (settings.includes('tls=true') || settings.includes('ssl=true')))
    return { protocol: 'tls' };
  if (scheme.startsWith('postgres')) return postgres(settings.includes('sslnegotiation=direct') ? 'direct' : undefined);
  return { protocol: carrier ?? 'tcp', serverFirst: first === 'server', remarks };
}

/** A client of PostgreSQL asks in clear whether there is TLS, unless it is told to begin with it. */
export function postgres(negotiation: string | undefined): Pick<Endpoint, 'protocol' | 'alpn'> {
  return negotiation === 'direct' ? { protocol: 'tls', alpn: ['postgresql'] } : { protocol: 'tcp' };
}

function mongoSrv(text: string): Target {
  const host = urlOf(text).host;
  const reason = `mongodb+srv://: hosts and ports come from the DNS records of ${host}, which are not looked up; write mongodb://HOST:PORT/?tls=true`;
  return endpointTarget({ host, port: 27017, protocol: 'tls', notModelled: [reason] }, text);
}

/** The opening handshake, RFC 6455 §4.1, as the client that needs the least sends it. */
function webSocket(text: string, scheme: 'http' | 'https'): Target {
  const url = `${scheme}${text.slice(text.indexOf(':'))}`;
  const fields = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 13',
  ];
  const target = withoutCurl(() => asCurl(['--http1.1', ...fields.flatMap((field) => ['-H', field]), url], text));
  const headers = target.http!.headers.filter(([name]) => name !== 'User-Agent' && name !== 'Accept');
  return { ...target, http: { ...target.http!, headers }, notCurl: true };
}

export interface GrpcCall {
  readonly url: CurlUrl;
  readonly tls?: boolean;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly authority?: string | undefined;
  readonly headers?: HttpRequest['headers'];
  readonly remarks?: readonly string[];
}

/** A call of gRPC: a POST over HTTP/2, by prior knowledge or over TLS. */
export function grpcTarget(call: GrpcCall, command: string): Target {
  const { url, tls, path } = call;
  const port = url.port ?? (tls ? 443 : 80);
  const place = `${inBrackets(url.host)}:${port}`;
  const remarks =
    path === '/'
      ? ['no method is named: the path / stands for it (write grpc://HOST:PORT/package.Service/Method)']
      : [];
  const http: HttpRequest = {
    version: '2',
    method: 'POST',
    path,
    authority: call.authority ?? place,
    headers: [['content-type', 'application/grpc'], ['te', 'trailers'], ...(call.headers ?? [])],
    uncertainHeaders: ['user-agent'],
  };
  const endpoint: Endpoint = {
    host: url.host,
    port,
    protocol: tls ? 'tls' : 'tcp',
    sni: call.authority && serverNameOf(call.authority.replace(/:\d+$/, '').replace(/[[\]]/g, '')),
    alpn: ['h2'],
    remarks: [...remarks, ...(call.remarks ?? [])],
  };
  return { ...endpointTarget(endpoint, command), scheme: tls ? 'https' : 'http', http, notCurl: true };
}
