import type { FieldRef } from '../../resources/types.js';
import { mostAlike } from '../../text/likeness.js';

export interface NearMisses {
  /** How many there are. */
  readonly count: number;
  /** The first of them; looked for when they are asked for. */
  first(count: number): readonly NearMiss[];
}

export const NO_MISSES: NearMisses = { count: 0, first: () => [] };

/** @param namesOf the same function each time */
export function nearMisses<T>(
  items: readonly T[],
  word: string,
  namesOf: (item: T) => readonly string[],
  tell: (item: T) => NearMiss,
): NearMisses {
  return { count: items.length, first: (count) => mostAlike(word, items, namesOf, count).map(tell) };
}

export interface NearMiss {
  readonly text: string;
  readonly at: FieldRef | undefined;
}
