import { networksOf } from '../../../simulator/address.js';
import { fieldRef } from '../../../simulator/world.js';
import { exactRule } from '../rule.js';

/** Ranges that together are every address restrict nothing. Where there are none, https-without-hosts and others say so. Egress semantics §3.2. */
export const openToEveryone = exactRule({
  name: 'open-to-everyone',
  code: 'OSM-E056',
  level: 'warning',
  makes: null,
  find: ({ policy, exact }) => {
    const { networks } = networksOf(policy.spec.ipAddresses ?? []);
    const size = networks.reduce((sum, { prefixLength }) => sum + 2 ** (32 - prefixLength), 0);
    // ranges that leave out no more than the pod's own addresses and 0.0.0.0 are worth a proof
    if (size < 2 ** 32 - 2 ** 25 || networks.some(({ prefixLength }) => prefixLength === 0)) return [];
    const open = exact.openTo(policy);
    return open ? [{ data: { class: open }, at: [fieldRef(policy, 'spec', 'ipAddresses')] }] : [];
  },
});
