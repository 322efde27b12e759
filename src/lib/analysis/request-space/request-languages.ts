/**
 * What the requests of the space are made of. They are requests as a client sends them that is not out to break the grammar of
 * HTTP: an origin-form target, a well-formed Host, no headers about the connection, no body that is framed in an odd way, and
 * within Envoy's limits of size. docs/request-space.md tells what is left out.
 */
import { inspectHttp, KNOWN_METHODS, readRequest } from '../../simulator/envoy/http-codec.js';
import { joinValues } from '../../simulator/envoy/request-headers.js';
import { fullMatcher, matcherOfAnySize } from '../../simulator/envoy/re2.js';
import type { PathNormalization } from '../../simulator/envoy/types.js';
import type { HttpRequest, HttpVersion, Target } from '../../simulator/request/types.js';
import { quote, type Condition, type Language } from './languages.js';
import { defaultHeaders } from './witness.js';

/** `@` is allowed by HTTP/1 only, so it is left out. */
const HOST_CHARACTERS = "[!$%&'()*+,\\-.0-9:;=A-Z\\[\\]_a-z~]";
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** Printable, less `?` and `#`. */
const PATH = '/[!"$->@-~]*';
const QUERY = '(?:\\?[!"$-~]*)?';
const VISIBLE = '!-~\\x{80}-\\x{d7ff}\\x{e000}-\\x{10ffff}';
const VALUE = `(?:[${VISIBLE}](?:[ \\t${VISIBLE}]*[${VISIBLE}])?)?`;

export interface HeaderCondition extends Condition {
  readonly header: string;
  readonly ifAbsent: boolean;
}

export interface RequestLanguages {
  readonly authority: Language;
  readonly method: Language;
  readonly path: Language;
  /** Path and query. */
  readonly target: Language;
  header(name: string): Language;
  /** What a route's header matcher asks of the headers that a client sends; undefined: it never holds. */
  conditions(name: string, pattern: string): readonly HeaderCondition[] | undefined;
}

const PREFERRED_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

export const requestLanguages: RequestLanguages = {
  authority: { pattern: `${HOST_CHARACTERS}+` },
  method: { pattern: TOKEN },
  path: { pattern: PATH },
  target: { pattern: `${PATH}${QUERY}` },
  header,
  conditions,
};

/** Those of unreserved characters, and of NUL, which Envoy refuses. */
const NEVER_ESCAPED = '00|2[DEde]|3[0-9]|4[1-9A-Fa-f]|5[0-9AFaf]|6[1-9A-Fa-f]|7[0-9AEae]';

/** Paths as routes see them after Envoy normalized them: those that it leaves as they are (`path-normalization.ts`). */
export function normalPaths(how: PathNormalization): Pick<RequestLanguages, 'path' | 'target'> {
  const pattern = '/[!$-;=@-Z\\[\\]_a-z~]*';
  const escapes = how === 'DECODE_AND_MERGE_SLASHES' ? `${NEVER_ESCAPED}|2[Ff]|5[Cc]` : NEVER_ESCAPED;
  const inside = how === 'BASE' ? `%(?:${escapes})` : `%(?:${escapes})|//`;
  const except = `[^?]*(?:/\\.\\.?(?:[/?].*)?|(?:${inside}).*)`;
  return {
    path: { pattern, except },
    target: { pattern: `${pattern}${QUERY}`, except },
  };
}

function header(name: string): Language {
  switch (name) {
    case 'content-length':
      return { pattern: '[0-9]{1,9}' };
    case 'te':
      return { pattern: 'trailers' };
    case 'expect':
      return { pattern: VALUE, except: '(?i)100-continue' };
    case 'x-request-id':
      // an empty one is as good as none
      return { pattern: VALUE, except: '(?:)' };
    default: {
      const usual = defaultHeaders('1.1').find(([own]) => own.toLowerCase() === name);
      return { pattern: VALUE, ...(usual && { preferred: usual.slice(1) }) };
    }
  }
}

const bare: HttpRequest = { version: '1.1', method: 'GET', path: '/', authority: 'example.com', headers: [] };

/** The headers that routes see of a request; undefined when it gets no route. */
function seenHeaders(headers: HttpRequest['headers']): ReadonlyMap<string, string> | undefined {
  const read = readRequest({ ...bare, headers });
  return read.result === 'request' ? read.request.headers : undefined;
}

const isToken = new RegExp(`^${TOKEN}$`);

function conditions(name: string, pattern: string): readonly HeaderCondition[] | undefined {
  const matches = matcherOfAnySize(pattern)!;
  const forwarded = 'x-forwarded-proto';
  if (name === ':scheme') {
    const [http, https] = [matches('http'), matches('https')];
    const sent: HeaderCondition = { header: forwarded, pattern: '(?s).+', ifAbsent: true };
    if (http && https) return [sent];
    if (http) return [sent, { header: forwarded, pattern: '(?i)https', negated: true, ifAbsent: true }];
    return https ? [{ header: forwarded, pattern: '(?i)https', ifAbsent: false }] : undefined;
  }
  const absent = seenHeaders([])!.get(name);
  const ifAbsent = absent !== undefined && matches(absent);
  // what TE may say will do for most
  const probe = name === 'content-length' ? '0' : 'trailers';
  if (!seenHeaders([[name, probe]])?.has(name)) return undefined;
  const own: HeaderCondition = { header: name, pattern, ifAbsent };
  // Envoy forgets an empty one
  return name === forwarded ? [own, { header: name, pattern: '(?s).+', ifAbsent: true }] : [own];
}

/** The value of a header as it is sent, several joined; null when it is not. */
export function sentHeader({ headers, version }: HttpRequest, name: string): string | null {
  const values = headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value.trim());
  return values.length === 0 ? null : joinValues(name, values, version);
}

/** Methods that Envoy takes alike before it looks for a route. */
export interface MethodKind {
  readonly name: string;
  readonly language: Language;
  /** One of them. */
  readonly method: string;
  /** All of them; absent: those that Envoy's HTTP/1 parser does not know. */
  readonly methods?: ReadonlySet<string>;
}

const VERSIONS: readonly HttpVersion[] = ['1.0', '1.1', '2'];

/** Found out by asking the model of Envoy's codec. */
export const methodKinds: readonly MethodKind[] = findMethodKinds();

function findMethodKinds(): MethodKind[] {
  const byAnswer = new Map<string, string[]>();
  const answer = (method: string) =>
    VERSIONS.map((version) => {
      const request = { ...bare, version, method };
      return `${inspectHttp(request)} ${readRequest(request).result}`;
    }).join();
  for (const method of new Set([...PREFERRED_METHODS, ...KNOWN_METHODS])) {
    const key = answer(method);
    const methods = byAnswer.get(key);
    if (methods) methods.push(method);
    else byAnswer.set(key, [method]);
  }
  const known = [...byAnswer.values()].map((methods, index): MethodKind => ({
    name: index === 0 ? 'usual' : methods.join(),
    language: { pattern: methods.map(quote).join('|'), preferred: PREFERRED_METHODS },
    method: methods[0]!,
    methods: new Set(methods),
  }));
  const unknown = { pattern: TOKEN, except: [...KNOWN_METHODS].map(quote).join('|'), preferred: ['FROB'] };
  return [...known, { name: 'unknown', language: unknown, method: 'FROB' }];
}

export function methodKindOf(method: string): string {
  return methodKinds.find(({ methods }) => methods?.has(method))?.name ?? 'unknown';
}

/** After a domain: with any port or none, and with or without a trailing dot. No domain ends so. */
export const ANY_PORT = '[:PORT]';

/** The language of a Host that Envoy compares with a domain; `specific` are domains that are compared before it. */
export function domainLanguage(domain: string, specific: readonly string[]): Language {
  const some = `${HOST_CHARACTERS}+`;
  const written = (text: string): string => {
    if (text.endsWith(ANY_PORT)) {
      const own = text.slice(0, -ANY_PORT.length);
      // a port is taken off the Host, so that a domain with one takes two of them
      return written(own) + (/:\d+$/.test(own) ? '(?:\\.|\\.?:[0-9]+)' : '\\.?(?::[0-9]+)?');
    }
    if (text.startsWith('*')) return some + quote(text.slice(1));
    return text.endsWith('*') ? quote(text.slice(0, -1)) + some : quote(text);
  };
  return {
    pattern: `(?i)${written(domain)}`,
    ...(specific.length > 0 && { except: `(?i)${specific.map(written).join('|')}` }),
    preferred: [domain.replace(ANY_PORT, '').toLowerCase()],
  };
}

const HOST = new RegExp(`^${HOST_CHARACTERS}+$`);

/** Can a client send this as Host? */
export function isSendableHost(text: string): boolean {
  return HOST.test(text);
}

/** Headers about the connection, which may change what Envoy makes of the others. */
const ABOUT_THE_CONNECTION = new Set(['connection', 'upgrade', 'transfer-encoding']);
const MAX_HEADERS = 90;
const MAX_BYTES = 16_000;

function belongs(text: string, { pattern, except }: Language): boolean {
  return fullMatcher(pattern)!(text) && !(except !== undefined && fullMatcher(except)!(text));
}

/** Is the request one of the space? For TLS and raw TCP all are, for http the well-formed ones. */
export function isInSpace({ scheme, http, notModelled, proxyHeader, throughProxy }: Target): boolean {
  if (notModelled.length > 0 || proxyHeader || throughProxy || scheme === 'udp') return false;
  if (scheme !== 'http') return true;
  const { method, path, authority, headers, uncertainHeaders = [] } = http!;
  const names = headers.map(([name]) => name.toLowerCase());
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, path.length + method.length);
  return (
    authority !== null &&
    belongs(method, requestLanguages.method) &&
    belongs(path, requestLanguages.target) &&
    belongs(authority, requestLanguages.authority) &&
    uncertainHeaders.length === 0 &&
    headers.length <= MAX_HEADERS &&
    bytes <= MAX_BYTES &&
    headers.every(([, value]) => value === value.trim()) &&
    names.every((name) => isToken.test(name) && !ABOUT_THE_CONNECTION.has(name)) &&
    names.every((name) => belongs(sentHeader(http!, name)!, header(name)))
  );
}
