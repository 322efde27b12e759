import assert from 'node:assert/strict';
import fc from 'fast-check';
import { implies } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress } from '../../../src/lib/resources/types.js';
import { resources } from '../../simulator/generators.js';
import { outcome, simulationOf } from './support.js';

const allow = (host: string): Egress => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: host, namespace: 'curl' },
  spec: {
    sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
    hosts: [host],
    ports: [{ number: 8443, protocol: 'https' }],
  },
});

describe('implies', () => {
  it('holds when a host is taken away, and fails with a counter-example when one is added', () => {
    const [more, less] = [simulationOf([allow('a.test'), allow('b.test')]), simulationOf([allow('a.test')])];
    assert.deepEqual(implies(more, less), { holds: true });
    const result = implies(less, more);
    assert.equal(result.holds, false);
    assert.equal('counterexample' in result && result.counterexample.class.witness.tls?.sni, 'b.test');
  });

  it('counts as allowed what gets through by chance', () => {
    const ports = [{ number: 3306, protocol: 'tcp' }];
    const any: Egress = {
      ...allow('any'),
      spec: { ...allow('any').spec, hosts: [], ipAddresses: ['0.0.0.0/0'], ports },
    };
    const named: Egress = {
      ...allow('a.test'),
      spec: { ...allow('a.test').spec, ports: [{ number: 3306, protocol: 'https' }] },
    };
    const [none, chance, sure] = [[named], [any, named], [any]].map(simulationOf);
    assert.equal(implies(none!, chance!).holds, false);
    assert.equal(implies(chance!, sure!).holds, false);
    assert.equal(implies(sure!, chance!).holds, true);
  });

  it('gives counter-examples that really are newly allowed', () => {
    fc.assert(
      fc.property(resources, resources, (some, others) => {
        const [before, after] = [simulationOf(some), simulationOf(others)];
        const result = implies(before, after);
        if (result.holds !== false) return;
        const { witness } = result.counterexample.class;
        assert.notEqual(before.decide(witness).verdict, 'allowed');
        assert.notEqual(after.decide(witness).verdict, 'denied');
        assert.notEqual(outcome(before, witness), outcome(after, witness));
      }),
      { numRuns: 100 },
    );
  });
});
