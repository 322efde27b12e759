/**
 * Where a service tells what is not its answer, at the moment when it is known. The base command has one that writes to
 * standard error; nothing else decides how these look.
 */
export interface Reporter {
  /** Something worth knowing about the input or the answer. */
  note(text: string): void;
  /** Something that is probably not meant. */
  warn(text: string): void;
  /** A detail of the way to the answer, for who asks for details. */
  verbose(text: string): void;
  /** What is being waited for; null: nothing any more. */
  progress(text: string | null): void;
}

const nobody = (): void => undefined;

/** Tells nobody. */
export const silent: Reporter = { note: nobody, warn: nobody, verbose: nobody, progress: nobody };
