import assert from 'node:assert/strict';
import {
  automatonOf,
  fullMatcher,
  inspect,
  inspectionSteps,
  inspectRegex,
  matcherOfAnySize,
  type RegexRefusal,
} from '../../../src/lib/simulator/envoy/re2.js';
import { allowance, MAX_STEPS } from '../../../src/lib/simulator/envoy/re2/work.js';
import { inspectAnew, matcherAnew } from './anew.js';

describe('RE2: inspectRegex', () => {
  const thrownAway = '(?:x{1000}){0}'.repeat(1001);
  const manyNodes = `(?:${'[ab]'.repeat(1500)}){1000}`;

  it('says what is wrong', () => {
    const refusals: [string, RegexRefusal, string, (number | null)?, boolean?][] = [
      ['', 'empty', 'a regular expression must not be empty'],
      ['/(?!x)', 'syntax', 'invalid perl operator: (?!'],
      ['(a)\\1', 'syntax', 'invalid escape sequence: \\1'],
      ['\\\x80', 'syntax', 'invalid escape sequence: \\\x80'],
      ['[[:a:b:]]', 'syntax', 'invalid character class range: [:a:b:]'],
      ['[[:a::]]', 'syntax', 'invalid character class range: [:a::]'],
      ['/(a{10}){10}', 'program-size', "program size 125 is over Envoy's limit of 100", 125],
      ['\\p{L}', 'program-size', "program size 1200 is over Envoy's limit of 100", 1200],
      [manyNodes, 'program-size', 'the program does not fit in the 8 MiB that RE2 allows itself'],
      [thrownAway, 'program-size', 'too complex to analyse: it would take too long', null, false],
    ];
    for (const [pattern, refusal, reason, size = null, sizeIsExact = true] of refusals) {
      const expected = { accepted: false, refusal, reason, size, sizeIsExact };
      assert.deepEqual(inspectAnew(pattern), expected, pattern.slice(0, 40));
    }
  });

  it('says how large it is, and compiles it, whether Envoy takes it or not', () => {
    assert.deepEqual(inspectAnew('/a'), { accepted: true, size: 6, sizeIsExact: true });
    assert.ok(inspect('/(a{10}){10}', allowance()).compiled, 'what is too large for Envoy is compiled all the same');
  });

  it('says what it took to find out', () => {
    for (const pattern of ['/a', '/(', '/(a{10}){10}']) {
      const work = allowance();
      inspect(pattern, work);
      assert.equal(inspectionSteps(pattern), MAX_STEPS - work.left, pattern);
    }
    assert.ok(inspectionSteps('/a') > 0);
    assert.equal(inspectionSteps(thrownAway), MAX_STEPS);
  });

  it('takes steps for all that it looks at', () => {
    const steps: readonly (readonly [pattern: string, steps: number])[] = [
      ['a', 51],
      ['[a-cx]', 95],
      ['\\w', 155],
      ['(?i)\\w', 811],
      ['(?i)\\PL', 60_503],
      ['abc.d|abc.e', 414],
      ['[ab]x|[ab]y', 89],
      ['[ab]|[cd]|e', 62],
      ['a{2,5}', 311],
    ];
    for (const [pattern, expected] of steps) {
      const work = allowance();
      inspect(pattern, work);
      assert.equal(MAX_STEPS - work.left, expected, pattern);
    }
    assert.deepEqual(
      [50, 51].map((left) => inspect('a', { left }).inspection.sizeIsExact),
      [false, true],
    );
    assert.equal(allowance().left, 20_000_000);
  });

  it('draws the line between 100 and 101', () => {
    assert.equal(inspectAnew('a'.repeat(96)).accepted, true);
    assert.equal(inspectRegex('a'.repeat(96)).size, 100);
    assert.equal(inspectAnew('a'.repeat(97)).accepted, false);
  });

  it('knows everything beyond ASCII in a class that begins with the last of ASCII, too', () => {
    assert.equal(inspectAnew('[\\x7f-\\x{10ffff}]').size, inspectAnew('[\\x7e-\\x{10ffff}]').size);
  });

  it('joins text across groups that do not capture', () => {
    assert.equal(inspectAnew('^a(?:bc)d').size, 4, 'all of it is compared apart from the program');
  });

  it('takes no number of an instruction for a range of bytes', () => {
    // the inner loop begins at 510, which as a range is all bytes
    assert.equal(inspectAnew('x{509}(?:a*?)*').size, 517);
  });

  it('begins with an instruction that does nothing where the only other way matches nothing', () => {
    // sizes that RE2 tells
    assert.equal(inspectAnew('(?:[^\\s\\S]|)+(?:ax|bx)').size, 8);
    assert.equal(inspectAnew('(?:[^\\s\\S]|)+').size, 4);
  });

  it('takes a lone surrogate for U+FFFD', () => {
    assert.equal(inspectRegex('\ud800').size, 7);
    const matches = fullMatcher('^a\ufffd.$');
    assert.ok(matches);
    assert.ok(matches('a\ud800\udfff'.slice(0, 2) + 'b'));
    assert.ok(!matches('a\ud800\udfffb'));
  });

  it('gives the same answer again', () => {
    assert.equal(inspectRegex('/again'), inspectRegex('/again'));
    assert.equal(fullMatcher('/again'), fullMatcher('/again'));
  });

  it('remembers a bounded number of patterns', () => {
    const first = inspectRegex('/first');
    for (let i = 0; i < 1100; i++) inspectRegex(`/${i}`);
    assert.notEqual(inspectRegex('/first'), first);
    assert.deepEqual(inspectRegex('/first'), first);
  });

  it('does not remember long patterns', () => {
    const long = 'a'.repeat(20_000);
    assert.notEqual(inspectRegex(long), inspectRegex(long));
    assert.deepEqual(inspectRegex(long), inspectRegex(long));
  });

  it('cuts long quotations of the pattern, but no character in two', () => {
    const quoted = (pattern: string) => inspectAnew(pattern).reason;
    // "missing ): " takes 11
    assert.equal(quoted(`(${'a'.repeat(288)}`), `missing ): (${'a'.repeat(288)}`);
    assert.equal(quoted(`(${'a'.repeat(289)}`), `missing ): (${'a'.repeat(288)}…`);
    assert.equal(quoted(`(😀${'a'.repeat(285)}😀a`), `missing ): (😀${'a'.repeat(285)}…`);
    assert.equal(quoted(`(😀${'a'.repeat(284)}😀a`), `missing ): (😀${'a'.repeat(284)}😀…`);
  });
});

describe('RE2: fullMatcher', () => {
  it('gives null for a pattern that Envoy refuses', () => {
    for (const pattern of ['', '(', 'a{1000}']) assert.equal(fullMatcher(pattern), null);
  });

  it('a matcher of any size and an automaton are to be had of all that RE2 compiles', () => {
    for (const pattern of ['', '(']) {
      assert.equal(matcherOfAnySize(pattern), null);
      assert.equal(automatonOf(pattern, 10), null);
    }
    const matches = matcherOfAnySize('a{1000}');
    assert.ok(matches?.('a'.repeat(1000)));
    assert.ok(!matches?.('a'.repeat(999)));
    assert.equal(matcherOfAnySize('a{1000}'), matches);
    assert.ok(automatonOf('a{1000}', 10));
  });

  const cases: readonly [pattern: string, matching: readonly string[], others: readonly string[]][] = [
    ['/get', ['/get'], ['/get/', '/GET', 'x/get', '']],
    ['.*', ['', '/a', 'é😀'], ['a\nb', '\n']],
    ['(?s).*', ['a\nb'], []],
    ['^/a$', ['/a'], ['/a\n', '/b']],
    ['/a|/b', ['/a', '/b'], ['/a/b', '/a|/b']],
    ['(?i)/api', ['/API', '/aPi'], ['/apı']],
    ['(?i)^/k', ['/k', '/K', '/\u212a'], ['/']],
    ['^(?i)ab', ['AB', 'aB'], ['b']],
    ['^é😀', ['é😀'], ['é', '']],
    ['^a^b', [], ['ab', 'a', 'b']],
    ['(?m)^a$', ['a'], ['a\n', '\na', 'b\na']],
    ['(?m)a$\n^b', ['a\nb'], ['ab']],
    ['^a\\b.b', ['a-b', 'a\u00e9b'], ['aab']],
    ['a\\Bb', ['ab'], ['a b']],
    ['\\b', [], ['', 'a']],
    ['(?:^|a)b', ['b', 'ab'], ['aab', 'bb']],
    ['\\B', [''], ['a']],
    ['\\C\\C', ['ab', 'é'], ['a', '日', '😀']],
    ['.\\C', ['aé'.slice(0, 1) + 'b'], ['aé', 'é']],
    ['\\C{4}', ['😀', 'éé'], ['日']],
    ['[^\\s\\S]', [], ['', 'a']],
    ['\\x{1F600}', ['😀'], ['\ud83d']],
    ['\\x{d83d}\\x{de00}', [], ['😀']],
    ['^\\x{d83d}\\x{de00}', [], ['😀']],
    ['\\Q.*\\E', ['.*'], ['..']],
    ['\\p{Greek}+', ['αΩ', 'ͼ'], ['a', '']],
    ['(?P<n>a)(?P<n>b)', ['ab'], []],
    ['[ab]|(?i:b)', ['a', 'b'], ['A', 'B']],
    ['(a*)*b?', ['', 'aaa', 'aab'], ['bb']],
    // what a header of the golden files cannot hold
    ['\\a\\f\\t\\n\\r\\v', ['\x07\f\t\n\r\v'], []],
    ['\\0101\\x001\\0', ['\b1\x001\0'], []],
    ['\ufffd', ['\ud800', '\udbff', '\udc00', '\udfff', '\ufffd'], ['\ud7ff', '\ue000', '\ufffc']],
    ['[\ud800]', ['\ufffd', '\udfff'], ['\ue000']],
    ['.', ['\x80', '\x7f', '\0'], ['\n', '\x80\x80']],
    ['(?s).\\C', ['\n\n'], ['\n', '\x80']],
    ['\\s[[:space:]][^[:blank:]]', ['\n\v\n', '\f\r\v'], ['\v\v\v', '\n\n\t']],
    ['[[:cntrl:]][[:ascii:]][[:blank:]]', ['\0\0\t', '\x1f\x7f ', '\x7f\x7f\t'], ['\x80\0\t', '\0\x80\t', '\0\0\n']],
    ['(?m)$\n^', ['\n'], ['\n\n', '']],
    ['(?m)^$', [''], ['\n']],
    ['\\C', ['\0', '\x7f'], ['\x80']],
    ['^\\x{e000}\\x{d7ff}', ['\ue000\ud7ff'], []],
    ['^\\x{d801}\\x{dfff}', [], ['\u{103ff}', '\u{107ff}']],
    ['^\\x{d800}\\x{dc00}', [], ['\u{10000}']],
    ['.', ['\v'], []],
    ['(?s)a.\\b.b', ['a\nbb'], ['a\n\nb']],
    ['(?m)a^b|a$b', [], ['ab']],
    ['^[ab]*', ['', 'ab'], ['c', '\0', 'a\0', '\0a']],
    ['a\\B-|\\Ba', [], ['a-', 'a']],
    ['a\\z|-\\z|ab', ['a', '-', 'ab'], ['a-']],
    ['a$|-$|ab', ['a', '-', 'ab'], ['a-']],
  ];
  for (const [pattern, matching, others] of cases) {
    it(JSON.stringify(pattern), () => {
      const matches = matcherAnew(pattern);
      assert.ok(matches);
      for (const text of matching) assert.ok(matches(text), `should match ${JSON.stringify(text)}`);
      for (const text of others) assert.ok(!matches(text), `should not match ${JSON.stringify(text)}`);
    });
  }
});
