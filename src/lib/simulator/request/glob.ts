import { malformedUrl, TargetError } from './error.js';
import { parseIpv6 } from '../../text/ip.js';

const maxPatterns = 100;

/** A part of a URL pattern: how many texts it stands for, and the first of them. */
interface Piece {
  readonly count: number;
  readonly first: string;
  /** Offset after the piece. */
  readonly end: number;
}

function globError(message: string, text: string, offset: number): TargetError {
  const error = malformedUrl(
    `${message} at character ${offset + 1} of ${text.length > 60 ? 'the URL' : text}`,
    'give -g to turn URL globbing off, or escape the bracket with a backslash',
  );
  return error;
}

/** Length of an IPv6 literal in brackets that begins at `start`, 0 when there is none. */
function ipv6Length(text: string, start: number): number {
  const literal = /^\[([0-9a-fA-F:.]+)(?:%[^\]/?#]+)?\]/.exec(text.slice(start, start + 127));
  return literal && parseIpv6(literal[1]!) ? literal[0].length : 0;
}

/** Reads `{a,b}` from after its opening brace. */
function readSet(text: string, start: number): Piece {
  let first: string | null = null;
  let element = '';
  let count = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i]!;
    if (c === '{' || c === '[') throw globError('a bracket is nested', text, i);
    if (c === ']') throw globError('a ] closes nothing', text, i);
    if (c === ',' || c === '}') {
      if (c === '}' && i === start) throw globError('nothing stands within the braces', text, i);
      first ??= element;
      element = '';
      count++;
      if (c === '}') return { count, first, end: i + 1 };
    } else if (c === '\\' && i + 1 < text.length) {
      element += text[++i]!;
    } else {
      element += c;
    }
  }
  throw globError('a brace is never closed', text, start - 1);
}

/** Reads `[1-10:2]` or `[a-z]` from after its opening bracket. */
function readRange(text: string, start: number): Piece {
  const letters = /([A-Za-z])-([^])(?::([0-9]{1,10}))?\]/y;
  letters.lastIndex = start;
  const byLetter = letters.exec(text);
  if (byLetter) {
    const span = byLetter[2]!.charCodeAt(0) - byLetter[1]!.charCodeAt(0);
    const count = countSteps(span, Number(byLetter[3] ?? 1));
    if (count > 0 && span <= 25) return { count, first: byLetter[1]!, end: letters.lastIndex };
  }
  const numbers = /([0-9]{1,19})-[ \t]*([0-9]{1,19})(?::([0-9]{1,19}))?\]/y;
  numbers.lastIndex = start;
  const byNumber = numbers.exec(text);
  if (byNumber) {
    const count = countSteps(Number(byNumber[2]) - Number(byNumber[1]), Number(byNumber[3] ?? 1));
    const first = byNumber[1]!.startsWith('0') ? byNumber[1]! : String(Number(byNumber[1]));
    if (count > 0) return { count, first, end: numbers.lastIndex };
  }
  throw globError('the range within brackets is malformed', text, start - 1);
}

/** How many values a range has; 0 when curl refuses it. */
function countSteps(span: number, step: number): number {
  if (span === 0) return step === 1 ? 1 : 0;
  return span < 0 || step < 1 || step > span ? 0 : Math.floor(span / step) + 1;
}

/**
 * Expands curl's URL globbing (`{a,b}`, `[1-3]`), which also applies to the file names of `-T`. A pattern that stands
 * for one text gives that text.
 *
 * @throws TargetError when the pattern is malformed (curl exits with 3) or stands for several requests
 */
export function expandSingle(text: string): string {
  if (!/[[\]{}]/.test(text)) return text;
  let out = '';
  let count = 1;
  let patterns = 0;
  let literal = false;
  for (let i = 0; i < text.length;) {
    const c = text[i]!;
    let piece: Piece | null = null;
    if (c === '{') {
      piece = readSet(text, i + 1);
    } else if (c === '[') {
      const skip = ipv6Length(text, i) || (text[i + 1] === ']' ? 2 : 0);
      if (skip === 0) piece = readRange(text, i + 1);
      else out += text.slice(i, i + skip);
      i += skip;
    } else if (c === '}' || c === ']') {
      throw globError(`a ${c} closes nothing`, text, i);
    } else {
      if (c === '\\' && /[[\]{}]/.test(text[i + 1] ?? '')) i++;
      out += text[i]!;
      i++;
    }
    if (piece) {
      out += piece.first;
      count *= piece.count;
      i = piece.end;
    }
    if (piece || !literal) patterns += 1;
    literal = !piece;
    if (patterns >= maxPatterns) throw globError('there are more than 99 patterns', text, i);
  }
  if (count > 1) {
    throw new TargetError(
      `the brackets stand for ${Number.isSafeInteger(count) ? count : 'very many'} requests, and a target is one request`,
      'write one target for each request, or give -g if the brackets are meant literally',
    );
  }
  return out;
}
