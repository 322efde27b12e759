import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from './types.js';

/** The object with its metadata less the named fields; the server's answers have fields that no type knows. */
export function withoutMetadata<T extends KubernetesObject>(object: T, ...fields: readonly string[]): T {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !fields.includes(field)));
  return { ...object, metadata };
}

/** The object as kubectl prints it: without the record of who wrote which field, which is most of its bulk. */
export function withoutHistory<T extends KubernetesObject>(object: T): T {
  return withoutMetadata(object, 'managedFields');
}

/** Only what somebody wrote: without status and what the server adds to the metadata of every object. */
export function asWritten({ apiVersion, kind, metadata, ...content }: KubernetesObject): KubernetesObject {
  const own = Object.entries(content).filter(([field]) => field !== 'status');
  const object = { apiVersion, kind, metadata, ...Object.fromEntries(own) };
  return withoutMetadata(object, 'managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp');
}

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
