import { parseAddressLiteral } from './address.js';
import { serviceAddresses, serviceHostnames } from './control-plane/mesh.js';
import type { ResolvedBy } from './trace.js';
import type { Source, World } from './world.js';

/**
 * What is known about names. Called with a lower-case name.
 * Gives addresses in the order in which they would be tried, `not-found` when the name is known not to resolve, or
 * undefined when nothing is known.
 */
export type Resolver = (name: string) => readonly string[] | 'not-found' | undefined;

export interface LookUp {
  readonly addresses: readonly string[];
  readonly by: ResolvedBy;
}

export interface Names {
  lookUp(host: string): LookUp;
  /** Addresses of services, as unsigned 32-bit integers. */
  readonly serviceAddresses: ReadonlySet<number>;
}

const UNKNOWN: LookUp = { addresses: [], by: 'nobody' };
const NOT_FOUND: LookUp = { addresses: [], by: 'not-found' };
const LOOPBACK: LookUp = { addresses: ['127.0.0.1'], by: 'loopback' };

/** Resolves names as a pod of the source does: what was told first, then the services of the cluster. */
export function createNames(world: World, source: Source, resolve: Resolver): Names {
  const services = new Map<string, LookUp>();
  const addressesOfServices = new Set<number>();
  for (const service of world.services) {
    const addresses = serviceAddresses(world, service);
    if (addresses.length === 0) continue;
    for (const name of serviceHostnames(service, source.namespace)) services.set(name, { addresses, by: 'service' });
    for (const address of addresses) {
      const literal = parseAddressLiteral(address);
      if (literal?.family === 4) addressesOfServices.add(literal.value);
    }
  }
  return {
    serviceAddresses: addressesOfServices,
    lookUp(host) {
      if (parseAddressLiteral(host)) return { addresses: [host], by: 'literal' };
      let name = host.toLowerCase();
      if (name.endsWith('.')) name = name.slice(0, -1);
      if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
      const told = resolve(name) ?? (isReservedAsInvalid(name) ? 'not-found' : undefined);
      if (told === 'not-found') return services.get(name) ?? NOT_FOUND;
      if (told && told.length > 0) return { addresses: told, by: 'resolver' };
      return services.get(name) ?? UNKNOWN;
    },
  };
}

/** RFC 6761 §6.4: such a name never resolves. */
function isReservedAsInvalid(name: string): boolean {
  return name === 'invalid' || name.endsWith('.invalid');
}
