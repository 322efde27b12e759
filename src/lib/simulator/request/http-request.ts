import { inBrackets } from '../../text/ip.js';
import { byteLength, escapeNonAscii } from './bytes.js';
import { authorization } from './credentials.js';
import type { CurlSettings } from './curl-settings.js';
import { CustomHeaders, trimBlanks, trimBlanksBefore } from './custom-headers.js';
import { TargetError } from './error.js';
import { formBoundary, formLength } from './form.js';
import { oddities } from './oddities.js';
import type { HttpRequest, HttpVersion } from './types.js';
import type { CurlUrl } from './url.js';

/** The curl whose habits are modelled. */
export const curlVersion = '7.88.1';

const expectThreshold = 1024 * 1024;
/** The settings frame that nghttp2 packs for curl 7.88: 100 streams, a window of 32 MiB, no push. */
const http2Settings = 'AAMAAABkAAQCAAAAAAIAAAAA';
/** Headers that HTTP/2 does not have. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

export interface BuiltRequest {
  readonly request: HttpRequest;
  /** Why what Envoy reads in clear text may differ. */
  readonly notModelled: readonly string[];
}

type Header = readonly [name: string, value: string];

/** Files of -T that have no size on any machine: standard input, and devices. */
const ENDLESS_UPLOADS = new Set([
  '-',
  '.',
  ...['full', 'null', 'random', 'urandom', 'zero'].map((name) => `/dev/${name}`),
]);

/** Length of the body: a number, unknown because of a file, or open-ended. */
type BodyLength = number | 'unknown' | 'open';

/** -C with an offset. */
function resumes(settings: CurlSettings): boolean {
  return settings.resumeFrom !== null && settings.resumeFrom !== '-' && settings.resumeFrom !== '0';
}

function bodyLength(settings: CurlSettings, formType: string): BodyLength {
  switch (settings.kind) {
    case 'POST':
      // With -C curl skips what it takes to be sent already.
      return settings.data!.file === null && !resumes(settings) ? byteLength(settings.data!.text) : 'unknown';
    case 'FORM':
      return formLength(settings.form, formType, settings.formEscape) ?? 'unknown';
    case 'PUT':
      return ENDLESS_UPLOADS.has(settings.upload!) ? 'open' : 'unknown';
    default:
      return 0;
  }
}

/** Does the request have a body, empty or not? */
export function hasBody({ kind }: CurlSettings): boolean {
  return kind === 'POST' || kind === 'FORM' || kind === 'PUT';
}

function methodOf(settings: CurlSettings): string {
  if (settings.customMethod !== null) return settings.customMethod;
  if (settings.noBody) return 'HEAD';
  return settings.kind === 'POST' || settings.kind === 'FORM' ? 'POST' : settings.kind === 'PUT' ? 'PUT' : 'GET';
}

/** The request target: path and query, or what --request-target says. */
function targetOf(settings: CurlSettings, url: CurlUrl): string {
  if (settings.requestTarget !== null) return settings.requestTarget;
  const path = escapeNonAscii(url.path);
  return url.query === null ? path : `${path}?${url.query}`;
}

/** Host header by itself: with `:port` only when it is not the scheme's default. */
function defaultAuthority(url: CurlUrl, host: string, port: number): string {
  const name = inBrackets(host);
  return port === (url.scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}

function versionOf(settings: CurlSettings, url: CurlUrl): HttpVersion {
  if (settings.httpVersion === '1.0') return '1.0';
  return settings.httpVersion === '2' && url.scheme === 'http' ? '2' : '1.1';
}

/**
 * The first request of curl 7.88 for these settings, header by header in curl's order.
 * @param host the URL's host as it is sent
 * @throws TargetError when curl cannot make the request
 */
export function buildRequest(settings: CurlSettings, url: CurlUrl, host: string, port: number): BuiltRequest {
  const authority = defaultAuthority(url, host, port);
  return new RequestBuilder(settings, url, versionOf(settings, url)).build(authority);
}

/** Lower-case names, no headers about the connection. */
function inHttp2(request: HttpRequest): HttpRequest {
  const headers = request.headers
    .map(([name, value]): Header => [name.toLowerCase(), value])
    .filter(([name]) => !connectionHeaders.has(name))
    .flatMap(([name, value]): Header[] => {
      if (name !== 'te') return [[name, value]];
      return /(^|[,\s])trailers\s*(,|;|$)/i.test(value) ? [[name, 'trailers']] : [];
    });
  return { ...request, headers };
}

class RequestBuilder {
  private readonly headers: Header[] = [];
  private readonly uncertain = new Set<string>();
  private readonly notModelled: string[] = [];
  private readonly custom: CustomHeaders;
  private readonly chunked: boolean;
  private readonly formType: string;
  private length: BodyLength;
  private probe = false;

  constructor(
    private readonly settings: CurlSettings,
    private readonly url: CurlUrl,
    private readonly version: HttpVersion,
  ) {
    this.custom = new CustomHeaders(settings.headers);
    this.formType = this.custom.value('Content-Type') ?? 'multipart/form-data';
    this.length = bodyLength(settings, this.formType);
    this.chunked = Boolean(this.custom.value('Transfer-Encoding')?.match(/(^|[\s,])chunked/i));
  }

  build(defaultAuthority: string): BuiltRequest {
    const { settings, custom } = this;
    const hostLine = custom.find('Host');
    const authority =
      hostLine === undefined ? defaultAuthority : hostLine === 'Host:' ? null : this.asRead(hostLine.slice(5));
    this.addAuthorization();
    this.addRange();
    if (settings.userAgent !== '') this.addOwn('User-Agent', settings.userAgent ?? `curl/${curlVersion}`);
    if (!settings.json) this.addOwn('Accept', '*/*');
    if (settings.transferEncoding && !custom.has('TE')) {
      this.headers.push(['Connection', [custom.value('Connection'), 'TE'].filter(Boolean).join(', ')], ['TE', 'gzip']);
    }
    if (settings.compressed) this.addOwn('Accept-Encoding', 'deflate, gzip, br, zstd');
    if (settings.referer) this.addOwn('Referer', settings.referer);
    if (this.length === 'open' && !custom.has('Transfer-Encoding')) this.addChunked();
    if (settings.httpVersion === '2-upgrade' && this.url.scheme === 'http') {
      this.headers.push(
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', http2Settings],
      );
    }
    if (settings.cookies.length > 0) this.addOwn('Cookie', settings.cookies.join(';'));
    // Its date may be that of a file, which may not be there.
    if (settings.timeCondition && !custom.has(settings.timeCondition)) this.addPossible(settings.timeCondition);
    const lateHost = this.addCustom();
    this.addBody();
    return this.finish(authority ?? lateHost);
  }

  private finish(authority: string | null): BuiltRequest {
    const { settings, version, length } = this;
    const claims = version === '2' ? this.headers.filter(([name]) => /^content-length$/i.test(name)) : [];
    const isTrue = this.uncertain.has('content-length') || claims.every(([, claim]) => claim === String(length));
    const request: HttpRequest = {
      version,
      method: methodOf(settings),
      path: targetOf(settings, this.url),
      authority,
      headers: this.headers.map(([name, value]): Header => [name, this.asRead(value)]),
      ...(this.uncertain.size > 0 && { uncertainHeaders: [...this.uncertain] }),
      ...(!isTrue && { bodyLength: length === 'open' ? 'unknown' : length }),
    };
    const sent = version === '2' ? inHttp2(request) : request;
    return { request: sent, notModelled: [...this.notModelled, ...oddities(sent)] };
  }

  /** A value as it is read: HTTP/1 does not count the blanks around it, in HTTP/2 those behind it are sent. */
  private asRead(value: string): string {
    return this.version === '2' ? trimBlanksBefore(value) : trimBlanks(value);
  }

  /** A header of curl's own, unless -H names it. */
  private addOwn(name: string, value: string): void {
    if (!this.custom.has(name)) this.headers.push([name, value]);
  }

  /** A header whose value is not known. */
  private addUncertain(name: string, standIn: string): void {
    this.headers.push([name, standIn]);
    this.addPossible(name);
  }

  /** A header that may be there. */
  private addPossible(name: string): void {
    this.uncertain.add(name.toLowerCase());
  }

  private addAuthorization(): void {
    const credentials = authorization(this.settings, this.url);
    if (credentials.notModelled) this.notModelled.push(credentials.notModelled);
    if (credentials.probe && hasBody(this.settings)) {
      this.probe = true;
      this.length = 0;
    }
    if (credentials.value === undefined || this.custom.has('Authorization')) return;
    if (credentials.uncertain) this.addUncertain('Authorization', credentials.value);
    else this.headers.push(['Authorization', credentials.value]);
  }

  private addRange(): void {
    const { settings, custom } = this;
    const resume = settings.resumeFrom;
    const toFile = settings.output !== null && settings.output !== '-';
    const uploads = this.settings.kind === 'PUT' || this.settings.kind === 'POST';
    // -C - means the size of a local file, or for an upload the whole of it.
    const open = resume === '-' && (toFile || settings.kind === 'PUT');
    const from = resumes(settings) ? `${resume}-` : settings.range;
    if (from === null && !open) return;
    if (!uploads) {
      if (settings.kind === 'FORM' || custom.has('Range')) return;
      if (open) this.addPossible('Range');
      else this.headers.push(['Range', `bytes=${from}`]);
    } else if (!custom.has('Content-Range')) {
      const certain = typeof this.length === 'number' && resume === null;
      if (certain) this.headers.push(['Content-Range', `bytes ${from}/${this.length}`]);
      else this.addPossible('Content-Range');
    }
  }

  private addChunked(): void {
    if (this.version === '1.0') {
      throw new TargetError(
        'HTTP/1.0 cannot upload what has no size, such as standard input or a device (curl exits with 25)',
        'leave out -0, or upload a file',
        undefined,
        25,
      );
    }
    this.headers.push(['Transfer-Encoding', 'chunked']);
  }

  /** Adds the -H headers; gives the Host among them, which comes through when an earlier `-H Host:` removed curl's own. */
  private addCustom(): string | null {
    const { settings, custom } = this;
    let lateHost: string | null = null;
    for (const [name, value] of custom.sent()) {
      const lower = name.toLowerCase();
      if (lower === 'host') {
        lateHost ??= this.asRead(value);
        continue;
      }
      if (lower === 'content-type' && settings.kind === 'FORM') continue;
      if (lower === 'content-length' && this.probe) continue;
      if (lower === 'connection' && settings.transferEncoding && !custom.has('TE')) continue;
      this.headers.push([name, value]);
    }
    if (settings.json) {
      if (!custom.has('Content-Type')) this.headers.push(['Content-Type', 'application/json']);
      if (!custom.has('Accept')) this.headers.push(['Accept', 'application/json']);
    }
    if (settings.etagCompare) this.addUncertain('If-None-Match', '""');
    return lateHost;
  }

  private addBody(): void {
    const { settings, custom, length } = this;
    if (!hasBody(settings)) return;
    if (!this.chunked && length !== 'open' && (this.probe || !custom.has('Content-Length'))) {
      if (length === 'unknown') this.addUncertain('Content-Length', '1');
      else this.headers.push(['Content-Length', String(length)]);
    }
    if (settings.kind === 'POST' && !settings.json) this.addOwn('Content-Type', 'application/x-www-form-urlencoded');
    if (settings.kind === 'FORM' && !this.probe) {
      this.headers.push(['Content-Type', `${this.formType}; boundary=${formBoundary}`]);
    }
    this.addExpect();
  }

  /** curl asks first before a big body, and before any upload. */
  private addExpect(): void {
    const { custom, length } = this;
    if (this.version !== '1.1' || custom.has('Expect')) return;
    if (length === 'unknown') this.addPossible('Expect');
    else if (length === 'open' || length > expectThreshold) this.headers.push(['Expect', '100-continue']);
  }
}
