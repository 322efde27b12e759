import { fieldRef } from '../../../simulator/world.js';
import { sourceRule } from '../rule.js';

/** The feature flag for egress policies is off. Egress semantics §3.2. */
export const egressPolicyOff = sourceRule({
  name: 'egress-policy-off',
  code: 'OSM-E005',
  level: 'error',
  makes: 'ignored',
  find: ({ simulation: { world } }) => {
    if (world.egressPolicyEnabled) return [];
    const { meshConfig } = world;
    return [{ data: {}, at: meshConfig ? [fieldRef(meshConfig, 'spec', 'featureFlags', 'enableEgressPolicy')] : [] }];
  },
});
