/**
 * The size of a program as RE2 reports it. RE2 does not keep the forks: it divides the program into trees of forks and
 * writes each tree as a flat list of the instructions at its leaves. A tree begins behind every instruction that is not a
 * fork, and at every fork that can be reached past such a beginning; where a tree runs into another, a jump is written.
 */
import { ANY_BYTE, Op } from './program.js';
import type { Program } from './program.js';
import { spend } from './work.js';
import type { Work } from './work.js';

/**
 * Counts the instructions of the flat program. Changes the program: instructions that do nothing are bypassed.
 * @returns what `RE2::ProgramSize()` gives
 * @throws RegexTooComplexError
 */
export function flatSize(program: Program, work: Work): number {
  bypassNothing(program);
  return new Trees(program, work).countLeaves() + countAnyByteLoops(program);
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
  const seen = new Marks(op.length);
  const queue = [start];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    yield index;
    queue.push(next[index] as number);
    if (op[index] === Op.fork) queue.push(other[index] as number);
  }
}

/** A set of instructions that is emptied at no cost. */
class Marks {
  private readonly rounds: Int32Array;
  private round = 1;
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
  /** Beginnings of trees, in the order in which they are found. */
  private readonly roots: Marks;
  private readonly forksInto = new Map<number, number[]>();
  private readonly tree: Marks;

  constructor(
    private readonly program: Program,
    private readonly work: Work,
  ) {
    this.roots = new Marks(program.op.length);
    this.tree = new Marks(program.op.length);
    this.addRoot(program.start);
    this.findFollowers();
    // Later instructions first, as RE2 does: what is found at one beginning bounds the search from the next.
    for (const root of [...this.roots.members].sort((a, b) => b - a)) {
      if (root !== program.start) this.findSideEntrances(root);
    }
  }

  private addRoot(index: number): void {
    if (!this.roots.has(index)) this.roots.add(index);
  }

  /** Finds what comes after instructions other than forks, and notes which forks lead where. */
  private findFollowers(): void {
    const { op, next, other, searchStart } = this.program;
    const seen = new Marks(op.length);
    const stack = [searchStart];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const kind = op[index];
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

  /** Visits a tree: its forks, and its leaves, among them the beginnings of trees that it runs into. @returns how many leaves */
  private visitTree(root: number): number {
    const { op, next, other } = this.program;
    this.tree.clear();
    let leaves = 0;
    const stack = [root];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (this.tree.has(index)) continue;
      spend(this.work, 1);
      this.tree.add(index);
      const isOtherTree = index !== root && this.roots.has(index);
      if (!isOtherTree && op[index] === Op.fork) stack.push(other[index] as number, next[index] as number);
      else if (!isOtherTree && op[index] === Op.nothing) stack.push(next[index] as number);
      else leaves++;
    }
    return leaves;
  }

  /** Whatever in this tree can also be reached from a fork outside it has to be a tree of its own. */
  private findSideEntrances(root: number): void {
    this.visitTree(root);
    for (const index of this.tree.members) {
      if (this.forksInto.get(index)?.some((fork) => !this.tree.has(fork))) this.addRoot(index);
    }
  }

  countLeaves(): number {
    let count = 0;
    for (const root of this.roots.members) count += this.visitTree(root);
    return count;
  }
}

/** `\C*` at the end of a pattern gets an instruction more, which lets RE2 stop early. */
function countAnyByteLoops(program: Program): number {
  const { op, next, other } = program;
  const matches = (index: number): boolean => {
    let target = index;
    while (op[target] === Op.mark) target = next[target] as number;
    return op[target] === Op.match;
  };
  let count = 0;
  for (const index of reachable(program)) {
    if (op[index] !== Op.fork) continue;
    const ways = [next[index] as number, other[index] as number];
    const isLoop = (way: number): boolean => op[way] === Op.bytes && other[way] === ANY_BYTE && next[way] === index;
    if (ways.some(isLoop) && ways.some(matches)) count++;
  }
  return count;
}
