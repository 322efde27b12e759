import assert from 'node:assert/strict';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';

import { asFunction } from '../../scripts/build/as-function.js';
import { bundle } from '../../scripts/build/bundle.js';
import type { Bundle } from '../../scripts/build/bundle.js';
import { assertExpected, rewrite } from '../../scripts/build/lazy-requires.js';
import { readManifest } from '../../scripts/build/manifest.js';
import { packageRoot } from '../../scripts/build/package.js';
import { imports, packagesLoadedBy, sources } from './graph.js';

describe('the simulator', () => {
  it('needs nothing but our own files: it runs in a browser', async () => {
    const graph = await imports(sources('src/lib/simulator'));
    const outside = Object.values(graph)
      .flatMap((file) => file.imports)
      .filter(({ external }) => external)
      .map(({ path }) => path);
    assert.deepEqual(outside, []);
  });
});

describe('what a start loads', function () {
  this.timeout(60_000);
  let built: Bundle;

  before(async () => {
    built = await bundle(await readManifest());
  });

  /** The bundle file of one of our source files. */
  function fileOf(source: string): string {
    const found = Object.entries(built.metafile.outputs).find(([, output]) => output.entryPoint === source);
    assert.ok(found, source);
    return found[0];
  }

  it('is all there: only the development mode of oclif asks for a package', () => {
    const ids = [...built.files.values()].flatMap((text) =>
      [...text.matchAll(/require\d*\(["']([^"']+)["']\)/g)].map(([, id = '']) => id),
    );
    const packages = ids.filter((id) => !isBuiltin(id) && !id.startsWith('./'));
    assert.deepEqual([...new Set(packages)], ['typescript']);
  });

  function assertLoadsNone(output: string, heavy: readonly string[]): void {
    const loaded = packagesLoadedBy(output, built.metafile);
    assert.deepEqual(
      heavy.filter((name) => loaded.has(name)),
      [],
      output,
    );
  }

  const heavy = [
    '@kubernetes/client-node',
    'inquirer',
    '@inquirer/prompts',
    'chalk',
    'cli-table3',
    'yaml',
    '@cfworker/json-schema',
  ];

  it('of any command is nothing heavy', () => {
    assertLoadsNone('bundle/main.js', [...heavy, 'js-yaml']);
  });

  it('of one command is that command, and nothing heavy', () => {
    const commands = sources('src/commands');
    assert.ok(commands.length > 0);
    for (const command of commands) assertLoadsNone(fileOf(command), [...heavy, 'js-yaml']);
  });

  it('of an explanation from files is what explains, not what draws, asks or talks to a cluster', () => {
    for (const source of ['src/lib/egress/explain.ts', 'src/lib/output/explain/printer.ts']) {
      assertLoadsNone(
        fileOf(source),
        heavy.filter((name) => name !== 'yaml'),
      );
    }
  });

  it('never is TypeScript or what else oclif uses in development', () => {
    const packages = Object.keys(built.metafile.inputs).join('\n');
    assert.doesNotMatch(packages, /node_modules\/(typescript|ts-node|tsx)\//);
  });

  it('of a package with import() is all that Node.js gives of it', async () => {
    const packages = Object.values(built.metafile.outputs).flatMap(({ entryPoint = '', exports }) => {
      const [, name] = /^named-exports:(.*)$/.exec(entryPoint) ?? [];
      const file = /^node_modules\/(?!wsl-utils\/)/.test(entryPoint)
        ? pathToFileURL(join(packageRoot, entryPoint)).href
        : undefined;
      return (name ?? file) ? [{ name: (name ?? file)!, exports }] : [];
    });
    assert.ok(packages.some(({ name }) => name === 'cli-table3'));
    for (const { name, exports } of packages) {
      const wanted = Object.keys((await import(name)) as object).filter((key) => key !== 'module.exports');
      assert.deepEqual(
        wanted.filter((key) => !exports.includes(key)),
        [],
        name,
      );
    }
  });

  it('is in files without hashes in their names, which are long and do not compress', () => {
    assert.ok(built.files.size > 100);
    assert.doesNotMatch([...built.files].flat().join(), /[/-][A-Z0-9]{8}\.c?js/);
  });

  it('is plain ASCII, as the launcher reads it', () => {
    for (const [name, text] of built.files) assert.doesNotMatch(text, /[^\p{ASCII}]/u, name);
  });
});

describe("what the build rewrites in oclif's text", () => {
  const source = [
    'const errors_1 = require("../errors");',
    'const ansis_1 = __importDefault(require("ansis"));',
    "process.stdout.on('error', (err) => {",
    '    throw err;',
    '});',
    'exports.f = () => (0, errors_1.fail)(ansis_1.default, "errors_10", x.$errors_1);',
    '',
  ].join('\n');

  it('is requires, delayed until they are used, and the early listener', () => {
    const counts = { requires: 0, uses: 0, listeners: 0 };
    const rewritten = rewrite(source, counts);
    assert.deepEqual(counts, { requires: 2, uses: 2, listeners: 1 });
    const required: string[] = [];
    const load = (name: string): object => {
      required.push(name);
      return { fail: (value: unknown) => value };
    };
    const exports: { f?: () => unknown } = {};
    const run = runInThisContext(`(function(require, exports, __importDefault, x) {${rewritten}})`) as (
      ...values: unknown[]
    ) => void;
    run(load, exports, (value: unknown) => ({ default: value }), {});
    assert.deepEqual(required, []);
    for (let calls = 0; calls < 2; calls++) assert.ok(exports.f?.());
    assert.deepEqual(required.sort(), ['../errors', 'ansis']);
  });

  it('stops the build when it is not there as often as expected', () => {
    for (const [requires, uses, listeners] of [
      [229, 517, 1],
      [230, 518, 1],
      [230, 517, 0],
    ] as const) {
      assert.throws(() => assertExpected({ requires, uses, listeners }), /see what has changed/);
    }
  });
});

describe('a file of the bundle', () => {
  const run = async (text: string, exports: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const code = await asFunction(text, true);
    assert.match(code, /^\p{ASCII}*$/u);
    const load = (name: string): unknown => {
      assert.match(name, /^(\.\/other\.js|node:.*)$/);
      return name === './other.js' ? exports : { join: 'its join', is: name };
    };
    const own = {};
    (runInThisContext(`(${code})`) as (...values: unknown[]) => void)(own, load, { exports: own });
    return own;
  };

  it('has what it imports and what it exports, in each of the forms', async () => {
    const exports = await run(
      `import 'not there, which is not asked for';
       import { a as b, c } from './other.js';
       import path, { join } from 'node:path';
       import * as fs from 'node:fs';
       const all = [b, c, path.is, join, fs.is, 'ü😀'];
       function later() { return import('./other.js'); }
       export { all, later as default };`,
      { a: 1, c: 2 },
    );
    assert.deepEqual(exports.all, [1, 2, 'node:path', 'its join', 'node:fs', 'ü😀']);
    assert.deepEqual(await (exports.default as () => Promise<unknown>)(), { a: 1, c: 2 });
  });

  it('exports nothing that changes later', async () => {
    for (const change of ['x = 1', 'x++', '--x', 'x ??= 1'])
      await assert.rejects(
        asFunction(`let x = 0; const f = () => { ${change}; }; export { x, f };`, false),
        /exports x/,
      );
    assert.deepEqual(await run('let x = 0; x = 1; const not = () => !x; export { x };', {}), { x: 1 });
  });
});
