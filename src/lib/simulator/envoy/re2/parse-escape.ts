/** Escapes: a backslash and what follows it. */
import { atEnd, fail, peek, RegexSyntaxError, takePoint } from './cursor.js';
import type { Cursor } from './cursor.js';
import { complement, MAX_CODE_POINT } from './code-point-set.js';
import type { CodePointSet } from './code-point-set.js';
import { perlClass } from './named-classes.js';
import type { NamedClass } from './named-classes.js';
import { foldClosure, unicodeGroup } from './unicode.js';
import { spend } from './work.js';
import type { Work } from './work.js';

const CONTROL_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, f: 12, v: 11 };

const isOctal = (char: string): boolean => char >= '0' && char <= '7';
/** NaN for what is no hexadecimal digit. */
const hexValue = (point: number): number => Number.parseInt(String.fromCodePoint(point), 16);

/**
 * Takes an escape that stands for one code point (`\n`, `\x{1F600}`, `\101`, `\.`). The cursor is at the backslash.
 * @throws RegexSyntaxError for any other escape: letters and digits have no escape of their own, there are no back-references.
 */
export function takeEscape(cursor: Cursor): number {
  const start = cursor.at;
  cursor.at++;
  if (atEnd(cursor)) throw new RegexSyntaxError('trailing \\');
  const bad = (): never => fail(cursor, 'invalid escape sequence', start);
  const point = takePoint(cursor);
  const char = String.fromCodePoint(point);
  if (Object.hasOwn(CONTROL_ESCAPES, char)) return CONTROL_ESCAPES[char] as number;
  if (char === 'x') return takeHexadecimal(cursor, bad);
  if (isOctal(char)) {
    if (char !== '0' && !isOctal(peek(cursor))) return bad();
    let code = point - 0x30;
    for (let more = 0; more < 2 && isOctal(peek(cursor)); more++) code = code * 8 + takePoint(cursor) - 0x30;
    return code;
  }
  return point < 0x80 && !/[0-9A-Za-z]/u.test(char) ? point : bad();
}

function takeHexadecimal(cursor: Cursor, bad: () => never): number {
  if (atEnd(cursor)) return bad();
  const first = takePoint(cursor);
  if (first !== 0x7b) {
    if (atEnd(cursor)) return bad();
    const code = hexValue(first) * 16 + hexValue(takePoint(cursor));
    return Number.isNaN(code) ? bad() : code;
  }
  let code = 0;
  let digits = 0;
  let point = takePoint(cursor);
  for (; hexValue(point) >= 0; digits++) {
    code = code * 16 + hexValue(point);
    if (code > MAX_CODE_POINT || atEnd(cursor)) return bad();
    point = takePoint(cursor);
  }
  return point !== 0x7d || digits === 0 ? bad() : code;
}

/** The set of a named class under the switch `i`: case is ignored before the class is negated. */
export function resolveClass({ set, negated }: NamedClass, ignoreCase: boolean, work: Work): CodePointSet {
  spend(work, 4 * set.length);
  const members = ignoreCase ? foldClosure(set, work) : set;
  return negated ? complement(members) : members;
}

/** Takes `\d`, `\D`, `\s`, `\S`, `\w` or `\W` if the cursor is at one. */
export function takePerlClass(cursor: Cursor): NamedClass | undefined {
  if (peek(cursor) !== '\\') return undefined;
  const named = perlClass(peek(cursor, 1));
  if (named !== undefined) cursor.at += 2;
  return named;
}

/**
 * Takes `\pL`, `\p{Greek}`, `\P{^Lu}` and the like. The cursor is at the backslash, and `p` or `P` follows.
 * @throws RegexSyntaxError when RE2 has no group of that name
 */
export function takeUnicodeGroup(cursor: Cursor): NamedClass {
  const start = cursor.at;
  let negated = peek(cursor, 1) === 'P';
  cursor.at += 2;
  let name = '';
  if (peek(cursor) === '{') {
    const close = cursor.points.indexOf(0x7d, cursor.at);
    if (close === -1) return fail(cursor, 'invalid character class range', start, cursor.points.length);
    cursor.at++;
    while (cursor.at < close) name += String.fromCodePoint(takePoint(cursor));
    cursor.at++;
  } else if (!atEnd(cursor)) {
    name = String.fromCodePoint(takePoint(cursor));
  }
  if (name.startsWith('^')) {
    negated = !negated;
    name = name.slice(1);
  }
  const set = unicodeGroup(name);
  return set === undefined ? fail(cursor, 'invalid character class range', start) : { set, negated };
}
