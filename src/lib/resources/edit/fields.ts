import { isFilled, isPlain, valueAt, type Plain } from '../../text/plain-data.js';
import type { FieldPath } from '../types.js';

/**
 * A change of one field. Every path, and every index in it, refers to the object as it was before any of the changes, so the
 * order of changes does not matter.
 */
export type FieldEdit =
  /** Gives a field, or an item of a list that is there, this value; everything above it exists. */
  | { readonly op: 'set'; readonly path: FieldPath; readonly value: unknown }
  /** Puts items into the list at `path`, before the one at `index`; the list's length means at its end. */
  | { readonly op: 'insert'; readonly path: FieldPath; readonly index: number; readonly values: readonly unknown[] }
  /** Takes away a field of a map or an item of a list. */
  | { readonly op: 'remove'; readonly path: FieldPath };

/** The items of lists up to this length are compared each with each; a longer list is replaced as a whole. */
const MAX_ITEMS = 2000;

/**
 * The smallest list of changes that turns one JSON value into another.
 * @param before an object or list; `after` is of the same sort
 */
export function differences(before: unknown, after: unknown): FieldEdit[] {
  const edits: FieldEdit[] = [];
  compare(before, after, [], edits);
  return edits;
}

function compare(before: unknown, after: unknown, path: FieldPath, edits: FieldEdit[]): void {
  if (sameValue(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after) && isFilled(before) && isFilled(after)) {
    compareLists(before, after, path, edits);
  } else if (isPlain(before) && isPlain(after) && (path.length === 0 || isFilled(after))) {
    compareMaps(before, after, path, edits);
  } else edits.push({ op: 'set', path, value: after });
}

function compareMaps(before: Plain, after: Plain, path: FieldPath, edits: FieldEdit[]): void {
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && after[key] === undefined) edits.push({ op: 'remove', path: [...path, key] });
  }
  for (const [key, value] of Object.entries(after)) {
    if (value !== undefined) compare(before[key], value, [...path, key], edits);
  }
}

function compareLists(before: unknown[], after: unknown[], path: FieldPath, edits: FieldEdit[]): void {
  if (before.length > MAX_ITEMS || after.length > MAX_ITEMS) {
    edits.push({ op: 'set', path, value: after });
    return;
  }
  let [fromBefore, fromAfter] = [0, 0];
  for (const [keptBefore, keptAfter] of [...commonItems(before, after), [before.length, after.length] as const]) {
    compareGap(before, fromBefore, keptBefore, after.slice(fromAfter, keptAfter), path, edits);
    [fromBefore, fromAfter] = [keptBefore + 1, keptAfter + 1];
  }
}

/** Between two items that stay: old and new ones are paired in order, what is left over is taken away or put in. */
function compareGap(
  before: unknown[],
  from: number,
  to: number,
  after: unknown[],
  path: FieldPath,
  edits: FieldEdit[],
): void {
  const pairs = Math.min(to - from, after.length);
  for (let i = 0; i < pairs; i++) compare(before[from + i], after[i], [...path, from + i], edits);
  for (let index = from + pairs; index < to; index++) edits.push({ op: 'remove', path: [...path, index] });
  if (after.length > pairs) edits.push({ op: 'insert', path, index: to, values: after.slice(pairs) });
}

/** A longest common subsequence, as pairs of indices; of several the one that leaves out what stands further up. */
function commonItems(before: unknown[], after: unknown[]): (readonly [number, number])[] {
  const [one, other] = [before.map(keyOf), after.map(keyOf)];
  const width = other.length + 1;
  const lengths = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        one[i] === other[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    if (one[i] === other[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}

/**
 * Applies changes to a copy.
 * @param before the object that the paths refer to; it is not changed
 * @throws RangeError when a path leads nowhere
 */
export function applyEdits<T>(before: T, edits: readonly FieldEdit[]): T {
  const after = structuredClone(before);
  for (const edit of edits) if (edit.op === 'set') setField(after, edit.path, structuredClone(edit.value));
  // indices are those of before: the innermost lists first, each from its end
  for (const edit of edits.filter((edit) => edit.op !== 'set').sort(byPlaceFromTheEnd)) {
    if (edit.op === 'insert') {
      listAt(after, edit.path).splice(edit.index, 0, ...structuredClone(edit.values));
    } else {
      const parent = valueAt(after, edit.path.slice(0, -1));
      const step = edit.path.at(-1)!;
      if (valueAt(after, edit.path) === undefined) throw nowhere(edit.path);
      if (Array.isArray(parent)) parent.splice(step as number, 1);
      else delete (parent as Record<string, unknown>)[step];
    }
  }
  return after;
}

function byPlaceFromTheEnd(one: FieldEdit, other: FieldEdit): number {
  const [a, b] = [placeOf(one), placeOf(other)];
  return b.depth - a.depth || b.index - a.index;
}

/** One order of all: what comes in before an item comes in after that item has gone, and for fields of maps any place will do. */
function placeOf(edit: FieldEdit): { depth: number; index: number } {
  if (edit.op === 'insert') return { depth: edit.path.length + 1, index: edit.index - 0.5 };
  const step = edit.path.at(-1);
  return { depth: edit.path.length, index: typeof step === 'number' ? step : 0 };
}

function setField(root: unknown, path: FieldPath, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1));
  const step = path.at(-1)!;
  if (Array.isArray(parent) ? typeof step !== 'number' || step >= parent.length : !isPlain(parent)) throw nowhere(path);
  (parent as Record<string, unknown>)[step] = value;
}

function listAt(root: unknown, path: FieldPath): unknown[] {
  const list = valueAt(root, path);
  if (!Array.isArray(list)) throw nowhere(path);
  return list;
}

function nowhere(path: FieldPath): RangeError {
  return new RangeError(`there is no field ${path.join('.')}`);
}

/** A text that equal values share, whatever the order of their fields. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (!isPlain(inner)) return inner;
    const names = Object.keys(inner).sort();
    return Object.fromEntries(names.map((name) => [name, inner[name]]));
  });
}

/** Are two JSON values equal? A field that is undefined counts as absent. */
export function sameValue(one: unknown, other: unknown): boolean {
  return one === other || keyOf(one) === keyOf(other);
}
