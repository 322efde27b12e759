import type { Input } from '../command-list.js';
import { hostAndPortOf, portOf, urlOf, withoutCurl, type Endpoint } from '../endpoint.js';
import { TargetError } from '../error.js';
import { asCurl } from '../parse-curl.js';
import { proxyReason } from '../proxy.js';
import { readerOfScheme, schemeOf, targetOfUrl } from '../scheme-url.js';
import { isScp, scpUrl } from '../scp.js';
import type { Target } from '../types.js';
import { missing, severalHosts } from './faults.js';
import { readOptions, type OptionSyntax, type ReadOptions } from './options.js';
import { familyOf, hostOfSettings, jumpsOf, settingOf } from './tools.js';
import type { Client } from './types.js';

const SOCAT_PROTOCOLS: Readonly<Record<string, Endpoint['protocol']>> = {
  tcp: 'tcp',
  udp: 'udp',
  openssl: 'tls',
  ssl: 'tls',
};

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
  const [found, second] = operands.flatMap((word) => {
    const match = /^(tcp|udp|openssl|ssl)([46])?(?:-connect|-sendto|-datagram)?:(.+?:\d+)(,.*)?$/i.exec(word);
    return match ? [match] : [];
  });
  if (!found) throw missing('an address that connects', 'socat - TCP:HOST:PORT');
  if (second) throw severalHosts();
  const [, kind = '', family, place = '', settings = ''] = found;
  const names = ['snihost', 'commonname'].map(
    (option) => new RegExp(`,(?:openssl-)?${option}=([^,]+)`, 'i').exec(settings)?.[1],
  );
  return {
    ...hostAndPortOf(place),
    protocol: SOCAT_PROTOCOLS[kind.toLowerCase()]!,
    serverFirst: true,
    sni: names.find(Boolean),
    family: family === '4' ? 4 : family === '6' ? 6 : null,
  };
}

const KAFKA_TLS = new Set(['security.protocol=ssl', 'security.protocol=sasl_ssl']);

/** The first broker; later connections go to those that it names. */
export function readKcat(options: ReadOptions, { port: own }: Client): Endpoint {
  const brokers = options.get('b') ?? options.get('bootstrap-server') ?? options.get('broker-list');
  if (brokers === undefined) throw missing('the broker', 'kcat -b HOST:PORT -L');
  const isTls = options.all('X').some((setting) => KAFKA_TLS.has(setting.toLowerCase()));
  const remarks = ['it learns of other brokers, and connects to those too'];
  return { ...hostAndPortOf(brokers.split(',')[0]!, own), protocol: isTls ? 'tls' : 'tcp', remarks };
}

export function readLdap(options: ReadOptions, { port: own }: Client): Endpoint | Target {
  // the first of several
  const url = targetOfUrl(options.get('H')?.replace(/\s.*/s, ''));
  if (url) return url;
  const host = options.get('h');
  if (host === undefined) throw missing('the server', 'ldapsearch -H ldap://HOST');
  const port = options.get('p');
  return { ...hostAndPortOf(host, port === undefined ? own! : portOf(port)), protocol: 'tcp' };
}

export function readMosquitto(options: ReadOptions, { port: own }: Client): Endpoint {
  const proxy = options.get('proxy');
  const reasons = proxy === undefined ? [] : [proxyReason('--proxy', proxy)];
  if (options.has('unix')) throw new TargetError('--unix never reaches the network', 'leave out --unix');
  const url = targetOfUrl(options.get('url'));
  if (url?.http) throw new TargetError('-L takes a URL of mqtt', 'write mqtt://HOST/TOPIC or mqtts://HOST/TOPIC');
  const isTls = ['cafile', 'capath', 'tls-use-os-certs', 'psk'].some((name) => options.has(name));
  const word = options.get('port');
  const host = url?.host ?? options.get('host') ?? 'localhost';
  const port = url?.port ?? (word === undefined ? (isTls ? 8883 : own!) : portOf(word));
  // to the port of mqtts it speaks TLS, whatever it is told
  return { host, port, protocol: isTls || url?.tls || port === 8883 ? 'tls' : 'tcp', notModelled: reasons };
}

/** Types of a query that asks for so much that clients make it by TCP. */
const ALL_RECORDS = /^(?:axfr|ixfr=.*|any)$/i;

/** Queries of DNS go to a server that is named, or to one that only the pod knows. */
export function readDig(options: ReadOptions): Endpoint {
  const { operands } = options;
  const named = operands.find((word) => word.startsWith('@'))?.slice(1);
  const secure = operands.find((word) => /^\+(?:tls|https)\b/.test(word));
  if (secure !== undefined)
    throw new TargetError(`${secure} was not looked at`, 'write tls://SERVER:853 or https://SERVER/dns-query');
  const isTcp = [...operands, ...options.all('t')].some(
    (word) => /^\+(?:tcp|vc)$/.test(word) || ALL_RECORDS.test(word),
  );
  return dnsQuery(named, options.get('p'), isTcp);
}

/** `nslookup NAME SERVER`. */
export function readNslookup(options: ReadOptions): Endpoint {
  return dnsQuery(options.operands[1], options.get('port'), options.has('vc'));
}

/** `host NAME SERVER`. A whole zone, or everything of a name, is asked for by TCP. */
export function readHost(options: ReadOptions): Endpoint {
  const isTcp =
    ['T', 'l', 'a'].some((name) => options.has(name)) || options.all('t').some((type) => ALL_RECORDS.test(type));
  return dnsQuery(options.operands[1], options.get('p'), isTcp);
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

/** `USER@HOST:PATH`, an IPv6 address in brackets. */
const REMOTE_FILE = /^(?:[^@/]*@)?(\[[^\]]*\]|[A-Za-z0-9._-]+):/;

/** `scp FILE USER@HOST:PATH` and `sftp USER@HOST`: as ssh. */
export function readCopy(options: ReadOptions, { port: own }: Client): Endpoint {
  const { operands } = options;
  const common = { protocol: 'tcp', family: familyOf(options), notModelled: jumpsOf(options) } as const;
  const set = settingOf(options, ['port'])?.value;
  // seen: what is passed on to ssh comes first, then, other than with ssh itself, the port of a URL
  const portFor = (url: number | null): number => portOf(set ?? String(url ?? options.get('P') ?? own));
  const places = operands.flatMap((word) => {
    if (word.startsWith('scp://') || word.startsWith('sftp://')) {
      const { host, port } = urlOf(word);
      return [{ host, port: portFor(port) }];
    }
    const remote = REMOTE_FILE.exec(word)?.[1];
    return remote === undefined ? [] : [{ host: remote, port: portFor(null) }];
  });
  const [first, ...others] = places;
  // sftp has one, scp two at least
  const host = first?.host ?? (operands.length === 1 ? operands[0]!.replace(/.*@/, '') : undefined);
  if (host === undefined) throw missing('the host', 'scp FILE USER@HOST:PATH');
  // files between two hosts go by way of this one
  if (others.some((place) => place.host !== host || place.port !== first!.port)) throw severalHosts();
  return { host: hostOfSettings(options, host), port: first?.port ?? portFor(null), ...common };
}

export function readFtp(options: ReadOptions, { port: own }: Client): Endpoint {
  const [host, port] = options.operands;
  if (host === undefined) throw missing('the host', 'ftp HOST');
  const remarks = ['files travel over a second connection, to a port that the server names'];
  const family = familyOf(options);
  return { host, port: port === undefined ? own! : portOf(port), protocol: 'tcp', serverFirst: true, remarks, family };
}

/** The repository of clone, ls-remote and their like: HTTP by curl's library, or SSH. */
export function readGit(args: readonly string[], command: string): Target {
  const url = args.find((word) => /^(?:https?|ssh|git):\/\//.test(word) || isScp(word));
  if (url === undefined) throw missing('the URL of the repository', 'git ls-remote https://HOST/PATH');
  const scheme = schemeOf(url);
  if (scheme === 'http' || scheme === 'https') {
    const service = args.slice(0, args.indexOf(url)).includes('push') ? 'git-receive-pack' : 'git-upload-pack';
    // seen: the credentials of a URL wait until the server asks for them
    const place = url.replace(/^([^/]*\/\/)[^/?#]*@/, '$1').replace(/\/$/, '');
    const setting = (name: string): string[] =>
      args.flatMap((word) => new RegExp(`^(?:--config(?:-env)?=)?${name}=(.+)`, 'i').exec(word)?.[1] ?? []);
    return foreign(
      [
        ...setting(`http\\.(?:.*\\.)?extraHeader`).flatMap((header) => ['-H', header]),
        `${place}/info/refs${place.includes('?') ? '&' : '?'}service=${service}`,
      ],
      command,
      setting('(?:http|remote)\\..*proxy')
        .slice(0, 1)
        .map((proxy) => proxyReason('-c http.proxy', proxy)),
      'user-agent accept accept-encoding accept-language pragma git-protocol',
    );
  }
  return { ...readerOfScheme(scheme === 'git' ? 'git' : 'ssh')!(scpUrl(url)), command };
}

const httpieSyntax: OptionSyntax = {
  values: `a,auth A,auth-type o,output p,print s,style P,history-print proxy verify timeout max-redirects cert cert-key cert-key-pass
    session session-read-only boundary default-scheme raw format-options response-charset response-mime ssl ciphers pretty
    http-version resolve interface`,
};

/** HTTPie and xh: `http [METHOD] URL [ITEM…]`. @param scheme of a URL without one */
export function readHttpie(
  scheme: 'http' | 'https',
): (args: readonly string[], command: string, input: Input) => Target {
  return (args, command, input) => {
    const options = readOptions(args, httpieSyntax);
    const words = options.operands;
    const [first = ''] = words;
    const usual = options.has('https') ? 'https' : (options.get('default-scheme') ?? scheme);
    const hasMethod = words.length > 1 && /^[A-Za-z]+$/.test(first);
    const [url, ...items] = hasMethod ? words.slice(1) : words;
    if (url === undefined) throw missing('the URL', `${scheme} URL`);
    if (options.has('offline')) throw new TargetError('--offline makes no request', 'leave out --offline');
    const place = url.replace(/^:(?![\d:])|^(?=:\d)/, 'localhost');
    // seen: an input that is no terminal is the body, be it empty
    const readsInput = input !== 'terminal' && !options.has('I') && !options.has('ignore-stdin');
    const hasData =
      readsInput ||
      options.has('raw') ||
      items.some((item) => /^[^:=@]*(?::?=|@)/.test(item) && !/^[^=]+==/.test(item));
    const method = hasMethod ? first.toUpperCase() : hasData ? 'POST' : 'GET';
    const fields = items.flatMap((item) => {
      const [, header, value] = /^([\w-]+):(?!=)(.*)/.exec(item) ?? [];
      const [, key, content] = /^([^=:@]+)==(.*)/.exec(item) ?? [];
      if (header !== undefined) return ['-H', `${header}: ${value}`];
      return key === undefined ? [] : ['--url-query', `${key}=${content}`];
    });
    return foreign(
      ['--http1.1', '-X', method, ...fields, schemeOf(place) === '' ? `${usual}://${place}` : place],
      command,
      options.all('proxy').map((proxy) => proxyReason('--proxy', proxy)),
      'user-agent accept accept-encoding connection content-type content-length authorization',
    );
  };
}

/** A request of another program that could be made by curl, but for headers of its own, which nobody knows here. */
function foreign(words: string[], command: string, reasons: readonly string[], uncertain: string): Target {
  const target = withoutCurl(() => asCurl(words, command));
  const http = { ...target.http!, uncertainHeaders: uncertain.split(' ') };
  return { ...target, notModelled: [...target.notModelled, ...reasons], http, notCurl: true };
}
