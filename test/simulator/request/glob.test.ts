import assert from 'node:assert/strict';
import { TargetError } from '../../../src/lib/simulator/request/index.js';
import { expandSingle } from '../../../src/lib/simulator/request/glob.js';

/** What curl 7.88 makes of these patterns was asked of it: `curl -w '%{url_effective}'`. */

function told(pattern: string): string {
  try {
    return expandSingle(pattern);
  } catch (error) {
    assert.ok(error instanceof TargetError, String(error));
    return error.curlExitCode === 3 ? 'malformed' : error.message;
  }
}

const many = (count: string | number): string =>
  `the brackets stand for ${count} requests, and a target is one request`;

describe("a pattern of curl's", () => {
  it('that stands for one text gives it', () => {
    const given: readonly (readonly [pattern: string, text: string])[] = [
      ['', ''],
      ['{a}', 'a'],
      ['x{a}y{b}z', 'xaybz'],
      ['{a}{b}', 'ab'],
      ['{a\\}}', 'a}'],
      ['{a\\,b}', 'a,b'],
      ['{\\a\\\\}', 'a\\'],
      ['[1-1]', '1'],
      ['[0-0]', '0'],
      ['[1-1:1]', '1'],
      ['[1-\t 1]', '1'],
      ['[05-5]', '05'],
      ['[5-05]', '5'],
      [`[${'0'.repeat(30)}1-1]`, `${'0'.repeat(30)}1`],
      ['[9007199254740993-9007199254740993]', '9007199254740993'],
      ['[18446744073709551615-18446744073709551615]', '18446744073709551615'],
      ['[a-a]', 'a'],
      ['[a-a:1]', 'a'],
      ['[Z-Z]', 'Z'],
      ['[]', '[]'],
      ['[]x', '[]x'],
      ['[::1]', '[::1]'],
      ['x[2001:DB8::192.0.2.1]{y}', 'x[2001:DB8::192.0.2.1]y'],
      ['[::1%25lo]', '[::1%25lo]'],
      ['[::1%25]', '[::1%25]'],
      [`[::1%${'a'.repeat(15)}]`, `[::1%${'a'.repeat(15)}]`],
      [`[::1%25${'a'.repeat(15)}]`, `[::1%25${'a'.repeat(15)}]`],
      ['\\{a\\}\\[\\]', '{a}[]'],
      ['a\\b{c}', 'a\\bc'],
      ['{c}\\', 'c\\'],
    ];
    for (const [pattern, text] of given) assert.equal(told(pattern), text, pattern);
  });

  it('that stands for several texts is several requests', () => {
    const given: readonly (readonly [pattern: string, count: number])[] = [
      ['{a,b}', 2],
      ['{,}', 2],
      ['{a,b,c}', 3],
      ['[1-10]', 10],
      ['[1-10:3]', 4],
      ['[1-10:9]', 2],
      ['[0-10:000000000000000000000005]', 3],
      ['[0-18446744073709551615:18446744073709551615]', 2],
      ['[a-c]', 3],
      ['[a-c:2]', 2],
      ['[a-z:25]', 2],
      ['[A-Z]', 26],
      ['[B-[]', 26],
      ['[1-2]{a,b}x[a-b]', 8],
      ['[1-1000000]', 1_000_000],
    ];
    for (const [pattern, count] of given) assert.equal(told(pattern), many(count), pattern);
    assert.equal(told('[1-1000001]'), many('very many'));
    assert.equal(told('[0-9223372036854775807]'), many('very many'));
  });

  it('is refused where curl refuses it', () => {
    const given = [
      ...['{a\\', '{a\\}', '{}', '{a', '{a{b}', '{a[b}', '{a[1-1]}', '{a]}', '}', ']', '{a}]', 'a}b', 'a]b'],
      ...['[1-1:2]', '[1-1:0]', '[1-10:10]', '[1-10:0]', '[10-1]', '[1 -1]', '[1-1', '[1-]', '[1--1]', '[1-1:1x]'],
      ...['[ 1-1]', '[1-a]', '[18446744073709551616-18446744073709551616]', '[0-1:18446744073709551616]'],
      ...['[a-a:2]', '[a-a:0]', '[a-c:3]', '[a-z:26]', '[A-z]', '[A-a]', '[z-a]', '[a-{]', '[a-é]', '[a-1]', '[a-b:x]'],
      ...[
        '[a',
        '[a-]',
        '[zz]',
        '[::1',
        '[::g]',
        '[1::1::1]',
        '[1[::1]',
        '[::1%]',
        '[::1%a/b]',
        '[::1%a?b]',
        '[::1%a b]',
      ],
      ...[`[::1%${'a'.repeat(16)}]`, `[::1%25${'a'.repeat(16)}]`],
    ];
    for (const pattern of given) assert.equal(told(pattern), 'malformed', pattern);
  });

  it('has fewer than 100 parts', () => {
    for (const [part, most] of [
      ['{a}', 99],
      ['{a}x', 49],
      ['x[1-1]', 49],
    ] as const) {
      assert.notEqual(told(part.repeat(most)), 'malformed', part);
      assert.equal(told(part.repeat(most + 1)), 'malformed', part);
    }
  });

  it('is shown with the place, unless it is long', () => {
    const places: readonly (readonly [pattern: string, message: string])[] = [
      ['ab{', 'a brace is never closed at character 3 of ab{'],
      ['a[x', 'the range within brackets is malformed at character 2 of a[x'],
      ['a{}', 'nothing stands within the braces at character 3 of a{}'],
      ['a{b{', 'a bracket is nested at character 4 of a{b{'],
      ['a{b]', 'a ] closes nothing at character 4 of a{b]'],
      ['ab}', 'a } closes nothing at character 3 of ab}'],
      [`${'a'.repeat(59)}}`, `a } closes nothing at character 60 of ${'a'.repeat(59)}}`],
      [`${'a'.repeat(60)}}`, 'a } closes nothing at character 61 of the URL'],
    ];
    for (const [pattern, message] of places)
      assert.throws(() => expandSingle(pattern), { message: `${message} (curl exits with 3)` });
  });
});
