import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { whyNoPath } from '../../src/lib/analysis/regex/no-path.js';
import { packageRoot } from '../../scripts/build/package.js';

describe('regular expressions that match no path', () => {
  const cases: [string, ReturnType<typeof whyNoPath>][] = [
    ['get', 'slash'],
    ['^get$', 'slash'],
    ['a|b', 'slash'],
    ['/get\\?x=.*', 'query'],
    ['/get[?]', 'query'],
    ['/a b', 'other'],
    ['/a$b', 'other'],
    ['/get', undefined],
    ['^/get$', undefined],
    ['.*', undefined],
    ['.*/get', undefined],
    ['[^a]get', undefined],
    ['get|/post', undefined],
    ['/get\\??', undefined],
    ['/(?i)GET', undefined],
    ['/ü', undefined],
    ['/(', undefined],
    ['(?=a)', undefined],
  ];
  for (const [pattern, why] of cases) {
    it(`${pattern}: ${why ?? 'there is one, or Envoy refuses the expression'}`, () => {
      assert.equal(whyNoPath(pattern), why);
    });
  }

  const recorded = (
    JSON.parse(readFileSync(`${packageRoot}test/conformance/re2.json`, 'utf8')) as {
      pattern: string;
      accepted: boolean;
    }[]
  ).filter(({ accepted }) => accepted);
  const found = recorded.filter(({ pattern }) => whyNoPath(pattern) !== undefined);

  it(`law: no path matches what is reported, ${found.length} of ${recorded.length} recorded expressions`, () => {
    assert.ok(found.length > 10, String(found.length));
    const patterns = found.map(({ pattern }) => RE2JS.compile(pattern));
    const literals = recorded.flatMap(({ pattern }) => /[a-z/~.-]{1,12}/g.exec(pattern) ?? []);
    const piece = fc.oneof(fc.constantFrom(...literals), fc.stringMatching(/^[a-z0-9/~.A-Z-]{0,3}$/));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
        const path = `/${pieces.join('')}`;
        for (const pattern of patterns) assert.ok(!pattern.matches(path), `${pattern.pattern()} ${path}`);
      }),
      { numRuns: 300 },
    );
  });
});
