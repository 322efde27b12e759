import type { HTTPMatchRequest, HTTPRoute, VirtualService } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import { inBrackets } from '../../text/ip.js';
import type { Route, RouteConfiguration, VirtualHost } from '../envoy/types.js';
import { fieldRef } from '../world.js';
import { choicesOf, clusterName, PASS_THROUGH } from './clusters.js';
import { homeOf, hostsOf, isWildcard, isWithin } from './hosts.js';
import { ANY_REQUEST, conditionsOf } from './http-match.js';
import { isFor, type RuleContext } from './l4.js';
import type { SidecarScope } from './scope.js';
import { isUnknownAddress, type MeshPort, type MeshService } from './services.js';
import { VirtualServiceIndex } from './virtual-service-index.js';
import type { IstioWorld } from './world.js';

/** What a sidecar answers for a Host that nothing on the port knows, where only what is registered may pass. */
const BLOCK_ALL = 502;
/** Of the regular expressions in Istio's routes. */
const MAX_PROGRAM_SIZE = 32_768;

export interface PortedService {
  readonly service: MeshService;
  readonly port: MeshPort;
}

/**
 * The routes of a port.
 * @param name of the route configuration
 * @param services those that speak HTTP on the port, the oldest first
 */
export function routeConfigurationOf(
  world: IstioWorld,
  scope: SidecarScope,
  context: RuleContext,
  name: string,
  port: number,
  services: readonly PortedService[],
): RouteConfiguration {
  const virtualHosts = [...virtualHostsOf(context, port, services, namesOf(scope.proxy.namespace)), otherwise(scope)];
  return {
    name,
    port,
    origin: 'egress',
    virtualHosts: withoutRepeats(virtualHosts),
    ...httpSettings(world),
  };
}

/** What the connection managers of a mesh have in common. */
function httpSettings(world: IstioWorld) {
  return {
    ignoresPort: true,
    maxProgramSize: MAX_PROGRAM_SIZE,
    pathNormalization: world.pathNormalization,
  } as const;
}

/** Virtual hosts of what VirtualServices and services name, without an answer for everything else; the first of a host counts. */
function virtualHostsOf(
  context: RuleContext,
  port: number,
  services: readonly PortedService[],
  domainsOf: (service: MeshService) => string[],
): VirtualHost[] {
  const byHost = new Map<string, PortedService[]>();
  for (const one of services) {
    const own = byHost.get(one.service.host);
    if (own) own.push(one);
    else byHost.set(one.service.host, [one]);
  }
  const hosts: VirtualHost[] = [];
  const concernedBy = hostsByVirtualService(context, byHost.keys());
  const known = new Set(context.services.map(({ host }) => host));
  const isKnown = (host: string) =>
    isWildcard(host) ? context.services.some((service) => isWithin(service.host, host)) : known.has(host);
  for (const virtualService of context.virtualServices) {
    const concerned = concernedBy.get(virtualService) ?? [];
    const others = hostsOf(virtualService).filter((host) => !isKnown(host));
    if (concerned.length === 0 && !isAloneOn(port, virtualService, context)) continue;
    const routes = routesOf(virtualService, port, context);
    // without a route for this port and proxy the VirtualService is as if it were not there
    if (routes.length === 0) continue;
    const source = fieldRef(virtualService, 'spec', 'hosts');
    for (const host of concerned) hosts.push({ domains: allDomains(byHost.get(host)!, domainsOf), routes, source });
    hosts.push({ domains: others, routes, source });
  }
  for (const [host, own] of byHost) {
    const [{ service, port: at }] = own as [PortedService];
    const clusters = [{ clusters: [{ name: clusterName(host, at.number), weight: 100 }], source: service.at }];
    hosts.push({
      domains: allDomains(own, domainsOf),
      routes: [{ ...ANY_REQUEST, clusters, source: service.at }],
      source: service.at,
    });
  }
  return hosts;
}

/** Hosts that are services of the port, by the VirtualServices that count for them. */
function hostsByVirtualService(
  { virtualServices }: RuleContext,
  hosts: Iterable<string>,
): ReadonlyMap<VirtualService, readonly string[]> {
  const index = VirtualServiceIndex.of(virtualServices);
  const found = new Map<VirtualService, string[]>();
  for (const host of hosts) {
    for (const virtualService of index.chosenFor(host)) {
      const own = found.get(virtualService);
      if (own) own.push(host);
      else found.set(virtualService, [host]);
    }
  }
  return found;
}

/** A VirtualService none of whose hosts is a service is for port 80 alone. */
function isAloneOn(port: number, virtualService: VirtualService, { services }: RuleContext): boolean {
  const speaksHttp = ({ kind }: MeshPort) => kind === 'http' || kind === 'auto';
  const ports = services
    .filter(({ host }) => hostsOf(virtualService).some((pattern) => isWithin(host, pattern)))
    .flatMap((service) => service.ports.filter(speaksHttp).map(({ number }) => number));
  return ports.length === 0 ? port === 80 : ports.includes(port);
}

/** The routes of a VirtualService for a port and proxy. */
export function routesOf(virtualService: VirtualService, port: number, context: RuleContext): Route[] {
  const { spec } = virtualService;
  return (spec.http ?? []).flatMap((rule, index) => {
    const at = fieldRef(virtualService, 'spec', 'http', index);
    const matches = rule.match?.length ? rule.match.entries() : [[undefined, {} as HTTPMatchRequest] as const];
    return [...matches].flatMap(([number, match]): Route[] => {
      // where gateways are named, nobody looks at who asks
      const asked = match.gateways?.length ? { ...match, sourceLabels: {}, sourceNamespace: '' } : match;
      if (!isFor(asked, virtualService, port, context)) return [];
      const source = number === undefined ? at : fieldRef(virtualService, ...at.path, 'match', number);
      return [
        {
          ...conditionsOf(match, source),
          ...actionOf(rule, homeOf(virtualService), port, context, source),
          source,
        },
      ];
    });
  });
}

type Action = Pick<Route, 'clusters' | 'directResponse' | 'notUnderstood'>;

function actionOf(
  rule: HTTPRoute,
  namespace: string,
  port: number,
  { services }: RuleContext,
  source: FieldRef,
): Action {
  const { directResponse, redirect, delegate, fault } = rule;
  const unread = delegate !== undefined ? 'delegate' : fault?.abort !== undefined ? 'fault.abort' : undefined;
  if (unread) return { clusters: [], notUnderstood: { what: unread, at: source } };
  if (directResponse) return { clusters: [], directResponse: { status: directResponse.status } };
  if (redirect) return { clusters: [], directResponse: { status: redirect.redirectCode ?? 301 } };
  return { clusters: choicesOf(rule.route!, namespace, services, port, source) };
}

function allDomains(own: readonly PortedService[], domainsOf: (service: MeshService) => string[]): string[] {
  return [...new Set(own.flatMap(({ service }) => domainsOf(service)))];
}

/** Names by which a service answers: in the mesh the short ones too, and a single address. */
function namesOf(clientNamespace: string): (service: MeshService) => string[] {
  return ({ host, object, namespace, address }) => {
    const literal = address === undefined || isUnknownAddress(address) ? [] : [inBrackets(address)];
    if (object.kind === 'ServiceEntry') return [host, ...literal];
    const { name } = object.metadata;
    const short = namespace === clientNamespace ? [name] : [];
    return [host, ...short, `${name}.${namespace}`, `${name}.${namespace}.svc`, ...literal];
  };
}

/** For every other Host. */
function otherwise({ mode, modeAt }: SidecarScope): VirtualHost {
  const passes = mode === 'ALLOW_ANY';
  const route: Route = {
    ...ANY_REQUEST,
    clusters: passes ? [{ clusters: [{ name: PASS_THROUGH, weight: 100 }], source: modeAt }] : [],
    source: modeAt,
    ...(!passes && { directResponse: { status: BLOCK_ALL } }),
  };
  return { domains: ['*'], routes: [route], source: modeAt };
}

/** Of several virtual hosts with a domain the first keeps it. */
function withoutRepeats(virtualHosts: readonly VirtualHost[]): VirtualHost[] {
  const seen = new Set<string>();
  return virtualHosts.flatMap((virtualHost) => {
    const domains = virtualHost.domains.filter((domain) => !seen.has(domain.toLowerCase()));
    for (const domain of domains) seen.add(domain.toLowerCase());
    return domains.length > 0 ? [{ ...virtualHost, domains }] : [];
  });
}
