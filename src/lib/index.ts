/** The simulator and the request space as a library: pure, without I/O, they run in a browser as they are. */
export { createWorld, type Source, type World, type WorldOptions } from './simulator/world.js';
export { simulate, type Simulation, type SimulationOptions } from './simulator/simulation.js';
export { explain, type Explanation } from './simulator/explain.js';
export { parseCurl, parseTarget, targetFromUrl, formatCurl, TargetError } from './simulator/request/index.js';
export {
  classes,
  classOf,
  difference,
  implies,
  mergedClasses,
  spaceOf as requestSpace,
  undecidedRegions,
  type Difference,
  type Implication,
  type RequestSpace,
  type SpaceOptions,
} from './analysis/request-space/index.js';
export { reachOf as reach, type Reach, type ReachRow, type Way } from './analysis/reach/reach.js';
export { matrix, type Matrix, type MatrixOptions } from './analysis/reach/matrix.js';
export {
  destinationsOf,
  type CellFacts,
  type CellVerdict,
  type Destination as PolicyDestination,
} from './analysis/reach/destinations.js';
export type * from './analysis/request-space/types.js';
export { requestClassText } from './wording/request-class.js';
export type * from './simulator/request/types.js';
export type * from './simulator/verdict.js';
export type * from './simulator/outcome.js';
export type * from './simulator/trace.js';
export type { Resolver } from './simulator/names.js';
export type * from './resources/types.js';
