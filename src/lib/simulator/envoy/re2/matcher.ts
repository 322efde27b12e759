/**
 * Full match by a program, in time linear in the text. States of the program are put together to sets as they come up, and
 * what follows on a byte is remembered (a lazy DFA), so a character costs an array access once a set is known.
 */
import { utf8Of } from './byte-ranges.js';
import { ASSERTIONS } from './compile.js';
import type { CompiledRegex } from './compile.js';
import { codePointsOf, REPLACEMENT, textBetween } from './cursor.js';
import { highestByte, ignoresCase, lowestByte, matchesByte, Op } from './program.js';
import type { Program } from './program.js';

/** Sets kept for one pattern; beyond that all are forgotten, which costs time, not correctness. */
const MAX_STATES = 200;

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
  const { length } = prefix;
  const initial = length === 0 ? Side.edge : sideOf(prefix.charCodeAt(length - 1));
  return (text) => {
    const whole = length === 0 ? text : wellFormed(text);
    const head = prefixIgnoresCase ? lowerAscii(whole.slice(0, length)) : whole;
    return head.startsWith(prefix) && automaton.run(initial, whole, length);
  };
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (capital) => capital.toLowerCase());

/** The text with U+FFFD for lone surrogates. */
function wellFormed(text: string): string {
  if (!/[\ud800-\udfff]/.test(text)) return text;
  const points = codePointsOf(text);
  return textBetween(points, 0, points.length);
}

class Automaton {
  private readonly classes: Uint8Array;
  private readonly classCount: number;
  /** Does the program look at what is before a position? */
  private readonly looksAround: boolean;
  private readonly starts: (State | undefined)[] = [];
  private states = new Map<string, State>();

  constructor(private readonly program: Program) {
    this.looksAround = program.op.includes(Op.assert);
    this.classes = byteClasses(program, this.looksAround);
    this.classCount = (this.classes[255] as number) + 1;
  }

  /** Does the text match from this position (in UTF-16 units) to its end? */
  run(before: Side, text: string, from: number): boolean {
    const { classes } = this;
    let state = (this.starts[before] ??= this.state([this.program.start].filter(Boolean), before));
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        state = state.next[classes[unit] as number] ?? this.step(state, unit);
      } else {
        const point = text.codePointAt(i) as number;
        if (point > 0xffff) i++;
        const bytes = utf8Of(point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point);
        for (const byte of bytes) state = state.next[classes[byte] as number] ?? this.step(state, byte);
      }
      if (state.seeds.length === 0) return false;
    }
    return (state.accepts ??= this.acceptsAtEnd(state));
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

  private acceptsAtEnd(state: State): boolean {
    return [...this.closure(state, Side.edge)].some((index) => this.program.op[index] === Op.match);
  }

  private state(seeds: readonly number[], side: Side): State {
    const before = this.looksAround ? side : Side.other;
    const key = `${before}:${seeds.join()}`;
    const known = this.states.get(key);
    if (known !== undefined) return known;
    if (this.states.size >= MAX_STATES) {
      this.states = new Map();
      this.starts.length = 0;
    }
    const next = new Array<State | undefined>(this.classCount).fill(undefined);
    const state: State = { seeds, before, next, accepts: undefined };
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
