import type { ServiceEntry, ServiceEntryPort, WorkloadEndpoint } from '../../resources/istio-types.js';
import type { FieldRef, Service } from '../../resources/types.js';
import { isIpAddress, splitCidr } from '../../text/ip.js';
import type { Endpoint } from '../envoy/types.js';
import { serviceAddresses } from '../names.js';
import { fieldRef } from '../world.js';
import { homeOf, selects } from './hosts.js';
import { kindOfProtocol, kindOfServicePort, type PortKind } from './protocols.js';
import { isExported, type IstioWorld } from './world.js';

export interface MeshPort {
  readonly number: number;
  /** Of a ServiceEntry's. */
  readonly name?: string;
  readonly kind: PortKind;
  /** null: the one that pods have under a name. */
  readonly targetPort: number | null | undefined;
  readonly at: FieldRef;
}

/** What istiod knows under one name: a host of a ServiceEntry at one of its addresses, or a Service. Istio egress §2. */
export interface MeshService {
  readonly host: string;
  readonly namespace: string;
  readonly object: ServiceEntry | Service;
  readonly at: FieldRef;
  readonly ports: readonly MeshPort[];
  /** Of a ServiceEntry. */
  readonly resolution?: string;
  /** One address, for which there are listeners of its own. */
  readonly address?: string;
  /** A range of addresses. */
  readonly range?: string;
  readonly endpointLabels: readonly Readonly<Record<string, string>>[];
}

/**
 * Everything that the namespace may see, the oldest first.
 * @param usesInventedAddresses the proxy captures DNS, so that addresses that istiod invents count
 */
export function servicesVisibleIn(world: IstioWorld, namespace: string, usesInventedAddresses: boolean): MeshService[] {
  const { serviceEntries, base, meshConfig } = world;
  const services = [...base.services.values()].filter((service) => {
    const list = service.metadata.annotations?.['networking.istio.io/exportTo'] || undefined;
    const exportTo = list?.split(',').map((one) => one.trim());
    return isExported(exportTo, meshConfig.defaultServiceExportTo, homeOf(service), namespace);
  });
  const entries = serviceEntries.filter((entry) =>
    isExported(entry.spec.exportTo, meshConfig.defaultServiceExportTo, homeOf(entry), namespace),
  );
  const all = [
    ...services.flatMap((service) => ofService(world, service)),
    ...entries.flatMap((entry) => ofEntry(entry, usesInventedAddresses)),
  ];
  return inOneNamespace(all, namespace);
}

/** Of a host that several namespaces have, the one of the client's own counts, else that of the oldest. */
function inOneNamespace(services: readonly MeshService[], namespace: string): MeshService[] {
  const chosen = new Map<string, string>();
  for (const { host, namespace: own } of services) {
    if (!chosen.has(host) || own === namespace) chosen.set(host, own);
  }
  return services.filter(({ host, namespace: own }) => chosen.get(host) === own);
}

function ofEntry(entry: ServiceEntry, usesInvented: boolean): MeshService[] {
  const { hosts, addresses = [], ports = [], resolution = 'NONE', endpoints = [] } = entry.spec;
  const meshPorts = ports.map((port, index) => portOfEntry(entry, port, index));
  return hosts.flatMap((host, index) => {
    const invented = (entry.status?.addresses ?? [])
      .filter((one) => one.host === host)
      .flatMap(({ value }) => value ?? []);
    const own = addresses.length > 0 ? addresses : usesInvented ? invented : [];
    const places = own.length > 0 ? own.map(placeOf) : [{}];
    return places.map((place): MeshService => ({
      host,
      namespace: homeOf(entry),
      object: entry,
      at: fieldRef(entry, 'spec', 'hosts', index),
      ports: meshPorts,
      resolution,
      endpointLabels: endpoints.map(({ labels }) => labels ?? {}),
      ...place,
    }));
  });
}

function portOfEntry(
  entry: ServiceEntry,
  { number, name, protocol, targetPort }: ServiceEntryPort,
  index: number,
): MeshPort {
  const at = fieldRef(entry, 'spec', 'ports', index);
  return { number, name, kind: kindOfProtocol(protocol)!, targetPort, at };
}

/** A range of one address is that address. */
function placeOf(text: string): Pick<MeshService, 'address' | 'range'> {
  if (isIpAddress(text)) return { address: text };
  const { address, prefix } = splitCidr(text)!;
  const isWhole = Number(prefix) === (typeof address === 'number' ? 32 : 128);
  return isWhole ? { address: text.slice(0, text.indexOf('/')) } : { range: text };
}

function ofService(world: IstioWorld, service: Service): MeshService[] {
  const { name } = service.metadata;
  const { ports = [], selector = {} } = service.spec;
  const namespace = homeOf(service);
  const addresses = serviceAddresses(world.base, service);
  const shared = {
    host: `${name}.${namespace}.svc.cluster.local`,
    namespace,
    object: service,
    at: fieldRef(service, 'spec'),
    ports: ports.map((port, index): MeshPort => {
      const targetPort = typeof port.targetPort === 'string' ? null : port.targetPort;
      const at = fieldRef(service, 'spec', 'ports', index);
      return { number: port.port, kind: kindOfServicePort(port), targetPort, at };
    }),
    endpointLabels: [selector],
  };
  // a headless one has a listener for each of its pods
  return (addresses.length > 0 ? addresses : [UNKNOWN_ADDRESS]).map((address) => ({ ...shared, address }));
}

/** Stands for a ClusterIP that is not given: no client dials it. */
const UNKNOWN_ADDRESS = '0.0.0.0';

export function isUnknownAddress(address: string): boolean {
  return address === UNKNOWN_ADDRESS;
}

/**
 * Where a ServiceEntry's own endpoints with these labels are, for one of its ports. A host that Envoy resolves is its own endpoint where
 * there are no others.
 */
export function endpointsOf(
  { object, host, resolution }: MeshService,
  { name, number, targetPort }: MeshPort,
  labels: Readonly<Record<string, string>> | undefined,
): Endpoint[] {
  if (object.kind !== 'ServiceEntry') return [];
  const own = object.spec.endpoints ?? [];
  const endpoints = own.length === 0 && resolution !== 'STATIC' ? [{ address: host }] : own;
  return endpoints
    .filter((endpoint: WorkloadEndpoint) => selects(labels, endpoint.labels ?? {}))
    .map(({ address = '', ports }: WorkloadEndpoint) => ({ address, port: ports?.[name!] ?? targetPort ?? number }));
}
