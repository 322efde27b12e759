/** Two worlds of Istio compared; apart, because few comparisons need Istio's simulator. */
import type { Pod } from '../../resources/types.js';
import {
  istioSettingsOf,
  istioSimulations,
  simulateIstio,
  type IstioSimulationOptions,
} from '../../simulator/istio/simulation.js';
import type { IstioWorld } from '../../simulator/istio/world.js';
import { podsThatDiffer, type Simulation } from '../../simulator/simulation.js';
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

/** A pod as one of two sets of resources has it. */
type AsItIs = (pod: Pod) => Pod;

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
  const named = [old, now].map(({ base }) => new Map(base.pods.map((pod) => [nameOf(pod), pod])));
  const [before, after] = named.map((byName) => (pod: Pod) => byName.get(nameOf(pod)) ?? pod) as [AsItIs, AsItIs];
  const settingsOf = (pod: Pod) => istioSettingsOf(old, before(pod)) + istioSettingsOf(now, after(pod));
  const each = [old, now].flatMap((world) => istioSimulations(world, source, options));
  const pods = new Map(
    [old, now].flatMap(({ base }) => podsThatDiffer(base, source, settingsOf).map((pod) => [nameOf(pod), pod])),
  );
  return (each.length === 2 ? [options.pod] : [...pods.values()]).map((pod) => ({
    before: simulateIstio(old, source, { ...options, pod: pod && before(pod) }),
    after: simulateIstio(now, source, { ...options, pod: pod && after(pod) }),
  }));
}
