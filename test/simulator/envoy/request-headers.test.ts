import assert from 'node:assert/strict';
import {
  joinValues,
  namesProtected,
  nominatedHeaders,
  readHeaders,
  uncertainHeaders,
} from '../../../src/lib/simulator/envoy/request-headers.js';
import type { HttpRequest } from '../../../src/lib/simulator/request/types.js';

type Sent = readonly (readonly [name: string, value: string])[];

const request = (headers: Sent, version: HttpRequest['version'] = '1.1'): HttpRequest => ({
  version,
  method: 'GET',
  path: '/',
  authority: 'a.org',
  headers,
});

/** What Envoy adds to every request. */
const ADDED = ['x-forwarded-proto', 'x-request-id'];

/** What is left for routes, but for what Envoy adds. */
function left(headers: Sent, version?: HttpRequest['version']): Record<string, string> {
  const read = readHeaders(request(headers, version));
  return Object.fromEntries([...read.headers].filter(([name]) => !ADDED.includes(name)));
}

describe('headers as Envoy’s routes see them (egress semantics §5)', () => {
  it('lack those of one hop, and those that only Envoy’s neighbours may set', () => {
    const removed = [
      ...['connection', 'Keep-Alive', 'proxy-connection', 'upgrade', 'transfer-encoding', 'x-forwarded-client-cert'],
      ...['x-envoy-internal', 'X-Envoy-Retry-On', 'x-envoy-hedge-on-per-try-timeout'],
    ];
    for (const name of removed)
      assert.deepEqual(
        left([
          [name, 'z'],
          ['X-A', 'y'],
        ]),
        { 'x-a': 'y' },
        name,
      );
    for (const name of ['x-envoy-other', 'accept', 'te-x']) assert.deepEqual(left([[name, 'z']]), { [name]: 'z' });
  });

  it('lack those that Connection names, but for TE and Upgrade', () => {
    const named = (value: string, ...headers: Sent) => left([['Connection', value], ['X-A', '1'], ...headers]);
    assert.deepEqual(named('X-A'), {});
    assert.deepEqual(named(' x-b , X-A '), {});
    assert.deepEqual(named('x-b'), { 'x-a': '1' });
    assert.deepEqual(named('te, x-a', ['TE', 'trailers']), { te: 'trailers' });
    assert.deepEqual(named('upgrade, x-a', ['Upgrade', 'h2c'], ['HTTP2-Settings', 's']), {});
    assert.deepEqual(named('x-b', ['HTTP2-Settings', 's']), { 'x-a': '1', 'http2-settings': 's' });
  });

  it('keep Connection and Upgrade where the connection is to be upgraded', () => {
    const upgrade = (value: string, version?: HttpRequest['version']) =>
      left(
        [
          ['Connection', 'Upgrade, x-a'],
          ['Upgrade', value],
          ['x-a', '1'],
          ['keep-alive', '2'],
        ],
        version,
      );
    const kept = { connection: 'Upgrade, x-a', 'x-a': '1' };
    assert.deepEqual(upgrade('websocket'), { ...kept, upgrade: 'websocket' });
    assert.deepEqual(upgrade('foo'), { ...kept, upgrade: 'foo' });
    assert.deepEqual(upgrade('H2C'), {});
    assert.deepEqual(upgrade('websocket', '2'), {});
    const refused = (headers: Sent) => readHeaders(request(headers)).refusedUpgrade;
    const asking = (value: string): Sent => [
      ['Connection', 'upgrade'],
      ['Upgrade', value],
    ];
    assert.deepEqual(
      ['FOO', 'WebSocket', 'h2c'].map((value) => refused(asking(value))),
      ['foo', undefined, undefined],
    );
    assert.equal(refused([['Upgrade', 'foo']]), undefined);
    assert.equal(refused([['Connection', 'upgrade']]), undefined);
  });

  it('say of TE and Expect only what matters', () => {
    const te = (value: string) => left([['TE', value]]).te;
    assert.deepEqual(
      [te('trailers'), te('gzip, trailers'), te('gzip'), te('')],
      ['trailers', 'trailers', undefined, ''],
    );
    const expect = (value: string) => left([['Expect', value]]).expect;
    assert.deepEqual([expect('100-continue'), expect('100-Continue'), expect('x')], [undefined, undefined, 'x']);
  });

  it('have a forwarded protocol and an id where none is sent', () => {
    const added = (headers: Sent) => {
      const read = readHeaders(request(headers)).headers;
      return ADDED.map((name) => read.get(name));
    };
    const [proto, id] = added([]);
    assert.equal(proto, 'http');
    assert.match(id ?? '', /^[\da-f-]{36}$/);
    assert.deepEqual(
      added([
        ['X-Forwarded-Proto', ''],
        ['X-Request-Id', ''],
      ]),
      ['', id],
    );
    assert.deepEqual(
      added([
        ['X-Forwarded-Proto', 'https'],
        ['X-Request-Id', 'mine'],
      ]),
      ['https', 'mine'],
    );
  });

  it('are not certain where the client does not tell, but for what is taken away', () => {
    const uncertain = (...names: string[]) => [...uncertainHeaders({ ...request([]), uncertainHeaders: names })].join();
    assert.deepEqual([uncertain('range', 'expect', 'connection', 'te'), uncertain()], ['range,te', '']);
    assert.equal(uncertainHeaders(request([])).size, 0);
  });

  it('have several values joined, without spaces around them in HTTP/1', () => {
    const twice: Sent = [
      ['X-A', ' 1 '],
      ['x-a', '2 '],
    ];
    assert.deepEqual([left(twice), left(twice, '2')], [{ 'x-a': '1,2' }, { 'x-a': ' 1 ,2 ' }]);
    // a space to the eye, and a part of the value to HTTP
    assert.deepEqual(left([['x-a', '\t1\u00a0 ']]), { 'x-a': '1\u00a0' });
    assert.deepEqual(
      left([
        ['Connection', 'x-a\u00a0'],
        ['x-a', '1'],
      ]),
      { 'x-a': '1' },
    );
    assert.equal(joinValues('x', ['', 'a', ''], '1.1'), ',a,');
    assert.equal(joinValues('accept', ['', 'a', ''], '1.1'), 'a');
    assert.equal(joinValues('via', [''], '1.1'), '');
    const cookies = (version: HttpRequest['version']) => joinValues('cookie', ['a', 'b'], version);
    assert.deepEqual([cookies('2'), cookies('1.1'), joinValues('x', ['a', 'b'], '2')], ['a; b', 'a,b', 'a,b']);
  });
});

describe('what Connection must not name (egress semantics §5)', () => {
  const names = (connection: string, ...headers: Sent) =>
    nominatedHeaders(request([['CONNECTION', connection], ['Other-Name', 'x-forwarded-for'], ...headers]));

  it('is a header that has to stay, or too many', () => {
    for (const name of ['x-forwarded-for', 'X-Forwarded-Host', 'x-forwarded-proto', ':path'])
      assert.equal(namesProtected(names(`a, ${name}`)), true, name);
    for (const name of ['host', 'x-forwarded', 'a']) assert.equal(namesProtected(names(name)), false, name);
    const many = (count: number) =>
      namesProtected(names(Array.from({ length: count }, (_, index) => `x${index}`).join()));
    assert.deepEqual([many(9), many(10)], [false, true]);
  });

  it('does not count where the connection is to be upgraded', () => {
    assert.deepEqual(names('Upgrade, A', ['upgrade', 'x']), []);
    assert.deepEqual(names('Upgrade, A', ['upgrade', ' H2C ']), ['upgrade', 'a']);
    assert.deepEqual(names('Upgrade, A'), ['upgrade', 'a']);
    assert.deepEqual(names('A', ['upgrade', 'x']), ['a']);
    assert.deepEqual(nominatedHeaders(request([])), []);
    const inTwo: Sent = [
      ['Connection', 'upgrade'],
      ['Connection', ' a '],
      ['Upgrade', 'h2c'],
    ];
    assert.deepEqual(nominatedHeaders(request(inTwo)), ['upgrade', 'a']);
  });
});
