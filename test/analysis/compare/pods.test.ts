import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffWorlds, type Effect } from '../../../src/lib/analysis/compare/index.js';
import { diffIstioWorlds } from '../../../src/lib/analysis/compare/istio.js';
import { outcomeKey } from '../../../src/lib/analysis/request-space/index.js';
import type { KubernetesObject, Pod, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { createIstioWorld } from '../../../src/lib/simulator/istio/world.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type World } from '../../../src/lib/simulator/world.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';
import { egressSpec, NAMESPACES } from '../../simulator/generators.js';

/** Pods of one source fare by their own annotations: what one of them may do more, and another less, is a difference. */

const CURL = { namespace: 'curl', serviceAccount: 'curl' };
const OSM = 'openservicemesh.io/';
const ISTIO = 'traffic.sidecar.istio.io/';

function pod(name: string, annotations: Record<string, string> = {}, ...containers: [string, number?][]): Pod {
  const all = containers.map(([own, runAsUser]) => ({
    name: own,
    ...(runAsUser && { securityContext: { runAsUser } }),
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', ...(all.length > 0 && { containers: all }) },
  } as KubernetesObject as Pod;
}
const mesh: Resource = {
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: { featureFlags: { enableEgressPolicy: true } },
};
const policy = (spec: object): Resource =>
  ({ apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'Egress', metadata: { name: 'e', namespace: 'curl' }, spec }) as Resource; // prettier-ignore
const worldOf = (pods: readonly Pod[], ...more: Resource[]) => createWorld([mesh, ...NAMESPACES, ...more, ...pods]);

const holding = (effects: readonly Effect[], command: string) => {
  const target = parseTarget(command);
  const address = parseAddressLiteral(target.dial.host)!;
  return effects.filter((effect) => effect.class.holds(target, address)).map(({ kind }) => kind);
};

describe('pods of one source, in two worlds', () => {
  const past = { [`${OSM}outbound-port-exclusion-list`]: '9999' };
  const to = 'curl http://192.0.2.1:9999/';
  const kinds = (old: readonly Pod[], now: readonly Pod[]) =>
    diffWorlds(worldOf(old), worldOf(now), [CURL]).effects.flatMap(({ kind }) => kind);

  it('that exchange their annotations fare otherwise, in whatever order they are read', () => {
    const [old, now] = [
      [pod('p', past), pod('q')],
      [pod('p'), pod('q', past)],
    ];
    for (const [one, other] of [
      [old, now],
      [old, now.toReversed()],
      [now, old],
    ] as const) {
      const { effects } = diffWorlds(worldOf(one), worldOf(other), [CURL]);
      assert.deepEqual(holding(effects, to), ['varies']);
      assert.deepEqual(holding(effects, to.replace('9999', '9998')), []);
    }
    assert.deepEqual(kinds(old, old.toReversed()), []);
  });

  it('that go from some that fare alike to others do too', () => {
    const [old, now] = [
      [pod('p', past), pod('r', past), pod('q')],
      [pod('p', past), pod('r'), pod('q')],
    ];
    assert.deepEqual(new Set(kinds(old, now)), new Set(['varies']));
  });

  it('of which one does not come up fare otherwise when it is another one', () => {
    const wrong = { [`${OSM}outbound-port-exclusion-list`]: 'x' };
    assert.ok(kinds([pod('p', wrong), pod('q')], [pod('p'), pod('q', wrong)]).length > 0);
  });

  it('of which two do not come up fare otherwise where one did, whatever routes there are', () => {
    const web = policy({
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      hosts: ['a.test'],
      ports: [{ number: 80, protocol: 'http' }],
    });
    const list = (value: string) => ({ [`${OSM}outbound-port-exclusion-list`]: value });
    const [old, now] = ['443', 'x'].map((value) =>
      worldOf([pod('s', list('444')), pod('p', list(value)), pod('q', list('y')), pod('r')], web),
    );
    assert.deepEqual(
      holding(diffWorlds(old!, now!, [CURL]).effects, "curl --resolve '*:80:192.0.2.1' http://a.test/"),
      ['varies'],
    );
  });

  it('are told by their containers too', () => {
    const [old, now] = [
      [pod('p', {}, ['a', 1500], ['b'], ['c', 1500])],
      [pod('p', {}, ['a', 1500], ['b', 1500], ['c'])],
    ];
    assert.deepEqual(new Set(kinds(old, now)), new Set(['varies']));
    assert.deepEqual(kinds(old, [pod('p', {}, ['c', 1500], ['b'], ['a', 1500])]), []);
  });

  it('that come in the place of others are like these, if there are such as before', () => {
    assert.deepEqual(kinds([pod('p-1', past), pod('q-1')], [pod('q-2'), pod('p-2', past)]), []);
    assert.deepEqual(kinds([pod('p', past), pod('q')], [pod('p', past), pod('q'), pod('r', past)]), []);
    assert.ok(kinds([pod('p', past), pod('q')], [pod('p', past), pod('r', past)]).includes('starts'));
  });

  it('are told by who fares how before or after, where they are the same pods in both', () => {
    const listening = (name: string, containerPort: number): Pod => ({
      ...pod(name),
      spec: { serviceAccountName: 'curl', containers: [{ ports: [{ containerPort }] }] },
    });
    const apart = (end: string) => worldOf([listening(`p${end}`, 8080), listening(`q${end}`, 8081)]);
    const alike = (end: string) => worldOf([listening(`p${end}`, 8082), listening(`q${end}`, 8082)]);
    const told = (old: World, now: World) =>
      diffWorlds(old, now, [CURL]).effects.map(({ class: requests }) => requestClassText(requests));
    const here = (ports: string) => `everything on ${ports}, at the loopback address`;
    for (const turn of [false, true]) {
      const between = (one: World, other: World) => (turn ? told(other, one) : told(one, other)).sort();
      const ofBoth = here('port 8082');
      assert.deepEqual(between(apart(''), alike('')), [here('port 8080'), here('port 8081'), ofBoth]);
      // pods of other names may be the successors of either
      assert.deepEqual(between(apart('-1'), alike('-2')), [ofBoth]);
    }
  });

  it('under Istio too', () => {
    const [old, now] = [
      ['p', 'q'],
      ['q', 'p'],
    ].map(([name, other]) =>
      createIstioWorld([pod(name!, { [`${ISTIO}excludeOutboundPorts`]: '9999' }), pod(other!)], {
        meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
      }),
    );
    assert.deepEqual(holding(diffIstioWorlds(old!, now!, [CURL]).effects, to), ['varies']);
    assert.deepEqual(diffIstioWorlds(old!, old!, [CURL]).effects, []);
  });

  it('law: a request is in an effect exactly if one of them fares otherwise', function () {
    this.timeout(120_000);
    const containers = [['a', 'b'].map((name) => [name]), [['a', 1500], ['b']], [['a'], ['b', 1500]]] as [
      string,
      number?,
    ][][];
    const podNamed = (name: string) =>
      fc
        .record({
          ports: fc.constantFrom(undefined, '80', '443,80', 'x'),
          excluded: fc.constantFrom(undefined, undefined, '192.0.2.0/24'),
          included: fc.constantFrom(undefined, undefined, '192.0.2.0/25,198.51.100.0/24'),
          containers: fc.constantFrom(...containers),
        })
        .map(({ ports, excluded, included, containers: own }) => {
          const lists = Object.entries({
            'outbound-port-exclusion-list': ports,
            'outbound-ip-range-exclusion-list': excluded,
            'outbound-ip-range-inclusion-list': included,
          });
          const annotations = lists.flatMap(([list, value]) => (value === undefined ? [] : [[OSM + list, value]]));
          return pod(name, Object.fromEntries(annotations) as Record<string, string>, ...own);
        });
    const NAMES = ['p', 'q', 'r'];
    const set = fc.tuple(...NAMES.map(podNamed));
    // some of them as before
    const pair = fc.tuple(set, set, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }));
    const line = fc
      .tuple(fc.constantFrom('192.0.2.1', '192.0.2.200', '203.0.113.9', '127.0.0.1'), fc.constantFrom(80, 443, 3306))
      .map(([address, port]) => `curl http://${address}:${port}/`);
    fc.assert(
      fc.property(pair, egressSpec, fc.uniqueArray(line, { minLength: 12 }), ([before, others, same], spec, lines) => {
        const after = before.map((one, index) => (same[index] ? one : others[index]!));
        const [old, now] = [before, after].map((pods) => worldOf(pods, policy(spec)));
        const { effects } = diffWorlds(old!, now!, [CURL]);
        for (const command of lines) {
          const target = parseTarget(command);
          const differs = NAMES.some((_, index) =>
            ['a', 'b'].some((container) => {
              const [was, is] = [
                simulate(old!, CURL, { pod: before[index], container }),
                simulate(now!, CURL, { pod: after[index], container }),
              ].map((one) => outcomeKey(one, one.decide(target), 'outcome'));
              return was !== is;
            }),
          );
          assert.equal(holding(effects, command).length, differs ? 1 : 0, command);
        }
      }),
      { numRuns: Number(process.env['LAWS_RUNS'] ?? 60) },
    );
  });
});
