import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { Component } from '../../../src/lib/analysis/request-space/languages.js';
import { split, type Case, type Split } from '../../../src/lib/analysis/request-space/split.js';
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
});

/** A case of a list: its conditions, what it leads to, and whether more is asked there. */
const when = (conditions: readonly number[], rest: number, final = true): Case => ({ conditions, rest, final });

interface Asked {
  readonly patterns: readonly string[];
  readonly lists: readonly (readonly Case[])[];
  readonly language?: string;
  readonly programs?: number;
  readonly preferred?: readonly string[];
  readonly maxStates?: number;
}

function ask({ patterns, lists, language = '[ab/]*', programs, preferred = [], maxStates }: Asked) {
  const texts = { pattern: language, preferred: [] };
  return split({
    language: new Component(texts),
    components: patterns.map((pattern) => new Component(texts, { pattern })),
    lists,
    programs: programs ?? 1,
    onlyDifferences: programs !== undefined,
    preferred,
    ...(maxStates !== undefined && { maxStates }),
  });
}

function cut(asked: Asked): Split {
  const result = ask(asked);
  assert.ok('parts' in result);
  return result;
}

/** What each part leads to, with a text of it. */
const told = ({ parts }: Split) => Object.fromEntries(parts.map(({ key, witness }) => [key, witness]));

/** More states than a search may have. */
const LARGE = '[ab/]*a[ab/]{16}';

describe('the parts that texts are cut into', () => {
  const rows: [what: string, asked: Asked, parts: Record<string, string>][] = [
    ['all is one where nothing is asked', { patterns: [], lists: [[]] }, { '': '' }],
    [
      'each case, and the rest',
      { patterns: ['a', 'b'], lists: [[when([0], 0), when([1], 1)]] },
      { '': '', 0: 'a', 1: 'b' },
    ],
    [
      'of cases that hold the first',
      { patterns: ['a', 'a|b'], lists: [[when([0], 0), when([1], 1)]] },
      { '': '', 0: 'a', 1: 'b' },
    ],
    [
      'all that hold where more is asked',
      { patterns: ['a', 'a|b'], lists: [[when([0], 0, false), when([1], 1, false)]] },
      { '': '', '0+1': 'a', 1: 'b' },
    ],
    ['each once', { patterns: ['a', 'a|b'], lists: [[when([0], 0, false), when([1], 0, false)]] }, { '': '', 0: 'a' }],
    [
      'up to the first where nothing is',
      { patterns: ['a', 'a|b'], lists: [[when([0], 0, false), when([1], 1), when([], 2, false)]] },
      { 2: '', '0+1': 'a', 1: 'b' },
    ],
    ['all conditions of a case', { patterns: ['a.*', '.*b'], lists: [[when([0, 1], 0)]] }, { '': '', 0: 'ab' }],
    [
      'nothing behind a case that always holds',
      { patterns: ['a', 'b'], lists: [[when([0], 0), when([], 1), when([1], 2)]] },
      { 0: 'a', 1: '' },
    ],
    [
      'nothing before one that leads to the same',
      { patterns: ['a', 'b'], lists: [[when([0], 1), when([1], 0), when([], 0)]] },
      { 0: '', 1: 'a' },
    ],
    [
      'what is before another one',
      { patterns: ['a', 'b'], lists: [[when([0], 0), when([1], 1), when([], 0)]] },
      { 0: '', 1: 'b' },
    ],
    [
      'each list',
      { patterns: ['a', 'a|b'], lists: [[when([0], 0)], [when([1], 1)]] },
      { '|': '', '0|1': 'a', '|1': 'b' },
    ],
    [
      'a case that holds for all from here on',
      { patterns: ['a.*'], lists: [[when([0], 0), when([], 1)]] },
      { 0: 'a', 1: '' },
    ],
    [
      'texts of the language only',
      { patterns: ['a.*', 'c.*'], language: '[ab]*bb', lists: [[when([0], 0), when([1], 1)]] },
      { '': 'bb', 0: 'abb' },
    ],
    [
      'nothing of a language that is empty',
      { patterns: ['a'], language: '[^\\x00-\\x{10ffff}]', lists: [[when([0], 0)]] },
      {},
    ],
    [
      'the shortest text, in bytes',
      { patterns: ['(?:bbbb|éa)'], language: '.*', lists: [[when([0], 0)]] },
      { '': '', 0: 'éa' },
    ],
    [
      'the shortest, although a settled one is met before',
      { patterns: ['a.*|bb'], language: 'a.{4}|bb|c', lists: [[when([0], 0)]] },
      { '': 'c', 0: 'bb' },
    ],
    [
      'of differences what differs',
      {
        patterns: ['a', 'b'],
        programs: 2,
        lists: [
          [when([0], 0), when([1], 1)],
          [when([0], 0), when([1], 2)],
        ],
      },
      { same: '', '1|2': 'b' },
    ],
    [
      'of several lists of each program',
      { patterns: ['a', 'b'], programs: 2, lists: [[when([0], 0)], [when([1], 1)], [when([0], 0)], []] },
      { same: '', '|1||': 'b' },
    ],
    [
      'of differences nothing behind what is the same',
      { patterns: ['a.*', '.*b'], programs: 2, lists: [[when([0], 0), when([1], 1)], [when([0], 0)]] },
      { same: '', '1|': 'b' },
    ],
    ['a text of the language where nothing is asked', { patterns: [], language: '[ab]*bb', lists: [[]] }, { '': 'bb' }],
    [
      'both cases that lead to the same',
      { patterns: ['a', 'b'], lists: [[when([0], 0), when([1], 0)]] },
      { '': '', 0: 'a' },
    ],
    [
      'what is behind a case of which a part holds',
      { patterns: ['a.*', '.*b', '.*/'], language: 'a[ab/]*', lists: [[when([0, 1], 0), when([2], 1)]] },
      { '': 'a', 0: 'ab', 1: 'a/' },
    ],
    [
      'the shortest text, whichever is settled first',
      { patterns: ['acccc|bbb|dddde?'], language: 'acccc|bb[bc]|ddd[cd]e?', lists: [[when([0], 0)]] },
      { '': 'bbc', 0: 'bbb' },
    ],
    [
      'the shortest text, although another one needs nothing more',
      { patterns: ['acc|bbbb'], language: 'acc|bbb[bc]', lists: [[when([0], 0)]] },
      { '': 'bbbc', 0: 'acc' },
    ],
    [
      'of differences which cases they are',
      { patterns: ['a', 'b'], programs: 2, lists: [[when([0], 0)], [when([1], 0)]] },
      { same: '', '0|': 'a', '|0': 'b' },
    ],
    [
      'of differences which conditions',
      {
        patterns: ['-', 'a.*', '.*a', ...Array<string>(8).fill('-'), '/.*', '.*b'],
        programs: 2,
        lists: [[when([1, 12], 0)], [when([11, 2], 0)]],
      },
      { same: '', '0|': 'ab', '|0': '/a' },
    ],
    // what does not matter is not followed
    [
      'nothing of what the programs have in common',
      { patterns: [LARGE], programs: 2, lists: [[when([0], 0)], [when([0], 0)]] },
      { same: '' },
    ],
    [
      'nothing of it either where one asks what holds anyway',
      { patterns: ['a.*', LARGE], language: 'a[ab/]*', programs: 2, lists: [[when([0, 1], 0)], [when([1], 0)]] },
      { same: '' },
    ],
    [
      'nothing of a case of which a part cannot hold',
      { patterns: ['a.*', LARGE], language: 'b[ab/]*', lists: [[when([0, 1], 0)]] },
      { '': 'b' },
    ],
    [
      'nothing of a case before one that holds and leads to the same',
      { patterns: [LARGE], lists: [[when([0], 0), when([], 0)]] },
      { 0: '' },
    ],
  ];
  for (const [what, asked, parts] of rows) {
    it(what, () => {
      const result = cut(asked);
      assert.deepEqual(told(result), parts);
      for (const { key, witness, rests } of result.parts) {
        assert.equal(rests?.map((list) => list.join('+')).join('|') ?? 'same', key);
        if (rests) assert.equal(result.partOf(witness), key);
      }
    });
  }

  it('have no part of a text outside the language', () => {
    const { partOf } = cut({ patterns: ['a'], lists: [[when([0], 0)]] });
    assert.throws(() => partOf('x'.repeat(101)), {
      message: `no request of the space has this text: "${'x'.repeat(100)}"`,
    });
  });

  it('have a readable text', () => {
    const readable: [pattern: string, text: string][] = [
      ['.', 'a'],
      ['[^a]', 'b'],
      ['[^a-z]', '0'],
      ['[^a-z0-9]', '/'],
      ['[^a-z0-9/]', '-'],
      ['[\\x00-,]', ','],
      ['["#%]', '"'],
      ['[%^]', '%'],
      ['[\\x01"\\x7f]', '"'],
      ['[\\x01\\x7f]', '\u0001'],
      ['[é-ü]', 'é'],
    ];
    for (const [pattern, text] of readable)
      assert.equal(told(cut({ patterns: [pattern], language: '(?s).', lists: [[when([0], 0)]] }))['0'], text, pattern);
  });

  it('have of the texts that people like the first one that lies there', () => {
    const lists = [[when([0], 0)]];
    assert.deepEqual(told(cut({ patterns: ['a+'], lists, preferred: ['x', 'aaa', 'aa', 'b', '/'] })), {
      '': 'b',
      0: 'aaa',
    });
  });

  it('are apart, however many conditions there are', () => {
    const patterns = Array.from('abcdefghijklm').flatMap((one) => Array.from('nopqrstuvwx', (other) => one + other));
    const { parts, partOf } = cut({
      patterns,
      language: '[a-z]*',
      lists: [patterns.map((_, index) => when([index], index))],
    });
    assert.equal(parts.length, patterns.length + 1);
    patterns.forEach((text, index) => assert.equal(partOf(text), String(index)));
    for (const { key, witness } of parts) assert.equal(witness, key === '' ? '' : patterns[Number(key)]);
    // of some of which it is settled early whether they hold
    const others = ['.*a', ...patterns.slice(0, 63), 'b.*'];
    const lists = [others.map((_, index) => when([index], index, false))];
    assert.equal(told(cut({ patterns: others, language: '[a-z]*', lists }))['0+64'], 'ba');
  });

  it('say of each condition whether it holds, or that it makes no difference', () => {
    const lists = [[when([0], 0), when([1], 1)]];
    const { parts } = cut({ patterns: ['b.*', '.*/'], lists });
    const vectors = Object.fromEntries(parts.map((part) => [part.key, part.vectors.map(String)]));
    assert.deepEqual(vectors, { '': ['false,false'], 0: ['true,'], 1: ['false,true'] });
    const same = (...programs: Case[][]) =>
      cut({ patterns: ['b.*', '.*/'], programs: 2, lists: programs })
        .parts.find(({ key }) => key === 'same')
        ?.vectors.map(String);
    assert.deepEqual(same(lists[0]!, [when([0], 0)]), ['false,false', 'true,']);
    assert.deepEqual(same([when([0, 1], 0)], []), ['false,false', 'false,', 'true,false']);
  });
});

describe('the bounds of a cut', () => {
  const growing: Asked = { patterns: [LARGE], lists: [[when([0], 0)]] };
  /** Each letter of a text is asked for by itself. */
  const letters = (count: number): Asked => {
    const all = Array.from({ length: count }, (_, index) => index);
    return {
      language: `[ab]{${count}}`,
      patterns: all.map((index) => `[ab]{${index}}a[ab]{${count - 1 - index}}`),
      lists: [all.map((index) => when([index], index, false))],
    };
  };

  it('are states, and are said', () => {
    assert.deepEqual(ask({ ...growing, maxStates: 1000 }), { bound: 'states', limit: 1000 });
    assert.deepEqual(ask(growing), { bound: 'states', limit: 20_000 });
  });

  it('are parts', () => {
    assert.deepEqual(ask(letters(13)), { bound: 'classes', limit: 4096 });
    assert.equal(cut(letters(12)).parts.length, 4096);
    const { language, patterns, lists } = letters(12);
    const another = {
      language: `${language}|/`,
      patterns: [...patterns, '/'],
      lists: [[...lists[0]!, when([12], 12)]],
    };
    assert.deepEqual(ask(another), { bound: 'classes', limit: 4096 });
  });

  it('are not met by what comes after all is settled', () => {
    const { parts } = cut({ language: '[ab]x{50}', patterns: ['a.*'], lists: [[when([0], 0)]], maxStates: 5 });
    assert.deepEqual(
      parts.map(({ key, witness }) => [key, witness]),
      [
        ['0', `a${'x'.repeat(50)}`],
        ['', `b${'x'.repeat(50)}`],
      ],
    );
  });

  it('hold up to the last one', () => {
    const bounds = [6, 7].map((maxStates) => 'bound' in ask({ ...letters(2), maxStates }));
    assert.deepEqual(bounds, [true, false]);
  });
});
