/**
 * Number of edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment).
 * Gives up and returns `limit + 1` as soon as more than `limit` edits are certain.
 */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  const width = to.length + 1;
  let [beforePrevious, previous, current] = [new Int32Array(width), new Int32Array(width), new Int32Array(width)];
  for (let column = 0; column < width; column++) previous[column] = column;
  for (let row = 1; row <= from.length; row++) {
    // Beside this band there are more insertions or deletions than `limit`.
    const [first, last] = [Math.max(1, row - limit), Math.min(to.length, row + limit)];
    current.fill(limit + 1);
    current[0] = row;
    let least = row;
    const letter = from.charCodeAt(row - 1);
    for (let column = first; column <= last; column++) {
      const same = letter === to.charCodeAt(column - 1);
      let best = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      const swapped =
        row > 1 &&
        column > 1 &&
        letter === to.charCodeAt(column - 2) &&
        from.charCodeAt(row - 2) === to.charCodeAt(column - 1);
      if (swapped) best = Math.min(best, beforePrevious[column - 2]! + 1);
      current[column] = best;
      if (best < least) least = best;
    }
    if (least > limit) return limit + 1;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return Math.min(previous[to.length]!, limit + 1);
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
