/** Who may send the requests of a source: its pods and their containers, as far as they differ in what is intercepted. */
import type { Pod } from '../resources/types.js';
import type { AddressBranches } from './address-branches.js';
import { podsOfSource } from './control-plane/inbound.js';
import { oneOfEachSort, type ClientContainer, type Interceptor } from './interception.js';
import type { Condition } from './verdict.js';
import type { Source, World } from './world.js';

/** A sort of client: a pod of the source, or a container of it, that differs from others in what is intercepted. */
export interface Client {
  readonly pod: Pod | undefined;
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
    return differing.map((container) => {
      const conditions: Condition[] = [];
      if (pods.length > 1) conditions.push({ kind: 'pod-is', pod: pod!.metadata.name });
      if (differing.length > 1) conditions.push({ kind: 'container-is', container: container.name ?? '' });
      const isAlike = ({ asProxy }: ClientContainer) => Boolean(asProxy) === Boolean(container.asProxy);
      const senders = each.flatMap((one) =>
        one.containers.filter(isAlike).map(({ name = '' }) => `${one.name}/${name}`),
      );
      return { pod, interceptor: interceptorOf(pod, container), conditions, senders, branches: new Map() };
    });
  });
  return clients as [Client, ...Client[]];
}

/**
 * The pods of the source, one for each combination of settings that matters.
 * @param settingsOf those of a pod, as a text to compare
 */
export function podsThatDiffer(world: World, source: Source, settingsOf: (pod: Pod) => string): Pod[] {
  return podsBySettings(world, source, settingsOf).map(([first]) => first);
}

/** The pods of the source, those with the same settings together. */
export function podsBySettings(world: World, source: Source, settingsOf: (pod: Pod) => string): [Pod, ...Pod[]][] {
  const sorts = new Map<string, [Pod, ...Pod[]]>();
  for (const pod of podsOfSource(world, source)) {
    const key = settingsOf(pod);
    const alike = sorts.get(key);
    if (alike) alike.push(pod);
    else sorts.set(key, [pod]);
  }
  return [...sorts.values()];
}
