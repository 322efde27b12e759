import { networksOf } from '../../../simulator/address.js';
import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** The range 0.0.0.0/0 is every address, and competes with chains without ranges. Egress semantics §5. */
export const rangeZero = policyRule({
  name: 'range-zero',
  code: 'OSM-E024',
  level: 'warning',
  makes: null,
  find: ({ policy }) =>
    (policy.spec.ipAddresses ?? []).flatMap((range, index) =>
      networksOf([range]).networks[0]?.prefixLength === 0
        ? [
            {
              data: {},
              at: [fieldRef(policy, 'spec', 'ipAddresses', index)],
              fix: [{ op: 'remove', path: ['spec', 'ipAddresses'] }],
            },
          ]
        : [],
    ),
});
