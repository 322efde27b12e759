import assert from 'node:assert/strict';

import { bundle } from '../../scripts/build/bundle.js';
import type { Bundle } from '../../scripts/build/bundle.js';
import { readManifest } from '../../scripts/build/manifest.js';
import { imports, packagesLoadedBy, sources } from './graph.js';

describe('the simulator', () => {
  it('needs nothing but itself and the types of resources: it runs in a browser', async () => {
    const graph = await imports(sources('src/lib/simulator'));
    const outside = Object.values(graph)
      .flatMap((file) => file.imports)
      .filter(({ external }) => external)
      .map(({ path }) => path);
    assert.deepEqual(outside, []);
    const files = Object.keys(graph).filter((path) => !path.startsWith('src/lib/simulator/'));
    const allowed = ['src/lib/errors.ts', 'src/lib/resources/types.ts'];
    assert.deepEqual(
      files.filter((path) => !allowed.includes(path)),
      [],
    );
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

  it('is plain ASCII, as the launcher reads it', () => {
    for (const [name, text] of built.files) assert.doesNotMatch(text, /[^\p{ASCII}]/u, name);
  });
});
