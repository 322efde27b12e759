import { writeOut } from '../cli/streams.js';
import type { Installation } from '../input/environment.js';
import { printDocument, toYaml } from './document.js';

/** Prints what `env` tells: without a format exactly what osm-cli §4 shows, the blank behind the dashes included. */
export async function printInstallation(
  install: Installation,
  file: string | null,
  format: 'json' | 'yaml' | undefined,
): Promise<void> {
  if (format) return printDocument({ apiVersion: 'osm-ts/v1', kind: 'Environment', file, install }, format);
  return writeOut(`--- \n${await toYaml({ install })}\n`);
}
