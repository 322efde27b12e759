/** Sets of Unicode code points: what RE2 calls a character class, after all names and ranges are resolved. */

/** The largest code point. */
export const MAX_CODE_POINT = 0x10ffff;

/** An inclusive range of code points. */
export interface CodePointRange {
  readonly lo: number;
  readonly hi: number;
}

/** Sorted ranges that neither overlap nor touch. Equal sets have equal ranges. */
export type CodePointSet = readonly CodePointRange[];

/** The set of all code points. */
export const ALL_CODE_POINTS: CodePointSet = [{ lo: 0, hi: MAX_CODE_POINT }];

/** Sorts ranges and merges those that overlap or touch. Takes ranges in any order; does not change its argument. */
export function codePointSet(ranges: readonly CodePointRange[]): CodePointSet {
  const sorted = [...ranges].sort((a, b) => a.lo - b.lo);
  const merged: { lo: number; hi: number }[] = [];
  for (const { lo, hi } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && lo <= last.hi + 1) last.hi = Math.max(last.hi, hi);
    else merged.push({ lo, hi });
  }
  return merged;
}

/** All code points that are not in the set. */
export function complement(set: CodePointSet): CodePointSet {
  const gaps: CodePointRange[] = [];
  let next = 0;
  for (const { lo, hi } of set) {
    if (next < lo) gaps.push({ lo: next, hi: lo - 1 });
    next = hi + 1;
  }
  if (next <= MAX_CODE_POINT) gaps.push({ lo: next, hi: MAX_CODE_POINT });
  return gaps;
}

/** Is the code point in the set? Logarithmic in the number of ranges. */
export function contains(set: CodePointSet, point: number): boolean {
  let from = 0;
  let to = set.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const range = set[middle] as CodePointRange;
    if (point < range.lo) to = middle;
    else if (point > range.hi) from = middle + 1;
    else return true;
  }
  return false;
}

/** How many code points there are in the set. */
export function countOf(set: CodePointSet): number {
  let count = 0;
  for (const { lo, hi } of set) count += hi - lo + 1;
  return count;
}

/** Have the two sets the same members? */
export function sameSet(a: CodePointSet, b: CodePointSet): boolean {
  return a.length === b.length && a.every((range, i) => range.lo === b[i]?.lo && range.hi === b[i].hi);
}

/** Does the set hold an ASCII capital exactly when it holds its small letter? */
export function ignoresAsciiCase(set: CodePointSet): boolean {
  for (let capital = 0x41; capital <= 0x5a; capital++) {
    if (contains(set, capital) !== contains(set, capital + 0x20)) return false;
  }
  return true;
}
