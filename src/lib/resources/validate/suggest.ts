/** Edits between two words: insert, delete, replace one letter, swap two neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(substitute, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

const plainLetters = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, '');

/**
 * The word that was probably meant: the same but for case and dashes, a part or an extension of it by up to four letters,
 * or one that a third of the letters away, at most three.
 */
export function suggest(word: string, words: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const given = plainLetters(word);
  const limit = Math.min(3, Math.floor(given.length / 3));
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of words) {
    const target = plainLetters(candidate);
    const shorter = Math.min(given.length, target.length);
    const isPart = shorter >= 3 && (given.startsWith(target) || target.startsWith(given));
    const edits = given === target ? 0 : isPart ? 0.5 : distance(given, target);
    if (edits < bestDistance && edits <= (isPart ? 1 : limit)) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}
