import type { Simulation } from '../../simulator/simulation.js';
import type { Verdict } from '../../simulator/verdict.js';
import { mayAllowMore } from '../standing.js';
import { mergedClasses, undecidedRegions } from './classes.js';
import type { Landmarks } from './merge.js';
import { spaceOf, type SpaceOptions } from './space.js';
import type { DifferingClass, Undecided } from './types.js';

export interface Difference {
  /** Every class of requests whose outcome differs, in a fixed order. */
  readonly differing: readonly DifferingClass[];
  /** Where it was too large to decide. Both empty: proof that no request fares otherwise. */
  readonly undecided: readonly Undecided[];
}

export interface DifferenceOptions extends Pick<SpaceOptions, 'detail' | 'memory'> {
  /** Classes are merged when they have the same label, also if they end otherwise; see `SpaceOptions`. */
  readonly label?: (before: Verdict, after: Verdict) => string;
  readonly landmarks?: Landmarks | undefined;
}

/** All requests of a source whose outcome differs between two programs. */
export function difference(before: Simulation, after: Simulation, options: DifferenceOptions = {}): Difference {
  const { detail, label, landmarks, memory } = options;
  const space = spaceOf([before, after], {
    detail,
    label: label && (([was, is]) => label(was!, is!)),
    memory,
    onlyDifferences: true,
  });
  return {
    differing: mergedClasses(space, landmarks).map((one) => ({
      class: one,
      before: one.verdicts[0]!,
      after: one.verdicts[1]!,
    })),
    undecided: undecidedRegions(space),
  };
}

export type Implication =
  | { readonly holds: true }
  /** A class that is newly allowed. */
  | { readonly holds: false; readonly counterexample: DifferingClass }
  | { readonly holds: 'undecided'; readonly undecided: readonly Undecided[] };

/** Does the change allow nothing new? A request that may get through by chance counts as allowed. */
export function implies(before: Simulation, after: Simulation): Implication {
  const { differing, undecided } = difference(before, after);
  const counterexample = differing.find(mayAllowMore);
  if (counterexample) return { holds: false, counterexample };
  return undecided.length > 0 ? { holds: 'undecided', undecided } : { holds: true };
}
