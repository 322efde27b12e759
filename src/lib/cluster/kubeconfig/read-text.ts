import { createReadStream } from 'node:fs';
import { InputError } from '../../errors.js';

/** Far more than any kubeconfig; it keeps `--kubeconfig /dev/zero` from filling the memory. */
const maxBytes = 10 * 1024 * 1024;

/** The text of a file or pipe. Throws `InputError` when it is too long, else as `node:fs` does. */
export async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(file, { end: maxBytes }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (size > maxBytes) {
    throw new InputError('the kubeconfig has more than 10 MiB', { file }, 'check that this is the right file');
  }
  return Buffer.concat(chunks).toString('utf8');
}
