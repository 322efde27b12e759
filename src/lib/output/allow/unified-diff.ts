import type { Palette } from '../../cli/color.js';

/** A text and what becomes of it. Undefined: there is none. */
export interface DiffInput {
  readonly before: { readonly name: string; readonly text: string } | undefined;
  readonly after: { readonly name: string; readonly text: string } | undefined;
}

/** Unchanged lines around a change. */
const CONTEXT = 3;
/** Lines removed and added by a change that is looked at closely; beyond that, everything between is shown as replaced. */
const MAX_DISTANCE = 1500;

interface Line {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

/** The difference of two texts as `diff -u` writes it, and `patch` reads it; empty when there is none. */
export function unifiedDiff({ before, after }: DiffInput, palette: Palette): string {
  const lines = compareLines(linesOf(before?.text ?? ''), linesOf(after?.text ?? ''));
  const hunks = hunksOf(lines, before !== undefined, after !== undefined);
  if (hunks.length === 0) return '';
  const paint = { ' ': (text: string) => text, '-': palette.red, '+': palette.green };
  const rows = [
    palette.bold(`--- ${before?.name ?? '/dev/null'}`),
    palette.bold(`+++ ${after?.name ?? '/dev/null'}`),
    ...hunks.flatMap(({ header, lines: ofHunk }) => [
      palette.cyan(header),
      ...ofHunk.flatMap(({ kind, text }) => rowsOf(kind, text, paint[kind])),
    ]),
  ];
  return `${rows.join('\n')}\n`;
}

/** A last line without line break is marked as one. */
function rowsOf(kind: Line['kind'], text: string, paint: (text: string) => string): string[] {
  return text.endsWith('\n')
    ? [paint(`${kind}${text.slice(0, -1)}`)]
    : [paint(`${kind}${text}`), '\\ No newline at end of file'];
}

/** Lines with their line breaks. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The shortest way from one list of lines to the other (Myers' greedy algorithm). */
function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const kept = (text: string): Line => ({ kind: ' ', text });
  return [
    ...before.slice(0, start).map(kept),
    ...compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(kept),
  ];
}

function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  const trail: Int32Array[] = [];
  const limit = Math.min(before.length + after.length, MAX_DISTANCE);
  const furthest = new Int32Array(2 * limit + 3);
  const at = (diagonal: number) => diagonal + limit + 1;
  for (let distance = 0; distance <= limit; distance++) {
    trail.push(furthest.slice());
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      const down =
        diagonal === -distance || (diagonal !== distance && furthest[at(diagonal - 1)]! < furthest[at(diagonal + 1)]!);
      let x = down ? furthest[at(diagonal + 1)]! : furthest[at(diagonal - 1)]! + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      furthest[at(diagonal)] = x;
      if (x >= before.length && x - diagonal >= after.length) return walkBack(before, after, trail, distance, at);
    }
  }
  return [...before.map((text): Line => ({ kind: '-', text })), ...after.map((text): Line => ({ kind: '+', text }))];
}

function walkBack(
  before: readonly string[],
  after: readonly string[],
  trail: readonly Int32Array[],
  distance: number,
  at: (diagonal: number) => number,
): Line[] {
  const lines: Line[] = [];
  let [x, y] = [before.length, after.length];
  for (let d = distance; d >= 0; d--) {
    const furthest = trail[d]!;
    const diagonal = x - y;
    const down = diagonal === -d || (diagonal !== d && furthest[at(diagonal - 1)]! < furthest[at(diagonal + 1)]!);
    const previous = down ? diagonal + 1 : diagonal - 1;
    const fromX = d === 0 ? 0 : furthest[at(previous)]!;
    const fromY = d === 0 ? 0 : fromX - previous;
    while (x > fromX && y > fromY) {
      lines.push({ kind: ' ', text: before[--x]! });
      y--;
    }
    if (d === 0) break;
    if (down) lines.push({ kind: '+', text: after[--y]! });
    else lines.push({ kind: '-', text: before[--x]! });
  }
  return lines.reverse();
}

interface Hunk {
  readonly header: string;
  readonly lines: readonly Line[];
}

function hunksOf(lines: readonly Line[], hadText: boolean, hasText: boolean): Hunk[] {
  const hunks: Hunk[] = [];
  let [oldLine, newLine] = [1, 1];
  let index = 0;
  const skip = (to: number) => {
    for (; index < to; index++) {
      if (lines[index]!.kind !== '+') oldLine++;
      if (lines[index]!.kind !== '-') newLine++;
    }
  };
  for (;;) {
    const first = lines.findIndex(({ kind }, at) => at >= index && kind !== ' ');
    if (first < 0) return hunks;
    skip(Math.max(index, first - CONTEXT));
    let last = first;
    for (let at = first; at < lines.length && at - last <= 2 * CONTEXT; at++) if (lines[at]!.kind !== ' ') last = at;
    const ofHunk = lines.slice(index, Math.min(lines.length, last + 1 + CONTEXT));
    const removed = ofHunk.filter(({ kind }) => kind !== '+').length;
    const added = ofHunk.filter(({ kind }) => kind !== '-').length;
    const range = (line: number, count: number, exists: boolean) =>
      `${exists && count > 0 ? line : Math.max(0, line - 1)}${count === 1 ? '' : `,${count}`}`;
    const header = `@@ -${range(oldLine, removed, hadText)} +${range(newLine, added, hasText)} @@`;
    hunks.push({ header, lines: ofHunk });
    skip(index + ofHunk.length);
  }
}
