import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { UsageError } from '../../errors.js';
import { fileError } from '../../resources/files/expand.js';
import { archiveName } from '../../resources/files/archive-name.js';

/** An archive that is being written; nothing is at its place before it is whole. */
export interface ArchiveWriter {
  /** @param path within the archive, below its one directory */
  add(path: string, content: string | Uint8Array): Promise<void>;
  /** Puts the archive into its place, over what was there. @throws InputError when it cannot be written */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** The one directory of an archive. */
const ROOT = 'osm-ts-bug-report/';

/** @throws UsageError for a name that says another kind of archive */
export function requireArchiveName(file: string): void {
  if (archiveName.test(file)) return;
  throw new UsageError(
    `${file} does not say a kind of archive that can be written`,
    'give the file a name that ends in .tar.gz or .tgz',
  );
}

/** Begins an archive, which only the user may read. @throws InputError when there can be none */
export async function createArchive(file: string): Promise<ArchiveWriter> {
  const { pack } = await import('tar-stream');
  const temporary = `${file}.partial-${process.pid}`;
  const output = createWriteStream(temporary, { flags: 'wx', mode: 0o600 });
  await new Promise<void>((resolve, reject) => {
    output.once('open', () => resolve());
    output.once('error', (error) => reject(fileError(file, error)));
  });
  const tar = pack();
  let failure: unknown;
  const written = pipeline(tar, createGzip(), output).catch((error: unknown) => (failure = error));
  const now = new Date();
  const check = (): void => {
    if (failure !== undefined) throw fileError(file, failure);
  };
  return {
    async add(path, content) {
      check();
      const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null): void => (error ? reject(fileError(file, error)) : resolve());
        const entry = tar.entry({ name: ROOT + path, size: bytes.length, mode: 0o600, mtime: now }, done);
        void written.then(() => done(failure as Error | undefined));
        entry.end(bytes);
      });
    },
    async finish() {
      tar.finalize();
      await written;
      check();
      await rename(temporary, file).catch((error: unknown) => {
        throw fileError(file, error);
      });
    },
    async abandon() {
      tar.destroy();
      output.destroy();
      await finished(output).catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}
