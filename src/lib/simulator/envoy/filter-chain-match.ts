import { networksOf } from '../address.js';
import { ipv6NetworkContains, networkMask, parseIpv6 } from '../../text/ip.js';
import type { FilterChain, FilterChainMatch, Listener, NotUnderstood } from './types.js';

/** What Envoy knows about a connection when it chooses a filter chain. */
export interface ConnectionFacts {
  readonly port: number;
  readonly address: SieveAddress;
  /** Lower case; empty when not TLS, not sent, or not detected. */
  readonly serverName: string;
  /** In the client's order; empty when unknown. */
  readonly applicationProtocols: readonly string[];
}

/** An IPv4 address as an unsigned 32-bit integer, or the eight groups of an IPv6 address. */
export type SieveAddress = number | readonly number[];

export type MatchLevel = 'port' | 'address' | 'server-name' | 'application-protocol';

/** What remained of the chains after a level of the sieve; the lists are made when they are asked for. */
export interface SieveStep {
  readonly level: MatchLevel;
  /** The entry that won, in words of the configuration: a port, a range, a server name, a protocol; null: none. */
  readonly entry: string | null;
  readonly before: readonly FilterChain[];
  readonly after: readonly FilterChain[];
}

/** What is left to compare once port, address and server name are. */
export interface ProtocolLevel {
  readonly byProtocol: ReadonlyMap<string, FilterChain>;
  readonly any?: FilterChain;
}

/** What is left to compare once port and address are. */
export interface ServerNameLevel {
  readonly exact: ReadonlyMap<string, ProtocolLevel>;
  /** By suffix with its leading dot. */
  readonly wildcards: ReadonlyMap<string, ProtocolLevel>;
  readonly any?: ProtocolLevel;
}

type ProtocolDraft = { byProtocol: Map<string, FilterChain>; any?: FilterChain };
type ServerNameDraft = {
  exact: Map<string, ProtocolDraft>;
  wildcards: Map<string, ProtocolDraft>;
  any?: ProtocolDraft;
  /** Grows with the policies: what looks at all of it is kept. */
  chains?: readonly FilterChain[];
};

interface AddressLevel {
  readonly chains: FilterChain[];
  /** Of one of the chains. */
  notUnderstood?: NotUnderstood | undefined;
  /** Prefix lengths in use, longest first; 0 is a range of its own here. */
  prefixLengths: number[];
  readonly byPrefix: Map<number, Map<number, ServerNameDraft>>;
  /** By IPv6 network as it is written; few have any. */
  readonly ipv6: Map<string, ServerNameDraft>;
  any?: ServerNameDraft;
}

/** A matcher built once for a listener; a match costs look-ups only, however many chains there are. */
export interface FilterChainMatcher {
  /**
   * The chains that may take the connection: undefined where none matches. Two entries: `0.0.0.0/0` beside chains without
   * ranges, of which a proxy process uses one sort by chance. Egress semantics §5.
   */
  match(facts: ConnectionFacts, onStep?: (step: SieveStep) => void): readonly (FilterChain | undefined)[];
  chainsOnPort(port: number): readonly FilterChain[];
  /** What server names and protocols are compared with at this port and address; two entries as with `match`. */
  levelsAt(port: number, address: SieveAddress): readonly ServerNameLevel[];
  /** Whether one of the port's chains takes any address. */
  takesAnyAddress(port: number): boolean;
  /** A condition of one of the port's chains that is not understood, so that nobody can choose among them. */
  notUnderstoodOn(port: number): NotUnderstood | undefined;
}

const NO_CHAIN: readonly undefined[] = [undefined];

/** Builds the sieve of a listener that Envoy accepts. Egress semantics §5. */
export function createFilterChainMatcher(listener: Listener): FilterChainMatcher {
  const ports = new Map<number, AddressLevel>();
  for (const chain of listener.filterChains) {
    const port = chain.match.destinationPort;
    let level = ports.get(port);
    if (!level) ports.set(port, (level = newAddressLevel()));
    level.chains.push(chain);
    level.notUnderstood ??= chain.match.notUnderstood;
    insert(level, chain);
  }
  for (const level of ports.values()) level.prefixLengths = [...level.byPrefix.keys()].sort((a, b) => b - a);

  const anyPort = ports.get(0);
  const levelOf = (port: number) => ports.get(port) ?? anyPort;

  return {
    chainsOnPort: (port) => levelOf(port)?.chains ?? [],
    takesAnyAddress: (port) => levelOf(port)?.any !== undefined,
    notUnderstoodOn: (port) => levelOf(port)?.notUnderstood,
    levelsAt(port, address) {
      const level = levelOf(port);
      return level ? matchAddress(level, address).map((candidate) => candidate.level) : [];
    },
    match(facts, onStep) {
      const level = levelOf(facts.port);
      if (onStep) {
        const after = level?.chains ?? [];
        const entry = level ? (ports.has(facts.port) ? String(facts.port) : 'any port') : null;
        onStep({ level: 'port', entry, before: listener.filterChains, after });
      }
      if (!level) return NO_CHAIN;
      const byAddress = matchAddress(level, facts.address);
      if (onStep) reportAddress(level.chains, byAddress, onStep);
      if (byAddress.length === 0) return NO_CHAIN;
      const one = matchServerName(byAddress[0]!.level, facts, onStep);
      if (byAddress.length === 1) return [one];
      const other = matchServerName(byAddress[1]!.level, facts, onStep);
      return one === other ? [one] : [one, other];
    },
  };
}

function newAddressLevel(): AddressLevel {
  return { chains: [], prefixLengths: [], byPrefix: new Map(), ipv6: new Map() };
}

/** No range of either family parses, or none is there. */
export function matchesAnyAddress({
  networks,
  ipv6Networks,
}: Pick<FilterChainMatch, 'networks' | 'ipv6Networks'>): boolean {
  return networks.length === 0 && ipv6Networks.length === 0;
}

function insert(level: AddressLevel, chain: FilterChain): void {
  if (matchesAnyAddress(chain.match)) {
    insertServerNames((level.any ??= newServerNameLevel()), chain);
    return;
  }
  for (const { base, prefixLength } of chain.match.networks) {
    let bases = level.byPrefix.get(prefixLength);
    if (!bases) level.byPrefix.set(prefixLength, (bases = new Map<number, ServerNameDraft>()));
    let names = bases.get(base);
    if (!names) bases.set(base, (names = newServerNameLevel()));
    insertServerNames(names, chain);
  }
  for (const network of chain.match.ipv6Networks) {
    let names = level.ipv6.get(network);
    if (!names) level.ipv6.set(network, (names = newServerNameLevel()));
    insertServerNames(names, chain);
  }
}

/** How Envoy keeps a server name: in lower case, a leading `*.` as a mere dot, so that `*.x` and `.x` are one. */
export function serverNameKey(written: string): string {
  const name = written.toLowerCase();
  return name.startsWith('*.') ? name.slice(1) : name;
}

/** Does a policy's host, as the server name that it is for `https`, cover another? Egress semantics §5. */
export function serverNameCovers(written: string, serverName: string): boolean {
  const [key, found] = [serverNameKey(written), serverName.toLowerCase()];
  return key === found || key === '' || (key.startsWith('.') && found.endsWith(key));
}

function newServerNameLevel(): ServerNameDraft {
  return { exact: new Map(), wildcards: new Map() };
}

function insertServerNames(level: ServerNameDraft, chain: FilterChain): void {
  const { serverNames } = chain.match;
  if (serverNames.length === 0) insertProtocols((level.any ??= newProtocolLevel()), chain);
  for (const written of serverNames) {
    const name = serverNameKey(written);
    if (name === '') {
      insertProtocols((level.any ??= newProtocolLevel()), chain);
      continue;
    }
    const map = name.startsWith('.') ? level.wildcards : level.exact;
    let protocols = map.get(name);
    if (!protocols) map.set(name, (protocols = newProtocolLevel()));
    insertProtocols(protocols, chain);
  }
}

function newProtocolLevel(): ProtocolDraft {
  return { byProtocol: new Map() };
}

function insertProtocols(level: ProtocolDraft, chain: FilterChain): void {
  const { applicationProtocols } = chain.match;
  if (applicationProtocols.length === 0) level.any ??= chain;
  for (const protocol of applicationProtocols) level.byProtocol.set(protocol, chain);
}

interface AddressCandidate {
  readonly entry: string;
  readonly level: ServerNameDraft;
}

const ANY_ADDRESS = 'any address';

function matchAddress(level: AddressLevel, address: SieveAddress): AddressCandidate[] {
  if (typeof address !== 'number') return matchIpv6Address(level, address);
  for (const prefixLength of level.prefixLengths) {
    const base = (address & networkMask(prefixLength)) >>> 0;
    const names = level.byPrefix.get(prefixLength)!.get(base);
    if (!names) continue;
    const candidate = { entry: prefixLength === 0 ? '0.0.0.0/0' : `/${prefixLength}`, level: names };
    return prefixLength === 0 && level.any ? [candidate, { entry: ANY_ADDRESS, level: level.any }] : [candidate];
  }
  return level.any ? [{ entry: ANY_ADDRESS, level: level.any }] : [];
}

function matchIpv6Address(level: AddressLevel, address: readonly number[]): AddressCandidate[] {
  let best: { readonly prefixLength: number; readonly names: ServerNameDraft } | undefined;
  for (const [network, names] of level.ipv6) {
    const [base, prefix] = network.split('/') as [string, string];
    const prefixLength = Number(prefix);
    if (best && best.prefixLength >= prefixLength) continue;
    if (ipv6NetworkContains(parseIpv6(base)!, prefixLength, address)) best = { prefixLength, names };
  }
  if (best) return [{ entry: `/${best.prefixLength}`, level: best.names }];
  return level.any ? [{ entry: ANY_ADDRESS, level: level.any }] : [];
}

function matchServerName(
  level: ServerNameDraft,
  facts: ConnectionFacts,
  onStep?: (step: SieveStep) => void,
): FilterChain | undefined {
  const { serverName } = facts;
  let protocols = level.exact.get(serverName);
  let entry = protocols ? serverName : null;
  for (
    let dot = serverName.indexOf('.');
    !protocols && dot >= 0 && dot + 1 < serverName.length;
    dot = serverName.indexOf('.', dot + 1)
  ) {
    protocols = level.wildcards.get(serverName.slice(dot));
    if (protocols) entry = `*${serverName.slice(dot)}`;
  }
  if (!protocols && level.any) [protocols, entry] = [level.any, 'any server name'];
  if (onStep) {
    onStep({
      level: 'server-name',
      entry,
      get before() {
        return chainsOfServerNames(level);
      },
      after: protocols ? chainsOfProtocols(protocols) : [],
    });
  }
  if (!protocols) return undefined;
  const chain = matchProtocol(protocols, facts.applicationProtocols);
  if (onStep) {
    onStep({
      level: 'application-protocol',
      entry: chain
        ? (facts.applicationProtocols.find((protocol) => protocols.byProtocol.get(protocol) === chain) ??
          'any protocol')
        : null,
      before: chainsOfProtocols(protocols),
      after: chain ? [chain] : [],
    });
  }
  return chain;
}

function matchProtocol(level: ProtocolLevel, protocols: readonly string[]): FilterChain | undefined {
  for (const protocol of protocols) {
    const chain = level.byProtocol.get(protocol);
    if (chain) return chain;
  }
  return level.any;
}

function reportAddress(
  before: readonly FilterChain[],
  candidates: readonly AddressCandidate[],
  onStep: (step: SieveStep) => void,
): void {
  onStep({
    level: 'address',
    entry: candidates.length > 0 ? candidates.map(({ entry }) => entry).join(' or ') : null,
    before,
    get after() {
      const [one, ...others] = candidates.map(({ level }) => chainsOfServerNames(level));
      return others.length > 0 ? unique([one!, ...others].flat()) : (one ?? []);
    },
  });
}

function chainsOfServerNames(level: ServerNameDraft): readonly FilterChain[] {
  level.chains ??= unique(
    [...level.exact.values(), ...level.wildcards.values(), ...(level.any ? [level.any] : [])].flatMap(
      chainsOfProtocols,
    ),
  );
  return level.chains;
}

function chainsOfProtocols(level: ProtocolLevel): FilterChain[] {
  return unique([...level.byProtocol.values(), ...(level.any ? [level.any] : [])]);
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/** What a chain asks for. A range that does not parse is left out; without any range left the chain matches every address. */
export function chainMatch(
  destinationPort: number,
  prefixRanges: readonly string[],
  serverNames: readonly string[],
  applicationProtocols: readonly string[],
): FilterChainMatch {
  return { destinationPort, prefixRanges, ...networksOf(prefixRanges), serverNames, applicationProtocols };
}
