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
export type * from './analysis/request-space/types.js';
export { requestClassText } from './wording/request-class.js';
export type * from './simulator/request/types.js';
export type * from './simulator/verdict.js';
export type * from './simulator/outcome.js';
export type * from './simulator/trace.js';
export type { Resolver } from './simulator/names.js';
export type * from './resources/types.js';
