import type { Egress, Resource } from '../../resources/types.js';
import { createWorld, nameOf } from '../../simulator/world.js';
import { compareWorlds, type Comparison, type Effect } from '../compare/index.js';
import { createInspector } from './inspect.js';
import type { PolicyReport } from './report.js';
import { standIns, type Surroundings } from '../unread.js';
import { identityOf } from '../lint/place.js';
import type { AnyFinding } from '../lint/rules/index.js';
import { accountsOf, trapsOf } from '../lint/traps.js';
import { simulate } from '../../simulator/simulation.js';

/** What a new policy would do among those that are there. */
export interface PolicyCheck {
  readonly policy: Egress;
  /** Envoy would refuse the policy, or others because of it. */
  readonly refusals: Comparison['refusals'];
  /** Requests that another policy allows today, and that would not be allowed any more. */
  readonly breaks: readonly Effect[];
  /** Requests that leave without any policy, by mesh-wide egress, and would be denied. */
  readonly captures: readonly Effect[];
  /** Requests of other policies that would be taken to another place. */
  readonly moves: readonly Effect[];
  /** Requests that the version to be replaced allows, and the new one does not. */
  readonly losses: readonly Effect[];
  /** Requests whose fate would be uncertain, or is and would be otherwise. */
  readonly varies: readonly Effect[];
  /** What would become of the policy. */
  readonly report: PolicyReport;
  /** What works otherwise than it seems. */
  readonly traps: readonly AnyFinding[];
  /** All that it does to requests. */
  readonly comparison: Comparison;
}

/**
 * Puts a policy among the others and simulates its sources before and after.
 * A policy of the same name counts as replaced.
 * @param surroundings what is there before
 * @param blind nothing was read, so that nothing that the policy refers to counts as missing
 */
export function checkPolicy(
  { objects, worldOptions, unread }: Surroundings,
  policy: Egress,
  { blind }: { readonly blind: boolean },
): PolicyCheck {
  const isReplaced = (object: Resource): object is Egress =>
    object.kind === 'Egress' && nameOf(object) === nameOf(policy);
  const others = objects.filter((object) => !isReplaced(object));
  const present = objects.findLast(isReplaced);
  const stand = standIns([...objects, policy], blind ? { knows: () => false } : unread);
  const before = createWorld([...objects, ...stand], worldOptions);
  const after = createWorld([...others, policy, ...stand], worldOptions);
  const comparison = compareWorlds(before, after, present ? [policy, present] : [policy]);
  const inspect = createInspector({
    world: after,
    objects: [...others, policy],
    worldOptions,
    unread,
  });
  const byOthers = (effect: Effect): boolean =>
    effect.allowedBy.some(({ object }) => object.kind === 'Egress' && object !== present);
  const ofKind = (wanted: Effect['kind']) => comparison.effects.filter(({ kind }) => kind === wanted);
  const stops = ofKind('stops');
  const ofPolicies = stops.filter(({ allowedBy }) => allowedBy.some(({ object }) => object.kind === 'Egress'));
  const subject = { policy, world: after, serviceAccounts: accountsOf(objects, unread) };
  const report = inspect(policy);
  const told = new Set(report.reasons.map(identityOf));
  return {
    policy,
    refusals: comparison.refusals,
    breaks: ofPolicies.filter(byOthers),
    captures: stops.filter((effect) => !ofPolicies.includes(effect)),
    moves: ofKind('moves').filter(byOthers),
    losses: ofPolicies.filter((effect) => !byOthers(effect)),
    varies: ofKind('varies'),
    report,
    traps: trapsOf(subject, (source) => simulate(after, source)).filter((trap) => !told.has(identityOf(trap))),
    comparison,
  };
}
