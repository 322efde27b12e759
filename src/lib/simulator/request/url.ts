import { shortened } from '../../text/shorten.js';
import { decodeUtf8, percentDecode } from './bytes.js';
import { malformedUrl, TargetError } from './error.js';
import { normalizeIpv4 } from './ip.js';
import { formatIpv6, inBrackets, parseIpv6 } from '../../text/ip.js';

/** A URL taken apart the way curl 7.88 does it, which is not the way of browsers. */
export interface CurlUrl {
  /** Lower case. */
  scheme: string;
  /** Percent-encoded as written; null when absent. */
  user: string | null;
  password: string | null;
  /** Without the brackets of an IPv6 literal; IPv4 in four decimal numbers; percent-escapes decoded. */
  host: string;
  zone: string | null;
  port: number | null;
  /** Begins with `/`; dot segments resolved unless asked otherwise; not percent-encoded any further. */
  path: string;
  /** Without the `?`; null when there is no `?`, empty when nothing follows it. */
  query: string | null;
  fragment: string | null;
}

export interface UrlRules {
  readonly pathAsIs?: boolean;
  readonly disallowUserInUrl?: boolean;
}

const maxLength = 8_000_000;

// eslint-disable-next-line no-control-regex -- these are the bytes that curl refuses in every part
const junk = /[\x01-\x20\x7f]/;
const badHostCharacter = /[ \r\n\t/:#?!@{}[\]\\$'"^`*<>=;,+&()]/;

/** The scheme that curl guesses from the first label of a host. */
const guessedSchemes = /^(ftp|dict|ldap|imap|smtp|pop3)\./i;

/**
 * Resolves `.` and `..` segments (RFC 3986 §5.2.4). As in curl 7.88, `%2e` is no dot here.
 * @param path begins with `/`, without query
 */
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!;
    const isLast = i === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}

function refuseJunk(part: string, name: string): void {
  const index = part.search(junk);
  if (index < 0) return;
  const code = part.charCodeAt(index);
  if (code === 0x20)
    throw malformedUrl(
      `the URL's ${name} contains a space`,
      'write %20 in a path, + or %20 in a query, and quote the URL',
    );
  throw malformedUrl(`the URL's ${name} contains a control character (code ${code})`, 'percent-encode it');
}

/** Length of the scheme's name, 0 when the URL has none: `host:80/x` has none, `http:/host` has. */
function schemeLength(text: string): number {
  const match = /^[A-Za-z0-9+.-]{1,40}(?=:\/)/.exec(text);
  return match ? match[0].length : 0;
}

/** Whether curl sees a scheme in the text, so that `--proto-default` does not apply. */
export function hasScheme(text: string): boolean {
  return schemeLength(text) > 0;
}

/**
 * Parses a URL as curl does: one to three slashes after the scheme, a scheme guessed from the host when there is none
 * (`ftp.example.com` is FTP), odd IPv4 notations, an empty port, userinfo.
 *
 * @throws TargetError where curl exits with 3 (malformed)
 */
export function parseUrl(text: string, rules: UrlRules = {}): CurlUrl {
  if (text.length > maxLength) throw malformedUrl('the URL is longer than 8 million characters');
  if (text.includes('\0')) throw malformedUrl('the URL contains a NUL character', 'percent-encode it');
  const nameLength = schemeLength(text);
  let start = 0;
  if (nameLength > 0) {
    // behind the colon and the first slash
    start = nameLength + 2;
    while (text[start] === '/') start++;
    if (start - nameLength - 1 > 3)
      throw malformedUrl('more than three slashes follow the scheme', 'write two: http://host/path');
  }
  const end = start + text.slice(start).search(/[/?#]|$/);
  const rest = text.slice(end);
  const hash = rest.indexOf('#');
  const beforeHash = hash < 0 ? rest : rest.slice(0, hash);
  const question = beforeHash.indexOf('?');
  const rawPath = question < 0 ? beforeHash : beforeHash.slice(0, question);
  const query = question < 0 ? null : beforeHash.slice(question + 1);
  const fragment = hash < 0 || hash === rest.length - 1 ? null : rest.slice(hash + 1);
  if (fragment !== null) refuseJunk(fragment, 'fragment');
  if (query !== null) refuseJunk(query, 'query');
  refuseJunk(rawPath, 'path');
  const path = rawPath === '' ? '/' : rules.pathAsIs ? rawPath : removeDotSegments(rawPath);

  const url = parseAuthority(text.slice(start, end), nameLength > 0, rules);
  const scheme =
    nameLength > 0
      ? text.slice(0, nameLength).toLowerCase()
      : (guessedSchemes.exec(url.host)?.[1]?.toLowerCase() ?? 'http');
  return { scheme, ...url, path, query, fragment };
}

type Authority = Pick<CurlUrl, 'user' | 'password' | 'host' | 'zone' | 'port'>;

function parseAuthority(text: string, schemeGiven: boolean, rules: UrlRules): Authority {
  let user: string | null = null;
  let password: string | null = null;
  let hostAndPort = text;
  const at = text.indexOf('@');
  if (at >= 0) {
    if (rules.disallowUserInUrl)
      throw new TargetError(
        '--disallow-username-in-url, and the URL has a user name (curl exits with 67)',
        'leave out one of the two',
        undefined,
        67,
      );
    const login = text.slice(0, at);
    const colon = login.indexOf(':');
    user = colon < 0 ? login : login.slice(0, colon);
    password = colon < 0 ? null : login.slice(colon + 1);
    refuseJunk(login, 'user name or password');
    if (login.includes('%00')) throw malformedUrl('the user name or password contains an encoded NUL');
    hostAndPort = text.slice(at + 1);
  }
  const bracketed = hostAndPort.startsWith('[');
  const hostEnd = bracketed ? hostAndPort.indexOf(']') + 1 : hostAndPort.indexOf(':');
  if (bracketed && hostEnd === 0) throw malformedUrl('the [ of an IPv6 address is never closed', 'add the ]');
  const rawHost = hostEnd < 0 ? hostAndPort : hostAndPort.slice(0, hostEnd);
  const port = hostEnd < 0 ? null : parsePort(hostAndPort.slice(hostEnd), schemeGiven);
  refuseJunk(rawHost, 'host');
  if (bracketed) return { user, password, port, ...parseBracketed(rawHost) };
  return { user, password, port, host: parseHostName(rawHost), zone: null };
}

/** @param text what follows the host: empty, or `:` and the port */
function parsePort(text: string, schemeGiven: boolean): number | null {
  if (text === '') return null;
  if (!text.startsWith(':'))
    throw malformedUrl(`"${shortened(text, 20)}" follows the ] of the host`, 'write [address]:port');
  if (text === ':') {
    if (schemeGiven) return null;
    throw malformedUrl('the port is empty', 'write the port, or the scheme in front: http://host:/');
  }
  if (!/^:[0-9]+$/.test(text) || Number(text.slice(1)) > 65535)
    throw malformedUrl(`${text.slice(1, 40)} is no port`, 'write a number from 0 to 65535');
  return Number(text.slice(1));
}

function parseBracketed(text: string): Pick<CurlUrl, 'host' | 'zone'> {
  const inner = text.slice(1, -1);
  const address = inner.replace(/%.*/s, '');
  const groups = parseIpv6(address);
  if (!groups) throw malformedUrl(`${shortened(text, 60)} is no IPv6 address`);
  let zone: string | null = null;
  if (address !== inner) {
    zone = inner.slice(address.length + 1);
    // RFC 6874 writes the percent sign itself as %25.
    if (zone.startsWith('25') && zone.length > 2) zone = zone.slice(2);
    if (zone === '' || zone.length > 15) throw malformedUrl('the zone of the IPv6 address is empty or too long');
  }
  const short = formatIpv6(groups);
  return { host: short.length < address.length ? short : address, zone };
}

function parseHostName(text: string): string {
  const ipv4 = normalizeIpv4(text);
  if (ipv4 !== null) return ipv4;
  const host = decodeHost(text);
  if (host === '') throw malformedUrl('the URL has no host', 'write http://host/path');
  const bad = badHostCharacter.exec(host);
  if (bad) throw malformedUrl(`the host contains ${JSON.stringify(bad[0])}`, 'write a DNS name or an address as host');
  if (host.length > 65_535) throw malformedUrl('the host is longer than 65535 characters');
  return host;
}

function decodeHost(text: string): string {
  const bytes = percentDecode(text);
  if (bytes.some((byte) => byte < 0x20)) throw malformedUrl('the host contains an encoded control character');
  try {
    // curl writes a percent sign that is left back as %25.
    return decodeUtf8(bytes).replaceAll('%', '%25');
  } catch (error) {
    throw new TargetError('the host is not UTF-8 (curl exits with 3)', undefined, undefined, 3, { cause: error });
  }
}

/** The URL as text again, the way curl writes it when it has added something to it. */
export function writeUrl(url: CurlUrl): string {
  const login = url.user === null ? '' : `${url.user}${url.password === null ? '' : `:${url.password}`}@`;
  const host = inBrackets(`${url.host}${url.zone === null ? '' : `%25${url.zone}`}`);
  const port = url.port === null ? '' : `:${url.port}`;
  const query = url.query ? `?${url.query}` : '';
  const fragment = url.fragment === null ? '' : `#${url.fragment}`;
  return `${url.scheme}://${login}${host}${port}${url.path}${query}${fragment}`;
}
