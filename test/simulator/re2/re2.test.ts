import assert from 'node:assert/strict';
import { fullMatcher, inspectRegex } from '../../../src/lib/simulator/envoy/re2.js';
import { inspectAnew, matcherAnew } from './anew.js';

describe('RE2: inspectRegex', () => {
  it('says what is wrong', () => {
    const refusal = (pattern: string): readonly unknown[] => {
      const { accepted, refusal: kind, reason, size } = inspectAnew(pattern);
      assert.equal(accepted, false);
      return [kind, reason, size];
    };
    assert.deepEqual(refusal(''), ['empty', 'a regular expression must not be empty', null]);
    assert.deepEqual(refusal('/(?!x)'), ['syntax', 'invalid perl operator: (?!', null]);
    assert.deepEqual(refusal('(a)\\1'), ['syntax', 'invalid escape sequence: \\1', null]);
    assert.deepEqual(refusal('/(a{10}){10}'), ['program-size', "program size 125 is over Envoy's limit of 100", 125]);
    assert.deepEqual(refusal('\\p{L}'), ['program-size', "program size 1200 is over Envoy's limit of 100", 1200]);
  });

  it('draws the line between 100 and 101', () => {
    assert.equal(inspectRegex('a'.repeat(96)).accepted, true);
    assert.equal(inspectRegex('a'.repeat(96)).size, 100);
    assert.equal(inspectRegex('a'.repeat(97)).accepted, false);
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

  it('cuts long quotations of the pattern', () => {
    assert.ok((inspectRegex('('.repeat(10_000)).reason ?? '').length < 400);
  });
});

describe('RE2: fullMatcher', () => {
  it('gives null for a pattern that Envoy refuses', () => {
    for (const pattern of ['', '(', 'a{1000}']) assert.equal(fullMatcher(pattern), null);
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
