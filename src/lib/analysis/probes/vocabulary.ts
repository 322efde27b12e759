import type { Egress, HTTPMatch } from '../../resources/types.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { formatIpv4, parseCidr, parseIpv4, type Ipv4Network } from '../../text/ip.js';
import type { Resolver } from '../../simulator/names.js';
import type { Target } from '../../simulator/request/index.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';

/** What the policies and the seeds say about one port: the words that requests to it can be made of. */
export interface PortVocabulary {
  readonly port: number;
  /** Hosts as written, wildcards included. */
  readonly hosts: Set<string>;
  readonly networks: Map<string, Ipv4Network>;
  /** Route matches that policies refer to, by lower-case host. */
  readonly routes: Map<string, Set<HTTPMatch>>;
  readonly seeds: Target[];
}

export interface VocabularyLimits {
  readonly ports: number;
  readonly hostsPerPort: number;
  readonly networksPerPort: number;
  readonly matchesPerHost: number;
}

/** Ports that are looked at though no policy names them; nobody has a policy for the last. */
const USUAL_PORTS = [80, 443, 49151];

/** Policies that are read for words; the source's own come first, so the limit costs distant ones only. */
const MAX_POLICIES = 20_000;

/** Collects the vocabulary of a source, port by port: seeds' ports first, then those of its own policies, then the rest. */
export function vocabularyOf(
  world: World,
  source: Source,
  seeds: readonly Target[],
  resolve: Resolver,
  limits: VocabularyLimits,
): PortVocabulary[] {
  // a host that becomes allowed on one port may become so on others
  const seedNames = seeds.flatMap(namesOfSeed).map((name) => name.replace(/:\d+$/, ''));
  // on every port there is to be an address that is intercepted just as the seed's is
  const seedNetworks = seeds.flatMap((seed) => addressesOf(seed, resolve).slice(0, 1).flatMap(singleAddress));
  const ports = new Map<number, PortVocabulary>();
  const portOf = (port: number): PortVocabulary | undefined => {
    let known = ports.get(port);
    if (!known && ports.size < limits.ports) {
      known = { port, hosts: new Set(seedNames), networks: new Map(seedNetworks), routes: new Map(), seeds: [] };
      ports.set(port, known);
    }
    return known;
  };
  for (const seed of seeds) addSeed(portOf(seed.dial.port), seed, addressesOf(seed, resolve));
  for (const policy of policiesInOrder(world, source)) {
    for (const { number } of policy.spec.ports) {
      const known = portOf(number);
      if (known) addPolicy(known, world, policy, limits);
    }
  }
  for (const port of USUAL_PORTS) portOf(port);
  return [...ports.values()];
}

function namesOfSeed({ host, tls, http }: Target): string[] {
  return [host, tls?.sni, http?.authority].filter((name): name is string => Boolean(name));
}

function policiesInOrder(world: World, source: Source): Iterable<Egress> {
  const policies = new Set(world.policiesNaming(source).map(({ policy }) => policy));
  for (const policy of world.egresses) {
    if (policies.size >= MAX_POLICIES) break;
    policies.add(policy);
  }
  return policies;
}

function addressesOf({ dial: { host } }: Target, resolve: Resolver): readonly string[] {
  if (parseAddressLiteral(host)) return [host];
  const known = resolve(host.toLowerCase());
  return known === undefined || known === 'not-found' ? [] : known;
}

/** The addresses of a seed count as ranges, with the one next to each of them. */
function addSeed(known: PortVocabulary | undefined, seed: Target, addresses: readonly string[]): void {
  if (!known) return;
  known.seeds.push(seed);
  for (const host of namesOfSeed(seed)) known.hosts.add(host);
  for (const text of addresses.slice(0, 2)) {
    for (const [range, network] of singleAddress(text)) {
      known.networks.set(range, network);
      const neighbour = (network.base ^ 1) >>> 0;
      known.networks.set(`${formatIpv4(neighbour)}/32`, { base: neighbour, prefixLength: 32 });
    }
  }
}

function singleAddress(text: string): [range: string, network: Ipv4Network][] {
  const base = parseIpv4(text);
  return base === undefined ? [] : [[`${text}/32`, { base, prefixLength: 32 }]];
}

function addPolicy(known: PortVocabulary, world: World, policy: Egress, limits: VocabularyLimits): void {
  const { hosts = [], ipAddresses = [], matches = [] } = policy.spec;
  for (const text of ipAddresses) {
    const network = parseCidr(text);
    if (network && known.networks.size < limits.networksPerPort) known.networks.set(text, network);
  }
  const routes = matches.flatMap((match) => {
    if (match.kind !== 'HTTPRouteGroup') return [];
    return world.routeGroups.get(namespacedName(policy.metadata.namespace, match.name))?.spec.matches ?? [];
  });
  for (const host of hosts) {
    if (known.hosts.size >= limits.hostsPerPort) break;
    known.hosts.add(host);
    const key = host.toLowerCase();
    let ofHost = known.routes.get(key);
    if (!ofHost) known.routes.set(key, (ofHost = new Set()));
    for (const route of routes) if (ofHost.size < limits.matchesPerHost) ofHost.add(route);
  }
}
