/** What OSM really lets a source do, read from its compiled program and not from what its policies seem to say. */
import type { Cluster, FilterChain, HeaderMatcher, Route } from '../../simulator/envoy/types.js';
import { matchesAnyAddress, serverNameKey } from '../../simulator/envoy/filter-chain-match.js';
import type { Simulation } from '../../simulator/simulation.js';
import { canResolve, stoppingLimits } from '../../simulator/upstream.js';
import type { FieldRef } from '../../resources/types.js';
import { formatNetwork, parseIpv4 } from '../../text/ip.js';
import { inKeyOrder } from './names.js';

/** Requests to a host that a route takes. */
export interface RouteGrant {
  readonly pathRegex: string;
  readonly method: string | null;
  readonly headers: readonly HeaderMatcher[];
  readonly from: FieldRef;
}

/** Where TLS or TCP may go. */
export interface L4Grant {
  /** The address does not matter. */
  any: boolean;
  /** Networks, as `192.0.2.0/24`. */
  readonly networks: Set<string>;
  readonly from: FieldRef[];
}

/** What definitions of a cluster say of its limits; null: nothing. */
export type Limits = Cluster['limits'];

/** Requests to a host; without routes every request is answered 404. */
export interface HostGrant {
  readonly routes: RouteGrant[];
  readonly from: FieldRef;
  readonly limits: Limits;
}

export interface PortGrants {
  /** By host, in lower case. */
  readonly http: Map<string, HostGrant>;
  /** A port that reads HTTP, whether or not a host of it can be reached. */
  readsHttp?: FieldRef | undefined;
  /** By server name, `*.example.com` included. */
  readonly tls: Map<string, L4Grant>;
  /** Any bytes. */
  readonly tcp: L4Grant;
  /** Networks of chains that nothing gets into, and beside which nothing else is asked. */
  readonly dead: Set<string>;
  /** Of what is no HTTP. */
  limits: Limits;
}

export type Grants = ReadonlyMap<number, PortGrants>;

/** Something that a policy says and that never worked, or that Istio cannot say. */
export interface LeftOut {
  readonly code:
    | 'listener-refused'
    | 'routes-refused'
    | 'clusters-refused'
    | 'host-unresolvable'
    | 'host-with-dot'
    | 'server-first-port'
    | 'limit-lets-nothing-through'
    | 'ipv6-only';
  readonly at: FieldRef;
  readonly port: number | null;
  /** The host, or the range. */
  readonly what: string;
}

export interface GrantsFound {
  readonly grants: Grants;
  /** Everything that nothing is registered for passes. */
  readonly open: boolean;
  readonly leftOut: readonly LeftOut[];
}

type LeaveOut = (code: LeftOut['code'], chain: FilterChain, what: string, at?: FieldRef) => void;

/** What a source's program lets through, the chains of the mesh's own services left out. */
export function grantsOf(simulation: Simulation): GrantsFound {
  const { program, dataPlane, listenerRefusals } = simulation;
  const grants = new Map<number, PortGrants>();
  const leftOut: LeftOut[] = [];
  const { listener } = program;
  const nothing = { grants, open: false, leftOut };
  if (!listener) return nothing;
  const chains = listener.filterChains.filter(({ origin }) => origin === 'egress');
  const leaveOut: LeaveOut = (code, { match, sources }, what, at = sources[0]!) => {
    leftOut.push({ code, at, port: match.destinationPort, what });
  };
  if (listenerRefusals.length > 0) {
    for (const chain of chains) leaveOut('listener-refused', chain, chain.name);
    return nothing;
  }
  if (dataPlane.upstream.state === 'refused') {
    for (const chain of chains) leaveOut('clusters-refused', chain, chain.name);
    return nothing;
  }
  for (const chain of chains) {
    const { match, target, sources } = chain;
    const port = portOf(grants, match.destinationPort);
    const undetected = listener.detectionDisabledPorts.has(match.destinationPort);
    const looks = match.serverNames.some((name) => serverNameKey(name) !== '') || match.applicationProtocols.length > 0;
    if (undetected && looks) {
      closeNetworks(port, chain);
      leaveOut('server-first-port', chain, chain.name);
      continue;
    }
    if (target.filter === 'http_connection_manager') {
      port.readsHttp ??= sources[0]!;
      addHosts(simulation, chain, target.routeConfigName, port, leaveOut);
      continue;
    }
    // one for all bytes of a port, with the limits of all policies
    const cluster = program.clusters.get(target.clusters[0]!.clusters[0]!.name)!;
    if (!lets(cluster, 'tcp_proxy')) {
      closeNetworks(port, chain);
      leaveOut('limit-lets-nothing-through', chain, chain.name);
      continue;
    }
    port.limits = cluster.limits;
    const any = matchesAnyAddress(match);
    if (!any && match.networks.length === 0) {
      leaveOut('ipv6-only', chain, match.prefixRanges.join(', '));
      continue;
    }
    const keys = match.serverNames.map(serverNameKey);
    if (keys.length === 0 || keys.includes('')) grantL4(port.tcp, chain, any);
    for (const key of keys) {
      if (key === '') continue;
      const name = key.startsWith('.') ? `*${key}` : key;
      let grant = port.tls.get(name);
      if (!grant) port.tls.set(name, (grant = { any: false, networks: new Set(), from: [] }));
      grantL4(grant, chain, any);
    }
  }
  return { grants, open: listener.defaultFilterChain !== undefined, leftOut };
}

function portOf(grants: Map<number, PortGrants>, number: number): PortGrants {
  let port = grants.get(number);
  if (!port) {
    const tcp = { any: false, networks: new Set<string>(), from: [] };
    const empty = { http: new Map(), tls: new Map(), tcp, dead: new Set<string>() };
    grants.set(number, (port = { ...empty, limits: [] }));
  }
  return port;
}

function closeNetworks({ dead }: PortGrants, { match }: FilterChain): void {
  // beside a range of everything others are asked too
  for (const network of match.networks) if (network.prefixLength > 0) dead.add(formatNetwork(network));
}

function grantL4(grant: L4Grant, { match, sources }: FilterChain, any: boolean): void {
  grant.any ||= any;
  for (const network of match.networks) {
    // to Istio a range of everything is no range
    if (network.prefixLength === 0) grant.any = true;
    else grant.networks.add(formatNetwork(network));
  }
  grant.from.push(...sources);
}

/** Whether a cluster lets anything through. */
function lets(cluster: Cluster, filter: 'http_connection_manager' | 'tcp_proxy'): boolean {
  return stoppingLimits(cluster, filter).length < cluster.limits.length;
}

function addHosts(
  simulation: Simulation,
  chain: FilterChain,
  routeConfigName: string,
  port: PortGrants,
  leaveOut: LeaveOut,
): void {
  const table = simulation.dataPlane.routeTables.get(routeConfigName)!;
  if (table.state === 'refused') {
    for (const { domains, source } of table.configuration.virtualHosts) {
      leaveOut('routes-refused', chain, domains[0]!, source);
    }
    return;
  }
  for (const { domains, routes, source } of table.configuration.virtualHosts) {
    const written = domains[0]!;
    const host = written.toLowerCase();
    const cluster = simulation.program.clusters.get(`${written}:${chain.match.destinationPort}`)!;
    if (!canResolve(written)) {
      leaveOut('host-unresolvable', chain, written, source);
      continue;
    }
    if (host.endsWith('.')) {
      leaveOut('host-with-dot', chain, written, source);
      continue;
    }
    if (!lets(cluster, 'http_connection_manager')) {
      leaveOut('limit-lets-nothing-through', chain, written, source);
      continue;
    }
    port.http.set(host, { routes: routes.map(routeGrant), from: source, limits: cluster.limits });
  }
}

function routeGrant({ pathRegex, method, headers, source }: Route): RouteGrant {
  return { pathRegex, method, headers, from: source };
}

export function isAddress(host: string): boolean {
  return parseIpv4(host) !== undefined;
}

/** What is granted, as a text that is equal where equal requests get through. */
export function grantsKey({ grants, open }: Pick<GrantsFound, 'grants' | 'open'>): string {
  const ofL4 = ({ any, networks }: L4Grant) => [any, [...networks].sort()];
  const ports = JSON.stringify(
    [...grants]
      .filter(([, port]) => isUsed(port) || (open && port.readsHttp !== undefined))
      .sort(([a], [b]) => a - b)
      .map(([number, { http, readsHttp, tls, tcp, dead }]) => [
        number,
        readsHttp !== undefined,
        inKeyOrder(http).map(([host, { routes }]) => [host, routes.map(routeKey)]),
        inKeyOrder(tls).map(([name, grant]) => [name, ofL4(grant)]),
        ofL4(tcp),
        [...dead].sort(),
      ]),
  );
  return `${open} ${ports}`;
}

/** Does a port let anything through? */
export function isUsed({ http, tls, tcp }: PortGrants): boolean {
  return http.size > 0 || tls.size > 0 || isGranted(tcp);
}

export function isGranted({ any, networks }: L4Grant): boolean {
  return any || networks.size > 0;
}

/** The same for routes that take the same requests. */
export function routeKey({ pathRegex, method, headers }: RouteGrant): string {
  return JSON.stringify([pathRegex, method, headers]);
}
