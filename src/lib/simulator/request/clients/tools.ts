import { hostAndPortOf, portOf, urlOf, type Endpoint } from '../endpoint.js';
import { TargetError } from '../error.js';
import { proxyReason } from '../proxy.js';
import { missing } from './faults.js';
import type { ReadOptions } from './options.js';
import type { Client } from './types.js';

export function familyOf(options: ReadOptions): 4 | 6 | null {
  return options.has('4') ? 4 : options.has('6') ? 6 : null;
}

const HANGS_UP =
  'nc -z hangs up when the connection is accepted: Envoy does that before it decides, so that behind it nc reports success whatever the policies say; the answer is about a client that stays';

export function readNetcat(options: ReadOptions): Endpoint {
  const { operands, positions } = options;
  if (options.has('listen')) throw new TargetError('-l waits for connections and makes none', 'leave out -l');
  if (options.has('U')) throw new TargetError('-U never reaches the network', 'leave out -U');
  const isTls = options.has('ssl');
  const isUdp = options.has('udp');
  const [host, port] = operands;
  if (port === undefined) throw missing('the host or the port', 'nc -zv HOST PORT');
  if (operands.length > 2 || /\d-\d/.test(port)) {
    throw new TargetError('several ports are several connections', 'write one target for each port', positions[1]);
  }
  const proxy = options.get('proxy');
  return {
    host: host!,
    port: portOf(port, positions[1]),
    protocol: isUdp ? 'udp' : isTls ? 'tls' : 'tcp',
    serverFirst: true,
    sni: options.get('ssl-servername'),
    alpn: options.get('ssl-alpn')?.split(','),
    family: familyOf(options),
    notModelled: proxy === undefined ? [] : [proxyReason('-x', proxy)],
    remarks: options.has('z') && !isUdp ? [HANGS_UP] : [],
  };
}

/** To its own port it begins the negotiation, to any other it is silent. */
export function readTelnet({ operands, positions }: ReadOptions, { port: own }: Client): Endpoint {
  const [host, word] = operands;
  if (host === undefined) throw missing('the host', 'telnet HOST PORT');
  const port = word === undefined ? own! : portOf(word, positions[1]);
  return { host, port, protocol: 'tcp', serverFirst: port !== own };
}

/** OpenSSH says who it is before it hears anything. */
export function readSsh(options: ReadOptions, { port: own }: Client): Endpoint {
  const [destination] = options.operands;
  if (destination === undefined) throw missing('the host', 'ssh USER@HOST');
  const given = options.get('port') ?? settingOf(options, 'Port');
  const url = destination.startsWith('ssh://') ? urlOf(destination) : undefined;
  return {
    host: hostOfSettings(options, url?.host ?? destination.replace(/.*@/, '')),
    port: given === undefined ? (url?.port ?? own!) : portOf(given),
    protocol: 'tcp',
    family: familyOf(options),
    notModelled: jumpsOf(options),
  };
}

/** The host that ssh, scp and sftp connect to, which `-o HostName` may say, for one that is named. */
export function hostOfSettings(options: ReadOptions, named: string): string {
  return settingOf(options, 'HostName')?.replaceAll('%h', named) ?? named;
}

/** What `-o` says of ssh's configuration: `NAME=VALUE`, of several the first. */
export function settingOf(options: ReadOptions, name: string): string | undefined {
  const form = new RegExp(`^\\s*${name}(?:\\s*=\\s*|\\s+)(.*)`, 'i');
  return options.all('o').flatMap((setting) => form.exec(setting)?.[1] ?? [])[0];
}

/** Other ways than straight to the host, of ssh, scp and sftp. */
export function jumpsOf(options: ReadOptions): string[] {
  const ways = options.all('o').flatMap((setting) => {
    const [, name, value] = /^\s*(Proxy(?:Command|Jump))\s*[= ]\s*(.*)/i.exec(setting) ?? [];
    return value === undefined || value === 'none' ? [] : [proxyReason(`-o ${name}`, value)];
  });
  return [...options.all('J').map((jump) => proxyReason('-J', jump)), ...ways];
}

/** Protocols of `-starttls` whose client waits for a greeting. */
const GREETED = new Set(['smtp', 'lmtp', 'imap', 'pop3', 'ftp', 'mysql', 'nntp', 'sieve']);

/** Other than most, it sends no server name that has no dot. */
export function readOpenssl(options: ReadOptions, { port: own }: Client): Endpoint {
  const [subcommand, operand] = options.operands;
  if (subcommand !== 's_client') {
    throw new TargetError('of openssl only s_client connects', 'write openssl s_client -connect HOST:PORT');
  }
  const place = options.get('connect') ?? operand;
  const host = options.get('host');
  const port = options.get('port');
  const proxy = options.get('proxy');
  if (place === undefined && host === undefined) throw missing('the host', 'openssl s_client -connect HOST:PORT');
  const at =
    place !== undefined ? hostAndPortOf(place, own) : { host: host!, port: port === undefined ? own! : portOf(port) };
  const common = {
    ...at,
    family: familyOf(options),
    notModelled: proxy === undefined ? [] : [proxyReason('-proxy', proxy)],
  };
  const upgrade = options.get('starttls');
  if (upgrade !== undefined) return { ...common, protocol: 'tcp', serverFirst: GREETED.has(upgrade) };
  const named = options.get('servername') ?? (at.host.includes('.') ? undefined : null);
  return {
    ...common,
    protocol: options.has('dtls') || options.has('dtls1_2') ? 'udp' : 'tls',
    sni: options.has('noservername') ? null : named,
    alpn: options.get('alpn')?.split(','),
  };
}
