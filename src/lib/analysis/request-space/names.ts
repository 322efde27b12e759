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

/** Names to try before each of the ends; the last ones are in nobody's list. */
function* labels(...ends: string[]): Generator<string> {
  for (const end of ends) {
    for (const sample of SAMPLES) yield sample + end;
    for (let number = 1; number < 100; number++) yield `other-${number}${end}`;
  }
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
    const witness = findIn(name, labels(suffix));
    if (witness !== undefined) parts.push({ part: { name }, witness });
  }
  parts.push({ part: OTHER, witness: findIn(OTHER.name, otherNames())! }, { part: NO_NAME, witness: null });
  return { parts, partOf };
}

function* prepended(start: string, ends: Iterable<string>): Generator<string> {
  for (const end of ends) yield start + end;
}

function* otherNames(): Generator<string> {
  yield 'example.com';
  for (const label of labels('.')) for (const rest of ['example.com', 'example.org', 'test']) yield label + rest;
}

/** Every Host that a client may send, as route tables tell them apart. */
export class HostParts implements NameParts {
  readonly parts: readonly NamePart[];

  constructor(
    private readonly tables: readonly RouteTable[],
    port: number,
  ) {
    const named = new Set(tables.flatMap(domainsOf));
    const isMarked = tables.some(({ configuration }) => configuration.ignoresPort);
    const unusual = endOfNone(named);
    const found = new Map<string, string>();
    const offer = (candidate: string): boolean => {
      const name = isSendableHost(candidate) ? this.partOf(candidate) : undefined;
      if (name === undefined || found.has(name)) return false;
      found.set(name, candidate);
      return true;
    };
    const ends = isMarked ? ['', unusual] : [''];
    /** Offers Hosts until one lies in no other domain but those that hold all of the wildcard. */
    const offerOf = (wanted: string, candidates: Iterable<string>): void => {
      const isAlone = (name: string) => liesIn(withoutMark(wanted), withoutMark(name));
      firstOf(candidates, (host) => {
        const names = this.namesOf(host);
        if (names.includes(wanted)) offer(host);
        return names.every(isAlone);
      });
    };
    const suffixes: string[] = [];
    const prefixes: string[] = [];
    for (const domain of [...named].sort(usualFirst(port))) {
      const bare = withoutMark(domain);
      if (bare.startsWith('*')) suffixes.push(domain);
      else if (bare.endsWith('*')) prefixes.push(domain);
      else for (const end of bare === domain ? [''] : ends) offer(bare + end);
    }
    for (const wanted of suffixes) {
      const suffix = withoutMark(wanted).slice(1);
      for (const end of ends)
        offerOf(wanted, labels(...(suffix.startsWith('.') ? [''] : ['.', '']).map((dot) => dot + suffix + end)));
    }
    for (const wanted of prefixes) {
      const prefix = withoutMark(wanted).slice(0, -1);
      for (const end of ends) {
        offerOf(wanted, prepended(prefix, labels(end)));
        for (const suffix of suffixes)
          firstOf(labels(withoutMark(suffix).slice(1) + end), (text) => offer(prefix + text));
      }
    }
    const usual = port === 80 ? [''] : [`:${port}`, ''];
    firstOf(otherNames(), (name) => this.partOf(name) === OTHER.name && usual.some((end) => offer(name + end)));
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

  /**
   * The language of a part: of the domains that its Hosts match, one of each table, one lies within the others; less what is
   * compared before any of them. undefined where none lies within all, as where two wildcards meet.
   */
  languageOf(part: string): Language | undefined {
    const { witness } = this.parts.find((one) => one.part.name === part)!;
    const names = this.namesOf(witness!);
    const found = names.find((name) => names.every((other) => liesIn(name, other)));
    if (found === undefined) return undefined;
    const narrowest = found === OTHER.name ? '*' : found;
    const before = this.tables.flatMap((table, index) =>
      domainsOf(table).filter((domain) => rank(domain) > rank(names[index]!) && meet(narrowest, domain)),
    );
    return domainLanguage(narrowest, [...new Set(before)].sort());
  }
}

/** When a domain is compared: the greater number first. */
function rank(name: string): number {
  const bare = withoutMark(name);
  if (name === OTHER.name || name === '*') return 0;
  if (bare.startsWith('*')) return 1_000_000 + bare.length;
  return bare.endsWith('*') ? bare.length : 2_000_000;
}

/** Does every Host of the first belong to the other one? There is a Host that matches both. */
function liesIn(name: string, other: string): boolean {
  if (name === other || other === OTHER.name || other === '*') return true;
  if (name === OTHER.name) return false;
  const [own, wanted] = [withoutMark(name), withoutMark(other)];
  if (wanted.endsWith('*')) return own.startsWith(wanted.slice(0, -1));
  if (wanted !== other) return liesIn(bareHost(own), wanted);
  return own === name && wanted.startsWith('*') && !own.endsWith('*') && own.endsWith(wanted.slice(1));
}

/** How a part is named that a domain of the table gives: whether its port counts makes a difference. */
function nameIn({ configuration }: RouteTable, domain: string): string {
  const name = domain.toLowerCase();
  if (!configuration.ignoresPort) return name;
  // what answers for every other Host
  return name === '*' ? OTHER.name : name + ANY_PORT;
}

/** The domains that a table compares a Host with. */
function domainsOf(table: RouteTable): string[] {
  return table.configuration.virtualHosts.flatMap(({ domains }) => domains.map((domain) => nameIn(table, domain)));
}

function withoutMark(name: string): string {
  return name.endsWith(ANY_PORT) ? name.slice(0, -ANY_PORT.length) : name;
}

/** Might a Host match both? Only where they surely have none in common is the answer no. */
function meet(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) => withoutMark(name).replace(/:\d+$/, ''));
  const [isPrefix, isOtherPrefix] = [a!, b!].map((name) => name.endsWith('*'));
  if (isPrefix !== isOtherPrefix && (a!.startsWith('*') || b!.startsWith('*'))) return true;
  const [text, otherText] = [a!, b!].map((name) => name.replace('*', '')) as [string, string];
  return isPrefix || isOtherPrefix
    ? text.startsWith(otherText) || otherText.startsWith(text)
    : text.endsWith(otherText) || otherText.endsWith(text);
}

/** Does every Host of the longer wildcard belong to the other one too? */
function implies(longer: string, name: string): boolean {
  if (longer === '*' || longer === OTHER.name) return false;
  if (name === '*') return true;
  return name.startsWith('*')
    ? longer.startsWith('*') && longer.endsWith(name.slice(1))
    : !longer.startsWith('*') && longer.startsWith(name.slice(0, -1));
}

/** A port that none of the names ends with. */
function endOfNone(names: ReadonlySet<string>): string {
  for (let port = 9999; ; port--) {
    const end = `:${port}`;
    if (![...names].some((name) => name.endsWith(end))) return end;
  }
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
