import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** Requests that the policy would allow by itself are denied, because chains of another one match first: a sieve has no way back. Egress semantics §5. */
export const shadowed = exactRule({
  name: 'shadowed',
  code: 'OSM-E054',
  level: 'warning',
  makes: null,
  find: ({ policy, exact }) => {
    const clash = exact.shadow(policy);
    return clash ? [{ data: clash, at: [fieldRef(policy), ...(clash.by ? [fieldRef(clash.by)] : [])] }] : [];
  },
});
