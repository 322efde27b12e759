import { shortened } from '../../text/shorten.js';

/** A target that is no single request: malformed, more than one, or something that curl itself refuses before it connects. */
export class TargetError extends Error {
  constructor(
    message: string,
    /** What to write instead, as an imperative sentence. */
    readonly hint?: string,
    /** 0-based: the offset in the line for parseTarget and splitShellWords, the index in the arguments for parseCurl. */
    readonly position?: number,
    /** What real curl exits with here (2 usage, 3 malformed URL, 1 unsupported protocol, …), when curl decides it by itself. */
    readonly curlExitCode?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TargetError';
  }

  /** The same error in another place. */
  moved(position: number | undefined): TargetError {
    return new TargetError(this.message, this.hint, position, this.curlExitCode, { cause: this.cause });
  }
}

/**
 * Runs what reads a part of something.
 * @param place where the position of a TargetError in the part is in the whole
 */
export function relocated<T>(run: () => T, place: (position: number | undefined) => number | undefined): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof TargetError ? error.moved(place(error.position)) : error;
  }
}

/** An error that curl reports as wrong usage (exit code 2). */
export function usageError(message: string, hint?: string, position?: number): TargetError {
  return new TargetError(`${message} (curl exits with 2)`, hint, position, 2);
}

/** An error that curl reports as a malformed URL (exit code 3). */
export function malformedUrl(message: string, hint?: string): TargetError {
  return new TargetError(`${message} (curl exits with 3)`, hint, undefined, 3);
}

/** A text for a message: cut when it is long. */
export function brief(text: string): string {
  return shortened(text, 80);
}
