import { parseAddressLiteral, partitionAddresses } from '../../simulator/address.js';
import { formatIpv4, formatNetwork, networkContains, type Ipv4Network } from '../../text/ip.js';
import { egressRouteConfigName } from '../../simulator/control-plane/egress.js';
import type { FilterChain, Route, VirtualHost } from '../../simulator/envoy/types.js';
import { createInterceptor, LOOPBACK } from '../../simulator/interception.js';
import { TargetError, targetFromUrl, type Target, type UrlOptions } from '../../simulator/request/index.js';
import type { Simulation } from '../../simulator/simulation.js';
import { differencesOn } from './levels.js';
import { sampleHeaders, samplePaths } from './sample-text.js';

/** Bounds on the probes of one source, so that a large mesh costs seconds at most. */
const MAX_PROBES = 50_000;
const MAX_NETWORKS = 1000;
const MAX_ROUTES = 50;

export interface ProbeSet {
  readonly targets: Iterable<Target>;
  /** False once the bounds have left something out; settled when `targets` has been read. */
  isComplete(): boolean;
}

/**
 * Requests on which programs of one source may differ: for each port, every name that a filter chain or a virtual host
 * of any knows and one that none knows, at an address of every part of the address space that their ranges cut out and that
 * they treat differently; as HTTP (with a request for each route), TLS with and without ALPN, and bytes of either side first.
 * @param ports only these; default: all ports of both programs
 */
export function probesFor(simulations: readonly Simulation[], ports?: ReadonlySet<number>): ProbeSet {
  let complete = true;
  function* generate(): Generator<Target> {
    let count = 0;
    for (const port of ports ?? portsOf(simulations)) {
      const facts = factsOf(simulations, port);
      complete &&= facts.complete;
      for (const target of probesOnPort(port, facts)) {
        if (++count > MAX_PROBES) {
          complete = false;
          return;
        }
        yield target;
      }
    }
  }
  return { targets: { [Symbol.iterator]: generate }, isComplete: () => complete };
}

function portsOf(simulations: readonly Simulation[]): Set<number> {
  const listeners = simulations.flatMap(({ program }) => program.listener ?? []);
  const chains = listeners.flatMap(({ filterChains }) => filterChains);
  const ports = new Set(chains.filter(({ origin }) => origin === 'egress').map(({ match }) => match.destinationPort));
  // Mesh-wide egress allows ports that no policy names.
  if (listeners.some(({ defaultFilterChain }) => defaultFilterChain)) {
    ports.add(UNUSUAL_PORTS.find((port) => !chains.some(({ match }) => match.destinationPort === port)) ?? 1);
  }
  return ports;
}

const UNUSUAL_PORTS = [8000, 8080, 9000, 10_000, 49_151];

interface PortFacts {
  /** Addresses to dial, one for each part of the address space; null: any address will do. */
  readonly addresses: readonly (string | null)[];
  /** Names without wildcard, in the order of the policies; the last is known to none of them. */
  readonly names: readonly string[];
  /** Requests that fit the routes of a name, besides `GET /`. */
  readonly requests: ReadonlyMap<string, readonly UrlOptions[]>;
  readonly complete: boolean;
}

function factsOf(simulations: readonly Simulation[], port: number): PortFacts {
  const chains = simulations.flatMap(({ program }) =>
    (program.listener?.filterChains ?? []).filter((chain) => isOnPort(chain, port)),
  );
  const virtualHosts = simulations.flatMap(
    ({ program }) => program.routeConfigurations.get(egressRouteConfigName(port))?.virtualHosts ?? [],
  );
  const written = [
    ...virtualHosts.map(({ domains }) => domains[0] ?? ''),
    ...chains.flatMap(({ match }) => match.serverNames),
  ]
    .map((name) => name.toLowerCase())
    .filter((name) => CLIENT_NAME.test(name));
  const known = new Set(written.filter((name) => !name.startsWith('*.')));
  for (const name of new Set(written)) if (name.startsWith('*.')) known.add(standIn(known, name.slice(1)));
  const names = [...known, standIn(known, '.example')];
  const networks = [
    ...new Map(chains.flatMap(({ match }) => match.networks).map((one) => [formatNetwork(one), one])).values(),
  ];
  return {
    addresses: addressesFor(simulations, port, networks.slice(0, MAX_NETWORKS)),
    names,
    requests: requestsFor(virtualHosts),
    complete: networks.length <= MAX_NETWORKS,
  };
}

function isOnPort({ origin, match }: FilterChain, port: number): boolean {
  return origin === 'egress' && match.destinationPort === port;
}

/** What a client can ask for, or a wildcard over it; nobody can reach a host that is written with a scheme or a port. */
const CLIENT_NAME = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

/** A name with the suffix that is not in the set. */
function standIn(names: ReadonlySet<string>, suffix: string): string {
  for (const label of ['other', 'www']) if (!names.has(label + suffix)) return label + suffix;
  let number = 1;
  while (names.has(`other-${number}${suffix}`)) number++;
  return `other-${number}${suffix}`;
}

function addressesFor(
  simulations: readonly Simulation[],
  port: number,
  networks: readonly Ipv4Network[],
): (string | null)[] {
  const intercepted = simulations.flatMap(({ world, source, pod }) => createInterceptor(world, source, pod).networks);
  const all = [...networks, ...intercepted];
  const cells = partitionAddresses(all, { networks: [LOOPBACK] });
  const differ = differencesOn(simulations, port);
  const concerned = cells.filter(({ witness }) => differ(witness));
  return cells.length === 1
    ? concerned.map(() => null)
    : concerned.map(({ witness }) => formatIpv4(hostAddress(witness, all)));
}

/** An address of the documentation's range that is unlikely to be in anyone's list. */
const UNREMARKABLE = 0xcb0071fe;

/** An address in the same networks that looks like a host's; the first of a network is its name. */
function hostAddress(address: number, networks: readonly Ipv4Network[]): number {
  const inSame = (other: number): boolean =>
    other < 2 ** 32 && networks.every((one) => networkContains(one, address) === networkContains(one, other));
  return [UNREMARKABLE, address + 1].find(inSame) ?? address;
}

function requestsFor(virtualHosts: readonly VirtualHost[]): Map<string, UrlOptions[]> {
  const requests = new Map<string, UrlOptions[]>();
  for (const { domains, routes } of virtualHosts) {
    const name = (domains[0] ?? '').toLowerCase();
    const samples = routes.slice(0, MAX_ROUTES).flatMap(requestsOf);
    requests.set(name, [...(requests.get(name) ?? []), ...samples]);
  }
  return requests;
}

/** Methods, paths and headers that a route matches: every path, and every header value, in one of them at least. */
function requestsOf({ pathRegex, method, headers }: Route): UrlOptions[] {
  const paths = samplePaths(pathRegex);
  // The Host header says which virtual host is meant, and is probed as it is.
  const values = headers
    .filter(({ name }) => !name.startsWith(':'))
    .map(({ name, regex }) => sampleHeaders(regex).map((value) => `${name}: ${value}`));
  if (paths.length === 0 || values.some((lines) => lines.length === 0)) return [];
  const count = Math.max(paths.length, ...values.map((lines) => lines.length));
  return Array.from({ length: count }, (_, index) => {
    const lines = values.map((candidates) => candidates[index % candidates.length]!);
    return {
      requestTarget: paths[index % paths.length]!,
      ...(lines.length > 0 && { headers: lines }),
      ...(method === 'HEAD' ? { head: true } : method !== null && method !== 'GET' && { method }),
    };
  });
}

function* probesOnPort(port: number, { addresses, names, requests }: PortFacts): Generator<Target> {
  for (const address of addresses) {
    for (const name of names) {
      const dial = dialOf(name, port, address);
      const seen = new Set<string>();
      for (const request of [{ requestTarget: '/' }, ...(requests.get(name) ?? [])]) {
        const key = JSON.stringify(request);
        if (seen.has(key)) continue;
        seen.add(key);
        const { requestTarget: path = '/', ...options } = request;
        yield* probe(`http://${name}:${port}${path}`, { ...options, ...dial });
      }
      yield* probe(`https://${name}:${port}/`, dial);
      yield* probe(`https://${name}:${port}/`, { ...dial, noAlpn: true });
    }
    const host = address ?? names.at(-1)!;
    yield* probe(`tcp://${host}:${port}`);
    yield* probe(`tcp://${host}:${port}`, { serverFirst: true });
    if (address === null) continue;
    yield* probe(`http://${address}:${port}/`);
    yield* probe(`https://${address}:${port}/`);
  }
}

function dialOf(name: string, port: number, address: string | null): UrlOptions {
  if (address === null) return {};
  if (parseAddressLiteral(name)) return { connectTo: [`${name}:${port}:${address}:${port}`] };
  return { resolve: [`${name}:${port}:${address}`] };
}

/** Names that no URL can hold are not probed: no client could send such a request with curl. */
function* probe(url: string, options: UrlOptions = {}): Generator<Target> {
  try {
    yield targetFromUrl(url, options);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
  }
}
