import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../../../scripts/build/package.js';

/** What docs/osm.md says of one thing that the mirrored program has. */
export interface MirrorRow {
  /** `metrics enable`, `metrics enable --namespace`, or a line that the program prints. */
  readonly thing: string;
  readonly status: 'same' | 'better' | 'left out';
  readonly how: string;
  /** Recorded runs in which osm-ts differs because of this, as `topic/name`. */
  readonly runs: readonly string[];
}

/** The rows of all tables of docs/osm.md. */
export function mirrorRows(): MirrorRow[] {
  const page = readFileSync(join(packageRoot, 'docs', 'osm.md'), 'utf8');
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, thing = '', status = '', how = '', runs = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return {
        thing: thing.replace(/^`|`$/g, ''),
        status: status as MirrorRow['status'],
        how,
        runs: [...runs.matchAll(/`([^`]+)`/g)].map(([, run = '']) => run),
      };
    });
}

/** The recorded runs in which osm-ts does better. */
export function differingRuns(): ReadonlySet<string> {
  return new Set(mirrorRows().flatMap(({ runs }) => runs));
}
