import { UsageError } from '../errors.js';
import type { Reporter } from '../reporter.js';
import { loadInput, type Input, type InputOptions } from './load.js';
import type { Question } from './read-cluster.js';

/** The word that stands for what the cluster holds. */
const clusterWord = 'cluster';

/**
 * Reads a set of policies that words of a command line name: files and directories, `-` for standard input, `git:REV[:PATH]`
 * for those of a commit, or `cluster` for what the cluster holds. A file of such a name is reached as `./cluster`.
 * @param what the argument or flag that the words are of, for errors
 * @throws UsageError, InputError, ClusterError as `loadInput` does
 */
export function loadPolicySet(
  words: readonly string[],
  what: string,
  options: Omit<InputOptions, 'filenames' | 'live' | 'commits'>,
  question: Question,
  report: Reporter,
): Promise<Input> {
  const isCluster = words.includes(clusterWord);
  if (words.length === 0 || words.includes('')) throw new UsageError(`${what} names no policies`, remedy);
  if (isCluster && words.length > 1) throw new UsageError(`${what} names the cluster and files`, remedy);
  return loadInput({ ...options, filenames: isCluster ? [] : words, live: false, commits: true }, question, report);
}

const remedy = 'write files or directories, - for standard input, git:REV[:PATH] for a commit, or cluster';
