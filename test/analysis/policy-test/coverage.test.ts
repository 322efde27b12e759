import assert from 'node:assert/strict';
import { CoverageTally, percentOf } from '../../../src/lib/analysis/policy-test/coverage.js';
import { parseManifests } from '../../../src/lib/resources/index.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { pathText } from '../../../src/lib/text/field-path.js';

const manifests = `
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: web, namespace: shop }
spec:
  sources: [{ kind: ServiceAccount, name: api, namespace: shop }]
  ports: [{ number: 80, protocol: http }, { number: 8080, protocol: http }, { number: 443, protocol: https }]
  hosts: [a.com, "*.a.com", "*.x.a.com"]
  matches: [{ apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: routes }]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: routes, namespace: shop }
spec:
  matches: [{ name: get, methods: [GET] }, { name: post, methods: [POST] }]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: unused, namespace: shop }
spec:
  matches: [{ name: any, pathRegex: /.* }]
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: raw, namespace: shop }
spec:
  sources: [{ kind: ServiceAccount, name: api, namespace: shop }]
  ports: [{ number: 5432, protocol: tcp }]
  hosts: [of-no-effect.com]
`;

const world = createWorld(parseManifests(manifests, 'policies.yaml').objects);
const simulation = simulate(world, { namespace: 'shop', serviceAccount: 'api' });

function coveredBy(...commands: string[]): string[] {
  const tally = new CoverageTally(world);
  for (const command of commands) {
    const target = parseTarget(command);
    tally.add(target, simulation.decide(target));
  }
  const covered = tally.items.filter((item) => item.covered);
  return covered.map(({ kind, at }) => `${kind} ${at.object.metadata.name} ${pathText(at.path)}`.trimEnd());
}

describe('coverage', () => {
  it('counts policies, ports, hosts that have an effect, and routes that are referred to', () => {
    const { items } = new CoverageTally(world);
    const count = (kind: string) => items.filter((item) => item.kind === kind).length;
    assert.deepEqual(['policy', 'port', 'host', 'route'].map(count), [2, 4, 3, 2]);
    assert.equal(percentOf(items), 0);
    assert.equal(percentOf([]), 100);
  });

  it('an allowed request covers the policy, its port, its host and its route', () => {
    assert.deepEqual(coveredBy('curl http://a.com:8080/'), [
      'policy web',
      'port web spec.ports[1]',
      'host web spec.hosts[0]',
      'route routes spec.matches[0]',
    ]);
    assert.ok(coveredBy('curl -d x http://a.com/').includes('route routes spec.matches[1]'));
  });

  it('a server name covers the host that it falls to: the longest wildcard', () => {
    const host = (name: string) => coveredBy(`https://${name}/`).filter((item) => item.startsWith('host'));
    assert.deepEqual(host('a.com'), ['host web spec.hosts[0]']);
    assert.deepEqual(host('y.a.com'), ['host web spec.hosts[1]']);
    assert.deepEqual(host('y.x.a.com'), ['host web spec.hosts[2]']);
  });

  it('a denied request covers what denied it, and one that nothing denied covers nothing', () => {
    assert.deepEqual(coveredBy('curl -X PUT http://a.com/'), [
      'policy web',
      'port web spec.ports[0]',
      'host web spec.hosts[0]',
    ]);
    assert.deepEqual(coveredBy('curl http://b.com/'), ['policy web', 'port web spec.ports[0]']);
    assert.deepEqual(coveredBy('tcp://10.0.0.1:99'), []);
  });

  it('raw TCP covers the port', () => {
    assert.deepEqual(coveredBy('tcp://10.0.0.1:5432'), ['policy raw', 'port raw spec.ports[0]']);
  });
});
