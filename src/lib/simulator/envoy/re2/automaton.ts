/**
 * The automaton of a program: states of the program are put together to sets as they come up, and what follows on a byte is
 * remembered (a lazy DFA). The matcher runs it over one text, the request space (analysis/request-space) over all texts.
 */
import { utf8Of } from './byte-ranges.js';
import { ASSERTIONS } from './compile.js';
import type { CompiledRegex } from './compile.js';
import { highestByte, ignoresCase, lowestByte, matchesByte, Op, packBytes } from './program.js';
import type { Program } from './program.js';

/** What a condition on the position sees on one side of it. */
const Side = { edge: 0, newline: 1, word: 2, other: 3 } as const;
type Side = (typeof Side)[keyof typeof Side];

const isWordByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || (byte >= 0x61 && byte <= 0x7a);

const sideOf = (byte: number): Side => (byte === 10 ? Side.newline : isWordByte(byte) ? Side.word : Side.other);

/** A set of instructions to go on from, and what was before the position if the program cares. */
export interface State {
  /** Empty: no text that begins like this matches. */
  readonly seeds: readonly number[];
  readonly before: Side;
  /** By class of bytes; filled on demand. */
  readonly next: (State | undefined)[];
  /** Is the text matched if it ends here? Computed on demand. */
  accepted: boolean | undefined;
}

/** A pattern's deterministic automaton over the bytes of a whole text in UTF-8, made while it is used. */
export class Automaton {
  /** Bytes that the pattern does not tell apart have the same number; the numbers go from 0 to `classCount - 1`. */
  readonly classes: Uint8Array;
  readonly classCount: number;
  private readonly program: Program;
  /** Does the program look at what is before a position? */
  private readonly looksAround: boolean;
  private first: State | undefined;
  private states = new Map<string, State>();

  /** @param maxStates states kept; beyond that all are forgotten, which costs time, not correctness */
  constructor(
    compiled: CompiledRegex,
    private readonly maxStates: number,
  ) {
    this.program = withPrefix(compiled);
    this.looksAround = this.program.op.includes(Op.assert);
    this.classes = byteClasses(this.program, this.looksAround);
    this.classCount = (this.classes[255] as number) + 1;
  }

  get start(): State {
    return (this.first ??= this.state([this.program.start].filter(Boolean), Side.edge));
  }

  next(state: State, byte: number): State {
    return state.next[this.classes[byte] as number] ?? this.step(state, byte);
  }

  accepts(state: State): boolean {
    return (state.accepted ??= [...this.closure(state, Side.edge)].some(
      (index) => this.program.op[index] === Op.match,
    ));
  }

  private step(state: State, byte: number): State {
    const { op, next, other } = this.program;
    const seeds = new Set<number>();
    for (const index of this.closure(state, sideOf(byte))) {
      if (op[index] === Op.bytes && matchesByte(other[index] as number, byte)) seeds.add(next[index] as number);
    }
    const following = this.state(
      [...seeds].sort((a, b) => a - b),
      sideOf(byte),
    );
    state.next[this.classes[byte] as number] = following;
    return following;
  }

  private state(seeds: readonly number[], side: Side): State {
    const before = this.looksAround ? side : Side.other;
    const key = `${before}:${seeds.join()}`;
    const known = this.states.get(key);
    if (known !== undefined) return known;
    if (this.states.size >= this.maxStates) {
      this.states = new Map();
      this.first = undefined;
    }
    const next = new Array<State | undefined>(this.classCount).fill(undefined);
    const state: State = { seeds, before, next, accepted: undefined };
    this.states.set(key, state);
    return state;
  }

  /** All instructions that are reached without reading a byte. */
  private closure(state: State, after: Side): Set<number> {
    const { op, next, other } = this.program;
    const reached = new Set<number>();
    const stack = [...state.seeds];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (index === 0 || reached.has(index)) continue;
      reached.add(index);
      const kind = op[index];
      if (kind === Op.bytes || kind === Op.match) continue;
      if (kind === Op.assert && !holds(other[index] as number, state.before, after)) continue;
      if (kind === Op.fork) stack.push(other[index] as number);
      stack.push(next[index] as number);
    }
    return reached;
  }
}

/** The program with the text in front of it that RE2 compares apart. A second `^` behind a text can hold nowhere. */
function withPrefix({ prefix, prefixIgnoresCase, program }: CompiledRegex): Program {
  if (prefix === '') return program;
  if (program.anchoredAtStart || program.start === 0) return { ...program, start: 0 };
  const op = [...program.op];
  const next = [...program.next];
  const other = [...program.other];
  let { start } = program;
  const bytes = codePointsOfPrefix(prefix).flatMap(utf8Of);
  for (const byte of bytes.reverse()) {
    op.push(Op.bytes);
    next.push(start);
    other.push(packBytes(byte, byte, prefixIgnoresCase));
    start = op.length - 1;
  }
  return { ...program, op, next, other, start };
}

/** A surrogate in a prefix is one that no text has, so it must stay itself. */
function codePointsOfPrefix(prefix: string): number[] {
  return Array.from(prefix, (character) => character.codePointAt(0) as number);
}

/** Does a condition hold between what is before and what is after a position? */
function holds(assertion: number, before: Side, after: Side): boolean {
  switch (ASSERTIONS[assertion]) {
    case '^':
      return before === Side.edge;
    case '$':
    case '\\z':
      return after === Side.edge;
    case 'line-start':
      return before === Side.edge || before === Side.newline;
    case 'line-end':
      return after === Side.edge || after === Side.newline;
    case '\\b':
      return (before === Side.word) !== (after === Side.word);
    case '\\B':
      return (before === Side.word) === (after === Side.word);
    default:
      return false;
  }
}

/** Numbers the bytes so that those which no instruction tells apart have the same number. */
function byteClasses({ op, other }: Program, looksAround: boolean): Uint8Array {
  const cuts = new Uint8Array(257);
  const cut = (lo: number, hi: number): void => {
    cuts[lo] = 1;
    cuts[hi + 1] = 1;
  };
  for (let i = 0; i < op.length; i++) {
    if (op[i] !== Op.bytes) continue;
    const packed = other[i] as number;
    const [lo, hi] = [lowestByte(packed), highestByte(packed)];
    cut(lo, hi);
    const [small, last] = [Math.max(lo, 0x61), Math.min(hi, 0x7a)];
    if (ignoresCase(packed)) cut(0x41, 0x5a);
    if (ignoresCase(packed) && small <= last) cut(small - 0x20, last - 0x20);
  }
  if (looksAround)
    for (const [lo, hi] of [
      [10, 10],
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ] as const)
      cut(lo, hi);
  const classes = new Uint8Array(256);
  let current = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (byte > 0 && cuts[byte]) current++;
    classes[byte] = current;
  }
  return classes;
}
