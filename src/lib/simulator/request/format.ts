import { nameDialled, usualDial } from './dial.js';
import { serverNameOf } from './endpoint.js';
import { TargetError } from './error.js';
import { curlVersion } from './http-request.js';
import { inBrackets, isIpAddress, parseIpv6 } from '../../text/ip.js';
import { parseCurl } from './parse-curl.js';
import { quoteShellWord } from '../../text/shell.js';
import type { HttpRequest, Target } from './types.js';

/** The longest body that is worth printing; only its length is known. */
const longestBody = 256;

/** --resolve or --connect-to, when the address dialled is not the one that the URL leads to. */
function dialArguments(host: string, port: number, dial: Target['dial']): string[] {
  const isIpv6 = parseIpv6(host) !== undefined;
  const usual = usualDial(host, port, null);
  if (nameDialled(usual) === nameDialled(dial) && usual.port === dial.port && !dial.fallbacks) return [];
  const name = inBrackets(host);
  const addresses = [dial.host, ...(dial.fallbacks ?? [])].join(',');
  if (isIpAddress(dial.host) && !isIpv6) {
    const moved = dial.port === port ? [] : ['--connect-to', `${name}:${port}::${dial.port}`];
    return [...moved, '--resolve', `${host}:${dial.port}:${addresses}`];
  }
  if (!dial.fallbacks) return ['--connect-to', `${name}:${port}:${inBrackets(nameDialled(dial))}:${dial.port}`];
  // --resolve takes no IPv6 address as host, so a name stands between.
  const between = `addresses.invalid:${dial.port}`;
  return ['--connect-to', `${name}:${port}:${between}`, '--resolve', `${between}:${addresses}`];
}

/** `-H` for each header; `Name;` sends an empty one. */
function headerArguments(headers: HttpRequest['headers']): string[] {
  return headers.flatMap(([name, value]) => ['-H', value === '' ? `${name};` : `${name}: ${value}`]);
}

/** Whether this is a header as curl itself writes it: its name in lower case in HTTP/2. */
function isOwn(http: HttpRequest, header: readonly [string, string] | undefined, name: string): boolean {
  return header?.[0] === (http.version === '2' ? name.toLowerCase() : name);
}

interface Body {
  readonly length: number;
  /** The headers that -d does not bring along. */
  readonly headers: HttpRequest['headers'];
  /** Whether -d's own Content-Type has to be taken away. */
  readonly withoutType: boolean;
}

/** The body, when there is one that is worth printing. Its headers end the list in curl's order, if they are curl's own. */
function bodyOf(http: HttpRequest): Body | null {
  const { headers, bodyLength } = http;
  if (http.method === 'HEAD') return null;
  const has = (list: HttpRequest['headers'], name: string): boolean =>
    list.some((header) => header[0].toLowerCase() === name);
  const hasFormType =
    isOwn(http, headers.at(-1), 'Content-Type') &&
    headers.at(-1)![1] === 'application/x-www-form-urlencoded' &&
    !has(headers.slice(0, -1), 'content-type');
  const withoutForm = hasFormType ? headers.slice(0, -1) : headers;
  const withoutType = !has(headers, 'content-type');
  const last = withoutForm.at(-1);
  const rest = withoutForm.slice(0, -1);
  const isCurls = bodyLength === undefined && isOwn(http, last, 'Content-Length') && isPrintable(last![1]);
  const isAlone = !has(rest, 'content-length') && !has(rest, 'transfer-encoding');
  if (isCurls && isAlone) return { length: Number(last![1]), headers: rest, withoutType };
  // HTTP/2 wants a body of the length that is told, wherever that stands
  const told = http.version === '2' ? headers.find((header) => header[0] === 'content-length')?.[1] : undefined;
  const length = String(bodyLength ?? told);
  return isPrintable(length) && length !== '0' ? { length: Number(length), headers: withoutForm, withoutType } : null;
}

const isPrintable = (length: string): boolean =>
  /^(?:0|[1-9][0-9]{0,3})$/.test(length) && Number(length) <= longestBody;

function requestArguments(http: HttpRequest): string[] {
  const args: string[] = [];
  const body = bodyOf(http);
  const usualMethod = body === null ? 'GET' : 'POST';
  if (http.method === 'HEAD') args.push('-I');
  else if (http.method !== usualMethod) args.push('-X', http.method);
  const headers = body === null ? http.headers : body.headers;
  const custom = (name: string): boolean => headers.slice(2).some((header) => header[0].toLowerCase() === name);
  const inPlace =
    isOwn(http, headers[0], 'User-Agent') &&
    headers[0]![1] !== '' &&
    isOwn(http, headers[1], 'Accept') &&
    headers[1]![1] === '*/*' &&
    !custom('user-agent') &&
    !custom('accept');
  if (inPlace) {
    if (headers[0]![1] !== `curl/${curlVersion}`) args.push('-A', headers[0]![1]);
    args.push(...headerArguments(headers.slice(2)));
  } else {
    for (const own of ['User-Agent', 'Accept'])
      if (!headers.some(([name]) => name.toLowerCase() === own.toLowerCase())) args.push('-H', `${own}:`);
    args.push(...headerArguments(headers));
  }
  if (body !== null) {
    if (body.withoutType) args.push('-H', 'Content-Type:');
    args.push('--data-raw', 'x'.repeat(body.length));
  }
  return args;
}

function versionArguments(target: Target): string[] {
  const version = target.http?.version;
  const args: string[] = [];
  if (version === '1.0') args.push('-0');
  else if (version === '2') args.push('--http2-prior-knowledge');
  else if (target.tls?.alpn.length === 1) args.push('--http1.1');
  if (target.tls?.alpn.length === 0) args.push('--no-alpn');
  return args;
}

/** The request target as curl reads it back; undefined when curl would refuse it. */
function readBack(args: readonly string[]): string | undefined {
  try {
    return parseCurl(args).http?.path;
  } catch (error) {
    if (error instanceof TargetError) return undefined;
    throw error;
  }
}

/** The URL, with the option that the path needs to arrive as it is. */
function urlArguments(origin: string, path: string): string[] {
  const url = origin + path;
  const candidates = [[url], ['-g', url], ['--path-as-is', url], ['--path-as-is', '-g', url]];
  return candidates.find((candidate) => readBack(candidate) === path) ?? ['--request-target', path, `${origin}/`];
}

/** What a `tls://` target says beyond host and port. */
function helloArguments({ host, tls }: Target): string[] {
  if (!tls) return [];
  const alpn = tls.alpn.length > 0 ? ['--alpn', tls.alpn.join(',')] : [];
  if (tls.sni === serverNameOf(host)) return alpn;
  return [...(tls.sni === null ? ['--no-sni'] : ['--sni', tls.sni]), ...alpn];
}

/** The host of a URL that makes curl send this server name. */
function urlHost(target: Target): string {
  const sni = target.tls?.sni;
  if (sni === undefined || sni === target.host.toLowerCase().replace(/\.$/, '')) return target.host;
  if (sni !== null) return sni;
  return !isIpAddress(target.host) && isIpAddress(target.dial.host) ? target.dial.host : target.host;
}

/**
 * A command line that makes the target's request: for http and https a curl command, else `tcp://host:port [--server-first]`,
 * `tls://host:port`, `udp://host:port`. Reading it back with parseTarget gives the same request: method, path, Host,
 * headers, HTTP version, TLS handshake, and the address dialled. A body keeps its length but not its text; what is not
 * modelled is not printed.
 */
export function formatCurl(target: Target): string {
  const { http } = target;
  if (!http) {
    const words = [
      `${target.scheme}://${inBrackets(target.host)}:${target.port}`,
      ...(target.serverFirst ? ['--server-first'] : []),
      ...helloArguments(target),
    ];
    return [...words, ...dialArguments(target.host, target.port, target.dial)].map(quoteShellWord).join(' ');
  }
  const host = urlHost(target);
  const usualPort = target.scheme === 'https' ? 443 : 80;
  const usualAuthority = `${inBrackets(host)}${target.port === usualPort ? '' : `:${target.port}`}`;
  const args = [
    ...(target.failOnHttpError ? ['-f'] : []),
    ...(target.proxyHeader ? ['--haproxy-protocol'] : []),
    ...versionArguments(target),
    ...requestArguments(http),
    ...(http.authority === usualAuthority ? [] : ['-H', authorityHeader(http.authority)]),
    ...dialArguments(host, target.port, target.dial),
    ...urlArguments(`${target.scheme}://${usualAuthority}`, http.path),
  ];
  return `curl ${args.map(quoteShellWord).join(' ')}`;
}

function authorityHeader(authority: string | null): string {
  if (authority === null) return 'Host:';
  return authority === '' ? 'Host;' : `Host: ${authority}`;
}
