import type * as fileSystem from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { InputError } from '../../errors.js';
import { compareBytewise } from './order.js';
import { expandGlob, isGlob } from './glob.js';

type FileSystem = typeof fileSystem;

/** A file to read. */
export interface FileInput {
  /** As errors show it, and as it is opened: the argument, or the directory's argument and what lies under it. */
  readonly path: string;
  /** Named by itself rather than found in a directory. */
  readonly named: boolean;
  /** A regular file, whose size can be trusted; a pipe or a device otherwise. */
  readonly regular: boolean;
  readonly size: number;
}

export interface ExpandOptions {
  readonly recursive: boolean;
  readonly maxFiles: number;
  /** A directory without manifests is nothing to fail for. */
  readonly mayBeEmpty: boolean;
  onError(error: InputError): void;
  onWarning(message: string, file: string): void;
}

/** A file that is read because it lies in a directory that was named. */
export const manifestName = /\.(?:json|yaml|yml)$/;

const reasons: Readonly<Record<string, readonly [reason: string, hint?: string]>> = {
  ENOENT: ['no such file or directory', 'check the path'],
  ENOTDIR: ['a part of the path is not a directory', 'check the path'],
  EACCES: ['permission denied', 'ask for the right to read it, or pipe it in: sudo cat FILE | osm-ts … -f -'],
  EPERM: ['operation not permitted'],
  ELOOP: ['the symbolic links lead in a circle'],
  ENXIO: ['it is a socket, not a file'],
  EMFILE: ['too many files are open'],
  EISDIR: ['it is a directory'],
  ENAMETOOLONG: ['the name is too long'],
};

/** What the operating system says about a file, as an error with a remedy. */
export function fileError(file: string, error: unknown): InputError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [reason, hint] = reasons[code] ?? [message];
  return new InputError(`cannot be read: ${reason}`, { file }, hint, { cause: error });
}

interface Walk {
  readonly root: string;
  readonly files: FileInput[];
  /** Manifests seen, also those that were read before or cannot be read. */
  manifests: number;
  subdirectories: number;
}

/**
 * The files that arguments of `-f` stand for, as kubectl takes them: a file by any name; a directory's `*.yaml`, `*.yml` and
 * `*.json` in the order of their bytes, hidden ones too, and with `recursive` those of its directories; a pattern that the
 * shell left alone. Links to files are followed, links to directories only when named. A file is read once.
 */
export class FileExpander {
  readonly #seen = new Set<string>();
  #visited = 0;

  constructor(
    private readonly fs: FileSystem,
    private readonly options: ExpandOptions,
  ) {}

  /** @returns the files of one argument that no earlier argument gave */
  expand(argument: string): FileInput[] {
    let stats: Stats;
    try {
      stats = this.fs.statSync(argument);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (missing && isGlob(argument)) return this.#pattern(argument);
      this.options.onError(fileError(argument, error));
      return [];
    }
    return stats.isDirectory() ? this.#directory(argument) : this.#file(argument, stats, true);
  }

  #pattern(pattern: string): FileInput[] {
    const matches = expandGlob(this.fs, pattern, this.options.maxFiles);
    if (matches.length === 0) {
      this.options.onError(new InputError('no file matches this pattern', { file: pattern }, 'check the pattern'));
    }
    return matches.flatMap((match) => this.expand(match));
  }

  #directory(root: string): FileInput[] {
    const walk: Walk = { root, files: [], manifests: 0, subdirectories: 0 };
    const directories: string[] = [root];
    for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
      for (const entry of this.#entries(directory, walk)) {
        const path = join(directory, entry.name);
        if (this.#tooMany(root)) return walk.files;
        if (!entry.isDirectory()) this.#visit(entry, path, walk);
        else if (this.options.recursive) directories.push(path);
        else walk.subdirectories += 1;
      }
    }
    if (walk.manifests === 0 && !(this.options.mayBeEmpty && walk.subdirectories === 0)) {
      const message = 'the directory has no manifests: no *.yaml, *.yml or *.json file';
      const hint = walk.subdirectories > 0 ? 'to look into its directories, add -R' : undefined;
      this.options.onError(new InputError(message, { file: root }, hint));
    }
    return walk.files.sort((a, b) => comparePaths(a.path, b.path));
  }

  #entries(directory: string, walk: Walk): Dirent[] {
    try {
      return this.fs.readdirSync(directory, { withFileTypes: true });
    } catch (error) {
      walk.manifests += 1;
      this.options.onError(fileError(directory, error));
      return [];
    }
  }

  #visit(entry: Dirent, path: string, walk: Walk): void {
    const manifest = manifestName.test(entry.name);
    if (!manifest && !(this.options.recursive && entry.isSymbolicLink())) return;
    let stats: Stats;
    try {
      stats = this.fs.statSync(path);
    } catch (error) {
      if (!manifest) return;
      walk.manifests += 1;
      this.options.onError(fileError(path, error));
      return;
    }
    if (stats.isDirectory()) {
      this.options.onWarning('a link to a directory is not followed; name the directory to read it', path);
    } else if (manifest && !stats.isFile()) {
      this.options.onWarning('this is not a regular file and is skipped; name it to read it', path);
    } else if (manifest) {
      walk.manifests += 1;
      walk.files.push(...this.#file(path, stats, false));
    }
  }

  #tooMany(root: string): boolean {
    this.#visited += 1;
    const { maxFiles } = this.options;
    if (this.#visited === maxFiles + 1) {
      const message = `the directories have more than ${maxFiles} files`;
      this.options.onError(new InputError(message, { file: root }, 'name a smaller directory'));
    }
    return this.#visited > maxFiles;
  }

  #file(path: string, stats: Stats, named: boolean): FileInput[] {
    const regular = stats.isFile();
    const identity = `${stats.dev}:${stats.ino}`;
    if (regular && this.#seen.has(identity)) return [];
    if (regular) this.#seen.add(identity);
    return [{ path, named, regular, size: regular ? stats.size : 0 }];
  }
}

function join(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** Directory by directory, so that `a/x` comes before `a.b`. */
export function comparePaths(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const order = compareBytewise(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
