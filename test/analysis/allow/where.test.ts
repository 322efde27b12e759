import assert from 'node:assert/strict';
import { Neighbourhood } from '../../../src/lib/analysis/allow/where.js';
import type { RequestClass } from '../../../src/lib/analysis/request-space/index.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const ADDRESSES = ['192.0.2.1', '192.0.2.2'];

function around(command: string): Neighbourhood {
  return new Neighbourhood({ source: SOURCE, target: parseTarget(command), simulation: {} }, ADDRESSES);
}

/** Requests that lie in these parts, dimension by dimension. */
function requests(constraints: Record<string, readonly string[]>): RequestClass {
  const parts = (names: readonly string[]) => names.map((name) => ({ name }));
  const found = Object.entries(constraints).map(([dimension, names]) => ({ dimension, parts: parts(names), all: [] }));
  return { constraints: found } as unknown as RequestClass;
}

type Place = ReturnType<Neighbourhood['whereIs']>;
const port = { port: ['443'] };
const address = { address: ['192.0.2.1/32', '192.0.2.2/32'] };

/** By the request that is to be allowed, where others are. */
const ROWS: readonly (readonly [command: string, ...requests: readonly (readonly [Record<string, readonly string[]>, Place])[]])[] = [
  [
    'https://X.org/',
    [{ ...port, 'server-name': ['x.org'] }, 'own'],
    [{ ...port, host: ['x.org', 'x.org:443'] }, 'own'],
    [{ ...port, 'server-name': ['x.org', 'y.org'] }, 'elsewhere'],
    [{ ...port, 'server-name': ['x.org', 'y.org'], ...address }, 'near'],
    [{ ...port, ...address }, 'near'],
    [{ ...port, address: ['192.0.2.1/32', '192.0.2.0/24 less 192.0.2.1/32'] }, 'elsewhere'],
    [{ ...port, path: ['x.org', '192.0.2.1/32'] }, 'elsewhere'],
    [{ port: ['443', '80'], 'server-name': ['x.org'] }, 'elsewhere'],
    [{ 'server-name': ['x.org'], ...address }, 'elsewhere'],
    [{ destination: ['443'], 'server-name': ['x.org'] }, 'elsewhere'],
  ],
  ["curl -H 'Host: Y.org' https://x.org/", [{ ...port, 'server-name': ['x.org'] }, 'own'], [{ ...port, host: ['y.org'] }, 'elsewhere']],
  ["curl -H 'Host: Y.org' http://x.org:443/", [{ ...port, host: ['y.org'] }, 'own'], [{ ...port, host: ['x.org'] }, 'elsewhere']],
  ['http://x.org:443/', [{ ...port, host: ['x.org'] }, 'own'], [{ ...port, ...address }, 'near']],
  ['curl --resolve y.org:443:192.0.2.1 https://y.org/', [{ ...port, 'server-name': ['y.org'] }, 'own']],
  ['https://192.0.2.1/', [{ ...port, ...address }, 'near'], [{ ...port, host: ['192.0.2.1'] }, 'own']],
  ['tls://x.org:443 --sni z.org', [{ ...port, 'server-name': ['z.org'] }, 'own'], [{ ...port, 'server-name': ['x.org'], ...address }, 'near']],
  ['tls://x.org:443 --no-sni', [{ ...port, ...address }, 'own']],
  ['tcp://x.org:443', [{ ...port, ...address }, 'own'], [{ ...port, address: ['192.0.2.0/24'] }, 'elsewhere'], [port, 'elsewhere']],
]; // prettier-ignore

describe('how far requests are from the one that is to be allowed', () => {
  for (const [command, ...rows] of ROWS) {
    it(command, () => {
      const found = around(command);
      for (const [constraints, expected] of rows) {
        assert.equal(found.whereIs(SOURCE, requests(constraints)), expected, JSON.stringify(constraints));
        // a source that is only called the same is another client of the ServiceAccount
        assert.equal(found.whereIs({ ...SOURCE }, requests(constraints)), 'elsewhere');
      }
    });
  }

  it('classes are cut where they would lie near and far', () => {
    assert.deepEqual(around('https://x.org/').landmarks, {
      within: { dimensions: ['port'], parts: new Set(['443']) },
      apart: [
        { dimensions: ['server-name', 'host'], parts: new Set(['x.org', 'x.org:443']) },
        { dimensions: ['address'], parts: new Set(['192.0.2.1/32', '192.0.2.2/32']) },
      ],
    });
  });

  it('a class is shown by its witness, and by what it holds of the target', () => {
    const tls = parseTarget('https://y.org:8443/');
    const told = (command: string, constraints: Record<string, readonly string[]>, witness = tls) =>
      around(command)
        .examplesOf({ ...requests(constraints), witness })
        .map(({ dial, http, tls: hello }) => {
          assert.deepEqual([dial.port, http?.method, hello?.alpn], [witness.port, 'GET', witness.tls?.alpn]);
          return `${dial.host} ${hello?.sni ?? http?.authority}`;
        });
    const name = { port: ['8443', '9443'], 'server-name': ['y.org', 'x.org'] };
    assert.deepEqual(told('https://x.org/', name), ['y.org y.org', 'y.org x.org']);
    assert.deepEqual(told('https://z.org/', name), ['y.org y.org']);
    const plain = parseTarget('http://y.org:8080/');
    const host = { host: ['y.org', 'x.org', 'x.org:8080'], path: ['x.org'] };
    assert.deepEqual(told('http://x.org/', host, plain), ['y.org y.org:8080', 'y.org x.org']);
    const place = { address: ['192.0.2.2/32', '198.51.100.0/24'] };
    assert.deepEqual(told('https://x.org/', place), ['y.org y.org', '192.0.2.2 y.org']);
  });
});
