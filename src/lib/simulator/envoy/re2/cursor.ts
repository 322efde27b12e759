/** A place in a pattern while it is parsed, and the refusals of the parser. */
import type { Work } from './work.js';

/** A pattern that RE2 does not parse. The message is RE2's own wording, which is what Envoy logs. */
export class RegexSyntaxError extends Error {
  override readonly name = 'RegexSyntaxError';
}

/** Position `at` in the code points of a pattern. */
export interface Cursor {
  readonly points: readonly number[];
  readonly work: Work;
  at: number;
  /** Set once a search has found no `:]` in the rest of the pattern, so that it need not be repeated. */
  noPosixEnd?: boolean;
}

/** The code point itself; U+FFFD for a UTF-16 surrogate without its partner, as it is once a string is turned into UTF-8. */
export const wellFormed = (point: number): number => (point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);

/** The code points of a string, well-formed. */
export function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => wellFormed(character.codePointAt(0) as number));
}

/** The pattern's text from one position to another. */
export function textBetween(points: readonly number[], from: number, to: number): string {
  return points
    .slice(from, to)
    .map((point) => String.fromCodePoint(point))
    .join('');
}

/** Does the pattern go on with this (ASCII) text? */
export function looksAt(cursor: Cursor, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (cursor.points[cursor.at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** Moves past the text if the pattern goes on with it. */
export function take(cursor: Cursor, text: string): boolean {
  if (!looksAt(cursor, text)) return false;
  cursor.at += text.length;
  return true;
}

/** The next code point as a string, '' at the end. */
export function peek(cursor: Cursor, ahead = 0): string {
  const point = cursor.points[cursor.at + ahead];
  return point === undefined ? '' : String.fromCodePoint(point);
}

/** Takes the next code point. The end of the pattern is "invalid UTF-8" to RE2, which looks for a whole character there. */
export function takePoint(cursor: Cursor): number {
  const point = cursor.points[cursor.at];
  if (point === undefined) throw new RegexSyntaxError('invalid UTF-8');
  cursor.at++;
  return point;
}

export function atEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.points.length;
}

/** Gives up with `what` and the pattern's text from `from` to where the cursor is (or to `to`). */
export function fail(cursor: Cursor, what: string, from: number, to = cursor.at): never {
  throw new RegexSyntaxError(`${what}: ${textBetween(cursor.points, from, to)}`);
}
