import type * as fileSystem from 'node:fs';
import { dirname, join } from 'node:path';
import { manifestName } from '../../resources/files/expand.js';

type FileSystem = typeof fileSystem;

/** Programs that save a file do it in several steps. */
const SETTLED_MILLISECONDS = 50;

/** Files, and how they looked when somebody was about to read them. */
export class Watched {
  private readonly states = new Map<string, { readonly recursive: boolean; readonly state: string }>();

  private constructor(private readonly fs: FileSystem) {}

  static async begin(): Promise<Watched> {
    return new Watched(await import('node:fs'));
  }

  /**
   * Remembers how files and directories look. Call it before they are read, so that no change goes unseen.
   * @param recursive whether what is deeper in directories counts
   */
  remember(paths: readonly string[], recursive: boolean): void {
    for (const path of paths) {
      if (this.states.has(path)) continue;
      this.states.set(path, { recursive, state: stateOf(this.fs, path, recursive) });
    }
  }

  private get hasChanged(): boolean {
    return [...this.states].some(([path, { recursive, state }]) => stateOf(this.fs, path, recursive) !== state);
  }

  /**
   * Waits until one of the files, or a file somewhere in one of the directories, looks different. Those that are missing are
   * waited for.
   * @returns whether something changed; false when `signal` ends the waiting
   */
  change(signal: AbortSignal): Promise<boolean> {
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
        if (this.hasChanged) finish(true);
      };
      const wake = (): void => {
        clearTimeout(timer);
        timer = setTimeout(look, SETTLED_MILLISECONDS);
      };
      if (signal.aborted) return finish(false);
      signal.addEventListener('abort', stop);
      for (const [directory, recursive] of this.directories()) {
        // a directory that goes away is seen by the one around it
        watchers.push(this.fs.watch(directory, { recursive }, wake).on('error', wake));
      }
      // before the watchers were there something may have happened
      wake();
    });
  }

  /** Those to watch. An editor may replace a file by another: that is seen where the file lies. */
  private directories(): Map<string, boolean> {
    const found = new Map<string, boolean>();
    for (const [path, { recursive }] of this.states) {
      if (isDirectory(this.fs, path)) found.set(path, recursive);
      let around = dirname(path);
      while (!isDirectory(this.fs, around) && around !== dirname(around)) around = dirname(around);
      if (!found.has(around)) found.set(around, false);
    }
    return found;
  }
}

function isDirectory(fs: FileSystem, path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What is there and how it looks from outside, as a text: of a directory its manifests, as they are read from it. */
function stateOf(fs: FileSystem, path: string, recursive: boolean): string {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (!stats) return 'missing';
  if (!stats.isDirectory()) return `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
  return entriesOf(fs, path)
    .filter((entry) => (entry.isDirectory() ? recursive : manifestName.test(entry.name)))
    .map(({ name }) => `${name}: ${stateOf(fs, join(path, name), recursive)}`)
    .sort()
    .join('\n');
}

function entriesOf(fs: FileSystem, directory: string): fileSystem.Dirent[] {
  try {
    return fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
