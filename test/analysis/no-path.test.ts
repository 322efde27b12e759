import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { findWhyNoPath, whyNoPath, withSlash } from '../../src/lib/analysis/regex/no-path.js';
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
    ['', undefined],
    ['/.{30}', undefined],
    ['x^/', 'other'],
    ['^a|^b', 'slash'],
    ['^a|b', 'slash'],
    ['a^b', 'other'],
    ['/[?]|[?]', 'query'],
    ['[^/].*', 'slash'],
    // found without automata, or with them where what is tried first does not match
    ['/(?:|[^?#])(?:[0-9]{2}|x)+(?:a*b?)', undefined],
    ['/(?s:.)\\ba', undefined],
    ['/[!-/]', undefined],
    ['/[é]', undefined],
    ['/a*[?]|/b', undefined],
    ['[?]|/b', undefined],
  ];
  for (const [pattern, why] of cases) {
    it(`${pattern}: ${why ?? 'there is one, or Envoy refuses the expression'}`, () => {
      assert.equal(findWhyNoPath(pattern), why);
    });
  }

  let asked = 0;
  it('gives the same answer again', () => {
    const pattern = `get${asked++}`;
    assert.equal(whyNoPath(pattern), 'slash');
    assert.equal(whyNoPath(pattern), 'slash');
    assert.equal(whyNoPath(`/${pattern}`), undefined);
  });

  it('puts the slash before all that a pattern matches', () => {
    const patterns = ['get', '^get$', 'a|b', '^a|^b'].map(withSlash);
    assert.deepEqual(patterns, ['/get', '/get$', '/(?:a|b)', '/(?:a|^b)']);
  });

  it('takes expressions as long as files may be', () => {
    assert.equal(findWhyNoPath(`^/${'a'.repeat(200_000)}`), undefined);
  });

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
