/** Turns a set of code points into instructions for the bytes of their UTF-8 form, sharing beginnings and ends. */
import { ignoresAsciiCase, MAX_CODE_POINT } from './code-point-set.js';
import type { CodePointSet } from './code-point-set.js';
import type { Fragment } from './fragments.js';
import type { Program } from './program.js';
import { append, Op, packBytes } from './program.js';

/** The largest code points of one, two and three bytes. */
const LAST_OF_LENGTH = [0x7f, 0x7ff, 0xffff];

/** UTF-8 of a code point, surrogates included (RE2 does not treat them specially in classes). */
export function utf8Of(point: number): number[] {
  if (point < 0x80) return [point];
  const tail = 0x80 | (point & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), tail];
  const middle = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return [0xe0 | (point >> 12), middle, tail];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), middle, tail];
}

/** The instructions of one set while they are written. */
interface Builder {
  readonly program: Program;
  /** The alternatives so far: a tree of forks, whose other ways are byte instructions. 0 at first. */
  root: number;
  readonly exits: number[];
  /** Instructions that several sequences may end with, by bytes and what follows. */
  readonly shared: Map<string, number>;
}

/**
 * Writes the instructions that match one code point of a set.
 * @throws ProgramTooLargeError
 */
export function characterOf(program: Program, set: CodePointSet): Fragment {
  const builder: Builder = { program, root: 0, exits: [], shared: new Map() };
  // When case makes no difference, capitals are left out and their small letters match both.
  const folds = ignoresAsciiCase(set);
  for (const { lo, hi } of set) {
    if (folds && lo >= 0x41 && hi <= 0x5a) continue;
    addRange(builder, lo, hi, folds);
  }
  return { start: builder.root, exits: builder.exits };
}

/** Writes an instruction for one byte. Without a follower its end stays loose. */
function write(builder: Builder, packed: number, next: number): number {
  const index = append(builder.program, Op.bytes, next, packed);
  if (next === 0) builder.exits.push(index);
  return index;
}

function writeShared(builder: Builder, packed: number, next: number): number {
  const key = `${packed}>${next}`;
  const known = builder.shared.get(key);
  if (known !== undefined) return known;
  const index = write(builder, packed, next);
  builder.shared.set(key, index);
  return index;
}

function addRange(builder: Builder, lo: number, hi: number, folds: boolean): void {
  if (lo === 0x80 && hi === MAX_CODE_POINT) return addAllBeyondAscii(builder);
  for (const last of LAST_OF_LENGTH) {
    if (lo <= last && last < hi) {
      addRange(builder, lo, last, folds);
      return addRange(builder, last + 1, hi, folds);
    }
  }
  if (hi < 0x80) return addSequence(builder, write(builder, packBytes(lo, hi, folds), 0));
  // Split so that every position of the bytes is a range of its own: [lo..] [whole blocks] [..hi].
  for (const bits of [6, 12, 18]) {
    const block = 2 ** bits;
    const mask = block - 1;
    if (Math.floor(lo / block) === Math.floor(hi / block)) continue;
    const cut = (lo & mask) !== 0 ? (lo | mask) + 1 : (hi & mask) !== mask ? hi - (hi & mask) : undefined;
    if (cut === undefined) continue;
    addRange(builder, lo, cut - 1, folds);
    return addRange(builder, cut, hi, folds);
  }
  const first = utf8Of(lo);
  const last = utf8Of(hi);
  let next = 0;
  for (let i = first.length - 1; i >= 0; i--) {
    const from = first[i] as number;
    const to = last[i] as number;
    // The last byte is often the same for many sequences, a range before it sometimes.
    const mayBeShared = i === first.length - 1 || from < to;
    next = (mayBeShared ? writeShared : write)(builder, packBytes(from, to), next);
  }
  addSequence(builder, next);
}

/** Everything beyond ASCII is so common that RE2 takes it loosely, as any lead byte with its number of followers. */
function addAllBeyondAscii(builder: Builder): void {
  let next = 0;
  for (const [from, to] of [
    [0xc2, 0xdf],
    [0xe0, 0xef],
    [0xf0, 0xf4],
  ] as const) {
    next = write(builder, packBytes(0x80, 0xbf), next);
    addSequence(builder, write(builder, packBytes(from, to), next));
  }
}

/** Adds a sequence of byte instructions as one more alternative. */
function addSequence(builder: Builder, index: number): void {
  builder.root = builder.root === 0 ? index : addBelow(builder, builder.root, index);
}

/**
 * Adds a sequence, which was written last, below an alternative. Sequences come in order, so only the newest one can begin with
 * the same byte; then what follows is added below that. Gives the alternative, or the fork that takes its place.
 */
function addBelow(builder: Builder, root: number, index: number): number {
  const { op, next, other } = builder.program;
  const newest = op[root] === Op.fork ? (other[root] as number) : root;
  if (other[newest] !== other[index]) return append(builder.program, Op.fork, root, index);
  const rest = next[index] as number;
  for (const column of [op, next, other]) column.pop();
  next[newest] = addBelow(builder, next[newest] as number, rest);
  return root;
}
