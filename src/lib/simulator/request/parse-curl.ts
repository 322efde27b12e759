import { argumentProblem, curlProtocols } from './curl-arguments.js';
import { findLongOption, findShortOption, suggestOption, type CurlOption } from './curl-options.js';
import { applyOption, defaultSettings, setUrl, type CurlSettings } from './curl-settings.js';
import { dialOf } from './dial.js';
import { serverNameOf } from './endpoint.js';
import { applyProxy, type Environment } from './curl-proxy.js';
import { brief, relocated, TargetError, usageError } from './error.js';
import { buildRequest } from './http-request.js';
import { idnToAscii } from './idn.js';
import { requestUrl } from './request-url.js';
import { quoteShellWord } from '../../text/shell.js';
import type { Target } from './types.js';
import type { CurlUrl } from './url.js';

/** How curl begins with protocols other than HTTP, as far as that was looked at; the others are not modelled. */
const beginnings: Readonly<Record<string, 'server speaks' | 'client speaks' | 'tls' | 'udp'>> = {
  imap: 'server speaks',
  imaps: 'tls',
  ldap: 'client speaks',
  ldaps: 'tls',
  mqtt: 'client speaks',
  pop3: 'server speaks',
  pop3s: 'tls',
  smtp: 'server speaks',
  smtps: 'tls',
  telnet: 'server speaks',
  tftp: 'udp',
};

function unknownOption(word: string, name: string): TargetError {
  const [known = ''] = name.split('=');
  if (findLongOption(known) !== 'unknown')
    return usageError(
      `curl knows no option ${word}: it does not take a value after =`,
      `write --${known} ${quoteShellWord(name.slice(known.length + 1))}`,
    );
  const near = suggestOption(name);
  return usageError(`curl 7.88 has no option ${brief(word)}`, near ? `did you mean ${near}?` : undefined);
}

function findLong(word: string): { option: CurlOption; negated: boolean } {
  const match = findLongOption(word.slice(2));
  if (match === 'unknown') throw unknownOption(word, word.slice(2));
  if (match === 'not negatable') throw usageError(`${word}: this option has no --no- form`);
  if ('option' in match) return match;
  const { candidates } = match;
  const some = candidates.length > 6 ? [...candidates.slice(0, 6), '…'] : candidates;
  throw usageError(`${word} is ambiguous`, `write it out: ${some.join(', ')}`);
}

function apply(settings: CurlSettings, option: CurlOption, value: string, spelling: string): void {
  const problem = argumentProblem(option.kind, value);
  if (problem !== null) throw usageError(`${spelling} ${brief(value)} is not accepted`, `write ${problem}`);
  applyOption(settings, option, value, true);
}

const takesArgument = (option: CurlOption): boolean => option.kind !== 'flag' && option.kind !== 'once';

function requireArgument(args: readonly string[], index: number, spelling: string): string {
  const value = args[index + 1];
  if (value === undefined) throw usageError(`${spelling} needs a value`, `write ${spelling} VALUE, or leave it out`);
  return value;
}

/** Applies the options in one word; gives how many words were used. */
function applyWord(settings: CurlSettings, args: readonly string[], index: number): number {
  const word = args[index]!;
  if (word.startsWith('--')) {
    const { option, negated } = findLong(word);
    if (!takesArgument(option)) {
      applyOption(settings, option, '', !negated);
      return 1;
    }
    apply(settings, option, requireArgument(args, index, word), word);
    return 2;
  }
  // Several letters may share one dash; the first that takes an argument takes the rest of the word, or the next word.
  for (let i = 1; i < Math.max(word.length, 2); i++) {
    const letter = word.charAt(i);
    const option = findShortOption(letter);
    if (!option) throw usageError(`curl has no option -${letter}${word.length > 2 ? ` (in ${brief(word)})` : ''}`);
    if (!takesArgument(option)) {
      applyOption(settings, option, '', true);
    } else if (i + 1 < word.length) {
      apply(settings, option, word.slice(i + 1), `-${letter}`);
      return 1;
    } else {
      apply(settings, option, requireArgument(args, index, `-${letter}`), `-${letter}`);
      return 2;
    }
  }
  return 1;
}

/** Reads the words into settings; `urlIndex` is where the URL stands. */
function readArguments(args: readonly string[]): { settings: CurlSettings; urlIndex: number | undefined } {
  const settings = defaultSettings();
  let optionsEnded = false;
  let urlIndex: number | undefined;
  for (let i = 0; i < args.length;) {
    const word = args[i]!;
    const read = (): number => {
      if (word.includes('\0')) throw new TargetError('an argument cannot contain a NUL character', 'remove it');
      let used = 1;
      const hadUrl = settings.url !== null;
      if (optionsEnded || !word.startsWith('-')) setUrl(settings, word);
      else if (word === '--') optionsEnded = true;
      else used = applyWord(settings, args, i);
      if (!hadUrl) urlIndex = i + used - 1;
      return used;
    };
    i += relocated(read, () => i);
  }
  if (settings.contentDisposition && settings.includeHeaders)
    throw usageError('--include and --remote-header-name exclude each other', 'keep one of them');
  if (settings.contentDisposition && settings.resumeFrom === '-')
    throw usageError('--continue-at - and --remote-header-name exclude each other', 'keep one of them');
  return { settings, urlIndex };
}

/** Reasons for an unknown verdict that follow from the settings as a whole. */
function collectNotModelled(settings: CurlSettings, scheme: string): string[] {
  const reasons = settings.notModelled;
  if (scheme === 'http') reasons.push(...settings.notModelledInClear);
  if (scheme === 'https') reasons.push(...settings.notModelledInTls);
  return reasons;
}

function hostName(url: CurlUrl, notModelled: string[]): string {
  // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
  if (/^[\x00-\x7f]*$/.test(url.host)) return url.host;
  const ascii = idnToAscii(url.host);
  notModelled.push(
    `the host ${brief(url.host)}: without a UTF-8 locale curl refuses it (exit 3); write ${brief(ascii)}`,
  );
  return ascii;
}

function alpnOf(settings: CurlSettings): string[] {
  if (!settings.alpn) return [];
  if (settings.httpVersion === '1.0') return ['http/1.0'];
  return settings.httpVersion === '1.1' ? ['http/1.1'] : ['h2', 'http/1.1'];
}

function buildTarget(settings: CurlSettings, given: string, command: string, env: Environment): Target {
  const url = requestUrl(settings, given);
  if (url.scheme === 'file')
    throw new TargetError('file:// never reaches the network', 'write a URL that begins with http:// or https://');
  const port = url.port ?? curlProtocols.get(url.scheme)!;
  const notModelled = collectNotModelled(settings, url.scheme);
  const host = hostName(url, notModelled);
  if (settings.family === 6 && !host.includes(':'))
    notModelled.push('-6: the address must be an IPv6 one, which the mesh does not intercept');
  const { resolve, connectTo, family } = settings;
  const dial = dialOf({ host, port, resolve, connectTo, family });
  const failOnHttpError = settings.fail || settings.failWithBody;
  if (url.scheme !== 'http' && url.scheme !== 'https') {
    const begins = beginnings[url.scheme];
    if (begins === undefined)
      notModelled.push(`${url.scheme}://: curl speaks ${url.scheme.toUpperCase()} here, which is not modelled`);
    const serverFirst = begins === 'server speaks';
    const common = { command, host, port, dial, serverFirst, failOnHttpError, notModelled };
    const tls = { sni: serverNameOf(host), alpn: [] };
    const target: Target =
      begins === 'tls' ? { scheme: 'tls', ...common, tls } : { scheme: begins === 'udp' ? 'udp' : 'tcp', ...common };
    return applyProxy(target, url.scheme, settings, env);
  }
  const { request: http, notModelled: unusual } = buildRequest(settings, url, host, port);
  if (url.scheme === 'http') notModelled.push(...unusual);
  const common = {
    ...{ command, host, port, dial, http, serverFirst: false, failOnHttpError, notModelled },
    ...(settings.proxyHeader && { proxyHeader: true as const }),
  };
  if (url.scheme === 'http') return applyProxy({ scheme: 'http', ...common }, 'http', settings, env);
  const tls = { sni: serverNameOf(host), alpn: alpnOf(settings) };
  return applyProxy({ scheme: 'https', ...common, tls }, 'https', settings, env);
}

/**
 * The request of another program, told as curl's.
 * @param args nobody has typed them, so that an error has no place in them
 */
export function asCurl(args: readonly string[], command: string): Target {
  return relocated(
    () => parseCurl(args, command),
    () => undefined,
  );
}

/**
 * What curl 7.88 puts on the wire first for these arguments. Neither the environment of this program nor `~/.curlrc`
 * nor any file is read; later requests (redirects, retries, answers to a 401) are not modelled.
 *
 * @param args the words after `curl`, as the program receives them
 * @param command how the target prints; by default the arguments as a shell command
 * @param env what the command line sets for curl: `http_proxy`, …
 * @throws TargetError when curl would refuse the arguments before it connects, or would make no or several requests;
 *   its position is the index of the argument
 */
export function parseCurl(args: readonly string[], command?: string, env: Environment = new Map()): Target {
  const { settings, urlIndex } = readArguments(args);
  if (settings.url === null) {
    throw usageError(
      'the curl command has no URL',
      settings.notModelled.some((reason) => reason.startsWith('--config'))
        ? 'write the URL on the command line: the --config file is not read'
        : 'add the URL: curl http://host/path',
    );
  }
  const { url } = settings;
  const printed = command ?? `curl ${args.map(quoteShellWord).join(' ')}`;
  return relocated(
    () => buildTarget(settings, url, printed, env),
    () => urlIndex,
  );
}
