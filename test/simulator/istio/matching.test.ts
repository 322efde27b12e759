import assert from 'node:assert/strict';
import type { HTTPMatchRequest, VirtualService } from '../../../src/lib/resources/istio-types.js';
import type { FieldRef, ServicePort } from '../../../src/lib/resources/types.js';
import { hostsOf, isWithin, meet, mostSpecific, qualified, selects } from '../../../src/lib/simulator/istio/hosts.js';
import { ANY_REQUEST, bothOf, conditionsOf } from '../../../src/lib/simulator/istio/http-match.js';
import { kindOfProtocol, kindOfServicePort } from '../../../src/lib/simulator/istio/protocols.js';
import { VirtualServiceIndex } from '../../../src/lib/simulator/istio/virtual-service-index.js';

/** How names, protocols and requests are compared; docs/istio-egress.md, §3 and §4. */

const AT: FieldRef = { object: { apiVersion: 'v1', kind: 'VirtualService', metadata: { name: 'v' } }, path: ['spec'] };

function virtualService(hosts: string[] | undefined, namespace: string | undefined = 'curl'): VirtualService {
  const metadata = { name: `v ${hosts?.join()}`, ...(namespace && { namespace }) };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec: { ...(hosts && { hosts }) } };
}

describe('names of hosts under Istio', () => {
  it('lie within themselves and wildcards that they end like', () => {
    const rows: [string, string, boolean][] = [
      ['a.x', 'a.x', true],
      ['b.x', 'a.x', false],
      ['a.x', 'a.x.y', false],
      ['a.x', '*', true],
      ['a.x', '*.x', true],
      ['b.a.x', '*.x', true],
      ['x', '*.x', false],
      ['a.y', '*.x', false],
      ['ax', '*x', true],
      ['ay', '*x', false],
      ['*.x', 'a.x', false],
      ['*.x', '*.x', true],
      ['*.a.x', '*.x', true],
      ['*.x', '*.a.x', false],
      ['*.y', '*.x', false],
      ['*.a.y', '*.x', false],
      ['*.x.a', '*.x', false],
      ['*.x', '*', true],
      ['*', '*.x', false],
      ['*x', '*.x', false],
      ['*.x', '*x', true],
    ];
    for (const [host, pattern, expected] of rows) {
      assert.equal(isWithin(host, pattern), expected, `${host} in ${pattern}`);
      const other = rows.find(([one, two]) => one === pattern && two === host)?.[2] ?? isWithin(pattern, host);
      assert.equal(meet(host, pattern), expected || other, `${host} and ${pattern}`);
    }
    assert.deepEqual([meet('*.x', 'a.x'), meet('a.x', '*.x'), meet('*.x', '*.y')], [true, true, false]);
  });

  it('have one pattern that is the most specific: the same, else the longest', () => {
    const of = (host: string, ...patterns: string[]) => mostSpecific(host, patterns, (one) => one);
    assert.equal(of('a.b.x', '*', '*.x', '*.b.x', '*.a.b.x', 'a.b.x'), 'a.b.x');
    assert.equal(of('a.b.x', '*.b.x', '*.x', '*'), '*.b.x');
    assert.equal(of('a.b.x', '*', '*.x', '*.b.x', '*.longer.than.that'), '*.b.x');
    assert.equal(of('a.b.x', 'a.b.y', '*.y'), undefined);
    // of equal ones the first, which is the oldest
    const alike = [{ host: '*.x' }, { host: '*.x' }] as const;
    assert.equal(
      mostSpecific('a.x', alike, ({ host }) => host),
      alike[0],
    );
  });

  it('without a dot are those of the namespace', () => {
    assert.deepEqual(
      ['web', 'web.shop', '*', '*x', 'a.test'].map((host) => qualified(host, 'curl')),
      ['web.curl.svc.cluster.local', 'web.shop', '*', '*x', 'a.test'],
    );
    assert.deepEqual(hostsOf(virtualService(['web', 'a.test'])), ['web.curl.svc.cluster.local', 'a.test']);
    assert.deepEqual(hostsOf({ ...virtualService(['web']), metadata: { name: 'v' } }), [
      'web.default.svc.cluster.local',
    ]);
    assert.deepEqual(hostsOf(virtualService(undefined)), []);
  });

  it('selectors ask for every label that they name', () => {
    assert.equal(selects(undefined, { a: '1' }), true);
    assert.equal(selects({}, {}), true);
    assert.equal(selects({ a: '1' }, { a: '1', b: '2' }), true);
    assert.equal(selects({ a: '1', b: '3' }, { a: '1', b: '2' }), false);
    assert.equal(selects({ a: '1' }, {}), false);
  });

  it('find their VirtualServices: those that name them, else the longest wildcard; and all that meet them, by age', () => {
    const all = [['*.x'], ['a.x', 'q'], ['*.b.x'], ['b.b.x'], ['a.x'], undefined, ['*.y', '*.b.x']].map((hosts) =>
      virtualService(hosts),
    );
    const index = VirtualServiceIndex.of(all);
    assert.equal(VirtualServiceIndex.of(all), index);
    assert.notEqual(VirtualServiceIndex.of([...all]), index);
    const numbers = (found: readonly VirtualService[]) => found.map((one) => all.indexOf(one));
    assert.deepEqual(numbers(index.chosenFor('a.x')), [1, 4]);
    assert.deepEqual(numbers(index.chosenFor('b.b.x')), [3]);
    assert.deepEqual(numbers(index.chosenFor('c.b.x')), [2]);
    assert.deepEqual(numbers(index.chosenFor('c.x')), [0]);
    assert.deepEqual(numbers(index.chosenFor('*.b.x')), [2, 6]);
    assert.deepEqual(numbers(index.chosenFor('q.curl.svc.cluster.local')), [1]);
    assert.deepEqual(numbers(index.chosenFor('c.z')), []);
    assert.deepEqual(numbers(index.meeting('a.x')), [0, 1, 4]);
    assert.deepEqual(numbers(index.meeting('b.b.x')), [0, 2, 3, 6]);
    assert.deepEqual(numbers(index.meeting('*.b.x')), [0, 2, 3, 6]);
    assert.deepEqual(numbers(index.meeting('*.y')), [6]);
    assert.deepEqual(numbers(index.meeting('c.z')), []);
  });
});

describe('protocols of ports under Istio', () => {
  it('of ServiceEntries and Gateways are words in any letter case', () => {
    const words = ['http', 'HTTP2', 'grpc', 'GRPC-Web', 'https', 'TLS', 'tcp', 'Mongo', 'redis', 'mysql', 'udp'];
    const kinds = ['http', 'http', 'http', 'http', 'tls', 'tls', 'tcp', 'tcp', 'tcp', 'tcp', 'udp'];
    assert.deepEqual(words.map(kindOfProtocol), kinds);
    assert.deepEqual(['', undefined].map(kindOfProtocol), ['auto', 'auto']);
    assert.deepEqual(['tcp-server-first', 'http-web', 'constructor'].map(kindOfProtocol), [
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('of Services are the first part of appProtocol or of the name, else that of a known port', () => {
    const rows: [Partial<ServicePort>, string][] = [
      [{ name: 'http' }, 'http'],
      [{ name: 'HTTP-web' }, 'http'],
      [{ name: 'http-web-x' }, 'http'],
      [{ name: 'httpweb' }, 'auto'],
      [{ name: 'web-http' }, 'auto'],
      [{ name: 'grpc-web' }, 'http'],
      [{ name: 'grpc-webx' }, 'http'],
      [{ name: 'x-grpc-web' }, 'auto'],
      [{ name: 'tls-x' }, 'tls'],
      [{ name: 'x', protocol: 'UDP' }, 'udp'],
      [{ name: 'http', protocol: 'UDP' }, 'udp'],
      [{ name: 'http', protocol: 'TCP' }, 'http'],
      [{ name: 'constructor' }, 'auto'],
      [{}, 'auto'],
      [{ appProtocol: 'tls', name: 'http' }, 'tls'],
      [{ appProtocol: 'TCP', name: 'http' }, 'tcp'],
      [{ appProtocol: 'x', name: 'http' }, 'auto'],
      [{ appProtocol: 'kubernetes.io/h2c' }, 'http'],
      [{ appProtocol: 'kubernetes.io/ws' }, 'http'],
      [{ appProtocol: 'kubernetes.io/wss' }, 'tls'],
      ...[25, 53, 3306, 27017].map((port): [Partial<ServicePort>, string] => [{ port }, 'tcp']),
      ...[24, 26, 52, 54, 3305, 3307, 27016, 27018].map((port): [Partial<ServicePort>, string] => [{ port }, 'auto']),
      [{ port: 3306, name: 'http' }, 'http'],
      [{ port: 3306, name: 'x' }, 'tcp'],
    ];
    for (const [port, expected] of rows)
      assert.equal(kindOfServicePort({ port: 80, ...port }), expected, JSON.stringify(port));
  });
});

describe('matches of VirtualServices', () => {
  it('ask of requests what Envoy’s routes can ask', () => {
    const rows: [HTTPMatchRequest, object][] = [
      [{}, {}],
      [{ uri: { exact: '/a.b' } }, { pathRegex: '/a\\.b' }],
      [{ uri: { prefix: '/a.' } }, { pathRegex: '/a\\.(?s:.*)' }],
      [{ uri: { regex: '/a.' } }, { pathRegex: '/a.' }],
      [{ uri: { prefix: '/' } }, {}],
      [{ uri: {} }, {}],
      [{ uri: { exact: '/A' }, ignoreUriCase: true }, { pathRegex: '(?i)/A' }],
      [{ uri: { exact: '/A' }, ignoreUriCase: false }, { pathRegex: '/A' }],
      [{ uri: { prefix: '/' }, ignoreUriCase: true }, {}],
      // a regular expression says itself what letter case is to it
      [{ uri: { regex: '/A' }, ignoreUriCase: true }, { pathRegex: '/A' }],
      [{ method: { exact: 'GET' } }, { method: 'GET' }],
      [{ method: { regex: 'GET|HEAD' } }, { headers: [{ name: ':method', regex: 'GET|HEAD' }] }],
      [{ method: { prefix: 'G' } }, { headers: [{ name: ':method', regex: 'G(?s:.*)' }] }],
      [{ authority: { exact: 'a.b' } }, { headers: [{ name: ':authority', regex: 'a\\.b' }] }],
      [{ scheme: { exact: 'http' } }, { headers: [{ name: ':scheme', regex: 'http' }] }],
      [
        { headers: { 'X-A': { exact: '1' }, 'x-b': {} }, authority: { prefix: '' } },
        {
          headers: [
            { name: 'x-a', regex: '1' },
            { name: 'x-b', regex: '(?s:.*)' },
            { name: ':authority', regex: '(?s:.*)' },
          ],
        },
      ],
      [{ withoutHeaders: { a: {} } }, { notUnderstood: { what: 'withoutHeaders', at: AT } }],
      [{ queryParams: { a: {} } }, { notUnderstood: { what: 'queryParams', at: AT } }],
      [
        { queryParams: { a: {} }, withoutHeaders: { a: {} } },
        { notUnderstood: { what: 'withoutHeaders and queryParams', at: AT } },
      ],
      [{ queryParams: {}, withoutHeaders: {} }, {}],
    ];
    assert.deepEqual(ANY_REQUEST, { pathRegex: '.*', method: null, headers: [] });
    for (const [match, expected] of rows) {
      assert.deepEqual(conditionsOf(match, AT), { ...ANY_REQUEST, ...expected }, JSON.stringify(match));
    }
  });

  it('of two both hold: paths on the path and on the header that holds it, methods that agree', () => {
    const asks = (more: object) => ({ ...ANY_REQUEST, ...more });
    const [a, b] = [asks({ pathRegex: '/a' }), asks({ pathRegex: '/b' })];
    const header = (name: string) => ({ name, regex: 'x' });
    const [get, post] = [asks({ method: 'GET' }), asks({ method: 'POST' })];
    const [one, two] = ['one', 'two'].map((what) => ({ notUnderstood: { what, at: AT } }));
    const rows: [object, object, object | undefined][] = [
      [ANY_REQUEST, ANY_REQUEST, ANY_REQUEST],
      [a, ANY_REQUEST, a],
      [ANY_REQUEST, b, b],
      [a, a, a],
      [a, b, asks({ pathRegex: '/a', headers: [{ name: ':path', regex: '(?:/b)(?:\\?(?s:.*))?' }] })],
      [get, ANY_REQUEST, get],
      [ANY_REQUEST, post, post],
      [get, get, get],
      [get, post, undefined],
      [
        asks({ headers: [header('a')] }),
        asks({ headers: [header('b')] }),
        asks({ headers: [header('a'), header('b')] }),
      ],
      [asks(one!), ANY_REQUEST, asks(one!)],
      [ANY_REQUEST, asks(two!), asks(two!)],
      [asks(one!), asks(two!), asks(one!)],
    ];
    for (const [first, second, expected] of rows) {
      const found = bothOf(first as typeof ANY_REQUEST, second as typeof ANY_REQUEST);
      assert.deepEqual(found, expected, JSON.stringify([first, second]));
    }
  });
});
