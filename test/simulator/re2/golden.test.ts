import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { MAX_PROGRAM_SIZE } from '../../../src/lib/simulator/envoy/re2.js';
import { inspectAnew, matcherAnew } from './anew.js';

/** Measured on a real Envoy by tools/measure.py. */
function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')) as T;
}

describe('RE2: measured on Envoy', () => {
  const { sizes, refused } = golden<{
    /** Patterns that RE2 compiles, by program size. */
    sizes: Readonly<Record<string, readonly string[]>>;
    /** Patterns that RE2 does not parse, with its words. */
    refused: readonly (readonly [pattern: string, words: string])[];
  }>('sizes');
  const { patterns } = golden<{
    patterns: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[];
  }>('matches');

  for (const [size, ofThatSize] of Object.entries(sizes)) {
    it(`gives ${ofThatSize.length} patterns the size ${size}`, () => {
      for (const pattern of ofThatSize) {
        const inspection = inspectAnew(pattern);
        assert.equal(inspection.size, Number(size), pattern);
        assert.equal(inspection.accepted, Number(size) <= MAX_PROGRAM_SIZE, pattern);
        assert.ok(inspection.sizeIsExact, pattern);
      }
    });
  }

  it(`refuses ${refused.length} patterns in RE2's words`, () => {
    for (const [pattern, words] of refused) {
      const { refusal, reason } = inspectAnew(pattern);
      assert.deepEqual([refusal, reason], ['syntax', words], pattern);
    }
  });

  it(`matches what Envoy matches by ${patterns.length} patterns`, () => {
    for (const [pattern, matching, others] of patterns) {
      const matches = matcherAnew(pattern);
      assert.ok(matches, pattern);
      for (const text of matching) assert.ok(matches(text), `${pattern} matches ${JSON.stringify(text)}`);
      for (const text of others) assert.ok(!matches(text), `${pattern} does not match ${JSON.stringify(text)}`);
    }
  });
});
