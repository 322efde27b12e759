import { quoteShellWord } from '../../text/shell.js';
import { endpointTarget, urlOf, withoutCurl } from './endpoint.js';
import { brief, relocated, TargetError } from './error.js';
import type { Target } from './types.js';

const forms = {
  tcp: 'tcp://HOST:PORT [--server-first]',
  tls: 'tls://HOST:PORT [--sni NAME | --no-sni] [--alpn NAME,NAME]',
  udp: 'udp://HOST:PORT',
} as const;
type Protocol = keyof typeof forms;

const switches: Readonly<Record<Protocol, readonly string[]>> = { tcp: ['--server-first'], tls: ['--no-sni'], udp: [] };
const valued: Readonly<Record<Protocol, readonly string[]>> = { tcp: [], tls: ['--sni', '--alpn'], udp: [] };

export const tcpForm = forms.tcp;

/** Whether the word is a connection by its protocol alone: `tcp://…`, `tls://…`, `udp://…`. */
export function isEndpoint(word: string): boolean {
  return /^(?:tcp|tls|ssl|udp):\/\//i.test(word);
}

/**
 * Reads `tcp://host:port`, `tls://host:port` or `udp://host:port`, then any of its options, `--resolve …` and
 * `--connect-to …`.
 * @throws TargetError; its position is the index of the word
 */
export function parseEndpoint(words: readonly string[]): Target {
  const scheme = words[0]!.split(':')[0]!.toLowerCase();
  const protocol = scheme === 'ssl' ? 'tls' : (scheme as Protocol);
  const options = new Map<string, string[]>();
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    if (switches[protocol].includes(word)) {
      options.set(word, []);
      continue;
    }
    if (word !== '--resolve' && word !== '--connect-to' && !valued[protocol].includes(word)) {
      const what = protocol === 'tcp' ? 'a raw TCP target' : `a ${protocol}:// target`;
      throw new TargetError(`${what} has no ${brief(word)}`, `write ${forms[protocol]}`, i);
    }
    const value = words[i + 1];
    if (value === undefined) throw new TargetError(`${word} needs a value`, `write ${word} VALUE, or leave it out`, i);
    options.set(word, [...(options.get(word) ?? []), value]);
    i += 1;
  }
  const read = (): Target =>
    endpointTarget(
      {
        ...addressOf(words[0]!, forms[protocol]),
        protocol,
        serverFirst: options.has('--server-first'),
        sni: options.has('--no-sni') ? null : options.get('--sni')?.at(-1),
        alpn: options.get('--alpn')?.at(-1)?.split(','),
        resolve: options.get('--resolve'),
        connectTo: options.get('--connect-to'),
      },
      words.map(quoteShellWord).join(' '),
    );
  return relocated(
    () => withoutCurl(read),
    () => 0,
  );
}

function addressOf(text: string, form: string): { host: string; port: number } {
  const url = urlOf(text);
  if (url.port === null || url.port === 0) {
    throw new TargetError(`${brief(text)} has no port`, `write ${form}`);
  }
  const isMore = url.user !== null || url.path !== '/' || url.query !== null || url.fragment !== null;
  if (isMore || text.includes(':///')) {
    throw new TargetError(`${brief(text)} is more than a host and a port`, `write ${form}`);
  }
  return { host: url.host, port: url.port };
}
