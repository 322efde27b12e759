import { Args, Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { TargetSource } from '../input/targets.js';
import {
  parseTarget,
  targetFromCommand,
  targetFromUrl,
  TargetError,
  type Target,
  type UrlOptions,
} from '../simulator/request/index.js';

/** Targets by position. */
export const targetArgs = {
  target: Args.string({
    multiple: true,
    description: 'URL, tcp://host:port, or the command line of curl or another client in quotes',
  }),
};

/** Requests to ask about in other forms, and curl's own options for a URL. */
export const targetFlags = {
  url: Flags.string({ helpValue: 'URL', description: 'URL, or tcp://host:port for raw TCP; the same as an argument' }),
  targets: Flags.string({
    helpValue: 'FILE',
    description: 'File with one target a line, or - for standard input: a URL, a command line, or tcp://host:port',
  }),
  method: Flags.string({ char: 'X', helpValue: 'METHOD', description: 'HTTP method', helpGroup: 'request' }),
  head: Flags.boolean({ char: 'I', description: 'Send HEAD', helpGroup: 'request' }),
  header: Flags.string({
    char: 'H',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'LINE',
    description: 'Header line, as curl takes it; repeatable',
    helpGroup: 'request',
  }),
  'user-agent': Flags.string({ helpValue: 'TEXT', description: 'User-Agent header', helpGroup: 'request' }),
  resolve: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'HOST:PORT:ADDRESS',
    description: 'Address that the client dials for a host; repeatable',
    helpGroup: 'request',
  }),
  'connect-to': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'H1:P1:H2:P2',
    description: 'Host and port that the client dials instead; repeatable',
    helpGroup: 'request',
  }),
  'http1.0': Flags.boolean({ description: 'Speak HTTP/1.0', helpGroup: 'request' }),
  'http1.1': Flags.boolean({ description: 'Speak HTTP/1.1, and offer only that over TLS', helpGroup: 'request' }),
  'http2-prior-knowledge': Flags.boolean({ description: 'Speak HTTP/2 without TLS', helpGroup: 'request' }),
  'no-alpn': Flags.boolean({ description: 'Offer no application protocol over TLS', helpGroup: 'request' }),
  'path-as-is': Flags.boolean({ description: 'Leave /../ and /./ in the path', helpGroup: 'request' }),
  fail: Flags.boolean({ description: 'curl -f: a status of 400 and above is exit code 22', helpGroup: 'request' }),
  'server-first': Flags.boolean({ description: 'Raw TCP: the server speaks first', helpGroup: 'request' }),
};

interface TargetValues {
  readonly url?: string | undefined;
  readonly targets?: string | undefined;
  readonly filename?: readonly string[] | undefined;
}

/**
 * The requests that a command line asks about: arguments, `--url`, `--targets`, or another program's command line after `--`.
 * @throws UsageError when there is none, or more than one way to them, and for one that cannot be read
 */
export function targetsOf(
  words: readonly string[] | undefined,
  flags: TargetValues & OptionValues,
  commandLine: readonly string[] | undefined,
): TargetSource {
  const { url, targets: file } = flags;
  const options = urlOptionsOf(flags);
  const given = [words?.length ? words : undefined, url, file, commandLine].filter((form) => form !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      given.length === 0 ? 'the target is missing' : 'there is more than one way to the target',
      'use one of: a URL or tcp://host:port (as an argument, or with --url), --targets FILE, or a command line after --',
    );
  }
  const hasOptions = Object.keys(options).length > 0;
  if (commandLine !== undefined) return { targets: [fromCommandLine(commandLine, options)] };
  if (file !== undefined) {
    if (hasOptions)
      throw new UsageError('options of the request are for one target', 'write them into the curl command line');
    if (file === '-' && flags.filename?.includes('-')) {
      throw new UsageError('-f - and --targets - cannot both read standard input', 'put one of them into a file');
    }
    return { file };
  }
  const urls = url !== undefined ? [url] : words!;
  if (hasOptions && urls.length > 1) {
    throw new UsageError('options of the request are for one target', 'give one URL, or command lines in quotes');
  }
  const label = (word: string) => (url === undefined ? word : '--url');
  return {
    targets: urls.map((word) =>
      asUsage(label(word), () => (hasOptions || url !== undefined ? targetFromUrl(word, options) : parseTarget(word))),
    ),
  };
}

function fromCommandLine(words: readonly string[], options: UrlOptions): Target {
  if (words.length === 0) {
    throw new UsageError('there is no command line after --', 'write: … -- curl -sI https://httpbin.org/');
  }
  return asUsage(words[0] === 'curl' ? 'curl' : 'the command line after --', () => targetFromCommand(words, options));
}

function asUsage(what: string, read: () => Target): Target {
  try {
    return read();
  } catch (error) {
    if (error instanceof TargetError) throw new UsageError(`${what}: ${error.message}`, error.hint, { cause: error });
    throw error;
  }
}

type OptionValues = { readonly [Name in keyof Omit<typeof targetFlags, 'url' | 'targets'>]?: unknown };

/** The options under the names of the request model; those that are absent stay absent. */
function urlOptionsOf(flags: OptionValues): UrlOptions {
  const renamed: Record<string, unknown> = {
    method: flags.method,
    head: flags.head,
    headers: flags.header,
    userAgent: flags['user-agent'],
    resolve: flags.resolve,
    connectTo: flags['connect-to'],
    http10: flags['http1.0'],
    http11: flags['http1.1'],
    http2PriorKnowledge: flags['http2-prior-knowledge'],
    noAlpn: flags['no-alpn'],
    pathAsIs: flags['path-as-is'],
    fail: flags.fail,
    serverFirst: flags['server-first'],
  };
  return Object.fromEntries(Object.entries(renamed).filter(([, value]) => value !== undefined && value !== false));
}
