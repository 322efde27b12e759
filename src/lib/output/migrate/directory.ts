import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeErr } from '../../cli/streams.js';
import type { MigrationAnswer } from '../../egress/migrate.js';
import { UsageError } from '../../errors.js';
import { visibleJson } from '../../text/visible.js';
import { migrationDocument } from './document.js';
import { accountAsMarkdown } from './markdown.js';
import { meshConfigAsYaml, resourcesAsYaml } from './resources.js';

/**
 * Writes everything to a directory, in files that kubectl applies in the order of their names.
 * @throws UsageError when it cannot be written
 */
export async function writeMigration(answer: MigrationAnswer, directory: string): Promise<void> {
  const files: readonly (readonly [name: string, text: string])[] = [
    ['1-sidecars.yaml', resourcesAsYaml(answer, ['Sidecar'])],
    ['2-virtual-services.yaml', resourcesAsYaml(answer, ['VirtualService'])],
    ['3-service-entries.yaml', resourcesAsYaml(answer, ['ServiceEntry'])],
    // no manifest: it is for the key mesh of a ConfigMap that holds more
    ['mesh-config.txt', meshConfigAsYaml(answer)],
    ['account.md', accountAsMarkdown(answer)],
    ['account.json', `${visibleJson(JSON.stringify(migrationDocument(answer), null, 2))}\n`],
  ];
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of files) await writeFile(join(directory, name), text);
  } catch (error) {
    throw new UsageError(
      `${directory} cannot be written: ${(error as Error).message}`,
      'name a directory with --directory that may be written',
    );
  }
  writeErr(files.map(([name]) => `wrote ${join(directory, name)}\n`).join(''));
}
