import { inBrackets, networkContains, parseCidr, parseIpv4 } from '../../text/ip.js';
import { base64, percentDecode } from './bytes.js';
import { CustomHeaders } from './custom-headers.js';
import { connectPlace, dialOf } from './dial.js';
import { serverNameOf } from './endpoint.js';
import { brief } from './error.js';
import type { HttpRequest, Target } from './types.js';

/** Whom a client asks to make its request. */
export interface Proxy {
  readonly scheme: 'http' | 'https' | 'socks4' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly authorization: string | undefined;
}

/** What else of a command line decides what is sent to the proxy. */
export interface ProxyUse {
  /** A request in clear text is asked for with CONNECT, too. */
  readonly tunnel?: boolean;
  /** The proxy speaks HTTP/1.0. */
  readonly oldHttp?: boolean;
  /** What the TLS client of a proxy that wants TLS offers. */
  readonly alpn?: readonly string[];
  readonly userAgent?: string | undefined;
  /** What is asked for in the place of the URL, in clear text. */
  readonly requestTarget?: string | null;
  /** Headers for the proxy, as -H has them. */
  readonly headers?: readonly string[];
  readonly resolve?: readonly string[];
  /** Where the proxy is to connect in the place of the URL's host, as --connect-to has it. */
  readonly connectTo?: readonly string[];
  readonly family?: 4 | 6 | null;
}

const FORM = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^:/?#@]+)(?::(\d{1,5}))?(?:[/?#].*)?$/i;
const SCHEMES: Readonly<Record<string, Proxy['scheme']>> = {
  http: 'http',
  https: 'https',
  socks: 'socks4',
  socks4: 'socks4',
  socks4a: 'socks4',
  socks5: 'socks5',
  socks5h: 'socks5',
};

/**
 * Reads a proxy as curl does.
 * @param defaultPort of a proxy that is not asked in TLS; curl takes 1080
 * @returns undefined for what is no proxy that is known
 */
export function parseProxy(
  text: string,
  defaultPort = 1080,
  defaultScheme: Proxy['scheme'] = 'http',
): Proxy | undefined {
  const [, written, userinfo, host = '', portText] = FORM.exec(text) ?? [];
  const scheme = written === undefined ? defaultScheme : SCHEMES[written.toLowerCase()];
  const port = portText === undefined ? (scheme === 'https' ? 443 : defaultPort) : Number(portText);
  if (host === '' || scheme === undefined || port < 1 || port > 65535) return undefined;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return { scheme, host: bare, port, authorization: proxyAuthorization(userinfo) };
}

/** The header of credentials as a proxy's URL has them, percent-encoded. */
export function proxyAuthorization(userinfo: string | undefined): string | undefined {
  if (userinfo === undefined) return undefined;
  return `Basic ${base64(percentDecode(userinfo.includes(':') ? userinfo : `${userinfo}:`))}`;
}

/**
 * What goes on the wire for a request that is sent through a proxy: bytes for the proxy, at its address. curl 7.88 was looked at.
 * @param target the request as it would be sent without
 */
export function throughProxy(target: Target, proxy: Proxy, use: ProxyUse): Target {
  const { host, port } = proxy;
  const { resolve = [], family = null, alpn = [] } = use;
  const dial = dialOf({ host, port, resolve, connectTo: [], family });
  const name = placeOf(proxy);
  const { command, failOnHttpError, notModelled, notCurl } = target;
  const common = {
    ...{ command, host, port, dial, serverFirst: false, failOnHttpError, notModelled },
    ...(notCurl && { notCurl }),
  };
  if (proxy.scheme === 'socks4' || proxy.scheme === 'socks5') {
    // seen: what a client of SOCKS 5 begins with is too short for detection, which waits for more as if nothing had come
    const serverFirst = proxy.scheme === 'socks5';
    return { ...common, scheme: 'tcp', serverFirst, throughProxy: { name, asked: 'socks' } };
  }
  const { connectTo = [] } = use;
  const place = placeOf(connectPlace({ ...target, connectTo }));
  // seen: to connect elsewhere is asked of it in no other way
  const isAbsolute = target.scheme === 'http' && !use.tunnel && place.toLowerCase() === placeOf(target).toLowerCase();
  const asked = isAbsolute ? 'absolute' : 'connect';
  const http = isAbsolute ? absoluteForm(target, proxy, use) : connectForm(place, proxy, use);
  if (proxy.scheme === 'http') return { ...common, scheme: 'http', http, throughProxy: { name, asked } };
  const tls = { sni: serverNameOf(host), alpn };
  return { ...common, scheme: 'https', http, tls, throughProxy: { name, asked } };
}

const placeOf = ({ host, port }: Pick<Target, 'host' | 'port'>): string => `${inBrackets(host)}:${port}`;

const isHost = ([name]: HttpRequest['headers'][number]): boolean => name.toLowerCase() === 'host';

/** A header of the client's own, as far as none that it is told to send has the name. */
function own(custom: CustomHeaders, name: string, value: string | undefined): HttpRequest['headers'] {
  return value === undefined || custom.has(name) ? [] : [[name, value]];
}

/** Headers of a request to a proxy: the client's own for it around others, and what it is told to send. */
function headersWith(
  others: HttpRequest['headers'],
  { authorization }: Proxy,
  custom: CustomHeaders,
): HttpRequest['headers'] {
  return [
    ...own(custom, 'Proxy-Authorization', authorization),
    ...others,
    ...own(custom, 'Proxy-Connection', 'Keep-Alive'),
    ...custom.sent().filter((header) => !isHost(header)),
  ];
}

function absoluteForm({ http, host, port }: Target, proxy: Proxy, use: ProxyUse): HttpRequest {
  const place = `${inBrackets(host)}${port === 80 ? '' : `:${port}`}`;
  // to a proxy curl speaks no HTTP/2, whatever it is asked for
  const version = http!.version === '1.0' ? '1.0' : '1.1';
  return {
    ...http!,
    version,
    // an empty query is left out
    path: use.requestTarget ?? `http://${place}${http!.path.replace(/^([^?]*)\?$/, '$1')}`,
    headers: headersWith(http!.headers, proxy, new CustomHeaders(use.headers ?? [])),
  };
}

function connectForm(place: string, proxy: Proxy, { headers = [], userAgent, oldHttp }: ProxyUse): HttpRequest {
  const custom = new CustomHeaders(headers);
  return {
    version: oldHttp ? '1.0' : '1.1',
    method: 'CONNECT',
    path: place,
    authority: custom.has('Host') ? (custom.sent().find(isHost)?.[1] ?? null) : place,
    headers: headersWith(own(custom, 'User-Agent', userAgent), proxy, custom),
  };
}

/** The variable of an environment that names a proxy for a scheme, and its value. */
export function proxyVariable(
  scheme: string,
  env: ReadonlyMap<string, string>,
): { readonly name: string; readonly value: string } | undefined {
  // an upper-case HTTP_PROXY may come from a request's header in a CGI script, so that curl does not look at it
  const own = [`${scheme}_proxy`, ...(scheme === 'http' ? [] : [`${scheme.toUpperCase()}_PROXY`])];
  const name = [...own, 'all_proxy', 'ALL_PROXY'].find((candidate) => env.get(candidate));
  return name === undefined ? undefined : { name, value: env.get(name)! };
}

/** Is a host one of those for which no proxy is asked: names with all below them, addresses, networks, or `*` and nothing else? */
export function isWithoutProxy(host: string, list: string | undefined): boolean {
  if (list === '*') return true;
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const address = parseIpv4(wanted);
  return (list ?? '').split(/[\s,]+/).some((written) => {
    // a network of no bits is the address to curl
    const entry = written.replace(/\/0+$/, '');
    const network = address === undefined ? undefined : parseCidr(entry);
    if (network) return networkContains(network, address!);
    const domain = entry.toLowerCase().replace(/^\./, '').replace(/\.$/, '');
    return wanted === domain || (address === undefined && wanted.endsWith(`.${domain}`));
  });
}

/** Why nothing can be told about a request that goes through a proxy. */
export function proxyReason(option: string, proxy: string): string {
  return `${option} ${brief(proxy)}: the connection goes to the proxy`;
}
