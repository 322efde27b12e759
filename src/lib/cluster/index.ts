/**
 * Everything that talks to Kubernetes. Import it with `await import()` inside the branch that needs a cluster: it is
 * the only part of osm-ts that loads `@kubernetes/client-node`.
 */
export { connect } from './connect.js';
export { MissingKindError, isConflict, isForbidden, isNotFound } from './errors.js';
export { apiVersionOf, comesWithOsm, findKind, kinds, qualifiedName, qualifiedPlural } from '../resources/kinds.js';
export { fetchResources } from './fetch-resources.js';
export { sameObject } from './same-object.js';
export type { ResourceKind } from '../resources/kinds.js';
export type { Forbidden, MissingKind, MissingObject, World, WorldNeed, WorldProgress } from './fetch-resources.js';
export type {
  ApplyOptions,
  ApplyResult,
  Change,
  Cluster,
  ClusterOptions,
  DeleteOptions,
  JsonPatchOperation,
  ListQuery,
  PatchBody,
  PatchKind,
  ResourceRef,
  WriteOptions,
} from './types.js';
