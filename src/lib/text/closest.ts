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

const plainLetters = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '');

/**
 * The candidate that the writer of `word` most likely meant, or undefined when none is close: the same but for case, dashes
 * and underscores; one that begins with the other; or one in which at most a third of the letters differ, one at least and
 * three at most. Ties go to the earlier candidate.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const given = plainLetters(word);
  const limit = Math.max(1, Math.min(3, Math.floor(given.length / 3)));
  let best: string | undefined;
  let bestDistance = Math.min(limit + 1, Math.max(given.length, 2));
  for (const candidate of candidates) {
    const target = plainLetters(candidate);
    const [shorter, longer] = given.length < target.length ? [given, target] : [target, given];
    const isStart = shorter.length >= 3 && longer.startsWith(shorter);
    // Less than one edit, and the less the more the two share.
    const distance = isStart ? 1 - shorter.length / longer.length : editDistance(given, target, limit);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
