import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { InputError } from '../errors.js';
import { fileError } from '../resources/files/expand.js';
import { formatBytes } from '../resources/limits.js';
import { now, sleep } from './connection/timers.js';

/** Far more than any kubeconfig, certificate or token; it keeps `/dev/zero` from filling the memory. */
const maxBytes = 10 * 1024 * 1024;
/** For whoever writes to a pipe, such as the program in `--kubeconfig <(program)`. */
const patienceMs = 10_000;
const pollMs = 20;

/**
 * The bytes of a small file that a person or a kubeconfig names. Pipes and devices are read without blocking, so that one
 * that nobody writes to cannot hold up the program. Not through `fs/promises`: loading it takes longer than reading.
 * @param limits for tests; `patienceMs` is how long a pipe may take
 * @throws InputError about the file; its `cause` has the system's code
 */
export async function readBounded(file: string, limits = { maxBytes, patienceMs }): Promise<Buffer> {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = await readToEnd(descriptor, limits);
      if (bytes.length === 0 && fstatSync(descriptor).isFIFO()) throw new Error('nobody writes to this pipe');
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileError(file, error);
  }
}

async function readToEnd(descriptor: number, limits: { maxBytes: number; patienceMs: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const deadline = now() + limits.patienceMs;
  for (let size = 0; ;) {
    const chunk = Buffer.allocUnsafe(65_536);
    const count = await readSome(descriptor, chunk, deadline, limits.patienceMs);
    if (count === 0) return Buffer.concat(chunks, size);
    chunks.push(chunk.subarray(0, count));
    size += count;
    if (size > limits.maxBytes) {
      throw new Error(`it has more than ${formatBytes(limits.maxBytes)}, so it cannot be what it is taken for`);
    }
  }
}

async function readSome(descriptor: number, chunk: Buffer, deadline: number, patienceMs: number): Promise<number> {
  for (;;) {
    try {
      return readSync(descriptor, chunk, 0, chunk.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      if (now() > deadline) {
        throw new Error(`nothing came out of it within ${patienceMs / 1000} s`, { cause: error });
      }
      await sleep(pollMs);
    }
  }
}

/** The system's code for why a file could not be read. */
export function causeCode(error: InputError): string | undefined {
  return (error.cause as NodeJS.ErrnoException | undefined)?.code;
}
