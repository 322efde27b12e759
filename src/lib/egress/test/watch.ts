import type * as fileSystem from 'node:fs';
import { dirname, join } from 'node:path';

type FileSystem = typeof fileSystem;

/** Programs that save a file do it in several steps. */
const SETTLED_MILLISECONDS = 50;

/**
 * Waits until one of some files, or a file in one of some directories, changes: its time, its size, or whether it is there.
 * @param paths files and directories; those that are missing are waited for
 * @param recursive whether what is deeper in directories counts
 * @returns whether something changed; false when `signal` ends the waiting
 */
export async function changeOf(paths: readonly string[], recursive: boolean, signal: AbortSignal): Promise<boolean> {
  const fs = await import('node:fs');
  const before = stateOf(fs, paths, recursive);
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const watchers: fileSystem.FSWatcher[] = [];
    const finish = (changed: boolean): void => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      signal.removeEventListener('abort', stop);
      resolve(changed);
    };
    const stop = (): void => finish(false);
    const look = (): void => {
      if (stateOf(fs, paths, recursive) !== before) finish(true);
    };
    const wake = (): void => {
      clearTimeout(timer);
      timer = setTimeout(look, SETTLED_MILLISECONDS);
    };
    if (signal.aborted) return finish(false);
    signal.addEventListener('abort', stop);
    for (const [directory, deep] of directoriesOf(fs, paths, recursive)) {
      // a directory that goes away is seen by the one around it
      watchers.push(fs.watch(directory, { recursive: deep }, wake).on('error', wake));
    }
    // between the first look and the watchers something may have happened
    look();
  });
}

/** Directories to watch. An editor may replace a file by another: that is seen where the file lies. */
function directoriesOf(fs: FileSystem, paths: readonly string[], recursive: boolean): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const path of paths) {
    if (isDirectory(fs, path)) found.set(path, recursive);
    let around = dirname(path);
    while (!isDirectory(fs, around) && around !== dirname(around)) around = dirname(around);
    if (!found.has(around)) found.set(around, false);
  }
  return found;
}

function isDirectory(fs: FileSystem, path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What files there are and how they look from outside, as a text. */
function stateOf(fs: FileSystem, paths: readonly string[], recursive: boolean): string {
  const lines: string[] = [];
  const visit = (path: string, depth: number): void => {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    if (!stats) lines.push(`${path} missing`);
    else if (!stats.isDirectory()) lines.push(`${path} ${stats.ino} ${stats.mtimeMs} ${stats.size}`);
    else if (depth === 0 || recursive) for (const name of namesIn(fs, path)) visit(join(path, name), depth + 1);
  };
  for (const path of paths) visit(path, 0);
  return lines.join('\n');
}

function namesIn(fs: FileSystem, directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort();
  } catch {
    return [];
  }
}
