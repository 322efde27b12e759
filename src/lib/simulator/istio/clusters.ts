import type { Endpoints, FieldRef, Service } from '../../resources/types.js';
import { isIpAddress } from '../../text/ip.js';
import { type FarSide, UNLIMITED, type Cluster, type ClusterChoices } from '../envoy/types.js';
import type { RouteDestination } from '../../resources/istio-types.js';
import { serviceAddresses } from '../names.js';
import { fieldRef, nameOf } from '../world.js';
import { ruleFor } from './destination-rules.js';
import { qualified, selects } from './hosts.js';
import { withClusters, type SidecarScope } from './scope.js';
import { endpointsOf, type MeshPort, type MeshService } from './services.js';
import type { IstioWorld } from './world.js';

export const BLACK_HOLE = 'BlackHoleCluster';
export const PASS_THROUGH = 'PassthroughCluster';

export function clusterName(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host}`;
}

/** The clusters of a proxy, by name. @param certified as `certifiedPlaces` finds them */
export function clustersOf(
  world: IstioWorld,
  scope: SidecarScope,
  certified: ReadonlyMap<string, FieldRef>,
): Map<string, Cluster> {
  const clusters = new Map<string, Cluster>([
    [BLACK_HOLE, { kind: 'static', name: BLACK_HOLE, endpoints: [], limits: UNLIMITED }],
    [PASS_THROUGH, { kind: 'original-destination', name: PASS_THROUGH, closedAt: certified, limits: UNLIMITED }],
  ]);
  const parts = new Map<string, { readonly port: MeshPort; readonly services: MeshService[] }>();
  for (const service of withClusters(scope)) {
    for (const port of service.ports) {
      if (port.kind === 'udp') continue;
      const name = clusterName(service.host, port.number);
      const part = parts.get(name);
      if (part) part.services.push(service);
      else parts.set(name, { port, services: [service] });
    }
  }
  for (const { port, services } of parts.values()) {
    const [first] = services as [MeshService];
    // a cluster's name is looked up in lower case
    if (first.host !== first.host.toLowerCase()) continue;
    const subsets = ruleFor(world, scope.proxy, first)?.subsets ?? [];
    for (const subset of [undefined, ...subsets]) {
      const own = clusterName(first.host, port.number, subset?.name);
      clusters.set(own, clusterOf(world, own, port, services, subset?.labels, certified));
    }
  }
  return clusters;
}

/** `address:port` of gateways that want a certificate, which nobody shows who dials them past the sidecar's routes. */
export function certifiedPlaces(world: IstioWorld): ReadonlyMap<string, FieldRef> {
  const found = new Map<string, FieldRef>();
  const { serviceEntries, gateways, base } = world;
  const proxies = [
    ...serviceEntries.flatMap(({ spec }) => spec.endpoints ?? []),
    ...[...base.services.values()].flatMap((service) => {
      const labels = service.spec.selector;
      return serviceAddresses(base, service).map((address) => ({ address, labels }));
    }),
    ...base.pods.map(({ metadata, status }) => ({ address: status?.podIP, labels: metadata.labels })),
  ];
  for (const gateway of gateways) {
    const { selector = {}, servers = [] } = gateway.spec;
    if (Object.keys(selector).length === 0) continue;
    const own = proxies.filter(({ labels = {} }) => selects(selector, labels));
    servers.forEach(({ port, tls }, index) => {
      if (tls?.mode !== 'ISTIO_MUTUAL') return;
      const at = fieldRef(gateway, 'spec', 'servers', index);
      for (const { address } of own) if (address) found.set(`${address}:${port.number}`, at);
    });
  }
  return found;
}

/** Istio's mutual TLS is automatic: that a server has no sidecar stops nobody. */
const UNKNOWN_FAR_SIDE: FarSide = { others: 'assumed' };

/** @param labels that endpoints must have; undefined: none */
function clusterOf(
  world: IstioWorld,
  name: string,
  port: MeshPort,
  services: readonly MeshService[],
  labels: Readonly<Record<string, string>> | undefined,
  certified: ReadonlyMap<string, FieldRef>,
): Cluster {
  const [first] = services as [MeshService];
  const { resolution, object } = first;
  const limits = UNLIMITED;
  if (object.kind === 'Service') {
    return {
      kind: 'mesh-service',
      name,
      service: first.at,
      endpoints: endpointState(world, object),
      farSide: UNKNOWN_FAR_SIDE,
      limits,
    };
  }
  if (object.spec.workloadSelector) {
    return { kind: 'mesh-service', name, service: first.at, endpoints: 'not-given', farSide: UNKNOWN_FAR_SIDE, limits };
  }
  const targetPort = port.targetPort ?? port.number;
  const distinct = [...new Map(services.map((service) => [service.object, service])).values()];
  const endpoints = distinct.flatMap((service) => endpointsOf(service, port, labels));
  switch (resolution) {
    case 'NONE':
      return { kind: 'original-destination', name, closedAt: certified, limits };
    case 'DYNAMIC_DNS':
      return { kind: 'dynamic-dns', name, port: targetPort, limits };
    default: {
      const [only, ...others] = endpoints;
      const isAlone = others.every(({ address, port: own }) => address === only!.address && own === only!.port);
      return only && isAlone && !isIpAddress(only.address)
        ? { kind: 'dns', name, host: only.address, port: only.port, limits }
        : { kind: 'static', name, endpoints, limits };
    }
  }
}

function endpointState(world: IstioWorld, service: Service): 'some' | 'none' | 'not-given' {
  const endpoints: Endpoints | undefined = world.base.endpoints.get(nameOf(service));
  if (!endpoints) return 'not-given';
  return endpoints.subsets?.some(({ addresses = [] }) => addresses.length > 0) ? 'some' : 'none';
}

/** Where routes of a VirtualService lead. */
export function choicesOf(
  routes: readonly RouteDestination[],
  namespace: string,
  services: readonly MeshService[],
  listenerPort: number,
  source: FieldRef,
): ClusterChoices {
  const only = routes.length === 1;
  const clusters = routes.map(({ destination, weight = 0 }) => {
    const host = qualified(destination.host, namespace);
    const ports = [
      ...new Set(services.filter((one) => one.host === host).flatMap((one) => one.ports.map(({ number }) => number))),
    ];
    const port = destination.port?.number ?? (ports.length === 1 ? ports[0]! : listenerPort);
    return { name: clusterName(host, port, destination.subset), weight: only ? 100 : weight };
  });
  return [{ clusters, source }];
}
