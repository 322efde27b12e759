import { isWideServerName, oddHosts } from '../hosts.js';
import { isHttp } from '../ports.js';
import { policyRule } from '../rule.js';

/** What DNS cannot know is no server name, and Envoy cannot resolve it. Egress semantics §5. */
export const hostNotAName = policyRule({
  name: 'host-not-a-name',
  code: 'OSM-E042',
  level: 'error',
  makes: null,
  find: ({ policy }) =>
    oddHosts(policy, 'not-a-name').filter(
      ({ data: { host } }) => !isWideServerName(host) || policy.spec.ports.some(isHttp),
    ),
});
