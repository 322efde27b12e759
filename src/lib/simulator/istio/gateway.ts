import type {
  ClientTls,
  DestinationRule,
  Gateway,
  GatewayServer,
  VirtualService,
} from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { UNLIMITED, type Cluster, type Route, type RouteConfiguration, type VirtualHost } from '../envoy/types.js';
import { valueAt } from '../../text/plain-data.js';
import { fieldRef, nameOf, type Source } from '../world.js';
import { authorizationFor, type Authorization } from './authorization.js';
import { choicesOf, clusterName, clustersOf } from './clusters.js';
import { ruleFor } from './destination-rules.js';
import { homeOf, hostsOf, isWildcard, isWithin, meet, quoteRegex, selects } from './hosts.js';
import { ANY_REQUEST, bothOf, type RouteConditions } from './http-match.js';
import { isAmong, isFor, rulesOf, type RuleContext } from './l4.js';
import { routesOf } from './routes.js';
import { isVisible, scopeOf, type SidecarScope } from './scope.js';
import type { MeshPort, MeshService } from './services.js';
import { kindOfProtocol } from './protocols.js';
import type { IstioWorld } from './world.js';

/** What the sidecar's cluster leads to: a proxy that Gateways select. */
interface Behind {
  readonly cluster: string;
  readonly service: MeshService;
  readonly port: MeshPort;
  /** Of the DestinationRule; empty: none. */
  readonly subset: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly gateways: readonly Gateway[];
}

/** Why a gateway takes no connection of the sidecar. */
interface Refusal {
  readonly why: string;
  readonly at: FieldRef;
}

/** Egress gateways as a sidecar's clusters meet them: what they do becomes part of the sidecar's own routes and clusters. */
export class EgressGateways {
  private readonly behind = new Map<string, Behind>();
  private readonly ownClusters = new Map<string, ReadonlyMap<string, Cluster>>();

  constructor(
    private readonly world: IstioWorld,
    private readonly source: Source,
    private readonly scope: SidecarScope,
    private readonly clusters: Map<string, Cluster>,
    private readonly certified: ReadonlyMap<string, FieldRef>,
  ) {
    for (const { services } of scope.egress) {
      for (const service of services) {
        for (const labels of service.endpointLabels) {
          const gateways = world.gateways.filter(
            ({ spec }) => Object.keys(spec.selector ?? {}).length > 0 && selects(spec.selector, labels),
          );
          if (gateways.length === 0) continue;
          const subsets = ruleFor(world, scope.proxy, service)?.subsets ?? [];
          for (const port of service.ports) {
            for (const subset of ['', ...subsets.map(({ name }) => name)]) {
              const cluster = clusterName(service.host, port.number, subset);
              if (clusters.has(cluster)) this.behind.set(cluster, { cluster, service, port, subset, labels, gateways });
            }
          }
        }
      }
    }
  }

  /** What comes of connections that are handed on as they are. */
  replaceL4(): void {
    for (const behind of this.behind.values()) {
      this.clusters.set(behind.cluster, this.l4(behind));
    }
  }

  private l4(behind: Behind): Cluster {
    const closing = ({ why, at }: Refusal): Cluster => ({
      kind: 'closing',
      name: behind.cluster,
      why,
      at,
      limits: UNLIMITED,
    });
    const met = this.serverFor(behind, false);
    if ('why' in met) return closing(met);
    const { server, gateway, context, serverName, principal } = met;
    const at = fieldRef(gateway, 'spec', 'servers');
    const authorization = this.authorization(behind, serverName, principal, false);
    const [denied] = authorization.denied;
    const unread = [...authorization.denied, ...(authorization.allowed ?? [])].find(
      ({ conditions }) => conditions.notUnderstood,
    );
    if (unread)
      return closing({
        why: `${unread.conditions.notUnderstood!.what} of an AuthorizationPolicy is not modelled: taken for a denial`,
        at: unread.at,
      });
    if (denied) return closing({ why: 'an AuthorizationPolicy denies it at the gateway', at: denied.at });
    if (authorization.allowed?.length === 0) {
      return closing({ why: 'no AuthorizationPolicy allows it at the gateway', at: authorization.by[0]! });
    }
    for (const { virtualService, rule, at: ref } of rulesOf(context.virtualServices, 'tcp')) {
      if (!hostsOf(virtualService).some((host) => isBoundTo(server, gateway, virtualService, host))) continue;
      const { number } = server.port;
      if (!(rule.match ?? [{}]).some((match) => isFor(match, virtualService, number, context))) continue;
      const [choice] = choicesOf(rule.route!, homeOf(virtualService), context.services, number, ref);
      return { ...this.relayed(behind, choice!.clusters[0]!.name), name: behind.cluster };
    }
    return closing({ why: 'the gateway has no route for it', at });
  }

  private authorization(
    { service, labels, port }: Behind,
    serverName: string,
    principal: string | undefined,
    http: boolean,
  ): Authorization {
    const own = port.targetPort === null ? undefined : (port.targetPort ?? port.number);
    const peer = { principal, serverName, port: own, http, at: service.at };
    return authorizationFor(this.world, { namespace: service.namespace, labels }, peer);
  }

  /** The server that takes the sidecar's connection: by port, by the certificate that it asks for, and by server name. */
  private serverFor(behind: Behind, http: boolean) {
    const { service, port, subset, gateways, labels } = behind;
    const { trustDomain } = this.world;
    const tls = clientTlsFor(ruleFor(this.world, this.scope.proxy, service), subset, port.number);
    // between workloads of the mesh the sidecar uses mutual TLS by itself
    const isOwn = service.object.kind === 'Service' || labels['security.istio.io/tlsMode'] === 'istio';
    const isMutual = tls ? tls.mode === 'ISTIO_MUTUAL' : isOwn;
    const serverName = isMutual ? tls?.sni || `outbound_.${port.number}_.${subset}_.${service.host}` : '';
    const numbers = [port.number, port.targetPort];
    let refusal: Refusal = {
      why: 'no Gateway has a server for the port',
      at: fieldRef(gateways[0]!, 'spec', 'servers'),
    };
    for (const gateway of gateways) {
      for (const [index, server] of gateway.spec.servers!.entries()) {
        if (!numbers.includes(server.port.number)) continue;
        const at = fieldRef(gateway, 'spec', 'servers', index);
        const kind = kindOfProtocol(server.port.protocol);
        const terminates = server.tls?.mode === 'ISTIO_MUTUAL';
        const isHttp = kind === 'http' || server.port.protocol.toUpperCase() === 'HTTPS';
        if (isHttp !== http) refusal = { why: 'the gateway’s server speaks another protocol on the port', at };
        else if (server.tls && !terminates)
          refusal = { why: `the TLS mode ${server.tls.mode} of a gateway is not modelled; taken for a denial`, at };
        else if (terminates !== isMutual) {
          refusal = {
            why: terminates
              ? 'the gateway asks for a certificate, and the sidecar shows none'
              : 'the gateway speaks no TLS',
            at,
          };
        } else if (terminates && !hostsOfServer(server).some((host) => isWithin(serverName, host))) {
          refusal = { why: `the gateway has no server for the name ${serverName}`, at };
        } else {
          const { namespace, serviceAccount } = this.source;
          const principal = terminates ? `${trustDomain}/ns/${namespace}/sa/${serviceAccount}` : undefined;
          return { server, gateway, serverName, principal, context: this.contextOf(behind, gateway) };
        }
      }
    }
    return refusal;
  }

  private contextOf(behind: Behind, gateway: Gateway): RuleContext {
    const full = nameOf(gateway);
    const { proxy, egress } = this.scopeAt(behind);
    return {
      proxy,
      gateway: full,
      services: egress[0]!.services,
      virtualServices: this.world.virtualServices.filter(
        (one) => isAmong(one.spec.gateways ?? [], one, full) && isVisible(this.world, one, proxy.namespace),
      ),
    };
  }

  /** What the gateway gets to know: Sidecars do not count for it. */
  private scopeAt({ service: { namespace }, labels }: Behind): SidecarScope {
    return scopeOf({ ...this.world, sidecars: [] }, { namespace, labels, capturesDns: false });
  }

  /** The gateway's own cluster, under a name that tells both. */
  private relayed(behind: Behind, name: string): Cluster {
    const { namespace } = behind.service;
    let own = this.ownClusters.get(namespace);
    if (!own) this.ownClusters.set(namespace, (own = clustersOf(this.world, this.scopeAt(behind), this.certified)));
    const full = `${behind.cluster} → ${name}`;
    const at = behind.service.at;
    const cluster = own.get(name);
    if (!cluster)
      return { kind: 'closing', name: full, why: `the gateway has no cluster ${name}`, at, limits: UNLIMITED };
    if (cluster.kind === 'original-destination') {
      const why = 'the gateway passes it to the address dialled, which is its own';
      return { kind: 'closing', name: full, why, at, limits: UNLIMITED };
    }
    return { ...cluster, name: full };
  }

  /** Routes that lead to a gateway become what the gateway does. */
  expand(configuration: RouteConfiguration): RouteConfiguration {
    return { ...configuration, virtualHosts: configuration.virtualHosts.map((host) => this.expandHost(host)) };
  }

  private expandHost(virtualHost: VirtualHost): VirtualHost {
    const isConcerned = ({ clusters }: Route) =>
      clusters.some((choice) => choice.clusters.some(({ name }) => this.behind.has(name)));
    return {
      ...virtualHost,
      routes: virtualHost.routes.flatMap((route) =>
        isConcerned(route) ? this.expandRoute(route, virtualHost) : [route],
      ),
    };
  }

  private expandRoute(route: Route, virtualHost: VirtualHost): Route[] {
    const [only, ...others] = route.clusters.flatMap(({ clusters }) => clusters);
    const unread = others.length > 0 ? 'a weighted route to a gateway and elsewhere' : changesOf(route);
    if (unread) return [{ ...route, notUnderstood: { what: unread, at: route.source } }];
    const behind = this.behind.get(only!.name)!;
    const met = this.serverFor(behind, true);
    if ('why' in met) {
      const name = `${behind.cluster} → `;
      this.clusters.set(name, { kind: 'closing', name, why: met.why, at: met.at, limits: UNLIMITED });
      return [{ ...route, clusters: [{ clusters: [{ name, weight: 100 }], source: met.at }] }];
    }
    const { server, gateway, context, serverName, principal } = met;
    const { denied, allowed, by } = this.authorization(behind, serverName, principal, true);
    const answer = (conditions: RouteConditions, status: number, source: FieldRef): Route => ({
      ...conditions,
      clusters: [],
      directResponse: { status, cluster: behind.cluster },
      source,
    });
    const routes = denied.map(({ conditions, at }) => answer(conditions, 403, at));
    for (const { conditions, at } of allowed ?? [{ conditions: ANY_REQUEST, at: route.source }]) {
      for (const host of this.hostsAt(virtualHost, server, gateway, context)) {
        // policies and hosts ask for no method but as a header
        const here = bothOf(conditions, host.conditions)!;
        for (const one of host.routes) routes.push({ ...one, ...bothOf(here, one)!, ...this.actionAt(behind, one) });
        routes.push(answer(here, 404, host.source));
      }
      routes.push(answer(conditions, 404, at));
    }
    if (allowed) routes.push(answer(ANY_REQUEST, 403, by[0]!));
    return routes.flatMap((one) => {
      const asked = bothOf(route, one);
      return asked ? [{ ...one, ...asked }] : [];
    });
  }

  private actionAt(behind: Behind, route: Route): Pick<Route, 'clusters' | 'directResponse'> {
    const { directResponse } = route;
    const clusters = route.clusters.map(({ clusters: own, source }) => ({
      source,
      clusters: own.map(({ name, weight }) => {
        const cluster = this.relayed(behind, name);
        this.clusters.set(cluster.name, cluster);
        return { name: cluster.name, weight };
      }),
    }));
    return { clusters, ...(directResponse && { directResponse: { ...directResponse, cluster: behind.cluster } }) };
  }

  /** The gateway's virtual hosts that requests of the sidecar's may meet, the most specific first. */
  private hostsAt({ domains }: VirtualHost, server: GatewayServer, gateway: Gateway, context: RuleContext) {
    const found = new Map<string, { readonly routes: readonly Route[]; readonly source: FieldRef }>();
    for (const virtualService of context.virtualServices) {
      const routes = routesOf(virtualService, server.port.number, context);
      if (routes.length === 0) continue;
      for (const host of hostsOf(virtualService)) {
        if (!isBoundTo(server, gateway, virtualService, host)) continue;
        const known = found.get(host);
        if (known) found.set(host, { ...known, routes: merged(known.routes, routes) });
        else found.set(host, { routes, source: fieldRef(virtualService, 'spec', 'hosts') });
      }
    }
    const ordered = [...found].sort(([a], [b]) => Number(isWildcard(a)) - Number(isWildcard(b)) || b.length - a.length);
    const wanted = domains.find((domain) => !isWildcard(domain));
    if (wanted !== undefined && domains.length === 1) {
      return ordered
        .filter(([host]) => isWithin(wanted, host))
        .slice(0, 1)
        .map(([, one]) => ({ ...one, conditions: ANY_REQUEST }));
    }
    return ordered.map(([host, one]) => ({
      ...one,
      conditions: { ...ANY_REQUEST, headers: [{ name: ':authority', regex: hostRegex(host) }] },
    }));
  }
}

/** What the sidecar's DestinationRule says of TLS: settings of a port, where there are any, are all that counts for it. */
function clientTlsFor(rule: DestinationRule['spec'] | undefined, subset: string, port: number): ClientTls | undefined {
  const policies = [rule?.subsets?.find(({ name }) => name === subset)?.trafficPolicy, rule?.trafficPolicy];
  for (const policy of policies) {
    const ofPort = policy?.portLevelSettings?.find((one) => one.port?.number === port);
    if (ofPort) return ofPort.tls;
    if (policy?.tls) return policy.tls;
  }
  return undefined;
}

/** What a VirtualService's route does to a request, so that the gateway meets another one. */
function changesOf({ source: { object, path } }: Route): string | undefined {
  const field = ['rewrite', 'headers'].find((name) => valueAt(object, [...path.slice(0, 3), name]) !== undefined);
  return field && `${field} of a route to a gateway`;
}

/** Routes of two VirtualServices for one host of a gateway: those that take every request come last. */
function merged(older: readonly Route[], younger: readonly Route[]): Route[] {
  const takesAll = ({ pathRegex, method, headers, notUnderstood }: Route) =>
    pathRegex === ANY_REQUEST.pathRegex && method === null && headers.length === 0 && !notUnderstood;
  const all = [...older, ...younger];
  return [...all.filter((route) => !takesAll(route)), ...all.filter(takesAll)];
}

/** Does a host of a VirtualService meet one of a gateway's server, which may be for VirtualServices of one namespace alone? */
function isBoundTo({ hosts }: GatewayServer, gateway: Gateway, virtualService: VirtualService, host: string): boolean {
  const namespace = homeOf(virtualService);
  return hosts.some((text) => {
    const [own, from = '*'] = text.split('/').reverse() as [string, string?];
    return meet(host, own) && (from === '*' || from === namespace || (from === '.' && homeOf(gateway) === namespace));
  });
}

function hostRegex(host: string): string {
  return `(?i)${isWildcard(host) ? '(?s:.+)' : ''}${quoteRegex(host.replace('*', ''))}\\.?(?::[0-9]+)?`;
}

function hostsOfServer({ hosts }: GatewayServer): string[] {
  return hosts.map((host) => host.slice(host.indexOf('/') + 1));
}
