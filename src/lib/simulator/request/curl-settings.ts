import { allowedProtocols, curlProtocols, firstByteOf, offsetOf } from './curl-arguments.js';
import type { CurlOption } from './curl-options.js';
import { brief, TargetError, usageError } from './error.js';
import type { AddressFamily } from './dial.js';
import { parseFormField, type FormField } from './form.js';
import { appendPostData, appendQuery, type PostData } from './post-data.js';
import type { HttpVersion } from './types.js';

export type RequestKind = 'GET' | 'HEAD' | 'POST' | 'FORM' | 'PUT';

export type AuthScheme = 'basic' | 'bearer' | 'digest' | 'ntlm' | 'ntlm-wb' | 'negotiate' | 'aws-sigv4';

/** curl's configuration after its command line: what matters for the first request. */
export interface CurlSettings {
  url: string | null;
  customMethod: string | null;
  /** The one request method that -I, -F, -d and -T may choose between them. */
  kind: RequestKind | null;
  noBody: boolean;
  getWithData: boolean;
  headers: string[];
  userAgent: string | null;
  referer: string | null;
  cookies: string[];
  range: string | null;
  resumeFrom: string | null;
  timeCondition: 'If-Modified-Since' | 'If-Unmodified-Since' | 'Last-Modified' | null;
  user: string | null;
  bearer: string | null;
  authSchemes: Set<AuthScheme>;
  compressed: boolean;
  transferEncoding: boolean;
  data: PostData | null;
  json: boolean;
  form: FormField[];
  formEscape: boolean;
  /** How many nested multiparts are open. */
  formDepth: number;
  /** The argument of the first -T; empty: -T was given without a file. */
  upload: string | null;
  query: PostData | null;
  etagCompare: boolean;
  requestTarget: string | null;
  pathAsIs: boolean;
  globOff: boolean;
  /** null: curl's own choice, HTTP/1.1 in clear text and by negotiation over TLS. */
  httpVersion: HttpVersion | '2-upgrade' | null;
  alpn: boolean;
  fail: boolean;
  failWithBody: boolean;
  family: AddressFamily | null;
  resolve: string[];
  connectTo: string[];
  protocols: Set<string> | null;
  defaultProtocol: string | null;
  disallowUserInUrl: boolean;
  proxy: { readonly text: string; readonly option: string } | null;
  preProxy: string | null;
  proxyHeaders: string[];
  proxyUser: string | null;
  /** Ways to prove who asks that are not Basic. */
  proxyAuthSchemes: Set<ProxyAuthScheme>;
  proxyTunnel: boolean;
  noProxy: string | null;
  includeHeaders: boolean;
  contentDisposition: boolean;
  /** Output of the first URL: a file's name, true for -O. */
  output: string | true | null;
  remoteNameAll: boolean;
  /** Reasons that hold for any scheme. */
  notModelled: string[];
  /** Reasons that hold only where Envoy reads the request: plain http. */
  notModelledInClear: string[];
  /** --haproxy-protocol */
  proxyHeader: boolean;
  /** Reasons that hold only for https. */
  notModelledInTls: string[];
}

export function defaultSettings(): CurlSettings {
  return {
    url: null,
    customMethod: null,
    kind: null,
    noBody: false,
    getWithData: false,
    headers: [],
    userAgent: null,
    referer: null,
    cookies: [],
    range: null,
    resumeFrom: null,
    timeCondition: null,
    user: null,
    bearer: null,
    authSchemes: new Set(),
    compressed: false,
    transferEncoding: false,
    data: null,
    json: false,
    form: [],
    formEscape: false,
    formDepth: 0,
    upload: null,
    query: null,
    etagCompare: false,
    requestTarget: null,
    pathAsIs: false,
    globOff: false,
    httpVersion: null,
    alpn: true,
    fail: false,
    failWithBody: false,
    family: null,
    resolve: [],
    connectTo: [],
    protocols: null,
    defaultProtocol: null,
    disallowUserInUrl: false,
    proxy: null,
    preProxy: null,
    proxyHeaders: [],
    proxyUser: null,
    proxyAuthSchemes: new Set(),
    proxyTunnel: false,
    noProxy: null,
    includeHeaders: false,
    contentDisposition: false,
    output: null,
    remoteNameAll: false,
    notModelled: [],
    notModelledInClear: [],
    proxyHeader: false,
    notModelledInTls: [],
  };
}

const kindNames: Readonly<Record<RequestKind, string>> = {
  GET: 'GET (-G, --get)',
  HEAD: 'HEAD (-I, --head)',
  FORM: 'multipart formpost (-F, --form)',
  POST: 'POST (-d, --data)',
  PUT: 'PUT (-T, --upload-file)',
};

/** Chooses the request's method; curl lets only one of -I, -F, -d and -T do so. */
export function chooseKind(settings: CurlSettings, kind: RequestKind): void {
  if (settings.kind !== null && settings.kind !== kind)
    throw usageError(
      `one request cannot be both ${kindNames[kind]} and ${kindNames[settings.kind]}`,
      'keep one of them; -X only changes the name of the method',
    );
  settings.kind = kind;
}

/** Of several the first counts, and Basic counts last. */
export const proxyAuthSchemes = ['anyauth', 'negotiate', 'ntlm', 'digest'] as const;
export type ProxyAuthScheme = (typeof proxyAuthSchemes)[number];

type Handler = (settings: CurlSettings, value: string, on: boolean) => void;

/** Puts a scheme among others, or takes it away. */
function toggled<S>(schemesOf: (settings: CurlSettings) => Set<S>, scheme: S): Handler {
  return (settings, _value, on) => void schemesOf(settings)[on ? 'add' : 'delete'](scheme);
}

const addAuth = (scheme: AuthScheme): Handler => toggled((settings) => settings.authSchemes, scheme);

function addData(form: Parameters<typeof appendPostData>[1]): Handler {
  return (settings, value) => {
    settings.data = appendPostData(settings.data, form, value);
    if (form === 'json') settings.json = true;
  };
}

function addForm(literal: boolean): Handler {
  return (settings, value) => {
    const field = parseFormField(value, literal);
    settings.form.push(field);
    settings.formDepth += field.nesting;
    if (settings.formDepth < 0)
      throw usageError("-F '=)' ends a multipart that was never begun", "begin it with -F 'name=('");
    chooseKind(settings, 'FORM');
  };
}

function setProxy(option: string): Handler {
  return (settings, value) => (settings.proxy = { text: value, option });
}

function refuseBothFails(settings: CurlSettings): void {
  if (settings.fail && settings.failWithBody)
    throw usageError('--fail and --fail-with-body exclude each other', 'keep one of them');
}

function fromFile(list: 'notModelled' | 'notModelledInClear' | 'notModelledInTls', text: string): Handler {
  return (settings, value) => {
    if (value !== '') settings[list].push(text.replace('FILE', () => brief(value)));
  };
}

/** --url, and a word that is no option. */
export function setUrl(settings: CurlSettings, value: string): void {
  if (settings.url !== null)
    throw new TargetError(
      `a second URL, ${brief(value)}: a target is one request`,
      'write one target for each URL; if this word is the value of an option, put the option right before it',
    );
  settings.url = value;
}

/** What each modelled option does to the settings. */
const handlers: Readonly<Record<string, Handler>> = {
  url: setUrl,
  request: (s, value) => (s.customMethod = value),
  head: (s, _value, on) => {
    s.noBody = on;
    s.includeHeaders = on;
    chooseKind(s, on ? 'HEAD' : 'GET');
  },
  get: (s, _value, on) => (s.getWithData = on),
  header: (s, value) => {
    if (value.startsWith('@'))
      s.notModelledInClear.push(`-H ${brief(value)}: the headers come from a file, which is not read`);
    else s.headers.push(value);
  },
  'user-agent': (s, value) => (s.userAgent = value),
  referer: (s, value) => {
    const auto = value.indexOf(';auto');
    s.referer = auto < 0 ? value : value.slice(0, auto);
  },
  cookie: (s, value) => {
    if (!value.startsWith('@') && value.includes('=')) s.cookies.push(value);
    else if (value.replace('@', '') !== '')
      s.notModelledInClear.push(`-b ${brief(value)}: the cookies come from a file, which is not read`);
  },
  range: (s, value) => {
    // Without a dash curl adds one and drops what follows the digits.
    const first = firstByteOf(value);
    s.range = first === undefined ? value : `${first}-`;
  },
  'continue-at': (s, value) => {
    s.resumeFrom = value === '-' ? '-' : String(offsetOf(value));
  },
  'time-cond': (s, value) => {
    s.timeCondition = value.startsWith('-')
      ? 'If-Unmodified-Since'
      : value.startsWith('=')
        ? 'Last-Modified'
        : 'If-Modified-Since';
  },
  user: (s, value) => (s.user = value),
  'oauth2-bearer': (s, value) => {
    s.bearer = value;
    s.authSchemes.add('bearer');
  },
  anyauth: (s, _value, on) => {
    // Several, and none that an option takes away: curl has more than can be named.
    if (on) s.authSchemes = new Set(['bearer', 'aws-sigv4']);
  },
  basic: addAuth('basic'),
  digest: addAuth('digest'),
  ntlm: addAuth('ntlm'),
  'ntlm-wb': addAuth('ntlm-wb'),
  negotiate: addAuth('negotiate'),
  'aws-sigv4': addAuth('aws-sigv4'),
  compressed: (s, _value, on) => (s.compressed = on),
  'tr-encoding': (s, _value, on) => (s.transferEncoding = on),
  data: addData('plain'),
  'data-ascii': addData('plain'),
  'data-binary': addData('plain'),
  'data-raw': addData('raw'),
  'data-urlencode': addData('urlencode'),
  json: addData('json'),
  'url-query': (s, value) => (s.query = appendQuery(s.query, value)),
  form: addForm(false),
  'form-string': addForm(true),
  'form-escape': (s, _value, on) => (s.formEscape = on),
  'upload-file': (s, value) => (s.upload ??= value),
  'request-target': (s, value) => (s.requestTarget = value),
  'path-as-is': (s, _value, on) => (s.pathAsIs = on),
  globoff: (s, _value, on) => (s.globOff = on),
  'http1.0': (s) => (s.httpVersion = '1.0'),
  'http1.1': (s) => (s.httpVersion = '1.1'),
  http2: (s) => (s.httpVersion = '2-upgrade'),
  'http2-prior-knowledge': (s) => (s.httpVersion = '2'),
  alpn: (s, _value, on) => (s.alpn = on),
  fail: (s, _value, on) => {
    s.fail = on;
    refuseBothFails(s);
  },
  'fail-with-body': (s, _value, on) => {
    s.failWithBody = on;
    refuseBothFails(s);
  },
  ipv4: (s) => (s.family = 4),
  ipv6: (s) => (s.family = 6),
  resolve: (s, value) => s.resolve.push(value),
  'connect-to': (s, value) => s.connectTo.push(value),
  proto: (s, value) => (s.protocols = allowedProtocols(value)),
  'proto-default': (s, value) => {
    if (!curlProtocols.has(value.toLowerCase()))
      throw new TargetError(
        `curl has no protocol ${brief(value)} (it exits with 1)`,
        'write http or https',
        undefined,
        1,
      );
    s.defaultProtocol = value;
  },
  'disallow-username-in-url': (s, _value, on) => (s.disallowUserInUrl = on),
  proxy: setProxy('proxy'),
  'proxy1.0': setProxy('proxy1.0'),
  socks4: setProxy('socks4'),
  socks4a: setProxy('socks4a'),
  socks5: setProxy('socks5'),
  'socks5-hostname': setProxy('socks5-hostname'),
  'proxy-header': (s, value) => s.proxyHeaders.push(value),
  'proxy-user': (s, value) => (s.proxyUser = value),
  ...Object.fromEntries(
    proxyAuthSchemes.map((scheme) => [`proxy-${scheme}`, toggled((s) => s.proxyAuthSchemes, scheme)]),
  ),
  proxytunnel: (s, _value, on) => (s.proxyTunnel = on),
  preproxy: (s, value) => (s.preProxy = value),
  noproxy: (s, value) => (s.noProxy = value),
  include: (s, _value, on) => (s.includeHeaders = on),
  'remote-header-name': (s, _value, on) => (s.contentDisposition = on),
  output: (s, value) => {
    if (value === '') throw usageError('-o needs the name of a file');
    s.output ??= value;
  },
  'remote-name': (s, _value, on) => {
    s.output ??= on ? true : '-';
  },
  'remote-name-all': (s, _value, on) => {
    // it is for what comes behind it
    if (s.url === null && s.upload === null) s.remoteNameAll = on;
  },
  config: fromFile('notModelled', '--config FILE: the options in that file are not read'),
  netrc: (s, _value, on) => {
    if (on) s.notModelledInClear.push('--netrc: credentials come from ~/.netrc, which is not read');
  },
  'netrc-optional': (s, _value, on) => {
    if (on) s.notModelledInClear.push('--netrc-optional: credentials come from ~/.netrc, which is not read');
  },
  'netrc-file': fromFile('notModelledInClear', '--netrc-file FILE: the credentials in that file are not read'),
  'etag-compare': (s) => (s.etagCompare = true),
  hsts: fromFile('notModelledInClear', '--hsts FILE: that file may turn http into https, and is not read'),
  'alt-svc': fromFile(
    'notModelledInTls',
    '--alt-svc FILE: that file may send the request to another host, and is not read',
  ),
  'haproxy-protocol': (s, _value, on) => {
    s.proxyHeader = on;
  },
  engine: (_s, value) => {
    if (value.toLowerCase() === 'list') throw new TargetError('--engine list makes no request', 'leave out --engine');
  },
  next: (s) => {
    if (s.url !== null)
      throw new TargetError(
        '--next begins a second request, and a target is one request',
        'write one target for each request',
      );
  },
};

/**
 * Applies one option.
 * @param value the argument; empty for a switch
 * @param on false for the `--no-` form of a switch
 * @throws TargetError
 */
export function applyOption(settings: CurlSettings, option: CurlOption, value: string, on: boolean): void {
  if (option.effect === 'silent') return;
  if (option.effect === 'modelled') {
    handlers[option.name]!(settings, value, on);
  } else if (option.effect === 'no-request') {
    if (option.name === 'metalink') throw usageError('curl no longer knows metalink', 'leave out --metalink');
    if (on) throw new TargetError(`curl --${option.name} makes no request`, `leave out --${option.name}`);
  } else {
    settings.notModelled.push(`--${option.name}: ${option.effect.notModelled}`);
  }
}
