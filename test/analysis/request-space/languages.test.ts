import assert from 'node:assert/strict';
import {
  Answer,
  Component,
  quote,
  type Condition,
  type Language,
} from '../../../src/lib/analysis/request-space/languages.js';
import { split, type Case, type Split } from '../../../src/lib/analysis/request-space/split.js';
import { fullMatcher } from '../../../src/lib/simulator/envoy/re2.js';

/** All texts over an alphabet up to a length. */
function texts(alphabet: string, length: number): string[] {
  const longer = length === 0 ? [] : texts(alphabet, length - 1);
  return ['', ...longer.flatMap((text) => Array.from(alphabet, (character) => text + character))].filter(
    (text, index, all) => all.indexOf(text) === index,
  );
}

const TEXTS = texts('ab?', 5);

const stateAt = (component: Component, text: string): number =>
  Array.from(new TextEncoder().encode(text)).reduce((state, byte) => component.next(state, byte), component.start);

const LANGUAGES: Language[] = [
  { pattern: '[ab?]*', preferred: [] },
  { pattern: 'a[ab?]*', except: 'ab*', preferred: [] },
  { pattern: '[ab]*(\\?[ab?]*)?', except: '(?:)', preferred: [] },
  { pattern: 'aa|b', preferred: [] },
];
const CONDITIONS: (Condition | undefined)[] = [
  undefined,
  ...['a', 'a.*', '.*b', '(ab)*', '.*\\?.*', '(?:)', '(?s).*', 'c'].flatMap((pattern): Condition[] => [
    { pattern },
    { pattern, negated: true },
    { pattern, beforeQuery: true },
    { pattern, negated: true, beforeQuery: true },
  ]),
];

describe('the automaton of a condition on the texts of a language', () => {
  for (const language of LANGUAGES) {
    it(`${language.pattern}${language.except === undefined ? '' : ` but ${language.except}`}: says of each text what the patterns say, and where that is settled`, () => {
      const isIn = fullMatcher(language.pattern)!;
      const isExcept = language.except === undefined ? () => false : fullMatcher(language.except)!;
      for (const condition of CONDITIONS) {
        const component = new Component(language, condition);
        const matches = condition && fullMatcher(condition.pattern)!;
        const holds = (text: string): boolean => {
          const compared = condition?.beforeQuery ? text.replace(/\?.*/, '') : text;
          return !matches || matches(compared) !== (condition.negated ?? false);
        };
        const members = TEXTS.filter((text) => isIn(text) && !isExcept(text));
        const told = JSON.stringify(condition);
        for (const text of TEXTS) {
          const state = stateAt(component, text);
          const expected = members.includes(text) && holds(text);
          assert.equal(component.answer(state) === Answer.yes, expected, `${text} of ${told}`);
          const onwards = members.filter((other) => other.startsWith(text));
          const fate = component.fate(state);
          if (fate !== 'open')
            for (const other of onwards)
              assert.equal(holds(other), fate === 'always', `${text}, then ${other}, of ${told}`);
          if (text.length < 2 && fate === 'open') {
            assert.equal(new Set(onwards.map(holds)).size, 2, `${text} of ${told} is settled, and no one says so`);
          }
        }
      }
    });
  }

  it('does not tell apart bytes that no pattern tells apart, but for the `?` where it ends what is compared', () => {
    const classes = (condition: Condition) => new Component({ pattern: '(?s).*', preferred: [] }, condition).classes;
    const [plain, before] = [classes({ pattern: 'a' }), classes({ pattern: 'a', beforeQuery: true })];
    const isAlike = (some: Uint8Array, pair: string) => some[pair.charCodeAt(0)] === some[pair.charCodeAt(1)];
    assert.deepEqual([isAlike(plain, 'bc'), isAlike(plain, 'ab')], [true, false]);
    assert.deepEqual([isAlike(plain, '!?'), isAlike(before, '!?')], [true, false]);
  });

  it('refuses a pattern that is none', () => {
    assert.throws(
      () => new Component({ pattern: '(', preferred: [] }),
      /no pattern of a route that Envoy accepts: \($/,
    );
  });
});

describe('a quoted text', () => {
  it('matches itself and nothing else, whatever is in it', () => {
    for (const text of ['a.b', 'é_-', '\n', '\0', '(*|\\', '$^', ' ', '😀']) {
      const matches = fullMatcher(quote(text))!;
      assert.ok(matches(text), JSON.stringify(text));
      assert.equal(matches(`${text}x`) || matches('axb'), false);
    }
  });
});

describe('texts cut along lists of cases', () => {
  const language: Language = { pattern: '[ab]*', preferred: [] };
  const one = (conditions: number[], rest: number, final = true): Case => ({ conditions, rest, final });

  function cut(patterns: readonly string[], lists: readonly (readonly Case[])[], more: object = {}): Split {
    const result = split({
      language: new Component(language),
      components: patterns.map((pattern) => new Component(language, { pattern })),
      lists,
      programs: 1,
      onlyDifferences: false,
      preferred: [],
      ...more,
    });
    assert.ok('parts' in result);
    return result;
  }
  const told = ({ parts }: Split) => Object.fromEntries(parts.map(({ key, witness }) => [key, witness]));

  it('hold the rest of the first case that is final, and of those before it', () => {
    const lists = [[one([0], 7, false), one([1], 8), one([], 9)]];
    assert.deepEqual(told(cut(['.*a', 'bb.*'], lists)), { '9': '', '7+9': 'a', '8': 'bb', '7+8': 'bba' });
    assert.deepEqual(told(cut(['.*a', 'bb.*'], [[one([0, 1], 7), one([], 9)]])), { '9': '', '7': 'bba' });
    assert.deepEqual(told(cut(['.*a'], [[one([0], 7)]])), { '': '', '7': 'a' });
  });

  it('are not cut where a later case says the same', () => {
    assert.deepEqual(told(cut(['.*a', 'b.*'], [[one([0], 7), one([1], 7), one([], 7)]])), { '7': '' });
    assert.deepEqual(told(cut(['.*a', 'b.*'], [[one([0], 7, false), one([1], 7, false)]])), { '': '', '7': 'a' });
  });

  it('are one where the programs agree, if only differences are asked for', () => {
    const differing = cut(
      ['.*a', '.*aa'],
      [
        [one([0], 7), one([], 9)],
        [one([1], 7), one([], 9)],
      ],
      { programs: 2, onlyDifferences: true },
    );
    assert.deepEqual(told(differing), { same: '', '7|9': 'a' });
    assert.equal(differing.parts.find(({ key }) => key === 'same')!.rests, undefined);
    assert.deepEqual(['', 'b', 'a', 'ba', 'aa'].map(differing.partOf), ['same', 'same', '7|9', '7|9', 'same']);
    // two lists of each program, in order
    const pairs = [[one([0], 1)], [one([1], 2)], [one([0], 1)], [one([1], 2)]];
    assert.deepEqual(told(cut(['a', 'b'], pairs, { programs: 2, onlyDifferences: true })), { same: '' });
    const swapped = [[one([0], 1)], [one([1], 2)], [one([1], 2)], [one([0], 1)]];
    assert.deepEqual(told(cut(['a', 'b'], swapped, { programs: 2, onlyDifferences: true })), {
      same: '',
      '1|||1': 'a',
      '|2|2|': 'b',
    });
  });

  it('have the preferred text of each part as its example, the first of them', () => {
    const lists = [[one([0], 7), one([], 9)]];
    assert.deepEqual(told(cut(['.*a'], lists, { preferred: ['bba', 'aa', 'bb', 'xa'] })), { '9': 'bb', '7': 'bba' });
  });

  it('are told apart also where the automaton is too large to learn beforehand what is settled', () => {
    const tenth = '[ab]*a[ab]{9}';
    const component = new Component(language, { pattern: tenth });
    assert.equal(component.fate(component.start), 'open');
    const { parts, partOf } = cut([tenth], [[one([0], 7), one([], 9)]]);
    assert.deepEqual(
      parts.map(({ key, witness }) => [key, witness.length]),
      [
        ['9', 0],
        ['7', 10],
      ],
    );
    assert.deepEqual(['ab', 'bbaaaaaaaaa', 'babbbbbbbbb'].map(partOf), ['9', '9', '7']);
  });

  it('have no part where no text of the language is left', () => {
    const result = split({
      language: new Component({ pattern: '[ab]*', except: '(?:b[ab]*)?', preferred: [] }),
      components: ['a.*', 'c'].map((pattern) => new Component(language, { pattern })),
      lists: [[one([0], 7)], [one([1], 7)]],
      programs: 2,
      onlyDifferences: true,
      preferred: [],
    });
    assert.ok('parts' in result);
    assert.deepEqual(told(result), { '7|': 'a' });
  });

  it('lie in a part each, and others are told to be none', () => {
    const { partOf } = cut(['.*a'], [[one([0], 7), one([], 9)]]);
    assert.equal(partOf('a'), '7');
    assert.throws(() => partOf('x'), /no request of the space has this text: "x"/);
  });

  it('have an example of one shape with the others where what is open is the end alone', () => {
    const lists = [[one([0], 7), one([], 9)]];
    const result = split({
      language: new Component({ pattern: '[ab]*bb', preferred: [] }),
      components: [new Component({ pattern: '[ab]*bb', preferred: [] }, { pattern: 'a.*' })],
      lists,
      programs: 1,
      onlyDifferences: false,
      preferred: [],
    });
    assert.ok('parts' in result);
    assert.deepEqual(told(result), { '9': 'bb', '7': 'abb' });
  });

  it('are given up past a bound of states, or of parts', () => {
    const patterns = Array.from({ length: 13 }, (_, at) => `[ab]{${at}}a[ab]*`);
    const lists = [patterns.map((_, at) => one([at], at, false))];
    const components = patterns.map((pattern) => new Component(language, { pattern }));
    const input = {
      language: new Component(language),
      components,
      lists,
      programs: 1,
      onlyDifferences: false,
      preferred: [],
    };
    assert.deepEqual(split({ ...input, maxStates: 20 }), { bound: 'states', limit: 20 });
    assert.deepEqual(split(input), { bound: 'classes', limit: 4096 });
    const twelve = split({ ...input, components: components.slice(0, 11), lists: [lists[0]!.slice(0, 11)] });
    assert.equal('parts' in twelve && twelve.parts.length, 2048);
  });
});
