import { UsageError } from '../errors.js';
import { parseTarget, targetFromUrl, TargetError, type Target } from '../simulator/request/index.js';
import { readTargets, type TargetFlags } from './targets.js';

export interface AllowTargetFlags extends Omit<TargetFlags, 'url'> {
  /** The words of the command line: each a URL, a curl command line in quotes, or tcp://host:port. */
  readonly words: readonly string[];
}

/**
 * The targets that are to be allowed.
 * @throws UsageError, InputError naming the line of a target that cannot be read
 */
export async function readAllowTargets({ words, ...flags }: AllowTargetFlags): Promise<Target[]> {
  const { commandLine, targets: file, ...urlOptions } = flags;
  const ways = [words.length > 0, commandLine !== undefined, file !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    throw new UsageError(
      ways === 0 ? 'the target is missing' : 'there is more than one way to the target',
      'use one of: a URL or tcp://host:port, --targets FILE, or a curl command line after --',
    );
  }
  if (words.length === 0) {
    const targets: Target[] = [];
    for await (const target of readTargets(flags)) targets.push(target);
    return targets;
  }
  const hasOptions = Object.keys(urlOptions).length > 0;
  if (hasOptions && words.length > 1) {
    throw new UsageError('options of the request are for one target', 'give one URL, or curl command lines in quotes');
  }
  return words.map((word) => asUsage(word, () => (hasOptions ? targetFromUrl(word, urlOptions) : parseTarget(word))));
}

function asUsage(word: string, read: () => Target): Target {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new UsageError(`${word}: ${error.message}`, error.hint, { cause: error });
  }
}
