import { TargetError } from './error.js';
import { parseCurl } from './parse-curl.js';
import { isTcpTarget, parseTcp } from './raw-tcp.js';
import { splitWithOffsets, type ShellWord } from './shell.js';
import type { Target } from './types.js';

/** Splits a line whose words need no quoting rules; null when they do. */
function splitPlain(line: string): ShellWord[] | null {
  if (!/^[A-Za-z0-9_@%+=:,./ -]*$/.test(line)) return null;
  const words: ShellWord[] = [];
  for (const match of line.matchAll(/[^ ]+/g)) words.push({ text: match[0], offset: match.index });
  return words;
}

/** Turns an error's argument index into an offset in the line. */
function atWord(error: unknown, words: readonly ShellWord[], skipped: number): unknown {
  if (!(error instanceof TargetError) || error.position === undefined) return error;
  const offset = words[error.position + skipped]?.offset;
  return new TargetError(error.message, error.hint, offset, error.curlExitCode, { cause: error.cause });
}

/**
 * Reads one target: a URL, a curl command line, or `tcp://host:port [--server-first]` (osm-ts.md, "egress explain").
 * A line that does not begin with `curl` or `tcp:` is a URL as it stands, so it needs no quotes around `?` and `&`.
 *
 * @throws TargetError; its position is the 0-based offset in the line
 */
export function parseTarget(line: string): Target {
  const trimmed = line.trim();
  if (trimmed === '')
    throw new TargetError('the target is empty', 'write a URL, a curl command line, or tcp://host:port');
  const begin = line.indexOf(trimmed);
  if (!/^curl(?:[\s\\]|$)/.test(trimmed) && !isTcpTarget(trimmed)) return parseUrlLine(trimmed, begin);
  const words = splitPlain(line) ?? splitWithOffsets(line);
  const isCurl = words[0]!.text === 'curl';
  try {
    if (!isCurl) return parseTcp(words.map((word) => word.text));
    const args = words.slice(1).map((word) => word.text);
    return parseCurl(args, /[\n#]/.test(trimmed) ? undefined : trimmed);
  } catch (error) {
    throw atWord(error, words, isCurl ? 1 : 0);
  }
}

function parseUrlLine(url: string, begin: number): Target {
  const blank = url.search(/\s/);
  if (blank >= 0) {
    throw new TargetError(
      'a space follows the first word, and a target is one URL or one curl command line',
      `to give options, write curl in front: curl ${url.slice(0, 40)}${url.length > 40 ? '…' : ''}`,
      begin + blank,
    );
  }
  if (/^['"]/.test(url)) throw new TargetError('a URL by itself needs no quotes', 'remove the quotes', begin);
  try {
    return parseCurl(url.startsWith('-') ? ['--url', url] : [url]);
  } catch (error) {
    throw error instanceof TargetError ? new TargetError(error.message, error.hint, begin, error.curlExitCode) : error;
  }
}
