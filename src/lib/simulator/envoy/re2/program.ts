/** The program of a regular expression: instructions that read bytes of UTF-8 text. */

/** What an instruction does. Instruction 0 is always `fail`. */
export const Op = {
  fail: 0,
  /** Goes on at `next` or at `other`. */
  fork: 1,
  /** Reads a byte of a range, then goes on at `next`. */
  bytes: 2,
  /** Notes where a group begins or ends. */
  mark: 3,
  /** Goes on if a condition on the position holds. */
  assert: 4,
  match: 5,
  nothing: 6,
} as const;

/** A program as columns: instruction i is `op[i]`, `next[i]`, `other[i]`. */
export interface Program {
  readonly op: number[];
  /** Where to go on. */
  readonly next: number[];
  /** fork: the second way; bytes: see packBytes; assert: an index in ASSERTIONS. */
  readonly other: number[];
  /** Where a match that must begin at the current position starts. */
  start: number;
  /** Where a match that may begin anywhere later starts; the same when the pattern begins with `^`. */
  searchStart: number;
  /** Did the pattern begin with `^` (which the program leaves out)? */
  anchoredAtStart: boolean;
}

/** Packs a range of bytes; `ignoreCase` makes it match capitals as their small letters. */
export function packBytes(lo: number, hi: number, ignoreCase?: boolean): number {
  return (lo << 9) | (hi << 1) | (ignoreCase ? 1 : 0);
}

/** The packed range of all bytes. */
export const ANY_BYTE = packBytes(0, 0xff);

const lowestByte = (packed: number): number => packed >> 9;
const highestByte = (packed: number): number => (packed >> 1) & 0xff;
const ignoresCase = (packed: number): boolean => (packed & 1) === 1;

/** Does the packed range match the byte? */
export function matchesByte(packed: number, byte: number): boolean {
  const folded = ignoresCase(packed) && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  return folded >= lowestByte(packed) && folded <= highestByte(packed);
}

/** The program would be larger than RE2 allows (8 MiB for everything about a pattern). */
export class ProgramTooLargeError extends Error {
  override readonly name = 'ProgramTooLargeError';
}

/** Most instructions of a program: two thirds of RE2's default of 8 MiB, less its overhead. Measured on RE2. */
export const MAX_INSTRUCTIONS = 698_996;

/**
 * Appends an instruction.
 * @returns its index
 * @throws ProgramTooLargeError
 */
export function append(program: Program, op: number, next = 0, other = 0): number {
  const index = program.op.length;
  if (index >= MAX_INSTRUCTIONS) throw new ProgramTooLargeError('too many instructions');
  program.op.push(op);
  program.next.push(next);
  program.other.push(other);
  return index;
}
