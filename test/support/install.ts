import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
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

/** The only file of an installed bundle that has a text. */
export function bundleFileWith(installed: string, text: string): string {
  const bundle = join(installed, 'dist', 'bundle');
  const files = readdirSync(bundle).map((name) => join(bundle, name));
  const [file, ...others] = files.filter((name) => readFileSync(name, 'latin1').includes(text));
  if (file === undefined || others.length > 0) throw new Error(`not one file has ${text}`);
  return file;
}
