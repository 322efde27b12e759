import assert from 'node:assert/strict';
import { fullMatcher, inspectRegex } from '../../../src/lib/simulator/envoy/re2.js';

const fill = (part: string, length = 150_000): string => part.repeat(Math.ceil(length / part.length));

/** Generous: the machine may be busy. Without bounds these take minutes or forever. */
const LIMIT_MS = 15_000;

describe('RE2: bounds', function () {
  this.timeout(3 * LIMIT_MS);

  const huge: Readonly<Record<string, string>> = {
    'a long text': fill('a', 1_000_000),
    'many classes': fill('[^a]'),
    'many groups that fold case': `(?i)${fill('\\pL')}`,
    'many repeats': fill('a{1000}'),
    'many optional repeats': fill('(?:a?){0,999}'),
    'repeats thrown away': fill('(?:x{1000}){0}'),
    'many openings': fill('('),
    'many bracket openings': fill('[[:'),
    'deep groups': `${fill('(')}a${fill(')')}`,
    'deep loops': `${'(?:'.repeat(50_000)}a${')+)+?'.repeat(25_000)}`,
    'groups that grow': `${'(?:'.repeat(50_000)}x${'y.)'.repeat(50_000)}`,
    'choices that grow': `${'(?:'.repeat(50_000)}a${'|b.)'.repeat(50_000)}`,
    'common beginnings': Array.from({ length: 1400 }, (_, i) => 'ab'.repeat(700).slice(0, i)).join('|'),
    'common conditions': `${'^'.repeat(150_000)}a|${'^'.repeat(150_000)}b`,
    'empty choices': fill('(|a)*'),
    'loops of options': `(?:${fill('a?', 100_000)})*`,
  };
  for (const [name, pattern] of Object.entries(huge)) {
    it(`answers for ${name} (${pattern.length} characters)`, () => {
      const start = performance.now();
      const { accepted, size } = inspectRegex(pattern);
      assert.ok(performance.now() - start < LIMIT_MS);
      assert.equal(accepted, size !== null && size <= 100);
    });
  }

  it('knows the bounds of RE2', () => {
    const refusal = (pattern: string): readonly unknown[] => {
      const { refusal: kind, reason, sizeIsExact } = inspectRegex(pattern);
      return [kind, reason, sizeIsExact];
    };
    const syntax = 'invalid repetition size: {1000}';
    assert.deepEqual(refusal('((a{1000}){1000}){1000}'), ['syntax', syntax, true]);
    assert.deepEqual(refusal('(a{2}){501}'), ['syntax', 'invalid repetition size: {501}', true]);
    assert.equal(inspectRegex('(?:a{2}){500}').size, 1004);
    const tooLarge = 'the program does not fit in the 8 MiB that RE2 allows itself';
    assert.deepEqual(refusal('a'.repeat(698_993)), ['program-size', tooLarge, true]);
    assert.equal(inspectRegex('a'.repeat(698_992)).size, 698_996);
  });

  it('has no bound of nesting, as RE2 has none', () => {
    assert.equal(inspectRegex(`${'(?:'.repeat(5000)}a${')'.repeat(5000)}`).size, 5);
  });

  it('matches in linear time', () => {
    const texts = [fill('a', 100_000), `${fill('a', 100_000)}b`];
    for (const pattern of ['(a+)+b', '(a|aa)*b', '(?:a*)*b', '(.*)(.*)(.*)b', '(a|b)*a(a|b){12}', '^(\\b|a)*b']) {
      const start = performance.now();
      for (const text of texts) fullMatcher(pattern)?.(text);
      assert.ok(performance.now() - start < LIMIT_MS, pattern);
    }
  });

  it('keeps its sets of states bounded', () => {
    const matches = fullMatcher('[ab]*a[ab]{12}');
    let text = '';
    for (let i = 0; i < 60_000; i++) text += (i * 7919) % 13 < 6 || i % 17 === 3 ? 'a' : 'b';
    assert.equal(matches?.(text), text.at(-13) === 'a');
  });
});
