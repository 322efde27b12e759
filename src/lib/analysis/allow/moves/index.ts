import type { Resource } from '../../../resources/types.js';
import type { Draft } from '../draft.js';
import { switchedOn } from '../intent.js';
import type { Situation } from '../situation.js';
import { extendPolicies } from './grants.js';
import { repairListener, repairTwins } from './listener-repairs.js';
import { newPolicies, type NewPolicyOptions } from './new-policy.js';
import { addSource, dropZeroRanges, repairPolicies } from './policy-repairs.js';
import { repairRoutes } from './route-repairs.js';
import { extendRoutes } from './routes.js';

export interface MoveOptions {
  /** Absent: no new policy is wanted, or there is no namespace for one. */
  readonly newPolicy: NewPolicyOptions | undefined;
  readonly editable: (object: Resource) => boolean;
}

/** The single steps from a situation that may lead to the target being let through. */
export function movesFrom(situation: Situation, { newPolicy, editable }: MoveOptions): Draft[] {
  return movesAt(situation, newPolicy).filter((draft) => [...draft.originals.values()].every(editable));
}

function movesAt(situation: Situation, newPolicy: NewPolicyOptions | undefined): Draft[] {
  const { simulation, wish } = situation;
  // nothing else has an effect before these are settled
  if (!simulation.world.egressPolicyEnabled) return [switchedOn(situation.draft)];
  if (simulation.listenerState === 'refused') return repairListener(situation);
  const untwinned = repairTwins(situation);
  if (untwinned.length > 0) return untwinned;
  return [
    ...repairPolicies(situation),
    ...dropZeroRanges(situation),
    ...(wish.target.scheme === 'http' ? [...repairRoutes(situation), ...extendRoutes(situation)] : []),
    ...extendPolicies(situation),
    ...addSource(situation),
    ...(newPolicy ? newPolicies(situation, newPolicy) : []),
  ];
}
