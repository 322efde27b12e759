import { TargetError } from './error.js';
import { dialOf } from './dial.js';
import { isIpAddress } from '../../text/ip.js';
import { quoteShellWord } from '../../text/shell.js';
import type { Target } from './types.js';
import { parseUrl } from './url.js';

export const tcpForm = 'tcp://HOST:PORT [--server-first]';

/** Whether the word is meant as a raw TCP target. */
export function isTcpTarget(word: string): boolean {
  return /^tcp:\/\//i.test(word);
}

/**
 * Reads a raw TCP target: `tcp://host:port`, then any of `--server-first`, `--resolve …`, `--connect-to …`.
 * @throws TargetError; its position is the index of the word
 */
export function parseTcp(words: readonly string[]): Target {
  const resolve: string[] = [];
  const connectTo: string[] = [];
  let serverFirst = false;
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    const value = words[i + 1];
    if (word === '--server-first') serverFirst = true;
    else if (word !== '--resolve' && word !== '--connect-to')
      throw new TargetError(`a raw TCP target has no ${word.slice(0, 60)}`, `write ${tcpForm}`, i);
    else if (value === undefined)
      throw new TargetError(`${word} needs a value`, `write ${word} VALUE, or leave it out`, i);
    else (word === '--resolve' ? resolve : connectTo).push(words[++i]!);
  }
  try {
    const { host, port, isIpv6 } = parseEndpoint(words[0]!);
    return {
      command: words.map(quoteShellWord).join(' '),
      scheme: 'tcp',
      host,
      port,
      dial: dialOf({ host, port, isIpv6, resolve, connectTo, family: null }),
      serverFirst,
      failOnHttpError: false,
      notModelled: [],
    };
  } catch (error) {
    throw error instanceof TargetError
      ? new TargetError(error.message.replace(/ \(curl exits with \d+\)$/, ''), error.hint, error.position ?? 0)
      : error;
  }
}

function parseEndpoint(text: string): { host: string; port: number; isIpv6: boolean } {
  const url = parseUrl(text);
  if (url.port === null || url.port === 0)
    throw new TargetError(`${text.slice(0, 80)} has no port`, `write ${tcpForm}`);
  if (
    url.user !== null ||
    url.path !== '/' ||
    url.query !== null ||
    url.fragment !== null ||
    /^tcp:(\/|\/\/\/)(?!\/)/i.test(text)
  )
    throw new TargetError(`${text.slice(0, 80)} is more than a host and a port`, `write ${tcpForm}`);
  const known = url.isIpv6 || isIpAddress(url.host) || /^[A-Za-z0-9._-]+$/.test(url.host);
  if (!known)
    throw new TargetError(`${url.host.slice(0, 80)} is no host name`, 'write an international name in its xn-- form');
  return { host: url.host, port: url.port, isIpv6: url.isIpv6 };
}
