import { TargetError } from './error.js';

/** A part of a line that a shell runs as one command, by its place in the line. */
interface Piece {
  readonly start: number;
  readonly end: number;
  /** Where it says so. */
  readonly input?: Input | undefined;
}

/** What a program reads from: `text` is there to be seen, and no HTTP; `other` is what a file or another program gives. */
export type Input = 'terminal' | 'nothing' | 'text' | 'other';

/** One command of a line, in its place: everything else is blank. */
export interface OneCommand {
  readonly line: string;
  /** The others, as they are written: what a shell does before, with the output, or afterwards. */
  readonly others: readonly string[];
  /** What it reads, where that is not what the whole line reads. */
  readonly input: Input | undefined;
}

/**
 * What is left of a text once everything is taken out of it that is blank in one command of it.
 * @param line as long as the text, or shorter
 */
export function writtenPart(text: string, line: string): string {
  const marked = text.replace(/\S/g, (c, index: number) => ((line[index] ?? ' ') === ' ' ? '\0' : c));
  // what has blanks on both sides goes with one of them
  return marked.replace(/(^|\s)\0+(?:\s+\0+)*\s|\0+/g, '$1').trim();
}

/** Nobody types more in one line; each is looked at. */
const MOST_COMMANDS = 50;
/** Of the shell's words in front of one. */
const MOST_KEYWORDS = 8;

/** Words of the shell in front of a command. */
const KEYWORDS = /^(?:(?:do|then|else|elif|if|while|until|!|\{|\()(?=[\s(]|$)|\((?=\S))/;
/** Variables for the commands behind, which may as well stand in front of one. */
const EXPORT = /^\s*export(?:\s+\w+=(?:'[^']*'|"[^"]*"|\\[^]|[^\s'"\\])*)+\s*$/;
/** A client finds by it where it connects. */
const OF_CLIENT = /\b(?:\w+_proxy|PGHOST|PGHOSTADDR|PGPORT|PGSSLNEGOTIATION|MYSQL_HOST|MYSQL_TCP_PORT)(?==)/i;
const ONLY_KEYWORDS = /^\s*(?:done|fi|esac|\}|\))?\s*$/;
/** What is written here (`<<`) needs more than a line. */
const IO = />>|>&|>\||<>|<&|<<<|>|(?<!<)<(?!<)/y;
/** Something to read, of an operator and its file: other numbers than 0 are of no program that is known. */
const INPUT = /^0?<(?![>&])\s*(.*)/s;
/** What writes only what is there to be seen, and is no HTTP. */
const PLAIN_TEXT = /^\s*(?:echo|printf)\s(?!.*HTTP\/)[^$`]*$/s;
/** At the beginning of a word. */
const NUMBERED_IO = new RegExp(`&>>?|\\d*(?:${IO.source})`, 'y');

/**
 * The one command of a line that sends a request, where a line has several: pipes, lists, redirections and the shell's loops around it
 * are taken off, because nothing of them changes the request.
 * @param sends does a command, in its place in the line, send a request?
 * @throws TargetError when several do; its position is the offset of the second
 */
export function oneCommand(line: string, sends: (line: string) => boolean): OneCommand {
  const { pieces, shown } = piecesOf(line);
  const alone = (piece: Piece): string => {
    const text = shown.slice(piece.start, piece.end);
    return ' '.repeat(piece.start) + withoutKeywords(text);
  };
  if (pieces.length > MOST_COMMANDS) {
    throw new TargetError(`the line has more than ${MOST_COMMANDS} commands`, 'give one command a target', 0);
  }
  const usable = pieces.filter(({ start, end }) => !ONLY_KEYWORDS.test(shown.slice(start, end)));
  const sending = usable.filter((piece) => sends(alone(piece)));
  const [first = usable[0] ?? pieces[0]!, second] = sending;
  if (second) {
    throw new TargetError(
      'two commands of the line send requests',
      'give one command a target',
      second.start + /\s*/.exec(line.slice(second.start))![0].length,
    );
  }
  let only = alone(first);
  const exports = usable.slice(0, usable.indexOf(first)).filter(({ start, end }) => {
    const text = shown.slice(start, end);
    const isOfShell = /(?:^|;|&&|\|\|)$/.test(line.slice(0, start)) && /^(?:;|&&|\|\|)/.test(line.slice(end));
    return isOfShell && EXPORT.test(text) && variableOf(text) !== undefined;
  });
  for (const { start, end } of exports) {
    const assignments = shown.slice(start, end).replace('export', ' '.repeat('export'.length));
    only = only.slice(0, start) + assignments + only.slice(end);
  }
  const others = usable.filter((piece) => piece !== first && !exports.includes(piece));
  const feeder = /(?<!\|)\|&?$/.test(line.slice(0, first.start)) ? usable[usable.indexOf(first) - 1] : undefined;
  const piped = feeder && (PLAIN_TEXT.test(line.slice(feeder.start, feeder.end)) ? 'text' : 'other');
  return {
    line: only,
    others: others.map(({ start, end }) => line.slice(start, end).trim()),
    input: first.input ?? piped,
  };
}

/** The first variable that is set, of those by which clients find where they connect. */
export function variableOf(assignments: string): string | undefined {
  return OF_CLIENT.exec(assignments)?.[0];
}

/** Blank where keywords are, and a bracket that closes what they have opened. */
function withoutKeywords(text: string): string {
  let rest = text;
  let isGroup = false;
  for (let count = 0; count < MOST_KEYWORDS; count++) {
    const indentation = /\s*/.exec(rest)![0].length;
    const [keyword] = KEYWORDS.exec(rest.slice(indentation)) ?? [];
    if (keyword === undefined) break;
    isGroup ||= keyword === '(';
    rest = ' '.repeat(indentation + keyword.length) + rest.slice(indentation + keyword.length);
  }
  return isGroup ? rest.replace(/\)\s*$/, ' ') : rest;
}

/** Where commands begin and end, and the line without its redirections. Nothing is read but what quotes hide. */
function piecesOf(line: string): { readonly pieces: readonly Piece[]; readonly shown: string } {
  const pieces: Piece[] = [];
  const kept: string[] = [];
  let keptUntil = 0;
  let start = 0;
  let word = 0;
  let input: Input | undefined;
  for (let i = 0; i < line.length;) {
    const atWord = i === word;
    if (line[i] === '#' && atWord) break;
    const io = redirectionEnd(line, i, atWord);
    if (io !== undefined) {
      const [, file] = INPUT.exec(line.slice(i, io)) ?? [];
      if (file !== undefined) input = file === '/dev/null' ? 'nothing' : 'other';
      kept.push(line.slice(keptUntil, i), ' '.repeat(io - i));
      i = keptUntil = io;
      continue;
    }
    const length = operatorLength(line, i);
    if (length === 0) {
      const isBetween = /[ \t\n(]/.test(line.charAt(i));
      i = partEnd(line, i);
      if (isBetween) word = i;
      continue;
    }
    pieces.push({ start, end: i, input });
    input = undefined;
    i += length;
    start = word = i;
  }
  pieces.push({ start, end: line.length, input });
  return { pieces, shown: kept.join('') + line.slice(keptUntil) };
}

/** An `&` between two characters is most likely one of a URL that lacks its quotes. */
const BACKGROUND = /(?<=\s)&(?=\s)|&(?=\s*$)/y;

function operatorLength(line: string, at: number): number {
  const two = line.slice(at, at + 2);
  if (two === '&&' || two === '||' || two === '|&' || two === ';;') return 2;
  BACKGROUND.lastIndex = at;
  return two.startsWith('|') || two.startsWith(';') || BACKGROUND.test(line) ? 1 : 0;
}

/** The end of a redirection that begins here, its file included; undefined: none does. */
function redirectionEnd(line: string, at: number, atWord: boolean): number | undefined {
  const io = atWord ? NUMBERED_IO : IO;
  io.lastIndex = at;
  const [operator] = io.exec(line) ?? [];
  if (operator === undefined) return undefined;
  let end = at + operator.length;
  while (line[end] === ' ' || line[end] === '\t') end++;
  const file = end;
  while (/[^ \t\n|&;<>()]/.test(line.charAt(end))) end = partEnd(line, end);
  // what a command gives is no file
  return end > file ? end : undefined;
}

/** How deep substitutions are followed into one another; what is deeper is one part to the end. */
const DEEPEST = 20;

/** What a shell takes for one part, and nothing in it for an operator; without its end up to that of the line. */
const QUOTED = /\\[^]?|'[^']*(?:'|$)|\$'(?:[^\\']|\\[^])*(?:'|$)|`(?:[^\\`]|\\[^])*(?:`|$)/y;

/** The end of a quoted part, of a substitution, or of one character. */
function partEnd(line: string, at: number, depth = 0): number {
  if (depth > DEEPEST) return line.length;
  QUOTED.lastIndex = at;
  if (QUOTED.test(line)) return QUOTED.lastIndex;
  if (line[at] === '"') {
    let end = at + 1;
    while (end < line.length && line[end] !== '"') {
      // within them a single quote is a character
      end = line[end] === "'" ? end + 1 : partEnd(line, end, depth + 1);
    }
    return end + 1;
  }
  const [open, close] = line[at + 1] === '(' ? ['(', ')'] : ['{', '}'];
  if (line[at] !== '$' || line[at + 1] !== open) return at + 1;
  let nesting = 0;
  let end = at + 1;
  while (end < line.length) {
    if (line[end] === open) nesting++;
    else if (line[end] === close && --nesting === 0) return end + 1;
    end = line[end] === open ? end + 1 : partEnd(line, end, depth + 1);
  }
  return line.length;
}
