import assert from 'node:assert/strict';
import type { Egress } from '../../src/lib/resources/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/**
 * The controller takes two filter chains for one when a hash of their lists is equal. The hash of a list is made of its entries
 * whatever their order, and an entry that is there twice cancels itself out.
 */
describe('filter chains that the control plane takes for one', () => {
  const policy = (name: string, protocol: string, lists: Partial<Egress['spec']>): Egress => ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      ports: [{ number: 443, protocol }],
      ...lists,
    },
  });

  function state(protocol: string, one: Partial<Egress['spec']>, other: Partial<Egress['spec']>): string {
    const objects = [policy('one', protocol, one), policy('other', protocol, other)];
    const states = [objects, objects.toReversed()].map((ordered) => {
      const simulation = simulate(createWorld(ordered), { namespace: 'curl', serviceAccount: 'curl' });
      const { verdict } = simulation.decide(parseTarget('curl --resolve a:443:10.0.0.1 https://a/'));
      return verdict === 'unpredictable' ? verdict : simulation.listenerState;
    });
    assert.equal(states[0], states[1], 'the order of policies matters');
    return states[0]!;
  }

  const bad = '10.0.0.0/33';

  it('hosts in another order', () => {
    assert.equal(state('https', { hosts: ['a', 'b'] }, { hosts: ['b', 'a'] }), 'programmed');
  });

  it('an entry that is there twice makes another list', () => {
    assert.equal(state('https', { hosts: ['a', 'a', 'b'] }, { hosts: ['a', 'b'] }), 'refused');
  });

  it('an entry that is there twice is as if it were not there; which chain is kept is chance', () => {
    assert.equal(state('https', { hosts: ['b', 'b', 'a'] }, { hosts: ['a'] }), 'unpredictable');
    assert.equal(state('https', { hosts: ['b', 'b'] }, {}), 'unpredictable');
  });

  it('ranges that do not parse are in no chain, so their repetition harms nobody', () => {
    assert.equal(state('tcp', { ipAddresses: [bad, bad] }, {}), 'programmed');
    assert.equal(
      state('tcp', { ipAddresses: [bad, bad, '10.0.0.0/8'] }, { ipAddresses: ['10.0.0.0/8'] }),
      'programmed',
    );
  });

  it('lists that differ are two chains', () => {
    assert.equal(state('https', { hosts: ['a'] }, { hosts: ['a', 'b'] }), 'refused');
    assert.equal(state('https', { hosts: ['a'] }, { hosts: ['b'] }), 'programmed');
  });
});
