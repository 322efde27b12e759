import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { bystandersOf, policiesNaming } from '../../src/lib/simulator/bystanders.js';
import { explain, hostCovers } from '../../src/lib/simulator/explain.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type SimulationOptions } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { createWorld } from '../../src/lib/simulator/world.js';

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };

function egress(name: string, account: string, port: number, hosts?: readonly string[]): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: account, namespace: 'curl' }],
      ports: [{ number: port, protocol: 'http' }],
      ...(hosts && { hosts: [...hosts] }),
    },
  };
}

describe('policies that name a request', () => {
  it('are found as by looking at each of them', () => {
    const pattern = fc.constantFrom('a.b', 'A.b', '*.b', '*b', '*', 'a.*', 'a*', '*a.b', 'a.b*', '**', '', 'b.a', '.b');
    const policies = fc.array(
      fc.record({
        hosts: fc.option(fc.array(pattern, { maxLength: 3 }), { nil: undefined }),
        port: fc.constantFrom(80, 81),
      }),
    );
    const host = fc.constantFrom('a.b', 'A.B', 'b', 'a', 'x.b', 'a.x', 'aa.b', 'b.a', 'a.b.c', 'long.a.b.long');
    fc.assert(
      fc.property(policies, host, fc.constantFrom(80, 82), (specs, wanted, port) => {
        const all = specs.map(({ hosts, port: own }, index) => egress(`policy${index}`, 'curl', own, hosts));
        const expected = all.filter(({ spec: { hosts = [], ports } }) =>
          hosts.length === 0
            ? ports.some(({ number }) => number === port)
            : hosts.some((listed) => hostCovers(listed, wanted)),
        );
        const found = policiesNaming(all)(wanted, port);
        assert.deepEqual(
          found.map(({ metadata }) => metadata.name),
          expected.map(({ metadata }) => metadata.name),
        );
      }),
    );
  });
});

describe('policies that name a request and do not apply', () => {
  const port = (number: number, protocol = 'http') => ({ number, protocol });
  const named = (name: string, spec: Partial<Egress['spec']>, namespace = 'curl'): Egress => {
    const one = egress(name, 'curl', 80, ['a.org']);
    return { ...one, metadata: { name, namespace }, spec: { ...one.spec, ...spec } };
  };
  const setting = [{ apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'none' }];
  const other = [{ kind: 'ServiceAccount' as const, name: 'other', namespace: 'curl' }];
  const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'outside' } };
  const all = [
    named('elsewhere', { sources: other }),
    named('port', { ports: [port(81), port(82)] }),
    named('namespace', {}, 'outside'),
    named('setting', { matches: setting }),
    named('unknown', { ports: [port(81, 'x'), port(80, 'udp'), port(82, 'HTTP')] }),
    named('case', { ports: [port(81, 'udp'), port(80, 'HTTP')] }),
    named('applies', {}),
  ];
  const told = (objects: readonly Resource[], options: SimulationOptions = {}) =>
    bystandersOf(simulate(createWorld([outside, ...objects]), SOURCE, options), parseTarget('http://a.org/')).map(
      ({ policy, reason, at }) => [policy.metadata.name, reason, at.path.join('.')].join(' '),
    );
  const reasons = [
    'case protocol-not-lower-case spec.ports.1',
    'unknown protocol-unknown spec.ports.1',
    'setting upstream-traffic-setting-missing spec.matches.0',
    'namespace policy-namespace-unmonitored metadata.namespace',
    'port other-port spec.ports',
    'elsewhere other-source spec.sources.0',
  ];

  it('are told with the reason and the field, the closest first, five at most', () => {
    for (const order of [all, all.toReversed()]) assert.deepEqual(told(order), reasons.slice(0, 5));
    for (const [index, one] of all.slice(0, -1).toReversed().entries()) assert.deepEqual(told([one]), [reasons[index]]);
    for (let index = 1; index < reasons.length; index++) {
      const pair = all.filter(({ metadata: { name } }) =>
        reasons.slice(index - 1, index + 1).some((text) => text.startsWith(`${name} `)),
      );
      assert.deepEqual(told(pair), reasons.slice(index - 1, index + 1));
    }
    assert.deepEqual(told(all.slice(0, 2)), reasons.slice(4));
  });

  it('are all of them where policies are off, before those of others', () => {
    const off: Resource = {
      apiVersion: 'config.openservicemesh.io/v1alpha2',
      kind: 'MeshConfig',
      metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
      spec: { featureFlags: { enableEgressPolicy: false } },
    };
    const elsewhere = named('elsewhere', { sources: other });
    assert.deepEqual(
      told([off, elsewhere, named('a', { ports: [port(81), port(80)] }), named('b', { ports: [port(81)] })]),
      ['a egress-policy-off spec.ports.1', 'b egress-policy-off spec.ports.0', 'elsewhere other-source spec.sources.0'],
    );
  });

  it('are not those of another source for another port, nor what a proxy does not hold', () => {
    assert.deepEqual(told([named('elsewhere', { sources: other, ports: [port(81)] })]), []);
    const held = simulate(createWorld([]), SOURCE).program;
    assert.deepEqual(told([named('port', { ports: [port(81)] })], { held }), []);
  });
});

describe('what an explanation costs', () => {
  /** A policy of which every look at its hosts, ports and ranges is counted. */
  function counted(policy: Egress, count: () => void): Egress {
    const spec = new Proxy(policy.spec, {
      get(object, field) {
        count();
        return Reflect.get(object, field) as unknown;
      },
    });
    return { ...policy, spec };
  }

  it('looks at no more policies where there are more', () => {
    const looksWith = (policies: number): number => {
      let looks = 0;
      const objects = Array.from({ length: policies }, (_, index): Resource =>
        counted(egress(`policy${index}`, index % 2 ? 'curl' : 'other', 80, [`host${index}.test`]), () => looks++),
      );
      const resolve = () => ['192.0.2.1'];
      const simulation = simulate(createWorld(objects), SOURCE, { resolve });
      const look = (line: string) => explain(simulation, parseTarget(line)).bystanders();
      look('http://host0.test/');
      looks = 0;
      assert.deepEqual(
        look('http://host2.test/').map(({ policy, reason }) => [policy.metadata.name, reason]),
        [['policy2', 'other-source']],
      );
      look('http://nowhere.test/');
      look('http://host1.test:81/');
      return looks;
    };
    assert.ok(looksWith(10) > 0);
    assert.equal(looksWith(300), looksWith(10));
  });

  it('lists the chains of a level once, and only for those who ask', () => {
    const objects = Array.from({ length: 20 }, (_, index) => {
      const policy = egress(`policy${index}`, 'curl', 443, [`host${index}.test`]);
      return { ...policy, spec: { ...policy.spec, ports: [{ number: 443, protocol: 'https' }] } };
    });
    const simulation = simulate(createWorld(objects), SOURCE, { resolve: () => ['192.0.2.1'] });
    const addressStep = () => {
      const events: readonly TraceEvent[] = explain(simulation, parseTarget('https://host1.test/')).events;
      return events.flatMap((event) => (event.stage === 'sieve' && event.step.level === 'address' ? [event.step] : []));
    };
    const [one] = addressStep();
    const [other] = addressStep();
    assert.equal(typeof Object.getOwnPropertyDescriptor(one, 'after')?.get, 'function');
    assert.equal(one?.after.length, 20);
    assert.equal(one?.after, other?.after);
  });
});
