/**
 * `npm run build:executable`: dist/executable/osm-ts, one file that needs no Node.js, because it is the Node.js that runs this with
 * the bundle inside ("single executable application"). For the system that builds it. Needs `npm run build` before.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';

import { packageRoot } from '../build/package.js';

const isMac = process.platform === 'darwin';
const bundle = join(packageRoot, 'dist', 'bundle');
const rules = join(packageRoot, 'docs', 'rules');
const folder = join(packageRoot, 'dist', 'executable');
const executable = join(folder, process.platform === 'win32' ? 'osm-ts.exe' : 'osm-ts');
const work = mkdtempSync(join(tmpdir(), 'osm-ts-executable-'));

try {
  const main = join(work, 'main.cjs');
  const entry = join(packageRoot, 'scripts', 'executable', 'main.cjs');
  await build({ entryPoints: [entry], outfile: main, bundle: true, platform: 'node', target: 'node20', format: 'cjs' });
  const blob = join(work, 'blob');
  const config = {
    main,
    output: blob,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // Node.js would read its 140 authorities for each server that is asked, though we name our own; from 22.20 on it takes flags.
    execArgv: ['--use-openssl-ca'],
    assets: assets(),
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'config.json')], { stdio: 'inherit' });
  mkdirSync(folder, { recursive: true });
  const fresh = join(folder, `fresh-${process.pid}`);
  copyFileSync(process.execPath, fresh);
  chmodSync(fresh, 0o755);
  // A signature does not fit what is changed.
  if (isMac) execFileSync('codesign', ['--remove-signature', fresh], { stdio: 'inherit' });
  inject(fresh, blob);
  if (isMac) execFileSync('codesign', ['--sign', '-', fresh], { stdio: 'inherit' });
  rmSync(executable, { force: true });
  copyFileSync(fresh, executable);
  rmSync(fresh);
  console.log(executable.slice(packageRoot.length));
} finally {
  rmSync(work, { recursive: true });
}

/** What the program reads: names in the executable → files. */
function assets(): Record<string, string> {
  const code = readdirSync(bundle).filter((name) => name.endsWith('.cjs'));
  const pages = readdirSync(rules).filter((name) => name.endsWith('.md'));
  return Object.fromEntries([
    ...code.map((name) => [name, join(bundle, name)]),
    ...pages.map((name) => [`docs/rules/${name}`, join(rules, name)]),
  ]) as Record<string, string>;
}

/** Puts the blob where the Node.js of the file looks for it. */
function inject(file: string, blob: string): void {
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
  const words = [
    postject,
    file,
    'NODE_SEA_BLOB',
    blob,
    ...fuse,
    ...(isMac ? ['--macho-segment-name', 'NODE_SEA'] : []),
  ];
  execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}
