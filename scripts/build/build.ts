/**
 * `npm run build`: the manifest, the library in dist/library, and the bundle in dist/bundle. `--bundle` leaves out the library, which
 * takes most of the time and no command line needs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { build } from 'esbuild';
import ts from 'typescript';

import { bundle } from './bundle.js';
import { licensesOf } from './licenses.js';
import { manifestFile, manifestText, readManifest } from './manifest.js';
import { packageRoot } from './package.js';

const bundleDirectory = join(packageRoot, 'dist', 'bundle');

const manifest = await readManifest();
writeFileSync(manifestFile, manifestText(manifest));
if (!process.argv.includes('--bundle')) await writeLibrary();
await Promise.all([writeModules(), writeBundle()]);

/** The sources as they are, one module each, for who starts the commands with oclif's own `execute`. No part of the package. */
async function writeModules(): Promise<void> {
  const [outdir, outbase] = ['dist', 'src'].map((name) => join(packageRoot, name)) as [string, string];
  for (const name of ['commands', 'lib']) rmSync(join(outdir, name), { recursive: true, force: true });
  await build({ entryPoints: [join(outbase, '**', '*.ts')], outdir, outbase, target: 'node20' });
}

/** What `package.json` exports: one ES module, which needs no other, and its types. */
async function writeLibrary(): Promise<void> {
  const folder = join(packageRoot, 'dist', 'library');
  rmSync(folder, { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['-p', join(packageRoot, 'tsconfig.build.json')];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the types of the library were not made: see above');
  const needed = typesNeededBy(join(folder, 'lib', 'index.d.ts'));
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    if (path.endsWith('.d.ts') && !needed.has(path)) rmSync(path);
  const entry = join(packageRoot, 'src', 'lib', 'index.ts');
  const outfile = join(folder, 'lib', 'index.js');
  const library = { bundle: true, minify: true, format: 'esm', platform: 'neutral', target: 'node20' } as const;
  await build({ ...library, entryPoints: [entry], outfile });
}

/** A file of types, and all that it imports from others, directly or not. */
function typesNeededBy(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles)
    typesNeededBy(join(dirname(file), fileName.replace(/\.js$/, '.d.ts')), found);
  return found;
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
