import assert from 'node:assert/strict';
import {
  CoverageTally,
  coveredKinds,
  percentOf,
  type CoverageItem,
} from '../../../src/lib/analysis/policy-test/coverage.js';
import { parseManifests } from '../../../src/lib/resources/index.js';
import type { Egress, FieldRef } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld, fieldRef, type World } from '../../../src/lib/simulator/world.js';
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
const said = ({ kind, at }: CoverageItem) => `${kind} ${at.object.metadata.name} ${pathText(at.path)}`.trimEnd();

function coveredIn(known: World, ...commands: string[]): string[] {
  const simulation = simulate(known, { namespace: 'shop', serviceAccount: 'api' });
  const tally = new CoverageTally(known);
  for (const command of commands) {
    const target = parseTarget(command);
    tally.add(target, simulation.decide(target));
  }
  return tally.items.filter((item) => item.covered).map(said);
}
const coveredBy = (...commands: string[]): string[] => coveredIn(world, ...commands);

/** A world with one policy of the source, `e`. */
function worldOf(spec: Partial<Egress['spec']>): World {
  const [policy] = world.egresses;
  return createWorld([
    {
      ...policy!,
      metadata: { ...policy!.metadata, name: 'e' },
      spec: { sources: policy!.spec.sources, ports: [], ...spec },
    },
  ]);
}
const port = (number: number, protocol: string) => ({ number, protocol });

describe('coverage', () => {
  it('counts policies, ports, hosts that have an effect, and routes that are referred to', () => {
    const { items } = new CoverageTally(world);
    const count = (kind: string) => items.filter((item) => item.kind === kind).length;
    assert.deepEqual(
      coveredKinds.map((kind) => [kind, count(kind)]),
      [['policy', 2], ['port', 4], ['host', 3], ['route', 2]],
    ); // prettier-ignore
    assert.ok(items.every(({ covered }) => covered === false));
    const [one, ...others] = items;
    assert.deepEqual([[], items, [{ ...one!, covered: true }, ...others.slice(0, 3)]].map(percentOf), [100, 0, 25]);
  });

  it('counts hosts where any port looks at them, as it is written or in capitals', () => {
    for (const [ports, hosts] of [
      [['tcp', 'http'], 1],
      [['HTTPS'], 1],
      [['tcp'], 0],
      [['httpx', 'xhttp'], 0],
    ] as const) {
      const { items } = new CoverageTally(worldOf({ hosts: ['a.com'], ports: ports.map((name) => port(80, name)) }));
      assert.equal(items.filter(({ kind }) => kind === 'host').length, hosts, ports.join());
    }
  });

  it('counts routes of groups that are there and referred to as such', () => {
    const matches = (kind: string, name: string) => [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind, name }];
    const [policy] = world.egresses;
    for (const [kind, name, routes] of [
      ['HTTPRouteGroup', 'routes', 2],
      ['HTTPRouteGroup', 'gone', 0],
      ['UpstreamTrafficSetting', 'routes', 0],
    ] as const) {
      const known = createWorld([
        { ...policy!, spec: { ...policy!.spec, matches: matches(kind, name) } },
        ...world.routeGroups.values(),
      ]);
      const { items } = new CoverageTally(known);
      assert.equal(items.filter((item) => item.kind === 'route').length, routes, `${kind} ${name}`);
    }
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

  it('a server name falls to a wildcard in either notation and in any case, and to no other host', () => {
    const rows: [hosts: string[], serverName: string, covered: string[]][] = [
      [['b.com', '.A.com'], 'y.a.com', ['host e spec.hosts[1]']],
      [['*.a.com', '.Y.a.com', 'X.Y.a.com'], 'x.y.a.com', ['host e spec.hosts[2]']],
      [['*.a.com', '.Y.a.com', 'X.Y.a.com'], 'z.y.a.com', ['host e spec.hosts[1]']],
      [['*.a.com', '.Y.a.com', 'X.Y.a.com'], 'z.a.com', ['host e spec.hosts[0]']],
      [['b.com', ''], 'y.a.com', ['host e spec.hosts[1]']],
      [['b.com', ''], 'b.com', ['host e spec.hosts[0]']],
      [['ya.com', 'a.com'], 'y.a.com', []],
    ];
    for (const [hosts, serverName, covered] of rows) {
      const found = coveredIn(worldOf({ hosts, ports: [port(443, 'https')] }), `https://${serverName}/`);
      assert.deepEqual(found.filter((item) => item.startsWith('host')), covered, `${hosts.join()} ${serverName}`); // prettier-ignore
    }
  });

  it('a port covers a host where it looks at server names, and a host a port where it is of http', () => {
    const ports = [port(443, 'tcp'), port(80, 'tcp'), port(80, 'http')];
    const known = worldOf({ hosts: ['a.com'], ports });
    assert.deepEqual(coveredIn(known, 'https://a.com/'), ['policy e', 'port e spec.ports[0]']);
    assert.deepEqual(coveredIn(known, 'http://a.com/'), ['policy e', 'port e spec.ports[2]', 'host e spec.hosts[0]']);
    const any = worldOf({ hosts: [''], ports: [port(443, 'https')] });
    assert.deepEqual(coveredIn(any, 'https://192.0.2.1/'), ['policy e', 'port e spec.ports[0]', 'host e spec.hosts[0]']);
  }); // prettier-ignore

  it('what decides besides covers nothing but its object', () => {
    const [policy] = world.egresses as [Egress];
    const [routes] = world.routeGroups.values();
    const verdict = (...decidedBy: FieldRef[]) => ({ ending: { decidedBy }, alternatives: [] }) as unknown as Verdict;
    const by = (...at: FieldRef[]) => {
      const tally = new CoverageTally(world);
      tally.add(parseTarget('https://a.com/'), verdict(...at));
      return tally.items.filter((item) => item.covered).map(said);
    };
    assert.deepEqual(by(fieldRef(policy, 'spec', 'sources', 2)), ['policy web']);
    assert.deepEqual(by(fieldRef(routes!, 'spec', 'hosts', 0)), []);
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
