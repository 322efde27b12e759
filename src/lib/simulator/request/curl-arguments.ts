import type { ArgumentKind } from './curl-options.js';

/** Protocols that Debian's curl 7.88 speaks, with their default ports. */
export const curlProtocols: ReadonlyMap<string, number> = new Map([
  ['dict', 2628],
  ['file', 0],
  ['ftp', 21],
  ['ftps', 990],
  ['gopher', 70],
  ['gophers', 70],
  ['http', 80],
  ['https', 443],
  ['imap', 143],
  ['imaps', 993],
  ['ldap', 389],
  ['ldaps', 636],
  ['mqtt', 1883],
  ['pop3', 110],
  ['pop3s', 995],
  ['rtmp', 1935],
  ['rtsp', 554],
  ['scp', 22],
  ['sftp', 22],
  ['smb', 445],
  ['smbs', 445],
  ['smtp', 25],
  ['smtps', 465],
  ['telnet', 23],
  ['tftp', 69],
]);

/** The largest number of 64 bits. */
const largest = 2n ** 63n - 1n;

/** A whole number as C reads one, with blanks and a sign in front; null when it is none, or too large. */
function wholeNumber(text: string): bigint | null {
  if (!/^\s*[+-]?0*[0-9]{1,19}$/.test(text)) return null;
  const number = BigInt(text);
  return number <= largest ? number : null;
}

function isAtLeast(least: bigint): (text: string) => boolean {
  return (text) => {
    const number = wholeNumber(text);
    return number !== null && number >= least;
  };
}

/** The number of -C: as in C, a leading 0 means octal, 0x hexadecimal; null when it is none, or too large. */
export function offsetOf(text: string): bigint | null {
  const [, digits] = /^\s*\+?(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.exec(text) ?? [];
  if (digits === undefined) return null;
  const offset = BigInt(digits.replace(/^0(?=[0-7])/, '0o'));
  return offset <= largest ? offset : null;
}

/** The first byte of a range that is only a number: without a dash; undefined when it is another; null when it is too large. */
export function firstByteOf(range: string): bigint | null | undefined {
  const [digits] = /^[0-9]+(?=[^-]*$)/.exec(range) ?? [];
  return digits === undefined ? undefined : wholeNumber(digits);
}

function isSize(text: string): boolean {
  const [, digits, unit] = /^\s*\+?([0-9]+)([bkmg]?)$/i.exec(text) ?? [];
  if (digits === undefined) return false;
  return BigInt(digits) << BigInt(10 * 'bkmg'.indexOf(unit!.toLowerCase())) <= largest;
}

function isSeconds(text: string): boolean {
  const number = /^\s*[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|0x[0-9a-f]+)$/i;
  const seconds = Number(text.replace('+', ''));
  // curl counts milliseconds in 64 bits.
  return number.test(text) && seconds >= 0 && seconds <= Number(largest) / 1000;
}

function isPortRange(text: string): boolean {
  const [, low = '', high = low] = /^([0-9]+)(?:\s*-\s*(\S{0,6}))?/.exec(text) ?? [];
  const [first, last] = [wholeNumber(low), wholeNumber(high)];
  return first !== null && last !== null && first <= last && last <= 65535n;
}

function isRate(text: string): boolean {
  const [number, unit] = text.split('/');
  return isAtLeast(1n)(number!) && (unit === undefined || /^[smhd]/.test(unit));
}

/** For each checked kind of argument: what curl accepts, and how to write it. */
const checks: Readonly<Partial<Record<ArgumentKind, readonly [accepts: (value: string) => boolean, form: string]>>> = {
  integer: [isAtLeast(-1n), 'a whole number, -1 for no limit'],
  count: [isAtLeast(0n), 'a whole number, 0 or more'],
  seconds: [isSeconds, 'a number of seconds, fractions allowed'],
  size: [isSize, 'a number of bytes, with k, M or G if you like'],
  octal: [(value) => /^\s*\+?0*[0-7]{1,3}$/.test(value), 'an octal file mode such as 0644'],
  offset: [(value) => value === '-' || offsetOf(value) !== null, 'a number of bytes, or -'],
  'port-range': [isPortRange, 'a port, or a range such as 1024-2048'],
  rate: [isRate, 'a number with /s, /m, /h or /d'],
  'tls-version': [(value) => /^(?:default|1\.[0-3])$/.test(value), 'default, 1.0, 1.1, 1.2 or 1.3'],
  md5: [(value) => value.length === 32, '32 hexadecimal digits'],
  protocols: [(value) => allowedProtocols(value) !== null, 'a list such as =http,https or -ftp'],
  srp: [(value) => value.toLowerCase() === 'srp', 'SRP'],
  range: [(value) => firstByteOf(value) !== null, 'a range such as 0-499'],
};

/**
 * What is wrong with an option's argument, as curl judges it before any request.
 * @returns the form to write instead; null when curl accepts the argument
 */
export function argumentProblem(kind: ArgumentKind, value: string): string | null {
  const check = checks[kind];
  return check && !check[0](value) ? check[1] : null;
}

/**
 * The protocols that `--proto` leaves: tokens add to the default (all), `-` removes, `=` allows this one alone.
 * @returns null when a token is malformed
 */
export function allowedProtocols(value: string): Set<string> | null {
  let allowed = new Set(curlProtocols.keys());
  for (const token of value.split(',')) {
    if (token === '') continue;
    const match = /^([=+-]*)([A-Za-z0-9][^]*)/.exec(token);
    if (!match) return null;
    // Of several signs the last one counts.
    const action = match[1]!.slice(-1);
    const name = match[2]!.toLowerCase();
    const named = name === 'all' ? curlProtocols.keys() : [name];
    if (action === '=') allowed = new Set(named);
    else
      for (const protocol of named)
        if (action === '-') allowed.delete(protocol);
        else allowed.add(protocol);
  }
  return allowed;
}
