import { InputError } from '../errors.js';

/**
 * Several faults of one input, found in one go so that they can be mended in one go.
 * `message`, `location` and `hint` are those of the first.
 */
export class ManifestErrors extends InputError {
  constructor(
    /** In input order; at most `Limits.maxErrors`. */
    readonly errors: readonly InputError[],
    /** How many there are in all. */
    readonly total: number,
  ) {
    const [first] = errors;
    super(`${first?.message ?? 'the input is invalid'} (and ${total - 1} more)`, first?.location);
  }

  /** One error a line, each followed by its remedy. */
  override describe(): string {
    const lines = this.errors.flatMap((error) =>
      error.hint ? [error.describe(), `  ${error.hint.replaceAll('\n', '\n  ')}`] : [error.describe()],
    );
    if (this.total > this.errors.length) lines.push(`… and ${this.total - this.errors.length} more`);
    return lines.join('\n');
  }
}

/** A fault of a text, before it has a file name: `offset` counts UTF-16 code units from the start of the text. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}
