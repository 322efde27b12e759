import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';

import { transformSync } from 'esbuild';
import ts from 'typescript';

import { describe as describeMutant } from '../../scripts/mutate/describe.js';
import { instrument, mutationsOf } from '../../scripts/mutate/mutations.js';

const parse = (text: string) => ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);

/** What becomes of the text: each mutation's text, in place. */
function mutants(text: string): string[] {
  return mutationsOf(parse(text)).map(
    ({ start, end, replacement }) => text.slice(0, start) + replacement + text.slice(end),
  );
}

describe('mutations', () => {
  const cases: readonly (readonly [text: string, ...mutants: string[]])[] = [
    ['if (a) b = c;', 'if (true) b = c;', 'if (false) b = c;', 'if (a) '],
    ['while (a) { }', 'while (false) { }'],
    ['x = a && b;', '', 'x = true;', 'x = false;', 'x = a;', 'x = b;'],
    ['x = a ?? b;', '', 'x = a;'],
    ['x = a < b;', '', 'x = true;', 'x = false;', 'x = a <= b;'],
    ['x = a === b;', '', 'x = true;', 'x = false;'],
    ['x = a + 1;', '', 'x = a - 1;', 'x = a + 2;'],
    ["x = a + 'b';", ''],
    ['x = -a;', '', 'x = a;'],
    ['const x = 6;', 'const x = 5;', 'const x = 7;'],
    ['x = [a, b];', '', 'x = [, b];', 'x = [a, ];'],
    ['[a, b] = c;', ''],
    ['x = { a, b: c, ...d };', '', 'x = { , b: c, ...d };', 'x = { a, , ...d };', 'x = { a, b: c,  };'],
    ['({ a } = b);', ''],
    ['x = a.some(b);', '', 'x = a.every(b);'],
    ['x = a.filter(b).map(c);', '', 'x = a.map(c);'],
    ['x = a?.filter(b).map(c);', ''],
    ['x = a.startsWith("b");', '', 'x = a.endsWith("b");', "x = a.startsWith('');"],
    ['x = /^a$/i;', '', 'x = /a$/i;', 'x = /^a/i;', 'x = /^a$/;'],
    ['function f() { return g(); }', 'function f() { return undefined; }'],
    ['type A = 1 | 2; interface B { c: 3 }'],
    ["import a from 'b'; export * from 'c';"],
  ];
  for (const [text, ...expected] of cases) {
    it(text, () => {
      assert.deepEqual(mutants(text), expected);
    });
  }

  it('cases of a switch', () => {
    assert.deepEqual(
      mutants('switch (a) { case 1: f(); break; default: g(); }').map((text) => text.slice(13)),
      [
        'case Symbol(): f(); break; default: g(); }',
        'case 1:  break; default: g(); }',
        'case 1: f();  default: g(); }',
        'case 1: f(); break; default:  }',
      ],
    );
  });
});

describe('mutants behind switches', () => {
  const text = `
    // a comment
    type Named = { name: string };
    export function describe(items: readonly Named[], most = 3): string {
      const kept = items.filter(({ name }, index) => name !== '' && index < most);
      const log: string[] = [];
      for (const [index, { name }] of kept.entries()) {
        if (index === 0) log.push('first');
        else if (name.startsWith('x')) continue;
        log.push(\`\${index + 1} \${name?.trim().toUpperCase()}\`);
      }
      switch (log.length) {
        case 0:
          return 'none';
        case 1:
          log.push('only');
          break;
        default:
          log.push(...['of', String(items.length)]);
      }
      return { text: log.join(' ') }.text;
    }`;
  const run = (source: string, active: number): unknown => {
    const { code } = transformSync(source, { loader: 'ts', format: 'cjs' });
    const module = { exports: {} as { describe?: (items: object[]) => string } };
    const globals = { $mutant: (number: number) => number === active };
    try {
      runInNewContext(code, { module, ...globals });
      return [[], ['a'], ['a', ' xb'], ['', 'xa', 'b', 'c']].map((names) =>
        module.exports.describe!(names.map((name) => ({ name }))),
      );
    } catch (error) {
      return (error as Error).name;
    }
  };
  const source = parse(text);
  const mutations = mutationsOf(source);
  const instrumented = instrument(source, 100);

  it('leave the program as it is while they sleep, line by line', () => {
    assert.deepEqual(run(instrumented, -1), run(text, -1));
    assert.equal(instrumented.split('\n').length, text.split('\n').length);
  });

  it('do each what its mutation does', () => {
    assert.ok(mutations.length > 20);
    for (const [index, { start, end, replacement }] of mutations.entries()) {
      const isStatement = replacement === '' && text[end - 1] === ';';
      const direct = text.slice(0, start) + (isStatement ? ';' : replacement) + text.slice(end);
      if (direct.includes('{ ,') || direct.includes('[,')) continue;
      assert.deepEqual(run(instrumented, 100 + index), run(direct, -1), replacement);
    }
  });

  it('are described by function, line and diff', () => {
    const described = mutations.map((mutation) => describeMutant(source, 'x.ts', mutation));
    const boundary = described.find(({ diff }) => diff[1]?.includes('index <= most'));
    assert.deepEqual(boundary, {
      file: 'x.ts',
      line: 5,
      within: 'describe',
      diff: [
        "- const kept = items.filter(({ name }, index) => name !== '' && index < most);",
        "+ const kept = items.filter(({ name }, index) => name !== '' && index <= most);",
      ],
    });
    const dropped = described.find(({ diff }) => diff.includes('+ log.push(...[String(items.length)]);'));
    assert.equal(dropped?.line, 19);
  });
});
