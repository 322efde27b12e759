import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeErr } from '../../cli/streams.js';
import type { MigrationAnswer } from '../../egress/migrate.js';
import { migrationTestFile, testsOfToday } from '../../egress/migrate-tests.js';
import { UsageError } from '../../errors.js';
import { visibleJson } from '../../text/visible.js';
import { migrationDocument } from './document.js';
import { accountAsMarkdown } from './markdown.js';
import { probeScript } from './probe-script.js';
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
  await guarded(directory, '--directory', async () => {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of files) await writeFile(join(directory, name), text);
  });
  writeErr(files.map(([name]) => `wrote ${join(directory, name)}\n`).join(''));
}

/** Writes what is for the day of the move: tests for osm-ts, and a script for a pod without it. @throws UsageError */
export async function writeForTheDay(
  answer: MigrationAnswer,
  { tests, script, directory }: Readonly<Record<'tests' | 'script' | 'directory', string | undefined>>,
): Promise<void> {
  if (tests !== undefined) {
    const text = migrationTestFile(answer, tests, directory);
    await guarded(tests, '--tests', () => writeFile(tests, text));
    writeErr(`wrote ${tests}\n`);
  }
  if (script !== undefined) {
    const text = probeScript(testsOfToday(answer));
    await guarded(script, '--probe-script', () => writeFile(script, text));
    writeErr(`wrote ${script}\n`);
  }
}

async function guarded(path: string, flag: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new UsageError(
      `${path} cannot be written: ${(error as Error).message}`,
      `name a place that may be written with ${flag}`,
    );
  }
}
