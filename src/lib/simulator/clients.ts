/** Who may send the requests of a source: its pods and their containers, as far as they differ in what is intercepted. */
import type { Pod } from '../resources/types.js';
import { parseIpv4 } from '../text/ip.js';
import type { AddressLiteral } from './address.js';
import type { AddressBranches } from './address-branches.js';
import { podsOfSource } from './control-plane/inbound.js';
import {
  oneOfEachSort,
  TO_THE_POD,
  type ClientContainer,
  type Interception,
  type Interceptor,
} from './interception.js';
import type { Condition } from './verdict.js';
import type { Source, World } from './world.js';

/** A sort of client: a pod of the source, or a container of it, that differs from others in what is intercepted. */
export interface Client {
  /** The first of `pods`. */
  readonly pod: Pod | undefined;
  /** All that it stands for; none: no pod is known. */
  readonly pods: readonly Pod[];
  /** Their addresses, as numbers: what a pod sends to its own one stays in the pod. */
  readonly owners: ReadonlyMap<number, readonly Pod[]>;
  readonly interceptor: Interceptor;
  /** What tells it from the others. */
  readonly conditions: readonly Condition[];
  /** All that it stands for: containers of pods, as `POD/CONTAINER`. */
  readonly senders: readonly string[];
  /** The parts of the address space that may make a difference, by port. */
  readonly branches: Map<number, AddressBranches>;
}

/** Which parts of the address space make a difference is for what came since to say. */
export function asBefore(clients: readonly Client[]): [Client, ...Client[]] {
  return clients.map((client) => ({ ...client, branches: new Map() })) as [Client, ...Client[]];
}

/**
 * The clients that may send a request: one for each sort of pods, and of it for each sort of container.
 * @param pods those of each sort
 * @param containersOf all that the client may run in
 */
export function clientsOf(
  pods: readonly (readonly [Pod, ...Pod[]])[],
  interceptorOf: (pod: Pod | undefined, container: ClientContainer) => Interceptor,
  containersOf: (pod: Pod | undefined) => readonly ClientContainer[],
): [Client, ...Client[]] {
  const sorts = pods.length > 0 ? pods : [[undefined] as const];
  const clients = sorts.flatMap((alike): Client[] => {
    const [pod] = alike;
    const each = alike.map((one) => ({ name: one?.metadata.name ?? '', containers: containersOf(one) }));
    const { containers } = each[0]!;
    const differing = oneOfEachSort(containers);
    const known = alike.filter((one): one is Pod => one !== undefined);
    const owners = ownersOf(known);
    return differing.map((container) => {
      const conditions: Condition[] = [];
      if (pods.length > 1) conditions.push(podIs(known as [Pod, ...Pod[]]));
      if (differing.length > 1) conditions.push({ kind: 'container-is', container: container.name ?? '' });
      const isAlike = ({ asProxy }: ClientContainer) => Boolean(asProxy) === Boolean(container.asProxy);
      const senders = each.flatMap((one) =>
        one.containers.filter(isAlike).map(({ name = '' }) => `${one.name}/${name}`),
      );
      const interceptor = interceptorOf(pod, container);
      return { pod, pods: known, owners, interceptor, conditions, senders, branches: new Map() };
    });
  });
  return clients as [Client, ...Client[]];
}

function ownersOf(pods: readonly Pod[]): Map<number, Pod[]> {
  const owners = new Map<number, Pod[]>();
  for (const pod of pods) {
    const address = parseIpv4(pod.status?.podIP ?? '');
    if (address !== undefined) owners.set(address, [...(owners.get(address) ?? []), pod]);
  }
  return owners;
}

/** The circumstance that the client is in one of some pods. */
export function podIs([first, ...others]: readonly [Pod, ...Pod[]]): Condition {
  return { kind: 'pod-is', pods: [first.metadata.name, ...others.map(({ metadata }) => metadata.name)] };
}

/** Those of a client's pods that an address belongs to; undefined: none. */
export function ownersAt({ owners }: Pick<Client, 'owners'>, to: AddressLiteral): readonly Pod[] | undefined {
  return to.family === 4 ? owners.get(to.value) : undefined;
}

/** The address of a client that is one pod, where it is known; of several that are alike, each has its own. */
export function soleAddressOf({ pods, owners }: Client): number | undefined {
  return pods.length === 1 ? [...owners.keys()][0] : undefined;
}

/** What interception does with a connection, for each of the pods that differ in it. */
export function interceptionsOf(client: Client, to: AddressLiteral, port: number): Interception[] {
  const own = ownersAt(client, to);
  const ofOthers = client.interceptor.intercept(to, port);
  if (!own) return [ofOthers];
  return own.length < client.pods.length ? [TO_THE_POD, ofOthers] : [TO_THE_POD];
}

/**
 * The pods of the source, one for each combination of settings that matters.
 * @param settingsOf those of a pod, as a text to compare
 */
export function podsThatDiffer(world: Pick<World, 'pods'>, source: Source, settingsOf: (pod: Pod) => string): Pod[] {
  return podsBySettings(world, source, settingsOf).map(([first]) => first);
}

/** The pods of the source, those with the same settings together. */
export function podsBySettings(
  world: Pick<World, 'pods'>,
  source: Source,
  settingsOf: (pod: Pod) => string,
): [Pod, ...Pod[]][] {
  const sorts = new Map<string, [Pod, ...Pod[]]>();
  for (const pod of podsOfSource(world, source)) {
    const key = settingsOf(pod);
    const alike = sorts.get(key);
    if (alike) alike.push(pod);
    else sorts.set(key, [pod]);
  }
  return [...sorts.values()];
}
