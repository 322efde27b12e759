import { accountOf, hasEnded, podField } from '../../resources/workloads.js';
import type { FieldRef, Pod, Service } from '../../resources/types.js';
import type { FarSide } from '../envoy/types.js';
import { endpointsAsGiven } from '../endpoint-slices.js';
import { sidecarState } from '../interception.js';
import { fieldRef, namespacedName, nameOf, type World } from '../world.js';
import type { MeshService } from './mesh-services.js';

/** Whether a server takes mutual TLS from the source: a pod with a sidecar does; `assumed`: the input does not show it. */
type Server = 'with-sidecar' | 'assumed' | Failing;
type Failing = NonNullable<FarSide['failing']>;

/**
 * What the input shows of the servers behind a service of the mesh. Those of Endpoints are looked up by the pod that they name or
 * by address; without Endpoints the pods that the Service selects count. Egress semantics §3.4.
 * @param accounts `namespace/name` of the ServiceAccounts to whose pods the source may connect; undefined: of all
 */
export function farSideOf(world: World, service: MeshService, accounts: ReadonlySet<string> | undefined): FarSide {
  const { known } = podIndex(world);
  const opened = accounts ? [...accounts].sort().join(' ') : '*';
  const key = `${service.namespace}/${service.name}|${service.port}|${service.targetPort} ${opened}`;
  let farSide = known.get(key);
  if (!farSide) known.set(key, (farSide = lookAt(world, service, accounts)));
  return farSide;
}

function lookAt(
  world: World,
  { source, namespace, answering }: MeshService,
  accounts: ReadonlySet<string> | undefined,
): FarSide {
  const service = source.object as Service;
  if (service.spec.type === 'ExternalName') return outside(fieldRef(service, 'spec', 'type'));
  const selected = podsIn(world, namespace).filter(
    (pod) => !hasEnded(pod) && selects(service, pod.metadata.labels ?? {}),
  );
  const isOpen = (pod: Pod) => !accounts || accounts.has(identityOf(pod));
  const open = selected.filter(isOpen);
  // where they could be none of these, it is not known which pods they are
  const likely = open.length > 0 ? open : selected;
  const found =
    answering.length > 0
      ? answering.flatMap((ip) => serversAt(world, service, ip, likely, isOpen))
      : likely.map((pod) => serverIn(world, pod));
  const told = found.filter((server) => !isFailing(server) || server.why !== 'other-account');
  // no traffic goes to those that Envoy is not told of, if there are others
  const servers = told.length > 0 ? told : found;
  if (servers.length === 0) return ASSUMED;
  const failing = servers.find(isFailing);
  const others = servers.filter((server) => typeof server !== 'object');
  if (others.length === 0) return { failing, others: 'none' };
  if (others.includes('assumed')) return { failing, others: 'assumed' };
  return { failing, others: world.permissive ? 'open' : 'with-sidecar' };
}

const ASSUMED: FarSide = { others: 'assumed' };

function outside(at: FieldRef): FarSide {
  return { failing: { why: 'outside', at }, others: 'none' };
}

function isFailing(server: Server): server is Failing {
  return typeof server === 'object';
}

/**
 * The server at an endpoint: its pod; where that is not given, what the Service selects; an address that is no pod's is outside.
 * The source is not told of one whose pods all
 * run under other accounts.
 */
function serversAt(
  world: World,
  service: Service,
  ip: string,
  selected: readonly Pod[],
  isOpen: (pod: Pod) => boolean,
): Server[] {
  const endpoints = world.endpoints.get(nameOf(service))!;
  const addresses = endpoints.subsets!.flatMap((subset) => subset.addresses ?? []);
  const targetRef = addresses.find((address) => address.ip === ip)?.targetRef;
  const { byAddress, byName } = podIndex(world);
  const home = targetRef?.namespace ?? service.metadata.namespace;
  const there = byAddress.get(ip) ?? [];
  // pods in the network of their node share its address
  const named = targetRef?.name && byName.get(namespacedName(home, targetRef.name));
  const pod = named || there.at(-1);
  if (pod && ![pod, ...there].some(isOpen)) {
    return [{ why: 'other-account', at: podField(pod, 'spec', 'serviceAccountName') }];
  }
  if (pod) return [serverIn(world, pod)];
  // pods that run have addresses: where they are given, one that none of them has is elsewhere
  const isElsewhere = targetRef ? (targetRef.kind ?? 'Pod') !== 'Pod' : !service.spec.selector && byAddress.size > 0;
  if (isElsewhere) return [{ why: 'outside', at: fieldRef(endpointsAsGiven(endpoints)) }];
  return selected.length > 0 ? selected.map((other) => serverIn(world, other)) : ['assumed'];
}

function serverIn(world: World, pod: Pod): Server {
  const { namespace = 'default' } = pod.metadata;
  const sidecar = sidecarState(world, { namespace }, pod);
  if (!sidecar.injected) return { why: 'no-sidecar', at: sidecar.at ?? podField(pod) };
  return sidecar.assumed ? 'assumed' : 'with-sidecar';
}

/** Under what a pod runs: `namespace/ServiceAccount`. */
export function identityOf(pod: Pod): string {
  return namespacedName(pod.metadata.namespace, accountOf(pod));
}

export function selects(service: Service, labels: Readonly<Record<string, string>>): boolean {
  const selector = Object.entries(service.spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

interface PodIndex {
  readonly byNamespace: ReadonlyMap<string, readonly Pod[]>;
  readonly byName: ReadonlyMap<string, Pod>;
  readonly byAddress: ReadonlyMap<string, readonly Pod[]>;
  /** What has been found out about services: the same for every source that may connect to the same accounts. */
  readonly known: Map<string, FarSide>;
}

/** By the pods of a world, which worlds that differ in policies alone share, like all else that is looked at here. */
const indexes = new WeakMap<World['pods'], PodIndex>();

function podIndex(world: World): PodIndex {
  const known = indexes.get(world.pods);
  if (known) return known;
  const byNamespace = new Map<string, Pod[]>();
  const byName = new Map<string, Pod>();
  const byAddress = new Map<string, Pod[]>();
  for (const pod of world.pods) {
    const home = pod.metadata.namespace ?? 'default';
    const others = byNamespace.get(home);
    if (others) others.push(pod);
    else byNamespace.set(home, [pod]);
    byName.set(nameOf(pod), pod);
    for (const address of hasEnded(pod) ? [] : addressesOf(pod)) {
      byAddress.set(address, [...(byAddress.get(address) ?? []), pod]);
    }
  }
  const index = { byNamespace, byName, byAddress, known: new Map<string, FarSide>() };
  indexes.set(world.pods, index);
  return index;
}

function addressesOf({ status: { podIP, podIPs = [] } = {} }: Pod): Set<string> {
  return new Set([...podIPs.map(({ ip }) => ip), podIP].filter((address) => address !== undefined));
}

function podsIn(world: World, namespace: string): readonly Pod[] {
  return podIndex(world).byNamespace.get(namespace) ?? [];
}
