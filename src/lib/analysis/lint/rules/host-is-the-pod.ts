import { parseAddressLiteral } from '../../../simulator/address.js';
import { isLoopback } from '../../../simulator/interception.js';
import { fieldRef } from '../../../simulator/world.js';
import { isHttp } from '../ports.js';
import { policyRule } from '../rule.js';

/** Envoy runs in the client's pod, so that a loopback address leads back into it. Egress semantics §5. */
export const hostIsThePod = policyRule({
  name: 'host-is-the-pod',
  code: 'OSM-E043',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { ports, hosts = [] } = policy.spec;
    if (!ports.some(isHttp)) return [];
    return hosts.flatMap((host, index) =>
      isThePod(host) ? [{ data: { host }, at: [fieldRef(policy, 'spec', 'hosts', index)] }] : [],
    );
  },
});

function isThePod(host: string): boolean {
  const address = parseAddressLiteral(host);
  return address ? isLoopback(address) : /(^|\.)localhost\.?$/i.test(host);
}
