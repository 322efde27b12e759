import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** The rules that look at all requests met a bound: what they would say of the policy is not known. docs/request-space.md. */
export const undecided = exactRule({
  name: 'undecided',
  code: 'OSM-E058',
  level: 'info',
  makes: null,
  find: ({ policy, exact }) => {
    const regions = exact.undecided.filter(({ port }) => policy.spec.ports.some(({ number }) => number === port));
    if (regions.length === 0 && !exact.isTooLarge) return [];
    return [{ data: { regions }, at: [fieldRef(policy)] }];
  },
});
