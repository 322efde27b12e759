/** Istio's resources for what sources of one namespace are granted. docs/migrate.md has the mapping. */
import type { L4Match, ServiceEntry } from '../../resources/istio-types.js';
import type { FieldRef, KubernetesObject } from '../../resources/types.js';
import { isWithin } from '../../simulator/istio/hosts.js';
import {
  isAddress,
  isUsed,
  type Grants,
  type HostGrant,
  type L4Grant,
  type Limits,
  type PortGrants,
} from './grants.js';
import {
  distinct,
  emittedObject,
  inOrder,
  isTaken,
  matchOf,
  NOT_FOUND,
  poolOf,
  portOf,
  type Emitted,
  type EmittedKind,
  type Inexpressible,
} from './emit-parts.js';
import { NOTHING_ROUTED, type Routed } from './gateway-split.js';
import { routedResources, type Demand, type EgressGateway } from './emit-routed.js';
import { INVENTED, inKeyOrder, nameOfHost, objectNames } from './names.js';
import { EVERYWHERE, networksIn, rangesOn } from './ranges.js';
import type { Labels } from './selectors.js';

/** Sources that are granted the same, and which pods they are. */
export interface Group {
  /** Part of names; undefined: everybody in the namespace. */
  readonly name?: string | undefined;
  readonly selector?: Labels | undefined;
  readonly grants: Grants;
  /** Connections for which nothing is registered pass, so that only routes make a difference. */
  readonly open: boolean;
}

export interface Emission {
  readonly emitted: readonly Emitted[];
  readonly inexpressible: readonly Inexpressible[];
  /** Settings whose limits are carried over. */
  readonly limited: ReadonlySet<KubernetesObject>;
  /** What an egress gateway has to let through. */
  readonly demands: readonly Demand[];
}

/** Where an egress gateway checks who asks. */
export interface ThroughGateway {
  readonly gateway: EgressGateway;
  readonly routed: Routed;
}

/** Services of the mesh, which stay within reach whatever leaves it. */
const IN_MESH = '*/*.svc.cluster.local';

/**
 * @param groups one for everybody, or those that may do more than everybody else, who may do nothing
 * @param through what of it goes through an egress gateway
 */
export function emitNamespace(namespace: string, groups: readonly Group[], through?: ThroughGateway): Emission {
  return new Emitter(namespace, groups, through).emit();
}

class Emitter {
  private readonly emitted: Emitted[] = [];
  private readonly inexpressible: Inexpressible[] = [];
  private readonly names = objectNames();
  /** What each group may import. */
  private readonly imports = new Map<Group, Set<string>>();
  /** What of a namespace everybody may import, because the gateway looks who asks. */
  private readonly importedByAll: string[] = [];
  private demands: readonly Demand[] = [];
  private readonly limited = new Set<KubernetesObject>();
  private readonly report = (one: Inexpressible): void => void this.inexpressible.push(one);
  private readonly routed: Pick<Routed, 'hosts' | 'names'>;

  constructor(
    private readonly namespace: string,
    private readonly groups: readonly Group[],
    private readonly through: ThroughGateway | undefined,
  ) {
    this.routed = through?.routed ?? NOTHING_ROUTED;
  }

  emit(): Emission {
    for (const group of this.groups) this.imports.set(group, new Set());
    this.httpHosts();
    this.throughGateway();
    for (const group of this.groups) {
      const l4 = group.open ? whereHttpIsRead(group.grants) : group.grants;
      if (!group.open) this.closed(group);
      this.tls(group, l4);
      this.tcp(group, l4);
    }
    this.sidecars();
    const { inexpressible, limited, demands } = this;
    return { emitted: inOrder(this.emitted), inexpressible, limited, demands };
  }

  private add(kind: EmittedKind, wanted: string, spec: object, from: readonly FieldRef[]): void {
    this.emitted.push(emittedObject(kind, this.namespace, this.names(kind, wanted), spec, from));
  }

  private serviceEntry(
    host: string,
    wanted: string,
    spec: Partial<ServiceEntry['spec']>,
    from: readonly FieldRef[],
    limitsOn: (port: number) => Limits,
  ): void {
    const pools = spec.ports!.flatMap(({ number }) => {
      const found = poolOf(limitsOn(number));
      if (found) this.limited.add(found.setting);
      return found ? [{ port: { number }, connectionPool: found.pool }] : [];
    });
    if (pools.length > 0) {
      const trafficPolicy = { portLevelSettings: pools };
      this.add('DestinationRule', wanted, { host, exportTo: ['.'], trafficPolicy }, from);
    }
    this.add('ServiceEntry', wanted, { hosts: [host], exportTo: ['.'], location: 'MESH_EXTERNAL', ...spec }, from);
  }

  private import(group: Group, host: string): void {
    this.imports.get(group)!.add(`./${host}`);
  }

  private throughGateway(): void {
    if (!this.through) return;
    const { gateway, routed } = this.through;
    const { names, report } = this;
    const { emitted, demands, imports, limited } = routedResources(this.namespace, gateway, routed, names, report);
    for (const setting of limited) this.limited.add(setting);
    this.emitted.push(...emitted);
    this.demands = demands;
    for (const { host, accounts } of imports) {
      this.importedByAll.push(`./${host}`);
      for (const group of this.groups) {
        if (accounts.has(group.name!)) this.import(group, host);
      }
    }
  }

  /** A host of plain HTTP: one entry with all its ports, and routes that end in 404. */
  private httpHosts(): void {
    const hosts = new Map<string, { readonly group: Group; readonly port: number; readonly grant: HostGrant }[]>();
    for (const group of this.groups) {
      for (const [port, { http }] of group.grants) {
        for (const [host, grant] of http) {
          if (!this.routed.hosts.has(host)) hosts.set(host, [...(hosts.get(host) ?? []), { group, port, grant }]);
        }
      }
    }
    for (const [host, uses] of inKeyOrder(hosts)) {
      const own = isAddress(host) ? `${host.replaceAll('.', '-')}.address${INVENTED}` : host;
      const from = distinct(uses.flatMap(({ grant }) => [grant.from, ...grant.routes.map((route) => route.from)]));
      if (!this.isAllowed(own, from[0]!, 'host')) continue;
      const ports = [...new Set(uses.map(({ port }) => port))].sort((a, b) => a - b);
      const http = ports.flatMap((port) => {
        const match = uses
          .filter((use) => use.port === port)
          .flatMap(({ group, grant }) =>
            grant.routes.flatMap((route) => matchOf(route, host, port, group.selector, this.report) ?? []),
          );
        const route = [{ destination: { host: own, port: { number: port } } }];
        return match.length > 0 ? [{ match, route }] : [];
      });
      const wanted = nameOfHost(host);
      this.add('VirtualService', wanted, { hosts: [own], exportTo: ['.'], http: [...http, NOT_FOUND] }, from);
      const place = isAddress(host)
        ? { addresses: [host], resolution: 'STATIC', endpoints: [{ address: host }] }
        : { resolution: 'DNS' };
      const limitsOn = (number: number) =>
        uses.filter(({ port }) => port === number).flatMap(({ grant }) => grant.limits);
      const spec = { ...place, ports: ports.map((number) => portOf('http', number)) };
      this.serviceEntry(own, wanted, spec, from, limitsOn);
      for (const { group } of uses) this.import(group, own);
    }
  }

  /** Server names: an entry for each name, or one for a port where names meet others or ranges. */
  private tls(group: Group, grants: Grants): void {
    const byName = new Map<string, { readonly port: number; readonly grant: L4Grant }[]>();
    for (const [port, { tls }] of grants) {
      for (const [name, grant] of tls) {
        if (this.routed.names.has(name) || !this.isAllowed(name, grant.from[0]!, 'server-name')) continue;
        byName.set(name, [...(byName.get(name) ?? []), { port, grant }]);
      }
    }
    const plain = this.namesOfTheirOwn(group, byName);
    for (const name of [...plain].sort()) {
      const uses = byName.get(name)!;
      const ports = uses.map(({ port }) => portOf('tls', port)).sort((a, b) => a.number - b.number);
      this.serviceEntry(
        name,
        nameOfHost(name),
        { resolution: 'NONE', ports },
        distinct(uses.flatMap(({ grant }) => grant.from)),
        limitsOf(group),
      );
      this.import(group, name);
    }
    const byPort = new Map<number, [name: string, grant: L4Grant][]>();
    for (const [name, uses] of inKeyOrder(byName)) {
      if (plain.has(name)) continue;
      for (const { port, grant } of uses) byPort.set(port, [...(byPort.get(port) ?? []), [name, grant]]);
    }
    for (const [port, names] of [...byPort].sort(([a], [b]) => a - b)) this.tlsPort(group, port, names);
  }

  /** Names without ranges that are no host of plain HTTP, and that no name of the other sort meets. */
  private namesOfTheirOwn(
    group: Group,
    byName: ReadonlyMap<string, readonly { readonly grant: L4Grant }[]>,
  ): ReadonlySet<string> {
    if (this.groups.length > 1) return new Set();
    const http = new Set([...group.grants.values()].flatMap((port) => [...port.http.keys()]));
    const isPlain = ([name, uses]: readonly [string, readonly { readonly grant: L4Grant }[]]) =>
      !http.has(name) && uses.every(({ grant }) => grant.networks.size === 0);
    const plain = new Set([...byName].filter(isPlain).map(([name]) => name));
    let before: number;
    do {
      before = plain.size;
      const others = [...byName.keys(), ...this.routed.names].filter((name) => !plain.has(name));
      for (const name of plain) {
        if (others.some((other) => isWithin(other, name) || isWithin(name, other))) plain.delete(name);
      }
    } while (before !== plain.size);
    return plain;
  }

  /** Names of a port under a host of its own, so that entries for plain HTTP keep their addresses. */
  private tlsPort(group: Group, port: number, names: readonly [string, L4Grant][]): void {
    const label = group.name === undefined ? `tls-${port}` : `tls-${port}-${group.name}`;
    const host = label + INVENTED;
    const byNetworks = new Map<string, string[]>();
    const addTo = (key: string, name: string) => byNetworks.set(key, [...(byNetworks.get(key) ?? []), name]);
    for (const [name, { any, networks }] of names) {
      if (any) addTo('', name);
      if (networks.size > 0) addTo([...networks].sort().join(), name);
    }
    const ranges = rangesOn(networksIn(group.grants.get(port)!));
    const match = inKeyOrder(byNetworks).flatMap(([key, sniHosts]): L4Match[] => {
      if (key === '') return [{ port, sniHosts }];
      const destinationSubnets = key.split(',').flatMap(ranges);
      return destinationSubnets.length > 0 ? [{ port, sniHosts, destinationSubnets }] : [];
    });
    if (match.length === 0) return;
    const from = distinct(names.flatMap(([, grant]) => grant.from));
    const route = [{ destination: { host, port: { number: port } } }];
    const hosts = [host, ...names.map(([name]) => name)];
    this.add('VirtualService', label, { hosts, exportTo: ['.'], tls: [{ match, route }] }, from);
    this.serviceEntry(host, label, { resolution: 'NONE', ports: [portOf('tls', port)] }, from, limitsOf(group));
    this.import(group, host);
  }

  /** Any bytes, to any address or to ranges. */
  private tcp(group: Group, all: Grants): void {
    const suffix = group.name === undefined ? '' : `-${group.name}`;
    for (const [port, grants] of [...all].sort(([a], [b]) => a - b)) {
      const { tcp } = grants;
      const ranges = rangesOn(networksIn(grants));
      const from = distinct(tcp.from);
      const entry = (label: string, spec: Partial<ServiceEntry['spec']>) => {
        const host = label + INVENTED;
        const ports = [portOf('tcp', port)];
        this.serviceEntry(host, label, { resolution: 'NONE', ports, ...spec }, from, limitsOf(group));
        this.import(group, host);
      };
      if (tcp.any) entry(`tcp-${port}${suffix}`, fallsBack(grants) ? {} : { addresses: ranges(EVERYWHERE) });
      const addresses = [...tcp.networks].sort().flatMap(ranges);
      if (addresses.length > 0) entry(`tcp-${port}${suffix}-ranges`, { addresses });
      if (tcp.any && needsReader(grants)) this.reader(group, port, grants.readsHttp!, suffix);
    }
  }

  /**
   * Networks that only chains ask for which let nothing through: what else the port lets through would get there. So would any bytes,
   * where they are what is left of a port, to networks of names; where it is one address, it would be a listener of its own.
   */
  private closed(group: Group): void {
    for (const [port, grants] of group.grants) {
      const { readsHttp, tls, tcp } = grants;
      if (!isUsed(grants)) continue;
      const named = [...tls].flatMap(([name, { networks }]) => (isTaken(name) ? [...networks] : []));
      const isLeft = tcp.any && readsHttp !== undefined;
      const granted = new Set([...tcp.networks, ...named.filter((network) => !isLeft || network.endsWith('/32'))]);
      const asked = networksIn(grants);
      const addresses = asked.filter((network) => !granted.has(network)).flatMap(rangesOn(asked));
      if (addresses.length === 0) continue;
      const label = group.name === undefined ? `closed-${port}` : `closed-${port}-${group.name}`;
      const host = label + INVENTED;
      const spec = { resolution: 'STATIC', ports: [portOf('tcp', port)], addresses };
      this.serviceEntry(host, label, spec, distinct(sourcesOf(grants)), () => []);
      this.import(group, host);
    }
  }

  /** A port that reads HTTP for no host: otherwise requests would pass as bytes. */
  private reader(group: Group, port: number, from: FieldRef, suffix: string): void {
    const label = `http-${port}${suffix}`;
    const host = label + INVENTED;
    this.add('VirtualService', label, { hosts: [host], exportTo: ['.'], http: [NOT_FOUND] }, [from]);
    this.serviceEntry(host, label, { resolution: 'STATIC', ports: [portOf('http', port)] }, [from], () => []);
    this.import(group, host);
  }

  /** One for the namespace, which closes it; and one for each workload that may do more than others. */
  private sidecars(): void {
    const spec = (hosts: readonly string[], open: boolean, more: object = {}) => ({
      ...more,
      egress: [{ hosts: [...hosts, IN_MESH] }],
      outboundTrafficPolicy: { mode: open ? 'ALLOW_ANY' : 'REGISTRY_ONLY' },
    });
    const everybody = this.groups.find(({ selector }) => selector === undefined);
    this.add('Sidecar', 'egress', spec(everybody ? ['./*'] : this.importedByAll, everybody?.open === true), []);
    for (const group of this.groups) {
      const { name, selector, grants, open } = group;
      const hosts = [...this.imports.get(group)!].sort();
      if (name === undefined || (hosts.length === 0 && !open)) continue;
      const from = distinct([...grants.values()].flatMap(sourcesOf));
      this.add('Sidecar', `egress-${name}`, spec(hosts, open, { workloadSelector: { labels: selector } }), from);
    }
  }

  private isAllowed(host: string, at: FieldRef, code: 'host' | 'server-name'): boolean {
    const isRefused = !isTaken(host);
    if (isRefused) this.inexpressible.push({ code, at, what: host });
    return !isRefused;
  }
}

/**
 * Where everything passes that nothing is registered for: ranges on ports that read HTTP, because within them nobody reads it.
 */
function whereHttpIsRead(grants: Grants): Grants {
  const ports = [...grants].flatMap(([number, port]): [number, PortGrants][] => {
    if (port.readsHttp === undefined) return [];
    const ranges = (grant: L4Grant): L4Grant => ({ ...grant, any: false });
    const tls = [...port.tls]
      .filter(([, { networks }]) => networks.size > 0)
      .map(([name, one]) => [name, ranges(one)] as const);
    return [[number, { ...port, tls: new Map(tls), tcp: ranges(port.tcp) }]];
  });
  return new Map(ports);
}

/** Limits of what is no HTTP. */
function limitsOf({ grants }: Group): (port: number) => Limits {
  return (port) => grants.get(port)!.limits;
}

/** May an entry for any bytes be what takes everything that no other one does? */
function fallsBack({ readsHttp, tls }: PortGrants): boolean {
  return readsHttp !== undefined || [...tls.values()].every(({ networks }) => networks.size === 0);
}

function needsReader({ http, readsHttp }: PortGrants): boolean {
  return readsHttp !== undefined && http.size === 0;
}

function sourcesOf({ http, tls, tcp }: PortGrants): FieldRef[] {
  return [...[...http.values()].map(({ from }) => from), ...[...tls.values()].flatMap(({ from }) => from), ...tcp.from];
}
