import type { ArgumentKind } from './curl-options.js';

/** Protocols that Debian's curl 7.88 speaks, with their default ports. */
export const curlProtocols: Readonly<Record<string, number>> = {
  dict: 2628,
  file: 0,
  ftp: 21,
  ftps: 990,
  gopher: 70,
  gophers: 70,
  http: 80,
  https: 443,
  imap: 143,
  imaps: 993,
  ldap: 389,
  ldaps: 636,
  mqtt: 1883,
  pop3: 110,
  pop3s: 995,
  rtmp: 1935,
  rtsp: 554,
  scp: 22,
  sftp: 22,
  smb: 445,
  smbs: 445,
  smtp: 25,
  smtps: 465,
  telnet: 23,
  tftp: 69,
};

const integer = /^\s*[+-]?[0-9]{1,18}$/;
const count = /^\s*(?:\+?[0-9]{1,18}|-0+)$/;

/** For each checked kind of argument: what curl accepts, and how to write it. */
const checks: Readonly<Partial<Record<ArgumentKind, readonly [accepts: (value: string) => boolean, form: string]>>> = {
  integer: [(value) => integer.test(value) && Number(value) >= -1, 'a whole number, -1 for no limit'],
  count: [(value) => count.test(value), 'a whole number, 0 or more'],
  seconds: [
    (value) =>
      /^\s*\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$|^\s*\+?0[xX][0-9a-fA-F]{1,13}$/.test(value) &&
      !(Number(value) >= 9e15),
    'a number of seconds, fractions allowed',
  ],
  size: [(value) => /^\s*\+?[0-9]{1,18}[bkmg]?$/i.test(value), 'a number of bytes, with k, M or G if you like'],
  octal: [(value) => /^\s*\+?0*[0-7]{1,3}$/.test(value), 'an octal file mode such as 0644'],
  offset: [
    (value) => value === '-' || /^\s*\+?(?:0x[0-9a-f]{1,15}|[0-9]{1,18})$/i.test(value),
    'a number of bytes, or -',
  ],
  'port-range': [isPortRange, 'a port, or a range such as 1024-2048'],
  rate: [(value) => /^0*[1-9][0-9]{0,17}(?:\/[smhd].*)?$/.test(value), 'a number with /s, /m, /h or /d'],
  'tls-version': [(value) => /^(?:default|1\.[0-3])$/.test(value), 'default, 1.0, 1.1, 1.2 or 1.3'],
  md5: [(value) => value.length === 32, '32 hexadecimal digits'],
  protocols: [(value) => allowedProtocols(value) !== null, 'a list such as =http,https or -ftp'],
  srp: [(value) => value.toLowerCase() === 'srp', 'SRP'],
  range: [(value) => !/^[0-9]{19,}/.test(value), 'a range such as 0-499'],
};

function isPortRange(value: string): boolean {
  const match = /^([0-9]{1,6})(?:\s*-\s*([0-9]{1,6}))?/.exec(value);
  if (!match || Number(match[1]) > 65535) return false;
  if (match[2] === undefined) return true;
  return Number(match[2]) <= 65535 && Number(match[2]) >= Number(match[1]);
}

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
  let allowed = new Set(Object.keys(curlProtocols));
  for (const token of value.split(',')) {
    if (token === '') continue;
    const match = /^([=+-]*)([A-Za-z0-9].*)$/.exec(token);
    if (!match) return null;
    // Of several signs the last one counts.
    const action = match[1]!.slice(-1);
    const name = match[2]!.toLowerCase();
    const named = name === 'all' ? Object.keys(curlProtocols) : name in curlProtocols ? [name] : [];
    if (action === '=') allowed = new Set(named);
    else if (action === '-') named.forEach((protocol) => allowed.delete(protocol));
    else named.forEach((protocol) => allowed.add(protocol));
  }
  return allowed;
}
