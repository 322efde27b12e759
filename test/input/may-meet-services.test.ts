import assert from 'node:assert/strict';
import { mayMeetServices } from '../../src/lib/input/read-cluster.js';
import type { Egress } from '../../src/lib/resources/types.js';

describe('whether services are to be read for policies', () => {
  const egress = (...ipAddresses: string[]): Egress => ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'e', namespace: 'n' },
    spec: { sources: [], ports: [], ipAddresses },
  });

  it('is so where a range is one address, in the notation of IPv6 too', () => {
    for (const range of ['10.0.0.1/32', '::ffff:10.0.0.1/32', '::ffff:10.0.0.1/128'])
      assert.ok(mayMeetServices([egress('10.0.0.0/8', range)]), range);
    assert.ok(!mayMeetServices([egress('10.0.0.0/31', '10.0.0.300/32', '2001:db8::1.2.3.4/32'), egress()]));
  });
});
