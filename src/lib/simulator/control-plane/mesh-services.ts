import type { Endpoints, FieldRef, Service, ServicePort } from '../../resources/types.js';
import { parseAddressLiteral } from '../address.js';
import type { World } from '../world.js';
import { fieldRef, nameOf } from '../world.js';

/** A port of a service as the control plane sees it; of a headless service with hostnames, one for each hostname. Egress semantics §3.4. */
export interface MeshService {
  readonly namespace: string;
  /** The Service's, or `HOSTNAME.SERVICE`. */
  readonly name: string;
  readonly port: number;
  /** The endpoints' port; 0 when they tell none. */
  readonly targetPort: number;
  /** As written. */
  readonly protocol: string;
  /** Where it is dialled: the ClusterIP, or each endpoint; of either family. */
  readonly addresses: readonly string[];
  /** Addresses of the endpoints. */
  readonly answering: readonly string[];
  /** Whether anything could answer. */
  readonly endpoints: 'some' | 'none' | 'not-given';
  /** The Service's port. */
  readonly source: FieldRef;
}

/** Longest first, so that `tcp-server-first-x` is not read as `tcp-`. Without one of these it is http. */
const PROTOCOL_PREFIXES = ['tcp-server-first', 'grpc', 'tcp'];

function isHeadless(world: World, service: Service): boolean {
  const { clusterIP } = service.spec;
  return (!clusterIP || clusterIP === 'None') && !world.standIns.has(service);
}

/** The mesh services of a Service, in the order of its ports. */
export function meshServicesOf(world: World, service: Service): MeshService[] {
  const endpoints = world.endpoints.get(nameOf(service));
  const hostnames = isHeadless(world, service) ? hostnamesOf(endpoints) : [];
  return (service.spec.ports ?? []).flatMap((port, index): MeshService[] => {
    const targetPort = targetPortOf(port, endpoints);
    const common = {
      namespace: service.metadata.namespace ?? 'default',
      port: port.port,
      targetPort,
      protocol: protocolOf(port),
      source: fieldRef(service, 'spec', 'ports', index),
    };
    const { name } = service.metadata;
    if (hostnames.length === 0) {
      const answering = endpointAddresses(endpoints, targetPort);
      const addresses = isHeadless(world, service)
        ? answering
        : [world.standIns.get(service) ?? service.spec.clusterIP!].filter(parseAddressLiteral);
      return [{ ...common, name, addresses, answering, endpoints: endpointsState(endpoints, answering) }];
    }
    return hostnames.map((hostname) => {
      const answering = endpointAddresses(endpoints, targetPort, hostname);
      const state = endpointsState(endpoints, answering);
      return { ...common, name: `${hostname}.${name}`, addresses: answering, answering, endpoints: state };
    });
  });
}

function endpointsState(endpoints: Endpoints | undefined, answering: readonly string[]): MeshService['endpoints'] {
  return answering.length > 0 ? 'some' : endpoints ? 'none' : 'not-given';
}

/** One for each ready address that has a hostname. */
function hostnamesOf(endpoints: Endpoints | undefined): string[] {
  return (endpoints?.subsets ?? []).flatMap((subset) =>
    (subset.addresses ?? []).flatMap(({ hostname }) => (hostname ? [hostname] : [])),
  );
}

/**
 * The only port of a subset whatever its name, else the port of the service port's name; without a name the first of all.
 */
function targetPortOf({ name = '' }: ServicePort, endpoints: Endpoints | undefined): number {
  for (const { ports = [] } of endpoints?.subsets ?? []) {
    const found = name === '' || ports.length === 1 ? ports[0] : ports.find((port) => port.name === name);
    if (found) return found.port;
  }
  return 0;
}

/** Ready addresses of the subsets that have the port (all of them when it is 0), each once. */
function endpointAddresses(endpoints: Endpoints | undefined, targetPort: number, hostname?: string): string[] {
  const addresses = new Set<string>();
  for (const { ports = [], addresses: ready = [] } of endpoints?.subsets ?? []) {
    if (!ports.some(({ port }) => targetPort === 0 || port === targetPort)) continue;
    for (const address of ready) {
      if (hostname === undefined || address.hostname === hostname) addresses.add(address.ip);
    }
  }
  return [...addresses].filter(parseAddressLiteral);
}

/** What a port of a service speaks, as written: its appProtocol, else the prefix of its name, else http. */
export function protocolOf(port: ServicePort): string {
  if (port.appProtocol !== undefined) return port.appProtocol;
  return PROTOCOL_PREFIXES.find((protocol) => port.name?.startsWith(`${protocol}-`)) ?? 'http';
}

/** Envoy's name for where a mesh service leads. */
export function meshClusterName(namespace: string, name: string, targetPort: number): string {
  return `${namespace}/${name}|${targetPort}`;
}
