import { createReadStream } from 'node:fs';
import { Transform, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { InputError } from '../../errors.js';
import { formatBytes, type Limits } from '../limits.js';
import { OBJECTS_FOLDER, SNAPSHOT_FILE, isSnapshotText } from '../snapshot.js';
import { fileError, manifestName } from './expand.js';
import { spend, type ByteBudget } from './read.js';

export interface ArchivedFile {
  /** `report.tar.gz:objects/curl/egresses.yaml` */
  readonly path: string;
  readonly bytes: Buffer;
}

interface Entry extends AsyncIterable<Uint8Array> {
  readonly header: { readonly name: string; readonly type?: string | null; readonly size?: number };
}

/**
 * Reads the manifests in an archive, no more of it than has to be read. Nothing is written to disk; links are skipped; what it unpacks to counts as read, whether
 * it is looked at or not, so that an archive cannot be larger than it seems. Of a bug report's, only the objects count, and what it says of itself.
 * @throws InputError when it is none, or too large
 */
export async function readArchive(
  file: string,
  budget: ByteBudget,
  { maxFiles }: Pick<Limits, 'maxFiles'>,
): Promise<ArchivedFile[]> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  let failure: unknown;
  const bounded = bound(file, budget.maxTotalBytes - budget.used);
  pipeline(createReadStream(file), createGunzip(), bounded, tar, (error) => (failure ??= error));
  const files: { name: string; inner: string; bytes: Buffer }[] = [];
  let isReport = false;
  let count = 0;
  try {
    for await (const entry of tar as AsyncIterable<Entry>) {
      if (++count > maxFiles)
        throw new InputError(`the archive has more than ${maxFiles} files`, { file }, 'unpack what matters');
      const { name, type } = entry.header;
      const isFile = type === 'file';
      const [, inner = ''] = /^(?:\.\/)?[^/]+\/(.*)$/s.exec(name) ?? [];
      // the rest of a report as it was made holds no objects, and may be large
      if (isFile && files[0]?.inner === SNAPSHOT_FILE && isReport && !inner.startsWith(OBJECTS_FOLDER)) break;
      if (!isFile || !manifestName.test(name)) {
        await drain(entry);
        continue;
      }
      const bytes = await contentOf(entry);
      spend(budget, `${file}:${name}`, bytes.length);
      files.push({ name, inner, bytes });
      isReport ||= inner === SNAPSHOT_FILE && isSnapshotText(bytes.toString('utf8'));
    }
  } catch (error) {
    const cause = failure ?? error;
    if (cause instanceof InputError) throw cause;
    throw isOfSystem(cause) ? fileError(file, cause) : noArchive(file, cause);
  }
  // its folder may have been packed anew, in whatever order
  const counted = isReport
    ? files.filter(({ inner }) => inner === SNAPSHOT_FILE || inner.startsWith(OBJECTS_FOLDER))
    : files;
  if (counted.length === (isReport ? 1 : 0))
    throw new InputError('the archive has no manifests: no *.yaml, *.yml or *.json file', { file }, 'check the file');
  return counted.map(({ name, inner, bytes }) => ({ path: `${file}:${isReport ? inner : name}`, bytes }));
}

/** Has the operating system refused, rather than what is in the file? */
function isOfSystem(error: unknown): boolean {
  return typeof (error as { syscall?: unknown }).syscall === 'string';
}

function noArchive(file: string, cause: unknown): InputError {
  const hint =
    'it has to be a tar archive compressed with gzip, and whole; make it anew, or unpack it and name its directory';
  return new InputError('the archive cannot be unpacked', { file }, hint, { cause });
}

async function contentOf(entry: Entry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drain(entry: Entry): Promise<void> {
  for await (const chunk of entry) void chunk;
}

/** Lets through so many bytes, and then fails. */
function bound(file: string, most: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= most) return done(null, chunk);
      const message = `the archive unpacks to more than ${formatBytes(most)}, the most that osm-ts reads`;
      done(new InputError(message, { file }, 'unpack what matters, and name that'));
    },
  });
}
