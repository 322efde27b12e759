import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { access, chmod, chown, link, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../errors.js';

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
 * back. Permissions stay.
 * @throws InputError naming the file, when nothing has been changed; another error when a file could not be put back
 */
export async function writeFiles(writes: readonly FileWrite[]): Promise<void> {
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
      await access(target, constants.W_OK);
    }
    const temporary = await writeBeside(target, after, stats);
    return { write, target, temporary, stats };
  } catch (error) {
    throw explained(error, path);
  }
}

async function writeBeside(target: string, content: Buffer, stats: Stats | undefined): Promise<string> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx', stats ? stats.mode & 0o7777 : 0o666);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  if (stats) {
    // who may not give files away keeps what he may keep
    await chown(temporary, stats.uid, stats.gid).catch(() => undefined);
    await chmod(temporary, stats.mode & 0o7777);
  }
  return temporary;
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
      else await rename(await writeBeside(target, write.before, stats), target);
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
  ENOENT: ['the file or its directory is not there any more', 'run the command again'],
};

function explained(error: unknown, file: string): Error {
  if (error instanceof InputError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = explanations[code];
  if (!known) return error as Error;
  return new InputError(`${known[0]}; nothing was written`, { file }, known[1], { cause: error });
}
