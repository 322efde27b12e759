import { TargetError } from './error.js';
import { parseCurl } from './parse-curl.js';
import { parseCommand } from './parse-command.js';
import { parseWord } from './parse-word.js';
import { schemeOf } from './scheme-url.js';
import { isEndpoint, parseEndpoint, tcpForm } from './endpoint-target.js';
import { splitShellWords } from './shell.js';
import type { Target } from './types.js';

/** The options of `egress explain --url`, named after curl's. */
export interface UrlOptions {
  /** -X */
  readonly method?: string;
  /** -I */
  readonly head?: boolean;
  /** -H, in order */
  readonly headers?: readonly string[];
  /** -A */
  readonly userAgent?: string;
  /** -u */
  readonly user?: string;
  /** -d, in order */
  readonly data?: readonly string[];
  /** --json, in order */
  readonly json?: readonly string[];
  /** --resolve, in order */
  readonly resolve?: readonly string[];
  /** --connect-to, in order */
  readonly connectTo?: readonly string[];
  readonly http10?: boolean;
  readonly http11?: boolean;
  readonly http2?: boolean;
  readonly http2PriorKnowledge?: boolean;
  readonly noAlpn?: boolean;
  readonly pathAsIs?: boolean;
  readonly requestTarget?: string;
  /** -g */
  readonly globOff?: boolean;
  /** -f */
  readonly fail?: boolean;
  /** tcp:// only: the server speaks first. */
  readonly serverFirst?: boolean;
}

/** How each option is written for curl. */
const spellings: readonly (readonly [key: keyof UrlOptions, option: string])[] = [
  ['fail', '-f'],
  ['globOff', '-g'],
  ['head', '-I'],
  ['method', '-X'],
  ['http10', '--http1.0'],
  ['http11', '--http1.1'],
  ['http2', '--http2'],
  ['http2PriorKnowledge', '--http2-prior-knowledge'],
  ['noAlpn', '--no-alpn'],
  ['pathAsIs', '--path-as-is'],
  ['requestTarget', '--request-target'],
  ['userAgent', '-A'],
  ['user', '-u'],
  ['headers', '-H'],
  ['data', '-d'],
  ['json', '--json'],
  ['resolve', '--resolve'],
  ['connectTo', '--connect-to'],
];

function toArguments(options: UrlOptions): string[] {
  const args: string[] = [];
  for (const [key, option] of spellings) {
    const value = options[key];
    if (value === true) args.push(option);
    else if (typeof value === 'string') args.push(option, value);
    else if (typeof value === 'object') for (const item of value) args.push(option, item);
  }
  return args;
}

/**
 * The target of a URL with options: what `curl` with the same options sends, or a raw TCP target for `tcp://host:port`
 * (which takes `serverFirst`, `resolve` and `connectTo` only).
 *
 * @throws TargetError as parseCurl does
 */
export function targetFromUrl(url: string, options: UrlOptions = {}): Target {
  if (/^curl\s/.test(url)) return targetFromCommand(splitShellWords(url), options);
  if (isEndpoint(url)) {
    const { serverFirst, resolve, connectTo, ...others } = options;
    const [unusable] = toArguments(others);
    if (unusable !== undefined) throw new TargetError(`${unusable} has no meaning for raw TCP`, `write ${tcpForm}`);
    const known = toArguments({ ...(resolve && { resolve }), ...(connectTo && { connectTo }) });
    return parseEndpoint([url, ...(serverFirst ? ['--server-first'] : []), ...known]);
  }
  const scheme = schemeOf(url);
  if (!['', 'http', 'https', 'file'].includes(scheme)) {
    const [unusable] = options.serverFirst ? ['--server-first'] : toArguments(options);
    if (unusable === undefined) return parseWord(url);
    throw new TargetError(`${unusable} is for HTTP, and ${scheme}:// is not`, `for raw TCP write ${tcpForm}`);
  }
  if (options.serverFirst) throw new TargetError('with HTTP the client speaks first', `for raw TCP write ${tcpForm}`);
  // A URL that begins with a dash would be an option.
  return parseCurl([...toArguments(options), ...(url.startsWith('-') ? ['--url', url] : [url])]);
}

/**
 * The target of another program's command line, with options as for a URL, which are written into it.
 * @throws TargetError as `parseCommand` does, and for options of a program that has none of them
 */
export function targetFromCommand(words: readonly string[], options: UrlOptions = {}): Target {
  const { serverFirst, ...others } = options;
  const more = [...toArguments(others), ...(serverFirst ? ['--server-first'] : [])];
  const [first = ''] = words;
  if (more.length === 0 || first === 'curl' || isEndpoint(first)) return parseCommand([...words, ...more]);
  throw new TargetError(
    `${more[0]} is for a URL or the command line of curl`,
    'give what the client dials with --hosts FILE or --dns, and leave the rest to its own options',
  );
}
