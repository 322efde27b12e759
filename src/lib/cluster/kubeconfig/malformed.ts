import { InputError } from '../../errors.js';
import { pathText } from '../../text/field-path.js';
import { readText } from './read-text.js';

/**
 * The error for a kubeconfig that can be parsed and yet makes no sense at `path`, with the line of that place.
 * The file's text never goes into the message: it holds secrets.
 */
export async function malformed(
  file: string,
  path: readonly (string | number)[],
  problem: string,
  hint?: string,
): Promise<InputError> {
  const place = await positionOf(file, path);
  const subject = path.length ? `${pathText(path)} ${problem}` : problem;
  return new InputError(`kubeconfig: ${subject}`, place ? { file, ...place } : { file }, hint);
}

/** Line and column of the value at `path`, or of the closest parent that is there; undefined if the file is gone. */
async function positionOf(
  file: string,
  path: readonly (string | number)[],
): Promise<{ line: number; column: number } | undefined> {
  // A parser that keeps positions is several times slower, so it is loaded only once something is wrong.
  const { LineCounter, isNode, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const text = await readText(file).catch(() => undefined);
  if (text === undefined) return undefined;
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}
