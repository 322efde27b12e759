import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { load } from 'js-yaml';

import { readPackageJson } from '../../scripts/build/package.js';
import { packageRoot, runProgram } from '../support/run-cli.js';

interface Plugin {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly version: string; readonly platforms: readonly Readonly<Record<string, unknown>>[] };
}

describe('the manifest for krew', () => {
  const run = (folder: string) =>
    runProgram(
      process.execPath,
      ['--import', 'tsx', join(packageRoot, 'scripts', 'executable', 'krew-manifest.ts'), folder],
      { cwd: packageRoot },
    );

  it('names each archive with its sum, and installs what kubectl looks for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-krew-'));
    const { version } = readPackageJson();
    try {
      for (const platform of ['windows-amd64', 'linux-arm64', 'other'])
        writeFileSync(
          join(folder, platform === 'other' ? 'other.tar.gz' : `osm-ts-${version}-${platform}.tar.gz`),
          'abc',
        );
      const { stdout, stderr, code } = await run(folder);
      assert.deepEqual([stderr, code], ['', 0]);
      const { metadata, spec } = load(stdout) as Plugin;
      // krew writes `_` for `-` in the names of files.
      assert.deepEqual([metadata.name, spec.version], ['osm-ts', `v${version}`]);
      assert.deepEqual(
        spec.platforms.map(({ selector, bin, sha256 }) => [selector, bin, sha256]),
        [
          [{ matchLabels: { os: 'linux', arch: 'arm64' } }, 'osm-ts'],
          [{ matchLabels: { os: 'windows', arch: 'amd64' } }, 'osm-ts.exe'],
        ].map((row) => [...row, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is not made of nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-krew-'));
    mkdirSync(join(folder, 'empty'));
    const { stdout, stderr, code } = await run(join(folder, 'empty'));
    rmSync(folder, { recursive: true });
    assert.equal(stdout, '');
    assert.notEqual(code, 0);
    assert.match(stderr, /has no archive of version/);
  });
});
