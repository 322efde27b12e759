/** All requests of a source at once: docs/request-space.md. */
export {
  classes,
  classOf,
  mergedClasses,
  mergedClassesWithin,
  undecidedRegions,
  waysWithin,
  type Chooser,
} from './classes.js';
export { difference, implies, type Difference, type DifferenceOptions, type Implication } from './difference.js';
export type { Landmarks } from './merge.js';
export { outcomeKey, ownerText } from './outcome-key.js';
export { addressesOfAlikePods, Senders } from './senders.js';
export { Memory, spaceOf, type RequestSpace, type SpaceOptions } from './space.js';
export type * from './types.js';
export { mergePicks, targetOf } from './witness.js';
