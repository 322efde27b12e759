/** Classes of requests as sentences. */
import { networksCovering } from '../simulator/address.js';
import type { Target } from '../simulator/request/index.js';
import { isStandIn } from '../simulator/stand-in-addresses.js';
import { formatIpv4, formatNetwork } from '../text/ip.js';
import type { Constraint, Part, RequestClass, Term } from '../analysis/request-space/types.js';

/** Names that a sentence lists; the rest is counted. */
const MAX_LISTED = 5;

/**
 * Says which requests a class holds: `GET to /api/v1/… on 80/http of api.example.com, wherever it resolves to`. It names what
 * the class is bound to and is silent about the rest.
 */
export function requestClassText({ constraints }: RequestClass): string {
  const by = new Map(constraints.map((constraint) => [constraint.dimension, constraint]));
  const clients = by.get('client')?.parts.map(({ name }) => name);
  const only = clients?.length === 1 ? clients[0] : undefined;
  const what = only === 'http' ? httpText(by) : `${clientsText(clients)} ${portText(by.get('port'))}${serverText(by)}`;
  return what + addressText(by);
}

/**
 * The same about requests that are told beside one that is like them: `every other method and path of example.com:443` where
 * all of its host and port is meant.
 */
export function otherRequestsText(requests: RequestClass, { scheme, host, dial, http, tls }: Target): string {
  const text = requestClassText(requests);
  if (scheme === 'tcp') return text.replace(/^everything on /, 'everything else on ');
  const by = new Map(requests.constraints.map((constraint) => [constraint.dimension, constraint]));
  const names = by.get(scheme === 'https' ? 'server-name' : 'host')?.parts.map(({ name }) => name) ?? [];
  const name = (scheme === 'https' ? (tls?.sni ?? host) : (http?.authority ?? host)).toLowerCase();
  const bare = name.replace(/:\d+$/, '');
  const isWhole =
    names.length > 0 &&
    names.every((one) => one === bare || one === `${bare}:${dial.port}`) &&
    isJust(by.get('port'), String(dial.port)) &&
    isJust(by.get('client'), scheme === 'https' ? 'tls' : 'http') &&
    [...by.keys()].every((dimension) => WHOLE_HOST.has(dimension));
  return isWhole ? `every other method and path of ${bare}:${dial.port}` : text;
}

/** What a class is bound to that holds every usual request to a host. */
const WHOLE_HOST = new Set(['destination', 'port', 'client', 'server-name', 'method-kind', 'version', 'host']);

/** How the part of server names is called in which none is sent. */
export const NO_NAME = 'no name';

const CLIENTS: Record<string, string> = {
  tls: 'TLS',
  http: 'HTTP',
  bytes: 'other bytes',
  waits: 'clients that wait for the server',
};

function clientsText(clients: readonly string[] | undefined): string {
  return clients ? listed(clients.map((name) => CLIENTS[name]!)) : 'everything';
}

function portText(port: Constraint | undefined): string {
  return port ? `on ${chosen(port, 'port', 'ports')}` : 'on every port';
}

function serverText(by: ReadonlyMap<string, Constraint>): string {
  const [name, alpn] = [by.get('server-name'), by.get('alpn')];
  const parts: string[] = [];
  if (name)
    parts.push(isJust(name, NO_NAME) ? 'without a server name' : `of ${chosen(name, 'server name', 'server names')}`);
  if (alpn) {
    const offers = alpn.parts.filter(({ rest }) => !rest).map((part) => part.name);
    parts.push(offers.length > 0 ? `offering ${listed(offers, 'or')} in ALPN` : 'offering no HTTP/1 in ALPN');
  }
  return parts.map((part) => ` ${part}`).join('');
}

function httpText(by: ReadonlyMap<string, Constraint>): string {
  const [port, host, path] = [by.get('port'), by.get('host'), by.get('path')];
  const versions = by.get('version')?.parts.map(({ name }) => (name === '2' ? 'HTTP/2' : `HTTP/${name}`));
  const usual = versions?.length === 2 && versions.includes('HTTP/1.1') && versions.includes('HTTP/2');
  const ports = port ? chosen(port, 'port', 'ports').replace(/^port (\d+)$/, '$1/http') : 'every port';
  return [
    methodsText(by),
    path ? `to ${termsText(path, pathText)}` : '',
    `on ${ports}`,
    host ? `of ${chosen(host, 'host', 'hosts')}` : '',
    ...[...by.values()].filter(({ dimension }) => dimension.startsWith('header ')).map(headerText),
    by.has('authority') ? `with a Host ${valuesText(by.get('authority')!)}` : '',
    versions && !usual ? `by ${listed(versions, 'or')}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function methodsText(by: ReadonlyMap<string, Constraint>): string {
  const method = by.get('method');
  if (method) return termsText(method, (pattern) => pattern.replaceAll('\\', ''), 'every method');
  const kinds = by.get('method-kind')?.parts.map(({ name }) => name);
  if (!kinds || kinds.includes('usual')) return 'every method';
  return listed(kinds.map((kind) => (kind === 'unknown' ? 'methods that HTTP does not know' : kind)));
}

export function headerText(constraint: Constraint): string {
  const name = constraint.dimension.slice('header '.length);
  const isAbsent = constraint.parts.some((part) => part.name === 'absent');
  const terms = constraint.parts.filter((part) => part.name !== 'absent');
  if (terms.length === 0) return `without ${name}`;
  const text = `with ${name} ${valuesText({ ...constraint, parts: terms })}`;
  return isAbsent ? `${text}, or without it` : text;
}

/** `matching A but not B` */
function valuesText({ parts }: Constraint): string {
  const terms = parts.flatMap((part) => part.terms ?? []);
  return listed(
    terms.map(({ matching, notMatching }) => {
      const wanted = matching.length > 0 ? `matching ${listed(matching)}` : '';
      const unwanted = notMatching.length > 0 ? `not matching ${listed(notMatching, 'or')}` : '';
      return [wanted, unwanted].filter((text) => text !== '').join(' but ');
    }),
    'or',
  );
}

/** `/api/.*` → `/api/…`; what is no plain text is a pattern. */
export function pathText(pattern: string): string {
  return /^\/[\w/~-]*(\.\*)?$/.test(pattern) ? pattern.replace(/\.\*$/, '…') : `paths matching ${pattern}`;
}

/** @param all how everything is called, where the terms only exclude */
function termsText(constraint: Constraint, text: (pattern: string) => string, all = 'everything'): string {
  const terms = constraint.parts.flatMap((part) => part.terms ?? []);
  return listed(
    terms.map((term) => termText(term, text, all)),
    'or',
  );
}

function termText({ matching, notMatching }: Term, text: (pattern: string) => string, all: string): string {
  const wanted = matching.length > 0 ? listed(matching.map(text)) : all;
  return notMatching.length > 0 ? `${wanted} but ${listed(notMatching.map(text))}` : wanted;
}

const DESTINATIONS: Record<string, string> = {
  IPv4: 'an IPv4 address',
  loopback: 'the loopback address',
  IPv6: 'an IPv6 address',
};

function addressText(by: ReadonlyMap<string, Constraint>): string {
  const [destination, address] = [by.get('destination'), by.get('address')];
  if (!destination) return ', wherever it goes';
  const kinds = destination.parts.map(({ name }) => name);
  if (kinds.length > 1 || (kinds[0] !== 'IPv4' && !address))
    return `, at ${listed(
      kinds.map((name) => DESTINATIONS[name]!),
      'or',
    )}`;
  if (!address) return ', wherever it resolves to';
  if (!address.parts.some(({ rest }) => rest)) return `, at ${networksText(address.parts, 'or')}`;
  const mine = new Set(address.parts);
  const where = kinds[0] === 'loopback' ? 'at every loopback address' : 'wherever it resolves to';
  return `, ${where} but ${networksText(address.all.filter((part) => !mine.has(part)))}`;
}

function networksText(parts: readonly Part[], conjunction?: string): string {
  return listed(networkNames(parts), conjunction);
}

/** Few networks that together are the parts of the address space; one address is written without length. */
export function networkNames(parts: readonly Part[]): string[] {
  const intervals = parts.flatMap((part) => part.intervals ?? []);
  const known = intervals.filter(([first, last]) => first !== last || !isStandIn(formatIpv4(first)));
  const unknown = intervals.length - known.length;
  const networks = networksCovering(known).map((network) =>
    network.prefixLength === 32 ? formatIpv4(network.base) : formatNetwork(network),
  );
  // an address of IPv6
  networks.push(...parts.flatMap(({ name, intervals: own }) => (own ? [] : [name])));
  if (unknown > 0)
    networks.push(unknown === 1 ? 'a ClusterIP that is not given' : `${unknown} ClusterIPs that are not given`);
  return networks;
}

function isJust(constraint: Constraint | undefined, name: string): boolean {
  return constraint?.parts.length === 1 && constraint.parts[0]!.name === name;
}

/** `port 80`, `every other port`, `every port but 80`. */
function chosen({ parts, all }: Constraint, one: string, several: string): string {
  const names = parts.filter(({ rest }) => !rest).map(({ name }) => name);
  if (!parts.some(({ rest }) => rest)) {
    const readable = one === 'host' ? withoutPorts(names) : names;
    const prefix = one === 'host' || one === 'server name' ? '' : `${readable.length === 1 ? one : several} `;
    const said = readable.map((name) => (name === NO_NAME ? `no ${one}` : name + exceptionsText(name, names, all)));
    return prefix + listed(said);
  }
  const mine = new Set(parts.map(({ name }) => name));
  const others = all.flatMap(({ name }) => (mine.has(name) ? [] : [name]));
  const except = one === 'host' ? withoutPorts(others) : others;
  return except.length > MAX_LISTED || except.length === 0
    ? `every other ${one}`
    : `every ${one} but ${listed(except.map((name) => (name === NO_NAME ? 'none' : name)))}`;
}

/** What a wildcard does not hold, as it is a part of its own: ` but a.example.com` */
function exceptionsText(wildcard: string, mine: readonly string[], all: readonly Part[]): string {
  if (!wildcard.startsWith('*.')) return '';
  const others = all.flatMap(({ name }) => (mine.includes(name) ? [] : [name]));
  const inside = others.filter((name) => name !== wildcard && bareName(name).endsWith(wildcard.slice(1)));
  return inside.length === 0 ? '' : ` but ${listed(withoutPorts(inside))}`;
}

const bareName = (name: string): string => name.replace(/:\d+$/, '');

/** A host that is there with and without its port is named once. */
export function withoutPorts(names: readonly string[]): string[] {
  const all = new Set(names);
  return [...new Set(names.map((name) => (all.has(name.replace(/:\d+$/, '')) ? name.replace(/:\d+$/, '') : name)))];
}

export function listed(items: readonly string[], conjunction = 'and', most = MAX_LISTED): string {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  const more = items.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} ${conjunction} ${all.at(-1)}`;
}
