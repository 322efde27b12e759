import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** No request of the source gets through by the policy: proven for all requests. Egress semantics §5. */
export const neverDecides = exactRule({
  name: 'never-decides',
  code: 'OSM-E053',
  level: 'warning',
  makes: null,
  find: ({ policy, exact }) => (exact.allowsAnything(policy) === false ? [{ data: {}, at: [fieldRef(policy)] }] : []),
});
