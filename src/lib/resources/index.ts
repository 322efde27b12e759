/** Reading, checking and writing manifests. */
export { ManifestErrors } from './errors.js';
export { type ManifestWarning } from './findings.js';
export { type Limits } from './limits.js';
export { isWritable, parseManifests, readManifests, type Manifests, type ReadOptions } from './manifests.js';
export { serialize } from './serialize.js';
