import { inBrackets } from '../../../text/ip.js';
import { byteLength, escapeUrlPart } from '../bytes.js';
import { endpointTarget, urlOf } from '../endpoint.js';
import { TargetError } from '../error.js';
import { readerOfScheme, schemeOf } from '../scheme-url.js';
import type { HttpRequest, Target } from '../types.js';
import type { CurlUrl } from '../url.js';
import { missing } from './faults.js';
import { headerOf, readOptions, type OptionSyntax, type ReadOptions } from './options.js';
import { familyOf } from './tools.js';

const syntax: OptionSyntax = {
  switches: 'inet4-only=4 inet6-only=6',
  values: `O,output-document o,output-file a,append-output e,execute i,input-file t,tries T,timeout w,wait Q,quota
    P,directory-prefix U,user-agent B,base l,level A,accept R,reject D,domains I,include-directories X,exclude-directories
    header method post-data post-file body-data body-file referer user password http-user http-password proxy-user
    proxy-password bind-address limit-rate load-cookies save-cookies ca-certificate ca-directory certificate certificate-type
    private-key private-key-type secure-protocol ciphers dns-timeout connect-timeout read-timeout waitretry cut-dirs
    default-page max-redirect compression prefer-family progress config restrict-file-names local-encoding remote-encoding
    start-pos report-speed use-askpass crl-file egd-file random-file pinnedpubkey hsts-file dns-servers bind-dns-address ftp-user
    ftp-password rejected-log warc-file warc-header warc-max-size warc-dedup warc-tempdir accept-regex reject-regex regex-type
    follow-tags ignore-tags exclude-domains retry-on-http-error preferred-location`,
};

/** Settings of `-e NAME=VALUE`, which are options, too. */
const SETTINGS = ['header', 'method', 'post-data', 'post-file', 'body-data', 'body-file', 'referer', 'user-agent'];

/** Headers that GNU's and BusyBox's wget send each in its own way, and credentials. */
const OF_EITHER = ['user-agent', 'accept', 'accept-encoding', 'connection', 'authorization'];

/** What wget sends first: HTTP/1.1; over TLS the server name and no ALPN (GNU Wget 1.21.3 was looked at). */
export function readWget(args: readonly string[], command: string): Target {
  const options = readOptions(args, syntax);
  for (const option of options.given.filter(([key]) => key === 'execute')) {
    const [, name, value = ''] = /\s*([^=]*?)\s*=\s*(.*)/s.exec(option[1]) ?? [];
    const key = SETTINGS.find((setting) => setting.replace('-', '') === name?.replace(/[-_]/g, '').toLowerCase());
    if (key) Object.assign(option, [key, value]);
  }
  const { operands, positions } = options;
  if (options.has('input-file'))
    throw new TargetError('-i reads the URLs from a file', 'write one target for each URL');
  if (operands.length === 0) throw missing('the URL', 'wget http://HOST/PATH');
  if (operands.length > 1) {
    throw new TargetError('several URLs are several requests', 'write one target for each URL', positions[1]);
  }
  const given = operands[0]!;
  const text = schemeOf(given) === '' ? `http://${given}` : given;
  const scheme = schemeOf(text);
  if (scheme !== 'http' && scheme !== 'https') {
    const read = readerOfScheme(scheme);
    if (!read) throw new TargetError(`wget has no protocol ${scheme}`, 'write http:// or https://', positions[0]);
    return { ...read(text), command };
  }
  const url = urlOf(encoded(text));
  const port = url.port ?? (scheme === 'https' ? 443 : 80);
  const isTls = scheme === 'https';
  const place = { host: url.host, port, protocol: isTls ? 'tls' : 'tcp', family: familyOf(options) } as const;
  return {
    ...endpointTarget(place, command),
    scheme,
    http: requestOf(url, port, options),
    notCurl: true,
    notModelled: notModelled(options, scheme),
  };
}

/** What wget encodes behind the host of a URL. */
function encoded(url: string): string {
  const [, place = '', rest = ''] = /([^/]*\/\/[^/?#]*)(.*)/s.exec(url)!;
  return place + rest.replace(/[^!#-;=?-[\]_a-z~]+|%(?![0-9a-f]{2})/gi, (text) => escapeUrlPart(text).toUpperCase());
}

/** Does a word tell wget to use no proxy, whatever the environment says? */
export function isToldNoProxy(word: string): boolean {
  return word === '--no-proxy' || /^(?:-e|--execute=)?use[-_]?proxy\s*=\s*(?:no|off|0)/i.test(word);
}

function notModelled(options: ReadOptions, scheme: 'http' | 'https'): string[] {
  const form = new RegExp(`^\\s*${scheme}[-_]?proxy`, 'i');
  const proxy = options.all('execute').find((setting) => form.test(setting));
  const file = options.get('post-file') ?? options.get('body-file');
  return [
    ...(proxy === undefined ? [] : [`-e ${proxy}: the connection goes to the proxy`]),
    ...(file === undefined || scheme === 'https' ? [] : [`${file}: the body comes from a file, which is not read`]),
  ];
}

function requestOf(url: CurlUrl, port: number, options: ReadOptions): HttpRequest {
  const body = options.get('post-data') ?? options.get('body-data');
  const isPost = options.has('post-data') || options.has('post-file');
  const asked = options.get('method')?.toUpperCase();
  const empty = ['POST', 'PUT', 'PATCH'].some((name) => name === asked) ? '0' : undefined;
  const host = inBrackets(url.host);
  const userAgent = options.get('user-agent');
  const own: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Host', port === (url.scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`],
    ...(options.has('no-cache')
      ? ([
          ['Cache-Control', 'no-cache'],
          ['Pragma', 'no-cache'],
        ] as const)
      : []),
    ['Referer', options.get('referer')],
    ['User-Agent', userAgent ?? 'Wget/1.21.3'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'identity'],
    ['Connection', options.has('no-http-keep-alive') ? 'Close' : 'Keep-Alive'],
    ['Content-Type', body === undefined ? body : 'application/x-www-form-urlencoded'],
    ['Content-Length', body === undefined ? empty : String(byteLength(body))],
  ];
  const lines = options.all('header');
  // an empty one takes away those in front of it
  const custom = lines.slice(lines.lastIndexOf('') + 1).map(headerOf);
  // of several with one name the last is sent, in the place of the first
  const sent = new Map<string, [string, string]>();
  for (const [name, value] of own) if (value) sent.set(name.toLowerCase(), [name, value]);
  for (const [name, value] of custom) sent.set(name.toLowerCase(), [name, value]);
  const [hostLine, ...headers] = [...sent.values()];
  const given = new Set(custom.map(([name]) => name.toLowerCase()));
  if (userAgent !== undefined) given.add('user-agent');
  if (!options.has('auth-no-challenge')) given.add('authorization');
  return {
    version: '1.1',
    method: options.has('spider') ? 'HEAD' : (asked ?? (isPost ? 'POST' : 'GET')),
    path: url.query === null ? url.path : `${url.path}?${url.query}`,
    authority: hostLine![1],
    headers,
    uncertainHeaders: OF_EITHER.filter((name) => !given.has(name)),
  };
}
