/**
 * The size of a program as RE2 reports it. RE2 does not keep the forks: it divides the program into trees of forks and
 * writes each tree as a flat list of the instructions at its leaves. A tree begins behind every instruction that is not a
 * fork, and at every fork that can be reached past such a beginning; where a tree runs into another, a jump is written.
 */
import { highestByte, lowestByte, Op } from './program.js';
import type { Program } from './program.js';
import { spend } from './work.js';
import type { Work } from './work.js';

/**
 * Counts the instructions of the flat program. Changes the program: instructions that do nothing are bypassed.
 * @returns what `RE2::ProgramSize()` gives
 * @throws RegexTooComplexError
 */
export function flatSize(program: Program, work: Work): number {
  if (program.start === 0) return 1;
  bypassNothing(program);
  const trees = new Trees(program, work);
  return trees.countLeaves() + countAnyByteLoops(program, trees);
}

/** Follows instructions that do nothing. */
function skipNothing({ op, next }: Program, index: number): number {
  let target = index;
  while (op[target] === Op.nothing) target = next[target] as number;
  return target;
}

function bypassNothing(program: Program): void {
  const { op, next, other } = program;
  for (const index of reachable(program)) {
    next[index] = skipNothing(program, next[index] as number);
    if (op[index] === Op.fork) other[index] = skipNothing(program, other[index] as number);
  }
}

/** What can be reached from where an anchored match starts (not what leads there in a search). */
function* reachable({ op, next, other, start }: Program): Generator<number> {
  const seen = new Uint8Array(op.length);
  const queue = [start];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (index === 0 || seen[index]) continue;
    seen[index] = 1;
    yield index;
    queue.push(next[index] as number);
    if (op[index] === Op.fork) queue.push(other[index] as number);
  }
}

/** A set of instructions that is emptied at no cost. */
class Marks {
  private readonly rounds: Int32Array;
  private round = 0;
  members: number[] = [];

  constructor(size: number) {
    this.rounds = new Int32Array(size);
  }

  clear(): void {
    this.round++;
    this.members = [];
  }

  has(index: number): boolean {
    return this.rounds[index] === this.round;
  }

  add(index: number): void {
    this.rounds[index] = this.round;
    this.members.push(index);
  }
}

/** The division of a program into trees. */
class Trees {
  /** Beginnings of trees, in the order in which they are found; `isRoot` says the same by index. */
  private readonly roots: number[] = [];
  private readonly isRoot: Uint8Array;
  private readonly forksInto = new Map<number, number[]>();
  private readonly marks: Marks;

  constructor(
    private readonly program: Program,
    private readonly work: Work,
  ) {
    this.isRoot = new Uint8Array(program.op.length);
    this.marks = new Marks(program.op.length);
    for (const index of [0, program.searchStart, program.start]) this.addRoot(index);
    this.findFollowers();
    // Later instructions first, as RE2 does: what is found at one beginning bounds the search from the next.
    const candidates = [...this.roots].sort((a, b) => b - a).slice(0, -1);
    for (const root of candidates) {
      if (root !== program.searchStart && root !== program.start) this.findSideEntrances(root);
    }
  }

  private addRoot(index: number): void {
    if (this.isRoot[index]) return;
    this.isRoot[index] = 1;
    this.roots.push(index);
  }

  /** Finds what comes after instructions other than forks, and notes which forks lead where. */
  private findFollowers(): void {
    const { op, next, other, searchStart } = this.program;
    this.marks.clear();
    const stack = [searchStart];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (this.marks.has(index)) continue;
      this.marks.add(index);
      const kind = op[index];
      if (kind === Op.fail || kind === Op.match) continue;
      if (kind === Op.fork) {
        for (const target of [next[index] as number, other[index] as number]) {
          const forks = this.forksInto.get(target);
          if (forks === undefined) this.forksInto.set(target, [index]);
          else forks.push(index);
        }
        stack.push(other[index] as number);
      } else if (kind !== Op.nothing) {
        this.addRoot(next[index] as number);
      }
      stack.push(next[index] as number);
    }
  }

  /** Visits a tree: its forks, its leaves, and the beginnings of trees that it runs into. */
  private visitTree(root: number, leaf?: (index: number) => void): void {
    const { op, next, other } = this.program;
    this.marks.clear();
    const stack = [root];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (this.marks.has(index)) continue;
      spend(this.work, 1);
      this.marks.add(index);
      if (index !== root && this.isRoot[index]) leaf?.(index);
      else if (op[index] === Op.fork) stack.push(other[index] as number, next[index] as number);
      else if (op[index] === Op.nothing) stack.push(next[index] as number);
      else leaf?.(index);
    }
  }

  /** Whatever in this tree can also be reached from a fork outside it has to be a tree of its own. */
  private findSideEntrances(root: number): void {
    this.visitTree(root);
    for (const index of this.marks.members) {
      if (this.forksInto.get(index)?.some((fork) => !this.marks.has(fork))) this.addRoot(index);
    }
  }

  countLeaves(): number {
    let count = 0;
    for (const root of this.roots) this.visitTree(root, () => count++);
    return count;
  }

  /** How many trees an instruction belongs to without being the beginning of another one. */
  countTreesWith(wanted: ReadonlySet<number>): number {
    if (wanted.size === 0) return 0;
    let count = 0;
    for (const root of this.roots) {
      this.visitTree(root);
      for (const index of wanted) {
        if (this.marks.has(index) && (index === root || !this.isRoot[index])) count++;
      }
    }
    return count;
  }
}

/** `\C*` at the end of a pattern gets an instruction more, which lets RE2 stop early. */
function countAnyByteLoops(program: Program, trees: Trees): number {
  const { op, next, other } = program;
  const isLoop = (byte: number, fork: number): boolean =>
    op[byte] === Op.bytes &&
    next[byte] === fork &&
    lowestByte(other[byte] as number) === 0 &&
    highestByte(other[byte] as number) === 0xff;
  const matches = (index: number): boolean => {
    let target = index;
    while (op[target] === Op.mark || op[target] === Op.nothing) target = next[target] as number;
    return op[target] === Op.match;
  };
  const loops = new Set<number>();
  for (const index of reachable(program)) {
    const [a, b] = [next[index] as number, other[index] as number];
    if (op[index] !== Op.fork) continue;
    if ((isLoop(a, index) && matches(b)) || (matches(a) && isLoop(b, index))) loops.add(index);
  }
  return trees.countTreesWith(loops);
}
