import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { SyntaxProblem } from '../../src/lib/resources/errors.js';
import { aliasBudget } from '../../src/lib/resources/yaml/aliases.js';
import { loadYaml } from '../../src/lib/resources/yaml/load.js';
import { splitDocuments } from '../../src/lib/resources/yaml/split.js';

const load = (text: string, budget = 10_000): unknown =>
  loadYaml(text, { maxDepth: 250, aliases: aliasBudget(budget) });

function problem(text: string, budget?: number): SyntaxProblem {
  try {
    load(text, budget);
  } catch (error) {
    assert.ok(error instanceof SyntaxProblem, String(error));
    return error;
  }
  assert.fail(`${text} loads`);
}

interface RecordedScalar {
  readonly text: string;
  readonly value?: unknown;
  /** What sigs.k8s.io/yaml says: the value has no JSON. */
  readonly refused?: string;
}

const scalars = JSON.parse(
  readFileSync(new URL('../fixtures/resources/golden/scalars.json', import.meta.url), 'utf8'),
) as RecordedScalar[];

describe('plain scalars', () => {
  for (const { text, value, refused } of scalars) {
    it(`${text} is read as kubectl reads it`, () => {
      const { k } = load(`k: ${text}\n`) as { k: unknown };
      if (refused) assert.ok(typeof k === 'number' && !Number.isFinite(k), String(k));
      // Go keeps the sign of zero in some places; JSON and Kubernetes do not.
      else if (value === 0) assert.equal(k, 0);
      else assert.deepEqual(k, value);
    });
  }
});

describe('one YAML document', () => {
  it('has one document, and can be text alone', () => {
    const more = 'a: 1\n---\nb: 2\n';
    const { message, offset } = problem(more);
    assert.match(message, /more than one document/);
    assert.equal(offset, more.indexOf('b'));
    const limits = { maxDepth: 250, aliases: aliasBudget(1), isTextOnly: true };
    assert.deepEqual(loadYaml('a: 1.0\nb: yes\nc:\nd: "0"\n', limits), { a: '1.0', b: 'yes', c: null, d: '0' });
  });

  it('has keys of text, whatever they look like', () => {
    assert.deepEqual(load('on: 1\n1: 2\n1.50: 3\n~: 4\n"": 5\n'), { true: 1, 1: 2, 1.5: 3, null: 4, '': 5 });
  });

  it('has no key that is a list or a map, wherever it stands: kubectl refuses it', () => {
    const places: readonly (readonly [text: string, at: number])[] = [
      ['[a]: b', 0],
      ['a: {[x]: b}', 4],
      ['? {x: y}\n: b', 2],
      ['? - a\n: b', 2],
      ['a: [[x]: b]', 4],
      ['a: [{x: y}: b]', 4],
      ['a: [? [x] : b]', 6],
      // what cannot be made into text
      ['? {toString: a}\n: b', 2],
      ['? [{toString: a}]\n: b', 2],
      ['a: [{toString: y}: b]', 4],
      ['a: &a [x]\n*a : b', 10],
    ];
    for (const [text, at] of places) {
      const { message, offset } = problem(text);
      assert.match(message, /^the key of a map must be a plain value here/, text);
      assert.equal(offset, at, text);
    }
    assert.deepEqual(load('a: &a x\n*a : b'), { a: 'x', x: 'b' });
  });

  it('keeps __proto__ and constructor as plain fields', () => {
    const value = load('__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: yes}}\n') as object;
    assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const copied = load('a: &a {__proto__: {x: 1}}\nb: *a\n') as { b: object };
    assert.deepEqual(Object.keys(copied.b), ['__proto__']);
    assert.equal(Object.getPrototypeOf(copied.b), Object.prototype);
  });

  it('merges with <<, own fields first, then the maps in order', () => {
    assert.deepEqual(load('a: &a {x: 1, w: 1}\nb: &b {w: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\n'), {
      a: { x: 1, w: 1 },
      b: { w: 2, z: 2 },
      c: { x: 0, w: 1, z: 2 },
    });
  });

  it('gives each alias a copy of its own', () => {
    const { a, b, c } = load('a: &a {list: [{x: 1}]}\nb: *a\nc: [*a, *a]\n') as Record<string, { list: object[] }>;
    const all = [a, b, ...(c as unknown as { list: object[] }[])];
    for (const one of all) assert.deepEqual(one, { list: [{ x: 1 }] });
    assert.equal(new Set(all).size, 4);
    assert.equal(new Set(all.map((one) => one?.list[0])).size, 4);
  });

  it('knows the tags of YAML itself', () => {
    assert.deepEqual(load('[!!str 1, !!int "3", !!float 1, !!bool yes, !!null ~, !!timestamp 2001-01-01, ! 1]'), [
      '1',
      3,
      1,
      true,
      null,
      '2001-01-01',
      '1',
    ]);
  });

  it('may have long texts', () => {
    const long = 'x'.repeat(3_000_000);
    assert.deepEqual(load(`a: ${long}\nb: "${long}"\nc: |\n  ${long}\n`), { a: long, b: long, c: `${long}\n` });
  });
});

describe('aliases that expand without end', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [previous, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${previous}`).join(', ')}]`);
  }

  it('are refused by number of values', () => {
    const { message, offset } = problem(bomb.join('\n'), 1000);
    assert.match(message, /expand to more than 1000 values/);
    assert.equal(offset, bomb[0]!.length + '\nb: &b ['.length);
  });

  it('are refused by depth, so that nobody runs out of stack', () => {
    const chain = ['a0: &a0 [x]', ...Array.from({ length: 400 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)];
    assert.match(problem(chain.join('\n'), 1e6).message, /nested deeper than 250 levels/);
  });

  it('are refused when they stand in themselves', () => {
    assert.match(problem('a: &a {b: [*a]}').message, /has no end/);
  });

  it('are counted over all documents of an input', () => {
    const aliases = aliasBudget(30);
    const text = 'a: &a [1, 2, 3]\nb: *a\nc: *a\n';
    const read = (): unknown => loadYaml(text, { maxDepth: 250, aliases });
    for (let i = 0; i < 3; i += 1) read();
    assert.throws(read, /expand to more than 30 values/);
  });

  it('by way of << are bounded too', () => {
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}: 1`).join(', ');
    const merges = Array.from({ length: 100 }, (_, i) => `m${i}: {<<: *a}`).join('\n');
    assert.match(problem(`a: &a {${keys}}\n${merges}`).message, /copy more than 10000 fields/);
  });
});

describe('depth', () => {
  const deep = (n: number): [string, string][] => [
    ['lists', '['.repeat(n) + ']'.repeat(n)],
    ['maps', '{a: '.repeat(n) + '1' + '}'.repeat(n)],
    ['dashes', '- '.repeat(n) + '1'],
    ['indentation', Array.from({ length: n }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['explicit keys', '? '.repeat(n) + '1'],
  ];

  for (const [name, text] of deep(3000)) {
    it(`of ${name} is bounded`, () => {
      assert.match(problem(text).message, /nested deeper than 250 levels/);
    });
  }

  for (const [name, text] of deep(100).slice(0, 4)) {
    it(`of ${name} suffices for any Kubernetes object`, () => {
      assert.doesNotThrow(() => load(text));
    });
  }
});

describe('a stream of documents', () => {
  const contents = (text: string): string[] =>
    [...splitDocuments(text)].map(({ content, end }) => text.slice(content, end).trim());

  const cases: [name: string, text: string, documents: string[]][] = [
    ['without separator', 'a: 1\n', ['a: 1']],
    ['that is empty', '', []],
    ['of blanks and comments', ' \n# a\n\t\n  # b\n', []],
    ['of separators', '---\n---\r\n--- \n---\t\n---', []],
    ['with comments on separators', '--- # a\nb: 1\n---\t# c\nd: 2', ['b: 1', 'd: 2']],
    ['with a separator first and last', '---\na: 1\n---\nb: 2\n---\n', ['a: 1', 'b: 2']],
    ['of CRLF', 'a: 1\r\n---\r\nb: 2\r\n', ['a: 1', 'b: 2']],
    ['of CR', 'a: 1\r---\rb: 2\r', ['a: 1', 'b: 2']],
    ['with document ends', 'a: 1\n...\n---\nb: 2\n...\n', ['a: 1', 'b: 2']],
    ['with content after an end', 'a: 1\n...\nb: 2\n', ['a: 1', 'b: 2']],
    ['with content on the separator', '--- a\n--- {b: 2}\n--- |\n c\n', ['a', '{b: 2}', '|\n c']],
    ['with what only looks like a separator', '----\n---a\n ---\n- ---\n', ['----\n---a\n ---\n- ---']],
    ['with directives', '%YAML 1.1\n# c\n---\na: 1\n...\n%TAG ! x:\n---\nb: 2\n', ['a: 1', 'b: 2']],
    ['with a directive that leads nowhere', '%YAML 1.1\n', ['%YAML 1.1']],
  ];
  for (const [name, text, documents] of cases) {
    it(name, () => assert.deepEqual(contents(text), documents));
  }

  it('says what kubectl reads otherwise', () => {
    const oddities = (text: string): unknown[] => [...splitDocuments(text)].map(({ oddity }) => oddity);
    assert.deepEqual(oddities('--- a\n...\nb\n---\nc\n'), ['content-after-separator', 'content-after-end', undefined]);
    assert.deepEqual(oddities('%YAML 1.2\n---\na\n---\nb\n'), ['directive', undefined]);
  });

  it('joined from documents is cut into them again', () => {
    const line = fc.constantFrom('a: 1', '- b', ' ---', '# c', '', '--', '....', '"x"', "'...", '{', '\t');
    const document = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => ['k: v', ...lines].join('\n'));
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (docs, eol) => {
          const text = docs.join('\n---\n').replaceAll('\n', eol);
          const found = [...splitDocuments(text)].map(({ content, end }) => text.slice(content, end));
          assert.deepEqual(
            found.map((one) => one.trimEnd()),
            docs.map((one) => one.replaceAll('\n', eol).trimEnd()),
          );
        },
      ),
    );
  });
});
