import { readerOf } from './clients/table.js';
import { isEndpoint } from './endpoint-target.js';
import { brief, relocated, TargetError } from './error.js';
import { oneCommand, writtenPart, type OneCommand } from './command-list.js';
import { parseCommand } from './parse-command.js';
import { parseWord } from './parse-word.js';
import { splitWithOffsets, type ShellWord } from './shell.js';
import type { Target } from './types.js';
import { hideSubstitutions, isWrapper, programOf, sendsRequest, socketOf, unwrap } from './unwrap.js';

/** Splits a line whose words need no quoting rules; null when they do. */
function splitPlain(line: string): ShellWord[] | null {
  if (!/^[A-Za-z0-9_@%+=:,./ -]*$/.test(line)) return null;
  const words: ShellWord[] = [];
  for (const match of line.matchAll(/[^ ]+/g)) words.push({ text: match[0], offset: match.index });
  return words;
}

/**
 * Reads one target: a URL, the command line of curl or another client, or `tcp://host:port [--server-first]` and the like (osm-ts.md,
 * "egress explain"). A line that begins with none of these programs is a URL as it stands, so it needs no quotes around `?` and
 * `&`. A prompt (`$ `, `user@host:~$ `) or the mark of a list in front does not count.
 *
 * @throws TargetError; its position is the 0-based offset in the line
 */
export function parseTarget(given: string): Target {
  const line = withUsualLineEnds(given);
  const text = withoutPrompt(withoutMarks(line.trim()));
  if (text === '') {
    throw new TargetError('the target is empty', 'write a URL, a curl command line, or tcp://host:port');
  }
  // most lines are
  if (/^https?:\/\/\S+$/i.test(text)) return parseUrlLine(text, line.indexOf(text));
  const begin = line.lastIndexOf(text);
  refuseTypography(text, begin);
  const socket = relocated(
    () => socketOf(text, () => oneCommandOf(text, begin).line),
    (position) => begin + position!,
  );
  if (socket) return parseCommand(socket, text);
  const [first = ''] = /[^\s\\]+/.exec(text) ?? [];
  const isKnown = isEndpoint(first) || first === 'curl';
  if (!isKnown && !/\s/.test(text)) return parseUrlLine(text, begin);
  // something else may come first, a keyword of the shell or quotes
  const begins = isKnown || isWrapper(first) || readerOf(programOf(first)) !== undefined;
  if (!begins && !sendsRequest(oneCommandOf(text, begin).line)) return parseUrlLine(text, begin);
  const { line: shown, others, input } = oneCommandOf(text, begin);
  const words = splitPlain(shown) ?? splitWithOffsets(shown);
  const read = (): Target => {
    // a shell that gets its commands in another way, which has been taken off, is no host
    if (words.length === 1) unwrap([words[0]!.text]);
    const isOneLine = !/[\n#]/.test(text);
    const target = parseCommand(
      words.map((word) => word.text),
      isOneLine ? writtenPart(text, shown) : undefined,
      input,
    );
    return withRemark(target, others);
  };
  return relocated(read, (index) => (index === undefined ? index : words[index]!.offset + begin));
}

/** @throws TargetError, whose position is in the line that was given */
function oneCommandOf(text: string, begin: number): OneCommand {
  return relocated(
    () => oneCommand(hideSubstitutions(text), sendsRequest),
    (position) => begin + position!,
  );
}

/** What else a shell would run is said: it may matter to who sees its exit code. */
function withRemark(target: Target, others: readonly string[]): Target {
  if (others.length === 0) return target;
  const remark = `only this command of the line is looked at; left out: ${brief(others.join('; '))}`;
  return { ...target, remarks: [...(target.remarks ?? []), remark] };
}

/** What stands in front of a command on a screen, and in lists. */
const PROMPT =
  /^(?:[$%>+*-]|\d+[.)]|\S+@\S+[$#%>]|\[[^\]]*\][$#%]|(?:ba|z|a|da)?sh(?:-[\d.]+)?[$#]|(?:~|\/)\S* [$#%]|\S+@\S+ \S+ ?[$#%>]|PS [^>]*>)\s+(?=\S)/;

/** Line ends that other shells escape, or of Windows, in the form of a POSIX shell; nothing changes its place. */
function withUsualLineEnds(text: string): string {
  return text.replace(/(?<=\s)[`^\\](\r?)\n/g, (_, cr: string) => `${cr && ' '}\\\n`);
}

/** `<URL>`, as mails have it. */
function withoutMarks(text: string): string {
  return /^<(\S+:\/\/\S+)>$/.exec(text)?.[1] ?? text;
}

/** No prompt is longer. */
const LONGEST_PROMPT = 100;

function withoutPrompt(text: string): string {
  const [prompt] = PROMPT.exec(text.slice(0, LONGEST_PROMPT)) ?? [];
  if (prompt === undefined) return text;
  const rest = text.slice(prompt.length);
  const first = rest.split(/\s/)[0]!;
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(first);
  const begins = isUrl || isWrapper(first) || readerOf(programOf(first)) !== undefined;
  return begins || text.startsWith('$') ? rest : text;
}

/** Quotes and dashes that a word processor has put in the place of those that a shell knows, and quotes as cmd.exe has them. */
function refuseTypography(text: string, begin: number): void {
  const at = text.search(/(?<=^|[\s=])(?:[“”„‘’‚–—]|\^")/);
  const isQuoted = (quote: string): boolean => text.slice(0, at).split(quote).length % 2 === 0;
  if (at < 0 || isQuoted("'") || isQuoted('"')) return;
  const mark = text[at]!;
  if (mark === '^')
    throw new TargetError(
      '^" is a quote for cmd.exe, and for no other shell',
      'copy the request as cURL for bash, or write " without ^',
      begin + at,
    );
  throw new TargetError(
    `${mark} is none of the ${/[–—]/.test(mark) ? 'dashes' : 'quotes'} that a shell knows`,
    'it comes from formatted text: write \' or ", and - or --',
    begin + at,
  );
}

/** An object or a list; `[1-3]` is a range of curl's. */
function isJson(line: string): boolean {
  if (!/^(?:\{\s*["}]|\[\s*["{\]])/.test(line)) return false;
  try {
    JSON.parse(line.replace(/,$/, ''));
    return true;
  } catch {
    return false;
  }
}

function parseUrlLine(line: string, begin: number): Target {
  if (isJson(line)) {
    throw new TargetError(
      'this is JSON, and a target is one URL or one command line',
      'write one a line; jq -r makes that of JSON',
      begin,
    );
  }
  const comment = line.search(/\s#/);
  const url = comment === -1 ? line : line.slice(0, comment).trimEnd();
  const blank = url.search(/\s/);
  if (blank !== -1) {
    const first = url.slice(0, blank);
    const [, asked] = /^[A-Z]{3,7}\s+(https?:\/\/\S+)(?:\s+HTTP\/[\d.]+)?$/.exec(url) ?? [];
    if (asked !== undefined) {
      const hint = `write curl -X ${first} ${brief(asked)}`;
      throw new TargetError('a method and a URL are no command line', hint, begin);
    }
    if (/^[A-Za-z][\w-]*(?:\.sh|\.py)?$/.test(first)) return parseCommand(url.split(/\s+/));
    throw new TargetError(
      'a space follows the first word, and a target is one URL or one command line',
      `to give options, write curl in front: curl ${brief(url)}`,
      begin + blank,
    );
  }
  if (/^['"]/.test(url)) throw new TargetError('a URL by itself needs no quotes', 'remove the quotes', begin);
  return relocated(
    () => parseWord(url),
    () => begin,
  );
}
