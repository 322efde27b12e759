import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Detection is off for a port number that any policy of the same source calls tcp-server-first. Egress semantics §3.1. */
export const detectionOff = policyRule({
  name: 'detection-off',
  code: 'OSM-E026',
  level: 'warning',
  makes: null,
  find: ({ policy, world }) => {
    const others = policy.spec.sources.flatMap(({ namespace, name }) =>
      world.policiesNaming({ namespace, serviceAccount: name }).map((naming) => naming.policy),
    );
    return portsOf(policy, 'http', 'https').flatMap((found) => {
      const { number } = policy.spec.ports[found.port]!;
      const by = [policy, ...others].find(({ spec }) =>
        spec.ports.some((other) => other.number === number && other.protocol === 'tcp-server-first'),
      );
      return by ? [{ ...found, data: { by } }] : [];
    });
  },
});
