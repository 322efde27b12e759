/** Two worlds of Istio compared; apart, because few comparisons need Istio's simulator. */
import type { Pod } from '../../resources/types.js';
import { istioSimulations, simulateIstio } from '../../simulator/istio/simulation.js';
import type { IstioWorld } from '../../simulator/istio/world.js';
import { nameOf, type Source } from '../../simulator/world.js';
import { joined, type WorldDiff } from './diff.js';
import { effectsBetween, newMemory } from './effects.js';

/** As `diffWorlds`; pods of a source that get different programs are compared each by itself. */
export function diffIstioWorlds(old: IstioWorld, now: IstioWorld, sources: readonly Source[]): WorldDiff {
  const memory = newMemory();
  const bySource = sources.flatMap((source) => {
    const each = [old, now].flatMap((world) => istioSimulations(world, source));
    const pods = new Map<string, Pod>(
      each.flatMap(({ clients }) => clients.flatMap(({ pod }) => (pod ? [[nameOf(pod), pod] as const] : []))),
    );
    const alike = each.length === 2 || pods.size === 0;
    return (alike ? [undefined] : [...pods.values()]).map((pod) =>
      effectsBetween(simulateIstio(old, source, { pod }), simulateIstio(now, source, { pod }), { memory }),
    );
  });
  return joined(bySource, sources);
}
