/** Two worlds of Istio compared; apart, because few comparisons need Istio's simulator. */
import type { Pod } from '../../resources/types.js';
import {
  istioSettingsOf,
  istioSimulations,
  simulateIstio,
  type IstioSimulationOptions,
} from '../../simulator/istio/simulation.js';
import type { IstioWorld } from '../../simulator/istio/world.js';
import { podsThatDiffer } from '../../simulator/clients.js';
import type { Simulation } from '../../simulator/simulation.js';
import { nameOf, type Source } from '../../simulator/world.js';
import { joined, type WorldDiff } from './diff.js';
import { effectsBetween, newMemory } from './effects.js';

/** As `diffWorlds`; pods of a source that get different programs are compared each by itself. */
export function diffIstioWorlds(old: IstioWorld, now: IstioWorld, sources: readonly Source[]): WorldDiff {
  const memory = newMemory();
  const bySource = sources.flatMap((source) =>
    istioPairs(old, now, source).map(({ before, after }) => effectsBetween(before, after, { memory })),
  );
  return joined(bySource, sources);
}

export interface SimulationPair {
  readonly before: Simulation;
  readonly after: Simulation;
}

/**
 * A source under two sets of resources: once, or for each of its pods where these get different programs. A pod is in either as
 * that one has it, and in one that lacks it as in the other.
 */
export function istioPairs(
  old: IstioWorld,
  now: IstioWorld,
  source: Source,
  options: IstioSimulationOptions = {},
): SimulationPair[] {
  const then = new Map(old.base.pods.map((pod) => [nameOf(pod), pod]));
  const asItWas = (pod: Pod): Pod => then.get(nameOf(pod)) ?? pod;
  const all = new Map([...old.base.pods, ...now.base.pods].map((pod) => [nameOf(pod), pod]));
  const pods = podsThatDiffer(
    { pods: [...all.values()] },
    source,
    (pod) => istioSettingsOf(old, asItWas(pod)) + istioSettingsOf(now, pod),
  );
  const each = [old, now].flatMap((world) => istioSimulations(world, source, options));
  return (each.length === 2 ? [options.pod] : pods).map((pod) => ({
    before: simulateIstio(old, source, { ...options, pod: pod && asItWas(pod) }),
    after: simulateIstio(now, source, { ...options, pod }),
  }));
}
