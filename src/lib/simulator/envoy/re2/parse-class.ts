/** Bracket expressions: `[a-z]`, `[^/]`, `[[:alpha:]\d_]`. */
import { atEnd, fail, looksAt, peek, take, takePoint, textBetween } from './cursor.js';
import type { Cursor } from './cursor.js';
import { codePointSet, complement } from './code-point-set.js';
import type { CodePointRange, CodePointSet } from './code-point-set.js';
import { posixClass } from './named-classes.js';
import type { NamedClass } from './named-classes.js';
import { resolveClass, takeEscape, takePerlClass, takeUnicodeGroup } from './parse-escape.js';
import { foldClosure } from './unicode.js';

/**
 * Takes a bracket expression; the cursor is at its `[`. Gives its members.
 * @throws RegexSyntaxError
 */
export function takeBracketClass(cursor: Cursor, ignoreCase: boolean): CodePointSet {
  const start = cursor.at;
  cursor.at++;
  const negated = take(cursor, '^');
  const ranges: CodePointRange[] = [];
  const plain: CodePointRange[] = [];
  for (let first = true; first || peek(cursor) !== ']'; first = false) {
    const named = takeNamedClass(cursor);
    if (named === undefined) plain.push(takeRange(cursor, start));
    else for (const range of resolveClass(named, ignoreCase, cursor.work)) ranges.push(range);
  }
  cursor.at++;
  const explicit = ignoreCase ? foldClosure(codePointSet(plain), cursor.work) : plain;
  for (const range of explicit) ranges.push(range);
  const members = codePointSet(ranges);
  return negated ? complement(members) : members;
}

function takeNamedClass(cursor: Cursor): NamedClass | undefined {
  if (looksAt(cursor, '[:')) return takePosixClass(cursor);
  const isLast = peek(cursor, 2) === '';
  if (!isLast && (looksAt(cursor, '\\p') || looksAt(cursor, '\\P'))) return takeUnicodeGroup(cursor);
  return takePerlClass(cursor);
}

/** Takes `[:name:]`; without the closing `:]` anywhere in the pattern, the bracket is an ordinary character. */
function takePosixClass(cursor: Cursor): NamedClass | undefined {
  if (cursor.noPosixEnd) return undefined;
  const start = cursor.at;
  let close = cursor.points.indexOf(0x3a, start + 2);
  while (close !== -1 && cursor.points[close + 1] !== 0x5d) close = cursor.points.indexOf(0x3a, close + 1);
  if (close === -1) {
    cursor.noPosixEnd = true;
    return undefined;
  }
  const named = posixClass(textBetween(cursor.points, start + 2, close));
  if (named === undefined) return fail(cursor, 'invalid character class range', start, close + 2);
  cursor.at = close + 2;
  return named;
}

function takeRange(cursor: Cursor, classStart: number): CodePointRange {
  const start = cursor.at;
  const lo = takeMember(cursor, classStart);
  if (peek(cursor) !== '-' || peek(cursor, 1) === ']') return { lo, hi: lo };
  cursor.at++;
  const hi = takeMember(cursor, classStart);
  return hi < lo ? fail(cursor, 'invalid character class range', start) : { lo, hi };
}

function takeMember(cursor: Cursor, classStart: number): number {
  if (atEnd(cursor)) return fail(cursor, 'missing ]', classStart, cursor.points.length);
  return peek(cursor) === '\\' ? takeEscape(cursor) : takePoint(cursor);
}
