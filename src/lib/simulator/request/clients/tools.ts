import { ownValue } from '../../../text/plain-data.js';
import { hostAndPortOf, portOf, urlOf, type Endpoint } from '../endpoint.js';
import { TargetError } from '../error.js';
import { proxyReason } from '../proxy.js';
import { missing } from './faults.js';
import type { ReadOptions } from './options.js';
import type { Client } from './types.js';

/** Which addresses are wanted: -4, -6. */
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
export function readTelnet(options: ReadOptions, { port: own }: Client): Endpoint {
  const [host, word] = options.operands;
  if (host === undefined) throw missing('the host', 'telnet HOST PORT');
  const port = word === undefined ? own! : portOf(word, options.positions[1]);
  return { host, port, protocol: 'tcp', serverFirst: port !== own, family: familyOf(options) };
}

/** OpenSSH says who it is before it hears anything. */
export function readSsh(options: ReadOptions, { port: own }: Client): Endpoint {
  const [destination] = options.operands;
  if (destination === undefined) throw missing('the host', 'ssh USER@HOST');
  const given = settingOf(options, ['port'])?.value;
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
  return settingOf(options, ['hostname'])?.value.replaceAll('%h', named) ?? named;
}

/** Options that say what `-o NAME=VALUE` says. */
const SETTINGS: Readonly<Record<string, string>> = { o: '', port: 'Port=', J: 'ProxyJump=' };

/** What the options say of ssh's configuration. Of several the first counts; OpenSSH 9.2 was asked with `ssh -G`. */
export function settingOf(
  options: ReadOptions,
  names: readonly string[],
): { readonly option: string; readonly value: string } | undefined {
  const settings = options.given.flatMap(([key, text]) => {
    const begin = ownValue(SETTINGS, key);
    if (begin === undefined) return [];
    const [, name = '', value = ''] = /(\w+)(?:\s*=\s*|\s+)"?([^"]*)/.exec(begin + text) ?? [];
    return [{ name: name.toLowerCase(), option: key === 'o' ? `-o ${name}` : `-${key}`, value }];
  });
  return settings.find(({ name }) => names.includes(name));
}

/** Other ways than straight to the host, of ssh, scp and sftp. */
export function jumpsOf(options: ReadOptions): string[] {
  const way = settingOf(options, ['proxycommand', 'proxyjump']);
  return way && way.value !== 'none' ? [proxyReason(way.option, way.value)] : [];
}

/** Protocols of `-starttls` whose client waits for a greeting. */
const GREETED = new Set(['smtp', 'lmtp', 'imap', 'pop3', 'ftp', 'mysql', 'nntp', 'sieve', 'telnet']);

/** Other than most, it sends no server name that has no dot, or one behind it. */
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
  const named = options.get('servername') ?? (/\.[^.]+$/.test(at.host) ? undefined : null);
  return {
    ...common,
    protocol: ['dtls', 'dtls1', 'dtls1_2'].some((name) => options.has(name)) ? 'udp' : 'tls',
    sni: options.has('noservername') ? null : named,
    alpn: options.get('alpn')?.split(','),
  };
}
