import { shortened } from '../../text/shorten.js';
import { TargetError } from './error.js';
import { normalizeIpv4 } from './ip.js';
import { formatIpv4, inBrackets, isIpAddress, parseIpv4 } from '../../text/ip.js';
import { parseAddressLiteral } from '../address.js';
import type { Target } from './types.js';

export type Dial = Target['dial'];
export type AddressFamily = 4 | 6;

export interface DialInput {
  /** The URL's host as curl looks it up, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Values of --resolve and --connect-to, in order. */
  readonly resolve: readonly string[];
  readonly connectTo: readonly string[];
  /** -4 or -6. */
  readonly family: AddressFamily | null;
}

/**
 * Where curl opens its connection: --connect-to may replace host and port, then --resolve may give the addresses of
 * what results; `localhost` and `*.localhost` are the loopback address without being asked for.
 *
 * @throws TargetError when an option's value is malformed (curl exits with 49), or the address is not of the family
 */
export function dialOf(input: DialInput): Dial {
  const { host, port } = connectPlace(input);
  if (port === 0)
    throw new TargetError('port 0 cannot be connected to (curl exits with 7)', 'write another port', undefined, 7);
  const addresses = lookUp(input.resolve, host, port);
  if (addresses) {
    const usable = input.family ? addresses.filter((address) => isIpv4(address) === (input.family === 4)) : addresses;
    const [first, ...fallbacks] = usable;
    // curl forgets an entry without an address of the wanted family, and asks the resolver.
    if (first !== undefined) {
      const dial = { host: onTheWire(first), port };
      return fallbacks.length > 0 ? { ...dial, fallbacks: fallbacks.map(onTheWire) } : dial;
    }
  }
  const literal = normalizeIpv4(host) ?? host;
  if (input.family && isIpAddress(literal) && isIpv4(literal) !== (input.family === 4)) {
    throw new TargetError(
      `-${input.family} with the address ${literal}: curl cannot connect (it exits with 7)`,
      `leave out -${input.family}`,
      undefined,
      7,
    );
  }
  return usualDial(host, port, input.family);
}

/** Where a host and port lead by themselves: a name is still to be resolved, but curl knows what `localhost` is. */
export function usualDial(host: string, port: number, family: AddressFamily | null): Dial {
  const literal = normalizeIpv4(host) ?? host;
  if (/(^|\.)localhost$/i.test(literal)) return { host: family === 6 ? '::1' : '127.0.0.1', port };
  if (!literal.endsWith('.') || literal.length === 1) return { host: onTheWire(literal), port };
  return { host: literal.slice(0, -1), port, isAbsolute: true };
}

/** What is dialled as a resolver is asked for it. */
export function nameDialled({ host, isAbsolute }: Dial): string {
  return isAbsolute ? `${host}.` : host;
}

/** An address as the kernel sends it; a name as it is. */
function onTheWire(host: string): string {
  const literal = parseAddressLiteral(host);
  return literal?.family === 4 ? formatIpv4(literal.value) : (literal?.text ?? host);
}

function badOption(option: string, value: string, form: string): TargetError {
  return new TargetError(
    `${option} ${shortened(value, 100)} is malformed (curl exits with 49)`,
    `write ${option} ${form}`,
    undefined,
    49,
  );
}

const connectToForm = 'HOST1:PORT1:HOST2:PORT2, IPv6 addresses in brackets; each part may be empty';

/** Applies the first --connect-to that matches and says something. @throws TargetError as `dialOf` does */
export function connectPlace(input: Pick<DialInput, 'host' | 'port' | 'connectTo'>): {
  readonly host: string;
  readonly port: number;
} {
  const name = inBrackets(input.host).toLowerCase();
  for (const entry of input.connectTo) {
    let rest: string;
    if (entry.startsWith(':')) rest = entry.slice(1);
    else if (entry.toLowerCase().startsWith(`${name}:`)) rest = entry.slice(name.length + 1);
    else continue;
    if (rest.startsWith(':')) {
      rest = rest.slice(1);
    } else {
      const colon = rest.indexOf(':');
      const portText = colon < 0 ? '' : rest.slice(0, colon);
      if (!/^\s*\+?[0-9]+$/.test(portText) || Number(portText) !== input.port) continue;
      rest = rest.slice(colon + 1);
    }
    const destination = parseConnectDestination(rest, entry);
    if (destination.host !== '' || destination.port !== null)
      return { host: destination.host || input.host, port: destination.port ?? input.port };
  }
  return { host: input.host, port: input.port };
}

function parseConnectDestination(text: string, entry: string): { host: string; port: number | null } {
  const bracketed = /^\[([0-9a-fA-F:.]*)(?:%[A-Za-z0-9._~-]*)?\]?/.exec(text);
  const portStart = text.indexOf(':', bracketed ? bracketed[0].length : 0);
  const host = bracketed ? bracketed[1]! : portStart < 0 ? text : text.slice(0, portStart);
  const portText = portStart < 0 ? '' : text.slice(portStart + 1);
  if (portText === '') return { host, port: null };
  if (!/^\s*\+?[0-9]+$/.test(portText) || Number(portText) > 65535)
    throw badOption('--connect-to', entry, connectToForm);
  return { host, port: Number(portText) };
}

const isIpv4 = (text: string): boolean => parseIpv4(text) !== undefined;

/** The addresses that the --resolve entries give for host and port, if one applies. Later entries win, `*` is for all the others. */
function lookUp(entries: readonly string[], host: string, port: number): string[] | undefined {
  const cache = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.startsWith('-')) {
      const removal = /^-([^:]{1,255}):\s*([+-]?[0-9]+)/.exec(entry);
      if (removal) cache.delete(`${removal[1]!.toLowerCase()}:${Number(removal[2])}`);
      continue;
    }
    const parsed = parseResolve(entry);
    cache.set(`${parsed.host.toLowerCase()}:${parsed.port}`, parsed.addresses);
  }
  return cache.get(`${host.toLowerCase()}:${port}`) ?? cache.get(`*:${port}`);
}

function parseResolve(entry: string): { host: string; port: number; addresses: string[] } {
  const form = '[+]HOST:PORT:ADDRESS[,ADDRESS]…';
  const match = /^\+?([^:]{0,255}):\s*\+?([0-9]+):([^]*)/.exec(entry);
  if (!match || Number(match[2]) > 65535) throw badOption('--resolve', entry, form);
  const addresses = match[3]!
    .split(',')
    .map((address) => {
      if (!address.startsWith('[')) return address;
      if (!address.endsWith(']')) throw badOption('--resolve', entry, form);
      return address.slice(1, -1);
    })
    .filter((address) => address !== '');
  if (addresses.length === 0) throw badOption('--resolve', entry, form);
  for (const address of addresses) {
    if (!isIpAddress(address))
      throw badOption(
        '--resolve',
        entry,
        `${form}; ${shortened(address, 40)} is no IP address, and names are not allowed here`,
      );
  }
  return { host: match[1]!, port: Number(match[2]), addresses };
}
