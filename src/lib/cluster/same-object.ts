import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../resources/types.js';
import { withoutMetadata } from './metadata.js';

/**
 * True when two states of an object differ in nothing but the server's bookkeeping: the write between them has changed
 * nothing, and is reported as `unchanged`. Works for the answers of a dry run too, whose resourceVersion says nothing.
 */
export function sameObject(before: KubernetesObject, after: KubernetesObject): boolean {
  const [one, other] = [before, after].map((object) =>
    withoutMetadata(object, 'managedFields', 'resourceVersion', 'generation'),
  );
  return isDeepStrictEqual(one, other);
}
