import { hostAndPortOf, portOf, type Endpoint } from '../endpoint.js';
import { TargetError } from '../error.js';
import { parseCurl } from '../parse-curl.js';
import { proxyReason } from '../proxy.js';
import { readerOfScheme, schemeOf } from '../scheme-url.js';
import { isScp, scpUrl } from '../scp.js';
import type { Target } from '../types.js';
import { missing } from './faults.js';
import { readOptions, type OptionSyntax, type ReadOptions } from './options.js';
import { jumpsOf } from './tools.js';
import type { Client } from './types.js';

/** One of the addresses of socat that is a connection: `TCP:HOST:PORT,option`. What comes from the terminal comes late. */
export function readSocat({ operands }: ReadOptions): Endpoint {
  const proxied = operands
    .map((word) => /^(proxy|socks\w*)(?:-connect)?:([^:,]+)(?::\d+)?:([^:,]+:\d+)/i.exec(word))
    .find(Boolean);
  if (proxied) {
    const [, kind = '', proxy = '', place = ''] = proxied;
    return {
      ...hostAndPortOf(place),
      protocol: 'tcp',
      notModelled: [proxyReason(`${kind}:`, proxy).replace(': ', ':')],
    };
  }
  const found = operands
    .map((word) => /^(tcp|udp|openssl|ssl)([46])?(?:-connect|-sendto|-datagram)?:(.+?:\d+)(?:,.*)?$/i.exec(word))
    .find((match) => match !== null);
  if (!found) throw missing('an address that connects', 'socat - TCP:HOST:PORT');
  const [, kind = '', family, place = ''] = found;
  const protocol = /^tcp/i.test(kind) ? 'tcp' : /^udp/i.test(kind) ? 'udp' : 'tls';
  const option = operands.find((word) => word.includes(place))!;
  const [, sni] = /,(?:openssl-)?(?:snihost|commonname)=([^,]+)/i.exec(option) ?? [];
  return {
    ...hostAndPortOf(place),
    protocol,
    serverFirst: true,
    ...(sni !== undefined && { sni }),
    family: family === undefined ? null : (Number(family) as 4 | 6),
  };
}

/** The first broker; later connections go to those that it names. */
export function readKcat(options: ReadOptions, { port: own }: Client): Endpoint {
  const brokers = options.get('b') ?? options.get('bootstrap-server') ?? options.get('broker-list');
  if (brokers === undefined) throw missing('the broker', 'kcat -b HOST:PORT -L');
  const isTls = options.all('X').some((setting) => /^security\.protocol=(?:sasl_)?ssl$/i.test(setting));
  const remarks = ['it learns of other brokers, and connects to those too'];
  return { ...hostAndPortOf(brokers.split(',')[0]!, own), protocol: isTls ? 'tls' : 'tcp', remarks };
}

export function readLdap(options: ReadOptions, { port: own }: Client): Endpoint | Target {
  const url = options.get('H');
  const read = url === undefined ? undefined : readerOfScheme(schemeOf(url) ?? '');
  if (url !== undefined && read) return read(url.split(/\s/)[0]!);
  const host = options.get('h');
  if (host === undefined) throw missing('the server', 'ldapsearch -H ldap://HOST');
  const port = options.get('p');
  return { ...hostAndPortOf(host, port === undefined ? own! : portOf(port)), protocol: 'tcp' };
}

export function readMosquitto(options: ReadOptions, { port: own }: Client): Endpoint | Target {
  const url = options.get('url');
  const read = url === undefined ? undefined : readerOfScheme(schemeOf(url) ?? '');
  if (url !== undefined && read) return read(url);
  const isTls = ['cafile', 'capath', 'tls-use-os-certs'].some((name) => options.has(name));
  const port = options.get('port');
  const host = options.get('host') ?? 'localhost';
  return { host, port: port === undefined ? (isTls ? 8883 : own!) : portOf(port), protocol: isTls ? 'tls' : 'tcp' };
}

/** Queries of DNS go to a server that is named, or to one that only the pod knows. */
export function readDig(options: ReadOptions): Endpoint {
  const { operands } = options;
  const named = operands.find((word) => word.startsWith('@'))?.slice(1);
  return dnsQuery(
    named,
    options.get('p'),
    operands.some((word) => /^\+(?:tcp|vc)$/.test(word)),
  );
}

/** `nslookup NAME SERVER`, and `host` the same. */
export function readNslookup(options: ReadOptions): Endpoint {
  return dnsQuery(options.operands[1], options.get('port'), options.has('vc') || options.has('T'));
}

function dnsQuery(server: string | undefined, port: string | undefined, isTcp: boolean): Endpoint {
  if (!server) {
    throw new TargetError(
      'the name server is that of the pod, which is not known here',
      'name it: dig @SERVER NAME, nslookup NAME SERVER, or udp://SERVER:53',
    );
  }
  return { host: server, port: port === undefined ? 53 : portOf(port), protocol: isTcp ? 'tcp' : 'udp' };
}

/** `scp FILE USER@HOST:PATH` and `sftp USER@HOST`: as ssh. */
export function readCopy(options: ReadOptions, { port: own }: Client): Endpoint {
  const remote = options.operands.find((word) => /^(?:s(?:cp|ftp):\/\/|(?:[^@/]+@)?[A-Za-z0-9.-]+:)/.test(word));
  const place = remote ?? options.operands.find((word) => word.includes('@')) ?? options.operands[0];
  if (place === undefined) throw missing('the host', 'scp FILE USER@HOST:PATH');
  const [, host = place, written] =
    /^(?:s(?:cp|ftp):\/\/)?(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::(\d+)(?=\/|$))?/.exec(place) ?? [];
  const port = options.get('port') ?? (/^s(?:cp|ftp):/.test(place) ? written : undefined);
  return { host, port: port === undefined ? own! : portOf(port), protocol: 'tcp', notModelled: jumpsOf(options) };
}

export function readFtp({ operands }: ReadOptions, { port: own }: Client): Endpoint {
  const [host, port] = operands;
  if (host === undefined) throw missing('the host', 'ftp HOST');
  const remarks = ['files travel over a second connection, to a port that the server names'];
  return { host, port: port === undefined ? own! : portOf(port), protocol: 'tcp', serverFirst: true, remarks };
}

/** The repository of clone, ls-remote and their like: HTTP by curl's library, or SSH. */
export function readGit(args: readonly string[], command: string): Target {
  const url = args.find((word) => /^(?:https?|ssh|git):\/\//.test(word) || isScp(word));
  if (url === undefined) throw missing('the URL of the repository', 'git ls-remote https://HOST/PATH');
  const scheme = schemeOf(url);
  if (scheme === 'http' || scheme === 'https') {
    const target = parseCurl([`${url.replace(/\/$/, '')}/info/refs?service=git-upload-pack`], command);
    const [, proxy] =
      args.map((word) => /^(?:--config-env=)?(?:http|remote)\..*proxy=(.+)$/i.exec(word)).find(Boolean) ?? [];
    const reasons = proxy === undefined ? [] : [proxyReason('-c http.proxy', proxy)];
    return foreign({ ...target, notModelled: [...target.notModelled, ...reasons] }, [
      'user-agent',
      'accept',
      'accept-encoding',
      'pragma',
      'git-protocol',
    ]);
  }
  return { ...readerOfScheme(scheme === 'git' ? 'git' : 'ssh')!(scpUrl(url)), command };
}

const httpieSyntax: OptionSyntax = {
  values: `a,auth A,auth-type o,output p,print s,style P,history-print proxy verify timeout max-redirects cert cert-key cert-key-pass
    session session-read-only boundary default-scheme raw format-options response-charset response-mime ssl ciphers pretty
    http-version resolve interface`,
};

/** HTTPie and xh: `http [METHOD] URL [ITEM…]`. */
export function readHttpie(program: string): (args: readonly string[], command: string) => Target {
  return (args, command) => {
    const options = readOptions(args, httpieSyntax);
    const words = options.operands;
    const hasMethod = /^[A-Z]+$/.test(words[0] ?? '');
    const [url, ...items] = hasMethod ? words.slice(1) : words;
    if (url === undefined) throw missing('the URL', `${program} URL`);
    const scheme = program === 'https' || program === 'xhs' ? 'https' : 'http';
    const place = url.startsWith(':') ? `localhost${url.length === 1 || url[1] === '/' ? url.slice(1) : url}` : url;
    const headers = items.flatMap((item) => /^([\w-]+):(?!=)(.*)$/.exec(item)?.slice(1, 3).join(': ') ?? []);
    const hasData = items.some((item) => /^[^:=@]+(?::?=|@)/.test(item) && !/^[^=]+==/.test(item));
    const method = hasMethod ? words[0]! : hasData ? 'POST' : 'GET';
    const query = items.flatMap((item) => /^([^=:@]+)==(.*)$/.exec(item)?.slice(1, 3).join('=') ?? []);
    const fields = [...headers.flatMap((line) => ['-H', line]), ...query.flatMap((pair) => ['--url-query', pair])];
    const target = parseCurl(
      ['--http1.1', '-X', method, ...fields, schemeOf(place) === undefined ? `${scheme}://${place}` : place],
      command,
    );
    const reasons = options.all('proxy').map((proxy) => proxyReason('--proxy', proxy));
    return foreign({ ...target, notModelled: [...target.notModelled, ...reasons] }, [
      ...['user-agent', 'accept', 'accept-encoding', 'connection', 'content-type', 'content-length', 'authorization'],
    ]);
  };
}

/** A request of another program, whose own headers nobody knows here. */
function foreign(target: Target, uncertainHeaders: readonly string[]): Target {
  return { ...target, http: { ...target.http!, uncertainHeaders }, notCurl: true };
}
