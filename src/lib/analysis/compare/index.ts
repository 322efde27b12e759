/** What a change of policies does, to all requests of the sources that it concerns. */
import type { Egress } from '../../resources/types.js';
import { simulate } from '../../simulator/simulation.js';
import type { World } from '../../simulator/world.js';
import { effectsBetween, type Effects } from './effects.js';
import { newRefusals, type Refusal } from './refusals.js';
import { sourcesOf } from './sources.js';

export {
  effectsBetween,
  kindOf,
  newMemory,
  type Effect,
  type EffectKind,
  type Effects,
  type UndecidedEffect,
} from './effects.js';
export type { Refusal } from './refusals.js';
export { diffWorlds, everySource, otherSources, type WorldDiff } from './diff.js';
export { mayAllowMore, mayDenyMore } from '../standing.js';
export { ANY_OTHER, sourcesOf } from './sources.js';

export interface Comparison extends Effects {
  /** Refused now and not before. */
  readonly refusals: readonly Refusal[];
}

/** Compares what the sources of some policies may do in two worlds that differ in nothing but these policies. */
export function compareWorlds(before: World, after: World, changed: readonly Egress[]): Comparison {
  const bySource = sourcesOf(changed).map((source) => {
    const [old, now] = [simulate(before, source), simulate(after, source)];
    return { ...effectsBetween(old, now), refusals: newRefusals(old, now, changed) };
  });
  return {
    effects: bySource.flatMap(({ effects }) => effects),
    undecided: bySource.flatMap(({ undecided }) => undecided),
    refusals: bySource.flatMap(({ refusals }) => refusals),
  };
}
