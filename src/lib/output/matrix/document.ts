import { NAMELESS } from '../../analysis/reach/destinations.js';
import { cellsBySource, type Cell, type Matrix, type MatrixRow } from '../../egress/matrix.js';
import { sourceText } from '../../wording/policy.js';
import { askerDocument } from '../explain/asker.js';
import { faultDocument } from '../target-fault.js';
import { hostIn, outcomeOf, type CellOutcome } from './outcomes.js';

type Side = Pick<Matrix, 'rows' | 'input'>;

/** `kind: EgressMatrix`, described by schemas/egress-matrix.json. */
export function matrixDocument(matrix: Matrix) {
  const outcomes = new Outcomes(matrix.columns);
  const { columns, rows, base } = matrix;
  const now = outcomes.of(matrix);
  const before = base && outcomes.of(base);
  const askers = new Map(rows.flatMap((row) => row.askers.map((asker) => [sourceText(asker.source), asker] as const)));
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressMatrix',
    destinations: columns,
    rows: [...now].map(([name, cells]) => ({
      source: askerDocument(askers.get(name)!),
      cells,
      before: before?.get(name) ?? null,
    })),
    outcomes: outcomes.list,
    ...(matrix.faults.length > 0 && { errors: matrix.faults.map(faultDocument) }),
  };
}

class Outcomes {
  readonly list: Omit<CellOutcome, 'steps'>[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(private readonly columns: readonly string[]) {}

  /** For each source the numbers of its cells. */
  of({ rows, input }: Side): Map<string, number[]> {
    const numbers = new Map<readonly Cell[], number[]>(rows.map((row) => [row.cells, this.ofRow(row, input)]));
    return new Map([...cellsBySource(rows)].map(([name, cells]) => [name, numbers.get(cells)!]));
  }

  private ofRow({ cells, askers }: MatrixRow, { locate }: Side['input']): number[] {
    const told = new Map<Cell, CellOutcome>();
    return cells.map((cell, column) => {
      let outcome = told.get(cell);
      if (!outcome) told.set(cell, (outcome = outcomeOf(cell, askers[0]!, locate)));
      const { verdict, requests, decidedBy } = outcome;
      const fill = (text: string) => text.replaceAll(NAMELESS, hostIn(this.columns[column]!));
      const filled = { verdict, requests, reason: fill(outcome.reason), decidedBy, example: fill(outcome.example) };
      const key = JSON.stringify(filled);
      let number = this.numbers.get(key);
      if (number === undefined) {
        this.numbers.set(key, (number = this.list.length));
        this.list.push(filled);
      }
      return number;
    });
  }
}
