import type * as fileSystem from 'node:fs';
import { InputError } from '../../errors.js';
import { formatBytes } from '../limits.js';
import { fileError, type FileInput } from './expand.js';

type FileSystem = typeof fileSystem;

/** How much may still be read. */
export interface ByteBudget {
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  used: number;
}

function tooLarge(file: string, budget: ByteBudget): InputError {
  const single = budget.used + budget.maxFileBytes <= budget.maxTotalBytes;
  const message = single
    ? `the input is larger than ${formatBytes(budget.maxFileBytes)}, the most that osm-ts reads of one file`
    : `the files together are larger than ${formatBytes(budget.maxTotalBytes)}, the most that osm-ts reads`;
  return new InputError(message, { file }, 'split the input, or leave out what has nothing to do with egress');
}

function allowance(budget: ByteBudget): number {
  return Math.min(budget.maxFileBytes, budget.maxTotalBytes - budget.used);
}

/** Counts bytes that were read elsewhere. @throws InputError when they are too many */
export function spend(budget: ByteBudget, file: string, size: number): void {
  if (size > allowance(budget)) throw tooLarge(file, budget);
  budget.used += size;
}

/** @throws InputError when the file is too large or cannot be read */
export async function readFileBytes(fs: FileSystem, input: FileInput, budget: ByteBudget): Promise<Buffer> {
  if (!input.regular) return readStreamBytes(input.path, fs.createReadStream(input.path), budget);
  if (input.size > allowance(budget)) throw tooLarge(input.path, budget);
  try {
    const bytes = fs.readFileSync(input.path);
    budget.used += bytes.length;
    return bytes;
  } catch (error) {
    throw fileError(input.path, error);
  }
}

/**
 * Reads a pipe, a device or standard input to its end.
 *
 * @throws InputError as soon as it gives more than is allowed, or when it fails
 */
export async function readStreamBytes(
  name: string,
  stream: AsyncIterable<unknown>,
  budget: ByteBudget,
): Promise<Buffer> {
  const limit = allowance(budget);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array);
      length += bytes.length;
      if (length > limit) throw tooLarge(name, budget);
      chunks.push(bytes);
    }
  } catch (error) {
    throw error instanceof InputError ? error : fileError(name, error);
  }
  budget.used += length;
  return Buffer.concat(chunks, length);
}
