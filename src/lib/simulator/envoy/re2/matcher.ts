/**
 * Full match by a program, in time linear in the text. States of the program are put together to sets as they come up, and
 * what follows on a byte is remembered (a lazy DFA), so a character costs an array access once a set is known.
 */
import { utf8Of } from './byte-ranges.js';
import { ASSERTIONS } from './compile.js';
import type { CompiledRegex } from './compile.js';
import { REPLACEMENT } from './cursor.js';
import { highestByte, ignoresCase, lowestByte, matchesByte, Op } from './program.js';
import type { Program } from './program.js';

/** Sets kept for one pattern; beyond that all are forgotten, which costs time, not correctness. */
const MAX_STATES = 500;

/** What a condition on the position sees on one side of it. */
const Side = { edge: 0, newline: 1, word: 2, other: 3 } as const;
type Side = (typeof Side)[keyof typeof Side];

const isWordByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || (byte >= 0x61 && byte <= 0x7a);

const sideOf = (byte: number): Side => (byte === 10 ? Side.newline : isWordByte(byte) ? Side.word : Side.other);

/** A set of instructions to go on from, and what was before the position if the program cares. */
interface State {
  readonly seeds: readonly number[];
  readonly before: Side;
  /** By class of bytes; filled on demand. */
  readonly next: (State | undefined)[];
  /** Is the text matched if it ends here? Computed on demand. */
  accepts: boolean | undefined;
}

/** Gives a function that tells whether a whole text (as UTF-8; lone surrogates as U+FFFD) matches. */
export function matcherOf({ prefix, prefixIgnoresCase, program }: CompiledRegex): (text: string) => boolean {
  // A second `^` behind a text can hold nowhere.
  if (prefix.length > 0 && program.anchoredAtStart) return () => false;
  const automaton = new Automaton(program);
  const initial = prefix.length === 0 ? Side.edge : sideOf(prefix[prefix.length - 1] as number);
  return (text) => {
    let state = automaton.start(initial);
    let pending = 0;
    const feed = (byte: number): boolean => {
      const folded = prefixIgnoresCase && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
      if (pending < prefix.length) return folded === prefix[pending++];
      state = automaton.step(state, byte);
      return state.seeds.length > 0;
    };
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        if (!feed(unit)) return false;
        continue;
      }
      const point = text.codePointAt(i) as number;
      if (point > 0xffff) i++;
      const bytes = utf8Of(point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point);
      if (!bytes.every(feed)) return false;
    }
    return pending === prefix.length && automaton.accepts(state);
  };
}

class Automaton {
  private readonly classes: Uint8Array;
  /** Does the program look at what is before a position? */
  private readonly looksAround: boolean;
  private states = new Map<string, State>();

  constructor(private readonly program: Program) {
    this.looksAround = program.op.includes(Op.assert);
    this.classes = byteClasses(program, this.looksAround);
  }

  start(before: Side): State {
    return this.state(
      [this.program.start].filter((index) => index !== 0),
      before,
    );
  }

  step(state: State, byte: number): State {
    const byteClass = this.classes[byte] as number;
    const known = state.next[byteClass];
    if (known !== undefined) return known;
    const { op, next, other } = this.program;
    const seeds = new Set<number>();
    for (const index of this.closure(state, sideOf(byte))) {
      if (op[index] === Op.bytes && matchesByte(other[index] as number, byte)) seeds.add(next[index] as number);
    }
    const following = this.state(
      [...seeds].sort((a, b) => a - b),
      sideOf(byte),
    );
    state.next[byteClass] = following;
    return following;
  }

  accepts(state: State): boolean {
    state.accepts ??= [...this.closure(state, Side.edge)].some((index) => this.program.op[index] === Op.match);
    return state.accepts;
  }

  private state(seeds: readonly number[], side: Side): State {
    const before = this.looksAround ? side : Side.other;
    const key = `${before}:${seeds.join()}`;
    let state = this.states.get(key);
    if (state === undefined) {
      if (this.states.size >= MAX_STATES) this.states = new Map();
      state = { seeds, before, next: [], accepts: undefined };
      this.states.set(key, state);
    }
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
