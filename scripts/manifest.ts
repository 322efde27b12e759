/**
 * Writes `oclif.manifest.json` from the compiled commands in `dist/`: what oclif knows of every command without loading it.
 * The file is committed; `--check` says whether it is what the commands say, and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Plugin } from '@oclif/core';

import { packageRoot } from './package.js';

const file = join(packageRoot, 'oclif.manifest.json');

/** The manifest's text: commands sorted by name, so that it is the same on every machine. */
export async function manifestText(): Promise<string> {
  const plugin = new Plugin({ root: packageRoot, ignoreManifest: true, errorOnManifestCreate: true, isRoot: true });
  await plugin.load();
  const commands = Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ commands: Object.fromEntries(commands), version: plugin.manifest.version }, null, 2)}\n`;
}

if (process.argv[2] === '--check') {
  if (readFileSync(file, 'utf8') !== (await manifestText())) {
    console.error('oclif.manifest.json is not what the commands say; run: npm run build');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, await manifestText());
}
