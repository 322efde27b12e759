import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  access,
  chmod,
  chown,
  link,
  open,
  readFile,
  realpath,
  rename,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../errors.js';
import { uninterrupted } from './uninterrupted.js';

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
 * @throws InputError naming the file, when nothing has been changed; another error when a file could not be put back
 */
export function writeFiles(writes: readonly FileWrite[]): Promise<void> {
  return uninterrupted(() => writeAll(writes));
}

async function writeAll(writes: readonly FileWrite[]): Promise<void> {
  const prepared: Prepared[] = [];
  try {
    for (const write of writes) prepared.push(await prepare(write));
    for (const each of prepared) await refuseIfChanged(each);
    await takePlaces(prepared);
  } finally {
    for (const { temporary } of prepared) await unlink(temporary).catch(() => undefined);
  }
  for (const directory of new Set(prepared.map(({ target }) => dirname(target)))) await syncDirectory(directory);
}

async function prepare(write: FileWrite): Promise<Prepared> {
  const { path, before, after } = write;
  try {
    const target = before === null ? path : await realpath(path);
    const stats = before === null ? undefined : await stat(target);
    if (stats) {
      if (!stats.isFile()) throw new InputError('this is no file that could be written', { file: path });
      refuseOtherNames(stats, path);
      await access(target, constants.W_OK);
    }
    const temporary = await writeBeside(target, draftOf(target), after, stats);
    return { write, target, temporary, stats };
  } catch (error) {
    throw explained(error, path);
  }
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
): Promise<string> {
  const handle = await openNew(temporary, target, stats ? stats.mode & 0o7777 : 0o666);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  try {
    if (stats) await keepAttributes(target, temporary, stats);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  return temporary;
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

async function keepAttributes(target: string, temporary: string, { uid, gid, mode }: Stats): Promise<void> {
  await copyExtendedAttributes(target, temporary);
  const own = await stat(temporary);
  if (own.uid !== uid || own.gid !== gid) {
    try {
      await chown(temporary, uid, gid);
    } catch (error) {
      throw new InputError(
        'the file belongs to somebody else, whose it would not stay; nothing was written',
        { file: target },
        'take the change from -o diff, or write as its owner',
        { cause: error },
      );
    }
  }
  await chmod(temporary, mode & 0o7777);
}

/** Node knows none; GNU's cp does, and where that is not, neither are they much used. */
function copyExtendedAttributes(target: string, temporary: string): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve();
  return new Promise((resolve) => {
    const words = ['--attributes-only', '--preserve=xattr', '--', target, temporary];
    execFile('cp', words, { timeout: 10_000 }, () => resolve());
  });
}

async function refuseIfChanged({ write: { path, before }, target }: Prepared): Promise<void> {
  if (before === null) return;
  let now: Buffer;
  try {
    now = await readFile(target);
  } catch (error) {
    throw explained(error, path);
  }
  if (now.equals(before)) return;
  throw new InputError(
    'the file has changed since it was read; nothing was written',
    { file: path },
    'run the command again',
  );
}

async function takePlaces(prepared: readonly Prepared[]): Promise<void> {
  const done: Prepared[] = [];
  for (const each of prepared) {
    try {
      await takePlace(each);
    } catch (error) {
      await putBack(done);
      throw explained(error, each.write.path);
    }
    done.push(each);
  }
}

async function takePlace({ write, target, temporary }: Prepared): Promise<void> {
  if (write.before !== null) return rename(temporary, target);
  try {
    // other than a rename, a link never replaces a file that has come in between
    await link(temporary, target);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await (await open(target, 'wx')).close();
    await rename(temporary, target);
  }
}

async function putBack(done: readonly Prepared[]): Promise<void> {
  const failures: unknown[] = [];
  for (const { write, target, stats } of [...done].reverse()) {
    try {
      if (write.before === null) await unlink(target);
      else {
        const own = `${draftOf(target)}-${randomBytes(6).toString('hex')}`;
        await rename(await writeBeside(target, own, write.before, stats), target);
      }
    } catch (error) {
      failures.push(new Error(`${write.path} could not be put back`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'a write failed, and not every file could be put back');
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

const explanations: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  EACCES: ['the file may not be written', 'change its permissions, or those of its directory'],
  EPERM: ['the file may not be written', 'change its permissions, or those of its directory'],
  EROFS: ['the file system is read-only', 'copy the files to another place'],
  ENOSPC: ['there is no space left on the device', 'make room'],
  EDQUOT: ['the quota is used up', 'make room'],
  EEXIST: ['there is such a file already', 'give the new object another name with --name'],
  EBUSY: [
    'the file is mounted where it is, so that no other one can take its place',
    'write it where it is mounted from',
  ],
  EXDEV: [
    'the file is mounted where it is, so that no other one can take its place',
    'write it where it is mounted from',
  ],
  EFBIG: ['the file would be larger than it may be', 'raise the limit (ulimit -f), or split the file'],
  ENAMETOOLONG: ['the name is too long for a draft beside the file', 'give the file a shorter name'],
  ENOENT: ['the file or its directory is not there any more', 'run the command again'],
};

function explained(error: unknown, file: string): Error {
  if (error instanceof InputError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const { syscall, message } = error as NodeJS.ErrnoException;
  const known = explanations[code] ?? (syscall && ([`the file cannot be written: ${message}`, undefined] as const));
  if (!known) return error as Error;
  return new InputError(`${known[0]}; nothing was written`, { file }, known[1], { cause: error });
}
