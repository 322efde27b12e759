/** Sources by destinations: what each may send where. */
import { simulate, type SimulationOptions } from '../../simulator/simulation.js';
import type { Source, World } from '../../simulator/world.js';
import { sourcesOf } from '../compare/sources.js';
import { destinationsOf, Reachable, type CellFacts, type Destination } from './destinations.js';
import { alikeSenders } from './senders.js';

export interface MatrixOptions {
  /** Default: every ServiceAccount that a policy names. */
  readonly sources?: readonly Source[] | undefined;
  /** Default: every host and network that a policy names, with its ports. */
  readonly destinations?: readonly Destination[] | undefined;
  readonly resolve?: SimulationOptions['resolve'];
}

export interface Matrix {
  readonly destinations: readonly Destination[];
  /** In the order of the sources. */
  readonly rows: readonly {
    readonly source: Source;
    /** In the order of the destinations. Sources that fare alike share them. */
    readonly cells: readonly CellFacts[];
  }[];
}

/**
 * What each source may send to each destination, for all usual requests (`Reachable`). Sources for which the same is programmed are
 * looked at once.
 */
export function matrix(world: World, options: MatrixOptions = {}): Matrix {
  const { sources = sourcesOf(world.egresses), destinations = destinationsOf(world), resolve } = options;
  const cellsOf = new Map<Source, readonly CellFacts[]>();
  for (const group of alikeSenders(
    sources.map((source) => ({ source })),
    world,
  )) {
    const reachable = new Reachable(simulate(world, group[0]!.source, { resolve }));
    const cells = destinations.map((destination) => reachable.at(destination));
    for (const { source } of group) cellsOf.set(source, cells);
  }
  return { destinations, rows: sources.map((source) => ({ source, cells: cellsOf.get(source)! })) };
}
