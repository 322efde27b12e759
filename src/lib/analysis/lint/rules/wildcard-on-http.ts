import { oddHosts } from '../hosts.js';
import { isHttp } from '../ports.js';
import { policyRule } from '../rule.js';

/** A request goes to the policy's host as Envoy resolves it, and nothing resolves a wildcard. Egress semantics §5. */
export const wildcardOnHttp = policyRule({
  name: 'wildcard-on-http',
  code: 'OSM-E041',
  level: 'error',
  makes: null,
  find: ({ policy }) => (policy.spec.ports.some(isHttp) ? oddHosts(policy, 'wildcard') : []),
});
