import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Ranges do not restrict http. Egress semantics §3.2. */
export const rangesOnHttp = policyRule({
  name: 'ranges-on-http',
  code: 'OSM-E020',
  level: 'warning',
  makes: null,
  find: ({ policy }) => ((policy.spec.ipAddresses ?? []).length > 0 ? portsOf(policy, 'http') : []),
});
