/** Places that Istio's resources name, and who fares alike: what a matrix of Istio needs; loaded when Istio is asked about. */
import { homeOf, isWithin, qualified } from '../../simulator/istio/hosts.js';
import { kindOfProtocol } from '../../simulator/istio/protocols.js';
import { isForMesh } from '../../simulator/istio/scope.js';
import type { IstioWorld } from '../../simulator/istio/world.js';
import { accountOf } from '../../resources/workloads.js';
import type { Source } from '../../simulator/world.js';
import { destinationAt, inOrder, type Destination, type DestinationProtocol } from './destinations.js';

/**
 * Every host of a ServiceEntry, or range where it is about bytes, with its ports; server names that VirtualServices take on its
 * TLS ports; and hosts of VirtualServices that are no service's. In the order of the names.
 */
export function istioDestinationsOf(world: IstioWorld): Destination[] {
  const found = new Map<string, Destination>();
  const add = (protocol: DestinationProtocol, port: number, place: string): void => {
    const destination = destinationAt(protocol, port, place, asRange(place));
    found.set(destination.name, destination);
  };
  const ofMesh = world.virtualServices.filter(isForMesh);
  const matches = ofMesh.flatMap(({ spec }) =>
    (spec.tls ?? []).flatMap(({ match = [] }) =>
      match
        .filter(({ gateways }) => !gateways?.length || gateways.includes('mesh'))
        .map((one) => ({ hosts: spec.hosts ?? [], ...one })),
    ),
  );
  for (const { spec } of world.serviceEntries) {
    for (const { number, protocol } of spec.ports ?? []) {
      const kind = kindOfProtocol(protocol);
      if (kind === 'http' || kind === 'auto') for (const host of spec.hosts) add('http', number, host);
      if (kind === 'tls') {
        for (const host of spec.hosts) {
          const routed = matches.filter(
            ({ hosts, port }) => hosts.some((one) => isWithin(host, one)) && (port ?? number) === number,
          );
          const names = routed.length > 0 ? routed.flatMap(({ sniHosts = [] }) => sniHosts) : [host];
          for (const name of names) add('https', number, name);
        }
      }
      if (kind === 'tcp' || kind === 'auto') {
        for (const place of spec.addresses?.length ? spec.addresses : ['*']) add('tcp', number, place);
      }
    }
  }
  const services = [...world.base.services.values()].map((one) => qualified(one.metadata.name, homeOf(one)));
  const known = [...services, ...world.serviceEntries.flatMap(({ spec }) => spec.hosts)];
  for (const { spec } of ofMesh) {
    if (!spec.http) continue;
    for (const host of spec.hosts ?? [])
      if (host.includes('.') && !known.some((one) => isWithin(one, host))) add('http', 80, host);
  }
  return inOrder(found);
}

function asRange(place: string): string {
  return place.includes('/') ? place : `${place}/32`;
}

/** ServiceAccounts that AuthorizationPolicies name, as `cluster.local/ns/NAMESPACE/sa/NAME`. */
export function principalsIn({ authorizationPolicies }: IstioWorld): Source[] {
  const names = authorizationPolicies.flatMap(({ spec }) =>
    (spec?.rules ?? []).flatMap(({ from = [], when = [] }) => [
      ...from.flatMap(({ source }) => source?.['principals'] ?? []),
      ...when.flatMap(({ key, values = [] }) => (key === 'source.principal' ? values : [])),
    ]),
  );
  return names.flatMap((name) => {
    const [, namespace, serviceAccount] = /\/ns\/([^/*]+)\/sa\/([^/*]+)$/.exec(name) ?? [];
    return namespace !== undefined ? [{ namespace, serviceAccount: serviceAccount! }] : [];
  });
}

/** Namespaces that have something of Istio's for sidecars. */
export function namespacesWithEgress({ serviceEntries, virtualServices, sidecars }: IstioWorld): string[] {
  const all = [...serviceEntries, ...virtualServices, ...sidecars].map(
    ({ metadata }) => metadata.namespace ?? 'default',
  );
  return [...new Set(all)].sort();
}

/** Puts together sources of one namespace of which nothing tells one from another: no pod is known, and nobody looks who they are. */
export function alikeIstioSenders<T extends { readonly source: Source }>(
  senders: readonly T[],
  world: IstioWorld,
): T[][] {
  const groups = new Map<string, T[]>();
  for (const sender of senders) {
    const { namespace, serviceAccount } = sender.source;
    const hasPod = world.base.pods.some(
      (pod) => (pod.metadata.namespace ?? 'default') === namespace && accountOf(pod) === serviceAccount,
    );
    const key = JSON.stringify([namespace, hasPod || world.authorizationPolicies.length > 0 ? serviceAccount : '']);
    const group = groups.get(key);
    if (group) group.push(sender);
    else groups.set(key, [sender]);
  }
  return [...groups.values()];
}
