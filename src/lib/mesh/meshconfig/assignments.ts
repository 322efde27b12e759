import { ownValue } from '../../text/plain-data.js';
import { closest } from '../../text/closest.js';
import { UsageError } from '../../errors.js';
import type { FieldPath } from '../../resources/types.js';
import { namedRules, specPath, specRule } from './schema.js';
import type { Rule } from './schema.js';
import { requireList, type ListChange } from './lists.js';
import { checkKey, parseValue, unknownField } from './values.js';

/** One field of `spec` and what it becomes. */
export interface Assignment {
  /** Below `spec`. */
  readonly path: FieldPath;
  /** Undefined: the field is removed. */
  readonly value: unknown;
  /** The value is a list of what a list gains or loses. */
  readonly change?: ListChange;
}

/**
 * Reads `PATH=VALUE`, `PATH=null`, `PATH-`, `LIST+=VALUE` and `LIST-=VALUE`, each checked against the schema. `spec.` in front of a path may be left out.
 * @throws AggregateError of a UsageError for each word that is wrong
 */
export function parseAssignments(words: readonly string[]): Assignment[] {
  const errors: UsageError[] = [];
  const assignments = words.flatMap((word) => {
    try {
      return [parseAssignment(word)];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      errors.push(error);
      return [];
    }
  });
  errors.push(...findOverlaps(assignments));
  if (errors.length > 0) throw new AggregateError(errors, 'assignments that cannot be used');
  return assignments;
}

function parseAssignment(word: string): Assignment {
  const equals = word.indexOf('=');
  if (equals === -1 && !word.endsWith('-')) {
    throw new UsageError(
      `${JSON.stringify(word)} sets nothing`,
      `write ${word}=VALUE to set the field, or ${word}- to remove it`,
    );
  }
  const name = equals === -1 ? word.slice(0, -1) : word.slice(0, equals);
  const value = equals === -1 ? 'null' : word.slice(equals + 1).trim();
  const change = equals === -1 ? undefined : listChanges[name.slice(-1)];
  if (change) return { ...valuesOfList(name.slice(0, -1).trim(), value), change };
  const { path, rule } = findField(name.trim());
  return { path, value: value === 'null' ? undefined : parseValue(value, rule, path) };
}

const listChanges: Readonly<Record<string, ListChange>> = { '+': 'add', '-': 'remove' };

function valuesOfList(name: string, text: string): Assignment {
  const { path, rule } = findField(name);
  // how many there have to be is a matter of the whole list
  const value = parseValue(text, { ...requireList(rule, path), minItems: 1 }, path);
  return { path, value };
}

/** The field that a dotted path names. Below `resources.limits` and `.requests` the rest is one key, dots and all. */
function findField(name: string): { path: FieldPath; rule: Rule } {
  const steps = name.replace(/^\.?spec\./, '').split('.');
  const path: string[] = [];
  let rule = specRule;
  for (const [index, step] of steps.entries()) {
    if (rule.type === 'map') {
      const key = steps.slice(index).join('.');
      checkKey(key, path);
      return { path: [...path, key], rule: rule.values };
    }
    const field: Rule | undefined = rule.type === 'object' ? ownValue(rule.fields, step) : undefined;
    if (!field) throw noSuchField(name, path, rule, step);
    path.push(step);
    rule = field;
  }
  return { path, rule };
}

function noSuchField(name: string, path: readonly string[], parent: Rule, step: string): UsageError {
  if (/^\.?(?:spec)?\.?$/.test(name)) {
    return new UsageError(`${JSON.stringify(name)} names no field`, `write a path such as traffic.enableEgress`);
  }
  if (/^\.?(?:metadata|status|kind|apiVersion)(?:\.|$)/.test(name)) {
    return new UsageError(`${name} is not part of spec, and is not set here`, 'use kubectl label or kubectl annotate');
  }
  if (parent.type !== 'object') {
    return new UsageError(
      `MeshConfig has no field ${specPath([...path, step])}: ${specPath(path)} has no parts`,
      `set it as a whole: ${path.join('.')}=VALUE`,
    );
  }
  const elsewhere = path.length === 0 ? wholePath(name) : undefined;
  if (!elsewhere) return unknownField([...path, step], parent);
  return new UsageError(`MeshConfig has no field ${specPath(name.replace(/^\.?spec\./, '').split('.'))}`, elsewhere);
}

/** For a path whose first step is wrong: the field with that last name, or the path that is closest as a whole. */
function wholePath(name: string): string | undefined {
  const all = namedRules().map(({ path }) => path);
  const given = name.replace(/^\.?spec\./, '').toLowerCase();
  const same = all.filter((path) => String(path.at(-1)).toLowerCase() === given);
  if (same.length > 0) return `did you mean ${same.map((path) => path.join('.')).join(' or ')}?`;
  const lasts = new Map(all.map((path) => [String(path.at(-1)), path]));
  const meant = closest(given, [...all.map((path) => path.join('.')), ...lasts.keys()]);
  return meant && `did you mean ${lasts.get(meant)?.join('.') ?? meant}?`;
}

/** A field given twice, or together with the section that holds it: which one counts would depend on their order. A list may gain and lose values more than once. */
function findOverlaps(assignments: readonly Assignment[]): UsageError[] {
  return assignments.flatMap(({ path, change }, index) => {
    const other = assignments
      .slice(0, index)
      .find(
        (earlier) =>
          (isWithin(path, earlier.path) || isWithin(earlier.path, path)) &&
          (change === undefined || earlier.change === undefined),
      );
    if (!other) return [];
    const [first, second] = [specPath(other.path), specPath(path)];
    return [
      first === second
        ? new UsageError(`${first} is given twice`, 'give it once')
        : new UsageError(`${first} and ${second} overlap`, 'set the section or its fields, not both'),
    ];
  });
}

function isWithin(path: FieldPath, section: FieldPath): boolean {
  return section.every((step, index) => path[index] === step);
}
