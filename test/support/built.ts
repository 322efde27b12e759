import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../../scripts/build/package.js';

const main = join(packageRoot, 'dist', 'bundle', 'main.cjs');
const lock = join(packageRoot, 'dist', '.building');
let checked = false;

/**
 * Makes sure that the bundle is not older than the sources, so that no test runs yesterday's program. After `npm ci` it is
 * fresh and nothing happens. Type errors do not stop it.
 */
export function ensureBuilt(): void {
  if (checked) return;
  checked = true;
  if (isFresh()) return;
  mkdirSync(join(packageRoot, 'dist'), { recursive: true });
  acquire();
  try {
    if (isFresh()) return;
    const script = join(packageRoot, 'scripts', 'build', 'build.ts');
    execFileSync(process.execPath, ['--import', 'tsx', script, '--bundle'], {
      cwd: packageRoot,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isFresh(): boolean {
  const built = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const inputs = ['src', 'scripts/build', 'package.json', 'package-lock.json'];
  return inputs.every((name) => built > newest(join(packageRoot, name)));
}

/** When a file, or one in a folder, was changed last, in milliseconds. */
function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Waits while another test run builds; a lock that is older than a minute was left behind. */
function acquire(): void {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (since > 0 && Date.now() - since > 60_000) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}
