import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** Without the policy no request would fare otherwise: proven for all requests. */
export const redundant = exactRule({
  name: 'redundant',
  code: 'OSM-E055',
  level: 'info',
  makes: null,
  find: ({ policy, exact }) =>
    exact.allowsAnything(policy) === true && exact.isNeedless(policy)
      ? [{ data: {}, at: [fieldRef(policy)], deletes: true }]
      : [],
});
