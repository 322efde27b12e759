import assert from 'node:assert/strict';
import { detect, detectionDelay } from '../../src/lib/simulator/envoy/detection.js';
import { inspectHttp, readRequest } from '../../src/lib/simulator/envoy/http-codec.js';
import type { Listener } from '../../src/lib/simulator/envoy/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import type { HttpRequest } from '../../src/lib/simulator/request/types.js';

const request = (words: string) => parseTarget(`curl ${words} http://127.0.0.1:18080/x`).http!;

/** Curl's words, and what Envoy 1.36.4 answered to them: its own status, `route` when it looked for a route; to HTTP/2 also the end of it. */
const OBSERVED: readonly [words: string, seen: number | 'route' | 'not http' | 'stream ends'][] = [
  ['', 'route'],
  ['-X PROPFIND', 'route'],
  ['-X PURGE', 'route'],
  ['-X FOO', 'not http'],
  ['-X get', 'not http'],
  ['-X QUERY', 'not http'],
  ['-X MSEARCH', 'not http'],
  ['-X M-SEARCH', 400],
  ['-X CONNECT', 400],
  ['-0', 426],
  ["-0 -H 'Connection: Upgrade' -H 'Upgrade: websocket'", 426],
  ["-H 'Host:'", 400],
  ["-H 'Host;'", 'route'],
  ["-H 'Host: a b'", 400],
  ["-H 'Host: a/b'", 400],
  ["-H 'Host: é'", 400],
  ["-H 'Host: a_b'", 'route'],
  ["-H 'Host: a:b:c'", 'route'],
  ['--request-target foo', 'not http'],
  ["--request-target '*' -X OPTIONS", 404],
  ["--request-target '/a#b'", 400],
  ["--request-target '/a?b#c'", 400],
  ['--request-target http://other.test/y', 'route'],
  ['--request-target https://other.test/y', 'route'],
  ['--request-target ftp://other.test/y', 400],
  ["-H 'Connection: Upgrade' -H 'Upgrade: websocket'", 'route'],
  ["-H 'Connection: Upgrade' -H 'Upgrade: foo'", 'route'],
  ["-H 'Connection: host'", 400],
  ["-H 'Connection: host' --request-target http://other.test/y", 'route'],
  ["-H 'Connection: x-forwarded-for' --request-target http://other.test/y", 400],
  ["-H 'Transfer-Encoding: gzip'", 501],
  ["-H 'Transfer-Encoding: gzip, chunked'", 501],
  ["-H 'Transfer-Encoding: chunked' -H 'Transfer-Encoding: chunked'", 501],
  ["-H 'Transfer-Encoding: Chunked'", 'route'],
  ["-H 'Transfer-Encoding: chunked' -X CONNECT", 501],
  ["-0 -H 'Transfer-Encoding: deflate'", 501],
  ["-H 'Transfer-Encoding: gzip' -d a", 400],
  ["-H 'Host:' -H 'Transfer-Encoding: gzip'", 501],
  ["-0 -H 'Content-Length: 1' -H 'Content-Length: 1'", 400],
  ["-0 -H 'a b: c'", 400],
  ["-H 'a b: c'", 400],
  ["-H 'x(y): c'", 400],
  ["-H 'x_y: c'", 'route'],
  ["--request-target '/a b'", 'not http'],
  ["-H 'Upgrade: foo'", 'route'],
  ['--http2', 'route'],
  ["-H 'Transfer-Encoding: chunked' -H 'Content-Length: 3' -d abc", 400],
  [`-H 'X-Big: ${'a'.repeat(59_000)}'`, 'route'],
  [`-H 'X-Big: ${'a'.repeat(61_440)}'`, 431],
  [Array.from({ length: 95 }, (_, i) => `-H 'x${i}: 1'`).join(' '), 'route'],
  [Array.from({ length: 101 }, (_, i) => `-H 'x${i}: 1'`).join(' '), 431],
  ['--http2-prior-knowledge -X FOO', 'route'],
  ["--http2-prior-knowledge -H 'Content-Length: 3' -d abc", 'route'],
  ["-H 'Transfer-Encoding: chunked' -H 'Transfer-Encoding;'", 'route'],
  ["-H 'Transfer-Encoding;'", 501],
  ["-H 'Transfer-Encoding;' -H 'Transfer-Encoding;'", 501],
  ["-H 'Transfer-Encoding: gzip' -H 'Transfer-Encoding;'", 501],
  // without an inspector in front, before a service of the mesh
  ["-H 'Transfer-Encoding: gzip' --request-target foo", 400],
  ["-H 'Transfer-Encoding: gzip' --request-target a:b", 400],
  ["-H 'Transfer-Encoding: gzip' --request-target 'http://a#b'", 400],
  ["-H 'Transfer-Encoding: gzip' --request-target ftp://a/", 501],
  ["-H 'Transfer-Encoding: gzip' --request-target http://", 501],
  ["-0 -H 'Connection: host'", 426],
  ["-0 -H 'Connection: :path'", 400],
  ["-0 -H 'Connection: x-forwarded-for'", 400],
  ["-0 -H 'Connection: a,b,c,d,e,f,g,h,i,j,k,l'", 400],
  ["-H 'Connection: :path' -H 'Transfer-Encoding: gzip'", 501],
  ["-H 'Connection: :path' -X CONNECT --request-target a:1", 404],
  ["-H 'Connection: :path' -X OPTIONS --request-target '*'", 400],
  ["-H 'Connection: host' -X OPTIONS --request-target '*'", 400],
  ["-H 'Connection: host' -H 'Connection: Upgrade' -H 'Upgrade: websocket'", 'route'],
  ["-0 -X OPTIONS --request-target '*'", 426],
  ["--http2-prior-knowledge --request-target '/a b'", 'stream ends'],
  // with the library of Envoy 1.22
  ["--http2-prior-knowledge -H 'Content-Length: +3' -d abc", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length: 3' -H 'Content-Length: 3' -d abc", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length: 1' -d abc", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length: 1'", 'stream ends'],
  ["--http2-prior-knowledge -I -H 'Content-Length: 1'", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length: 1' -T -", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length;' -d abc", 'stream ends'],
  ["--http2-prior-knowledge -H 'Content-Length: 0' -H 'Content-Length: 1'", 'stream ends'],
  ["--http2-prior-knowledge -H 'Host:'", 'stream ends'],
  ["--http2-prior-knowledge -H 'Host: a b'", 'stream ends'],
  [`--http2-prior-knowledge ${Array.from({ length: 94 }, (_, i) => `-H 'x${i}: 1'`).join(' ')}`, 'route'],
  [`--http2-prior-knowledge ${Array.from({ length: 95 }, (_, i) => `-H 'x${i}: 1'`).join(' ')}`, 'stream ends'],
];

/** A header that was sent, and whether a route that wants it (`.*`) was taken. */
const HEADERS_SEEN: readonly [words: string, header: string, seen: string | undefined][] = [
  ['', 'x-forwarded-proto', 'http'],
  ["-H 'Connection: keep-alive'", 'connection', undefined],
  ["-H 'Connection: Upgrade' -H 'Upgrade: websocket'", 'connection', 'Upgrade'],
  ["-H 'TE: trailers'", 'te', 'trailers'],
  ["-H 'TE: gzip'", 'te', undefined],
  ['--http2', 'upgrade', undefined],
  ["-d abc -H 'Expect: 100-continue'", 'expect', undefined],
  ['-d abc', 'content-length', '3'],
  ["-H 'Connection: Upgrade' -H 'Upgrade: foo'", 'upgrade', 'foo'],
  ["--http2-prior-knowledge -H 'X-A:  a b  '", 'x-a', 'a b  '],
  ["-H 'X-A:   a b  '", 'x-a', 'a b'],
  ["-H 'X-A;'", 'x-a', ''],
  ['', 'x-forwarded-for', undefined],
  ["-H 'X-A: 1' -H 'x-a: 2'", 'x-a', '1,2'],
  ["-H 'X-A: 1' -H 'x-a;'", 'x-a', '1,'],
  ["-H 'Content-Type: 1' -H 'content-type;'", 'content-type', '1'],
  ["-H 'Content-Type;' -H 'content-type: 1'", 'content-type', '1'],
  ["-A '' -H 'User-Agent: 1' -H 'User-Agent: 2'", 'user-agent', '1,2'],
  ["--http2-prior-knowledge -H 'Referer: 1' -H 'referer;'", 'referer', '1'],
];

describe('what Envoy makes of an HTTP request before it looks for a route', () => {
  for (const [words, seen] of OBSERVED) {
    it(`${words.slice(0, 80) || 'a plain request'}: ${seen}`, () => {
      const read = readRequest(request(words));
      if (seen === 'not http') assert.equal(inspectHttp(request(words)), 'not-http');
      else if (seen === 'stream ends') assert.equal(read.result, 'incomputable');
      else if (seen === 'route') assert.equal(read.result, 'request');
      else assert.equal(read.result === 'local-reply' && read.status, seen);
    });
  }

  for (const [words, header, seen] of HEADERS_SEEN) {
    it(`${words || 'a plain request'}: ${header} is ${seen === undefined ? 'not there' : JSON.stringify(seen)}`, () => {
      const read = readRequest(request(words));
      assert.equal(read.result === 'request' && read.request.headers.get(header), seen);
    });
  }

  it('remembers an upgrade that it refuses where a route matches', () => {
    const refused = (upgrade: string) => {
      const read = readRequest(request(`-H 'Connection: Upgrade' -H 'Upgrade: ${upgrade}'`));
      return read.result === 'request' && read.refusedUpgrade;
    };
    assert.equal(refused('FOO'), 'foo');
    assert.equal(refused('foo,websocket'), 'foo,websocket');
    assert.equal(refused('websocket'), undefined);
    assert.equal(refused('h2c'), undefined);
  });

  it('looks for a route by method and path, without the query', () => {
    const routed = (words: string) => {
      const read = readRequest(request(words));
      return read.result === 'request' && `${read.request.method} ${read.request.path}`;
    };
    for (const version of ['--http1.1', '--http2-prior-knowledge']) {
      assert.equal(routed(`${version} -X PUT`), 'PUT /x');
      assert.equal(routed(`${version} --request-target '/a/b?c?d'`), 'GET /a/b');
    }
    const answered = readRequest({ ...request(''), path: 'foo' });
    assert.equal(answered.result === 'local-reply' && answered.status, 400, 'no path at all');
  });

  it('takes HTTP/2 for HTTP whatever is asked', () => {
    assert.equal(inspectHttp({ ...request('--http2-prior-knowledge'), method: 'FOO', path: 'a b' }), 'http');
  });

  it('takes host and path from an absolute URL', () => {
    const read = readRequest(request('--request-target http://other.test/y?z'));
    assert.ok(read.result === 'request');
    assert.equal(read.authority, 'other.test');
    assert.equal(read.request.path, '/y');
  });
});

describe('the limits and forms of a request (egress semantics §5)', () => {
  const plain: HttpRequest = { version: '1.1', method: 'GET', path: '/', authority: 'a.org', headers: [] };
  const read = (parts: Partial<HttpRequest>) => readRequest({ ...plain, ...parts });
  const status = (parts: Partial<HttpRequest>) => {
    const found = read(parts);
    return found.result === 'local-reply' ? found.status : found.result;
  };
  const why = (parts: Partial<HttpRequest>) => {
    const found = read(parts);
    return found.result === 'request' ? '' : found.why;
  };
  const header = (parts: Partial<HttpRequest>, name: string) => {
    const found = read(parts);
    return found.result === 'request' ? found.request.headers.get(name) : found.result;
  };
  const http2 = { version: '2' } as const;

  it('a first line of over 16 KiB is waited for, its line end included', () => {
    const inspect = (method: string, length: number) =>
      inspectHttp({ ...plain, method, path: '/'.padEnd(length, 'a') });
    assert.deepEqual([inspect('GET', 16_369), inspect('GET', 16_370)], ['http', 'never']);
    assert.deepEqual([inspect('POST', 16_368), inspect('POST', 16_369)], ['http', 'never']);
  });

  it('the inspector takes a path, *, a URL with something behind its scheme, and anything with CONNECT', () => {
    const inspect = (path: string, method = 'GET') => inspectHttp({ ...plain, method, path });
    for (const path of ['/', '*', 'http://a', 'HTTP://a/', 'x+y-1.z://a', 'http://?x', 'http:///x'])
      assert.equal(inspect(path), 'http', path);
    for (const path of ['a', '?http://a/', '1x://a', 'http://', 'http://#x', 'http://a#x', 'http:/a', '/a b'])
      assert.equal(inspect(path), 'not-http', path);
    for (const path of ['a:1', 'a']) assert.equal(inspect(path, 'CONNECT'), 'http', path);
    assert.equal(inspect('/', 'FOO'), 'not-http');
  });

  it('the reader stops at a first line that it does not know', () => {
    for (const parts of [
      { path: '/a b' },
      { method: 'FOO' },
      { method: 'M-SEARCH' },
      { path: 'http://a#x' },
      { path: 'a' },
    ])
      assert.equal(why(parts), 'it cannot read the first line', JSON.stringify(parts));
  });

  it('a whole URL has its own host and scheme, a path to be followed, and at most one @', () => {
    const target = (path: string) => {
      const found = read({ path });
      return found.result === 'request'
        ? [found.authority, found.request.headers.get(':path'), found.request.headers.get(':scheme')].join(' ')
        : status({ path });
    };
    assert.equal(target('http://b.org'), 'b.org / http');
    assert.equal(target('HTTPS://b.org:81/x?y'), 'b.org:81 /x?y https');
    assert.equal(target('http://user@b.org/x'), 'b.org /x http');
    for (const path of ['ftp://b.org/', 'http://a@b@c/', 'http:///x', 'http://:81/', 'http://user@/'])
      assert.equal(target(path), 400, path);
    assert.equal(target('http://b.org?x'), 404, 'which does not begin with /');
    assert.equal(target('*'), 400);
    assert.equal(status({ path: '*', method: 'OPTIONS' }), 404);
    const long = `ftp://${'b'.repeat(40)}`;
    assert.equal(why({ path: long }), `it cannot use the request target ${long.slice(0, 39)}…`);
    const fitting = long.slice(0, 40);
    assert.equal(why({ path: fitting }), `it cannot use the request target ${fitting}`);
    assert.match(why({ path: long.slice(0, 41) }), /…$/);
  });

  it('CONNECT wants a host and a port, and has no route', () => {
    const connect = (path: string) => status({ method: 'CONNECT', path });
    assert.deepEqual(
      [connect('a.org:1'), connect('a:1x'), connect('/a:1'), connect('x/a:1'), connect('a')],
      [404, 400, 400, 400, 400],
    );
  });

  it('the scheme is that of X-Forwarded-Proto, which is not one when it is empty', () => {
    const proto = (value: string) => header({ headers: [['X-Forwarded-Proto', value]] }, ':scheme');
    assert.deepEqual([proto('https'), proto('HTTPS'), proto('http'), proto('x')], ['https', 'https', 'http', 'http']);
    assert.equal(header({}, ':scheme'), 'http');
    assert.equal(header({ headers: [['X-Forwarded-Proto', '']] }, 'x-forwarded-proto'), undefined);
    assert.equal(proto(''), undefined);
    assert.equal(header(http2, ':scheme'), 'http');
  });

  it('headers may be 100, the Host included, and 60 KiB with it and the path', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => [`x${index}`, '1'] as const);
    assert.deepEqual([status({ headers: many(99) }), status({ headers: many(100) })], ['request', 431]);
    assert.deepEqual(
      [status({ ...http2, headers: many(96) }), status({ ...http2, headers: many(97) })],
      ['request', 'incomputable'],
    );
    const big = (bytes: number) => ({
      headers: [['x', 'a'.repeat(bytes - 'x'.length - '/'.length - 'a.org'.length)] as const],
    });
    assert.deepEqual([status(big(61_440)), status(big(61_441))], ['request', 431]);
    assert.deepEqual(
      [status({ ...http2, ...big(61_440) }), status({ ...http2, ...big(61_441) })],
      ['request', 'incomputable'],
    );
    const hostless = { ...big(61_446), authority: null };
    assert.deepEqual([status({ ...hostless, headers: big(61_445).headers }), status(hostless)], [400, 431]);
    assert.match(why(big(61_441)), /^there are more than 100 headers, or they are larger than 60 KiB$/);
  });

  it('a Content-Length is one number', () => {
    const length = (...values: string[]) =>
      status({ headers: values.map((value) => ['content-length', value] as const) });
    assert.deepEqual(
      [
        length('1'),
        length(' 1 '),
        length('1\u00a0'),
        length('-1'),
        length('+1'),
        length('1x'),
        length('x'),
        length('1', '1'),
      ],
      [...['request', 'request'], ...[400, 400, 400, 400, 400, 400]],
    );
  });

  it('HTTP/2 is refused in other ways', () => {
    const problem = (parts: Partial<HttpRequest>) =>
      /^HTTP\/2 with (.*): Envoy ends the stream$/.exec(why({ ...http2, ...parts }))?.[1];
    const length = (value: string, bodyLength?: number | 'unknown') =>
      problem({ headers: [['content-length', value]], ...(bodyLength !== undefined && { bodyLength }) });
    const nothing = 'no path or no authority';
    assert.deepEqual(
      [problem({ authority: null }), problem({ method: 'CONNECT' }), problem({ path: 'a' })],
      [nothing, nothing, nothing],
    );
    assert.equal(problem({ path: '/a b' }), 'a space in the path');
    for (const authority of ['a@b', 'a b', 'a/b'])
      assert.equal(problem({ authority }), 'a malformed authority', authority);
    assert.equal(problem({ headers: [['a b', '']] }), 'a malformed header name');
    assert.match(problem({ headers: [['a', 'a'.repeat(62_000)]] }) ?? '', /60 KiB/);
    assert.match(problem({ headers: Array.from({ length: 100 }, () => ['a', '']) }) ?? '', /more than 100/);
    for (const value of ['+1', '1x', '', '1 ']) assert.match(length(value) ?? '', /malformed Content-Length/, value);
    assert.match(length('1', 'unknown') ?? '', /may not be/);
    assert.match(length('1', 2) ?? '', /is not the length/);
    assert.deepEqual([length('2', 2), length('2'), problem({})], [undefined, undefined, undefined]);
    assert.deepEqual(
      [status({ ...http2, path: '/a#b' }), why({ ...http2, path: '/a#b' })],
      [400, 'the path has a fragment'],
    );
  });
});

describe('what the inspectors find out (egress semantics §3.1)', () => {
  const on = { filterChains: [], defaultFilterChain: undefined, detection: true, detectionDisabledPorts: new Map() };
  const at = { object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }, path: [] };
  const disabled = {
    ...on,
    detectionDisabledPorts: new Map([
      [443, at],
      [80, at],
    ]),
  };
  const found = (listener: Listener, line: string) => {
    const { state, serverName, applicationProtocols } = detect(listener, parseTarget(line));
    return [state, serverName, ...applicationProtocols];
  };

  it('is the server name and ALPN of TLS, and the version of HTTP', () => {
    assert.deepEqual(found(on, 'https://A.org/'), ['on', 'a.org', 'h2', 'http/1.1']);
    assert.deepEqual(found(on, 'https://192.0.2.1/'), ['on', '', 'h2', 'http/1.1']);
    assert.deepEqual(found({ ...on, plaintextOnly: true }, 'https://a.org/'), ['on', 'a.org']);
    assert.deepEqual(found(on, 'http://a.org/'), ['on', '', 'http/1.1']);
    assert.deepEqual(found(on, 'curl -0 http://a.org/'), ['on', '', 'http/1.0']);
    assert.deepEqual(found(on, 'curl --http2-prior-knowledge http://a.org/'), ['on', '', 'h2c']);
    assert.deepEqual(found(on, 'curl -X FOO http://a.org/'), ['on', '']);
    assert.deepEqual(found(on, 'tcp://a.org:80'), ['on', '']);
  });

  it('is nothing where they are not there, do not listen, or a PROXY header comes first', () => {
    for (const line of ['https://a.org/', 'http://a.org/']) {
      assert.deepEqual(found({ ...on, detection: false }, line), ['off', '']);
      assert.deepEqual(found(disabled, line), ['disabled', '']);
      assert.deepEqual(found(on, `curl --haproxy-protocol ${line}`), ['on', '']);
    }
  });

  it('takes 15 seconds where nothing comes, or not enough', () => {
    const delay = (line: string, listener: Listener = on) => {
      const target = parseTarget(line);
      return detectionDelay(listener, target, detect(listener, target).state);
    };
    const silent = 'tcp://a.org:443 --server-first';
    const long = `http://a.org/${'a'.repeat(17_000)}`;
    assert.deepEqual([delay(silent), delay(long), delay('tcp://a.org:443'), delay('http://a.org/')], [15, 15, 0, 0]);
    assert.deepEqual([delay(silent, disabled), delay(silent, { ...on, detection: false })], [0, 0]);
    assert.equal(delay(`curl --haproxy-protocol ${long}`), 0);
    assert.deepEqual(
      [2, null].map((detectionTimeout) => delay(silent, { ...on, detectionTimeout })),
      [2, null],
    );
  });
});
