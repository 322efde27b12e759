import { fieldRef } from '../../../simulator/world.js';
import { isHttp } from '../ports.js';
import { portRule } from '../rule.js';

/** An http port without hosts has no virtual host. Egress semantics §3.3. */
export const httpWithoutHosts = portRule({
  name: 'http-without-hosts',
  code: 'OSM-E014',
  level: 'warning',
  makes: 'lets nothing through',
  find: ({ policy, index }) =>
    isHttp(policy.spec.ports[index]!) && (policy.spec.hosts ?? []).length === 0
      ? [{ data: {}, at: [fieldRef(policy, 'spec', 'ports', index)], port: index }]
      : [],
});
