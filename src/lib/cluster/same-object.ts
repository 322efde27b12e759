import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../resources/types.js';

/** Bookkeeping of the API server, which changes even when nothing else does. */
const bookkeeping = ['managedFields', 'resourceVersion', 'generation'];

/**
 * True when two states of an object differ in nothing but the server's bookkeeping: the write between them has changed
 * nothing, and is reported as `unchanged`. Works for the answers of a dry run too, whose resourceVersion says nothing.
 */
export function sameObject(before: KubernetesObject, after: KubernetesObject): boolean {
  return isDeepStrictEqual(withoutBookkeeping(before), withoutBookkeeping(after));
}

function withoutBookkeeping(object: KubernetesObject): object {
  const metadata = Object.entries(object.metadata).filter(([field]) => !bookkeeping.includes(field));
  return { ...object, metadata: Object.fromEntries(metadata) };
}
