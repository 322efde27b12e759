import { fieldRef, namespacedName } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** The policy names a ServiceAccount that is not there. */
export const unknownSource = policyRule({
  name: 'unknown-source',
  code: 'OSM-E032',
  level: 'warning',
  makes: null,
  find: ({ policy, serviceAccounts }) =>
    policy.spec.sources.flatMap(({ namespace, name }, index) =>
      serviceAccounts && !serviceAccounts.has(namespacedName(namespace, name))
        ? [{ data: { namespace, name }, at: [fieldRef(policy, 'spec', 'sources', index)] }]
        : [],
    ),
});
