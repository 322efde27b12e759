import type { FieldPath } from '../types.js';
import { isPlain } from '../../text/plain-data.js';
import { pathText } from '../../text/field-path.js';
import type { ResourceKind } from '../kinds.js';
import { findReadable } from './kinds.js';
import type { Schema } from './schema.js';

/**
 * What is wrong with the types of an object that a server has sent, where something here relies on them: `spec.hosts is not a
 * list`. Values are the server's affair, and so is
 * what is missing, but for entries of lists. Fields that are null are taken out, as absent; many of Kubernetes' own
 * objects have some (`endpoints: null` of an EndpointSlice).
 * @returns undefined when nothing is wrong, or the kind is not known
 */
export function faultOfShape(kind: ResourceKind, object: Readonly<Record<string, unknown>>): string | undefined {
  const info = findReadable(kind.group, kind.kind);
  const { apiVersion } = object;
  const version = typeof apiVersion === 'string' ? apiVersion.split('/').at(-1)! : kind.version;
  const schema = info && (info.served[version] ?? info.served[info.version]);
  return schema && faultIn(object, schema, []);
}

function faultIn(value: unknown, schema: Schema, path: FieldPath): string | undefined {
  switch (schema.type) {
    case 'any':
      return undefined;
    case 'string':
      return typeof value === 'string' ? undefined : `${pathText(path)} is not a string`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `${pathText(path)} is not true or false`;
    case 'integer':
      if (typeof value === 'number' || (schema.orString && typeof value === 'string')) return undefined;
      return `${pathText(path)} is not a number`;
    case 'list':
      if (!Array.isArray(value)) return `${pathText(path)} is not a list`;
      return firstFault(value.entries(), () => schema.items, path);
    case 'map':
      if (!isPlain(value)) return `${pathText(path)} is not a map`;
      return firstFault(Object.entries(value), () => schema.values, path);
    case 'object':
      if (!isPlain(value)) return `${pathText(path)} is not a map`;
      for (const name of Object.keys(schema.fields)) if (value[name] === null) delete value[name];
      if (path.some((step) => typeof step === 'number')) {
        const missing = schema.required?.find((name) => value[name] === undefined);
        if (missing !== undefined) return `${pathText(path)} lacks ${missing}`;
      }
      return firstFault(
        Object.entries(schema.fields).flatMap(([name]) => (value[name] === undefined ? [] : [[name, value[name]]])),
        (name) => schema.fields[name]!,
        path,
      );
  }
}

function firstFault<K extends string | number>(
  entries: Iterable<readonly [K, unknown]>,
  schemaOf: (key: K) => Schema,
  path: FieldPath,
): string | undefined {
  for (const [key, value] of entries) {
    const fault = faultIn(value, schemaOf(key), [...path, key]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
