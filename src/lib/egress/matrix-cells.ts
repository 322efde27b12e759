/** What a matrix is made of, whosever resources are asked. */
import type { CellVerdict } from '../analysis/reach/destinations.js';
import type { RequestClass } from '../analysis/request-space/types.js';
import type { Explanation } from '../simulator/explain.js';
import type { LineFault } from '../input/targets.js';
import type { Simulation } from '../simulator/simulation.js';
import { requestClassText } from '../wording/request-class.js';
import type { Asker } from './explain.js';

/** Cells of one row that say the same, but for the name of a host that nothing names (`NAMELESS`), are one object. */
export interface Cell {
  readonly verdict: CellVerdict;
  /** The journey of a request that shows it; told when it is asked for, because there are many cells. */
  readonly explain: () => Explanation;
  /** Where some requests get through: those that do. */
  readonly classes: readonly RequestClass[];
}

/** Sources that fare alike. */
export interface MatrixRow {
  readonly askers: readonly Asker[];
  /** In the order of the columns. */
  readonly cells: readonly Cell[];
}

/** What is asked of each source, once it is compiled. */
export interface Questions {
  readonly columns: readonly string[];
  readonly faults: readonly LineFault[];
  readonly hosts: readonly string[];
  readonly ask: (simulation: Simulation) => Cell[];
}

/** Do the same requests get through? */
export function isSame(one: Cell, other: Cell): boolean {
  const text = ({ verdict, classes }: Cell) => [verdict, ...classes.map(requestClassText)].join('\n');
  return text(one) === text(other);
}
