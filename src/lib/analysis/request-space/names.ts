/** What server names and Hosts are cut into: the names and wildcards of a configuration, less what is more specific. */
import type { ServerNameLevel } from '../../simulator/envoy/filter-chain-match.js';
import { bareHost } from '../../simulator/envoy/virtual-host.js';
import type { RouteTable } from '../../simulator/route-table.js';
import { ANY_PORT, domainLanguage, isSendableHost } from './request-languages.js';
import type { Language } from './languages.js';
import type { Part } from './types.js';
import { isHostName } from './witness.js';

export interface NamePart {
  readonly part: Part;
  /** A name that lies in it; null: none is sent. */
  readonly witness: string | null;
}

export interface NameParts {
  readonly parts: readonly NamePart[];
  readonly partOf: (name: string | null) => string;
}

/** No name of a configuration has a space. */
const OTHER: Part = { name: 'any other', rest: true };
const NO_NAME: Part = { name: 'no name' };

const SAMPLES = ['www', 'api', 'a', 'b', 'x'];

/** Names to try for a wildcard; the last ones are in nobody's list. */
function* labels(end: '' | '.'): Generator<string> {
  for (const sample of SAMPLES) yield sample + end;
  for (let number = 1; number < 1000; number++) yield `other-${number}${end}`;
}

/** Every server name that a client may send to a place in the sieve, or none. */
export function serverNameParts(levels: readonly ServerNameLevel[]): NameParts {
  const exact = new Set(levels.flatMap((level) => [...level.exact.keys()]).filter(isHostName));
  const wildcards = new Set(levels.flatMap((level) => [...level.wildcards.keys()]));
  const partOf = (name: string | null): string => {
    if (name === null) return NO_NAME.name;
    if (exact.has(name)) return name;
    for (let dot = name.indexOf('.'); dot >= 0 && dot + 1 < name.length; dot = name.indexOf('.', dot + 1)) {
      if (wildcards.has(name.slice(dot))) return `*${name.slice(dot)}`;
    }
    return OTHER.name;
  };
  const parts: NamePart[] = [...exact].sort().map((name) => ({ part: { name }, witness: name }));
  const findIn = (name: string, candidates: Iterable<string>) => {
    for (const candidate of candidates) if (isHostName(candidate) && partOf(candidate) === name) return candidate;
    return undefined;
  };
  for (const suffix of [...wildcards].sort()) {
    const name = `*${suffix}`;
    const witness = findIn(name, prepended(labels(''), suffix));
    if (witness !== undefined) parts.push({ part: { name }, witness });
  }
  parts.push({ part: OTHER, witness: findIn(OTHER.name, otherNames())! }, { part: NO_NAME, witness: null });
  return { parts, partOf };
}

function* prepended(starts: Iterable<string>, suffix: string): Generator<string> {
  for (const start of starts) yield start + suffix;
}

function* otherNames(): Generator<string> {
  yield 'example.com';
  for (const label of labels('.')) for (const rest of ['example.com', 'example.org', 'test']) yield label + rest;
}

/** Every Host that a client may send, as route tables tell them apart. */
export class HostParts implements NameParts {
  readonly parts: readonly NamePart[];
  private readonly domains: Set<string>;

  constructor(
    private readonly tables: readonly RouteTable[],
    port: number,
  ) {
    this.domains = new Set(
      tables.flatMap((table) =>
        table.configuration.virtualHosts.flatMap(({ domains }) => domains.map((domain) => nameIn(table, domain))),
      ),
    );
    this.domains.delete(OTHER.name);
    const isMarked = tables.some(({ configuration }) => configuration.ignoresPort);
    const unusual = port === 9999 ? ':9998' : ':9999';
    const found = new Map<string, string>();
    const offer = (candidate: string): boolean => {
      const name = isSendableHost(candidate) ? this.partOf(candidate) : undefined;
      if (name === undefined || found.has(name)) return false;
      found.set(name, candidate);
      return true;
    };
    const suffixes: string[] = [];
    const prefixes: string[] = [];
    for (const domain of [...this.domains].sort(usualFirst(port))) {
      const bare = withoutMark(domain);
      if (bare.startsWith('*')) suffixes.push(domain.slice(1));
      else if (bare.endsWith('*')) prefixes.push(bare.slice(0, -1));
      else offer(bare);
      if (bare !== domain && !bare.includes('*')) offer(bare + unusual);
    }
    for (const marked of suffixes) {
      const wanted = `*${marked}`;
      const suffix = withoutMark(marked);
      for (const end of isMarked ? ['', unusual] : ['']) {
        firstOf(
          prepended(labels(suffix.startsWith('.') ? '' : '.'), suffix),
          (text) => this.namesOf(text + end).includes(wanted) && offer(text + end),
        );
      }
    }
    for (const prefix of prefixes) {
      const wanted = `${prefix}*`;
      firstOf(labels(''), (text) => this.partOf(prefix + text) === wanted && offer(prefix + text));
      for (const suffix of suffixes) firstOf(labels(''), (text) => offer(`${prefix}${text}${withoutMark(suffix)}`));
    }
    firstOf(otherNames(), (name) => this.partOf(name) === OTHER.name && offer(port === 80 ? name : `${name}:${port}`));
    this.parts = [...found].map(([name, witness]) => ({ part: name === OTHER.name ? OTHER : { name }, witness }));
  }

  /** For each table the domain that a Host matches. */
  private namesOf(host: string): string[] {
    return this.tables.map((table) => {
      const domain = table.virtualHost(host)?.domain;
      return domain === undefined ? OTHER.name : nameIn(table, domain);
    });
  }

  partOf = (host: string | null): string => {
    const names = this.namesOf(host!);
    const [first, ...others] = new Set(names);
    if (others.length === 0) return first!;
    const exact = names.find((name) => name === host!.toLowerCase());
    if (exact !== undefined) return exact;
    // wildcards of several tables: what the longer ones imply goes without saying
    const apart = names.filter(
      (name) => name !== OTHER.name && !names.some((longer) => longer !== name && implies(longer, name)),
    );
    return [...new Set([first!, ...others].filter((name) => apart.includes(name)))].sort().join(' and ');
  };

  /** The language of a part; undefined where two wildcards meet. */
  languageOf(part: string): Language | undefined {
    const more = [...this.domains].filter((domain) => domain !== part);
    if (part === OTHER.name || part === '*')
      return domainLanguage(
        '*',
        more.filter((domain) => domain !== '*'),
      );
    if (part.includes(' and ')) return undefined;
    const hasPrefixes = [...this.domains].some((domain) => domain.endsWith('*') && domain !== '*');
    if (hasPrefixes && this.tables.length > 1) return this.languageIn(part);
    if (part.endsWith(ANY_PORT) || more.some((domain) => domain.endsWith(ANY_PORT))) {
      const isNamed = !part.includes('*') && !part.endsWith(ANY_PORT);
      const apart = more.filter((domain) => domain !== '*' && !implies(part, domain) && meet(part, domain));
      return domainLanguage(part, isNamed ? [] : apart);
    }
    if (part.startsWith('*')) {
      const suffix = part.slice(1);
      return domainLanguage(
        part,
        more.filter((domain) => domain !== '*' && domain.endsWith(suffix)),
      );
    }
    if (!part.endsWith('*')) return domainLanguage(part, []);
    const prefix = part.slice(0, -1);
    return domainLanguage(
      part,
      more.filter((domain) => (domain.startsWith(prefix) || domain.startsWith('*')) && domain !== '*'),
    );
  }

  /**
   * Of what the domains of all tables share that Hosts of a part match: one of them lies within the others, less what is compared
   * before any of them. undefined where none lies within all.
   */
  private languageIn(part: string): Language | undefined {
    const witness = this.parts.find((one) => one.part.name === part)?.witness;
    const names = typeof witness === 'string' ? this.namesOf(witness) : [];
    const narrowest = names.find((name) => names.every((other) => liesIn(name, other)));
    if (narrowest === undefined) return undefined;
    const before = names.flatMap((name, index) =>
      this.tables[index]!.configuration.virtualHosts.flatMap(({ domains }) =>
        domains
          .map((domain) => nameIn(this.tables[index]!, domain))
          .filter((domain) => domain !== OTHER.name && domain !== name && rank(domain) > rank(name)),
      ),
    );
    return domainLanguage(narrowest === OTHER.name ? '*' : narrowest, [...new Set(before)].sort());
  }
}

/** When a domain is compared: the greater number first. */
function rank(name: string): number {
  const bare = withoutMark(name);
  if (name === OTHER.name || name === '*') return 0;
  if (bare.startsWith('*')) return 1_000_000 + bare.length;
  return bare.endsWith('*') ? bare.length : 2_000_000;
}

/** Does every Host of the first belong to the other one? */
function liesIn(name: string, other: string): boolean {
  if (name === other || other === OTHER.name || other === '*') return true;
  if (name === OTHER.name || name === '*') return false;
  const [own, wanted] = [withoutMark(name), withoutMark(other)];
  const isMarked = own !== name;
  if (wanted.endsWith('*'))
    return !own.startsWith('*') && own.length > wanted.length - 1 && own.startsWith(wanted.slice(0, -1));
  if (wanted !== other) {
    const bare = isMarked ? own : bareHost(own);
    return wanted.startsWith('*') ? !own.endsWith('*') && liesIn(bare, wanted) : bare === wanted;
  }
  return (
    !isMarked &&
    wanted.startsWith('*') &&
    !own.endsWith('*') &&
    own.length > wanted.length - 1 &&
    own.endsWith(wanted.slice(1))
  );
}

/** How a part is named that a domain of the table gives: whether its port counts makes a difference. */
function nameIn({ configuration }: RouteTable, domain: string): string {
  const name = domain.toLowerCase();
  if (!configuration.ignoresPort) return name;
  // what answers for every other Host
  return name === '*' ? OTHER.name : name + ANY_PORT;
}

function withoutMark(name: string): string {
  return name.endsWith(ANY_PORT) ? name.slice(0, -ANY_PORT.length) : name;
}

/** Might a Host match both? */
function meet(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => withoutMark(name).replace(/:\d+$/, '').replace(/^\*/, ''));
  return a!.endsWith(b!) || b!.endsWith(a!);
}

/** Does every Host of the longer wildcard belong to the other one too? */
function implies(longer: string, name: string): boolean {
  if (longer === '*' || longer === OTHER.name) return false;
  if (name === '*') return true;
  return name.startsWith('*')
    ? longer.startsWith('*') && longer.endsWith(name.slice(1))
    : !longer.startsWith('*') && longer.startsWith(name.slice(0, -1));
}

function firstOf(candidates: Iterable<string>, accept: (candidate: string) => boolean): void {
  for (const candidate of candidates) if (accept(candidate)) return;
}

/** `host` before `host:80` on port 80, the other way round on other ports. */
function usualFirst(port: number): (a: string, b: string) => number {
  const key = (domain: string) => {
    const bare = domain.replace(/:\d+$/, '');
    const isUsual = port === 80 ? bare === domain : domain === `${bare}:${port}`;
    return [bare, isUsual ? 0 : 1, domain] as const;
  };
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) => {
    const [one, other] = [key(a), key(b)];
    return compare(one[0], other[0]) || compare(one[1], other[1]) || compare(one[2], other[2]);
  };
}
