import { isDeepStrictEqual } from 'node:util';
import { shortened } from '../../text/shorten.js';
import { isPlain } from '../../text/plain-data.js';
import { UsageError } from '../../errors.js';
import type { FieldPath } from '../../resources/types.js';
import { specPath, type Rule } from './schema.js';

/** What an assignment does to a list, besides replacing it. */
export type ListChange = 'add' | 'remove';

type ListRule = Extract<Rule, { type: 'list' }>;

/** The list with values added that it lacks, or without values that it has; the others keep their order. */
export function changedList(change: ListChange, list: unknown, values: unknown): readonly unknown[] | undefined {
  const before: readonly unknown[] = Array.isArray(list) ? list : [];
  const named: readonly unknown[] = Array.isArray(values) ? values : [values];
  if (change === 'remove') return Array.isArray(list) ? before.filter((value) => !has(named, value)) : undefined;
  const added = named.filter((value, index) => !has(before, value) && !has(named.slice(0, index), value));
  return [...before, ...added];
}

/** @throws UsageError when nothing can be added to the field, or taken from it */
export function requireList(rule: Rule, path: FieldPath): ListRule {
  if (rule.type === 'list') return rule;
  throw new UsageError(`${specPath(path)} is not a list`, `set it as a whole: ${path.join('.')}=VALUE`);
}

export interface DroppedValues {
  /** Of the list, below `spec`. */
  readonly path: FieldPath;
  readonly values: readonly unknown[];
}

/** The values that lists lose, wherever they are. */
export function droppedValues(before: unknown, after: unknown, path: FieldPath = []): DroppedValues[] {
  if (Array.isArray(before)) {
    const left: readonly unknown[] = Array.isArray(after) ? after : [];
    const values = before.filter((value) => !has(left, value));
    return values.length > 0 ? [{ path, values }] : [];
  }
  if (!isPlain(before)) return [];
  return Object.entries(before).flatMap(([name, value]) =>
    droppedValues(value, isPlain(after) ? after[name] : undefined, [...path, name]),
  );
}

/** What to know about a list that lost values without being told so value by value. */
export function droppedNote({ path, values }: DroppedValues): string {
  return `${specPath(path)} no longer has ${textOf(values)}; to keep what a list has, write ${path.join('.')}+=VALUE`;
}

/** What to know about values that are to be taken from a list that lacks them; undefined when it has them all. */
export function absentNote(path: FieldPath, list: unknown, values: unknown): string | undefined {
  const there: readonly unknown[] = Array.isArray(list) ? list : [];
  const absent = (Array.isArray(values) ? values : [values]).filter((value) => !has(there, value));
  if (absent.length === 0) return undefined;
  const held = there.length === 0 ? 'it is empty' : `it has ${textOf(there)}`;
  return `${specPath(path)} has no ${textOf(absent)}: ${held}`;
}

function textOf(values: readonly unknown[]): string {
  return shortened(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', '), 500);
}

function has(list: readonly unknown[], value: unknown): boolean {
  return list.some((item) => isDeepStrictEqual(item, value));
}
