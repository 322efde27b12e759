import { decodeUtf8 } from './bytes.js';
import { brief, TargetError } from './error.js';

/** One word of a command line, with the place where it begins. */
export interface ShellWord {
  readonly text: string;
  /** 0-based offset in the line. */
  readonly offset: number;
}

const noShell = 'osm-ts runs no shell';

const operatorAdvice: Readonly<Record<string, string>> = {
  '|': 'leave out the pipe: a target is the curl command alone; quote the | if it belongs to a word',
  '&': "put the word in single quotes: curl 'http://host/path?a=1&b=2'",
  ';': 'give one command a target; quote the ; if it belongs to a word',
  '<': 'leave out the redirection; quote the < if it belongs to a word',
  '>': 'leave out the redirection; quote the > if it belongs to a word',
  '(': 'leave out the subshell; quote the ( if it belongs to a word',
  ')': 'quote the ) if it belongs to a word',
};

const dollarQuoteEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  ...{ "'": "'", '"': '"', '\\': '\\', '?': '?' },
};

const DOLLAR_QUOTED = /\$'((?:[^\\']|\\[^])*)'/y;
/** Bytes, of which several may be one character; a character by its number; one that is typed with Ctrl; any other. */
const ESCAPE = /((?:\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3})+)|\\(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c([^\\'])|([^]))/g;

/** Reads `$'…'` at its place as bash does; gives the text and the offset after the closing quote. */
function readDollarQuote(line: string, start: number): { text: string; end: number } {
  DOLLAR_QUOTED.lastIndex = start;
  const [whole, quoted] = DOLLAR_QUOTED.exec(line) ?? [];
  if (whole === undefined) throw new TargetError("the quote $' is never closed", "add the closing '", start);
  const text = quoted!.replace(ESCAPE, (escape: string, ...groups: (string | undefined)[]) => {
    const [bytes, short, long, control, other] = groups;
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 31);
    if (other !== undefined) return dollarQuoteEscapes[other] ?? escape;
    const decoded = bytes === undefined ? characterOf(parseInt(short ?? long!, 16)) : textOf(bytes);
    if (decoded !== undefined) return decoded;
    const at = start + 2 + Number(groups[5]);
    throw new TargetError(`${escape} is not a character`, 'write the character itself', at);
  });
  return { text, end: start + whole.length };
}

function characterOf(code: number): string | undefined {
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

/** What escaped bytes are in UTF-8. */
function textOf(escapes: string): string | undefined {
  const codes = escapes
    .split('\\')
    .slice(1)
    .map((digits) => (digits.startsWith('x') ? parseInt(digits.slice(1), 16) : parseInt(digits, 8) & 255));
  if (codes.includes(0)) return undefined;
  try {
    return decodeUtf8(codes);
  } catch {
    return undefined;
  }
}

const VARIABLE = /\$(?:\{[^}]*\}?|\w+|.)/y;

function refuseDollar(line: string, i: number): void {
  const next = line.charAt(i + 1);
  if (next === '(') {
    throw new TargetError(`$(…) is a command substitution, and ${noShell}`, 'write the resulting text itself', i);
  }
  if (/[A-Za-z0-9_{*@#?$!-]/.test(next)) {
    VARIABLE.lastIndex = i;
    throw new TargetError(
      `${brief(VARIABLE.exec(line)![0])} is a shell variable, and ${noShell}`,
      'write its value, or put the word in single quotes if the $ is meant literally',
      i,
    );
  }
}

/** Reads `"…"` from just after its opening quote. */
function readDoubleQuote(line: string, start: number): { text: string; end: number } {
  let text = '';
  let i = start;
  while (i < line.length) {
    const c = line[i]!;
    if (c === '"') return { text, end: i + 1 };
    if (c === '`') throw backquote(i);
    if (c === '$') refuseDollar(line, i);
    if (c === '\\') {
      const next = line.charAt(i + 1);
      if (next === '\n') {
        i += 2;
        continue;
      }
      text += /[$`"\\]/.test(next) ? next : c + next;
      i += 2;
      continue;
    }
    text += c;
    i++;
  }
  throw new TargetError('the quote " is never closed', 'add the closing "', start - 1);
}

function backquote(position: number): TargetError {
  return new TargetError(
    `\`…\` is a command substitution, and ${noShell}`,
    'write the resulting text itself, or put the word in single quotes',
    position,
  );
}

/** What decides whether a pattern later in a word could match files. */
interface WordSoFar {
  readonly start: number;
  /** Its first character, or empty. */
  first: string;
  hasSlashOrColon: boolean;
  hasDot: boolean;
}

function noteText(word: WordSoFar, text: string): void {
  if (word.first === '') word.first = text.charAt(0);
  word.hasSlashOrColon ||= text.includes('/') || text.includes(':');
  word.hasDot ||= text.includes('.');
}

/**
 * Refuses a pattern where the shell would find files: not when a directory would have to exist that is really a host
 * (`http://host/get?x=1`, `host/get?x=1`), nor when the name would have a colon in it (`*:80:192.0.2.1`,
 * `host:80:[2001:db8::1]`); nothing matches then and the word stays as it is.
 */
const COLON_FOLLOWS = /[^\s:]{0,200}:/y;

function refuseGlob(line: string, at: number, word: WordSoFar): void {
  const isPath = /[~./]/.test(word.first);
  if (!isPath && (word.hasSlashOrColon || (line[at] === '?' && word.hasDot))) return;
  COLON_FOLLOWS.lastIndex = at;
  if (!isPath && COLON_FOLLOWS.test(line)) return;
  throw new TargetError(
    `the shell would replace ${brief(line.slice(word.start, at + 1))}… by the names of matching files, and ${noShell}`,
    'put the word in single quotes',
    at,
  );
}

const COMMENT = /#[^\n]*/y;

/** splitShellWords with the offset of every word. */
export function splitWithOffsets(line: string): ShellWord[] {
  const words: ShellWord[] = [];
  let i = 0;
  while (i < line.length) {
    const c = line[i]!;
    if (c === ' ' || c === '\t') {
      i++;
    } else if (c === '\n') {
      if (words.length > 0) return endOfCommand(line, i, words);
      i++;
    } else if (c === '#') {
      COMMENT.lastIndex = i;
      COMMENT.test(line);
      i = COMMENT.lastIndex;
    } else if (c === '\\' && line[i + 1] === '\n') {
      i += 2;
    } else {
      const word = readWord(line, i);
      words.push({ text: word.text, offset: i });
      i = word.end;
    }
  }
  return words;
}

/** After the newline that ends a command only spaces and comments may follow. */
function endOfCommand(line: string, newline: number, words: ShellWord[]): ShellWord[] {
  const rest = /\n[ \t]*(?![ \t\n#])(?=[^])/g;
  rest.lastIndex = newline;
  const more = rest.exec(line);
  if (!more) return words;
  throw new TargetError(
    'a second command follows on the next line',
    'give one command a target; end the line with \\ to continue the command',
    more.index + more[0].length,
  );
}

/** Characters that mean nothing to a shell. */
const plainRun = /[^\s'"\\$`|&;<>()*?[\0]+/y;

/** Reads one word that begins at `start`; it ends before an unquoted space or newline. */
function readWord(line: string, start: number): { text: string; end: number } {
  const word: WordSoFar = { start, first: '', hasSlashOrColon: false, hasDot: false };
  let text = '';
  let i = start;
  while (i < line.length) {
    const c = line[i]!;
    if (c === ' ' || c === '\t' || c === '\n') break;
    const part = readPart(line, i, word);
    noteText(word, part.text);
    text += part.text;
    i = part.end;
  }
  return { text, end: i };
}

const SINGLE_QUOTED = /'([^']*)'/y;

/** Reads a quoted part, an escaped character, or a run of ordinary ones. */
function readPart(line: string, i: number, word: WordSoFar): { text: string; end: number } {
  plainRun.lastIndex = i;
  const run = plainRun.exec(line);
  if (run) return { text: run[0], end: plainRun.lastIndex };
  const next = line[i + 1];
  switch (line.charAt(i)) {
    case "'": {
      SINGLE_QUOTED.lastIndex = i;
      const quoted = SINGLE_QUOTED.exec(line);
      if (!quoted) throw new TargetError("the quote ' is never closed", "add the closing '", i);
      return { text: quoted[1]!, end: SINGLE_QUOTED.lastIndex };
    }
    case '"':
      return readDoubleQuote(line, i + 1);
    case '\\':
      if (next === undefined) {
        throw new TargetError(
          'the line ends with \\, so the command continues on a line that is not there',
          'write the whole command on one line',
          i,
        );
      }
      return { text: next === '\n' ? '' : next, end: i + 2 };
    case '$':
      if (next === "'") return readDollarQuote(line, i);
      if (next === '"') throw new TargetError('$" begins a quote in bash, and none in sh', 'leave out the $', i);
  }
  refuseSpecial(line, i, word);
  return { text: line[i]!, end: i + 1 };
}

/** Without a closing bracket in the same word, [ begins no pattern. */
const BRACKETS = /\[[!^]?[^\s'"\\]{1,200}\]/y;

/** Refuses an unquoted character that would make a shell do something. */
function refuseSpecial(line: string, i: number, word: WordSoFar): void {
  const c = line[i]!;
  const advice = operatorAdvice[c];
  if (advice !== undefined) throw new TargetError(`an unquoted ${c} ends the command here, and ${noShell}`, advice, i);
  if (c === '`') throw backquote(i);
  if (c === '$') refuseDollar(line, i);
  if (c === '\0') throw new TargetError('a command line cannot contain a NUL character', 'remove it', i);
  BRACKETS.lastIndex = i;
  if (c === '*' || c === '?' || BRACKETS.test(line)) refuseGlob(line, i, word);
}

/**
 * Splits a command line into words as a POSIX shell does: single and double quotes, `$'…'`, backslashes, line
 * continuations, comments. Nothing is expanded (a leading `~` stays): what a shell would expand, redirect or run is
 * refused, because osm-ts runs no shell. Patterns (`*`, `?`, `[…]`) are refused only where they could match files, so
 * `http://host/get?x=1` passes unquoted as it does in a shell.
 *
 * @throws TargetError with the 0-based offset in the line.
 */
export function splitShellWords(line: string): string[] {
  return splitWithOffsets(line).map((word) => word.text);
}
