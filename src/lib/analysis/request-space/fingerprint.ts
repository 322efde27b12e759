/**
 * Structures of a program as texts: equal texts decide alike. Where in the manifests something was written (a FieldRef) is
 * left out, so that two readings of one file are equal; everything else counts, whatever fields a structure has.
 */
import type { FieldRef } from '../../resources/types.js';

/**
 * @param omit names of fields that are left out at the top
 * @param ownerOf what is said instead of where something was written
 */
export function fingerprint(
  value: unknown,
  omit: readonly string[] = [],
  ownerOf: (ref: FieldRef) => string | undefined = () => undefined,
): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (isFieldRef(item)) return ownerOf(item);
    if (item instanceof Map)
      return [...(item as Map<unknown, unknown>)].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    if (item instanceof Set) return [...(item as Set<unknown>)].sort();
    if (item === value && omit.length > 0) {
      return Object.fromEntries(Object.entries(item as object).filter(([name]) => !omit.includes(name)));
    }
    return key === '' || !Array.isArray(item) || !item.every(isFieldRef) ? item : undefined;
  });
}

function isFieldRef(item: unknown): item is FieldRef {
  return typeof item === 'object' && item !== null && 'object' in item && 'path' in item;
}

/** Numbers for texts, so that long ones are compared once. */
export class Numbering {
  private readonly numbers = new Map<string, number>();

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) this.numbers.set(text, (number = this.numbers.size));
    return number;
  }
}
