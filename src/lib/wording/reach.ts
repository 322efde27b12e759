/** What a source reaches, in words: a few short texts for each column of a table. */
import type { ReachRow } from '../analysis/reach/reach.js';
import type { Constraint, Part, RequestClass, Term, Undecided } from '../analysis/request-space/types.js';
import type { InterceptionRule } from '../simulator/interception.js';
import { headerText, NO_NAME, networkNames, pathText, withoutPorts } from './request-class.js';
import { destinationText, obstacleText } from './verdict.js';

/** Whatever it is. */
export const ANY = '*';

/** The columns of a row. A list with nothing but `*` does not bind. */
export interface ReachCells {
  readonly hosts: readonly string[];
  readonly ports: readonly string[];
  /** `http`, `https`, `tcp`, `tcp-server-first`, or the clients that get through. */
  readonly protocol: string;
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly addresses: readonly string[];
  /** What else a request must have: headers, a version, an application protocol. */
  readonly needs: readonly string[];
}

export function reachCells({ classes }: Pick<ReachRow, 'classes'>): ReachCells {
  const [first] = classes as [RequestClass];
  const constraints = new Map(first.constraints.map((constraint) => [constraint.dimension, constraint]));
  const protocol = protocolOf(classes);
  return {
    hosts: hostsOf(classes, protocol),
    ports: names(constraints.get('port')),
    protocol,
    methods: methodsOf(constraints),
    paths: termTexts(constraints.get('path'), pathText),
    addresses: addressesOf(constraints),
    needs: needsOf(classes, constraints),
  };
}

/** The parts of a dimension that all of the classes together have. */
function united(classes: readonly RequestClass[], dimension: string): Constraint | undefined {
  const found = classes.map(({ constraints }) => constraints.find((one) => one.dimension === dimension));
  if (found.some((constraint) => !constraint)) return undefined;
  const parts = new Map(found.flatMap((constraint) => constraint!.parts.map((part) => [part.name, part] as const)));
  return { dimension, parts: [...parts.values()], all: found[0]!.all };
}

function protocolOf(classes: readonly RequestClass[]): string {
  const clients = united(classes, 'client');
  const speakers = clients?.parts.map(({ name }) => name) ?? [];
  if (speakers.length === 0 || speakers.length === 4) return 'tcp';
  if (speakers.length > 1) return `tcp (${speakers.map((name) => CLIENTS[name]!.short).join(', ')})`;
  return CLIENTS[speakers[0]!]!.alone;
}

const CLIENTS: Readonly<Record<string, { readonly alone: string; readonly short: string }>> = {
  tls: { alone: 'https', short: 'TLS' },
  http: { alone: 'http', short: 'HTTP' },
  bytes: { alone: 'tcp (neither TLS nor HTTP)', short: 'other bytes' },
  waits: { alone: 'tcp-server-first', short: 'server first' },
};

function hostsOf(classes: readonly RequestClass[], protocol: string): string[] {
  if (protocol === 'http') return names(united(classes, 'host'), withoutPorts);
  return names(united(classes, 'server-name')).map((name) => (name === NO_NAME ? 'TLS without a server name' : name));
}

/** The names of the parts, or all `but` those that are missing where the rest is among them. */
function names(constraint: Constraint | undefined, readable = (list: readonly string[]) => [...list]): string[] {
  if (!constraint) return [ANY];
  const { parts, all } = constraint;
  if (!parts.some(({ rest }) => rest)) return readable(parts.map(({ name }) => name));
  const mine = new Set(parts.map(({ name }) => name));
  const others = readable(all.flatMap(({ name }) => (mine.has(name) ? [] : [name])));
  return [others.length === 0 ? ANY : `${ANY} but ${others.join(', ')}`];
}

function methodsOf(by: ReadonlyMap<string, Constraint>): string[] {
  const method = by.get('method');
  if (method) return methodTexts(method);
  const kinds = by.get('method-kind')?.parts.map(({ name }) => name);
  if (!kinds || kinds.includes('usual')) return [ANY];
  return kinds.map((kind) => (kind === 'unknown' ? 'methods that HTTP does not know' : kind));
}

/** Methods are words, so `every method but GET and PUT` together with `GET` is every method but `PUT`. */
function methodTexts({ parts }: Constraint): string[] {
  const terms = parts.flatMap((part) => part.terms ?? []);
  const plain = (pattern: string) => pattern.replaceAll('\\', '');
  const named = terms.flatMap(({ matching, notMatching }) =>
    matching.length === 1 && notMatching.length === 0 ? matching.map(plain) : [],
  );
  const isNamed = new Set(named);
  const open = terms.find(({ matching }) => matching.length === 0);
  if (!open || named.length + 1 < terms.length) return terms.map((term) => termText(term, plain));
  const except = open.notMatching.map(plain).filter((method) => !isNamed.has(method));
  return [except.length === 0 ? ANY : `${ANY} but ${except.join(', ')}`];
}

function termTexts(constraint: Constraint | undefined, text: (pattern: string) => string): string[] {
  const terms = constraint?.parts.flatMap((part) => part.terms ?? []) ?? [];
  return terms.length === 0 ? [ANY] : terms.map((term) => termText(term, text));
}

function termText({ matching, notMatching }: Term, text: (pattern: string) => string): string {
  const wanted = matching.length === 0 ? ANY : matching.map(text).join(' and ');
  return notMatching.length === 0 ? wanted : `${wanted} but ${notMatching.map(text).join(', ')}`;
}

const DESTINATIONS: Readonly<Record<string, string>> = { IPv4: 'IPv4', loopback: 'the pod itself', IPv6: 'IPv6' };

/** Of constraints that many classes share. */
const networks = new WeakMap<Constraint, string[]>();

function networksOf(address: Constraint, kind: string): string[] {
  let texts = networks.get(address);
  if (!texts) networks.set(address, (texts = networkTexts(address, kind)));
  return texts;
}

function networkTexts(address: Constraint, kind: string): string[] {
  const isRest = ({ rest }: Part) => rest === true;
  if (!address.parts.some(isRest)) return networkNames(address.parts);
  const mine = new Set(address.parts);
  const others = networkNames(address.all.filter((part) => !mine.has(part)));
  return [`${kind === 'loopback' ? 'the pod itself' : ANY} but ${others.join(', ')}`];
}

function addressesOf(by: ReadonlyMap<string, Constraint>): string[] {
  const kinds = by.get('destination')?.parts.map(({ name }) => name) ?? [];
  const address = by.get('address');
  if (kinds.length !== 1 || (kinds[0] !== 'IPv4' && !address))
    return kinds.length === 0 ? [ANY] : kinds.map((kind) => DESTINATIONS[kind]!);
  if (!address) return [ANY];
  return networksOf(address, kinds[0]!);
}

function needsOf(classes: readonly RequestClass[], by: ReadonlyMap<string, Constraint>): string[] {
  const headers = [...by.values()].filter(({ dimension }) => dimension.startsWith('header ')).map(headerText);
  const authority = by.get('authority');
  const host = authority ? [`a Host ${termTexts(authority, (pattern) => pattern).join(' or ')}`] : [];
  const alpn = united(classes, 'alpn')?.parts.map(({ name, rest }) => (rest ? 'none of HTTP/1' : name)) ?? [];
  const versions = united(classes, 'version')?.parts.map(({ name }) => name) ?? [];
  const unusual = versions.length > 0 && !versions.includes('1.1');
  return [
    ...headers,
    ...host,
    ...(alpn.length > 0 ? [`ALPN ${alpn.join(' or ')}`] : []),
    ...(unusual ? [versions.map((version) => `HTTP/${version}`).join(' or ')] : []),
  ];
}

const RULES: Readonly<Record<InterceptionRule, string>> = {
  udp: 'UDP is not intercepted',
  'no-sidecar': 'there is no sidecar',
  'proxy-user': 'the container runs as Envoy’s user',
  ipv6: 'IPv6 is not intercepted',
  loopback: 'it is the pod itself',
  'excluded-interface': 'the network interface is excluded',
  'excluded-range': 'the range is excluded',
  'excluded-port': 'the port is excluded',
  'not-in-included-range': 'it is in none of the included ranges',
  'in-included-range': '',
  'included-port': '',
  'nothing-included': 'nothing is included in interception',
  'everything-else': '',
};

/** How requests of the row get out, where no policy is the answer; undefined where one is. */
export function wayText({ way, rules, endings }: ReachRow): string | undefined {
  switch (way) {
    case 'policy':
      return undefined;
    case 'mesh-service': {
      const clusters = endings.flatMap(({ destination }) => destination?.cluster ?? []);
      return `in the mesh: ${[...new Set(clusters)].join(', ')}`;
    }
    case 'mesh-wide-egress':
      return 'mesh-wide egress is on';
    case 'past-envoy':
      return `past Envoy: ${rules.map((rule) => RULES[rule]).join(', ')}`;
    case 'pod-itself':
      return 'the pod itself: something listens there';
    case undefined:
      return 'not known';
  }
}

/** Why it is not sure that requests of the row get out. */
export function doubtText({ verdict, classes, obstacles }: ReachRow): string | undefined {
  if (verdict === 'allowed') return undefined;
  if (obstacles.length > 0) return `perhaps: ${obstacles.map(obstacleText).join('; ')}`;
  return verdict === 'unpredictable'
    ? 'perhaps, by chance'
    : `perhaps, it depends: ${classes[0]!.witness.command} tells more with egress explain`;
}

/** Where requests of the row end up, each place once. */
export function destinationTexts({ endings, classes }: ReachRow): string[] {
  const isWitness = new Set(classes.map(({ witness }) => witness.dial.host));
  return [
    ...new Set(
      endings.flatMap(({ destination }) => {
        if (!destination) return [];
        // the address of the witness is one of many
        return isWitness.has(destination.host) || isWitness.has(destination.address ?? '')
          ? ['the address dialled']
          : [destinationText(destination)];
      }),
    ),
  ];
}

/** Where a bound was met, without the objects. */
export function undecidedText({ dimension, bound, limit, port, domains }: Undecided): string {
  const hosts = withoutPorts(domains);
  const shown = hosts.slice(0, 3).join(', ') + (hosts.length > 3 ? ` and ${hosts.length - 3} more` : '');
  const what = bound === 'states' ? 'states' : 'parts';
  return `too large to decide here: the ${dimension} on port ${port} of ${shown} has more than ${limit} ${what}`;
}
