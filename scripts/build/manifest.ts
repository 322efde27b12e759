import { join } from 'node:path';

import type { Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { packageRoot } from './package.js';
import { sourcePlugin } from './source-commands.js';

/** Committed: what oclif knows of every command without loading it. */
export const manifestFile = join(packageRoot, 'oclif.manifest.json');

/** The manifest of the commands in `src/commands`, sorted by name, so that it is the same on every machine. */
export async function readManifest(): Promise<Manifest> {
  const { manifest } = await sourcePlugin({ lenient: false });
  const commands = Object.entries(manifest.commands)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, command]) => [id, { ...command, relativePath: compiledPath(command.relativePath ?? []) }] as const);
  return { commands: Object.fromEntries(commands), version: manifest.version };
}

/** The file's text. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function compiledPath([, ...rest]: readonly string[]): string[] {
  return ['dist', ...rest].map((part) => part.replace(/\.ts$/, '.js'));
}
