import type { Simulation } from '../../simulator/simulation.js';
import type { Diagram, Node } from './diagram.js';
import type { RouteTrees } from './routes.js';
import type { ProgramKeys } from './program-keys.js';
import type { Pick } from './types.js';

/** What the parts of a space have in common while it is built. */
export interface Building {
  readonly programs: readonly Simulation[];
  readonly diagram: Diagram;
  readonly keys: ProgramKeys;
  readonly trees: RouteTrees;
  readonly onlyDifferences: boolean;
  readonly same: Node;
  /** The leaf of the request that was picked: its verdicts are those of `decide()`. */
  leaf(picks: readonly Pick[]): Node;
}

/** A port and address whose connections some program sends to its listener. */
export interface Place {
  readonly port: number;
  /** An example. */
  readonly address: number;
  readonly picks: readonly Pick[];
  /** What interception does here, in each program. */
  readonly interceptions: readonly string[];
  /** Whether the programs do not differ in interception, nor in what holds for every connection. */
  readonly isAlike: boolean;
}

/** How `interceptions` says that a connection is sent to the listener. No name of an object, which may stand beside it, has it. */
export const REDIRECTED = '> listener';
