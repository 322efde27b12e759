import { createReadStream } from 'node:fs';
import { InputError } from '../errors.js';
import { parseTarget, TargetError, type Target } from '../simulator/request/index.js';

/** Requests to ask about: as they are, or in a file with one a line (`-`: standard input). */
export type TargetSource = { readonly targets: readonly Target[] } | { readonly file: string };

/**
 * The targets one after the other. A file is read as they are asked for, so that its length does not matter.
 * @throws InputError naming the line of a target that cannot be read
 */
export async function* readTargets(source: TargetSource): AsyncGenerator<Target> {
  if ('targets' in source) yield* source.targets;
  else yield* readLines(source.file);
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
