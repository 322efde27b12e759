import { parseAddressLiteral } from '../../../simulator/address.js';
import { fieldRef } from '../../../simulator/world.js';
import { policyRule } from '../rule.js';

/** Clients send no server name for an address. Egress semantics §3.2. */
export const addressAsTlsHost = policyRule({
  name: 'address-as-tls-host',
  code: 'OSM-E027',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    if (!policy.spec.ports.some(({ protocol }) => protocol === 'https')) return [];
    return (policy.spec.hosts ?? []).flatMap((host, index) =>
      parseAddressLiteral(host) ? [{ data: { host }, at: [fieldRef(policy, 'spec', 'hosts', index)] }] : [],
    );
  },
});
