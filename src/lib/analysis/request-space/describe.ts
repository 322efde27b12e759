import type { Vector } from './split.js';
import type { Term } from './types.js';

/**
 * Says in few patterns which texts belong to a part.
 * @param mine what is known of each pattern for the part's texts
 * @param others the same for all other texts
 * @returns terms that hold for the part's texts and for no others; each names what it must where the patterns cannot be spared
 */
export function describeVectors(
  patterns: readonly string[],
  mine: readonly Vector[],
  others: readonly Vector[],
): Term[] {
  const terms: { term: Term; literals: ReadonlyMap<number, boolean> }[] = [];
  for (const vector of mine) {
    if (terms.some(({ literals }) => covers(literals, vector))) continue;
    const literals = shortest(vector, others);
    const list = (wanted: boolean) =>
      [...literals].flatMap(([index, holds]) => (holds === wanted ? [patterns[index]!] : [])).sort();
    terms.push({ literals, term: { matching: list(true), notMatching: list(false) } });
  }
  return distinct(terms.map(({ term }) => term));
}

/** Few of the vector's known answers that no other vector may share. */
function shortest(vector: Vector, others: readonly Vector[]): ReadonlyMap<number, boolean> {
  const known = vector.flatMap((holds, index): Literal[] =>
    holds === undefined
      ? []
      : [{ index, holds, excludes: others.flatMap((other, at) => (other[index] === !holds ? [at] : [])) }],
  );
  // what does not match is left out first
  const sorted = known.sort((a, b) => Number(a.holds) - Number(b.holds));
  const isEnough = ({ excludes }: Literal) => excludes.length === others.length;
  const single = sorted.find((literal) => literal.holds && isEnough(literal)) ?? sorted.find(isEnough);
  if (single) return new Map([[single.index, single.holds]]);
  const times = others.map(() => 0);
  for (const { excludes } of sorted) for (const at of excludes) times[at]!++;
  const kept = sorted.filter(({ excludes }) => {
    if (excludes.some((at) => times[at] === 1)) return true;
    for (const at of excludes) times[at]!--;
    return false;
  });
  return new Map(kept.map(({ index, holds }) => [index, holds]));
}

/** One of the answers that are known of a vector, with the others that differ in it. */
interface Literal {
  readonly index: number;
  readonly holds: boolean;
  readonly excludes: readonly number[];
}

function covers(literals: ReadonlyMap<number, boolean>, vector: Vector): boolean {
  return [...literals].every(([index, holds]) => vector[index] === holds);
}

function distinct(terms: readonly Term[]): Term[] {
  const byText = new Map(terms.map((term) => [JSON.stringify(term), term]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, term]) => term);
}
