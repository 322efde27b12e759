/** What can be proven about the policies of one source, for all requests at once. */
import type { Egress, FieldRef } from '../../resources/types.js';
import { isAllowed } from '../../simulator/outcome.js';
import { simulate, type Simulation } from '../../simulator/simulation.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import { difference, mergedClasses, spaceOf, undecidedRegions, type Difference } from '../request-space/index.js';
import type { RequestClass, Undecided } from '../request-space/types.js';
import { rivalsAmong } from './rivals.js';

/** Policies of one source that may be rivals in all, before the question is called too large. */
const MAX_PAIRS = 100_000;

/** Requests that one policy would treat otherwise than all do together. */
export interface Clash {
  readonly class: RequestClass;
  /** The policy that makes the difference; undefined when only several together do. */
  readonly by: Egress | undefined;
}

/** Facts are worked out when they are asked for. */
export class ExactAnalysis {
  /** Policies that take effect. */
  readonly policies: readonly Egress[];
  /** Of the space of all policies together: where a bound was met. */
  readonly undecided: readonly Undecided[];
  /** Policies that may matter to each other are so many that they are not compared. */
  readonly isTooLarge: boolean;
  private readonly allowing = new Set<FieldRef['object']>();
  private readonly rivals: ReturnType<typeof rivalsAmong>;
  private readonly differences = new Map<Egress, Difference>();
  private readonly gone = new Set<Egress>();

  private constructor(private readonly simulation: Simulation) {
    this.policies = simulation.program.applied;
    const onVerdict = (verdict: Verdict): void => this.hear(verdict);
    this.undecided = undecidedRegions(spaceOf([simulation], { detail: 'policies', onVerdict }));
    this.rivals = rivalsAmong(this.policies);
    let pairs = 0;
    for (const others of this.rivals.values()) pairs += others.size;
    this.isTooLarge = pairs > MAX_PAIRS;
  }

  /** Undefined where something is refused, so that nothing works as it is written: that is a finding of its own. */
  static of(simulation: Simulation): ExactAnalysis | undefined {
    const { listenerState, listenerChances, clustersState, routeRefusals, sidecars } = simulation;
    const isSound =
      listenerState === 'programmed' &&
      listenerChances.length === 0 &&
      clustersState === 'accepted' &&
      routeRefusals.size === 0 &&
      sidecars.some(({ injected }) => injected);
    return isSound ? new ExactAnalysis(simulation) : undefined;
  }

  private hear(verdict: Verdict): void {
    for (const { outcome, decidedBy } of endingsOf(verdict)) {
      if (isAllowed(outcome)) for (const { object } of decidedBy) this.allowing.add(object);
    }
  }

  /** Does any request get through by the policy? Undefined: it cannot be decided. */
  allowsAnything(policy: Egress): boolean | undefined {
    if (this.allowing.has(policy)) return true;
    return this.mayBeUndecided(policy) ? undefined : false;
  }

  /** Was a bound met on one of the policy's ports? */
  mayBeUndecided(policy: Egress): boolean {
    return this.undecided.some(({ port }) => policy.spec.ports.some(({ number }) => number === port));
  }

  /** Requests that the policy would allow without the others, and that are denied with them. Egress semantics §5: a sieve without a way back. */
  shadow(policy: Egress): Clash | undefined {
    return this.clash(policy, (alone) => isAllowedBy(alone, policy), 'denied');
  }

  /** Requests to its hosts that its routes leave out, and that another policy allows. */
  bypass(policy: Egress): Clash | undefined {
    // where a host has no such route the host decides, and where there is no such host the port
    const leavesOut = ({ ending }: Verdict) =>
      ending?.outcome.httpStatus === 404 && ending.decidedBy[0]!.path[1] === 'hosts';
    return this.clash(policy, leavesOut, 'allowed');
  }

  /**
   * Would every request fare the same without the policy? As things are, without those that count as gone, and without those that
   * allow nothing too: whoever deletes one of those that are found, or all, loses nothing.
   */
  isNeedless(policy: Egress): boolean {
    const rivals = this.rivals.get(policy);
    if (this.simulation.world.meshWideEgress || !rivals || this.isTooLarge) return false;
    const left = this.policies.filter((other) => !this.gone.has(other));
    const useful = left.filter((other) => this.allowsAnything(other) !== false);
    // what is quick to ask first
    const among = [useful.filter((other) => other === policy || rivals.has(other)), left, this.policies];
    const distinct = new Map(among.map((policies) => [policies.length, policies]));
    return [...distinct.values()].every((policies) => this.changesNothing(policies, policy));
  }

  /** From now on the policy, which was found needless, counts as gone. */
  leaveOut(policy: Egress): void {
    this.gone.add(policy);
  }

  /** Proven: no request fares otherwise without the policy. */
  private changesNothing(policies: readonly Egress[], policy: Egress): boolean {
    const without = policies.filter((other) => other !== policy);
    const { differing, undecided } = difference(this.with(policies), this.with(without));
    return differing.length === 0 && undecided.length === 0;
  }

  /** Requests that a policy by itself allows to every address, by whatever name. */
  openTo(policy: Egress): RequestClass | undefined {
    // over http it is always a host
    const narrowing = ['address', 'server-name', 'host'];
    return mergedClasses(spaceOf([this.with([policy])])).find(
      ({ constraints, verdicts }) =>
        isAllowedBy(verdicts[0]!, policy) && !constraints.some(({ dimension }) => narrowing.includes(dimension)),
    );
  }

  private rivalsOf(policy: Egress): Egress[] {
    const rivals = this.rivals.get(policy);
    return rivals ? this.policies.filter((other) => rivals.has(other)) : [];
  }

  private clash(policy: Egress, isMeant: (alone: Verdict) => boolean, verdict: Verdict['verdict']): Clash | undefined {
    const rivals = this.rivalsOf(policy);
    if (rivals.length === 0 || this.isTooLarge) return undefined;
    let known = this.differences.get(policy);
    if (!known) {
      // told apart by what decides: requests that fare the same may be no matter of the policy
      known = difference(this.with([policy]), this.with([policy, ...rivals]), { detail: 'policies' });
      this.differences.set(policy, known);
    }
    // what all policies make of it is what counts
    const found = known.differing.find(
      (one) => isMeant(one.before) && this.simulation.decide(one.class.witness).verdict === verdict,
    );
    if (!found) return undefined;
    const { witness } = found.class;
    const by = rivals.find((rival) => this.with([policy, rival]).decide(witness).verdict === verdict);
    return { class: found.class, by };
  }

  /** The source with these policies only, in the order that they are in. */
  private with(policies: readonly Egress[]): Simulation {
    const { world, source } = this.simulation;
    const wanted = new Set(policies);
    const naming = world.policiesNaming(source).filter(({ policy }) => wanted.has(policy));
    return simulate({ ...world, policiesNaming: () => naming }, source);
  }
}

function isAllowedBy({ verdict, ending }: Verdict, policy: Egress): boolean {
  return verdict === 'allowed' && ending!.decidedBy.some(({ object }) => object === policy);
}
