import { isDeepStrictEqual } from 'node:util';

import { isPlain, valueAt, type Plain } from '../../text/plain-data.js';
import { UsageError } from '../../errors.js';
import type { FieldPath } from '../../resources/types.js';
import type { Assignment } from './assignments.js';
import { changedList } from './lists.js';
import { specPath, specRule } from './schema.js';
import type { Rule } from './schema.js';

/** A copy of `spec` with the assignments made; what it shares with the original is not changed. */
export function applyAssignments(spec: Plain, assignments: readonly Assignment[]): Plain {
  return assignments.reduce((result, { path, value, change }) => {
    return assign(result, path, change ? changedList(change, valueAt(result, path), value) : value);
  }, spec);
}

function assign(data: Plain, [step, ...rest]: FieldPath, value: unknown): Plain {
  const key = String(step);
  if (rest.length === 0) {
    const others = Object.entries(data).filter(([name]) => name !== key);
    return Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
  }
  const inner = Object.hasOwn(data, key) && isPlain(data[key]) ? data[key] : undefined;
  if (!inner && value === undefined) return data;
  return { ...data, [key]: assign(inner ?? {}, rest, value) };
}

/**
 * Checks that the sections which the assignments touch have all their required fields afterwards.
 * @throws UsageError naming what is missing
 */
export function checkRequired(spec: Plain, assignments: readonly Assignment[]): void {
  const touched = assignments.some(({ path }) => path.length > 0);
  if (touched) visit(spec, specRule, []);

  function visit(value: unknown, rule: Rule, path: FieldPath): void {
    if (rule.type === 'list' && Array.isArray(value) && value.length < (rule.minItems ?? 0)) {
      if (assignments.some((one) => isDeepStrictEqual(one.path, path))) throw tooFew(path, rule.minItems ?? 0);
    }
    if (rule.type !== 'object' || !isPlain(value)) return;
    // What was there before is the API server's business; it has accepted it.
    if (!assignments.some((one) => overlaps(one.path, path))) return;
    for (const name of rule.required ?? []) {
      if (value[name] === undefined) throw missing([...path, name], path);
    }
    for (const [name, field] of Object.entries(rule.fields)) visit(value[name], field, [...path, name]);
  }
}

function overlaps(a: FieldPath, b: FieldPath): boolean {
  const shared = Math.min(a.length, b.length);
  return isDeepStrictEqual(a.slice(0, shared), b.slice(0, shared));
}

function tooFew(path: FieldPath, wanted: number): UsageError {
  const message = `${specPath(path)} would be left with fewer than ${wanted} item`;
  return new UsageError(message, `add another one first: ${path.join('.')}+=VALUE`);
}

function missing(field: FieldPath, section: FieldPath): UsageError {
  return new UsageError(
    `${specPath(section)} needs ${String(field.at(-1))}`,
    `add ${field.join('.')}=VALUE, or remove the whole section: ${section.join('.')}-`,
  );
}
