/** Resources of a namespace that lead its sources to an egress gateway, which looks at who asks. docs/migrate.md. */
import type { HTTPMatchRequest, L4Match } from '../../resources/istio-types.js';
import type { FieldRef, KubernetesObject } from '../../resources/types.js';
import type { HeaderMatcher } from '../../simulator/envoy/types.js';
import type { Source } from '../../simulator/world.js';
import {
  distinct,
  emittedObject,
  matchOf,
  NOT_FOUND,
  poolOf,
  portOf,
  type Emitted,
  type EmittedKind,
  type Inexpressible,
} from './emit-parts.js';
import { networksOn, takesName, type Member, type Routed } from './gateway-split.js';
import { routeKey, type RouteGrant } from './grants.js';
import { INVENTED, inKeyOrder, nameOfHost } from './names.js';
import { rangesOn } from './ranges.js';

/** Where an egress gateway is. */
export interface EgressGateway {
  readonly namespace: string;
  /** Of its Service. */
  readonly service: string;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** `HOST PORT` of which somebody sends both HTTP and TLS, which the gateway tells apart by the name alone. */
  readonly twofold: ReadonlySet<string>;
}

/** Something that the gateway has to let some sources send. */
export interface Demand {
  readonly kind: 'http' | 'tls';
  /** Of the sources. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** By which the gateway knows what is sent, and who may. */
  readonly serverName: string;
  readonly sources: readonly Source[];
  readonly from: readonly FieldRef[];
}

export interface RoutedResources {
  readonly emitted: readonly Emitted[];
  readonly demands: readonly Demand[];
  /** Settings whose limits are carried over. */
  readonly limited: ReadonlySet<KubernetesObject>;
  /** Hosts that Sidecars import, with the ServiceAccounts that may use them. */
  readonly imports: readonly { readonly host: string; readonly accounts: ReadonlySet<string> }[];
}

function hostOfGateway({ service, namespace }: EgressGateway): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** The resources in the namespace of the sources; what the gateway needs besides is demanded. */
export function routedResources(
  namespace: string,
  gateway: EgressGateway,
  routed: Routed,
  names: (kind: string, wanted: string) => string,
  report: (one: Inexpressible) => void,
): RoutedResources {
  return new RoutedEmitter(namespace, gateway, routed, names, report).emit();
}

/** What the same sources may send. */
interface Part<T> {
  readonly members: readonly Member[];
  readonly what: T[];
}

class RoutedEmitter {
  private readonly emitted: Emitted[] = [];
  private readonly demands: Demand[] = [];
  private readonly imports: { readonly host: string; readonly accounts: ReadonlySet<string> }[] = [];
  private readonly subsets: object[] = [];
  private readonly limited = new Set<KubernetesObject>();

  constructor(
    private readonly namespace: string,
    private readonly gateway: EgressGateway,
    private readonly routed: Routed,
    private readonly names: (kind: string, wanted: string) => string,
    private readonly report: (one: Inexpressible) => void,
  ) {}

  emit(): RoutedResources {
    for (const host of [...this.routed.hosts].sort()) this.http(host);
    for (const port of this.ports(({ tls }) => [...tls.keys()].some((name) => this.routed.names.has(name)))) {
      this.tls(port);
    }
    const { emitted, demands, imports, subsets, limited } = this;
    if (subsets.length > 0) {
      const from = distinct(demands.flatMap((demand) => demand.from));
      const spec = { host: hostOfGateway(this.gateway), exportTo: ['.'], subsets };
      this.add('DestinationRule', 'egress-gateway', spec, from);
    }
    return { emitted, demands, imports, limited };
  }

  private add(kind: EmittedKind, wanted: string, spec: object, from: readonly FieldRef[]): void {
    this.emitted.push(emittedObject(kind, this.namespace, this.names(kind, wanted), spec, from));
  }

  private ports(isWanted: (port: NonNullable<ReturnType<Member['grants']['get']>>) => boolean): number[] {
    const all = this.routed.members.flatMap(({ grants }) =>
      [...grants].filter(([, port]) => isWanted(port)).map(([number]) => number),
    );
    return [...new Set(all)].sort((a, b) => a - b);
  }

  /** A host of plain HTTP: its routes lead to the gateway, in parts by who may send what they match. */
  private http(host: string): void {
    const ports = this.ports(({ http }) => http.has(host));
    const from: FieldRef[] = [];
    const accounts = new Set<string>();
    const routes = ports.flatMap((port) => {
      const uses = new Map<string, { readonly route: RouteGrant; readonly members: Member[] }>();
      for (const member of this.routed.members) {
        const grant = member.grants.get(port)?.http.get(host);
        if (!grant) continue;
        from.push(grant.from, ...grant.routes.map((route) => route.from));
        accounts.add(member.source.serviceAccount);
        for (const route of grant.routes) {
          const key = routeKey(route);
          const known = uses.get(key);
          if (known) known.members.push(member);
          else if (this.matchOf(route, host, port)) uses.set(key, { route, members: [member] });
        }
      }
      const parts = partsOf(withMeets([...uses.values()].map(({ route, members }) => [members, route] as const)));
      return parts.flatMap(({ members, what }, index) => {
        const match = what.flatMap((route) => this.matchOf(route, host, port) ?? []);
        if (match.length === 0) return [];
        const place = { kind: 'http', host, port, part: parts.length > 1 ? index + 1 : undefined } as const;
        return [
          {
            match,
            route: [
              this.demand(
                place,
                members,
                what.map((route) => route.from),
              ),
            ],
          },
        ];
      });
    });
    const wanted = nameOfHost(host);
    const origins = distinct(from);
    this.add('VirtualService', wanted, { hosts: [host], exportTo: ['.'], http: [...routes, NOT_FOUND] }, origins);
    this.entry(
      host,
      wanted,
      { resolution: 'DNS', ports: ports.map((port) => portOf('http', port)) },
      origins,
      accounts,
    );
  }

  private matchOf(route: RouteGrant, host: string, port: number): HTTPMatchRequest | undefined {
    return matchOf(route, host, port, undefined, this.report);
  }

  /** Names of TLS on a port: for each network that anybody's chains ask for it may be others who may send them. */
  private tls(port: number): void {
    const { members } = this.routed;
    const networks = networksOn(port, members);
    const ranges = rangesOn(networks);
    const names = [...this.routed.names].filter((name) =>
      members.some(({ grants }) => grants.get(port)?.tls.has(name)),
    );
    const from: FieldRef[] = [];
    const accounts = new Set<string>();
    const rules = names.sort().flatMap((name) => {
      const own = distinct(members.flatMap(({ grants }) => grants.get(port)?.tls.get(name)?.from ?? []));
      from.push(...own);
      const parts = partsOf(
        ['', ...networks].map((network) => {
          const may = members.filter(({ grants }) => takesName(grants.get(port), name, network));
          return [may, network] as const;
        }),
      );
      return parts.flatMap(({ members: those, what }, index) => {
        const place = { kind: 'tls', host: name, port, part: parts.length > 1 ? index + 1 : undefined } as const;
        const subnets = what.filter((network) => network !== '').flatMap(ranges);
        const match: L4Match[] = [
          ...(what.includes('') ? [{ port, sniHosts: [name] }] : []),
          ...(subnets.length > 0 ? [{ port, sniHosts: [name], destinationSubnets: subnets }] : []),
        ];
        if (match.length === 0) return [];
        for (const { source } of those) accounts.add(source.serviceAccount);
        return [{ match, route: [this.demand(place, those, own)] }];
      });
    });
    const label = `tls-${port}-gateway`;
    const host = label + INVENTED;
    const origins = distinct(from);
    this.add('VirtualService', label, { hosts: [host, ...names], exportTo: ['.'], tls: rules }, origins);
    this.entry(host, label, { resolution: 'NONE', ports: [portOf('tls', port)] }, origins, accounts);
  }

  private entry(
    host: string,
    wanted: string,
    spec: object,
    from: readonly FieldRef[],
    accounts: ReadonlySet<string>,
  ): void {
    this.add('ServiceEntry', wanted, { hosts: [host], exportTo: ['.'], location: 'MESH_EXTERNAL', ...spec }, from);
    this.imports.push({ host, accounts });
  }

  /** Where a part is sent: to a subset of the gateway, which stands for a name that the gateway sees. */
  private demand(
    { kind, host, port, part }: Pick<Demand, 'kind' | 'host' | 'port'> & { readonly part: number | undefined },
    members: readonly Member[],
    from: readonly FieldRef[],
  ) {
    const { namespace } = this;
    const isPlain = part === undefined && this.isAlike(host) && !this.gateway.twofold.has(`${host} ${port}`);
    const label = part === undefined ? `${kind}-${port}` : `${kind}-${port}-${part}`;
    const serverName = isPlain ? host : `${label}.${namespace}.${host}${INVENTED}`;
    const subset = this.names('subset', `${label}-${nameOfHost(host)}`);
    const limits = members.flatMap(({ grants }) => {
      const own = grants.get(port)!;
      return kind === 'http' ? own.http.get(host)!.limits : own.limits;
    });
    const found = poolOf(limits);
    if (found) this.limited.add(found.setting);
    const settings = {
      port: { number: port },
      ...(found && { connectionPool: found.pool }),
      tls: { mode: 'ISTIO_MUTUAL', sni: serverName },
    };
    this.subsets.push({ name: subset, trafficPolicy: { portLevelSettings: [settings] } });
    this.demands.push({
      ...{ kind, namespace, host, port, serverName, from: distinct(from) },
      sources: members.map(({ source }) => source),
    });
    return { destination: { host: hostOfGateway(this.gateway), port: { number: port }, subset } };
  }

  /** May the same sources send all that is sent to a host? The gateway sees no more than a name. */
  private isAlike(host: string): boolean {
    const { members } = this.routed;
    const uses = this.ports(({ http, tls }) => http.has(host) || tls.has(host)).flatMap((port) => {
      const places = ['', ...networksOn(port, members)];
      const may = (member: Member, kind: Demand['kind']) => {
        const own = member.grants.get(port);
        return kind === 'http' ? own?.http.has(host) : places.some((place) => takesName(own, host, place));
      };
      return (['http', 'tls'] as const).map((kind) => keyOf(members.filter((member) => may(member, kind))));
    });
    return new Set(uses.filter((key) => key !== '')).size === 1;
  }
}

function keyOf(members: readonly Member[]): string {
  return members
    .map(({ source }) => source.serviceAccount)
    .sort()
    .join();
}

type RouteUse = readonly [members: readonly Member[], route: RouteGrant];

/** More are not made: what two of many routes match is then for the one that is asked first. */
const MAX_ROUTES = 64;

/** Besides routes of different members what matches both of two, which is for both. */
function withMeets(uses: readonly RouteUse[]): RouteUse[] {
  const all = new Map(uses.map((use) => [routeKey(use[1]), use]));
  for (const [one, route] of all.values()) {
    for (const [other, second] of [...all.values()]) {
      const members = [...new Set([...one, ...other])];
      const both = members.length > one.length && members.length > other.length && meetOf(route, second);
      if (!both || all.size >= MAX_ROUTES) continue;
      const known = all.get(routeKey(both))?.[0] ?? [];
      all.set(routeKey(both), [[...new Set([...known, ...members])], both]);
    }
  }
  return [...all.values()];
}

/** What both match; undefined: nothing, or nothing that one match of a VirtualService says. */
function meetOf(one: RouteGrant, other: RouteGrant): RouteGrant | undefined {
  if (one.method !== null && other.method !== null && one.method !== other.method) return undefined;
  const paths = new Set([one.pathRegex, other.pathRegex].filter((regex) => regex !== '.*'));
  const headers = new Map<string, HeaderMatcher>();
  for (const header of [...one.headers, ...other.headers]) {
    if ((headers.get(header.name)?.regex ?? header.regex) !== header.regex) return undefined;
    headers.set(header.name, header);
  }
  if (paths.size > 1) return undefined;
  const [pathRegex = '.*'] = paths;
  const inOrder = inKeyOrder(headers).map(([, header]) => header);
  return { pathRegex, method: one.method ?? other.method, headers: inOrder, from: one.from };
}

/** What the same members may send, the most members first: of routes that overlap the first one counts. */
function partsOf<T>(uses: readonly (readonly [members: readonly Member[], what: T])[]): Part<T>[] {
  const parts = new Map<string, Part<T>>();
  for (const [members, what] of uses) {
    if (members.length === 0) continue;
    const key = keyOf(members);
    const known = parts.get(key);
    if (known) known.what.push(what);
    else parts.set(key, { members, what: [what] });
  }
  return inKeyOrder(parts)
    .sort(([, one], [, other]) => other.members.length - one.members.length)
    .map(([, part]) => part);
}
