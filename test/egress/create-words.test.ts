import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseHost } from '../../src/lib/command/words/hosts.js';
import { guessProtocol, parsePort, withProtocol } from '../../src/lib/command/words/ports.js';
import { egressProtocols } from '../../src/lib/resources/protocols.js';
import { parseRange } from '../../src/lib/command/words/ranges.js';
import { requireAnswers } from '../../src/lib/command/policy-flags.js';
import { items, parseAccount, parseNamespace, parseObjectName } from '../../src/lib/command/words/names.js';
import { buildPolicy, missingAnswers, type PolicyAnswers } from '../../src/lib/egress/create/build.js';
import { serialize, parseManifests } from '../../src/lib/resources/index.js';
import { UsageError } from '../../src/lib/errors.js';
import { parseCidr } from '../../src/lib/text/ip.js';
import { codesOf, inspect } from './support.js';

/** What a parser says: the value, or the error's hint. */
function told(parse: () => unknown): string {
  try {
    return JSON.stringify(parse());
  } catch (error) {
    assert.ok(error instanceof UsageError);
    assert.ok(error.hint, error.message);
    return `${error.message} | ${error.hint}`;
  }
}

describe('words of a policy: hosts', () => {
  for (const host of [
    'httpbin.org',
    'a',
    '*.example.com',
    'my_bucket.s3.amazonaws.com',
    '192.0.2.10',
    'xn--mnchen-3ya.de',
  ]) {
    it(`takes ${host}`, () => {
      assert.equal(parseHost(host), host);
    });
  }

  it('takes capitals as small letters', () => {
    assert.equal(parseHost('HttpBin.ORG'), 'httpbin.org');
  });

  const refused: [string, RegExp][] = [
    ['https://Foo.com/x', /scheme \| write --host foo\.com --port 443\/https$/],
    ['http://foo.com:8080', /write --host foo\.com --port 8080\/http$/],
    ['tcp://db:1', /write --host db --port 1\/PROTOCOL$/],
    ['foo.com:8443', /port, and a host has none \| write --host foo\.com --port 8443\/PROTOCOL$/],
    ['foo.com:', /write --host foo\.com$/],
    ['foo.com/get', /path.*write --host foo\.com; paths are for an HTTPRouteGroup/],
    ['foo.com?x=1', /path/],
    ['foo.com.', /dot.*write --host foo\.com$/],
    ['a b', /space/],
    ['foo..com', /empty part/],
    ['.foo.com', /empty part/],
    ['-x.com', /the part "-x"/],
    ['foo!.com', /the part "foo!"/],
    [`${'a'.repeat(64)}.com`, /64 characters.*at most 63/],
    [Array.from({ length: 50 }, () => 'abcdef').join('.'), /349 characters.*253/],
    ['*', /every host \| leave --host out/],
    ['*foo.com', /wildcard.*\*\.foo\.com/],
    ['api-*.foo.com', /wildcard.*\*\.foo\.com/],
    ['foo.*', /wildcard.*\*\.example\.com/],
    ['*.*.com', /wildcard.*\*\.com/],
    ['*.', /wildcard|dot/],
    ['münchen.de', /write --host xn--mnchen-3ya\.de/],
    ['*.münchen.de', /write --host \*\.xn--mnchen-3ya\.de/],
    ['1.2.3', /neither a name nor an IPv4 address/],
    ['300.1.1.1', /neither a name nor an IPv4 address/],
    ['010.0.0.1', /neither a name nor an IPv4 address/],
    ['::1', /IPv6/],
    ['[2001:db8::1]', /IPv6/],
  ];
  for (const [host, message] of refused) {
    it(`refuses ${host.slice(0, 40)}, and says what to write`, () => {
      assert.match(
        told(() => parseHost(host)),
        message,
      );
    });
  }

  it('law: takes it or says why; what is taken stays the same when read again', () => {
    const word = fc.oneof(fc.string(), fc.domain(), fc.stringMatching(/^[a-z*.:/-]{1,12}$/), fc.webUrl());
    fc.assert(
      fc.property(word, (host) => {
        let taken: string;
        try {
          taken = parseHost(host);
        } catch (error) {
          assert.ok(error instanceof UsageError && error.hint);
          return;
        }
        assert.equal(parseHost(taken), taken);
        assert.match(taken, /^(\*\.)?[a-z0-9_.-]+$/);
      }),
    );
  });
});

describe('words of a policy: ports', () => {
  it('takes every protocol', () => {
    for (const protocol of egressProtocols) assert.deepEqual(parsePort(`3306/${protocol}`), { number: 3306, protocol });
  });

  const refused: [string, RegExp][] = [
    ['80', /lacks the protocol \| write --port 80\/http$/],
    ['443', /write --port 443\/https$/],
    ['5432', /write --port 5432\/tcp$/],
    ['80/', /lacks the protocol/],
    ['http/80', /write --port 80\/http$/],
    ['80:http', /write --port 80\/http$/],
    ['http:80', /write --port 80\/http$/],
    ['80/HTTP', /capitals.*write --port 80\/http$/],
    ['443/Https', /capitals.*write --port 443\/https$/],
    ['80/htpp', /did you mean 80\/http\?/],
    ['80/tcp-server', /did you mean 80\/tcp-server-first\?/],
    ['443/tls', /did you mean 443\/https\?/],
    ['3306/mysql', /did you mean 3306\/tcp-server-first\?/],
    ['80/zzz', /the protocols are http, https, tcp, tcp-server-first$/],
    ['0/http', /1 to 65535/],
    ['65536/http', /1 to 65535/],
    ['99999999999999999999/tcp', /1 to 65535/],
    ['080/http', /begins with a zero/],
    ['-1/http', /no number/],
    ['x', /no number/],
    ['/http', /NUMBER\/PROTOCOL/],
    ['80/http/x', /unknown protocol/],
  ];
  for (const [port, message] of refused) {
    it(`refuses ${port}, and says what to write`, () => {
      assert.match(
        told(() => parsePort(port)),
        message,
      );
    });
  }

  it('guesses', () => {
    assert.deepEqual([80, 443, 8080, 3306].map(guessProtocol), ['http', 'https', 'tcp', 'tcp']);
    assert.deepEqual(['80', '443/tcp', 'x', '5432'].map(withProtocol), ['80/http', '443/tcp', 'x', '5432/tcp']);
  });
});

describe('words of a policy: ranges', () => {
  it('takes networks', () => {
    for (const range of ['10.0.0.0/8', '192.0.2.1/32', '0.0.0.0/0']) assert.equal(parseRange(range), range);
  });

  const refused: [string, RegExp][] = [
    ['10.0.0.1', /no prefix length \| for this one address write 10\.0\.0\.1\/32$/],
    ['10.0.0.1/8', /write 10\.0\.0\.0\/8 for the range, or 10\.0\.0\.1\/32 for the one address$/],
    ['10.0.0.0/33', /prefix length/],
    ['10.0.0.0/', /prefix length/],
    ['10.0.0.0/8/8', /prefix length|not an IPv4 range/],
    ['300.0.0.0/8', /not an IPv4 range/],
    ['010.0.0.0/8', /not an IPv4 range/],
    ['10.0.0/8', /not an IPv4 range/],
    ['x1.2.3.4/8', /not an IPv4 range/],
    ['2001:db8::/32', /IPv6/],
    ['::1', /IPv6/],
    ['all', /not an IPv4 range/],
  ];
  for (const [range, message] of refused) {
    it(`refuses ${range}, and says what to write`, () => {
      assert.match(
        told(() => parseRange(range)),
        message,
      );
    });
  }

  it('law: what is taken is what the control plane reads', () => {
    const octet = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(octet, octet, octet, octet, fc.integer({ min: 0, max: 40 }), (a, b, c, d, prefix) => {
        const range = `${a}.${b}.${c}.${d}/${prefix}`;
        try {
          assert.equal(parseRange(range), range);
          assert.ok(parseCidr(range));
        } catch (error) {
          assert.ok(error instanceof UsageError && error.hint);
        }
      }),
    );
  });
});

/** A policy in the words of a command line. */
interface Words {
  readonly name: string;
  readonly from: readonly string[];
  readonly host?: readonly string[];
  readonly port: readonly string[];
  readonly range?: readonly string[];
  readonly route?: readonly string[];
  readonly setting?: string | undefined;
}

function read({ name, from, host, port, range, route, setting }: Words): PolicyAnswers {
  return {
    name: parseObjectName(name),
    sources: from.flatMap(items(parseAccount)),
    hosts: host?.flatMap(items(parseHost)),
    ports: port.flatMap(items(parsePort)),
    ranges: range?.flatMap(items(parseRange)),
    routes: route?.flatMap(items(parseObjectName)),
    upstreamTrafficSetting: setting === undefined ? undefined : parseObjectName(setting),
  };
}

const build = (words: Words, namespace = 'curl') => buildPolicy(read(words), namespace);

const words: Words = { name: 'web', from: ['curl'], host: ['httpbin.org'], port: ['80/http'] };

describe('building a policy', () => {
  it('has the fields in the order in which they are read', () => {
    const policy = build(
      {
        name: 'all',
        from: ['curl/curl,shop/api', 'local'],
        host: ['a.com,B.com', 'a.com'],
        port: ['443/https', '80/http,443/https'],
        range: ['10.0.0.0/8'],
        route: ['get', 'get,post'],
        setting: 'slow',
      },
      'team',
    );
    assert.equal(
      JSON.stringify(policy),
      JSON.stringify({
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'Egress',
        metadata: { name: 'all', namespace: 'team' },
        spec: {
          sources: [
            { kind: 'ServiceAccount', name: 'curl', namespace: 'curl' },
            { kind: 'ServiceAccount', name: 'api', namespace: 'shop' },
            { kind: 'ServiceAccount', name: 'local', namespace: 'team' },
          ],
          hosts: ['a.com', 'b.com'],
          ports: [
            { number: 443, protocol: 'https' },
            { number: 80, protocol: 'http' },
          ],
          ipAddresses: ['10.0.0.0/8'],
          matches: [
            { apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'get' },
            { apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'post' },
            { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'slow' },
          ],
        },
      }),
    );
  });

  it('leaves out what is not said', () => {
    const { spec } = build({ name: 'db', from: ['x'], port: ['3306/tcp-server-first'] }, 'shop');
    assert.deepEqual(Object.keys(spec), ['sources', 'ports']);
  });

  it('names everything that is missing at once', () => {
    assert.deepEqual(missingAnswers({}), ['name', 'sources', 'ports']);
    assert.deepEqual(missingAnswers(read({ name: 'x', from: ['y'], port: ['80/http'] })), ['hosts']);
    assert.deepEqual(missingAnswers(read({ name: 'x', from: ['y'], port: ['443/https,80/http'] })), ['hosts']);
    assert.deepEqual(missingAnswers(read({ name: 'x', from: ['y'], port: ['443/https'] })), []);
    assert.match(
      told(() => requireAnswers({ name: 'x' })),
      /^--from, --port are missing/,
    );
  });

  const refused: [string, Partial<Words>, RegExp][] = [
    ['a name with capitals', { name: 'Web_1' }, /^"Web_1".*for example web-1$/],
    ['a name that is too long', { name: 'a'.repeat(254) }, /at most 253/],
    ['a source with three parts', { from: ['a/b/c'] }, /"a\/b\/c" is not \[namespace\/\]name/],
    ['a source without a name', { from: ['curl/'] }, /is not/],
    ['a source in a namespace that cannot be', { from: ['a.b/curl'] }, /"a\.b\/curl" is not/],
    ['a user name of the API server', { from: ['system:serviceaccount:shop:api'] }, /write shop\/api$/],
    ['an empty source', { from: [' , '] }, /^is empty/],
    ['a route with a bad name', { route: ['Get'] }, /^"Get".*for example get$/],
    ['a setting with a bad name', { setting: '' }, /^""/],
    [
      'a wildcard for http',
      { host: ['*.a.com'], port: ['443/https,80/http'] },
      /host "\*\.a\.com" does not work with the port 80\/http.*503.*policy of its own for https/,
    ],
  ];
  for (const [title, change, message] of refused) {
    it(`refuses ${title}`, () => {
      assert.match(
        told(() => build({ ...words, ...change })),
        message,
      );
    });
  }

  it('refuses a namespace that cannot be', () => {
    assert.match(
      told(() => parseNamespace('A')),
      /"A" cannot be the name of a namespace/,
    );
  });

  it('law: what is built is admitted, and reads back the same', () => {
    const pick = <T>(items: readonly T[], minLength = 0) => fc.subarray([...items], { minLength });
    const given: fc.Arbitrary<Words> = fc.record({
      name: fc.constantFrom('web', '1e3', '0x10', 'on', 'null', 'a.b-c'),
      from: pick(['curl/curl', 'no', '007', 'shop/true'], 1),
      host: pick(['httpbin.org', '*.a.com', '10.0.0.1', '1e3.com', 'y'], 1),
      port: pick(['80/http', '443/https', '3306/tcp-server-first', '1/tcp'], 1),
      range: pick(['10.0.0.0/8', '192.0.2.1/32']),
      route: pick(['get', 'off', '123']),
      setting: fc.constantFrom(undefined, 'slow', 'yes'),
    });
    fc.assert(
      fc.property(given, (one) => {
        let policy;
        try {
          policy = build(one);
        } catch (error) {
          assert.ok(error instanceof UsageError && /host "\*/.test(error.message));
          return;
        }
        const { objects, warnings } = parseManifests(serialize([policy]), 'out.yaml');
        assert.deepEqual([objects, warnings], [[policy], []]);
        const codes = codesOf(inspect(objects)).filter((code) => code !== 'listener-refused');
        assert.deepEqual(
          // an address is no server name, and TCP carries none, which is said and admitted
          codes.filter((code) => !/missing|routes$|^address-as-tls-host$|^hosts-on-tcp$/.test(code)),
          [],
        );
      }),
    );
  });
});
