import { UsageError } from '../errors.js';

/** Carries an error of our own through oclif, which rewrites the message of whatever a flag's parser throws. */
export class WordError extends Error {
  constructor(readonly own: UsageError) {
    super(own.message, { cause: own });
  }
}

interface Definition {
  readonly name: string;
}

type Parser<T> = (word: string, context: unknown, definition: unknown) => Promise<T>;

/**
 * The parser of a flag, for `Flags.custom`, so that a word is read once, where it enters.
 * @param read throws a UsageError that says what is wrong with the word; the name of the flag is put before it
 */
export function flagReader<T>(read: (word: string) => T): Parser<T> {
  return reader(read, ({ name }) => `--${name}`);
}

/** The same for an argument and `Args.custom`; its name is put before an error in capitals. */
export function argReader<T>(read: (word: string) => T): Parser<T> {
  return reader(read, ({ name }) => name.toUpperCase());
}

function reader<T>(read: (word: string) => T, label: (definition: Definition) => string): Parser<T> {
  return (word, _context, definition) => {
    try {
      return Promise.resolve(read(word));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new WordError(
        new UsageError(`${label(definition as Definition)} ${error.message}`, error.hint, { cause: error }),
      );
    }
  };
}
