import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, runProgram, type Run } from '../support/run-cli.js';

/** A clone with nothing in it but what npm runs, and an npm that writes down what it is told. */
async function prepare(env: Record<string, string>): Promise<Run & { readonly told: string[] }> {
  const clone = mkdtempSync(join(tmpdir(), 'osm-ts-prepare-'));
  const script = join('scripts', 'build', 'prepare.cjs');
  mkdirSync(join(clone, 'scripts', 'build'), { recursive: true });
  copyFileSync(join(packageRoot, script), join(clone, script));
  const npm = `#!/bin/sh
echo "$* (global: $npm_config_global)" >> told
[ "$1" != ci ] || mkdir -p node_modules/typescript node_modules/esbuild node_modules/tsx
`;
  mkdirSync(join(clone, 'bin'));
  writeFileSync(join(clone, 'bin', 'npm'), npm);
  chmodSync(join(clone, 'bin', 'npm'), 0o755);
  const path = `${join(clone, 'bin')}:${process.env['PATH']}`;
  const run = await runProgram(process.execPath, [script], { cwd: clone, env: { ...env, PATH: path } });
  const told = join(clone, 'told');
  return { ...run, told: existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [] };
}

describe('npm prepares a clone', () => {
  it('in which it has installed nothing, for npm install --global git+…: the packages first, and then the build', async () => {
    const { code, told } = await prepare({ npm_config_global: 'true', npm_config_prefix: '/elsewhere' });
    assert.equal(code, 0);
    assert.deepEqual(told, [
      'ci --ignore-scripts --include=dev --no-audit --no-fund (global: )',
      'run build (global: true)',
    ]);
  });

  it('not without the packages of development otherwise, and says what to do', async () => {
    const { code, told, stderr } = await prepare({});
    assert.deepEqual([code, told], [1, []]);
    assert.match(stderr, /typescript, esbuild, tsx missing.*run npm ci/);
  });
});
