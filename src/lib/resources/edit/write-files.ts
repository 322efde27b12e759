import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { link, open, readFile, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../../errors.js';
import { uninterrupted } from './uninterrupted.js';
import { notPutBack, whyNotWritten } from './why-not-written.js';

/** New content of one file. */
export interface FileWrite {
  /** A symbolic link is followed: its target is written. */
  readonly path: string;
  /** What the file holds now; null: it must not exist. */
  readonly before: Buffer | null;
  readonly after: Buffer;
}

/** A write that is ready: everything is on the disk, and only the name is missing. */
interface Prepared {
  readonly write: FileWrite;
  /** Where links lead. */
  readonly target: string;
  readonly temporary: string;
  readonly stats: Stats | undefined;
}

/**
 * Writes files, all of them or none: each is written beside its place and forced to the disk, then all of them are checked for
 * changes by others, then they take their places one after the other; when one cannot, those before it get their old content
 * back. What is written beside a file has one name, so that of two that write the same file one is refused, however their
 * steps meet. Permissions, owner and extended attributes stay. A signal waits for the end.
 * @throws InputError naming the file, when nothing has been changed; AggregateError when a file could not be put back
 */
export function writeFiles(writes: readonly FileWrite[]): Promise<void> {
  return uninterrupted(() => writeAll(writes));
}

async function writeAll(writes: readonly FileWrite[]): Promise<void> {
  const waiting: Prepared[] = [];
  const done: Prepared[] = [];
  try {
    for (const write of writes) waiting.push(await explained(write, prepare));
    for (const { write, target } of waiting) await explained(write, () => refuseIfChanged(write, target));
    for (let next = waiting[0]; next; next = waiting[0]) {
      await explained(next.write, () => takePlace(next));
      // what has this draft's name from now on is another's
      done.push(waiting.shift()!);
    }
  } catch (error) {
    for (const { temporary } of waiting) await remove(temporary);
    const failures = await putBack(done);
    throw failures.length > 0 ? new AggregateError([error, ...failures]) : error;
  }
  for (const directory of new Set(done.map(({ target }) => dirname(target)))) await syncDirectory(directory);
}

async function explained<T>(write: FileWrite, step: (write: FileWrite) => Promise<T>): Promise<T> {
  try {
    return await step(write);
  } catch (error) {
    throw whyNotWritten(error, write.path);
  }
}

async function prepare(write: FileWrite): Promise<Prepared> {
  const { path, before, after } = write;
  const target = before === null ? path : await realpath(path);
  const stats = before === null ? undefined : await statsOf(target, path);
  const temporary = draftOf(target);
  await writeBeside(target, temporary, after, stats);
  return { write, target, temporary, stats };
}

/** @throws InputError when what is there is not to be replaced, or may not be written */
async function statsOf(target: string, file: string): Promise<Stats> {
  const stats = await stat(target);
  if (!stats.isFile()) throw new InputError('this is no file that could be written', { file });
  refuseOtherNames(stats, file);
  await (await open(target, 'r+')).close();
  return stats;
}

/** The name of what will be a file's content; whoever has made it may write the file. */
export function draftOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.osm-ts`);
}

/** A file takes the place of another under one name only. */
function refuseOtherNames({ nlink }: Stats, file: string): void {
  if (nlink === 1) return;
  throw new InputError(
    'the file has other names (hard links), which would keep the old text; nothing was written',
    { file },
    'take the change from -o diff',
  );
}

async function writeBeside(
  target: string,
  temporary: string,
  content: Buffer,
  stats: Stats | undefined,
): Promise<void> {
  // what nobody else may read is not to be read in its draft
  const handle = await openNew(temporary, target, stats ? 0o600 : 0o666);
  try {
    await handle.writeFile(content);
    if (stats) await keepAttributes(handle, target, temporary, stats);
    await handle.sync();
  } catch (error) {
    await remove(temporary);
    throw error;
  } finally {
    await handle.close();
  }
}

async function openNew(temporary: string, target: string, mode: number): Promise<FileHandle> {
  try {
    return await open(temporary, 'wx', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new InputError(
      'another osm-ts is writing this file; nothing was written',
      { file: target },
      `run the command again; if no other one runs, one was killed, and left ${temporary}: remove it`,
    );
  }
}

async function keepAttributes(
  handle: FileHandle,
  target: string,
  temporary: string,
  { uid, gid, mode }: Stats,
): Promise<void> {
  await copyExtendedAttributes(target, temporary);
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) {
    try {
      await handle.chown(uid, gid);
    } catch (error) {
      throw new InputError(
        'the file belongs to somebody else, whose it would not stay; nothing was written',
        { file: target },
        'take the change from -o diff, or write as its owner',
        { cause: error },
      );
    }
  }
  await handle.chmod(mode & 0o7777);
}

/** Node knows none; GNU's cp does, and where that is not, neither are they much used. */
async function copyExtendedAttributes(target: string, temporary: string): Promise<void> {
  const words = ['--attributes-only', '--preserve=xattr', target, temporary];
  await promisify(execFile)('cp', words).catch(() => undefined);
}

async function refuseIfChanged({ path, before }: FileWrite, target: string): Promise<void> {
  if (before === null || (await readFile(target)).equals(before)) return;
  throw new InputError(
    'the file has changed since it was read; nothing was written',
    { file: path },
    'run the command again',
  );
}

async function takePlace({ write, target, temporary }: Prepared): Promise<void> {
  if (write.before !== null) return rename(temporary, target);
  // other than a rename, neither a link nor this way of opening ever replaces a file that has come in between
  if (await hasLinked(temporary, target)) return remove(temporary);
  await (await open(target, 'wx')).close();
  try {
    await rename(temporary, target);
  } catch (error) {
    await remove(target);
    throw error;
  }
}

/** Some file systems have no links. */
function hasLinked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}

/** Gives files their old content back. @returns why some have not got it */
async function putBack(done: readonly Prepared[]): Promise<InputError[]> {
  const failures: InputError[] = [];
  for (const each of done) await restore(each).catch((error) => failures.push(notPutBack(error, each.write.path)));
  return failures;
}

async function restore({ write: { before, after }, target, stats }: Prepared): Promise<void> {
  if (!(await readFile(target)).equals(after)) throw new Error('somebody else has changed it since');
  if (before === null) return unlink(target);
  const own = `${draftOf(target)}-${process.pid}`;
  try {
    await writeBeside(target, own, before, stats);
    await rename(own, target);
  } finally {
    await remove(own);
  }
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch(() => undefined);
}

/** Makes the new names last; some file systems cannot, which is no reason to fail. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    return;
  }
}
