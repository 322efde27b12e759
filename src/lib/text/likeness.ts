import { editDistance } from './closest.js';

/** More edits than that, and words are not alike by their letters. */
const MOST_EDITS = 3;
/** Words of a long list that are compared letter by letter. */
const MOST_COMPARED = 60;

/**
 * The items whose texts are most like a word: fewest letters to change first, then those that share most labels at their end
 * (`api.example.com` and `www.example.com`), then in the order given. A list of any length costs a look at each text, and a
 * comparison with the likeliest few dozen.
 */
export function mostAlike<T>(word: string, items: readonly T[], textOf: (item: T) => string, count: number): T[] {
  if (items.length <= 1) return items.slice(0, count);
  const wanted = word.toLowerCase();
  const letters = lettersOf(wanted);
  const texts = items.map((item) => textOf(item).toLowerCase());
  const distances = texts.map((text) => differences(letters, lettersOf(text)) + Math.abs(text.length - wanted.length));
  return likeliest(distances, MOST_COMPARED)
    .map((index) => ({ index, score: scoreOf(wanted, texts[index]!) }))
    .sort((one, other) => one.score - other.score || one.index - other.index)
    .slice(0, count)
    .map(({ index }) => items[index]!);
}

/** Places of the smallest numbers, which are small and whole, without sorting everything. */
function likeliest(distances: readonly number[], count: number): number[] {
  const counts: number[] = [];
  for (const distance of distances) counts[distance] = (counts[distance] ?? 0) + 1;
  let limit = 0;
  for (let below = 0; limit < counts.length && below < count; limit++) below += counts[limit] ?? 0;
  const found: number[] = [];
  for (let wanted = 0; wanted < limit; wanted++) {
    if (counts[wanted] === undefined) continue;
    for (let index = 0; index < distances.length && found.length < count; index++) {
      if (distances[index] === wanted) found.push(index);
    }
  }
  return found;
}

/** 0 for the same text, then 1 to 3 for as many edits, then the less the more labels two names share. */
function scoreOf(wanted: string, text: string): number {
  const edits = editDistance(wanted, text, MOST_EDITS);
  if (edits <= MOST_EDITS) return edits;
  const [own, other] = [wanted.split('.').reverse(), text.split('.').reverse()];
  let shared = 0;
  while (shared < own.length && own[shared] === other[shared]) shared++;
  return MOST_EDITS + 1 + 1 / (1 + shared);
}

/** Which of the letters, digits and signs of a name a text has, one bit each. */
function lettersOf(text: string): number {
  let set = 0;
  for (let index = 0; index < text.length; index++) set |= 1 << (text.charCodeAt(index) & 31);
  return set;
}

function differences(one: number, other: number): number {
  let bits = one ^ other;
  let count = 0;
  while (bits !== 0) {
    bits &= bits - 1;
    count++;
  }
  return count;
}

/** A list of names in one line: those that are most like a word, and how many more there are. */
export function listed(names: readonly string[], word: string, count = 3): string {
  if (names.length <= count) return names.join(', ');
  return `${mostAlike(word, names, String, count).join(', ')} and ${names.length - count} more`;
}
