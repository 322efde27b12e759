import { SLICE_MANAGER, SLICE_SERVICE } from '../resources/labels.js';
import type { Endpoints, EndpointSlice, Service } from '../resources/types.js';

type Subset = NonNullable<Endpoints['subsets']>[number];

/** Managers whose slices stand beside Endpoints that say the same. */
const MANAGERS_WITH_ENDPOINTS = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

const sliceOf = new WeakMap<Endpoints, EndpointSlice>();

/** The object that was given: the Endpoints, or the first of the slices that they were made from. */
export function endpointsAsGiven(endpoints: Endpoints): Endpoints | EndpointSlice {
  return sliceOf.get(endpoints) ?? endpoints;
}

/**
 * The Endpoints of the cluster, by namespace and name: those that are given, and those that Kubernetes keeps beside EndpointSlices
 * that are given. The control plane reads Endpoints alone, and nobody makes them for slices that somebody wrote by hand for a Service
 * without selector. They hold addresses of the Service's first family. Egress semantics §3.4.
 */
export function endpointsWithSlices(
  given: ReadonlyMap<string, Endpoints>,
  slices: ReadonlyMap<string, EndpointSlice>,
  services: ReadonlyMap<string, Service>,
): ReadonlyMap<string, Endpoints> {
  if (slices.size === 0) return given;
  const all = new Map(given);
  const made = new Map<string, Subset[]>();
  for (const [key, slice] of [...slices].sort(byName)) {
    const { namespace, labels } = slice.metadata;
    const service = labels?.[SLICE_SERVICE];
    if (service === undefined) continue;
    const name = key.slice(0, key.indexOf('/') + 1) + service;
    if (given.has(name) || !comesWithEndpoints(slice, services.get(name))) continue;
    let subsets = made.get(name);
    if (!subsets) {
      made.set(name, (subsets = []));
      const endpoints: Endpoints = {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: service, ...(namespace !== undefined && { namespace }) },
        subsets,
      };
      sliceOf.set(endpoints, slice);
      all.set(name, endpoints);
    }
    if (slice.addressType === familyOf(services.get(name))) subsets.push(...subsetsOf(slice));
  }
  return all;
}

function comesWithEndpoints({ metadata }: EndpointSlice, service: Service | undefined): boolean {
  const manager = metadata.labels?.[SLICE_MANAGER];
  return Object.keys(service?.spec.selector ?? {}).length > 0 || MANAGERS_WITH_ENDPOINTS.includes(manager ?? '');
}

function familyOf(service: Service | undefined): EndpointSlice['addressType'] {
  const { ipFamilies, clusterIP } = service?.spec ?? {};
  return (ipFamilies?.[0] ?? (clusterIP?.includes(':') ? 'IPv6' : 'IPv4')) === 'IPv6' ? 'IPv6' : 'IPv4';
}

/** A condition that is not told counts as ready. Only the first address of an endpoint means anything. */
function subsetsOf({ endpoints, ports }: EndpointSlice): Subset[] {
  const addresses = (endpoints ?? []).flatMap(({ addresses: all, conditions, hostname, targetRef }) => {
    const [ip] = all ?? [];
    if (ip === undefined || conditions?.ready === false) return [];
    return [{ ip, ...(hostname !== undefined && { hostname }), ...(targetRef && { targetRef }) }];
  });
  const numbered = (ports ?? []).flatMap(({ port, name, appProtocol }) =>
    port === undefined
      ? []
      : [{ port, ...(name !== undefined && { name }), ...(appProtocol !== undefined && { appProtocol }) }],
  );
  return addresses.length === 0 ? [] : [{ addresses, ports: numbered }];
}

function byName([a]: readonly [string, EndpointSlice], [b]: readonly [string, EndpointSlice]): number {
  return a < b ? -1 : 1;
}
