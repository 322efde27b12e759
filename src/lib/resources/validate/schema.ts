import type { FieldPath } from '../types.js';
import { isPlain, ownValue } from '../../text/plain-data.js';
import { closest } from '../../text/closest.js';
import { pathText } from '../../text/field-path.js';
import { shortened } from '../../text/shorten.js';

/**
 * A small language for what the API server asks of a field, and its checker. It walks each object once, follows the
 * structural-schema rules of CRDs as observed on a real API server (null is absent, unknown fields are dropped), and
 * reports every fault.
 */
export type Schema = StringSchema | IntegerSchema | FlagSchema | ObjectSchema | MapSchema | ListSchema | AnySchema;

export interface StringSchema {
  readonly type: 'string';
  readonly values?: readonly string[];
  readonly minLength?: number;
  /** What `check` asks for, as far as a pattern can say it; for editors. */
  readonly pattern?: RegExp;
  /** Says what is wrong with a string, as `message` and `hint`; undefined when nothing is. */
  readonly check?: (value: string) => Fault | undefined;
}
export interface IntegerSchema {
  readonly type: 'integer';
  readonly min?: number;
  readonly max?: number;
  /** The field may also name something: `targetPort: web`. */
  readonly orString?: boolean;
}
export interface FlagSchema {
  readonly type: 'boolean';
}
export interface ObjectSchema {
  readonly type: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Required by the API server; here only missed, with what it means to OSM, since an object without them is still a clear case. */
  readonly missed?: Readonly<Record<string, string>>;
  /** More fields that the API has and that are of no concern here. Null: anything goes, and is kept. */
  readonly others?: readonly string[] | null;
}
export interface MapSchema {
  readonly type: 'map';
  readonly values: Schema;
  /** What a null becomes; absent: the entry is dropped. */
  readonly nullValue?: string;
}
export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  readonly minItems?: number;
}
export interface AnySchema {
  readonly type: 'any';
}

export interface Fault {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What is wrong with one field. `message` reads on after the field's path: `must be …`. */
export interface Finding extends Fault {
  readonly severity: 'error' | 'warning';
  readonly path: FieldPath;
  /** The value has the wrong type because YAML reads a bare word so: the hint is to quote what stands there. */
  readonly quote?: boolean;
}

export type Report = (finding: Finding) => void;

const typeNames: Readonly<Record<Schema['type'], string>> = {
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map of fields',
  map: 'a map',
  list: 'a list',
  any: 'anything',
};

/** A value in a message, cut short: `"on"`, `80.5`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return JSON.stringify(shortened(value, 60));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'nothing';
}

/** The type of a value, for messages about files that hold secrets. */
function typeOfValue(value: unknown): string {
  if (typeof value === 'string') return 'a string';
  return typeof value === 'number' ? 'a number' : describeValue(value);
}

/** Unknown fields of one map that are told one by one. */
const maxUnknown = 50;

class Checker {
  readonly #path: (string | number)[] = [];

  constructor(
    readonly report: Report,
    readonly describe: (value: unknown) => string,
  ) {}

  /** Checks a value that is not null. Maps are changed in place: null and unknown fields go. */
  check(value: unknown, schema: Schema): void {
    switch (schema.type) {
      case 'string':
        return this.#string(value, schema);
      case 'integer':
        return this.#integer(value, schema);
      case 'boolean':
        if (typeof value !== 'boolean') this.#wrongType(value, schema);
        return;
      case 'object':
        if (isPlain(value)) this.#object(value, schema);
        else this.#wrongType(value, schema);
        return;
      case 'map':
        if (isPlain(value)) this.#map(value, schema);
        else this.#wrongType(value, schema);
        return;
      case 'list':
        if (Array.isArray(value)) this.#list(value, schema);
        else this.#wrongType(value, schema);
        return;
      case 'any':
    }
  }

  #string(value: unknown, schema: StringSchema): void {
    if (typeof value !== 'string') return this.#wrongType(value, schema);
    if (schema.values && !schema.values.includes(value)) {
      const meant = closest(value, schema.values);
      const [only, ...more] = schema.values;
      const choice = more.length > 0 ? `one of ${schema.values.join(', ')}` : only;
      return this.#error(
        `must be ${choice}, not ${this.describe(value)}`,
        meant && more.length > 0 ? `did you mean ${meant}?` : undefined,
      );
    }
    if (schema.minLength && value.length < schema.minLength) this.#error('must not be empty');
    const fault = schema.check?.(value);
    if (fault) this.#error(fault.message, fault.hint);
  }

  #integer(value: unknown, schema: IntegerSchema): void {
    if (schema.orString && typeof value === 'string') return;
    if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) >= 2 ** 63) {
      return this.#wrongType(value, schema);
    }
    const { min = -Infinity, max = Infinity } = schema;
    if (value >= min && value <= max) return;
    const range = max === Infinity ? `${min} or more` : `from ${min} to ${max}`;
    this.#error(`must be ${range}, not ${value}`);
  }

  #object(value: Record<string, unknown>, schema: ObjectSchema): void {
    const { fields, others } = schema;
    const unknown: string[] = [];
    for (const key of Object.keys(value)) {
      const field = ownValue(fields, key);
      const inner = value[key];
      if (!field) {
        if (others !== null && !others?.includes(key)) unknown.push(key);
      } else if (inner === null || inner === undefined) {
        delete value[key];
      } else {
        this.#path.push(key);
        this.check(inner, field);
        this.#path.pop();
      }
    }
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(value, name)) this.#missingField(value, name, schema, closest(name, unknown));
    }
    for (const [name, meaning] of Object.entries(schema.missed ?? {})) {
      if (Object.hasOwn(value, name)) continue;
      const message = `lacks the field "${name}", without which the API server refuses it: ${meaning}`;
      this.report({ severity: 'warning', path: [...this.#path], message });
    }
    for (const key of unknown.slice(0, maxUnknown)) this.#unknownField(key, value, schema);
    for (const key of unknown) delete value[key];
    if (unknown.length > maxUnknown) {
      const more = `has ${unknown.length - maxUnknown} more fields that Kubernetes does not know: they are ignored`;
      this.report({ severity: 'warning', path: [...this.#path], message: more });
    }
  }

  #map(value: Record<string, unknown>, schema: MapSchema): void {
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner === null || inner === undefined) {
        if (schema.nullValue === undefined) delete value[key];
        else value[key] = schema.nullValue;
        continue;
      }
      this.#path.push(key);
      this.check(inner, schema.values);
      this.#path.pop();
    }
  }

  #list(value: readonly unknown[], schema: ListSchema): void {
    if (value.length < (schema.minItems ?? 0)) this.#error('must not be empty');
    for (let index = 0; index < value.length; index += 1) {
      this.#path.push(index);
      const item = value[index];
      if (item === null || item === undefined)
        this.#error(`must be ${typeNames[schema.items.type]}, but nothing stands here`);
      else this.check(item, schema.items);
      this.#path.pop();
    }
  }

  #unknownField(key: string, value: Record<string, unknown>, schema: ObjectSchema): void {
    const names = Object.keys(schema.fields).filter((name) => !Object.hasOwn(value, name));
    const meant = closest(key, names) ?? this.#misplaced(key, schema);
    const hint = meant ? `did you mean ${meant}?` : `the fields here are: ${Object.keys(schema.fields).join(', ')}`;
    this.#path.push(key);
    this.report({
      severity: 'warning',
      path: [...this.#path],
      message: 'is not a field that Kubernetes knows here: it is ignored',
      hint,
    });
    this.#path.pop();
  }

  /** The field exists one level further down: `matches` for `spec.matches`. */
  #misplaced(key: string, schema: ObjectSchema): string | undefined {
    for (const [name, inner] of Object.entries(schema.fields)) {
      if (inner.type === 'object' && Object.hasOwn(inner.fields, key)) return pathText([...this.#path, name, key]);
    }
    return undefined;
  }

  /** @param written - an unknown field that probably stands for it */
  #missingField(value: Record<string, unknown>, name: string, schema: ObjectSchema, written: string | undefined): void {
    const field = schema.fields[name];
    const kind = field ? ` (${typeNames[field.type]})` : '';
    this.report({
      severity: 'error',
      path: [...this.#path],
      message: `lacks the field "${name}"${kind}`,
      hint: written
        ? `did you mean ${name} by ${written}?`
        : Object.keys(value).length === 0
          ? `its fields are: ${Object.keys(schema.fields).join(', ')}`
          : `add "${name}:"`,
    });
  }

  #wrongType(value: unknown, schema: Schema): void {
    const wanted = schema.type === 'integer' && schema.orString ? 'a whole number or a string' : typeNames[schema.type];
    const bare =
      schema.type === 'string' && !schema.values && (typeof value === 'boolean' || typeof value === 'number');
    const secret = this.describe !== describeValue;
    const type = !secret && (typeof value === 'boolean' || typeof value === 'number') ? `the ${typeof value} ` : '';
    const message = `must be ${wanted}, not ${type}${this.describe(value)}`;
    this.report({
      severity: 'error',
      path: [...this.#path],
      message,
      ...(bare ? { quote: true } : { hint: typeHint(secret && typeof value === 'string' ? '…' : value, schema) }),
    });
  }

  #error(message: string, hint?: string): void {
    this.report({ severity: 'error', path: [...this.#path], message, hint });
  }
}

/** How to write a value of the type that is wanted, in terms of what was written. */
function typeHint(value: unknown, schema: Schema): string | undefined {
  if (schema.type === 'integer' && typeof value === 'string' && /^\d+$/.test(value))
    return `write ${value} without quotes`;
  if (schema.type === 'boolean' && typeof value === 'string' && /^(?:true|false)$/i.test(value)) {
    return `write ${value.toLowerCase()} without quotes`;
  }
  if (schema.type === 'string' && schema.values) return `write one of ${schema.values.join(', ')}`;
  if (schema.type === 'integer') return 'write a number in digits, such as 80';
  if (schema.type === 'boolean') return 'write true or false';
  if (schema.type === 'string') return 'write one text, in quotes if it has special characters';
  if (schema.type !== 'list') return 'write its fields below it, one a line: "key: value"';
  if (typeof value === 'object' && value !== null) return 'put a dash before each entry: "- …"';
  return value === null ? 'write a list: [], or leave the field out' : `write a list: [${describeValue(value)}]`;
}

/** Does the schema have a field at this path? */
export function hasField(schema: Schema, path: FieldPath): boolean {
  let at: Schema | undefined = schema;
  for (const step of path) {
    if (at?.type === 'list' && typeof step === 'number') at = at.items;
    else if (at?.type === 'map') at = at.values;
    else if (at?.type === 'object' && typeof step === 'string') {
      at = ownValue(at.fields, step);
    } else return false;
  }
  return at !== undefined;
}

/** Checks one object against its schema and takes the null and unknown fields out of it. */
export function checkAgainst(schema: ObjectSchema, object: Record<string, unknown>, report: Report): void {
  new Checker(report, describeValue).check(object, schema);
}

/** As `checkAgainst`, for an object that holds secrets: messages name types instead of values. */
export function checkSecretly(schema: ObjectSchema, object: Record<string, unknown>, report: Report): void {
  new Checker(report, typeOfValue).check(object, schema);
}
