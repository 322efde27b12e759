import type { ReachRow } from '../../../src/lib/analysis/reach/reach.js';
import type { Constraint, RequestClass } from '../../../src/lib/analysis/request-space/index.js';

/**
 * Does a row hold a class that was cut finer? Putting together joins parts and leaves out what does not bind, so all that the
 * row's class is bound to, the finer one is bound to as well, and more closely.
 */
export function holds({ classes }: ReachRow, finer: RequestClass): boolean {
  const own = new Map(finer.constraints.map((constraint) => [constraint.dimension, partsOf(constraint)]));
  return classes.some(({ constraints }) =>
    constraints.every((constraint) => {
      const wider = new Set(partsOf(constraint));
      return own.get(constraint.dimension)?.every((part) => wider.has(part)) ?? false;
    }),
  );
}

/** What the parts are, and what the rest is the rest of: names of parts are unique in their own cut only. */
function partsOf({ parts, all }: Constraint): string[] {
  return parts.map((part) =>
    JSON.stringify([part.terms ?? part.name, part.rest ? all.map(({ terms, name }) => terms ?? name) : null]),
  );
}

/** Labels that nothing looks at. */
export const LABELS_OF_NOBODY = { app: 'anything' };
