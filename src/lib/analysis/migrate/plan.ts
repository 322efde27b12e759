/** From OSM's policies to Istio's resources: docs/migrate.md. */
import type { IstioMeshConfig } from '../../resources/istio-types.js';
import type { Pod } from '../../resources/types.js';
import { accountOf } from '../../resources/workloads.js';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulation.js';
import { namespacedName, type Source, type World } from '../../simulator/world.js';
import { emitNamespace, type Emitted, type Group, type Inexpressible } from './emit.js';
import {
  grantsKey,
  grantsOf,
  type Grants,
  type GrantsFound,
  type L4Grant,
  type LeftOut,
  type PortGrants,
  type RouteGrant,
} from './grants.js';
import { selectorFor } from './selectors.js';

export type Identity = 'namespace' | 'workload';

export interface MigrationOptions extends Pick<SimulationOptions, 'resolve'> {
  /** How sources of one namespace are told apart; default: the least that keeps what they may do. */
  readonly identity?: Identity | undefined;
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
  for (const namespace of world.namespaces.keys()) if (world.isMonitored(namespace)) byNamespace.set(namespace, []);
  for (const account of accounts) {
    const { namespace } = account.source;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), account]);
  }
  const emitted: Emitted[] = [];
  const identities: NamespaceIdentity[] = [];
  const inexpressible: Inexpressible[] = [];
  for (const [namespace, own] of [...byNamespace].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isInMesh(world, namespace, own)) continue;
    const { groups, identity } = groupsOf(world, namespace, own, options.identity);
    const emission = emitNamespace(namespace, groups);
    emitted.push(...emission.emitted);
    inexpressible.push(...emission.inexpressible);
    identities.push(identity);
  }
  const rank = ({ object: { kind } }: Emitted) => ['Sidecar', 'VirtualService', 'ServiceEntry'].indexOf(kind);
  return {
    emitted: emitted.toSorted((one, other) => rank(one) - rank(other)),
    meshConfig: {
      outboundTrafficPolicy: { mode: world.meshWideEgress ? 'ALLOW_ANY' : 'REGISTRY_ONLY' },
      pathNormalization: { normalization: 'NONE' },
    },
    identities,
    leftOut: accounts.flatMap(({ source, found }) => found.leftOut.map((one) => ({ ...one, source }))),
    inexpressible,
    before: new Map(accounts.map(({ source, simulation }) => [sourceKey(source), simulation])),
  };
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

function groupsOf(
  world: World,
  namespace: string,
  accounts: readonly Account[],
  wanted: Identity | undefined,
): { readonly groups: Group[]; readonly identity: NamespaceIdentity } {
  const keys = new Set(accounts.map(({ found }) => grantsKey(found)));
  const differ = keys.size > 1;
  const granted = accounts.filter(({ found }) => grantsKey(found) !== NOTHING);
  const selectors = new Map(granted.map((account) => [account, selectorFor(world.pods, account.source)]));
  const indistinct = differ ? granted.filter((account) => !selectors.get(account)).map(({ source }) => source) : [];
  const canTell = indistinct.length === 0;
  const identity = wanted === 'namespace' || !differ ? 'namespace' : canTell ? 'workload' : 'namespace';
  const shared = { namespace, identity, sources: accounts.map(({ source }) => source), indistinct } as const;
  if (identity === 'namespace') {
    const grants = unionOf(accounts.map(({ found }) => found.grants));
    const open = accounts.length > 0 ? accounts.every(({ found }) => found.open) : world.meshWideEgress;
    return {
      groups: [{ name: undefined, selector: undefined, grants, open }],
      identity: { ...shared, isShared: differ },
    };
  }
  const groups = granted.map((account): Group => ({
    name: account.source.serviceAccount,
    selector: selectors.get(account),
    grants: account.found.grants,
    open: account.found.open,
  }));
  return { groups, identity: { ...shared, isShared: false } };
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

function copyOf({ http, readsHttp, tls, tcp, dead }: PortGrants): PortGrants {
  return {
    http: new Map([...http].map(([host, grant]) => [host, { ...grant, routes: [...grant.routes] }])),
    readsHttp,
    tls: new Map([...tls].map(([name, grant]) => [name, copyOfL4(grant)])),
    tcp: copyOfL4(tcp),
    dead: new Set(dead),
  };
}

function copyOfL4({ any, networks, from }: L4Grant): L4Grant {
  return { any, networks: new Set(networks), from: [...from] };
}

function merge(known: PortGrants, { http, readsHttp, tls, tcp, dead }: PortGrants): void {
  for (const network of known.dead) if (!dead.has(network)) known.dead.delete(network);
  known.readsHttp ??= readsHttp;
  for (const [host, grant] of http) {
    const own = known.http.get(host);
    if (!own) known.http.set(host, { ...grant, routes: [...grant.routes] });
    else own.routes.push(...grant.routes.filter((route) => !own.routes.some((other) => sameRoute(route, other))));
  }
  for (const [name, grant] of tls) {
    const own = known.tls.get(name);
    if (!own) known.tls.set(name, copyOfL4(grant));
    else mergeL4(own, grant);
  }
  mergeL4(known.tcp, tcp);
}

function sameRoute(one: RouteGrant, other: RouteGrant): boolean {
  const text = ({ pathRegex, method, headers }: RouteGrant) => JSON.stringify([pathRegex, method, headers]);
  return text(one) === text(other);
}

function mergeL4(known: L4Grant, { any, networks, from }: L4Grant): void {
  known.any ||= any;
  for (const network of networks) known.networks.add(network);
  known.from.push(...from.filter((ref) => !known.from.includes(ref)));
}

/** The pods of a source, as far as they are known. */
export function podsOf(world: World, { namespace, serviceAccount }: Source): Pod[] {
  return world.pods.filter(
    (pod) => (pod.metadata.namespace ?? 'default') === namespace && accountOf(pod) === serviceAccount,
  );
}
