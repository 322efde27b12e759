import { InputError } from '../errors.js';
import { FileExpander, type FileInput } from './files/expand.js';
import { readFileBytes, readStreamBytes, type ByteBudget } from './files/read.js';
import { defaultLimits } from './limits.js';
import { stdinName } from './manifests.js';
import { decodeText } from './text/decode.js';
import { SourceText } from './text/lines.js';

export interface NamedText {
  readonly source: SourceText;
  /** Named by itself rather than found in a directory. */
  readonly named: boolean;
}

export interface SourceTextOptions {
  /** Look into the directories of directories. */
  readonly recursive: boolean;
  /** Told of what cannot be read, is too large, or is no text. */
  readonly onError: (error: InputError) => void;
}

/** The texts of files, directories and standard input (`-`), within the bounds of everything that is read. */
export async function* sourceTexts(
  filenames: readonly string[],
  { recursive, onError }: SourceTextOptions,
): AsyncGenerator<NamedText> {
  const fs = await import('node:fs');
  const { maxFileBytes, maxTotalBytes, maxFiles } = defaultLimits;
  const budget: ByteBudget = { maxFileBytes, maxTotalBytes, used: 0 };
  const expander = new FileExpander(fs, {
    recursive,
    maxFiles,
    mayBeEmpty: false,
    onError,
    onWarning: () => undefined,
  });
  const stdin: FileInput = { path: stdinName, named: true, regular: false, size: 0 };
  for (const filename of filenames) {
    for (const input of filename === '-' ? [stdin] : expander.expand(filename)) {
      try {
        const bytes =
          filename === '-' ? readStreamBytes(stdinName, process.stdin, budget) : readFileBytes(fs, input, budget);
        yield { source: sourceOf(input.path, await bytes), named: input.named };
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        onError(error);
      }
    }
  }
}

function sourceOf(file: string, bytes: Buffer): SourceText {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return new SourceText(file, decoded.text.replace(/^\ufeff/, ''));
  const { message, hint, before } = decoded.problem;
  throw new InputError(message, new SourceText(file, before).locate(before.length), hint);
}
