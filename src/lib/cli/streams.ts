import type { Writable } from 'node:stream';

/** Whoever read our output has gone (`osm-ts … | head -1`): stop quietly. */
export class BrokenPipeError extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'BrokenPipeError';
  }
}

const broken = new WeakSet<Writable>();
const watched = new WeakSet<Writable>();

/** Remembers a closed pipe instead of letting it end the process with a stack trace. Further errors are thrown as they are. */
export function watchForBrokenPipe(stream: Writable): void {
  if (watched.has(stream)) return;
  watched.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    broken.add(stream);
  });
}

/** True once a write has failed because nobody reads any more. */
export function isBroken(stream: Writable): boolean {
  return broken.has(stream);
}

/**
 * Writes text and resolves when the stream has room again, so that a slow reader slows us down instead of filling memory.
 * @throws BrokenPipeError when nobody reads any more.
 */
export async function write(stream: Writable, text: string): Promise<void> {
  watchForBrokenPipe(stream);
  if (broken.has(stream) || stream.destroyed) throw new BrokenPipeError();
  if (stream.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      stream.off('drain', settle);
      stream.off('close', settle);
      stream.off('error', settle);
      if (broken.has(stream) || stream.destroyed) reject(new BrokenPipeError());
      else resolve();
    };
    stream.on('drain', settle);
    stream.on('close', settle);
    stream.on('error', settle);
  });
}

/** Writes part of the answer. @throws BrokenPipeError when nobody reads any more. */
export function writeOut(text: string): Promise<void> {
  return write(process.stdout, text);
}

/** Writes what is not the answer: progress, notes, warnings, errors. Never fails: without a reader there is nobody to tell. */
export function writeErr(text: string): void {
  watchForBrokenPipe(process.stderr);
  if (!isBroken(process.stderr)) process.stderr.write(text);
}

/** Where text for people wraps: `COLUMNS` or the terminal's width, between 60 and 120; 80 when neither is known. */
export function textWidth(stream: { readonly columns?: number } = process.stdout): number {
  const fromEnvironment = Number.parseInt(process.env['COLUMNS'] ?? '', 10);
  const width = fromEnvironment > 0 ? fromEnvironment : (stream.columns ?? 80);
  return Math.min(120, Math.max(60, width || 80));
}
