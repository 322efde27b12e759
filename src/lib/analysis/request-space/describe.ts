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
  const known = vector.flatMap((holds, index) => (holds === undefined ? [] : [[index, holds] as const]));
  const excludes = (literals: readonly (readonly [number, boolean])[]) =>
    others.every((other) => literals.some(([index, holds]) => other[index] !== undefined && other[index] !== holds));
  const single =
    known.find((literal) => literal[1] && excludes([literal])) ?? known.find((literal) => excludes([literal]));
  if (single) return new Map([single]);
  // leave out what can be spared, what does not match first
  const kept = [...known].sort((a, b) => Number(a[1]) - Number(b[1]));
  for (const literal of [...kept]) {
    const without = kept.filter((other) => other !== literal);
    if (excludes(without)) kept.splice(kept.indexOf(literal), 1);
  }
  return new Map(kept);
}

function covers(literals: ReadonlyMap<number, boolean>, vector: Vector): boolean {
  return [...literals].every(([index, holds]) => vector[index] === holds);
}

function distinct(terms: readonly Term[]): Term[] {
  const byText = new Map(terms.map((term) => [JSON.stringify(term), term]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, term]) => term);
}
