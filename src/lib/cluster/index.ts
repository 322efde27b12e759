/**
 * Everything that talks to Kubernetes. Import it with `await import()` inside the branch that needs a cluster: it is
 * the only part of osm-ts that loads `@kubernetes/client-node`.
 */
export { connect } from './connect.js';
export { fetchResources } from './fetch-resources.js';
export type { World, WorldNeed } from './fetch-resources.js';
export type { Cluster } from './types.js';
