import { malformedUrl, TargetError } from './error.js';
import { parseIpv6 } from '../../text/ip.js';

const maxPatterns = 100;

/** The largest number of 64 bits, without a sign. */
const largest = 2n ** 64n - 1n;

/** A part of a URL pattern: how many texts it stands for, and the text where it is one. */
interface Piece {
  readonly count: bigint;
  readonly text: string;
  /** Offset after the piece. */
  readonly end: number;
}

function globError(message: string, text: string, offset: number): TargetError {
  return malformedUrl(
    `${message} at character ${offset + 1} of ${text.length > 60 ? 'the URL' : text}`,
    'give -g to turn URL globbing off, or escape the bracket with a backslash',
  );
}

/** Length of an IPv6 literal in brackets that begins at `start`, 0 when there is none. */
function ipv6Length(text: string, start: number): number {
  const literal = /\[([0-9a-fA-F:.]+)(?:%(?:25)?[^\]/?#\s]{1,15})?\]/y;
  literal.lastIndex = start;
  const match = literal.exec(text);
  return match && parseIpv6(match[1]!) ? match[0].length : 0;
}

/** Reads what stands for itself, up to the next set or range. */
function readLiteral(text: string, start: number): Piece {
  let literal = '';
  let end = start;
  for (let i = start; i < text.length; i = end) {
    const c = text[i]!;
    if (c === '}' || c === ']') throw globError(`a ${c} closes nothing`, text, i);
    if (c === '{') break;
    let length = 1;
    if (c === '[') length = text[i + 1] === ']' ? 2 : ipv6Length(text, i);
    if (length === 0) break;
    const isEscape = c === '\\' && /[[\]{}]/.test(text.charAt(i + 1));
    end = i + (isEscape ? 2 : length);
    literal += text.slice(isEscape ? i + 1 : i, end);
  }
  return { count: 1n, text: literal, end };
}

/** Reads `{a,b}`. */
function readSet(text: string, start: number): Piece {
  let element = '';
  let count = 1n;
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === '{' || c === '[') throw globError('a bracket is nested', text, i);
    if (c === ']') throw globError('a ] closes nothing', text, i);
    if (c === '}') {
      if (i === start + 1) throw globError('nothing stands within the braces', text, i);
      return { count, text: element, end: i + 1 };
    }
    if (c === ',') count++;
    else element += c === '\\' ? text.charAt(++i) : c;
  }
  throw globError('a brace is never closed', text, start);
}

/** Reads `[1-10:2]` or `[a-z]`. */
function readRange(text: string, start: number): Piece {
  const range = /\[(?:([A-Za-z])-([^])|([0-9]+)-[ \t]*([0-9]+))(?::([0-9]+))?\]/y;
  range.lastIndex = start;
  const match = range.exec(text);
  if (match) {
    const [, letter, lastLetter, number, lastNumber, by = '1'] = match;
    const [first, last] =
      letter === undefined
        ? [BigInt(number!), BigInt(lastNumber!)]
        : [BigInt(letter.charCodeAt(0)), BigInt(lastLetter!.charCodeAt(0))];
    const [span, step] = [last - first, BigInt(by)];
    const isStep = span === 0n ? step === 1n : step >= 1n && step <= span;
    if (isStep && last <= (letter === undefined ? largest : first + 25n))
      return { count: span / step + 1n, text: letter ?? number!, end: range.lastIndex };
  }
  throw globError('the range within brackets is malformed', text, start);
}

/**
 * Expands curl's URL globbing (`{a,b}`, `[1-3]`), which also applies to the file names of `-T`. A pattern that stands
 * for one text gives that text.
 *
 * @throws TargetError when the pattern is malformed (curl exits with 3) or stands for several requests
 */
export function expandSingle(text: string): string {
  let out = '';
  let count = 1n;
  let patterns = 0;
  for (let i = 0; i < text.length;) {
    let piece = readLiteral(text, i);
    if (piece.end === i) piece = text[i] === '{' ? readSet(text, i) : readRange(text, i);
    out += piece.text;
    count *= piece.count;
    i = piece.end;
    if (++patterns >= maxPatterns) throw globError('there are more than 99 patterns', text, i);
  }
  if (count > 1n) {
    throw new TargetError(
      `the brackets stand for ${count > 1_000_000n ? 'very many' : count} requests, and a target is one request`,
      'write one target for each request, or give -g if the brackets are meant literally',
    );
  }
  return out;
}
