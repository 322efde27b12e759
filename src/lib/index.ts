/** The simulator as a library: pure, without I/O, it runs in a browser as it is. */
export { createWorld, type Source, type World, type WorldOptions } from './simulator/world.js';
export { simulate, type Simulation, type SimulationOptions } from './simulator/simulation.js';
export { explain, type Explanation } from './simulator/explain.js';
export { parseCurl, parseTarget, targetFromUrl, formatCurl, TargetError } from './simulator/request/index.js';
export type * from './simulator/request/types.js';
export type * from './simulator/verdict.js';
export type * from './simulator/outcome.js';
export type * from './simulator/trace.js';
export type { Resolver } from './simulator/names.js';
export type * from './resources/types.js';
