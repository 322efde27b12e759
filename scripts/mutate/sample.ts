/** Numbers from 0 to 1 (exclusive) that a seed determines: mulberry32. */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some of the items, in their order; each with the same chance. */
export function chosenBy<T>(next: () => number, items: readonly T[], count: number): T[] {
  const indices = items.map((_, index) => index);
  for (let index = indices.length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1));
    [indices[index], indices[other]] = [indices[other]!, indices[index]!];
  }
  const kept = new Set(indices.slice(0, count));
  return items.filter((_, index) => kept.has(index));
}
