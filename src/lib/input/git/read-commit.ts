import { posix } from 'node:path';
import { InputError } from '../../errors.js';
import { comparePaths, manifestName } from '../../resources/files/expand.js';
import { spend, type ByteBudget } from '../../resources/files/read.js';
import { defaultLimits } from '../../resources/limits.js';
import { closest } from '../../text/closest.js';
import { runGit } from './program.js';
import type { CommitWord } from './word.js';

/** A file of a commit; its name is one that `git show` understands, `git:` put before it. */
export interface CommitFile {
  readonly path: string;
  readonly bytes: Buffer;
}

interface Entry {
  /** From the top of the repository. */
  readonly path: string;
  /** What `git cat-file` gets. */
  readonly object: string;
}

const fewBytes = 64 * 1024;
const listBytes = 64 * 1024 * 1024;

/**
 * Reads the manifests of a commit through the git program: one file, or the `*.yaml`, `*.yml` and `*.json` of a directory in
 * the order in which `-f` reads them. Nothing is fetched. A link is followed within the commit.
 * @throws InputError when git, the repository, the revision or the path is missing, or when there is too much
 */
export async function readCommit(
  word: CommitWord,
  { recursive, budget }: { readonly recursive: boolean; readonly budget: ByteBudget },
): Promise<CommitFile[]> {
  const top = await pathFromTop(word);
  const commit = await commitOf(word);
  const found = await find(word, commit, top);
  if (!found) throw await noSuchPath(word, commit, top);
  const { type, object } = found;
  if (type === 'blob') return readAll(word, [{ path: top, object }], budget);
  const all = await listTree(word, object, top, recursive);
  return readAll(word, manifestsAmong(all, word, { commit, top, recursive }), budget);
}

/** The path from the top of the repository, without a slash at its end; empty: the top itself. */
async function pathFromTop({ text, path }: CommitWord): Promise<string> {
  const { code, stdout, stderr } = await runGit(['rev-parse', '--show-prefix'], text, { maxBytes: fewBytes });
  if (code !== 0) throw notARepository(text, stderr);
  const here = stdout.toString('utf8').replace(/\n$/, '');
  const isRelative = path === undefined || /^\.{1,2}(?:\/|$)/.test(path);
  const joined = posix.normalize(isRelative ? posix.join(here, path ?? '.') : path).replace(/\/+$/, '');
  if (joined.startsWith('/') || joined === '..' || joined.startsWith('../')) {
    const message = joined.startsWith('/')
      ? 'a path in a commit is not absolute'
      : 'the path leads out of the repository';
    throw new InputError(message, { file: text }, 'write it from the top of the repository, or begin it with ./');
  }
  return joined === '.' ? '' : joined;
}

function notARepository(text: string, stderr: string): InputError {
  if (/not a git repository/i.test(stderr)) {
    return new InputError('this directory is in no git repository', { file: text }, 'run osm-ts inside the repository');
  }
  return new InputError(`git cannot read this repository: ${firstLine(stderr)}`, { file: text }, 'try: git status');
}

async function commitOf({ text, revision }: CommitWord): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
  const { code, stdout } = await runGit(args, text, { maxBytes: fewBytes });
  const commit = stdout.toString('utf8').trim();
  if (code === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  throw new InputError(
    `there is no commit ${revision}`,
    { file: text },
    'name a branch, a tag or a commit that this clone has; a shallow clone has to fetch it first',
  );
}

interface Found {
  readonly type: 'blob' | 'tree';
  readonly object: string;
}

/** What is under a path of a commit, links followed; undefined when there is nothing. */
async function find({ text }: CommitWord, commit: string, path: string): Promise<Found | undefined> {
  const args = ['cat-file', '--batch-check', '--follow-symlinks'];
  const { stdout } = await runGit(args, text, { maxBytes: fewBytes, input: `${commit}:${path}\n` });
  const [, object, type] = /^([0-9a-f]+) (blob|tree) \d+\n$/.exec(stdout.toString('utf8')) ?? [];
  return object === undefined ? undefined : { object, type: type as Found['type'] };
}

async function noSuchPath(word: CommitWord, commit: string, top: string): Promise<InputError> {
  const { text, revision, path } = word;
  const fromHere = path === undefined || path.startsWith('.') ? top : await pathFromTop({ ...word, path: `./${path}` });
  const hereToo = fromHere !== top && (await find(word, commit, fromHere)) !== undefined;
  const directory = posix.dirname(top).replace(/^\.$/, '');
  const around = await find(word, commit, directory);
  const beside = around?.type === 'tree' ? await listTree(word, around.object, directory, false) : [];
  const meant = closest(
    top,
    beside.map((entry) => entry.path),
  );
  const hint = hereToo
    ? `paths begin at the top of the repository; from this directory: git:${revision}:./${path}`
    : meant === undefined
      ? 'paths begin at the top of the repository, those from this directory with ./'
      : `did you mean git:${revision}:${meant}?`;
  return new InputError(`commit ${revision} has no file or directory ${top || '/'}`, { file: text }, hint);
}

interface TreeEntry extends Entry {
  readonly mode: string;
}

/** Git lists a tree with what lies below it by names relative to it. */
async function listTree({ text }: CommitWord, tree: string, top: string, recursive: boolean): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-z', '--full-tree', ...(recursive ? ['-r'] : []), tree];
  const { code, stdout, stderr } = await runGit(args, text, { maxBytes: listBytes });
  if (code !== 0) throw new InputError(`git cannot list it: ${firstLine(stderr)}`, { file: text });
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode, object, name] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return name === undefined ? [] : [{ mode: mode!, object: object!, path: top === '' ? name : `${top}/${name}` }];
    });
}

const link = '120000';
const regular = '100';

function manifestsAmong(
  all: readonly TreeEntry[],
  word: CommitWord,
  { commit, top, recursive }: { readonly commit: string; readonly top: string; readonly recursive: boolean },
): Entry[] {
  const found = all
    .filter(({ mode, path }) => (mode.startsWith(regular) || mode === link) && manifestName.test(path))
    .map(({ mode, object, path }) => ({ path, object: mode === link ? `${commit}:${path}` : object }));
  const { maxFiles } = defaultLimits;
  const where = { file: word.text };
  if (found.length > maxFiles) {
    throw new InputError(`the commit has more than ${maxFiles} manifests here`, where, 'name a smaller directory');
  }
  if (found.length === 0) {
    const message = `commit ${word.revision} has no manifests in ${top || 'its top directory'}: no *.yaml, *.yml or *.json file`;
    const deeper = !recursive && all.some(({ mode }) => mode === '040000');
    throw new InputError(message, where, deeper ? 'to look into its directories, add -R, or name one' : undefined);
  }
  return found.sort((one, other) => comparePaths(one.path, other.path));
}

/** All files through one process: a name a line in, for each a line with its size and its bytes out. */
async function readAll(word: CommitWord, entries: readonly Entry[], budget: ByteBudget): Promise<CommitFile[]> {
  const named = ({ path }: { path: string }) => `git:${word.revision}:${path}`;
  for (const entry of entries) {
    if (!entry.object.includes('\n')) continue;
    throw new InputError('a link with a line break in its name is not followed', { file: named(entry) });
  }
  const input = entries.map(({ object }) => `${object}\n`).join('');
  const maxBytes = budget.maxTotalBytes - budget.used + entries.length * 256;
  const { stdout } = await runGit(['cat-file', '--batch', '--follow-symlinks'], word.text, { maxBytes, input });
  let at = 0;
  return entries.map((entry) => {
    const end = stdout.indexOf('\n', at);
    const header = stdout.toString('utf8', at, Math.max(end, at));
    const [, type, digits] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(header) ?? [];
    const size = Number(digits);
    if (type !== 'blob' || end + 1 + size > stdout.length) throw unreadable(named(entry), header);
    const bytes = stdout.subarray(end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    spend(budget, named(entry), size);
    return { path: named(entry), bytes };
  });
}

function unreadable(file: string, header: string): InputError {
  const outside = /^(?:symlink|dangling|loop|notdir) | tree \d+$/.test(header);
  return new InputError(
    outside ? 'this link leads to no file of the commit' : 'git does not have this file: the clone is incomplete',
    { file },
    outside ? 'name the file that it stands for' : 'fetch it: git fetch --refetch, or clone without --filter',
  );
}

function firstLine(stderr: string): string {
  return stderr.split('\n', 1)[0]!.replace(/^(?:fatal|error): /, '');
}
