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
    // without a MeshConfig it is on
    return [{ data: {}, at: [fieldRef(world.meshConfig!, 'spec', 'featureFlags', 'enableEgressPolicy')] }];
  },
});
