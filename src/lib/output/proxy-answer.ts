import { writeFile } from 'node:fs/promises';

import { writeBytes } from '../cli/streams.js';
import { InputError, UsageError } from '../errors.js';
import type { ProxyAnswer } from '../mesh/proxy/ask.js';
import { printDocument, type DocumentFormat } from './document.js';

/**
 * Prints what Envoy answered, byte for byte, or into a file; as a document with a format.
 * @throws InputError when the file cannot be written; UsageError for a format when the answer is not JSON
 */
export async function printProxyAnswer(
  { bytes, path }: ProxyAnswer,
  { file, format }: { readonly file: string | undefined; readonly format: DocumentFormat | undefined },
): Promise<void> {
  if (format) return printDocument(parse(bytes, path), format);
  if (file === undefined) return writeBytes(bytes);
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new InputError('the answer cannot be written', { file }, 'check path and permissions', { cause });
  }
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new UsageError(`Envoy answers ${path} with text, which has no such format`, 'leave out -o', { cause });
  }
}
