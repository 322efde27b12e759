/**
 * The automaton of a program: states of the program are put together to sets as they come up, and what follows on a byte is
 * remembered (a lazy DFA). The matcher runs it over one text, the request space (analysis/request-space) over all texts.
 */
import { utf8Of } from './byte-ranges.js';
import { ASSERTIONS } from './compile.js';
import type { CompiledRegex } from './compile.js';
import { matchesByte, Op, packBytes } from './program.js';
import type { Program } from './program.js';

/** What a condition on the position sees on one side of it. */
type Side = 'edge' | 'newline' | 'word' | 'other';

const sideOf = (byte: number): Side =>
  byte === 10 ? 'newline' : /\w/.test(String.fromCharCode(byte)) ? 'word' : 'other';

/** A program, as far as it is run. */
type Instructions = Pick<Program, 'op' | 'next' | 'other' | 'start'>;

/** A set of instructions to go on from, and what was before the position if the program cares. */
export interface State {
  /** Empty: no text that begins like this matches. */
  readonly seeds: readonly number[];
  readonly before: Side;
  /** By class of bytes; filled on demand. */
  readonly next: (State | undefined)[];
  /** Is the text matched if it ends here? Computed on demand. */
  accepted?: boolean;
}

/** A pattern's deterministic automaton over the bytes of a whole text in UTF-8, made while it is used. */
export class Automaton {
  /** Bytes that the pattern does not tell apart have the same number; the numbers go from 0 to `classCount - 1`. */
  readonly classes: Uint8Array;
  readonly classCount: number;
  private readonly program: Instructions;
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
    return (this.first ??= this.state([this.program.start].filter(Boolean), 'edge'));
  }

  next(state: State, byte: number): State {
    return state.next[this.classes[byte] as number] ?? this.step(state, byte);
  }

  accepts(state: State): boolean {
    return (state.accepted ??= [...this.closure(state, 'edge')].some((index) => this.program.op[index] === Op.match));
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
    const before = this.looksAround ? side : 'other';
    const key = `${before}:${seeds.join()}`;
    const known = this.states.get(key);
    if (known !== undefined) return known;
    if (this.states.size >= this.maxStates) {
      this.states = new Map();
      this.first = undefined;
    }
    const next = new Array<State | undefined>(this.classCount).fill(undefined);
    const state: State = { seeds, before, next };
    this.states.set(key, state);
    return state;
  }

  /** All instructions that are reached without reading a byte. */
  private closure(state: State, after: Side): Set<number> {
    const { op, next, other } = this.program;
    const reached = new Set<number>();
    const stack = [...state.seeds];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const kind = op[index];
      if (kind === Op.bytes) continue;
      if (kind === Op.assert && !holds(other[index] as number, state.before, after)) continue;
      if (kind === Op.fork) stack.push(other[index] as number);
      stack.push(next[index] as number);
    }
    return reached;
  }
}

/** The program with the text in front of it that RE2 compares apart. A second `^` behind a text can hold nowhere. */
function withPrefix({ prefix, prefixIgnoresCase, program }: CompiledRegex): Instructions {
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
  return { op, next, other, start };
}

/** A surrogate in a prefix is one that no text has, so it must stay itself. */
function codePointsOfPrefix(prefix: string): number[] {
  return Array.from(prefix, (character) => character.codePointAt(0) as number);
}

/** Does a condition hold between what is before and what is after a position? */
function holds(assertion: number, before: Side, after: Side): boolean {
  switch (ASSERTIONS[assertion]) {
    case '^':
      return before === 'edge';
    case '$':
    case '\\z':
      return after === 'edge';
    case 'line-start':
      return before === 'edge' || before === 'newline';
    case 'line-end':
      return after === 'edge' || after === 'newline';
    case '\\b':
      return (before === 'word') !== (after === 'word');
    default:
      return (before === 'word') === (after === 'word');
  }
}

/** Numbers the bytes so that those with the same number are told apart by no instruction. */
function byteClasses({ op, other }: Instructions, looksAround: boolean): Uint8Array {
  const ranges = [...new Set(other.filter((_, index) => op[index] === Op.bytes))];
  const isApart = (byte: number): boolean =>
    (looksAround && sideOf(byte) !== sideOf(byte - 1)) ||
    ranges.some((packed) => matchesByte(packed, byte) !== matchesByte(packed, byte - 1));
  let number = 0;
  return Uint8Array.from({ length: 256 }, (_, byte) => (number += byte > 0 && isApart(byte) ? 1 : 0));
}
