import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { regexHelp } from '../../src/lib/analysis/regex/help.js';
import { writePattern } from '../../src/lib/analysis/regex/write.js';
import { fullMatcher, inspectRegex } from '../../src/lib/simulator/envoy/re2.js';
import { parseRegex } from '../../src/lib/simulator/envoy/re2/parse.js';
import { allowance } from '../../src/lib/simulator/envoy/re2/work.js';

describe('help for regular expressions', () => {
  const same: [string, string][] = [
    ['/.{30}', '/[!-~]{30}'],
    ['/[^/]{20}/[^/]{20}', '/[!-.0-~]{20}/[!-.0-~]{20}'],
    ['^/(a|b)(c|d)?(/[^/]+){12}$', '/[a-b][c-d]?(?:/[!-.0-~]+){12}'],
    ['/(a|b|c){40}', '/[a-c]{40}'],
    ['/\\p{L}+', '/[A-Za-z]+'],
    ['/.{2,40}', '/[!-~]{2,40}'],
  ];
  for (const [pattern, expected] of same) {
    it(`${pattern}: one that fits and matches the same paths`, () => {
      assert.equal(inspectRegex(pattern).accepted, false);
      assert.deepEqual(regexHelp(pattern, 'path'), { kind: 'equal', pattern: expected });
      assert.ok(inspectRegex(expected).accepted);
      // another implementation of RE2 is asked about paths
      const [one, other] = [RE2JS.compile(pattern), RE2JS.compile(expected)];
      fc.assert(
        fc.property(fc.stringMatching(/^\/[ac/x~!.]{0,45}$/), (path) => {
          assert.equal(other.matches(path), one.matches(path), path);
        }),
      );
    });
  }

  const wider: [string, string][] = [
    ['/v1/[0-9a-z-]{36}', '/v1/[\\-0-9a-z]{30,}'],
    ['/[a-z]{100}', '/[a-z]{94,}'],
    ['/.{0,200}', '/[!-~]*'],
    ['/((a{1,5}b){1,5}c){1,5}', '/(?:(?:a{1,5}b){1,5}c)+'],
    ['/v1/[0-9a-z-]{36}/[0-9a-z-]{36}', '/v1/[\\-0-9a-z]+/[\\-0-9a-z]{28,}'],
  ];
  for (const [pattern, expected] of wider) {
    it(`${pattern}: one that fits and matches the least more, with what it matches too`, () => {
      const help = regexHelp(pattern, 'path');
      assert.ok(help?.kind === 'wider', JSON.stringify(help));
      assert.equal(help.pattern, expected);
      assert.ok(inspectRegex(expected).accepted);
      const [one, other] = [RE2JS.compile(pattern), RE2JS.compile(expected)];
      assert.ok(other.matches(help.also) && !one.matches(help.also), help.also);
      fc.assert(
        fc.property(fc.stringMatching(new RegExp(`^${pattern}$`)), (path) => {
          // what is in a path
          if (/^[!-"$->@-~]*$/.test(path)) assert.ok(other.matches(path) || !one.matches(path), path);
        }),
      );
    });
  }

  it('what no path matches is not called equal to anything: the slash is missing', () => {
    for (const pattern of ['[0-9a-z-]{36}', '^[0-9a-z-]{36}']) {
      const then = { kind: 'wider', pattern: '/[\\-0-9a-z]{31,}', also: `/${'a'.repeat(31)}` };
      assert.deepEqual(regexHelp(pattern, 'path'), { kind: 'no-slash', then });
    }
    assert.equal(regexHelp('[0-9a-z-]{36}', 'header')?.kind, 'wider');
  });

  it('look-ahead becomes what RE2 can say', () => {
    for (const pattern of [
      '/(?!admin).*',
      '^/v1/(?!admin|audit|root/).*$',
      '/api/(?!a|ab).*',
      '/api/(?!ad|root).+',
      '/v1/(?=admin|root).*',
    ]) {
      const help = regexHelp(pattern, 'path');
      assert.ok(help?.kind === 'without-look-ahead', pattern);
      const [meant, written] = [new RegExp(`^(?:${pattern})$`), fullMatcher(help.pattern)!];
      fc.assert(
        fc.property(
          fc.constantFrom('/', '/v1/', '/api/'),
          fc.stringMatching(/^(adm|admin|aud|audit|root|a|ab|b)?[adroot/~]{0,4}$/),
          (start, rest) => {
            assert.equal(written(start + rest), meant.test(start + rest), start + rest);
          },
        ),
      );
    }
  });

  const foreign: [string, string][] = [
    ['/(?!.*secret).*', 'look-ahead'],
    ['/foo(?=bar)', 'look-ahead'],
    ['/(?<!a).*', 'look-behind'],
    ['/(?<=a)b', 'look-behind'],
    ['/(a)\\1', 'back-reference'],
    ['/(?P<x>a)(?P=x)', 'back-reference'],
    ['/a\\Z', '\\Z'],
    ['/a++', 'possessive loop'],
    ['/[+]*+', 'possessive loop'],
    ['/(?>a|b)c', 'atomic group'],
    ['/a(?#why)', 'comment'],
  ];
  for (const [pattern, what] of foreign) {
    it(`${pattern}: RE2 has no ${what}`, () => {
      assert.throws(() => RE2JS.compile(pattern));
      for (const of of ['path', 'header'] as const) assert.deepEqual(regexHelp(pattern, of), { kind: 'foreign', what });
    });
  }

  it('nothing is said where nothing is known: other syntax, what fits', () => {
    for (const pattern of ['/(', '/[+', '/[(?=]\\_', '/fits', '/(?<x>a)', '/a{1001}'])
      assert.equal(regexHelp(pattern, 'path'), undefined, pattern);
  });

  it('headers may have other characters, so only what does not count is left out', () => {
    assert.equal(regexHelp('.{30}', 'header')?.kind, 'wider');
    const captures =
      '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)(r)(s)(t)(u)(v)(w)(x)(y)(z)(a)(b)(c)(d)(e)(f)(g)(h)(i)';
    assert.deepEqual(regexHelp(captures, 'header'), { kind: 'equal', pattern: captures.replace(/[()]/g, '') });
  });

  it('law: what is written again matches the same', () => {
    const atom = fc.constantFrom('a', 'b/', '.', '[^/]', '[a-c-]', '\\.', '(?i:ab)', '\\d', '(x|yz)', '(?:|q)', '\\b');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{2,}'))
      .map(([one, loop]) => (loop === '' || one === '\\b' ? one : `(?:${one})${loop}`));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 4 }),
        fc.array(fc.stringMatching(/^[ab/cxyzq1.Ab-]{0,8}$/), { maxLength: 20 }),
        (pieces, texts) => {
          const pattern = pieces.join('');
          if (pattern === '' || !inspectRegex(pattern).accepted) return;
          const written = writePattern(parseRegex(pattern, allowance()));
          const [one, other] = [RE2JS.compile(pattern), RE2JS.compile(written)];
          for (const text of texts)
            assert.equal(other.matches(text), one.matches(text), `${pattern} ${written} ${text}`);
        },
      ),
      { numRuns: 500 },
    );
  });
});
