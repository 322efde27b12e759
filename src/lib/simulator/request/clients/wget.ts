import { byteLength } from '../bytes.js';
import { endpointTarget, urlOf, withoutCurl } from '../endpoint.js';
import { TargetError } from '../error.js';
import { readerOfScheme, schemeOf } from '../scheme-url.js';
import type { HttpRequest, Target } from '../types.js';
import type { CurlUrl } from '../url.js';
import { missing } from './faults.js';
import { readOptions, type OptionSyntax, type ReadOptions } from './options.js';

const syntax: OptionSyntax = {
  values: `O,output-document o,output-file a,append-output e,execute i,input-file t,tries T,timeout w,wait Q,quota
    P,directory-prefix U,user-agent B,base l,level A,accept R,reject D,domains I,include-directories X,exclude-directories
    header method post-data post-file body-data body-file referer user password http-user http-password proxy-user
    proxy-password bind-address limit-rate load-cookies save-cookies ca-certificate ca-directory certificate certificate-type
    private-key private-key-type secure-protocol ciphers dns-timeout connect-timeout read-timeout waitretry cut-dirs
    default-page max-redirect compression prefer-family progress config restrict-file-names local-encoding remote-encoding
    start-pos report-speed`,
  switches: '4 6 c,continue',
};

/** Headers that GNU's and BusyBox's wget send each in its own way. */
const OF_EITHER = ['user-agent', 'accept', 'accept-encoding', 'connection'];

/** What wget sends first: HTTP/1.1; over TLS the server name and no ALPN (GNU Wget 1.21.3 was looked at). */
export function readWget(args: readonly string[], command: string): Target {
  const options = readOptions(args, syntax);
  const { operands, positions } = options;
  if (options.has('input-file'))
    throw new TargetError('-i reads the URLs from a file', 'write one target for each URL');
  if (operands.length === 0) throw missing('the URL', 'wget http://HOST/PATH');
  if (operands.length > 1) {
    throw new TargetError('several URLs are several requests', 'write one target for each URL', positions[1]);
  }
  const given = operands[0]!;
  const text = schemeOf(given) === undefined ? `http://${given}` : given;
  const scheme = schemeOf(text)!;
  if (scheme !== 'http' && scheme !== 'https') {
    const read = readerOfScheme(scheme);
    if (!read) throw new TargetError(`wget has no protocol ${scheme}`, 'write http:// or https://', positions[0]);
    return { ...read(text), command };
  }
  const url = withoutCurl(() => urlOf(text));
  const port = url.port ?? (scheme === 'https' ? 443 : 80);
  const family = options.has('4') ? 4 : options.has('6') ? 6 : null;
  const isTls = scheme === 'https';
  const { tls, ...target } = endpointTarget({ host: url.host, port, protocol: isTls ? 'tls' : 'tcp', family }, command);
  return {
    ...target,
    scheme,
    http: requestOf(url, port, options),
    ...(tls && { tls }),
    notCurl: true,
    notModelled: notModelled(options, isTls),
  };
}

function notModelled(options: ReadOptions, isTls: boolean): string[] {
  const proxy = options
    .all('execute')
    .find((setting) => /proxy/i.test(setting) && !/use_proxy\s*=\s*(?:no|off)/i.test(setting));
  const file = options.get('post-file') ?? options.get('body-file');
  return [
    ...(proxy === undefined ? [] : [`-e ${proxy}: the connection goes to the proxy`]),
    ...(file === undefined || isTls ? [] : [`${file}: the body comes from a file, which is not read`]),
  ];
}

function requestOf(url: CurlUrl, port: number, options: ReadOptions): HttpRequest {
  const body = options.get('post-data') ?? options.get('body-data');
  const isPost = options.has('post-data') || options.has('post-file');
  const method = options.get('method') ?? (isPost ? 'POST' : options.has('spider') ? 'HEAD' : 'GET');
  const host = url.isIpv6 ? `[${url.host}]` : url.host;
  const custom = options.all('header').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const own: [string, string][] = [
    ...(options.has('referer') ? [['Referer', options.get('referer')!] as [string, string]] : []),
    ['User-Agent', options.get('user-agent') ?? 'Wget/1.21.3'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'identity'],
    ['Connection', options.has('no-http-keep-alive') ? 'Close' : 'Keep-Alive'],
    ...(body === undefined
      ? []
      : ([
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Content-Length', String(byteLength(body))],
        ] as [string, string][])),
  ];
  const replaced = new Set(custom.map(([name]) => name.toLowerCase()));
  const headers = [...own.filter(([name]) => !replaced.has(name.toLowerCase())), ...custom];
  const given = options.has('user-agent') ? [...replaced, 'user-agent'] : [...replaced];
  return {
    version: '1.1',
    method: method.toUpperCase(),
    path: url.query === null ? url.path : `${url.path}?${url.query}`,
    authority:
      custom.find(([name]) => name.toLowerCase() === 'host')?.[1] ??
      (port === (url.scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`),
    headers: headers.filter(([name]) => name.toLowerCase() !== 'host'),
    uncertainHeaders: OF_EITHER.filter((name) => !given.includes(name)),
  };
}
