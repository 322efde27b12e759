/**
 * Small files that are kept from one run of the program to the next, in a folder of the user's own. None of its functions throws:
 * what is not kept is found out again.
 */
export interface OwnFiles {
  /** The bytes of a file that nobody but the user can have written; undefined where there is none. */
  read(name: string): Buffer | undefined;
  /** Replaces a file, whole or not at all, for nobody else to read. */
  write(name: string, bytes: Uint8Array): void;
}

let files: OwnFiles | undefined;

/** Called once, before any command, by what starts the program: `bin/run.js` knows the folder, and who may have written it. */
export function keepIn(given: OwnFiles | undefined): void {
  files = given;
}

/** Undefined where nobody has said where, as in the library. */
export function ownFiles(): OwnFiles | undefined {
  return files;
}
