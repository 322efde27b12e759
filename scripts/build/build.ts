/**
 * `npm run build`, after tsc: the manifest, then the bundle in dist/bundle.
 * `--transpile` writes dist/ as well, without tsc and its check of types.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

import { bundle } from './bundle.js';
import { licensesOf } from './licenses.js';
import { manifestFile, manifestText, readManifest } from './manifest.js';
import { packageRoot } from './package.js';

const bundleDirectory = join(packageRoot, 'dist', 'bundle');

const manifest = await readManifest();
writeFileSync(manifestFile, manifestText(manifest));
if (process.argv.includes('--transpile')) await transpile();
removeOrphans(join(packageRoot, 'dist'), join(packageRoot, 'src'));
await writeBundle();

async function transpile(): Promise<void> {
  const entryPoints = [join(packageRoot, 'src', '**', '*.ts')];
  await build({ entryPoints, outdir: join(packageRoot, 'dist'), outbase: join(packageRoot, 'src'), target: 'node20' });
}

async function writeBundle(): Promise<void> {
  const { files, metafile } = await bundle(manifest);
  const fresh = `${bundleDirectory}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(fresh, name), text);
  writeFileSync(join(fresh, 'THIRD-PARTY-LICENSES.txt'), licensesOf(metafile));
  const old = `${fresh}.old`;
  if (existsSync(bundleDirectory)) renameSync(bundleDirectory, old);
  renameSync(fresh, bundleDirectory);
  rmSync(old, { recursive: true, force: true });
}

/** Removes compiled files whose source has gone: a command that no longer exists would stay in the program. */
function removeOrphans(compiled: string, sources: string): void {
  for (const entry of readdirSync(compiled, { withFileTypes: true })) {
    const path = join(compiled, entry.name);
    if (path === bundleDirectory) continue;
    const source = join(sources, entry.name.replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (entry.isDirectory() && existsSync(source)) removeOrphans(path, source);
    else if (!existsSync(source)) rmSync(path, { recursive: true });
  }
}
