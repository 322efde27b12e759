import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeErr } from '../../cli/streams.js';
import { KINDS_IN_ORDER } from '../../analysis/migrate/index.js';
import type { MigrationAnswer } from '../../egress/migrate.js';
import { migrationTestFile, testsOfToday } from '../../egress/migrate-tests.js';
import { UsageError } from '../../errors.js';
import { visibleJson } from '../../text/visible.js';
import { migrationDocument } from './document.js';
import { accountAsMarkdown } from './markdown.js';
import { probeScript } from './probe-script.js';
import { meshConfigAsYaml, resourcesAsYaml } from './resources.js';

/** In the order in which they are applied. */
const RESOURCES = KINDS_IN_ORDER.map((kind, index) => {
  const words = kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return [`${index + 1}-${words.replace(/cy$/, 'cie').replace(/try$/, 'trie')}s.yaml`, kind] as const;
});

/**
 * Writes everything to a directory, in files that kubectl applies in the order of their names.
 * @throws UsageError when it cannot be written
 */
export async function writeMigration(answer: MigrationAnswer, directory: string): Promise<void> {
  const files: readonly (readonly [name: string, text: string])[] = [
    ...RESOURCES.map(([name, kind]) => [name, resourcesAsYaml(answer, [kind])] as const),
    // no manifest: it is for the key mesh of a ConfigMap that holds more
    ['mesh-config.txt', meshConfigAsYaml(answer)],
    // kubectl takes JSON for manifests, and does not look into directories
    ['account/account.md', accountAsMarkdown(answer)],
    ['account/account.json', `${visibleJson(JSON.stringify(migrationDocument(answer), null, 2))}\n`],
  ];
  await guarded(directory, '--directory', async () => {
    await mkdir(join(directory, 'account'), { recursive: true });
    for (const [name, text] of files) {
      // kubectl refuses a file without objects, and one of an earlier run would still be applied
      if (text === '') await rm(join(directory, name), { force: true });
      else await writeFile(join(directory, name), text);
    }
  });
  const written = files.filter(([, text]) => text !== '');
  writeErr(written.map(([name]) => `wrote ${join(directory, name)}\n`).join(''));
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
