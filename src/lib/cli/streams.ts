import { fstatSync, statSync, writeSync } from 'node:fs';

import { visibleLines } from '../text/visible.js';
import { colorEnabled } from './color.js';

/** Whoever read our output has gone (`osm-ts … | head -1`): stop quietly. */
export class BrokenPipeError extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'BrokenPipeError';
  }
}

/** What is needed of `process.stdout` and `process.stderr`. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly destroyed: boolean;
  write(text: string | Uint8Array): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
}

/** Writes some bytes and returns how many. @throws what `fs.writeSync` throws */
type WriteBytes = (bytes: Uint8Array) => number;

/**
 * Standard output or standard error. `process.stdout` costs 4 ms (a fifth of Node's own start) when it is first looked at and
 * is no terminal, because Node then loads its streams. So once `direct` is set, text for pipes and files is written with a
 * system call, which waits for a slow reader by itself; the stream is used for terminals, and for pipes that do not wait.
 */
export class Output {
  /** Set by the bundle. Elsewhere, tests and tools may have replaced the stream's methods. */
  direct = false;
  #stream: TextStream | undefined;
  #broken = false;
  #isFile: boolean | undefined;

  constructor(
    private readonly open: () => TextStream,
    private readonly writeBytes: WriteBytes,
    private readonly mayBeTerminal: () => boolean,
  ) {}

  get isTTY(): boolean {
    if (this.direct && (this.#isFile ??= !this.mayBeTerminal())) return false;
    return this.#open().isTTY === true;
  }

  get columns(): number | undefined {
    return this.isTTY ? this.#open().columns : undefined;
  }

  /**
   * Writes text and resolves when there is room for more, so that a slow reader slows us down instead of filling memory.
   * @throws BrokenPipeError when nobody reads any more
   */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.#broken) throw new BrokenPipeError();
    const left = this.direct && !this.isTTY ? this.#writeNow(text) : text;
    if (left.length > 0) await this.#writeToStream(left);
  }

  /** Takes care of errors of the stream also when others write to it. */
  watch(): void {
    if (!this.direct) this.#open();
  }

  /** Writes as much as the pipe takes, and returns the rest: nothing, unless it is a pipe that does not wait. */
  #writeNow(text: string | Uint8Array): Uint8Array {
    let bytes: Uint8Array = typeof text === 'string' ? Buffer.from(text) : text;
    try {
      while (bytes.length > 0) bytes = bytes.subarray(this.writeBytes(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw this.#failure(error);
      this.direct = false;
    }
    return bytes;
  }

  async #writeToStream(chunk: string | Uint8Array): Promise<void> {
    const stream = this.#open();
    const gone = (): boolean => this.#broken || stream.destroyed;
    if (gone()) throw new BrokenPipeError();
    if (stream.write(chunk)) return;
    await new Promise<void>((resolve) => {
      for (const event of ['drain', 'close', 'error'] as const) stream.once(event, resolve);
    });
    if (gone()) throw new BrokenPipeError();
  }

  #open(): TextStream {
    if (this.#stream) return this.#stream;
    this.#stream = this.open();
    // Without a listener, an error of the stream would end the process with a stack trace.
    this.#stream.on('error', (error) => {
      if (!(this.#failure(error) instanceof BrokenPipeError)) throw error;
    });
    return this.#stream;
  }

  #failure(error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') return error;
    this.#broken = true;
    return new BrokenPipeError();
  }
}

function standard(descriptor: 1 | 2, open: () => TextStream): Output {
  return new Output(
    open,
    (bytes) => writeSync(descriptor, bytes),
    () => mayBeTerminal(descriptor),
  );
}

/** Terminals are character devices, and so is `/dev/null`, to which scripts send what they do not read. */
export function mayBeTerminal(descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return stats.isCharacterDevice() && stats.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}

export const stdout = standard(1, () => process.stdout);
export const stderr = standard(2, () => process.stderr);

/**
 * Writes part of an answer for people: lines in which nothing is left that a terminal would obey but our own colours.
 * @throws BrokenPipeError when nobody reads any more
 */
export function writeOut(text: string): Promise<void> {
  return stdout.write(visibleLines(text, colorEnabled(stdout)));
}

/** Writes part of an answer for programs, byte for byte. @throws BrokenPipeError when nobody reads any more */
export function writeDocument(text: string): Promise<void> {
  return stdout.write(text);
}

/** Writes an answer that is somebody else's, and not necessarily text. @throws BrokenPipeError when nobody reads any more */
export function writeBytes(bytes: Uint8Array): Promise<void> {
  return stdout.write(bytes);
}

/** Writes what is not the answer: progress, notes, warnings, errors. Never fails: without a reader there is nobody to tell. */
export function writeErr(text: string): void {
  stderr.write(visibleLines(text, colorEnabled(stderr))).catch(() => undefined);
}

/** Where text for people wraps: `COLUMNS` or the terminal's width, between 60 and 120; 80 when neither is known. */
export function textWidth(stream: { readonly columns?: number | undefined } = stdout): number {
  const fromEnvironment = Number.parseInt(process.env['COLUMNS'] ?? '', 10);
  const width = fromEnvironment > 0 ? fromEnvironment : (stream.columns ?? 80);
  return Math.min(120, Math.max(60, width || 80));
}
