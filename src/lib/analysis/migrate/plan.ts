/** From OSM's policies to Istio's resources: docs/migrate.md. */
import type { IstioMeshConfig } from '../../resources/istio-types.js';
import type { KubernetesObject } from '../../resources/types.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import { emitNamespace, type Group, type ThroughGateway } from './emit.js';
import { gatewayResources } from './emit-gateway.js';
import { inOrder, type Emitted, type Inexpressible } from './emit-parts.js';
import type { Demand, EgressGateway } from './emit-routed.js';
import { restOf, routedOf, type Routed } from './gateway-split.js';
import {
  grantsKey,
  grantsOf,
  type Grants,
  type GrantsFound,
  type L4Grant,
  type LeftOut,
  type PortGrants,
  routeKey,
} from './grants.js';
import { inKeyOrder } from './names.js';
import { selectorFor } from './selectors.js';

export type Identity = 'namespace' | 'workload' | 'gateway';

/** The Service of an egress gateway. */
export interface GatewayPlace {
  readonly namespace: string;
  readonly name: string;
}

export interface MigrationOptions extends Pick<SimulationOptions, 'resolve'> {
  /** How sources of one namespace are told apart; default: the least that keeps what they may do. */
  readonly identity?: Identity | undefined;
  /** Default: `istio-egressgateway`, in `istio-egress`. */
  readonly gateway?: (Pick<GatewayPlace, 'name'> & { readonly namespace?: string | undefined }) | undefined;
}

/** The egress gateway that a plan needs. */
export interface GatewayPlan {
  readonly place: GatewayPlace;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  /** Its Service is in the input. */
  readonly isKnown: boolean;
}

/** How the sources of a namespace are told apart. */
export interface NamespaceIdentity {
  readonly namespace: string;
  readonly identity: Identity;
  readonly sources: readonly Source[];
  /** They may do different things under OSM, and the resources do not tell them apart. */
  readonly isShared: boolean;
  /** Those that no labels of pods tell from others. */
  readonly indistinct: readonly Source[];
  /** Some of it cannot go through a gateway, and is told apart by labels of pods where these do. */
  readonly isPartly: boolean;
}

export interface MigrationPlan {
  /** In the order in which they are to be applied. */
  readonly emitted: readonly Emitted[];
  /** What istiod has to be told, besides. */
  readonly meshConfig: IstioMeshConfig;
  readonly identities: readonly NamespaceIdentity[];
  readonly leftOut: readonly (LeftOut & { readonly source: Source })[];
  readonly inexpressible: readonly Inexpressible[];
  readonly before: ReadonlyMap<string, Simulation>;
  /** UpstreamTrafficSettings whose limits are carried over. */
  readonly limited: ReadonlySet<KubernetesObject>;
  /** undefined: nothing goes through one. */
  readonly gateway: GatewayPlan | undefined;
}

interface Account {
  readonly source: Source;
  readonly simulation: Simulation;
  readonly found: GrantsFound;
}

/** @param sources everybody whose requests count: those that policies name, and others that are known */
export function planMigration(world: World, sources: readonly Source[], options: MigrationOptions = {}): MigrationPlan {
  const accounts = sources.map((source): Account => {
    const simulation = simulate(world, source, { resolve: options.resolve, onlyDeclaredPorts: true });
    return { source, simulation, found: grantsOf(simulation) };
  });
  const byNamespace = new Map<string, Account[]>();
  for (const namespace of world.namespaces.keys()) byNamespace.set(namespace, []);
  for (const account of accounts) {
    const { namespace } = account.source;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), account]);
  }
  const gateway = gatewayOf(world, accounts, options.gateway);
  const emitted: Emitted[] = [];
  const demands: Demand[] = [];
  const identities: NamespaceIdentity[] = [];
  const inexpressible: Inexpressible[] = [];
  const limited = new Set<KubernetesObject>();
  for (const [namespace, own] of inKeyOrder(byNamespace)) {
    if (!isInMesh(world, namespace, own)) continue;
    const { groups, identity, through } = groupsOf(world, namespace, own, gateway, options.identity);
    const emission = emitNamespace(namespace, groups, through);
    emitted.push(...emission.emitted);
    demands.push(...emission.demands);
    inexpressible.push(...emission.inexpressible);
    for (const setting of emission.limited) limited.add(setting);
    identities.push(identity);
  }
  emitted.push(...gatewayResources(gateway, demands));
  const { namespace, service: name, labels } = gateway;
  const ports = [...new Set(demands.map(({ port }) => port))].sort((one, other) => one - other);
  const isKnown = world.services.has(namespacedName(namespace, name));
  return {
    emitted: inOrder(emitted),
    meshConfig: {
      outboundTrafficPolicy: { mode: world.meshWideEgress ? 'ALLOW_ANY' : 'REGISTRY_ONLY' },
      pathNormalization: { normalization: 'NONE' },
    },
    identities,
    leftOut: accounts.flatMap(({ source, found }) => found.leftOut.map((one) => ({ ...one, source }))),
    inexpressible,
    limited,
    before: new Map(accounts.map(({ source, simulation }) => [sourceKey(source), simulation])),
    gateway: ports.length > 0 ? { place: { namespace, name }, labels, ports, isKnown } : undefined,
  };
}

const USUAL_GATEWAY: GatewayPlace = { namespace: 'istio-egress', name: 'istio-egressgateway' };

function gatewayOf(
  world: World,
  accounts: readonly Account[],
  { namespace = USUAL_GATEWAY.namespace, name }: NonNullable<MigrationOptions['gateway']> = USUAL_GATEWAY,
): EgressGateway {
  const given = world.services.get(namespacedName(namespace, name))?.spec.selector;
  // Istio's chart labels the pods by the name of the release
  const labels = given ?? { istio: name.replace(/^istio-/, '') };
  const uses = accounts.flatMap(({ found }) =>
    [...found.grants].flatMap(([port, { http, tls }]) => {
      const at = (kind: string) => (host: string) => [`${host} ${port}`, kind] as const;
      return [...[...http.keys()].map(at('http')), ...[...tls.keys()].map(at('tls'))];
    }),
  );
  const overHttp = new Set(uses.flatMap(([place, kind]) => (kind === 'http' ? [place] : [])));
  const twofold = new Set(uses.flatMap(([place, kind]) => (kind === 'tls' && overHttp.has(place) ? [place] : [])));
  return { namespace, service: name, labels, twofold };
}

export function sourceKey({ namespace, serviceAccount }: Source): string {
  return namespacedName(namespace, serviceAccount);
}

/** A namespace none of whose pods has a sidecar is under nobody's control, and stays so. */
function isInMesh(world: World, namespace: string, accounts: readonly Account[]): boolean {
  if (!world.isMonitored(namespace)) return false;
  return (
    accounts.length === 0 || accounts.some(({ simulation }) => simulation.sidecars.some(({ injected }) => injected))
  );
}

interface Grouping {
  readonly groups: Group[];
  readonly identity: NamespaceIdentity;
  readonly through?: ThroughGateway;
}

/** How the sources of a namespace are told apart: by the least that does it, or as is wanted. */
function groupsOf(
  world: World,
  namespace: string,
  accounts: readonly Account[],
  gateway: EgressGateway,
  wanted: Identity | undefined,
): Grouping {
  const differ = isMixed(accounts.map(({ found }) => grantsKey(found)));
  const pods = labelled(world, accounts);
  const viaGateway = routedThrough(gateway, namespace, accounts);
  const sources = accounts.map(({ source }) => source);
  const indistinct = differ ? pods.indistinct : [];
  const shared = { namespace, sources, indistinct, isShared: false, isPartly: false };
  const canTell = indistinct.length === 0;
  if (!differ || wanted === 'namespace') {
    return { groups: [groupOf(world, accounts)], identity: { ...shared, identity: 'namespace', isShared: differ } };
  }
  if (canTell && (wanted !== 'gateway' || !viaGateway))
    return { groups: pods.groups, identity: { ...shared, identity: 'workload' } };
  const isWholly = viaGateway !== undefined && !isMixed(viaGateway.rests);
  if (viaGateway && (wanted === 'gateway' || (wanted === undefined && isWholly))) {
    const through = { gateway, routed: viaGateway.routed };
    const isShared = !isWholly && !canTell;
    const groups = isWholly || isShared ? [groupOf(world, accounts)] : pods.groups;
    return { groups, identity: { ...shared, identity: 'gateway', isShared, isPartly: !isWholly }, through };
  }
  return { groups: [groupOf(world, accounts)], identity: { ...shared, identity: 'namespace', isShared: true } };
}

function isMixed(keys: readonly string[]): boolean {
  return new Set(keys).size > 1;
}

/** Everybody together. */
function groupOf(world: World, accounts: readonly Account[]): Group {
  const grants = unionOf(accounts.map(({ found }) => found.grants));
  const open = accounts.length > 0 ? accounts.every(({ found }) => found.open) : world.meshWideEgress;
  return { grants, open };
}

/** Those that may do anything, by labels of their pods. */
function labelled(world: World, accounts: readonly Account[]) {
  const granted = accounts.filter(({ found }) => grantsKey(found) !== NOTHING);
  const selectors = new Map(granted.map((account) => [account, selectorFor(world.pods, account.source)]));
  const groups = granted.map((account): Group => ({
    name: account.source.serviceAccount,
    selector: selectors.get(account),
    grants: account.found.grants,
    open: account.found.open,
  }));
  return { groups, indistinct: granted.filter((account) => !selectors.get(account)).map(({ source }) => source) };
}

/**
 * What may go through a gateway, and keys of the rest; undefined: nothing. Where everything passes that nothing is registered
 * for, a gateway is no barrier: what it refuses to one source another one may be meant to send past it.
 */
function routedThrough(
  gateway: EgressGateway,
  namespace: string,
  accounts: readonly Account[],
): { readonly routed: Routed; readonly rests: readonly string[] } | undefined {
  if (namespace === gateway.namespace || accounts.some(({ found }) => found.open)) return undefined;
  const routed = routedOf(accounts.map(({ source, found: { grants } }) => ({ source, grants })));
  if (routed.hosts.size + routed.names.size === 0) return undefined;
  return {
    routed,
    rests: accounts.map(({ found }) => grantsKey({ ...found, grants: restOf(found.grants, routed) })),
  };
}

const NOTHING = 'false []';

/** All that some sources may do together. */
function unionOf(all: readonly Grants[]): Grants {
  const union = new Map<number, PortGrants>();
  for (const grants of all) {
    for (const [number, port] of grants) {
      const known = union.get(number);
      if (!known) union.set(number, copyOf(port));
      else merge(known, port);
    }
  }
  return union;
}

function copyOf({ http, readsHttp, tls, tcp, dead, limits }: PortGrants): PortGrants {
  return {
    http: new Map(http),
    readsHttp,
    tls: new Map([...tls].map(([name, grant]) => [name, copyOfL4(grant)])),
    tcp: copyOfL4(tcp),
    dead: new Set(dead),
    limits,
  };
}

function copyOfL4({ any, networks, from }: L4Grant): L4Grant {
  return { any, networks: new Set(networks), from: [...from] };
}

function merge(known: PortGrants, { http, readsHttp, tls, tcp, dead, limits }: PortGrants): void {
  known.limits = [...known.limits, ...limits];
  for (const network of known.dead) if (!dead.has(network)) known.dead.delete(network);
  known.readsHttp ??= readsHttp;
  for (const [host, grant] of http) {
    const own = known.http.get(host);
    if (!own) known.http.set(host, grant);
    else {
      const routes = new Map([...own.routes, ...grant.routes].map((route) => [routeKey(route), route]));
      known.http.set(host, { ...own, routes: [...routes.values()], limits: [...own.limits, ...grant.limits] });
    }
  }
  for (const [name, grant] of tls) {
    const own = known.tls.get(name);
    if (!own) known.tls.set(name, copyOfL4(grant));
    else mergeL4(own, grant);
  }
  mergeL4(known.tcp, tcp);
}

function mergeL4(known: L4Grant, { any, networks, from }: L4Grant): void {
  known.any ||= any;
  for (const network of networks) known.networks.add(network);
  known.from.push(...from);
}
