import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** A policy without ports selects nothing. Egress semantics §3.2. */
export const noPorts = policyRule({
  name: 'no-ports',
  code: 'OSM-E019',
  level: 'warning',
  makes: 'ignored',
  find: ({ policy }) => (policy.spec.ports.length === 0 ? [{ data: {}, at: [fieldRef(policy, 'spec', 'ports')] }] : []),
});
