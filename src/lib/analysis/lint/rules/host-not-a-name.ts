import { oddHosts } from '../hosts.js';
import { policyRule } from '../rule.js';

/** What DNS cannot know is no server name, and Envoy cannot resolve it. Egress semantics §5. */
export const hostNotAName = policyRule({
  name: 'host-not-a-name',
  code: 'OSM-E042',
  level: 'error',
  makes: null,
  find: ({ policy }) => oddHosts(policy, 'not-a-name'),
});
