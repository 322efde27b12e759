import { compareCosts, costOf, isClean } from './cost.js';
import type { Draft } from './draft.js';
import type { EffectMeter, DraftEffects } from './effects.js';
import { isGranted } from '../standing.js';
import { movesFrom, type MoveOptions } from './moves/index.js';
import { refusedRoutes, signatureOf, situationOf, type Situation } from './situation.js';
import type { Cost } from './types.js';

export interface Candidate {
  readonly situation: Situation;
  readonly effects: DraftEffects;
  readonly cost: Cost;
}

export interface SearchResult {
  /** The cheapest change that was found. */
  readonly best: Candidate | undefined;
  /** Drafts that were simulated. */
  readonly tried: number;
}

/** Steps of one change: the flag, the listener, the routes, a policy and its routes, and one to spare. */
const MAX_STEPS = 6;
const MAX_DRAFTS = 600;
/** Drafts that are developed further after each step. */
const MAX_FRONTIER = 16;
/** Changes whose effects are measured after each step; fewer when the source has so many policies that each takes long. */
const MAX_MEASURED = 40;
const MAX_MEASURED_POLICIES = 8000;

/**
 * Looks for the cheapest change that lets the target through: all changes of one step first, then those of two, and so on,
 * until one is found that has no side effects. A draft is developed further only if it brings the request on its way.
 */
export function searchChange(
  start: Situation,
  meter: EffectMeter,
  options: MoveOptions & { readonly policy: string | undefined },
): SearchResult {
  const { wish } = start;
  const seen = new Set([start.draft.key]);
  const policies = start.draft.world.policiesNaming(wish.source).length;
  const maxMeasured = Math.max(4, Math.min(MAX_MEASURED, Math.floor(MAX_MEASURED_POLICIES / (policies + 1))));
  let frontier: Draft[] = [start.draft];
  let best: Candidate | undefined;
  let tried = 0;
  for (let step = 0; step < MAX_STEPS && frontier.length > 0; step++) {
    const granted: Draft[] = [];
    const underWay: Draft[] = [];
    for (const from of frontier.map((draft) => (draft === start.draft ? start : situationOf(draft, wish)))) {
      const signature = signatureOf(from);
      for (const draft of movesFrom(from, options)) {
        const { key } = draft;
        if (seen.has(key) || tried >= MAX_DRAFTS) continue;
        seen.add(key);
        tried++;
        const situation = situationOf(draft, wish);
        if (isGranted(situation.verdict)) granted.push(draft);
        else if (!isWorse(situation, from) && signatureOf(situation) !== signature) underWay.push(draft);
      }
    }
    for (const draft of granted.sort(bySize).slice(0, maxMeasured)) {
      // these could not be better than one without side effects
      if (best && isClean(best.cost) && (draft.detour !== undefined || draft.takenAway > 0)) continue;
      const candidate = measured(situationOf(draft, wish), meter, options.policy);
      if (!best || compareCosts(candidate.cost, best.cost) < 0) best = candidate;
    }
    if (best && isClean(best.cost)) break;
    frontier = underWay.sort(bySize).slice(0, MAX_FRONTIER);
  }
  return { best, tried };
}

function measured(situation: Situation, meter: EffectMeter, policy: string | undefined): Candidate {
  const effects = meter.effectsOf(situation.draft);
  return { situation, effects, cost: costOf(situation, effects, policy) };
}

function bySize(one: Draft, other: Draft): number {
  return one.takenAway - other.takenAway || sizeOf(one) - sizeOf(other);
}

function sizeOf({ originals, created }: Draft): number {
  return originals.size + created.length;
}

function isWorse({ simulation: after }: Situation, { simulation: before }: Situation): boolean {
  // the feature flag only brings to light what was wrong all along
  if (!before.world.egressPolicyEnabled) return false;
  return (
    (after.listenerState === 'refused' && before.listenerState !== 'refused') ||
    (after.clustersState === 'refused' && before.clustersState !== 'refused') ||
    (after.listenerState !== 'refused' &&
      before.listenerState === 'programmed' &&
      refusedRoutes(after) > refusedRoutes(before))
  );
}
