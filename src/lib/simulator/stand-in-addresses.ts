import type { Endpoints, Service } from '../resources/types.js';
import { formatIpv4, networkContains, parseIpv4, type Ipv4Network } from '../text/ip.js';

/**
 * Addresses that nobody has: one stands for each ClusterIP that the API server would choose, and that is not given. Istio gives
 * services 240.240.0.0/16.
 */
const STAND_INS: Ipv4Network = { base: 0xf0000000, prefixLength: 12 };

/** Does the address stand for a ClusterIP that is not given? */
export function isStandIn(address: string): boolean {
  const value = parseIpv4(address);
  return value !== undefined && networkContains(STAND_INS, value);
}

/**
 * Stand-ins for the ClusterIPs of services as files have them: without the field, or empty, which the API server fills in, and
 * without the Endpoints that would show that the service is headless and was read from a cluster.
 */
export function standInAddresses(
  services: ReadonlyMap<string, Service>,
  endpoints: ReadonlyMap<string, Endpoints>,
): ReadonlyMap<Service, string> {
  const found = new Map<Service, string>();
  for (const [name, service] of services) {
    const { clusterIP, type } = service.spec;
    if (clusterIP || type === 'ExternalName' || endpoints.has(name)) continue;
    found.set(service, formatIpv4(STAND_INS.base + found.size + 1));
  }
  return found;
}

/** Headless services that select pods, and have no Endpoints here. */
export function headlessWithout(
  services: ReadonlyMap<string, Service>,
  endpoints: ReadonlyMap<string, Endpoints>,
): Service[] {
  return [...services].flatMap(([name, service]) => {
    const { clusterIP, selector } = service.spec;
    return clusterIP === 'None' && selector && !endpoints.has(name) ? [service] : [];
  });
}
