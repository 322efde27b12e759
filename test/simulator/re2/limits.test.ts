import assert from 'node:assert/strict';
import { fullMatcher, inspectRegex, type RegexInspection } from '../../../src/lib/simulator/envoy/re2.js';
import { counted, type Counted } from '../../support/steps.js';

const fill = (part: string, length: number): string => part.repeat(Math.ceil(length / part.length));

/** Twice the length may cost twice the steps, and a little more: a table that is filled once, a cache that starts anew. */
const LINEAR = 2.2;
/** Steps for the patterns that use up the allowance of `work.ts`, which counts more coarsely. */
const MOST_STEPS = 100_000_000;

describe('RE2: work', function () {
  this.timeout(60_000);

  let re2: Counted<{ inspectRegex: typeof inspectRegex; fullMatcher: typeof fullMatcher }>;
  before(async () => {
    re2 = await counted('src/lib/simulator/envoy/re2.ts');
  });

  const huge: Readonly<Record<string, (length: number) => string>> = {
    'a long text': (length) => fill('a', length),
    'many classes': (length) => fill('[^a]', length),
    'many groups that fold case': (length) => `(?i)${fill('\\pL', length)}`,
    'many repeats': (length) => fill('a{1000}', length),
    'many optional repeats': (length) => fill('(?:a?){0,999}', length),
    'repeats thrown away': (length) => fill('(?:x{1000}){0}', length),
    'many openings': (length) => fill('(', length),
    'many bracket openings': (length) => fill('[[:', length),
    'deep groups': (length) => `${fill('(', length)}a${fill(')', length)}`,
    'deep loops': (length) => `${fill('(?:', length)}a${')+)+?'.repeat(Math.ceil(length / 3) / 2)}`,
    'groups that grow': (length) => `${fill('(?:', length)}x${fill('y.)', length)}`,
    'choices that grow': (length) => `${fill('(?:', length)}a${fill('|b.)', (length * 4) / 3)}`,
    'common beginnings': (length) =>
      Array.from({ length: Math.sqrt(2 * length) }, (_, i) => 'ab'.repeat(700).slice(0, i)).join('|'),
    'common conditions': (length) => `${fill('^', length)}a|${fill('^', length)}b`,
    'empty choices': (length) => fill('(|a)*', length),
    'options in options': (length) => `${fill('(?:a', (length * 2) / 3)}${fill(')?', length / 3)}`,
    'repeats in repeats': (length) => `${fill('(?:', (length * 3) / 7)}a${fill('){1}', (length * 4) / 7)}`,
    'choices without common beginnings': (length) => fill('aa|bb|', length),
    'loops of options': (length) => `(?:${fill('a?', length)})*`,
  };
  for (const [name, pattern] of Object.entries(huge)) {
    it(`answers for ${name}, in steps that grow as the pattern does`, () => {
      // longer than what is remembered of patterns
      const [short, long] = [12_000, 24_000].map((length) =>
        re2.stepsOf(() => {
          const { accepted, size } = re2.module.inspectRegex(pattern(length));
          assert.equal(accepted, size !== null && size <= 100);
        }),
      );
      assert.ok(long! < LINEAR * short!, `${short} steps, then ${long}`);
      assert.ok(long! < MOST_STEPS, `${long} steps`);
    });
  }

  for (const pattern of ['(a+)+b', '(a|aa)*b', '(?:a*)*b', '(.*)(.*)(.*)b', '(a|b)*a(a|b){12}', '^(\\b|a)*b']) {
    it(`matches ${pattern} in linear time`, () => {
      const length = 50_000;
      const steps = re2.stepsOf(() => {
        for (const text of [fill('a', length), `${fill('a', length)}b`]) re2.module.fullMatcher(pattern)?.(text);
      });
      // once around the loop for a character of each text; what a set of states leads to is found once
      assert.ok(steps < 2.5 * length, `${steps} steps`);
    });
  }
});

describe('RE2: bounds', function () {
  this.timeout(60_000);

  it('answers for patterns as long as files may be', () => {
    const cases: [string, Partial<RegexInspection>][] = [
      [fill('a', 1_000_000), { refusal: 'program-size', sizeIsExact: true }],
      [fill('(', 1_000_000), { refusal: 'syntax', sizeIsExact: true }],
      [`${'(?:'.repeat(50_000)}a${')+)+?'.repeat(25_000)}`, { accepted: true, size: 6 }],
      [fill('(?:a?){0,999}', 150_000), { refusal: 'program-size', sizeIsExact: false }],
    ];
    for (const [pattern, expected] of cases) {
      const inspection = inspectRegex(pattern);
      assert.deepEqual({ ...inspection, ...expected }, inspection, pattern.slice(0, 20));
    }
  });

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
    // two sequences with one beginning: the second's is given back
    assert.deepEqual(refusal('[éí]'.repeat(174_749)), ['program-size', tooLarge, true]);
    assert.equal(inspectRegex('[éí]'.repeat(174_748)).size, 524_248);
  });

  it('knows how many nodes and children RE2 takes', () => {
    // what is said here is what RE2 says; `a*a*` becomes one loop unless it falls into two lists of 65,535
    const beyondLists = [65_532, 65_533, 65_534, 65_535, 131_068, 131_069, 131_070].map(
      (count) => inspectRegex(`${'[a-c]'.repeat(count)}a*a*`).size! - count,
    );
    assert.deepEqual(beyondLists, [5, 5, 7, 5, 5, 7, 5]);
    // 1,397,639 visits of nodes that make no instructions, and one more for each class behind them
    const visits = [353, 354].map(
      (count) => inspectRegex(`${'(?:(?:[^\\s\\S]{10}){10}){10}'.repeat(1258)}${'[^\\s\\S]'.repeat(count)}`).size,
    );
    assert.deepEqual(visits, [1, null]);
    const nodes = [499_995, 499_996].map((count) => inspectRegex('a{0}'.repeat(count)).size);
    assert.deepEqual(nodes, [4, null]);
  });

  it('gives up on common beginnings that nest beyond what Envoy takes', () => {
    const nested = (count: number) =>
      inspectRegex(Array.from({ length: count }, (_, index) => 'ab'.repeat(count).slice(0, index + 1)).join('|'));
    assert.deepEqual([nested(301).size, nested(301).sizeIsExact], [605, true]);
    assert.equal(nested(302).sizeIsExact, false);
    assert.match(nested(302).reason!, /common beginnings of alternatives nest too deeply/);
  });

  it('has no bound of nesting, as RE2 has none', () => {
    assert.equal(inspectRegex(`${'(?:'.repeat(5000)}a${')'.repeat(5000)}`).size, 5);
  });

  it('keeps its sets of states bounded', () => {
    const matches = fullMatcher('[ab]*a[ab]{12}');
    let text = '';
    for (let i = 0; i < 60_000; i++) text += (i * 7919) % 13 < 6 || i % 17 === 3 ? 'a' : 'b';
    assert.equal(matches?.(text), text.at(-13) === 'a');
  });
});
