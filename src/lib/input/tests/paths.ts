import { isAbsolute, posix, relative } from 'node:path';
import { UsageError } from '../../errors.js';
import { parseCommitWord } from '../git/word.js';

/** A path that a file names relative to itself, as it is seen from the current directory. */
export function seenFromHere(path: string, file: string): string {
  return isAbsolute(path) ? path : posix.join(posix.dirname(file), path);
}

/**
 * The words of `loadPolicySet` for what a test file compares with. A commit without a path stands for the files of the test as
 * they were then.
 * @param resources of the test, as seen from the current directory
 * @throws UsageError
 */
export function oldPolicies(word: string, file: string, resources: readonly string[]): string[] {
  const commit = parseCommitWord(word);
  if (!commit) {
    if (word === '-' || word === 'cluster')
      throw new UsageError(`${word} is not a file`, 'write files or directories, or git:REV[:PATH] for a commit');
    return [seenFromHere(word, file)];
  }
  const { revision, path } = commit;
  if (path === undefined) return resources.map((resource) => `git:${revision}:${fromHere(resource)}`);
  const isRelative = /^\.{1,2}(?:\/|$)/.test(path);
  return [isRelative ? `git:${revision}:${fromHere(seenFromHere(path, file))}` : word];
}

/** Git reads a path that does not begin so from the top of the repository. */
function fromHere(path: string): string {
  const here = relative('', path);
  return here.startsWith('..') ? here : `./${here}`;
}
