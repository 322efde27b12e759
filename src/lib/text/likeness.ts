import { editDistance } from './closest.js';

/** More edits than that, and words are not alike by their letters. */
const MOST_EDITS = 3;
/** Words of a long list that are compared letter by letter. */
const MOST_COMPARED = 60;

/** The names that an item goes by; an item without any is like nothing. */
type NamesOf<T> = (item: T) => readonly string[];

/** All names of a list, in lower case. */
interface Index {
  readonly names: readonly string[];
  /** For each name the place of its item. */
  readonly owners: readonly number[];
  readonly letters: Int32Array;
  readonly lengths: Int32Array;
}

/**
 * The items with a name that is most like a word: fewest letters to change first, then those that share most labels at their end
 * (`api.example.com` and `www.example.com`), then in the order given. A list of any length costs a look at each name, and a
 * comparison with the likeliest few dozen; what is known of the names of a long list is kept as long as the list is.
 * @param namesOf for a long list, the same function each time
 */
export function mostAlike<T>(word: string, items: readonly T[], namesOf: NamesOf<T>, count: number): T[] {
  const { names, owners, letters, lengths } = indexOf(items, namesOf);
  const wanted = word.toLowerCase();
  const own = lettersOf(wanted);
  const distances = new Int32Array(names.length);
  for (let index = 0; index < distances.length; index++) {
    distances[index] = differences(own, letters[index]!) + Math.abs(lengths[index]! - wanted.length);
  }
  const best = new Map<number, number>();
  for (const index of likeliest(distances, MOST_COMPARED)) {
    const owner = owners[index]!;
    best.set(owner, Math.min(best.get(owner) ?? Infinity, scoreOf(wanted, names[index]!)));
  }
  return [...best]
    .sort(([one, score], [other, otherScore]) => score - otherScore || one - other)
    .slice(0, count)
    .map(([owner]) => items[owner]!);
}

const indexes = new WeakMap<readonly unknown[], Map<NamesOf<never>, Index>>();

function indexOf<T>(items: readonly T[], namesOf: NamesOf<T>): Index {
  if (items.length <= MOST_COMPARED) return createIndex(items, namesOf);
  let known = indexes.get(items);
  if (!known) indexes.set(items, (known = new Map<NamesOf<never>, Index>()));
  let index = known.get(namesOf);
  if (!index) known.set(namesOf, (index = createIndex(items, namesOf)));
  return index;
}

function createIndex<T>(items: readonly T[], namesOf: NamesOf<T>): Index {
  const names: string[] = [];
  const owners: number[] = [];
  items.forEach((item, owner) => {
    for (const name of namesOf(item)) {
      names.push(name.toLowerCase());
      owners.push(owner);
    }
  });
  const lengths = Int32Array.from(names, ({ length }) => length);
  return { names, owners, letters: Int32Array.from(names, lettersOf), lengths };
}

/** Places of the smallest numbers, which are small and whole, without sorting everything. */
function likeliest(distances: Int32Array, count: number): number[] {
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
  return `${mostAlike(word, names, itself, count).join(', ')} and ${names.length - count} more`;
}

const itself = (name: string): readonly string[] => [name];
