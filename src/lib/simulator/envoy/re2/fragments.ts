/** Pieces of a program with loose ends, and how they are put together (Thompson's construction). */
import type { Program } from './program.js';
import { append, Op } from './program.js';

/** A piece of a program. */
export interface Fragment {
  /** Its first instruction; 0 when it can never match. */
  readonly start: number;
  /** Loose ends: instructions whose `next` is not known yet. Belongs to one fragment at a time. */
  readonly exits: number[];
  /** Can it match the empty string? */
  readonly nullable?: boolean | undefined;
}

const noMatch = (): Fragment => ({ start: 0, exits: [] });

/** Ties all loose ends to an instruction. */
function connect(program: Program, exits: readonly number[], target: number): void {
  for (const exit of exits) program.next[exit] = target;
}

/** Both lists in one, which is the longer of the two grown: linear over all joins of a program. */
function joinExits(a: number[], b: number[]): number[] {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  for (const exit of short) long.push(exit);
  return long;
}

/** One instruction that goes on at the loose end. */
export function single(program: Program, op: number, other?: number): Fragment {
  const start = append(program, op, undefined, other);
  return { start, exits: [start], nullable: op !== Op.bytes };
}

/** a, then b. */
export function concatenate(program: Program, a: Fragment, b: Fragment): Fragment {
  if (b.start === 0) return noMatch();
  connect(program, a.exits, b.start);
  const doesNothing = program.op[a.start] === Op.nothing && a.exits[0] === a.start;
  return doesNothing ? b : { start: a.start, exits: b.exits, nullable: a.nullable && b.nullable };
}

/** a, or else b. */
export function either(program: Program, a: Fragment, b: Fragment): Fragment {
  if (a.start === 0) return b;
  if (b.start === 0) return a;
  const start = append(program, Op.fork, a.start, b.start);
  return { start, exits: joinExits(a.exits, b.exits), nullable: a.nullable || b.nullable };
}

/** A fork whose other way leads into a fragment. Which way is preferred makes no difference to a full match. */
function forkInto(program: Program, fragment: Fragment): number {
  return append(program, Op.fork, undefined, fragment.start);
}

export function onceOrMore(program: Program, a: Fragment): Fragment {
  const fork = forkInto(program, a);
  connect(program, a.exits, fork);
  return { start: a.start, exits: [fork], nullable: a.nullable };
}

/** RE2 makes `(x+)?` of it when x can be empty, to keep its order of preference; that costs an instruction. */
export function anyTimes(program: Program, a: Fragment): Fragment {
  const loop = onceOrMore(program, a);
  return a.nullable ? atMostOnce(program, loop) : { ...loop, start: loop.exits[0]!, nullable: true };
}

export function atMostOnce(program: Program, a: Fragment): Fragment {
  if (a.start === 0) return single(program, Op.nothing);
  const fork = forkInto(program, a);
  return { start: fork, exits: joinExits([fork], a.exits), nullable: true };
}

/** A group that captures. */
export function captured(program: Program, a: Fragment): Fragment {
  if (a.start === 0) return noMatch();
  const start = append(program, Op.mark, a.start);
  const end = append(program, Op.mark);
  connect(program, a.exits, end);
  return { start, exits: [end], nullable: a.nullable };
}
