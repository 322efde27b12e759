import { portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** http on 443, or https on 80: clients usually speak the other one there. */
export const unlikelyProtocol = policyRule({
  name: 'unlikely-protocol',
  code: 'OSM-E028',
  level: 'warning',
  makes: null,
  find: ({ policy }) =>
    portsOf(policy, 'http', 'https').flatMap((found) => {
      const { number, protocol } = policy.spec.ports[found.port]!;
      const likely = { 80: 'http', 443: 'https' }[number];
      return likely === undefined || likely === protocol ? [] : [{ ...found, data: { likely } }];
    }),
});
