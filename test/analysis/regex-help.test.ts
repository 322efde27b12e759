import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compare, compareConditions } from '../../src/lib/analysis/regex/compare.js';
import { findHelp, regexHelp } from '../../src/lib/analysis/regex/help.js';
import { writePattern } from '../../src/lib/analysis/regex/write.js';
import { fullMatcher, inspectRegex } from '../../src/lib/simulator/envoy/re2.js';
import { parseRegex } from '../../src/lib/simulator/envoy/re2/parse.js';
import { allowance } from '../../src/lib/simulator/envoy/re2/work.js';

describe('help for regular expressions', function () {
  this.timeout(120_000);

  const same: [string, string][] = [
    ['/.{30}', '/[!-~]{30}'],
    ['/[^/]{20}/[^/]{20}', '/[!-.0-~]{20}/[!-.0-~]{20}'],
    ['^/(a|b)(c|d)?(/[^/]+){12}$', '/[a-b][c-d]?(?:/[!-.0-~]+){12}'],
    ['/(a|b|c){40}', '/[a-c]{40}'],
    ['/\\p{L}+', '/[A-Za-z]+'],
    ['/.{2,40}', '/[!-~]{2,40}'],
    ['/[^#?]{30}', '/[!-~]{30}'],
    // an upper bound that makes no difference
    ['/(?:a{0,98}b?)*', '/(?:a*b?)*'],
    // what cannot hold goes, and what an operator is for stays one piece
    ['/(?:ab?){2}(?:(?:cd)+)?(?:e|f*)*.{15}', '/(?:ab?){2}(?:cd)*(?:e|f*)*[!-~]{15}'],
  ];
  for (const [pattern, expected] of same) {
    it(`${pattern}: one that fits and matches the same paths`, () => {
      assert.equal(inspectRegex(pattern).accepted, false);
      assert.deepEqual(findHelp(pattern, 'path'), { kind: 'equal', pattern: expected });
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
    ['/[!"$>@~]{40}', '/[!-$>-@~]{31,}'],
    // the largest first, and what has no bound counts by its lower one
    ['/a{20}[0-9]{90}b{10}', '/a{20}[0-9]{64,}b{10}'],
    ['/a{30,}b{90}', '/a{30,}b{63,}'],
    ['/a{2,150}b{60,}', '/a{2,}b{60,}'],
    ['/a{2,150}b{3,30}', '/a{2,}b{3,30}'],
    ['/a{3}(?:b{0,1}c{90}){2}', '/a{3}(?:b{0,1}c{43,}){2}'],
  ];
  for (const [pattern, expected] of wider) {
    it(`${pattern}: one that fits and matches the least more, with what it matches too`, () => {
      const help = findHelp(pattern, 'path');
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
      assert.deepEqual(findHelp(pattern, 'path'), { kind: 'no-slash', then });
    }
    assert.equal(findHelp('[0-9a-z-]{36}', 'header')?.kind, 'wider');
    for (const hopeless of ['/a b{98}', '[?]{98}']) assert.equal(findHelp(hopeless, 'path'), undefined, hopeless);
    const pattern = '/api/(?:[!-wy-~][!-~]*)?';
    for (const lacking of ['api/(?!x).*', '^api/(?!x).*$'])
      assert.deepEqual(findHelp(lacking, 'path'), { kind: 'no-slash', then: { kind: 'without-look-ahead', pattern } });
  });

  it('look-ahead becomes what RE2 can say', () => {
    for (const pattern of [
      '/(?!admin).*',
      '^/v1/(?!admin|audit|root/).*$',
      '/api/(?!a|ab).*',
      '/api/(?!ad|root).+',
      '/v1/(?=admin|root).*',
      '/v1/(?=ad).+$',
      '(?!/admin|/~).*',
    ]) {
      const help = findHelp(pattern, 'path');
      assert.ok(help?.kind === 'without-look-ahead', pattern);
      assert.deepEqual(findHelp(pattern, 'header'), { kind: 'foreign', what: 'look-ahead' });
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

  it('look-ahead among other things is not taken apart, nor is one that takes too much', () => {
    for (const pattern of ['/(?!a).*b', '/x(?:(?!a).*)', '[ab]/(?!a).*', `/(?!${'abcdefghij'.repeat(4)}).*`])
      assert.deepEqual(findHelp(pattern, 'path'), { kind: 'foreign', what: 'look-ahead' }, pattern);
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
      for (const of of ['path', 'header'] as const) assert.deepEqual(findHelp(pattern, of), { kind: 'foreign', what });
    });
  }

  it('nothing is said where nothing is known: other syntax, what fits', () => {
    for (const pattern of [
      '/(',
      '/[+',
      '/[(?=](',
      '/[*+](',
      '/\\\\Z(',
      '/\\(?#(',
      '/fits',
      '/(?<x>a)',
      '/a{1001}',
      '',
      `/${'abcdefghij'.repeat(10)}[0-9]?`,
    ])
      assert.equal(findHelp(pattern, 'path'), undefined, pattern);
  });

  it('nothing is said where RE2 gets no program', () => {
    const nested = Array.from({ length: 302 }, (_, index) => 'ab'.repeat(151).slice(0, index + 1)).join('|');
    assert.equal(findHelp(nested, 'path'), undefined);
    assert.equal(compare(nested, 'a', { pattern: '[ab]*', preferred: [] }), undefined);
  });

  it('texts are compared for which all conditions of a side hold', () => {
    const both = [{ pattern: 'a.*' }, { pattern: '.*b' }];
    const language = { pattern: '[abc]{1,3}' };
    assert.deepEqual(compareConditions([{ pattern: 'a.?b' }], both, language), {
      onlyFirst: undefined,
      onlySecond: undefined,
    });
    const { onlyFirst, onlySecond } = compareConditions([{ pattern: 'a.*' }], both, language)!;
    assert.match(onlyFirst!, /^a(.*[ac])?$/);
    assert.equal(onlySecond, undefined);
  });

  it('what takes too long to compare is not compared', () => {
    assert.equal(compare('[ab]*a[ab]{16}', 'a', { pattern: '[ab]*', preferred: [] }), undefined);
  });

  it('nothing is said where it would take too long to find out', () => {
    assert.equal(findHelp('/[ab]*a[ab]{16}.{10}', 'path'), undefined);
  });

  let asked = 0;
  it('gives the same answer again, of a path and of a header', () => {
    const pattern = `/x${asked++}.{30}`;
    const [path, header] = [regexHelp(pattern, 'path'), regexHelp(pattern, 'header')];
    assert.deepEqual([path?.kind, header?.kind], ['equal', 'wider']);
    assert.equal(regexHelp(pattern, 'path'), path);
  });

  it('headers may have other characters, so only what does not count is left out', () => {
    assert.equal(findHelp('.{30}', 'header')?.kind, 'wider');
    const captures =
      '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)(r)(s)(t)(u)(v)(w)(x)(y)(z)(a)(b)(c)(d)(e)(f)(g)(h)(i)';
    assert.deepEqual(findHelp(captures, 'header'), { kind: 'equal', pattern: captures.replace(/[()]/g, '') });
    // in RE2's tree it is a letter without case, which the Kelvin sign is too when it is written like that
    const kelvin = findHelp(`${captures}[Kk]`, 'header');
    assert.ok(kelvin?.kind === 'wider' && kelvin.also.endsWith('\u212a'), JSON.stringify(kelvin));
  });

  const written: [string, string][] = [
    ['^^a$\\z', 'a'],
    ['(^(a)$)', 'a'],
    ['^$', '(?:)'],
    ['^a|b$', '(?:^a|b$)'],
    ['a^\\bb$\\zc', 'a^\\bb$\\zc'],
    ['\\ba\\B', '\\ba\\B'],
    ['(?m:a^$b)', 'a(?m:^)(?m:$)b'],
    ['(?:ab)*(?:c)+(?:d|ee)?', '(?:ab)*c+(?:d|ee)?'],
    ['(?:a[bc])*', '(?:a[b-c])*'],
    ['(?:a*)+(?:b{2}){3}(?:c{2,5}){3,}', 'a*(?:b{2}){3}(?:c{2,5}){3,}'],
    ['((?:a|b[cd])(?:e|)f)', '(?:a|b[c-d])(?:e|(?:))f'],
    ['(?s).\\C[^\\s\\S]', '[\\x{0}-\\x{10ffff}]\\C[^\\x{0}-\\x{10ffff}]'],
    ['(?i)a', '(?i:a)'],
    ['(?i)a/bK', '(?i:a/b)[Kk\\x{212a}]'],
    ['(?i)é|ab', '(?:[\\x{c9}\\x{e9}]|(?i:ab))'],
    [
      '\\x{20}\\!"#\\$%&\'\\(\\)\\*\\+,-\\./09:;<=>\\?@AZ\\[\\\\\\]\\^_`az\\{\\|\\}~\\x7f😀',
      '\\x{20}!"#\\$%&\'\\(\\)\\*\\+,-\\./09:;<=>\\?@AZ\\[\\\\\\]\\^_`az\\{\\|\\}~\\x{7f}\\x{1f600}',
    ],
    ['[ !-~\\x7f]', '[\\x{20}-\\x{7f}]'],
    ['[]^[\\\\-]', '[\\-\\[-\\^]'],
    ['[!$(-+|é😀]', '[!$(-+|\\x{e9}\\x{1f600}]'],
  ];
  for (const [pattern, expected] of written) {
    it(`${pattern} is written again as ${expected}`, () => {
      assert.equal(writePattern(parseRegex(pattern, allowance())), expected);
    });
  }

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
