import type { TrafficSplit } from '../../resources/types.js';
import type { ClusterChoices, WeightedClusters } from '../envoy/types.js';
import type { World } from '../world.js';
import { fieldRef, namespacedName } from '../world.js';
import { meshClusterName, type MeshService } from './mesh-services.js';

/** The TrafficSplits of a root service. Egress semantics §3.4. */
export type SplitsOf = (root: MeshService) => readonly TrafficSplit[];

/** Indexes TrafficSplits by their root, in the split's own namespace. Outside the mesh nobody asks for it. */
export function indexSplits(world: World): SplitsOf {
  const byRoot = new Map<string, TrafficSplit[]>();
  for (const split of world.trafficSplits) {
    const { namespace = 'default' } = split.metadata;
    const key = namespacedName(namespace, rootLabels(world, split).at(-1)!);
    const splits = byRoot.get(key);
    if (splits) splits.push(split);
    else byRoot.set(key, [split]);
  }
  return ({ namespace, name }) => byRoot.get(namespacedName(namespace, name)) ?? [];
}

/**
 * The Service that `spec.service` names, with a hostname before it if there is one, as the control plane takes its labels apart: by
 * their number it tells `NAME.NAMESPACE…` from `HOSTNAME.NAME.NAMESPACE…`, and where that leaves both open, by whether the last
 * label is a namespace of the mesh.
 */
export function rootLabels(world: World, split: TrafficSplit): readonly [name: string] | readonly [string, string] {
  const [host = ''] = split.spec.service.split(':');
  const labels = host.split('.');
  const [first = '', second = ''] = labels;
  switch (labels.length) {
    case 2:
      return isNamespace(world, second) ? [first] : [first, second];
    case 3:
      return isNamespace(world, labels[2]!) ? [first, second] : [first];
    case 4:
    case 6:
      return [first, second];
    default:
      return [first];
  }
}

/** A namespace that is not given is one where something lives. */
function isNamespace(world: World, name: string): boolean {
  if (world.namespaces.has(name)) return world.isMonitored(name);
  const inhabitants = [...world.services.values(), ...world.pods, ...world.trafficSplits];
  return inhabitants.some(({ metadata }) => (metadata.namespace ?? 'default') === name);
}

/** Where traffic for a service goes: to the backends of one of its splits, else to itself. */
export function clusterChoicesOf(world: World, service: MeshService, splits: readonly TrafficSplit[]): ClusterChoices {
  if (splits.length > 0) return splits.map((split) => backendsOf(world, service, split));
  const name = meshClusterName(service.namespace, service.name, service.targetPort);
  return [{ clusters: [{ name, weight: 100 }], source: service.source }];
}

/** The backends that count: their port with the root's number has a name that one of their endpoints' ports bears. */
function backendsOf(world: World, root: MeshService, split: TrafficSplit): WeightedClusters {
  let total = 0;
  const clusters = split.spec.backends.flatMap(({ service, weight }) => {
    const key = namespacedName(root.namespace, service);
    const ports = world.services.get(key)?.spec.ports ?? [];
    const subsets = world.endpoints.get(key)?.subsets ?? [];
    if (!world.services.has(key)) return [];
    const portName = ports.find(({ port }) => port === root.port)?.name ?? '';
    const target = subsets.flatMap((subset) => subset.ports ?? []).find(({ name = '' }) => name === portName);
    if (!target) return [];
    total += weight;
    // the control plane keeps weights as unsigned numbers of 32 bits, and adds them up as they are
    return [{ name: meshClusterName(root.namespace, service, target.port), weight: weight >>> 0 }];
  });
  return { clusters, source: fieldRef(split, 'spec', 'backends'), total };
}
