import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { Component } from '../../../src/lib/analysis/request-space/languages.js';
import { split, type Split } from '../../../src/lib/analysis/request-space/split.js';
import { fullMatcher } from '../../../src/lib/simulator/envoy/re2.js';

/** All texts over a small alphabet, shorter ones first. */
function texts(alphabet: string, length: number): string[] {
  const all = [''];
  for (let from = 0, round = 0; round < length; round++) {
    const end = all.length;
    for (; from < end; from++) for (const character of alphabet) all.push(all[from]! + character);
  }
  return all;
}

const ALPHABET = 'ab/';
const LANGUAGE = { pattern: '[ab/]*', preferred: [] };
const LONGEST = 5;
const ALL = texts(ALPHABET, LONGEST);

const atom = fc.constantFrom('a', 'b', '/', '.', '[ab]', '[^a]', '(?i)A', 'ab', '(a|b/)', '(ab|a)', '\\b', '^', '$');
const pattern = fc
  .array(fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}')), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.map(([piece, repeat]) => (/^[\\^$]/.test(piece) ? piece : `(?:${piece})${repeat}`)).join(''))
  .filter((text) => fullMatcher(text) !== null);

function splitOf(patterns: readonly string[], onlyDifferences = false, programs = 1): Split {
  const result = split({
    language: new Component(LANGUAGE),
    components: patterns.map((text) => new Component(LANGUAGE, { pattern: text })),
    // nothing is final, so every combination is a part of its own
    lists: onlyDifferences
      ? patterns.map((_, index) => [{ conditions: [index], rest: 0, final: true }])
      : [patterns.map((_, index) => ({ conditions: [index], rest: index, final: false }))],
    programs,
    onlyDifferences,
    preferred: [],
  });
  assert.ok('parts' in result);
  return result;
}

describe('intersections of regular expressions', function () {
  this.timeout(120_000);

  it('agree with brute force: which are empty, and the shortest text of the others', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 4 }), (patterns) => {
        const matchers = patterns.map((text) => fullMatcher(text)!);
        const { parts, partOf } = splitOf(patterns);
        const vector = (text: string) => matchers.flatMap((matches, index) => (matches(text) ? [index] : [])).join('+');
        const shortest = new Map<string, number>();
        for (const text of ALL) {
          const key = vector(text);
          if (!shortest.has(key)) shortest.set(key, text.length);
          assert.equal(partOf(text), key, text);
        }
        for (const { key, witness } of parts) {
          assert.equal(vector(witness), key);
          const length = shortest.get(key) ?? Infinity;
          if (witness.length <= LONGEST) assert.equal(witness.length, length, witness);
          else assert.equal(length, Infinity);
        }
        assert.deepEqual(
          [...shortest.keys()].filter((key) => !parts.some((part) => part.key === key)),
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  it('give texts that another implementation of RE2 matches', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), (patterns) => {
        for (const { key, witness } of splitOf(patterns).parts) {
          patterns.forEach((text, index) => {
            const expected = key.split('+').includes(String(index));
            assert.equal(RE2JS.compile(text).matcher(witness).matches(), expected, `${text} on ${witness}`);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds where two patterns differ, or that they do not', () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const [a, b] = [fullMatcher(one)!, fullMatcher(other)!];
        const { parts } = splitOf([one, other], true, 2);
        const differing = parts.filter(({ rests }) => rests);
        for (const { witness } of differing) assert.notEqual(a(witness), b(witness));
        const example = ALL.find((text) => a(text) !== b(text));
        if (example !== undefined) assert.ok(differing.length > 0, example);
      }),
      { numRuns: 300 },
    );
  });

  it('describes each part by patterns that all of its texts and no others satisfy', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), (patterns) => {
        const matchers = patterns.map((text) => fullMatcher(text)!);
        const { parts, partOf } = splitOf(patterns);
        for (const text of ALL) {
          const part = parts.find(({ key }) => key === partOf(text))!;
          const holds = matchers.map((matches) => matches(text));
          const fits = part.vectors.some((vector) =>
            vector.every((known, at) => known === undefined || known === holds[at]),
          );
          assert.ok(fits, text);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('says which bound was met', () => {
    const patterns = Array.from({ length: 12 }, (_, index) => `[ab/]*${ALPHABET[index % 3]}[ab/]{${index}}`);
    const result = split({
      language: new Component(LANGUAGE),
      components: patterns.map((text) => new Component(LANGUAGE, { pattern: text })),
      lists: [patterns.map((_, index) => ({ conditions: [index], rest: index, final: false }))],
      programs: 1,
      onlyDifferences: false,
      preferred: [],
      maxStates: 1000,
    });
    assert.deepEqual(result, { bound: 'states', limit: 1000 });
  });
});
