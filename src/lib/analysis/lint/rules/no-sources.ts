import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** A policy without sources selects nothing. Egress semantics §3.2. */
export const noSources = policyRule({
  name: 'no-sources',
  code: 'OSM-E018',
  level: 'warning',
  makes: 'ignored',
  find: ({ policy }) =>
    policy.spec.sources.length === 0 ? [{ data: {}, at: [fieldRef(policy, 'spec', 'sources')] }] : [],
});
