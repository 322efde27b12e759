import { parseAddressLiteral } from './address.js';
import { parseIpv4 } from '../text/ip.js';
import type { Service } from '../resources/types.js';
import type { ResolvedBy } from './trace.js';
import { nameOf, type Source, type World } from './world.js';

/**
 * What is known about names. Called with a lower-case name.
 * Gives addresses in the order in which they would be tried, `not-found` when the name is known not to resolve, or
 * undefined when nothing is known.
 */
export type Resolver = (name: string) => readonly string[] | 'not-found' | undefined;

export interface LookUp {
  readonly addresses: readonly string[];
  readonly by: ResolvedBy;
  /** The service of the cluster whose name or address it is. */
  readonly service?: Service | undefined;
  /** The address only stands for the ClusterIP of the service, which is not given. */
  readonly standsIn?: boolean;
  /** Why nobody knows: the name of a headless service, or of a pod of it, whose addresses nobody tells. */
  readonly scattered?: string;
}

export interface Names {
  lookUp(host: string): LookUp;
  /** The same for Envoy, whom nobody but DNS tells a name: one that is known not to resolve is not looked for among services. */
  lookUpForEnvoy(host: string): LookUp;
  /** Services by their addresses, as unsigned 32-bit integers. */
  readonly services: ReadonlyMap<number, Service>;
  readonly serviceAddresses: ReadonlySet<number>;
}

/** What can be told of the addresses of a name: nothing where one only stands for a ClusterIP. */
export function toldAddresses({ addresses, standsIn }: LookUp): readonly string[] {
  return standsIn ? [] : addresses;
}

/** Of the names that the cluster's DNS itself has. */
const CLUSTER_DOMAIN = '.svc.cluster.local';

const UNKNOWN: LookUp = { addresses: [], by: 'nobody' };
const NOT_FOUND: LookUp = { addresses: [], by: 'not-found' };
const LOOPBACK: LookUp = { addresses: ['127.0.0.1'], by: 'loopback' };
/** As the kubelet writes them into each pod's hosts file. */
const IPV6_LOOPBACK: LookUp = { addresses: ['::1'], by: 'loopback' };
const NAMES_OF_IPV6_LOOPBACK: ReadonlySet<string> = new Set(['ip6-localhost', 'ip6-loopback']);

/** Resolves names as a pod of the source does: what was told first, then the services of the cluster. */
export function createNames(world: World, source: Source, resolve: Resolver): Names {
  const services = new Map<string, LookUp>();
  const byAddress = new Map<number, Service>();
  for (const service of world.services.values()) {
    for (const [name, addresses] of recordsOf(world, service)) {
      const { namespace = 'default' } = service.metadata;
      const qualified = `${name}.${namespace}`;
      const names = [qualified, `${qualified}.svc`, qualified + CLUSTER_DOMAIN];
      if (namespace === source.namespace) names.push(name);
      const found: LookUp = { addresses, by: 'service', service, standsIn: world.standIns.has(service) };
      for (const one of names) services.set(one, found);
      for (const address of addresses) byAddress.set(parseIpv4(address)!, service);
    }
  }
  const scattered = new Set<string>();
  for (const { metadata } of world.scattered) {
    const { name, namespace = 'default' } = metadata;
    if (!world.isMonitored(namespace)) continue;
    const qualified = `${name}.${namespace}`;
    for (const one of [qualified, `${qualified}.svc`, qualified + CLUSTER_DOMAIN]) scattered.add(one);
    if (namespace === source.namespace) scattered.add(name);
  }
  const isScattered = (name: string) => scattered.has(name) || scattered.has(name.slice(name.indexOf('.') + 1));
  // no service is at an address that is no number
  const atNumber: ReadonlyMap<number | undefined, Service> = byAddress;
  const serviceAt = (addresses: readonly string[]) =>
    addresses.map((address) => atNumber.get(parseIpv4(address))).find((service) => service !== undefined);
  const lookUp = (host: string, whenNotFound: (name: string) => LookUp): LookUp => {
    if (parseAddressLiteral(host)) return { addresses: [host], by: 'literal', service: serviceAt([host]) };
    const isAbsolute = host.endsWith('.');
    const name = host.toLowerCase().slice(0, isAbsolute ? -1 : undefined);
    // a name of the cluster without its domain is found by a search domain alone, of which a final dot lets none be tried
    const inCluster = isAbsolute && !name.endsWith(CLUSTER_DOMAIN) ? '' : name;
    if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
    if (NAMES_OF_IPV6_LOOPBACK.has(name)) return IPV6_LOOPBACK;
    const told = resolve(name) ?? (isReservedAsInvalid(name) ? 'not-found' : undefined);
    if (told === 'not-found') return whenNotFound(inCluster);
    if (told && told.length > 0) return { addresses: told, by: 'resolver', service: serviceAt(told) };
    const service = services.get(inCluster);
    if (service) return service;
    if (isScattered(inCluster)) return { ...UNKNOWN, scattered: scatteredText(host) };
    // Envoy's virtual hosts know the one form, search domains the other, and DNS has neither
    const isInside = name.endsWith('.svc.cluster') || (isAbsolute && name.endsWith('.svc'));
    return isInside ? whenNotFound(inCluster) : UNKNOWN;
  };
  return {
    services: byAddress,
    serviceAddresses: new Set(byAddress.keys()),
    lookUp: (host) => lookUp(host, (name) => services.get(name) ?? NOT_FOUND),
    lookUpForEnvoy: (host) => lookUp(host, () => NOT_FOUND),
  };
}

/**
 * Where a service is dialled: its ClusterIP, without one each of its endpoints; IPv4 only, since nothing else is intercepted.
 */
export function serviceAddresses(world: World, service: Service): string[] {
  const clusterIP = world.standIns.get(service) ?? service.spec.clusterIP;
  if (clusterIP && parseIpv4(clusterIP) !== undefined) return [clusterIP];
  return [...new Set(endpointsOf(world, service).map(({ ip }) => ip))];
}

/** What the cluster's DNS has of a service, by name without namespace: itself, and each hostname of its endpoints. */
function recordsOf(world: World, service: Service): Map<string, string[]> {
  const { name } = service.metadata;
  const records = new Map<string, string[]>();
  for (const { ip, hostname } of endpointsOf(world, service)) {
    if (hostname === undefined) continue;
    const key = `${hostname}.${name}`;
    records.set(key, [...(records.get(key) ?? []), ip]);
  }
  const own = serviceAddresses(world, service);
  return own.length > 0 ? records.set(name, own) : records;
}

function endpointsOf(world: World, service: Service): { ip: string; hostname?: string }[] {
  const subsets = world.endpoints.get(nameOf(service))?.subsets ?? [];
  return subsets.flatMap(({ addresses = [] }) => addresses).filter(({ ip }) => parseIpv4(ip) !== undefined);
}

/** RFC 6761 §6.4: such a name never resolves. */
function isReservedAsInvalid(name: string): boolean {
  return name === 'invalid' || name.endsWith('.invalid');
}

function scatteredText(host: string): string {
  return `${host} is a headless Service, whose Endpoints are not given: they decide what the mesh knows it by`;
}
