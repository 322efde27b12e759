import type { ClusterError } from '../errors.js';
import type { Resource } from '../resources/types.js';
import { MissingKindError, isForbidden, isNotFound } from './errors.js';
import { apiVersionOf, kinds, usualMeshConfigName } from '../resources/kinds.js';
import type { ResourceKind } from '../resources/kinds.js';
import { withoutHistory } from '../resources/server-fields.js';
import type { Cluster } from './types.js';

/** Which objects of a kind are needed besides the policies. `true`: those of all namespaces. */
export type Extent = boolean | { readonly namespaces: readonly string[]; readonly labelSelector?: string };

/** What the simulator is going to look at. MeshConfig, Namespaces and the egress policies are always fetched. */
export interface WorldNeed {
  /** Namespace of the control plane, where the MeshConfig is. */
  readonly osmNamespace: string;
  /** Default `osm-mesh-config`. */
  readonly meshConfigName?: string;
  /** False: only the kinds named below, in addition to an earlier answer. Default true. */
  readonly policies?: boolean;
  /** Whether the MeshConfig is read; default: with the policies. */
  readonly meshConfig?: boolean;
  readonly services?: Extent;
  readonly endpoints?: Extent;
  readonly endpointSlices?: Extent;
  readonly pods?: Extent;
  readonly serviceAccounts?: Extent;
  readonly trafficTargets?: Extent;
  readonly trafficSplits?: Extent;
  /** Whether Namespaces are read; default: with the policies. */
  readonly namespaces?: boolean;
  /** More kinds. */
  readonly others?: readonly { readonly kind: ResourceKind; readonly extent: Extent }[];
  /** Namespaces to read one by one where the user may not read all at once; also the Namespace objects of these names. */
  readonly fallbackNamespaces?: readonly string[];
  readonly onProgress?: (progress: WorldProgress) => void;
}

export interface WorldProgress {
  readonly kind: string;
  /** Objects of the kind received so far. */
  readonly received: number;
}

/** Something that the user may not read. */
export interface Forbidden {
  readonly kind: string;
  /** Absent: all namespaces at once, or a kind that has none. */
  readonly namespace?: string;
  /** Present when a single object was asked for. */
  readonly name?: string;
  /** In the server's words. */
  readonly error: ClusterError;
}

export interface MissingKind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly error: MissingKindError;
}

export interface MissingObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What the cluster holds, as far as it could be read. What could not is data, for the caller to judge whether it matters. */
export interface World {
  /** By kind in a fixed order, then in the server's order: namespace, name. */
  readonly objects: Resource[];
  readonly forbidden: Forbidden[];
  readonly missingKinds: MissingKind[];
  /** Objects that were asked for by name and are not there. */
  readonly missingObjects: MissingObject[];
}

/** Kinds that are read at the same time: enough to hide the way to the server, few enough not to burden it. */
const concurrency = 4;

/**
 * Fetches what a simulation needs. A missing permission, kind or MeshConfig is part of the result; any other failure
 * (unreachable, unauthorised, time-out) throws `ClusterError`.
 */
export async function fetchResources(cluster: Cluster, need: WorldNeed): Promise<World> {
  const meshConfig = {
    kind: kinds.MeshConfig,
    namespace: need.osmNamespace,
    name: need.meshConfigName ?? usualMeshConfigName,
  };
  const policies = need.policies ?? true;
  const tasks: ((signal: AbortSignal) => Promise<World>)[] = [
    ...((need.meshConfig ?? policies) ? [(signal: AbortSignal) => readOne(cluster, meshConfig, signal)] : []),
    ...((need.namespaces ?? policies) ? [(signal: AbortSignal) => readNamespaces(cluster, need, signal)] : []),
    ...[
      [kinds.Egress, policies] as const,
      [kinds.HTTPRouteGroup, policies] as const,
      [kinds.UpstreamTrafficSetting, policies] as const,
      [kinds.ServiceAccount, need.serviceAccounts] as const,
      [kinds.Service, need.services] as const,
      [kinds.Endpoints, need.endpoints] as const,
      [kinds.EndpointSlice, need.endpointSlices] as const,
      [kinds.Pod, need.pods] as const,
      [kinds.TrafficTarget, need.trafficTargets] as const,
      [kinds.TrafficSplit, need.trafficSplits] as const,
      ...(need.others ?? []).map(({ kind, extent }) => [kind, extent] as const),
    ].map(
      ([kind, extent]) =>
        (signal: AbortSignal) =>
          readKind(cluster, kind, extent || nowhere, need, signal),
    ),
  ];
  return join(await inParallel(tasks, concurrency));
}

const nowhere = { namespaces: [] };

const nothing: World = { objects: [], forbidden: [], missingKinds: [], missingObjects: [] };

function join(parts: readonly World[]): World {
  return {
    objects: parts.flatMap((part) => part.objects),
    forbidden: parts.flatMap((part) => part.forbidden),
    missingKinds: [...new Map(parts.flatMap((part) => part.missingKinds).map((item) => [item.kind, item])).values()],
    missingObjects: parts.flatMap((part) => part.missingObjects),
  };
}

async function readKind(
  cluster: Cluster,
  kind: ResourceKind<Resource>,
  extent: Exclude<Extent, false>,
  need: WorldNeed,
  signal: AbortSignal,
): Promise<World> {
  let received = 0;
  const read = (namespace?: string, labelSelector?: string): Promise<World> => {
    const before = received;
    const onPage = (count: number): void => {
      received = before + count;
      need.onProgress?.({ kind: kind.kind, received });
    };
    return attempt(kind, { ...(namespace === undefined ? {} : { namespace }) }, async () =>
      (await cluster.list(kind, { namespace, labelSelector, onPage, signal })).map(withoutHistory),
    );
  };
  if (extent !== true) {
    const parts: World[] = [];
    for (const namespace of new Set(extent.namespaces)) parts.push(await read(namespace, extent.labelSelector));
    return join(parts);
  }
  const everywhere = await read();
  if (everywhere.forbidden.length === 0) return everywhere;
  const parts = [everywhere];
  for (const namespace of new Set(need.fallbackNamespaces)) parts.push(await read(namespace));
  return join(parts);
}

async function readNamespaces(cluster: Cluster, need: WorldNeed, signal: AbortSignal): Promise<World> {
  const all = await readKind(cluster, kinds.Namespace, true, { ...need, fallbackNamespaces: [] }, signal);
  if (all.forbidden.length === 0) return all;
  const parts = [all];
  for (const name of new Set(need.fallbackNamespaces)) {
    parts.push(await readOne(cluster, { kind: kinds.Namespace, name }, signal));
  }
  return join(parts);
}

async function readOne<T extends Resource>(
  cluster: Cluster,
  ref: { readonly kind: ResourceKind<T>; readonly name: string; readonly namespace?: string },
  signal: AbortSignal,
): Promise<World> {
  const { kind, ...where } = ref;
  return attempt(kind, where, async () => [withoutHistory(await cluster.get(ref, signal))]);
}

async function attempt(
  kind: ResourceKind,
  where: { readonly namespace?: string; readonly name?: string },
  read: () => Promise<Resource[]>,
): Promise<World> {
  try {
    return { ...nothing, objects: await read() };
  } catch (error) {
    if (isForbidden(error)) return { ...nothing, forbidden: [{ kind: kind.kind, ...where, error }] };
    if (error instanceof MissingKindError) {
      return { ...nothing, missingKinds: [{ kind: kind.kind, apiVersion: apiVersionOf(kind), error }] };
    }
    if (isNotFound(error) && where.name !== undefined) {
      return { ...nothing, missingObjects: [{ kind: kind.kind, ...where, name: where.name }] };
    }
    throw error;
  }
}

/** Runs the tasks, some at a time. After a failure the others are told to end, and nothing goes on behind the caller's back. */
async function inParallel<T>(tasks: readonly ((signal: AbortSignal) => Promise<T>)[], limit: number): Promise<T[]> {
  const controller = new AbortController();
  const results = new Array<T>(tasks.length);
  const failures: unknown[] = [];
  const pending = [...tasks.entries()];
  const worker = async (): Promise<void> => {
    for (let task = pending.shift(); task; task = pending.shift()) {
      try {
        results[task[0]] = await task[1](controller.signal);
      } catch (error) {
        failures.push(error);
        controller.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
