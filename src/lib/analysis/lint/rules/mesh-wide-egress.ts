import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** With mesh-wide egress everything but plain HTTP on the http ports of policies leaves anyway. Egress semantics §3.2. */
export const meshWideEgress = policyRule({
  name: 'mesh-wide-egress',
  code: 'OSM-E030',
  level: 'info',
  makes: null,
  find: ({ policy, world: { meshConfig, meshWideEgress } }) => {
    if (!meshWideEgress) return [];
    const httpPorts = policy.spec.ports.filter(({ protocol }) => protocol === 'http').map(({ number }) => number);
    return [{ data: { httpPorts }, at: [fieldRef(meshConfig!, 'spec', 'traffic', 'enableEgress')] }];
  },
});
