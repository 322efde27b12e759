import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { build } from 'esbuild';

import { packageRoot } from '../build/package.js';

/** A copy of the project as it is now, where files can be changed. @returns its folder */
export function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'osm-ts-mutate-'));
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: packageRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  for (const file of list.split('\0')) {
    if (file === '' || !existsSync(join(packageRoot, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(packageRoot, file), join(copy, file));
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The program as it is built, unchanged: newer than the sources, so that no test builds it. */
export function copyBuild(copy: string): void {
  const built = join(packageRoot, 'dist');
  if (existsSync(built)) cpSync(built, join(copy, 'dist'), { recursive: true });
}

/**
 * Makes JavaScript of all TypeScript of a copy, each beside its source: many processes load it, and each would make it for itself.
 */
export async function compileCopy(copy: string): Promise<void> {
  const entryPoints = ['src', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.d)\.ts$/.test(name))
      .map((name) => join(copy, folder, name)),
  );
  await build({
    entryPoints,
    outdir: copy,
    outbase: copy,
    absWorkingDir: copy,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    logLevel: 'error',
  });
}
