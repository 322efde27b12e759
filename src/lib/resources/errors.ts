import { InputError } from '../errors.js';

/**
 * Several faults of one input, found in one go so that they can be repaired in one go.
 * `message`, `location` and `hint` are those of the first.
 */
export class ManifestErrors extends InputError {
  constructor(
    /** In input order; at most `Limits.maxErrors`. */
    readonly errors: readonly InputError[],
    /** How many there are in all; with `stopped`, how many there were when reading stopped. */
    readonly total: number,
    readonly stopped: boolean,
  ) {
    const [first] = errors;
    super(`${first?.message ?? 'the input is invalid'} (${moreErrors(total - 1, stopped)})`, first?.location);
  }

  /** One error a line, each followed by its remedy. */
  override describe(): string {
    const lines = this.errors.flatMap((error) =>
      error.hint ? [error.describe(), `  ${error.hint.replaceAll('\n', '\n  ')}`] : [error.describe()],
    );
    if (this.total > this.errors.length) lines.push(`… ${moreErrors(this.total - this.errors.length, this.stopped)}`);
    return lines.join('\n');
  }
}

function moreErrors(count: number, stopped: boolean): string {
  return stopped ? `and ${count} more before reading stopped` : `and ${count} more`;
}

/** A fault of a text, before it has a file name: `offset` counts UTF-16 code units from the start of the text. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly hint?: string,
    /** Message or hint repeat words of the text; not to be shown of a file that holds secrets. */
    readonly quotes = false,
  ) {
    super(message);
  }
}
