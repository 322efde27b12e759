import type { KubernetesObject } from '../resources/types.js';

/** The object with its metadata less the named fields; the server's answers have fields that no type knows. */
export function withoutMetadata<T extends KubernetesObject>(object: T, ...fields: readonly string[]): T {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !fields.includes(field)));
  return { ...object, metadata };
}
