import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ANY_PORT,
  domainLanguage,
  isInSpace,
  methodKindOf,
  methodKinds,
  normalPaths,
  requestLanguages,
  sentHeader,
} from '../../../src/lib/analysis/request-space/request-languages.js';
import { Component, Answer, type Condition, type Language } from '../../../src/lib/analysis/request-space/languages.js';
import { normalizedPath } from '../../../src/lib/simulator/envoy/path-normalization.js';
import { KNOWN_METHODS, readRequest } from '../../../src/lib/simulator/envoy/http-codec.js';
import { matcherOfAnySize } from '../../../src/lib/simulator/envoy/re2.js';
import { curlVersion, parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { HttpRequest } from '../../../src/lib/simulator/request/types.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const components = new Map<string, Component>();

/** What a condition makes of a text of a language, by their automata. */
function answerOf(language: Language, text: string, condition?: Condition): number {
  const key = JSON.stringify([language, condition]);
  const component = components.get(key) ?? new Component(language, condition);
  components.set(key, component);
  return component.answer(bytes(text).reduce((state, byte) => component.next(state, byte), component.start));
}

const request = (more: Partial<HttpRequest>): HttpRequest => ({
  version: '1.1',
  method: 'GET',
  path: '/',
  authority: 'a.test',
  headers: [],
  ...more,
});

describe('what a route asks of headers, asked of what clients send', () => {
  const NAMES = [
    'x-env',
    'x-forwarded-proto',
    'x-request-id',
    ':scheme',
    'content-length',
    'te',
    'expect',
    'user-agent',
    'connection',
    'x-envoy-internal',
    'transfer-encoding',
    ':protocol',
    'not a token',
  ];
  const PATTERNS = [
    'a',
    'A.*',
    '.*',
    '.+',
    'https?',
    'http',
    'https',
    '(?i)HTTPS',
    '[0-9]',
    'trailers',
    '.*-.*',
    '(?:)',
  ];
  const SENT: readonly HttpRequest['headers'][] = [
    [],
    ...['a', 'Ab', '', 'https', 'HTTPS', 'http', '7', '0'].flatMap((value) =>
      ['x-env', 'x-forwarded-proto', 'x-request-id', 'user-agent'].map((name): HttpRequest['headers'] => [
        [name, value],
      ]),
    ),
    [
      ['x-env', 'a'],
      ['X-Env', 'b'],
    ],
    [['te', 'trailers']],
    [['content-length', '7']],
    [['expect', 'a']],
    [['x-envoy-internal', 'a']],
  ];

  for (const name of NAMES) {
    it(`${name}: the conditions hold exactly if Envoy sees a header that matches`, () => {
      for (const pattern of PATTERNS) {
        const conditions = requestLanguages.conditions(name, pattern);
        for (const headers of SENT) {
          const sent = request({ headers });
          if (!headers.every(([own]) => belongs(sent, own.toLowerCase()))) continue;
          const read = readRequest(sent);
          assert.equal(read.result, 'request');
          const value = read.result === 'request' ? read.request.headers.get(name) : undefined;
          const expected = value !== undefined && matcherOfAnySize(pattern)!(value);
          const holds =
            conditions?.every(({ header, ifAbsent, ...condition }) => {
              const text = sentHeader(sent, header);
              return text === null
                ? ifAbsent
                : answerOf(requestLanguages.header(header), text, condition) === Answer.yes;
            }) ?? false;
          assert.equal(holds, expected, `${name}: ${pattern} of ${JSON.stringify(headers)}`);
        }
      }
    });
  }

  function belongs(sent: HttpRequest, name: string): boolean {
    return answerOf(requestLanguages.header(name), sentHeader(sent, name)!) === Answer.yes;
  }

  it('several values of a header count joined, in the order in which they are sent', () => {
    const headers: HttpRequest['headers'] = [
      ['X-Env', ' a '],
      ['x-other', 'x'],
      ['x-env', 'b'],
    ];
    assert.equal(sentHeader(request({ headers }), 'x-env'), 'a,b');
    assert.equal(sentHeader(request({ headers }), 'x-none'), null);
  });
});

describe('the method and the Host of an example', () => {
  it('are those that people use, where there are any', () => {
    assert.deepEqual(
      methodKinds.map(({ name, language }) => [name, language.preferred?.[0]]),
      methodKinds.map(({ name }) => [name, name === 'unknown' ? 'FROB' : 'GET']),
    );
    assert.deepEqual(domainLanguage(`WWW.a.test${ANY_PORT}`, []).preferred, ['www.a.test']);
  });
});

describe('the Hosts that Envoy compares with a domain', () => {
  const holds = (domain: string, specific: readonly string[], ...hosts: string[]) =>
    hosts.filter((host) => answerOf(domainLanguage(domain, specific), host) === Answer.yes);

  it('are those of the domain in any case, less those of domains that are compared before it', () => {
    assert.deepEqual(holds('a.test', [], 'a.test', 'A.TEST', 'b.a.test', 'axtest', ''), ['a.test', 'A.TEST']);
    const hosts = ['x.a.test', 'b.a.test', 'B.a.test', 'y.c.a.test', 'c.a.test', 'a.test', '.a.test'];
    assert.deepEqual(holds('*.a.test', [], ...hosts), hosts.slice(0, -2));
    assert.deepEqual(holds('*.a.test', ['b.a.test'], ...hosts), ['x.a.test', 'y.c.a.test', 'c.a.test']);
    assert.deepEqual(holds('*.a.test', ['b.a.test', '*.c.a.test'], ...hosts), ['x.a.test', 'c.a.test']);
    assert.deepEqual(holds('b.*', ['b.x*'], 'b.y', 'b.xy', 'b.x', 'b.', 'a.y'), ['b.y', 'b.x']);
    assert.deepEqual(domainLanguage('a.test', []), { pattern: '(?i)a\\.test', preferred: ['a.test'] });
  });

  it('have any port or none, and a dot at the end or none, where the port does not count', () => {
    const hosts = ['a.test', 'a.test.', 'a.test:80', 'a.test.:8080', 'a.test:', 'a.test:80:81', 'a.test:x', 'a.test..'];
    assert.deepEqual(holds(`a.test${ANY_PORT}`, [], ...hosts), hosts.slice(0, 4));
    assert.deepEqual(holds(`a.test:80${ANY_PORT}`, [], ...hosts), ['a.test:80:81']);
    assert.deepEqual(holds(`a.test:80${ANY_PORT}`, [], 'a.test:80.', 'a.test:80.:8'), ['a.test:80.', 'a.test:80.:8']);
    assert.deepEqual(holds(`*.test${ANY_PORT}`, [`a.test${ANY_PORT}`], ...hosts, 'b.test:9'), ['b.test:9']);
  });
});

describe('the headers of an example', () => {
  it('are what curl sends, where they do not have to be others', () => {
    const preferred = ['user-agent', 'accept', 'x-env'].map((name) => requestLanguages.header(name).preferred);
    assert.deepEqual(preferred, [[`curl/${curlVersion}`], ['*/*'], undefined]);
  });
});

describe('the kinds of methods', () => {
  it('hold each method once: those that Envoy takes alike, and those that HTTP/1 does not know', () => {
    assert.deepEqual(
      methodKinds.map(({ name, method }) => [name, method]),
      [
        ['usual', 'GET'],
        ['CONNECT', 'CONNECT'],
        ['M-SEARCH', 'M-SEARCH'],
        ['unknown', 'FROB'],
      ],
    );
    for (const method of [...KNOWN_METHODS, 'FROB', 'get', 'GETX', "it's"]) {
      const kinds = methodKinds.filter(({ language }) => answerOf(language, method) === Answer.yes);
      assert.deepEqual(
        kinds.map(({ name }) => name),
        [methodKindOf(method)],
        method,
      );
    }
    assert.deepEqual(['POST', 'CONNECT', 'M-SEARCH', 'BREW'].map(methodKindOf), [
      'usual',
      'CONNECT',
      'M-SEARCH',
      'unknown',
    ]);
  });

  it('have a language of tokens', () => {
    for (const method of ['', 'A B', 'A/B', 'É', 'A:', 'A(']) {
      assert.ok(
        methodKinds.every(({ language }) => answerOf(language, method) !== Answer.yes),
        method,
      );
    }
    assert.equal(answerOf(requestLanguages.method, "!#$%&'*+-.^_`|~09azAZ"), Answer.yes);
  });
});

describe('the requests of the space', () => {
  const lines: [boolean, string, Partial<HttpRequest>?][] = [
    [true, 'curl http://a.test/'],
    [true, 'curl http://a.test/', { path: '/~x?y=[1]{2}^|"`' }],
    [true, "curl -X 'A!b' http://a.test/"],
    [true, "curl -H 'TE: trailers' http://a.test/"],
    [true, "curl -H 'x-env: é x' http://a.test/"],
    [true, "curl -H 'x-env;' http://a.test/"],
    [true, "curl -d x -H 'Content-Length: 1' http://a.test/"],
    [true, "curl -H 'Expect: x' http://a.test/"],
    [true, "curl -H 'x-request-id: 7' http://a.test/"],
    [true, 'curl https://a.test/'],
    [true, 'curl https://a.test/', { authority: 'a b' }],
    [true, 'tcp://a.test:3306'],
    [false, "curl -H 'Connection: x' http://a.test/"],
    [false, "curl -H 'UPGRADE: x' http://a.test/"],
    [false, "curl -H 'Transfer-Encoding: chunked' http://a.test/"],
    [false, "curl -H 'TE: gzip' http://a.test/"],
    [false, "curl -H 'Expect: 100-Continue' http://a.test/"],
    [false, "curl -H 'x-request-id;' http://a.test/"],
    [false, "curl -H 'Content-Length: x' http://a.test/"],
    [false, "curl -H 'Host: a@b' http://a.test/"],
    [false, "curl -H 'Host:' http://a.test/"],
    [false, 'curl --haproxy-protocol http://a.test/'],
    [false, 'curl --http3 https://a.test/'],
    [false, 'curl -x http://proxy.test:3128 http://a.test/'],
    [false, 'curl -x http://proxy.test:3128 https://a.test/'],
    [false, 'curl -x socks5h://proxy.test:1080 http://a.test/'],
    [true, 'curl http://a.test/', { headers: Array.from({ length: 90 }, (_, at) => [`x-${at}`, '']) }],
    [false, 'curl http://a.test/', { headers: Array.from({ length: 91 }, (_, at) => [`x-${at}`, '']) }],
    [true, 'curl http://a.test/', { headers: [['x', 'a'.repeat(15_995)]] }],
    [false, 'curl http://a.test/', { headers: [['x', 'a'.repeat(15_996)]] }],
    [true, 'curl http://a.test/', { headers: [], path: `/${'a'.repeat(15_996)}` }],
    [false, 'curl http://a.test/', { headers: [], path: `/${'a'.repeat(15_997)}` }],
    [false, 'curl http://a.test/', { headers: [['x', ' a']] }],
    [false, 'curl http://a.test/', { headers: [['x', 'a\u0007b']] }],
    [false, 'curl http://a.test/', { headers: [['x y', 'a']] }],
    [false, 'curl http://a.test/', { path: '/a b' }],
    [false, 'curl http://a.test/', { path: '/a#b' }],
    [false, 'curl http://a.test/', { path: 'a' }],
    [false, 'curl http://a.test/', { path: '*' }],
    [false, 'curl http://a.test/', { method: 'A B' }],
    [false, 'curl http://a.test/', { authority: null }],
    [false, 'curl http://a.test/', { authority: 'a b' }],
    [false, 'curl http://a.test/', { authority: '' }],
    [false, 'curl http://a.test/', { uncertainHeaders: ['x'] }],
  ];
  for (const [expected, line, more] of lines) {
    const what = more ? JSON.stringify(more).slice(0, 60) : line;
    it(`${expected ? 'have' : 'do not have'} ${what}`, () => {
      const target = parseTarget(line);
      const http = target.http && { ...target.http, ...more };
      assert.equal(isInSpace({ ...target, ...(http && { http }) }), expected);
    });
  }

  it('have no UDP, and nothing that is not modelled', () => {
    const target = parseTarget('curl https://a.test/');
    assert.equal(isInSpace({ ...target, scheme: 'udp' }), false);
    assert.equal(isInSpace({ ...target, notModelled: ['x'] }), false);
  });
});

describe('paths as routes see them', () => {
  const how = fc.constantFrom('BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES');
  const piece = fc.oneof(
    fc.constantFrom('/', '/', '.', '..', '%', '%2', '%2f', '%5C', '%00', '%25', '\\', '?'),
    fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
    fc.integer({ min: 0x21, max: 0x7e }).map((byte) => String.fromCharCode(byte)),
  );
  const rest = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('').replaceAll('#', ''));

  it('are those that normalization makes, which it leaves as they are', () => {
    fc.assert(
      fc.property(how, rest, (way, text) => {
        const [, path, query] = /([^?]*)([^]*)/.exec(`/${text}`) as unknown as [string, string, string];
        assert.equal(answerOf(requestLanguages.path, path), Answer.yes);
        const languages = normalPaths(way);
        const seen = normalizedPath(path, way);
        for (const [language, end] of [
          [languages.path, ''],
          [languages.target, ''],
          [languages.target, query],
        ] as const) {
          assert.equal(answerOf(language, path + end) === Answer.yes, path === seen);
          if (seen !== undefined) assert.equal(answerOf(language, seen + end), Answer.yes);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
