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
    execFileSync(process.execPath, ['--import', 'tsx', script, '--transpile'], {
      cwd: packageRoot,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isFresh(): boolean {
  const built = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return built > newest(join(packageRoot, 'src')) && built > newest(join(packageRoot, 'scripts', 'build'));
}

function newest(directory: string): number {
  let latest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return latest;
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
