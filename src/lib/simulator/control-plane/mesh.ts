import type { FieldRef, Service, TrafficTarget } from '../../resources/types.js';
import { chainMatch } from '../envoy/filter-chain-match.js';
import type { Cluster, ClusterChoices, FilterChain, RouteConfiguration, VirtualHost } from '../envoy/types.js';
import type { Source, World } from '../world.js';
import { identityOf, farSideOf, selects } from './far-side.js';
import { httpTarget } from './http-chain.js';
import { meshClusterName, meshServicesOf, type MeshService } from './mesh-services.js';
import { clusterChoicesOf, indexSplits } from './traffic-splits.js';
import { upstreamSettingsOf } from './upstream-settings.js';

export interface MeshConfiguration {
  readonly filterChains: readonly FilterChain[];
  readonly routeConfigurations: ReadonlyMap<string, RouteConfiguration>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly serverFirstPorts: ReadonlyMap<number, FieldRef>;
}

const HTTP_PROTOCOLS = new Set(['http', 'grpc']);
const TCP_PROTOCOLS = new Set(['tcp', 'tcp-server-first']);

/** What the services that a source may reach inside the mesh program. Egress semantics §3.4. */
export function meshConfigurationOf(world: World, source: Source): MeshConfiguration {
  const filterChains: FilterChain[] = [];
  const virtualHosts = new Map<number, VirtualHost[]>();
  const clusters = new Map<string, Cluster>();
  const serverFirstPorts = new Map<number, FieldRef>();
  const splitsOf = indexSplits(world);
  const settings = upstreamSettingsOf(world);
  const accounts = world.permissive ? undefined : accountsOpenTo(world, source);

  for (const service of reachableServices(world, source)) {
    const { port, protocol, source: at } = service;
    const name = meshClusterName(service.namespace, service.name, service.targetPort);
    clusters.set(name, {
      kind: 'mesh-service',
      name,
      service: at,
      endpoints: service.endpoints,
      farSide: farSideOf(world, service, accounts),
      limits: settings.ofService(service),
    });
    const choices = clusterChoicesOf(world, service, splitsOf(service));
    const chain = chainOf(world, service, choices);
    if (chain) filterChains.push(chain);
    // here the protocol is compared as written, for the chain without case
    if (protocol === 'tcp-server-first') serverFirstPorts.set(port, at);
    if (TCP_PROTOCOLS.has(protocol)) continue;
    const hosts = virtualHosts.get(port);
    const virtualHost = virtualHostOf(service, source, choices);
    if (hosts) hosts.push(virtualHost);
    else virtualHosts.set(port, [virtualHost]);
  }

  const routeConfigurations = new Map<string, RouteConfiguration>();
  for (const [port, hosts] of virtualHosts) {
    const name = meshRouteConfigName(port);
    routeConfigurations.set(name, { name, port, origin: 'mesh', virtualHosts: hosts });
  }
  return { filterChains, routeConfigurations, clusters, serverFirstPorts };
}

function meshRouteConfigName(port: number): string {
  return `rds-outbound.${port}`;
}

/** Does the listener of a source get a chain for ports of services that declare the protocol? */
export function isServed(protocol: string): boolean {
  const word = protocol.toLowerCase();
  return HTTP_PROTOCOLS.has(word) || TCP_PROTOCOLS.has(word);
}

/** Is there an HTTP chain for the service? */
export function isServedAsHttp({ protocol }: MeshService): boolean {
  return HTTP_PROTOCOLS.has(protocol.toLowerCase());
}

/** None for a protocol that the listener does not know, without an address, or when no backend of the only split counts. */
function chainOf(world: World, service: MeshService, choices: ClusterChoices): FilterChain | undefined {
  const { addresses, port, namespace, name, source } = service;
  const isHttp = isServedAsHttp(service);
  if (addresses.length === 0 || !isServed(service.protocol)) return undefined;
  if (!isHttp && choices.every(({ clusters }) => clusters.length === 0)) return undefined;
  // also IPv6 addresses are written with /32
  const prefixRanges = addresses.map((address) => `${address}/32`);
  return {
    name: `mesh ${namespace}/${name}:${port}`,
    origin: 'mesh',
    match: chainMatch(port, prefixRanges, [], []),
    target: isHttp ? httpTarget(world, meshRouteConfigName(port), source) : { filter: 'tcp_proxy', clusters: choices },
    sources: [source],
  };
}

/** In permissive mode all services of the mesh, else those that TrafficTargets open to the source, whatever the kinds in them. */
function reachableServices(world: World, source: Source): MeshService[] {
  const inMesh = [...world.services.values()].filter(({ metadata }) =>
    world.isMonitored(metadata.namespace ?? 'default'),
  );
  if (world.permissive) return inMesh.flatMap((service) => meshServicesOf(world, service));
  const open = servicesOpenTo(world, source, inMesh).flatMap((service) => meshServicesOf(world, service));
  const distinct = new Map(
    open.map((service) => [
      JSON.stringify([service.namespace, service.name, service.port, service.targetPort, service.protocol]),
      service,
    ]),
  );
  return [...distinct.values()];
}

function servicesOpenTo(world: World, source: Source, inMesh: readonly Service[]): Service[] {
  const destinations = destinationsOpenTo(world, source, () => true);
  if (destinations.size === 0) return [];
  const labels = new Map<string, Readonly<Record<string, string>>[]>();
  for (const pod of world.pods) {
    const { namespace = 'default' } = pod.metadata;
    if (!destinations.has(identityOf(pod))) continue;
    const ofNamespace = labels.get(namespace);
    if (ofNamespace) ofNamespace.push(pod.metadata.labels ?? {});
    else labels.set(namespace, [pod.metadata.labels ?? {}]);
  }
  return inMesh.filter((service) =>
    labels.get(service.metadata.namespace ?? 'default')?.some((ofPod) => selects(service, ofPod)),
  );
}

/** The ServiceAccounts of whose pods a source is told. Here kinds count. */
function accountsOpenTo(world: World, source: Source): ReadonlySet<string> {
  return destinationsOpenTo(world, source, ({ kind }) => kind === 'ServiceAccount');
}

/** `namespace/name` of what TrafficTargets open to a source. */
function destinationsOpenTo(world: World, source: Source, counts: (subject: Subject) => boolean): ReadonlySet<string> {
  const opening = world.trafficTargets.filter(
    (target) => isEffective(target) && counts(target.spec.destination) && allows(target, source, counts),
  );
  return new Set(opening.map(({ spec: { destination } }) => `${destination.namespace}/${destination.name}`));
}

type Subject = TrafficTarget['spec']['destination'];

/** In a namespace outside the mesh it could only open services that are not in the mesh either. */
export function isEffective(target: TrafficTarget): boolean {
  const rules = target.spec.rules ?? [];
  return (
    target.spec.destination.namespace === (target.metadata.namespace ?? 'default') &&
    rules.length > 0 &&
    rules.every((rule) => rule.kind === 'HTTPRouteGroup' || rule.kind === 'TCPRoute')
  );
}

/** Names and namespaces are compared. */
function allows(target: TrafficTarget, source: Source, counts: (subject: Subject) => boolean): boolean {
  return target.spec.sources.some(
    (subject) => subject.name === source.serviceAccount && subject.namespace === source.namespace && counts(subject),
  );
}

/** Names for which a service answers to HTTP clients in a namespace, with and without port. */
export function virtualHostDomains({ name, namespace, port }: MeshService, clientNamespace: string): string[] {
  const qualified = `${name}.${namespace}`;
  const names = [qualified, `${qualified}.svc`, `${qualified}.svc.cluster`, `${qualified}.svc.cluster.local`];
  const all = namespace === clientNamespace ? [name, ...names] : names;
  return all.flatMap((one) => [one, `${one}:${port}`]);
}

function virtualHostOf(service: MeshService, { namespace }: Source, clusters: ClusterChoices): VirtualHost {
  const { source } = service;
  return {
    domains: virtualHostDomains(service, namespace),
    routes: [{ pathRegex: '.*', method: null, headers: [], clusters, source }],
    source,
  };
}
