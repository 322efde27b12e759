import assert from 'node:assert/strict';
import { normalized } from '../../../src/lib/simulator/envoy/path-normalization.js';
import type { PathNormalization } from '../../../src/lib/simulator/envoy/types.js';

const request = (path: string, whole?: string) => ({
  method: 'GET',
  path,
  headers: new Map([['x', 'y'], ...(whole === undefined ? [] : [[':path', whole] as const])]),
  uncertain: new Set<string>(),
});
const path = (written: string, how: PathNormalization = 'BASE') => normalized(request(written), how)?.path ?? 400;

describe('paths that are normalised (Istio egress §4)', () => {
  it('belong to the same request', () => {
    const { method, uncertain } = normalized(request('/a/../b'), 'BASE')!;
    assert.deepEqual([method, uncertain], ['GET', new Set()]);
  });

  const cases: [written: string, base: string | number, merged?: string, decoded?: string][] = [
    ['/a', '/a'],
    ['/', '/'],
    ['/a/./b/../c', '/a/c'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a/...', '/a/...'],
    ['/..', '/'],
    ['/../a', '/a'],
    ['/a\\b', '/a/b'],
    ['/a//b///c', '/a//b///c', '/a/b/c'],
    ['/%61%2D%7e%5f', '/a-~_'],
    ['/%2f%5C%2F', '/%2f%5C%2F', '/%2f%5C%2F', '/'],
    ['/a%2F%2fb', '/a%2F%2fb', '/a%2F%2fb', '/a/b'],
    ['/%20%C3%a9', '/%20%C3%a9'],
    ['/é"', '/%C3%A9%22'],
    ['/%%41B', '/%25AB'],
    ['/a%', '/a%'],
    ['/a%4', '/a%4'],
    ['/%zz', '/%zz'],
    ['/x%%41', '/x%A'],
    ['/%%34%31', '/%2541'],
    ['/a%01', '/a%01'],
    ['/a%00', 400],
  ];
  for (const [written, base, merged = base, decoded = merged] of cases) {
    it(`${written}: ${[...new Set([base, merged, decoded])].join(' ')}`, () => {
      assert.deepEqual(
        [path(written, 'BASE'), path(written, 'MERGE_SLASHES'), path(written, 'DECODE_AND_MERGE_SLASHES')],
        [base, merged, decoded],
      );
    });
  }

  it('take their query along, and leave everything else', () => {
    const seen = normalized(request('/a/../b', '/a/../b?c=/../d?e'), 'BASE')!;
    assert.deepEqual([seen.path, seen.headers.get(':path'), seen.headers.get('x')], ['/b', '/b?c=/../d?e', 'y']);
    assert.equal(normalized(request('/a/../b', '/a/../b'), 'BASE')?.headers.get(':path'), '/b');
    assert.equal(normalized(request('/a/../b'), 'BASE')?.headers.get(':path'), '/b');
    const same = request('/b', '/b?c');
    assert.equal(normalized(same, 'BASE'), same);
  });
});
