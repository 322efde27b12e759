import { createReadStream } from 'node:fs';
import { InputError, UsageError } from '../errors.js';
import {
  parseCurl,
  parseTarget,
  targetFromUrl,
  TargetError,
  type Target,
  type UrlOptions,
} from '../simulator/request/index.js';

export interface TargetFlags extends UrlOptions {
  url?: string | undefined;
  /** Words after `--`. */
  commandLine?: readonly string[] | undefined;
  /** File with one target a line; `-` for standard input. */
  targets?: string | undefined;
}

/**
 * The targets that a command line asks about.
 * @throws UsageError, InputError naming the line of a target that cannot be read
 */
export async function* readTargets(flags: TargetFlags): AsyncGenerator<Target> {
  const { url, commandLine, targets, ...urlOptions } = flags;
  const given = [url, commandLine, targets].filter((source) => source !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      given.length === 0 ? 'the target is missing' : 'there is more than one way to the target',
      'use one of: --url URL, --targets FILE, or a curl command line after --',
    );
  }
  if (targets !== undefined) yield* readLines(targets);
  else if (commandLine !== undefined) yield fromCommandLine(commandLine);
  else yield asUsage('--url', () => targetFromUrl(url!, urlOptions));
}

function fromCommandLine(words: readonly string[]): Target {
  const [first, ...rest] = words;
  if (first === 'curl') return asUsage('curl', () => parseCurl(rest));
  if (first?.startsWith('tcp:')) return asUsage('the target', () => parseTarget(words.join(' ')));
  throw new UsageError('the words after -- are not a curl command line', 'write: … -- curl -sI https://httpbin.org/');
}

function asUsage(what: string, read: () => Target): Target {
  try {
    return read();
  } catch (error) {
    if (error instanceof TargetError) throw new UsageError(`${what}: ${error.message}`, error.hint, { cause: error });
    throw error;
  }
}

async function* readLines(filename: string): AsyncGenerator<Target> {
  const file = filename === '-' ? '<stdin>' : filename;
  const { createInterface } = await import('node:readline');
  const input = filename === '-' ? process.stdin : createReadStream(filename);
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (error: Error) => reject(new InputError(`cannot be read: ${error.message}`, { file })));
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (let line = 1; ; line++) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done) return;
    const text = next.value.trim();
    if (text === '' || text.startsWith('#')) continue;
    yield targetOfLine(next.value, file, line);
  }
}

function targetOfLine(text: string, file: string, line: number): Target {
  try {
    return parseTarget(text);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new InputError(error.message, { file, line, column: (error.position ?? 0) + 1 }, error.hint, {
      cause: error,
    });
  }
}
