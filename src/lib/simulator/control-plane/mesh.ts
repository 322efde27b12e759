import type { FieldRef, Service, ServicePort, TrafficTarget } from '../../resources/types.js';
import { parseIpv4 } from '../../text/ip.js';
import type { Cluster, FilterChain, RouteConfiguration, VirtualHost } from '../envoy/types.js';
import type { Source, World } from '../world.js';
import { fieldRef, nameOf } from '../world.js';

export interface MeshConfiguration {
  readonly filterChains: readonly FilterChain[];
  readonly routeConfigurations: ReadonlyMap<string, RouteConfiguration>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly serverFirstPorts: ReadonlyMap<number, FieldRef>;
}

/** Longest first, so that `tcp-server-first-x` is not read as `tcp-`. */
const PROTOCOL_PREFIXES = ['tcp-server-first', 'http', 'grpc', 'tcp'];

/** What the services that a source may reach inside the mesh program. Egress semantics §3.4. */
export function meshConfigurationOf(world: World, source: Source): MeshConfiguration {
  const filterChains: FilterChain[] = [];
  const virtualHosts = new Map<number, VirtualHost[]>();
  const clusters = new Map<string, Cluster>();
  const serverFirstPorts = new Map<number, FieldRef>();

  for (const service of reachableServices(world, source)) {
    const addresses = serviceAddresses(world, service);
    if (addresses.length === 0) continue;
    service.spec.ports?.forEach((port, index) => {
      const at = fieldRef(service, 'spec', 'ports', index);
      const protocol = servicePortProtocol(port);
      const cluster = `${nameOf(service)}|${targetPort(world, service, port)}`;
      const isHttp = protocol === 'http' || protocol === 'grpc';
      if (!isHttp && protocol !== 'tcp' && protocol !== 'tcp-server-first') return;
      clusters.set(cluster, { kind: 'mesh-service', name: cluster, service: at });
      if (protocol === 'tcp-server-first') serverFirstPorts.set(port.port, at);
      filterChains.push({
        name: `mesh ${nameOf(service)}:${port.port}`,
        origin: 'mesh',
        match: {
          destinationPort: port.port,
          prefixRanges: addresses.map((address) => `${address}/32`),
          networks: addresses.map((address) => ({ base: parseIpv4(address)!, prefixLength: 32 })),
          serverNames: [],
          applicationProtocols: [],
        },
        target: isHttp
          ? { filter: 'http_connection_manager', routeConfigName: meshRouteConfigName(port.port) }
          : { filter: 'tcp_proxy', cluster },
        sources: [at],
        repeatingTwin: undefined,
      });
      if (isHttp) {
        const hosts = virtualHosts.get(port.port) ?? [];
        hosts.push(serviceVirtualHost(service, port.port, source, cluster, at));
        virtualHosts.set(port.port, hosts);
      }
    });
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

function reachableServices(world: World, source: Source): Service[] {
  const inMesh = world.services.filter((service) => world.isMonitored(service.metadata.namespace ?? 'default'));
  if (inMesh.length === 0 || world.permissive) return inMesh;
  const destinations = new Set(
    world.trafficTargets
      .filter((target) => isEffective(world, target) && allows(target, source))
      .map((target) => `${target.spec.destination.namespace}/${target.spec.destination.name}`),
  );
  return inMesh.filter((service) => {
    const namespace = service.metadata.namespace ?? 'default';
    return world.pods.some(
      (pod) =>
        (pod.metadata.namespace ?? 'default') === namespace &&
        destinations.has(`${namespace}/${pod.spec?.serviceAccountName || 'default'}`) &&
        selects(service, pod.metadata.labels ?? {}),
    );
  });
}

function isEffective(world: World, target: TrafficTarget): boolean {
  const namespace = target.metadata.namespace ?? 'default';
  const rules = target.spec.rules ?? [];
  return (
    world.isMonitored(namespace) &&
    target.spec.destination.namespace === namespace &&
    rules.length > 0 &&
    rules.every((rule) => rule.kind === 'HTTPRouteGroup' || rule.kind === 'TCPRoute')
  );
}

/** Names and namespaces are compared, kinds are not. */
function allows(target: TrafficTarget, source: Source): boolean {
  return target.spec.sources.some(
    (subject) => subject.name === source.serviceAccount && subject.namespace === source.namespace,
  );
}

function selects(service: Service, labels: Record<string, string>): boolean {
  const selector = Object.entries(service.spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

/** The ClusterIP; for a headless service, or without one, the address of each endpoint. */
export function serviceAddresses(world: World, service: Service): string[] {
  const clusterIp = service.spec.clusterIP;
  if (clusterIp && parseIpv4(clusterIp) !== undefined) return [clusterIp];
  const subsets = world.endpoints.get(nameOf(service))?.subsets ?? [];
  const addresses = subsets.flatMap((subset) => (subset.addresses ?? []).map(({ ip }) => ip));
  return [...new Set(addresses)].filter((address) => parseIpv4(address) !== undefined);
}

function servicePortProtocol(port: ServicePort): string {
  if (port.appProtocol !== undefined) return port.appProtocol;
  return PROTOCOL_PREFIXES.find((protocol) => port.name?.startsWith(`${protocol}-`)) ?? 'http';
}

function targetPort(world: World, service: Service, port: ServicePort): number {
  for (const subset of world.endpoints.get(nameOf(service))?.subsets ?? []) {
    const endpointPort = subset.ports?.find((candidate) => (candidate.name ?? '') === (port.name ?? ''));
    if (endpointPort) return endpointPort.port;
  }
  return typeof port.targetPort === 'number' ? port.targetPort : port.port;
}

/** Names by which a service is known to clients in a namespace, without port. */
export function serviceHostnames(service: Service, clientNamespace: string): string[] {
  const { name, namespace = 'default' } = service.metadata;
  const qualified = `${name}.${namespace}`;
  const names = [qualified, `${qualified}.svc`, `${qualified}.svc.cluster`, `${qualified}.svc.cluster.local`];
  return namespace === clientNamespace ? [name, ...names] : names;
}

function serviceVirtualHost(
  service: Service,
  port: number,
  source: Source,
  cluster: string,
  at: FieldRef,
): VirtualHost {
  const names = serviceHostnames(service, source.namespace);
  return {
    domains: names.flatMap((name) => [name, `${name}:${port}`]),
    routes: [{ pathRegex: '.*', method: null, headers: [], cluster, source: at }],
    source: at,
  };
}
