import { writeFile } from 'node:fs/promises';

import { paletteFor } from '../cli/color.js';
import { renderReport } from '../cli/error-report.js';
import { stderr, writeBytes, writeErr, writeOut } from '../cli/streams.js';
import { InputError, UsageError } from '../errors.js';
import type { ProxyAnswer, ProxyFailure } from '../mesh/proxy/ask.js';
import { visible } from '../text/visible.js';
import { documentPrinter, printDocument, type DocumentFormat } from './document.js';

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

/**
 * Prints what several Envoys answered, each under the name of its pod; with a format a document of kind `ProxyAnswer` each
 * (schemas/proxy-answer.json). Those that did not answer are told on standard error.
 * @returns whether there is one that did not
 */
export async function printProxyAnswers(
  answers: AsyncIterable<ProxyAnswer | ProxyFailure>,
  format: DocumentFormat | undefined,
): Promise<boolean> {
  const print = format && documentPrinter(format, true);
  let failed = false;
  for await (const answer of answers) {
    if ('error' in answer) {
      const { exitCode, message, hint } = answer.error;
      writeErr(renderReport({ exitCode, message: `${answer.pod}: ${message}`, hint }, paletteFor(stderr), false));
      failed = true;
    } else if (print) {
      const { pod, path, bytes } = answer;
      await print({ apiVersion: 'osm-ts/v1', kind: 'ProxyAnswer', pod, path, answer: parse(bytes, path) });
    } else {
      await writeOut(`==> ${visible(answer.pod)} <==\n`);
      await writeBytes(answer.bytes);
      if (answer.bytes.at(-1) !== 0x0a) await writeOut('\n');
    }
  }
  return failed;
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new UsageError(`Envoy answers ${path} with text, which has no such format`, 'leave out -o', { cause });
  }
}
