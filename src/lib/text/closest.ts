/**
 * Number of edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment).
 * Gives up and returns `limit + 1` as soon as more than `limit` edits are certain.
 */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(best);
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? limit + 1;
}

/**
 * The candidate that the writer of `word` most likely meant, or undefined when none is close: at most a third of the
 * letters differ (at least one may), or `word` begins it. Ties go to the earlier candidate.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  const limit = Math.max(1, Math.floor(lower.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const isStart = lower.length >= 3 && other.startsWith(lower);
    const distance = isStart ? 0.5 : editDistance(lower, other, limit);
    if (distance < bestDistance && distance < Math.max(lower.length, 2)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
