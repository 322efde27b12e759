import assert from 'node:assert/strict';
import type { DestinationRule } from '../../../src/lib/resources/istio-types.js';
import type { KubernetesObject, Pod } from '../../../src/lib/resources/types.js';
import { ruleFor } from '../../../src/lib/simulator/istio/destination-rules.js';
import { programSettingsOf } from '../../../src/lib/simulator/istio/program.js';
import { createIstioWorld } from '../../../src/lib/simulator/istio/world.js';
import { object } from './worlds.js';

type Spec = Partial<DestinationRule['spec']>;

const rule = (place: string, spec: Spec): KubernetesObject =>
  object('DestinationRule', place, { host: 'a.test', ...spec });
const subsets = (...names: string[]): Spec => ({ subsets: names.map((name) => ({ name })) });
const selecting = (matchLabels: Record<string, string>): Spec => ({ workloadSelector: { matchLabels } });
const tls = (mode: string): Spec => ({ trafficPolicy: { tls: { mode } } });

/** The subsets that a proxy knows of a service of `shop`. */
function told(rules: readonly KubernetesObject[], labels: Record<string, string> = {}, namespace = 'curl') {
  const found = ruleFor(createIstioWorld(rules, {}), { namespace, labels }, { host: 'a.test', namespace: 'shop' });
  return found?.subsets?.map(({ name }) => name).join();
}

/** Istio egress §5. */
describe('the DestinationRules of a host', () => {
  it('are those of the proxy’s namespace, else of the service’s, else of the root namespace', () => {
    const [own, theirs, root] = ['curl', 'shop', 'istio-system'].map((home) => rule(`${home}/r`, subsets(home)));
    assert.equal(told([root!, theirs!, own!]), 'curl');
    assert.equal(told([root!, theirs!]), 'shop');
    assert.equal(told([root!]), 'istio-system');
    assert.equal(told([]), undefined);
    const forSome = rule('shop/r', { ...subsets('some'), ...selecting({ app: 'a' }) });
    assert.equal(told([root!, forSome], { app: 'a' }), 'istio-system', 'one for workloads is its namespace’s own');
  });

  it('are seen where they are exported to', () => {
    const exported = (exportTo: readonly string[], home = 'shop') =>
      rule(`${home}/r`, { ...subsets(home), exportTo: [...exportTo] });
    assert.equal(told([exported(['.', 'curl'])]), 'shop');
    assert.equal(told([exported(['.', 'other'])]), undefined);
    assert.equal(told([exported(['.'])]), undefined);
    for (const alone of ['.', 'istio-system']) {
      const both = [exported([alone], 'istio-system'), exported(['*'])];
      assert.equal(told(both, {}, 'istio-system'), 'istio-system', 'what is its own it looks at first');
    }
    assert.equal(told([exported(['*'], 'istio-system'), exported(['*'])], {}, 'istio-system'), 'shop');
  });

  it('are merged: a younger one adds subsets with new names, and settings where there are none', () => {
    const world = (...specs: Spec[]) =>
      createIstioWorld(
        specs.map((spec, index) => rule(`curl/r${index}`, spec)),
        {},
      );
    const merged = (...specs: Spec[]) =>
      ruleFor(world(...specs), { namespace: 'curl', labels: {} }, { host: 'a.test', namespace: 'shop' });
    const host = { host: 'a.test' };
    assert.deepEqual(merged(subsets('one', 'both'), subsets('both', 'two')), {
      ...host,
      ...subsets('one', 'both', 'two'),
    });
    assert.deepEqual(merged(tls('SIMPLE'), subsets('one')), { ...host, ...tls('SIMPLE'), ...subsets('one') });
    assert.deepEqual(merged(subsets('one'), tls('SIMPLE')), { ...host, ...tls('SIMPLE'), ...subsets('one') });
    assert.deepEqual(merged(tls('DISABLE'), tls('SIMPLE')), { ...host, ...tls('DISABLE'), subsets: [] });
  });

  it('stand for themselves where fewer see the younger one, or others', () => {
    const pair = (older: readonly string[], younger: readonly string[]) =>
      told([
        rule('curl/a', { ...subsets('old'), exportTo: [...older] }),
        rule('curl/b', { ...subsets('new'), exportTo: [...younger] }),
      ]);
    assert.equal(pair(['.'], ['.', 'other']), 'old,new');
    assert.equal(pair(['.', 'other'], ['.']), 'new');
    assert.equal(pair(['.'], ['curl']), 'new');
    assert.equal(pair([], ['.']), 'new');
  });

  it('for some workloads are merged with those for the same, and count before those for all', () => {
    const one = rule('curl/a', { ...subsets('one'), ...selecting({ app: 'a' }) });
    const other = rule('curl/b', { ...subsets('two'), ...selecting({ app: 'b' }) });
    const narrow = rule('curl/c', { ...subsets('narrow'), ...selecting({ app: 'a', v: '2' }) });
    const again = rule('curl/d', { ...subsets('again'), ...selecting({ app: 'a' }) });
    const all = rule('curl/e', { ...subsets('all'), exportTo: ['.', 'other'] });
    assert.equal(told([one, other], { app: 'a' }), 'one');
    assert.equal(told([one, other], { app: 'b' }), 'two');
    assert.equal(told([one, narrow], { app: 'a', v: '2' }), 'one');
    assert.equal(told([narrow, one], { app: 'a', v: '2' }), 'narrow');
    assert.equal(told([one, again], { app: 'a' }), 'one,again');
    assert.equal(told([all, one], { app: 'a' }), 'one,all');
    assert.equal(told([all, one], { app: 'c' }), 'all');
  });

  it('ask for labels by which pods get programs of their own', () => {
    const pods = ['a', 'b'].map((app): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'curl', labels: { app } },
    }));
    const programs = (...rules: KubernetesObject[]) => {
      const world = createIstioWorld(rules, {});
      return new Set(pods.map((one) => programSettingsOf(world, one))).size;
    };
    assert.deepEqual([programs(rule('curl/a', selecting({ app: 'a' }))), programs(rule('curl/a', {}))], [2, 1]);
  });
});
