import { Flags } from '@oclif/core';
import type { TargetFlags } from '../input/targets.js';

/** Several requests, one a line; and curl's own options for a URL. */
export const optionFlags = {
  targets: Flags.string({
    helpValue: 'FILE',
    description: 'File with one target a line, or - for standard input: a URL, a curl command line, or tcp://host:port',
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
  'user-agent': Flags.string({ char: 'A', helpValue: 'TEXT', description: 'User-Agent header', helpGroup: 'request' }),
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

/** The request to ask about. */
export const requestFlags = {
  url: Flags.string({ helpValue: 'URL', description: 'URL, or tcp://host:port for raw TCP' }),
  ...optionFlags,
};

type RequestFlagValues = { -readonly [Name in keyof typeof requestFlags]?: unknown };

/** The request flags under the names of the request model; flags that are absent stay absent. */
export function urlOptionsOf(flags: RequestFlagValues): TargetFlags {
  const renamed: Record<string, unknown> = {
    url: flags.url,
    targets: flags.targets,
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
