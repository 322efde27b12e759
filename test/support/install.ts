import { chmodSync, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '../../scripts/build/package.js';
import { ensureBuilt } from './built.js';

/** An installation of its own: what is in the package, and no node_modules. The caller removes the folder. */
export function install(): string {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-install-'));
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
    cpSync(join(packageRoot, name), join(folder, name), { recursive: true });
  }
  chmodSync(folder, 0o755);
  return folder;
}
