import assert from 'node:assert/strict';
import { inspectHttp, readRequest } from '../../src/lib/simulator/envoy/http-codec.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';

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

  it('takes host and path from an absolute URL', () => {
    const read = readRequest(request('--request-target http://other.test/y?z'));
    assert.ok(read.result === 'request');
    assert.equal(read.authority, 'other.test');
    assert.equal(read.request.path, '/y');
  });
});
