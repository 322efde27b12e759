import { isHttp, portsOf } from '../ports.js';
import { policyRule } from '../rule.js';

/** Ranges do not restrict http. Egress semantics §3.2. */
export const rangesOnHttp = policyRule({
  name: 'ranges-on-http',
  code: 'OSM-E020',
  level: 'warning',
  makes: null,
  find: ({ policy }) => {
    const { ports, ipAddresses = [] } = policy.spec;
    if (ipAddresses.length === 0) return [];
    // Where no other port needs the ranges, nothing does.
    const fix = ports.every(isHttp) ? [{ op: 'remove', path: ['spec', 'ipAddresses'] } as const] : undefined;
    return portsOf(policy, 'http').map((found) => ({ ...found, ...(fix && { fix }) }));
  },
});
