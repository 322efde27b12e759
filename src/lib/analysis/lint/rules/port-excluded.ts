import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** The mesh leaves the port alone. Egress semantics §2. */
export const portExcluded = policyRule({
  name: 'port-excluded',
  code: 'OSM-E031',
  level: 'warning',
  makes: null,
  find: ({ policy, world: { meshConfig } }) => {
    const excluded = meshConfig?.spec?.traffic?.outboundPortExclusionList ?? [];
    return policy.spec.ports.flatMap(({ number }, port) => {
      const index = excluded.indexOf(number);
      if (index < 0) return [];
      return [{ data: {}, at: [fieldRef(meshConfig!, 'spec', 'traffic', 'outboundPortExclusionList', index)], port }];
    });
  },
});
