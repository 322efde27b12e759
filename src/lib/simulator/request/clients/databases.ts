import { percentDecode } from '../bytes.js';
import { hostAndPortOf, portOf, serverNameOf, type Endpoint } from '../endpoint.js';
import { TargetError } from '../error.js';
import { postgres, targetOfUrl } from '../scheme-url.js';
import type { Target } from '../types.js';
import { severalHosts } from './faults.js';
import type { ReadOptions } from './options.js';
import type { Client, Environment } from './types.js';

/** A host that a client of the own machine's socket lacks. */
function socketOnly(program: string, form: string): TargetError {
  return new TargetError(
    `without a host, ${program} connects to a socket of its own machine and not to the network`,
    `write ${form}`,
  );
}

/** `key=value key='value'` or a URL, as libpq reads them. */
function connectionString(text: string): Map<string, string> {
  const [, place, query = ''] = /^postgres(?:ql)?:\/\/(?:[^/?]*@)?([^/?]*)[^?]*\??(.*)/s.exec(text) ?? [];
  if (place === undefined) {
    const pairs = text.matchAll(/([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g);
    return new Map([...pairs].map(([, key, quoted, plain]) => [key!, quoted ?? plain!]));
  }
  const [, address, host = address, port] = /(?:\[([^\]]*)\]|([^:]*)):?(.*)/s.exec(place)!;
  const pairs = [['host', host], ['port', port], ...query.split('&').map((pair) => pair.split('='))];
  return new Map(pairs.flatMap(([key, value]) => (value ? [[key!, decoded(value)]] : [])));
}

const decoded = (text: string): string => new TextDecoder().decode(Uint8Array.from(percentDecode(text)));

/** What the connection string does not say is taken from the options, then from the variables; psql 15 was looked at. */
export function readPostgres(options: ReadOptions, { port }: Client, env: Environment): Endpoint {
  const given = connectionString(options.get('dbname') ?? options.operands[0] ?? '');
  const name = given.get('host') ?? options.get('host') ?? env.get('PGHOST');
  // it is dialled instead of the name, which TLS is told all the same
  const address = given.get('hostaddr') ?? env.get('PGHOSTADDR');
  const host = address ?? name ?? '';
  if (host === '' || host.startsWith('/')) throw socketOnly('psql', 'psql -h HOST');
  const number = given.get('port') ?? options.get('port') ?? env.get('PGPORT');
  if (`${host}${number}`.includes(',')) throw severalHosts();
  return {
    host,
    sni: name && serverNameOf(name),
    port: number === undefined ? port! : portOf(number),
    ...postgres(given.get('sslnegotiation') ?? env.get('PGSSLNEGOTIATION')),
  };
}

export function readMysql(options: ReadOptions, { port }: Client, env: Environment): Endpoint {
  const host = options.get('host') ?? env.get('MYSQL_HOST') ?? '';
  const isLocal = host === '' || host.toLowerCase() === 'localhost';
  if (isLocal && options.get('protocol')?.toLowerCase() !== 'tcp') throw socketOnly('mysql', 'mysql -h HOST');
  const number = options.get('port') ?? env.get('MYSQL_TCP_PORT');
  return {
    host: isLocal ? '127.0.0.1' : host,
    port: number === undefined ? port! : portOf(number),
    protocol: 'tcp',
    serverFirst: true,
  };
}

/** It sends a server name only where one is given. */
export function readRedis(options: ReadOptions, { port }: Client): Endpoint | Target {
  const uri = options.get('u');
  const url = targetOfUrl(uri);
  const sni = options.get('sni') ?? null;
  if (url) return url.tls ? { ...url, tls: { ...url.tls, sni } } : url;
  if (uri !== undefined) throw new TargetError('-u takes a URL', 'write -u redis://HOST:PORT');
  if (options.has('s')) throw new TargetError('-s never reaches the network', 'write -h HOST -p PORT');
  if (options.has('cluster')) throw new TargetError('--cluster connects to all nodes', 'write -h HOST -p PORT');
  const number = options.get('p');
  return {
    host: options.get('h') ?? '127.0.0.1',
    port: number === undefined ? port! : portOf(number),
    protocol: options.has('tls') ? 'tls' : 'tcp',
    sni,
  };
}

export function readMongo(options: ReadOptions, { port }: Client): Endpoint | Target {
  const [database = ''] = options.operands;
  const isTls = options.has('tls') || options.has('ssl');
  const url = targetOfUrl(database);
  if (url) return isTls && url.scheme === 'tcp' ? { host: url.host, port: url.port, protocol: 'tls' } : url;
  const place = options.get('host') ?? (/[.:/]/.test(database) ? database.replace(/\/.*/, '') : '127.0.0.1');
  if (/[,/]/.test(place)) throw severalHosts();
  const at = hostAndPortOf(place, port);
  const number = options.get('port');
  return { ...at, port: number === undefined ? at.port : portOf(number), protocol: isTls ? 'tls' : 'tcp' };
}
