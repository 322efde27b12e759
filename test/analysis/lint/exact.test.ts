import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExactAnalysis } from '../../../src/lib/analysis/lint/exact.js';
import { undecided } from '../../../src/lib/analysis/lint/rules/undecided.js';
import { difference } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, Pod, Resource, UpstreamTrafficSetting } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { egress, meshConfig, namespace, routeGroup, toGroup, toSetting } from '../../egress/support.js';
import { ADDRESSES, resources, targetLine } from '../../simulator/generators.js';

const source: Source = { namespace: 'curl', serviceAccount: 'curl' };
const resolve = (name: string): string[] => [ADDRESSES[name.length % ADDRESSES.length]!];

/** The source with all policies, or some of them only. */
function simulationOf(objects: readonly Resource[], wanted: (policy: Egress) => boolean = () => true) {
  return simulate(createWorld(objects.filter((object) => object.kind !== 'Egress' || wanted(object))), source);
}

function setting(
  connectionSettings: NonNullable<UpstreamTrafficSetting['spec']['connectionSettings']>,
): UpstreamTrafficSetting {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    metadata: { name: 's', namespace: 'curl' },
    spec: { host: 'b.com', connectionSettings },
  };
}

describe('what lint proves', () => {
  it('finds a shadow beside requests that fare the same and that the policy has no part in', () => {
    const shaded = egress('shaded', '443/https');
    const rival = egress('rival', '80/http,443/http');
    const wide = meshConfig({ traffic: { enableEgress: true } });
    const all = simulationOf([namespace('curl'), wide, shaded, rival]);
    const { class: found, by } = ExactAnalysis.of(all)!.shadow(shaded)!;
    assert.deepEqual([found.witness.dial.port, by], [443, rival]);
  });

  it('finds what a wildcard with a leading dot, or an empty host, makes needless', () => {
    const rows: readonly (readonly [string, boolean])[] = [
      ['.b.example', true],
      ['', true],
      ['*.b.example', true],
      ['b.example', false],
      ['.c.example', false],
    ];
    for (const [rival, isNeedless] of rows) {
      const wide = egress('wide', '443/https', { hosts: [rival] });
      const exact = egress('exact', '443/https', { hosts: ['a.b.example'] });
      const both = ExactAnalysis.of(simulationOf([namespace('curl'), wide, exact]));
      assert.equal(both!.isNeedless(exact), isNeedless, rival);
    }
  });

  it('proves nothing where something is refused, or nothing is intercepted', () => {
    const api = egress('api', '80/http', { hosts: ['a.com'] });
    const [running, bare]: Pod[] = ['enabled', 'disabled'].map((injection) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: injection,
        namespace: 'curl',
        annotations: { 'openservicemesh.io/sidecar-injection': injection },
      },
      spec: { serviceAccountName: 'curl' },
    }));
    const tls = (name: string, ...hosts: string[]) => egress(name, '443/https', { hosts });
    const limited = egress('limited', '443/https', { hosts: ['b.com'], matches: [toSetting('s')] });
    const rows: readonly (readonly [what: string, objects: readonly Resource[], isSound: boolean])[] = [
      ['sound', [api], true],
      ['a listener that is refused', [api, tls('one', 'b.com', 'b.com')], false],
      ['a listener that may be refused', [tls('one', 'a.com', 'a.com', 'b.com'), tls('two', 'b.com')], false],
      ['routes that are refused', [api, egress('two', '80/http', { hosts: ['A.com'] })], false],
      ['clusters that are refused', [api, limited, setting({ tcp: { connectTimeout: '0s' } })], false],
      ['clusters that are not', [api, limited, setting({ tcp: { connectTimeout: '1s' } })], true],
      ['a pod without sidecar', [api, bare!], false],
      ['one of two', [api, bare!, running!], true],
    ];
    for (const [what, objects, isSound] of rows) {
      const exact = ExactAnalysis.of(simulationOf([meshConfig(), namespace('curl'), ...objects]));
      assert.equal(exact !== undefined, isSound, what);
    }
  });

  it('knows what is undecided, port by port', () => {
    const large = routeGroup('large', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET'] });
    const policies = [
      egress('odd', '80/http,443/https', { hosts: ['a.com'], matches: [toGroup('large')] }),
      egress('beside', '80/http', { hosts: ['b.com'] }),
      egress('elsewhere', '443/https', { hosts: ['c.com'] }),
      egress('useless', '80/tcp', { ipAddresses: ['64:ff9b::/96'] }),
    ];
    const exact = ExactAnalysis.of(simulationOf([namespace('curl'), large, ...policies]))!;
    const told = policies.map((policy) => [exact.mayBeUndecided(policy), exact.allowsAnything(policy)]);
    assert.deepEqual(told, [
      [true, true],
      [true, true],
      [false, true],
      [true, undefined],
    ]);
  });

  it('compares no policies where too many may meet', () => {
    const analysisOf = (count: number) => {
      const policies = Array.from({ length: count }, (_, index) =>
        egress(`p${index}`, '443/https', { hosts: [`*.a${index}.com`, `b${index}.com`] }),
      );
      const same = egress('same', '443/https', { hosts: ['x.a1.com'] });
      const shaded = egress('shaded', '8443/https', { hosts: ['a.com'] });
      const first = egress('first', '8443/https', { hosts: ['b.com'], ipAddresses: ['192.0.2.0/24'] });
      const all = [...policies, same, shaded, first];
      return { same, shaded, exact: ExactAnalysis.of(simulationOf([namespace('curl'), ...all]))! };
    };
    for (const [count, isTooLarge] of [
      [20, false],
      [320, true],
    ] as const) {
      const { exact, same, shaded } = analysisOf(count);
      assert.equal(exact.isTooLarge, isTooLarge);
      assert.equal(undecided.find({ policy: same, exact }).length, isTooLarge ? 1 : 0);
      assert.equal(exact.isNeedless(same), !isTooLarge);
      assert.deepEqual([exact.shadow(same), exact.shadow(shaded) !== undefined], [undefined, !isTooLarge]);
    }
  });

  it('finds what a policy opens to every address, by whatever name', () => {
    const all = ['0.0.0.0/1', '128.0.0.0/1'];
    const routes = routeGroup('routes', { name: 'get', pathRegex: '/get', methods: ['GET'] });
    const rows: readonly (readonly [ports: string, spec: Partial<Egress['spec']>, isOpen: boolean])[] = [
      ['5432/tcp', { ipAddresses: all }, true],
      ['5432/tcp', { ipAddresses: all.slice(1) }, false],
      ['443/https', { ipAddresses: all }, true],
      ['443/https', { ipAddresses: all, hosts: ['a.com'] }, false],
      ['80/http', { hosts: ['a.com'] }, false],
      ['80/http', { hosts: ['a.com'], matches: [toGroup('routes')] }, false],
      ['80/http,5432/tcp', { hosts: ['a.com'], ipAddresses: all }, true],
    ];
    for (const [ports, spec, isOpen] of rows) {
      const [policy, wide] = [egress('one', ports, spec), egress('wide', '1/tcp')];
      const exact = ExactAnalysis.of(simulationOf([namespace('curl'), routes, policy, wide]))!;
      const found = exact.openTo(policy);
      assert.equal(found !== undefined, isOpen, `${ports} ${JSON.stringify(spec)}`);
      assert.notEqual(found?.witness.dial.port, 1);
    }
    const mesh = meshConfig({ traffic: { enableEgress: true } });
    const exact = ExactAnalysis.of(
      simulationOf([mesh, namespace('curl'), routes, egress('one', '443/https', { hosts: ['a.com'] })]),
    )!;
    assert.equal(exact.openTo(exact.policies[0]!), undefined, 'what leaves anyway is not of the policy');
  });

  it('finds a shadow of routes, and whose it is', () => {
    const api = egress('api', '80/http', { hosts: ['a.com'], matches: [toGroup('get')] });
    const get = routeGroup('get', { name: 'get', pathRegex: '/get' });
    const beside = egress('beside', '80/http', { hosts: ['*.b.com'] });
    const first = egress('first', '80/https', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] });
    const exact = ExactAnalysis.of(simulationOf([namespace('curl'), get, beside, first, api]))!;
    const { class: found, by } = exact.shadow(api)!;
    assert.deepEqual([found.witness.http?.path, by], ['/get', first]);
  });

  it('finds a shadow where pods differ, and the requests of all are allowed', () => {
    const pods = [{}, { hostNetwork: true }].map((spec, index): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${index}`, namespace: 'curl' },
      spec: { serviceAccountName: 'curl', ...spec },
    }));
    const tls = egress('tls', '443/https', { hosts: ['a.com'] });
    const silent = egress('silent', '443/tcp-server-first', { ipAddresses: ['192.0.2.0/24'] });
    const exact = ExactAnalysis.of(simulationOf([namespace('curl'), ...pods, tls, silent]))!;
    assert.equal(exact.allowsAnything(silent), true);
    assert.equal(exact.shadow(tls), undefined, 'one pod sends past the proxy what the other one may not');
  });

  it('of routes that others make wider finds those of the hosts of the policy', () => {
    const get = routeGroup('get', { name: 'get', pathRegex: '/get' });
    const all = routeGroup('all', { name: 'all', pathRegex: '.*' });
    const tcp = egress('tcp', '80/tcp', { ipAddresses: ['192.0.2.0/24'] });
    const beside = egress('beside', '80/http', { hosts: ['b.com', '*.com'] });
    const rows: readonly (readonly [group: string, rivals: readonly Egress[], by: Egress | undefined])[] = [
      ['get', [beside, tcp], tcp],
      ['all', [tcp], undefined],
      ['get', [beside], undefined],
      ['all', [beside], undefined],
    ];
    for (const [group, rivals, by] of rows) {
      const api = egress('api', '80/http', { hosts: ['a.com'], matches: [toGroup(group)] });
      const exact = ExactAnalysis.of(simulationOf([namespace('curl'), get, all, ...rivals, api]))!;
      const bypass = exact.bypass(api);
      assert.deepEqual([bypass?.by, bypass?.class.witness.http?.authority], [by, by && 'a.com'], group);
    }
  });

  it('finds nothing needless that is so only beside a policy that allows nothing', () => {
    const at = (name: string, host: string, ...ipAddresses: string[]) =>
      egress(name, '443/https', { hosts: [host], ipAddresses });
    const policy = at('policy', 'a.com', '10.0.0.0/8', '20.0.0.0/8');
    const wide = at('wide', 'a.com', '16.0.0.0/4');
    const useless = at('useless', '192.0.2.1', '10.0.0.0/9', '10.128.0.0/9');
    for (const [host, isNeedless] of [
      ['192.0.2.1', false],
      ['b.com', true],
    ] as const) {
      const other = { ...useless, spec: { ...useless.spec, hosts: [host] } };
      const exact = ExactAnalysis.of(simulationOf([namespace('curl'), policy, wide, other]))!;
      assert.deepEqual([exact.allowsAnything(other), exact.isNeedless(policy)], [isNeedless, isNeedless], host);
    }
  });

  it('finds nothing needless of which something is undecided', () => {
    const large = routeGroup('large', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET'] });
    const odd = egress('odd', '80/http', { hosts: ['a.com'], matches: [toGroup('large')] });
    const others = [
      egress('beside', '80/http', { hosts: ['*.b.com'] }),
      egress('tcp', '80/tcp', { ipAddresses: ['192.0.2.0/24'] }),
    ];
    const exact = ExactAnalysis.of(simulationOf([namespace('curl'), large, odd, ...others]))!;
    assert.deepEqual([exact.isNeedless(odd), exact.allowsAnything(others[1]!)], [false, true]);
  });

  it('finds nothing needless that another one, needless itself, would take requests from', () => {
    const at = (name: string, range: string, ...hosts: string[]) =>
      egress(name, '443/https', { hosts, ipAddresses: [range] });
    const inner = at('inner', '10.0.0.0/24', 'x.b.com');
    const outer = at('outer', '10.0.0.0/24', '*.b.com', 'a.com');
    const exact = ExactAnalysis.of(
      simulationOf([namespace('curl'), inner, outer, at('wide', '10.0.0.0/8', '*.b.com', 'a.com')]),
    )!;
    assert.deepEqual([exact.isNeedless(inner), exact.isNeedless(outer)], [true, false]);
    exact.leaveOut(inner);
    assert.equal(exact.isNeedless(outer), false, 'whoever deletes outer, and keeps inner, loses a.com at 10.0.0.1');
  });

  it('finds nothing needless that is needed where others are gone', () => {
    const at = (name: string, host: string, ...ipAddresses: string[]) =>
      egress(name, '443/https', { hosts: [host], ipAddresses });
    const [one, same] = [at('one', 'a.com', '10.0.0.0/10'), at('same', 'a.com', '10.0.0.0/11', '10.32.0.0/11')];
    // takes from the wide one what neither of the two allows
    const useless = at('useless', '192.0.2.1', '10.0.0.0/9');
    const all = simulationOf([namespace('curl'), one, same, useless, at('wide', 'a.com', '8.0.0.0/5')]);
    const exact = ExactAnalysis.of(all)!;
    assert.deepEqual([exact.allowsAnything(useless), exact.isNeedless(one)], [false, true]);
    exact.leaveOut(same);
    assert.equal(exact.isNeedless(one), false);
  });

  it('with mesh-wide egress nothing is needless', () => {
    const wide = egress('wide', '5432/tcp', { ipAddresses: ['10.0.0.0/7'] });
    const narrow = egress('narrow', '5432/tcp', { ipAddresses: ['10.0.0.0/8'] });
    for (const enableEgress of [false, true]) {
      const all = simulationOf([meshConfig({ traffic: { enableEgress } }), namespace('curl'), wide, narrow]);
      assert.equal(ExactAnalysis.of(all)!.isNeedless(narrow), !enableEgress);
    }
  });

  it('law: holds for every request, and is not missed for the sake of speed', () => {
    const seen = { useless: 0, shadowed: 0, needless: 0, sound: 0 };
    fc.assert(
      fc.property(resources, fc.array(targetLine, { minLength: 5, maxLength: 20 }), (objects, lines) => {
        const all = simulationOf(objects);
        const exact = ExactAnalysis.of(all);
        if (!exact) return;
        seen.sound++;
        const requests = simulate(all.world, source, { resolve });
        const deciders = lines.flatMap((line) => {
          const { verdict, ending } = requests.decide(parseTarget(line));
          return verdict === 'allowed' ? ending!.decidedBy.map(({ object }) => object) : [];
        });
        const needless = new Set<Egress>();
        for (const policy of exact.policies) {
          const only = simulationOf(objects, (other) => other === policy);
          if (exact.allowsAnything(policy) === false) {
            seen.useless++;
            assert.ok(!deciders.includes(policy), `${policy.metadata.name} decides`);
          }
          // the same question without the shortcut over rivals
          const { differing, undecided } = difference(only, all, { detail: 'policies' });
          const isShadowed = differing.some(
            ({ before, after }) =>
              before.verdict === 'allowed' &&
              before.ending?.decidedBy.some(({ object }) => object === policy) &&
              after.verdict === 'denied',
          );
          const shadow = exact.shadow(policy);
          if (undecided.length === 0)
            assert.equal(shadow !== undefined, isShadowed, `${policy.metadata.name} is shadowed`);
          if (shadow) {
            seen.shadowed++;
            assert.equal(only.decide(shadow.class.witness).verdict, 'allowed');
            assert.equal(all.decide(shadow.class.witness).verdict, 'denied');
          }
          const bypass = exact.bypass(policy);
          if (bypass) {
            assert.equal(only.decide(bypass.class.witness).ending?.outcome.httpStatus, 404);
            assert.equal(all.decide(bypass.class.witness).verdict, 'allowed');
          }
          if (!exact.isNeedless(policy)) continue;
          needless.add(policy);
          exact.leaveOut(policy);
          const alone = difference(
            all,
            simulationOf(objects, (other) => other !== policy),
          );
          assert.deepEqual([alone.differing.length, alone.undecided.length], [0, 0], 'each can go by itself');
        }
        seen.needless += needless.size;
        const without = difference(
          all,
          simulationOf(objects, (policy) => !needless.has(policy)),
        );
        assert.deepEqual(
          [without.differing.length, without.undecided.length],
          [0, 0],
          'all that is needless can go at once',
        );
        if (all.world.meshWideEgress) return;
        for (const policy of exact.policies) {
          if (needless.has(policy) || exact.allowsAnything(policy) !== true) continue;
          const useful = (other: Egress) => !needless.has(other) && exact.allowsAnything(other) !== false;
          const left = difference(
            simulationOf(objects, useful),
            simulationOf(objects, (other) => other !== policy && useful(other)),
          );
          const here = difference(
            simulationOf(objects, (other) => !needless.has(other)),
            simulationOf(objects, (other) => other !== policy && !needless.has(other)),
          );
          const alone = difference(
            all,
            simulationOf(objects, (other) => other !== policy),
          );
          const count = [left, here, alone].reduce((sum, one) => sum + one.differing.length + one.undecided.length, 0);
          assert.ok(count > 0, `${policy.metadata.name} is needless, and not found`);
        }
      }),
      { numRuns: 600 },
    );
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `${what}: ${JSON.stringify(seen)}`);
  });
});
