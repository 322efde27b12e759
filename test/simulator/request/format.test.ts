import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  formatCurl,
  parseCurl,
  parseTarget,
  TargetError,
  type HttpRequest,
  type Target,
} from '../../../src/lib/simulator/request/index.js';
import type { CurlGolden } from './golden.js';

/** What has to survive printing: the wire, not the wording. */
function wire(target: Target): object {
  const http = { ...target.http, uncertainHeaders: [] };
  return { ...target, command: '', notModelled: [], http };
}

function assertRoundTrip(drawn: Target): void {
  // fast-check's records have no prototype.
  const target = structuredClone(drawn);
  const line = formatCurl(target);
  assert.deepEqual(wire(parseTarget(line)), wire(target), line);
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const ipv4 = fc.ipV4().filter((address) => address !== '0.0.0.0');
const host = fc.oneof(
  fc.constantFrom('example.com', 'Example.COM', 'a.b.example.', 'localhost', 'ftp.example', 'x_y.example'),
  ipv4,
  fc.constantFrom('::1', '2001:db8::1', 'fe80::a'),
);
const port = fc.oneof(fc.constantFrom(80, 443, 8080), fc.integer({ min: 1, max: 65535 }));
const dial = fc.oneof(
  fc.record({ host: fc.oneof(ipv4, fc.constantFrom('other.example', '2001:db8::9')), port }),
  fc.record({ host: ipv4, port, fallbacks: fc.array(ipv4, { minLength: 1, maxLength: 2 }) }),
);
const path = fc.oneof(
  fc.webPath().map((text) => `/${text.replace(/^\//, '')}`),
  fc.stringMatching(/^\/[ -~]{0,20}$/),
  fc.string({ unit: 'grapheme', maxLength: 10 }).filter((text) => !text.includes('\0')),
  fc.constantFrom('*', '/a/../b', '/a/./', '/{a,b}', '/[1-3]', '/a?b#c', '/%2e%2e/x', '/é?é', "/it's", '/..'),
);
const value = fc.stringMatching(/^(?:[!-~](?:[ -~]{0,20}[!-~])?)?$/);
const unusableNames = /^(?:host|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te)$/i;
const headerName = fc
  .oneof(token, fc.constantFrom('User-Agent', 'Accept', 'Content-Type', 'Content-Length', 'Cookie', 'Expect', 'Range'))
  .filter((name) => !unusableNames.test(name));
const defaults: [string, string][] = [
  ['User-Agent', 'curl/7.88.1'],
  ['Accept', '*/*'],
];
const headers = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(headerName, value), { maxLength: 4 }), fc.integer({ min: -9, max: 9 }))
  .map(([usual, list, length]): [string, string][] => [
    ...(usual ? defaults : []),
    ...list,
    ...(length < 0 ? [] : ([['Content-Length', String(length)]] as [string, string][])),
  ]);

const version = fc.constantFrom('1.0', '1.1', '2');
const http = fc
  .record({
    version,
    method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE'), token),
    path,
    authority: fc.oneof(fc.constantFrom(null, '', 'other.example:8080'), fc.domain()),
    headers,
  })
  .map((request): HttpRequest => {
    if (request.version !== '2') return request;
    const lower = request.headers.map(([name, text]): [string, string] => [name.toLowerCase(), text]);
    // a length that is not that of a body cannot be sent
    return { ...request, headers: lower.filter(([name]) => name !== 'content-length') };
  });

const target = fc
  .record({ isTls: fc.boolean(), host, port, dial: fc.option(dial), http, alpn: fc.nat(2), fail: fc.boolean() })
  .map((drawn): Target => {
    const isIp = /^[0-9.]+$|:/.test(drawn.host);
    const name = drawn.host;
    // Where the URL itself leads.
    const own = name === 'localhost' ? '127.0.0.1' : name.replace(/\.$/, '');
    const common = {
      command: '',
      host: name,
      port: drawn.port,
      dial: drawn.dial ?? { host: own, port: drawn.port },
      serverFirst: false,
      failOnHttpError: drawn.fail,
      notModelled: [],
    };
    if (!drawn.isTls) return { ...common, scheme: 'http', http: drawn.http };
    const version = drawn.http.version === '2' ? '1.1' : drawn.http.version;
    const alpn = [version === '1.0' ? ['http/1.0'] : ['h2', 'http/1.1'], version === '1.0' ? [] : ['http/1.1'], []][
      drawn.alpn
    ]!;
    const sni = isIp ? null : name.toLowerCase().replace(/\.$/, '');
    return { ...common, scheme: 'https', http: { ...drawn.http, version }, tls: { sni, alpn } };
  });

describe('formatCurl', () => {
  it('prints what a person would write', () => {
    for (const line of [
      'curl http://httpbin.org/get',
      'curl https://httpbin.org:8443/get',
      "curl -X DELETE -H 'x-env: prod' http://httpbin.org/get",
      "curl -f -I -A Mozilla -H 'Host: other.example' --resolve httpbin.org:80:192.0.2.1 http://httpbin.org/get",
      "curl --http2-prior-knowledge 'http://httpbin.org/get?x=1'",
      'curl --no-alpn https://httpbin.org/',
      'curl --http1.1 https://httpbin.org/',
      'curl -0 --connect-to httpbin.org:80:other.example:8080 http://httpbin.org/',
      'curl --path-as-is http://httpbin.org/a/../b',
      "curl -g 'http://httpbin.org/{a,b}'",
      "curl --request-target '*' http://httpbin.org/",
      "curl -H 'x-empty;' http://httpbin.org/",
      "curl --http2-prior-knowledge -H 'content-length: 4' http://httpbin.org/",
      "curl --http2-prior-knowledge -H 'content-length: 4' --data-raw xxx http://httpbin.org/",
      'curl --data-raw xxx http://httpbin.org/post',
      'curl http://[::1]:8080/',
      'tcp://db.example.com:3306 --server-first',
      'tcp://[2001:db8::1]:25',
      'tcp://db.example.com:25 --resolve db.example.com:25:192.0.2.7',
      'tls://db.example.com:443 --alpn a,b',
      'tls://db.example.com:443 --sni x --alpn a',
      'tls://db.example.com:443 --no-sni',
      'udp://db.example.com:53',
      "curl -H 'content-length: 3' http://httpbin.org/",
      `curl --data-raw ${'x'.repeat(256)} http://httpbin.org/`,
      "curl --path-as-is -g 'http://httpbin.org/{a}/../b'",
      'curl --haproxy-protocol http://httpbin.org/',
      "curl -H 'Host;' http://httpbin.org/",
      "curl -H 'accept: b' -H 'user-agent: a' http://httpbin.org/",
      "curl -H 'X: 1' -H 'User-Agent: a' -H 'ACCEPT: b' http://httpbin.org/",
      'curl -H Host: http://httpbin.org/',
      'curl --resolve 192.0.2.1:80:192.0.2.1,192.0.2.2 http://192.0.2.1/',
      'curl --connect-to 192.0.2.1:443::8443 --resolve 192.0.2.1:8443:192.0.2.9 https://192.0.2.1/',
    ]) {
      // The brackets of an address are quoted.
      const expected = line.replace(/(\S*\[[0-9a-f:]+\]\S*)/, "'$1'");
      assert.equal(formatCurl(parseTarget(line)), expected);
    }
  });

  it('keeps headers in any place', () => {
    const usual = parseTarget('http://a.example/');
    const [agent, accept] = defaults as [[string, string], [string, string]];
    const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];
    const length = (value: string): [string, string] => ['Content-Length', value];
    const lists: [string, string][][] = [
      [],
      [agent],
      [accept],
      [accept, agent],
      [['X', '1'], accept],
      [agent, ['X', '1']],
      [agent, ['Accept', 'x']],
      [['User-Agent', ''], accept],
      [['user-agent', 'x'], accept],
      [['X', '1'], agent, accept],
      [agent, accept, ['user-agent', 'x']],
      [agent, accept, ['Accept', 'x']],
      [agent, accept, ['X', '1'], ['ACCEPT', 'x']],
      [agent, accept, ['X', 'accept'], ['Y', 'user-agent']],
      [agent, accept, length('3'), form],
      [agent, accept, length('3')],
      [agent, accept, form],
      [agent, accept, form, length('3')],
      [length('3'), form],
      [form],
      [agent, accept, form, length('3'), form],
      [['content-type', 'a'], agent, accept, length('3'), form],
      [agent, accept, ['content-type', 'a'], length('3'), form],
      [agent, accept, length('3'), ['Content-Type', 'a'], form],
      [agent, accept, ['content-length', '5'], length('3'), form],
      [agent, accept, ['Transfer-Encoding', 'chunked'], length('3'), form],
      [agent, accept, ['content-length', '3'], form],
      ...['', '0', '003', '+3', '3.0', '3e1', '0x3', '300', '1000', 'x'].map((value) => [
        agent,
        accept,
        length(value),
        form,
      ]),
    ];
    for (const list of lists)
      for (const method of ['GET', 'POST', 'HEAD'])
        assertRoundTrip({ ...usual, http: { ...usual.http!, method, headers: list } });
    const h2 = parseTarget('curl --http2-prior-knowledge http://a.example/');
    for (const bodyLength of [3, 256])
      for (const types of [[], [form[1]], ['a', form[1]], [form[1], 'a']])
        assertRoundTrip({
          ...h2,
          http: {
            ...h2.http!,
            method: 'POST',
            headers: [
              ...h2.http!.headers,
              ['content-length', '5'],
              ...types.map((type): [string, string] => ['content-type', type]),
            ],
            bodyLength,
          },
        });
    assert.doesNotMatch(formatCurl(parseTarget(`curl --data-raw ${'x'.repeat(257)} http://a.example/`)), /--data/);
  });

  it('leads to any address', () => {
    for (const url of ['http://a.example/', 'http://192.0.2.1/', 'http://[2001:db8::1]:8080/', 'http://localhost/']) {
      const usual = parseTarget(url);
      for (const dial of [
        { host: 'other.example', port: 80 },
        { host: '192.0.2.1', port: 80 },
        { host: '192.0.2.1', port: 8080 },
        { host: '192.0.2.1', port: 80, fallbacks: ['192.0.2.2', '192.0.2.3'] },
        { host: '192.0.2.1', port: 81, fallbacks: ['192.0.2.2'] },
        { host: '2001:db8::1', port: 8080 },
        { host: '2001:db8::1', port: 8080, fallbacks: ['2001:db8::2'] },
      ])
        assertRoundTrip({ ...usual, dial });
    }
  });

  it('round-trips every recorded command line', () => {
    const file = readFileSync(new URL('curl-golden.json', import.meta.url), 'utf8');
    let count = 0;
    for (const { args } of Object.values((JSON.parse(file) as CurlGolden).groups).flat()) {
      let parsed: Target;
      try {
        parsed = parseCurl(args);
      } catch (error) {
        assert.ok(error instanceof TargetError);
        continue;
      }
      assertRoundTrip(parsed);
      count++;
    }
    assert.ok(count > 700, String(count));
  });

  it('round-trips any request', () => {
    fc.assert(fc.property(target, assertRoundTrip), { numRuns: 2000 });
  });

  it('round-trips raw TCP', () => {
    const raw = fc.record({
      host: fc.oneof(fc.domain(), ipv4),
      port,
      serverFirst: fc.boolean(),
      dial: fc.option(dial),
    });
    fc.assert(
      fc.property(raw, ({ host, port, serverFirst, dial }) => {
        const shared = { command: '', scheme: 'tcp', failOnHttpError: false, notModelled: [] } as const;
        assertRoundTrip({ ...shared, host, port, serverFirst, dial: dial ?? { host, port } });
      }),
    );
  });

  it('moves the server name into the URL when it is not the host', () => {
    const usual = parseTarget('https://a.example/');
    const line = formatCurl({ ...usual, tls: { sni: 'b.example', alpn: [] }, dial: { host: '192.0.2.1', port: 443 } });
    const back = parseTarget(line);
    assert.deepEqual(back.tls, { sni: 'b.example', alpn: [] });
    assert.equal(back.http!.authority, 'a.example');
    assert.deepEqual(back.dial, { host: '192.0.2.1', port: 443 });
    const none = formatCurl({
      ...usual,
      tls: { sni: null, alpn: ['h2', 'http/1.1'] },
      dial: { host: '192.0.2.1', port: 443 },
    });
    assert.equal(none, "curl -H 'Host: a.example' https://192.0.2.1/");
    const named = formatCurl({ ...usual, tls: { ...usual.tls!, sni: null }, dial: { host: 'b.example', port: 443 } });
    assert.equal(named, 'curl --connect-to a.example:443:b.example:443 https://a.example/');
  });

  it('says of a name that no search domain is tried for it', () => {
    for (const line of ['http://a.b./', 'curl --connect-to a.b:80:c.d.:80 http://a.b/', 'nc a.b. 80']) {
      const target = parseTarget(line);
      assert.equal(target.dial.isAbsolute, true, line);
      assert.deepEqual(parseTarget(formatCurl(target)).dial, target.dial, line);
    }
    const dotless = { ...parseTarget('http://a.b./'), dial: { host: 'a.b', port: 80 } };
    assert.deepEqual(parseTarget(formatCurl(dotless)).dial, dotless.dial);
  });
});
