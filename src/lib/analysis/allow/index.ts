/** The smallest change of the policies after which a request is allowed. */
export { objectChanges } from './draft.js';
export { planAllow } from './plan-allow.js';
export type * from './types.js';
