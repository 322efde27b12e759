import assert from 'node:assert/strict';
import { Draft } from '../../../src/lib/analysis/allow/draft.js';
import { besides, EffectMeter, otherPods, type DraftEffects } from '../../../src/lib/analysis/allow/effects.js';
import { switchedOn } from '../../../src/lib/analysis/allow/intent.js';
import { withHost, withPort, withRanges, withSpec } from '../../../src/lib/analysis/allow/moves/policy-edits.js';
import type { Effect } from '../../../src/lib/analysis/compare/index.js';
import type { Part } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPRouteGroup, Pod, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import {
  MESH,
  account,
  egress,
  http,
  https,
  meshConfig,
  namespaceObject,
  routeGroup,
  routesRef,
  settingRef,
  tcp,
} from './support.js';

const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };
const resolve = () => ['192.0.2.10'];
const wish = (command: string) => ({ source: SOURCE, target: parseTarget(command), simulation: { resolve } });

function measured(objects: readonly Resource[], change: (draft: Draft) => Draft, most?: number): DraftEffects {
  const start = Draft.of(createWorld(objects));
  return new EffectMeter(start, wish('https://example.com/'), ['192.0.2.10']).effectsOf(change(start), most);
}

/** Who may send more than before. */
const openedTo = ({ effects }: DraftEffects) => [
  ...new Set(effects.filter(({ kind }) => kind === 'starts').map(({ source }) => `${source.namespace}/${source.serviceAccount}`)),
]; // prettier-ignore
const many = (count: number) => Array.from({ length: count }, (_, index) => account(`a${index}`));
const policy = (name: string, more: Partial<Egress['spec']> = {}, namespace?: string) =>
  egress(name, { hosts: ['httpbin.org'], ports: [https()], ...more }, namespace);

describe('what a draft does to all requests', () => {
  it('six other sources are looked at to compare drafts, and it is known whether these are all', () => {
    for (const [others, told, all] of [
      [6, 6, true],
      [7, 6, false],
    ] as const) {
      const shared = policy('e', { sources: [account(), ...many(others)] });
      const change = (draft: Draft) => draft.replace(shared, withHost(shared, 'example.com'));
      const few = measured([...MESH, shared], change);
      assert.equal(openedTo(few).length, told + 1);
      assert.equal(few.ofAllSources, all);
      const every = measured([...MESH, shared], change, Infinity);
      assert.equal(openedTo(every).length, others + 1);
      assert.ok(every.ofAllSources);
    }
  });

  it('with the setting of the mesh, also those that no policy names: protocols are detected from then on', () => {
    const service: Resource = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.9', selector: { app: 'db' }, ports: [{ port: 8081, appProtocol: 'tcp' }] },
    };
    const pod = (name: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: name } },
      spec: { serviceAccountName: name },
    });
    const off = meshConfig({ enablePermissiveTrafficPolicyMode: true }, false);
    const namespaces = ['curl', 'shop', 'bare'].map((name) => namespaceObject(name));
    const { effects } = measured([off, ...namespaces, service, pod('db'), pod('web')], (draft) =>
      switchedOn(draft).add(policy('e')),
    );
    const ofWeb = effects.filter(({ source }) => source.serviceAccount === 'web');
    assert.deepEqual(
      ofWeb.map(({ kind, class: { witness } }) => `${kind} ${witness.command}`).filter((one) => one.includes('10.96')),
      ['moves tcp://10.96.0.9:8081 --server-first'],
    );
    const senders = effects.filter(({ class: { witness } }) => witness.command.includes('10.96'));
    assert.deepEqual(
      senders.map(({ source }) => `${source.namespace}/${source.serviceAccount}`),
      ['curl/curl', 'shop/web', 'bare/*', 'curl/*', 'shop/*'],
      'those of each namespace that nothing names, too',
    );
  });

  it('the sources of what is changed, added or was there before, each once', () => {
    const [mine, theirs] = [policy('mine'), policy('theirs', { sources: [account('other'), account('curl', 'far')] })];
    const objects = [...MESH, namespaceObject('far'), mine, theirs];
    const opened = (change: (draft: Draft) => Draft) => openedTo(measured(objects, change)).sort();
    assert.deepEqual(opened((draft) => draft.replace(mine, withHost(mine, 'example.com'))), ['curl/curl']);
    const wider = withHost(theirs, 'example.com');
    assert.deepEqual(opened((draft) => draft.replace(theirs, wider)), ['curl/other', 'far/curl']);
    const added = policy('new', { hosts: ['example.com'], sources: [account('third'), account()] });
    assert.deepEqual(opened((draft) => draft.add(added)), ['curl/curl', 'curl/third']);
    const given = withSpec(theirs, { sources: [account()] });
    const lost = measured(objects, (draft) => draft.replace(theirs, given));
    const stops = lost.effects.filter(({ kind }) => kind === 'stops').map(({ source }) => source.serviceAccount);
    assert.deepEqual(stops.sort(), ['curl', 'other'], 'those that are not named any more have lost it');
  }); // prettier-ignore

  it('a route group concerns the policies of its namespace that refer to it, and no others', () => {
    const uses = (name: string, who: string, group: string, namespace?: string) =>
      policy(name, { sources: [account(who)], ports: [http()], matches: [routesRef('x'), routesRef(group)] }, namespace);
    const setting = { ...uses('e', 'fifth', 'x'), kind: 'Egress' } as Egress;
    setting.spec.matches = [{ apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'g' }];
    const objects = [
      ...MESH,
      namespaceObject('far'),
      uses('a', 'curl', 'g'),
      uses('b', 'other', 'g'),
      uses('c', 'third', 'h'),
      uses('d', 'fourth', 'g', 'far'),
      policy('f', { sources: [account('sixth')], ports: [http()] }),
      setting,
    ];
    const [before, after] = ['/a', '/b'].map((pathRegex) => routeGroup('g', [{ name: 'm', pathRegex }]));
    const replaced = measured([...objects, before!], (draft) => draft.replace(before as HTTPRouteGroup, after as HTTPRouteGroup));
    assert.deepEqual(openedTo(replaced), ['curl/curl', 'curl/other']);
    const added = measured(objects, (draft) => draft.add(after!));
    assert.deepEqual(openedTo(added), ['curl/curl', 'curl/other']);
    // others are no reason to look at fewer of them
    const crowd = (matches: Egress['spec']['matches'], namespace?: string) =>
      Array.from({ length: 7 }, (_, at) => policy(`crowd${at}`, { sources: [account(`n${at}`)], ports: [http()], ...(matches && { matches }) }, namespace));
    const reference = { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'g' };
    for (const strangers of [crowd(undefined), crowd([routesRef('h')]), crowd([reference]), crowd([routesRef('g')], 'far')]) {
      const changed = measured([...MESH, namespaceObject('far'), ...strangers, uses('b', 'other', 'g'), before!], (draft) => draft.replace(before as HTTPRouteGroup, after as HTTPRouteGroup));
      assert.deepEqual(openedTo(changed), ['curl/other']);
      assert.ok(changed.ofAllSources);
    }
    // in the namespace that goes without saying, too
    const home = { ...uses('home', 'other', 'g'), metadata: { name: 'home' } } as Egress;
    const group = { ...after!, metadata: { name: 'g' } } as HTTPRouteGroup;
    const named = { ...group, metadata: { name: 'g', namespace: 'default' } } as HTTPRouteGroup;
    for (const one of [group, named]) {
      assert.deepEqual(openedTo(measured([...MESH, namespaceObject('default'), home], (draft) => draft.add(one))), ['curl/other']);
    }
  }); // prettier-ignore

  describe('what leads into a source is refused together with what leads out', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'curl' }, spec: { clusterIP: '10.0.0.5', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } } as Resource;
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'curl' }, subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports: [{ name: 'http', port: 8080 }] }] } as unknown as Resource;
    const server = (serviceAccountName: string): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'curl', labels: { app: 'web' } }, spec: { serviceAccountName }, status: { podIP: '10.1.0.1' } });
    const target = (destination: { kind: string; name: string }, group = 'g', namespace = 'curl') => ({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name: destination.name, namespace },
      spec: { destination, sources: [account('far')], rules: [{ kind: 'HTTPRouteGroup', name: group, matches: ['m'] }] },
    }) as Resource; // prettier-ignore
    const [bad, good] = ['/(', '/'].map((pathRegex) => routeGroup('g', [{ name: 'm', pathRegex }])) as [HTTPRouteGroup, HTTPRouteGroup];
    const mend = (draft: Draft) => draft.replace(bad, good);
    const theirs = policy('theirs', { sources: [account('web')], ports: [http()] });

    it('so that a route group concerns those whose services it opens', () => {
      const objects = [...MESH, service, endpoints, server('web'), bad, theirs];
      const opened = (...more: Resource[]) => openedTo(measured([...objects, ...more], mend));
      assert.deepEqual(opened(target(account('web'))), ['curl/web']);
      const own = policy('own', { ports: [http()], matches: [routesRef('g')] });
      assert.deepEqual(opened(target(account('web')), own), ['curl/curl', 'curl/web']);
      assert.deepEqual(opened(target(account('web'), 'h'), own), ['curl/curl'], 'it is refused for nothing of the group');
      const { ofAllSources } = measured([...objects, ...many(7).map((one) => target(one, 'g', 'far'))], mend);
      assert.ok(ofAllSources, 'groups of another namespace are others');
      assert.ok(!measured([...objects, ...many(7).map((one) => target(one))], mend).ofAllSources);
      const nowhere = many(7).map(({ kind, name }) => target({ kind, name }));
      assert.ok(measured([...objects, ...nowhere], mend).ofAllSources);
    });

    it('and no change of what leads out is the reason', () => {
      const mine = policy('mine', { ports: [http()] });
      const refusals = (...objects: Resource[]) => {
        const start = Draft.of(createWorld([...MESH, mine, ...objects]));
        const changed = start.replace(mine, withPort(mine, http(8080)));
        // of the ServiceAccount, and of its pod
        const [all, one] = [undefined, start.world.pods[0]].map((pod) => {
          const asked = { ...wish('https://example.com/'), simulation: { resolve, pod } };
          return new EffectMeter(start, asked, []).effectsOf(changed).newRefusals;
        });
        assert.equal(all, one);
        return all;
      };
      assert.equal(refusals(service, endpoints, server('curl'), bad, target(account())), 0);
      assert.equal(refusals(service, endpoints, server('curl'), good, target(account())), 0);
    });
  }); // prettier-ignore

  it('the feature flag concerns every source that a policy names', () => {
    const objects = [
      meshConfig({}, false),
      namespaceObject('curl'),
      policy('mine'),
      policy('theirs', { sources: [account('other')] }),
    ];
    const { effects, ...found } = measured(objects, switchedOn);
    assert.deepEqual(openedTo({ effects, ...found }), ['curl/curl', 'curl/other']);
    assert.ok(effects.filter(({ kind }) => kind === 'starts').every(({ intended }) => intended));
  });

  it('what is opened is intended where a policy says it, and what stops is not', () => {
    const [typo, other] = [policy('typo', { ports: [{ number: 443, protocol: 'HTTPS' }] }), policy('b', { hosts: ['b.org'] })];
    const repaired = withSpec(typo, { ports: [https(), https(8443)] });
    const { effects } = measured([...MESH, typo, other], (draft) => draft.replace(typo, repaired).replace(other, withSpec(other, { hosts: ['c.org'] })));
    const told = effects
      .filter(({ kind }) => kind === 'starts' || kind === 'stops')
      .map(({ kind, intended, class: { witness } }) => [kind, witness.port, witness.tls?.sni, intended]);
    assert.deepEqual(told.sort(), [
      ['starts', 443, 'c.org', false],
      ['starts', 443, 'httpbin.org', true],
      ['starts', 8443, 'httpbin.org', false],
      ['stops', 443, 'b.org', false],
    ]);
  }); // prettier-ignore

  it('but not what another policy opens, nor what is added to the one that says it', () => {
    const meant = (objects: readonly Resource[], change: (draft: Draft) => Draft) =>
      measured([...MESH, ...objects], change)
        .effects.filter(({ kind, source }) => kind === 'starts' && source.serviceAccount === 'curl')
        .map(({ intended, class: { constraints } }) => {
          const names = constraints.flatMap(({ dimension, parts }) =>
            ['port', 'server-name'].includes(dimension) ? [parts.map(({ name }) => name).join()] : [],
          );
          return `${names.join(' ')} ${intended}`;
        });
    const ports = [https(), https(8443)];
    const broken = policy('broken', { hosts: ['a.org'], ports, matches: [settingRef('gone')] });
    const both = withSpec(policy('both', { ports }), { hosts: ['a.org', 'b.org'] });
    const wider = withSpec(both, { sources: [account('other')] });
    const given = meant([broken, wider], (draft) => draft.replace(wider, both));
    assert.deepEqual(given.sort(), ['443 a.org,b.org false', '8443 a.org,b.org false']);
    const wellAdded = policy('broken', { ports, hosts: ['a.org', 'example.com'] });
    const mended = meant([broken], (draft) => draft.replace(broken, wellAdded));
    assert.deepEqual(mended.sort(), ['443 a.org true', '443 example.com false', '8443 a.org,example.com false']);
  }); // prettier-ignore

  it('nor what was allowed before, and of what is opened by chance that as well', () => {
    const intentions = (objects: readonly Resource[], change: (draft: Draft) => Draft) =>
      new Set(measured(objects, change).effects.map(({ kind, intended }) => `${kind} ${intended}`));
    const wide = [meshConfig({ enableEgress: true }), namespaceObject('curl')];
    const told = intentions(wide, (draft) => draft.add(policy('new', { ports: [http()] })));
    assert.deepEqual([...told].sort(), ['moves false', 'stops false', 'unmodelled false']);
    const chance = [
      policy('any', { ports: [tcp(9)] }),
      policy('zero', { ipAddresses: ['0.0.0.0/0'], ports: [https(9)] }),
    ];
    const off = [meshConfig({}, false), namespaceObject('curl'), ...chance];
    assert.ok(intentions(off, switchedOn).has('varies true'));
  });

  it('is the target meant to be allowed?', () => {
    const meant = (spec: Partial<Egress['spec']>) => {
      const start = Draft.of(createWorld([...MESH, policy('e', spec)]));
      return new EffectMeter(start, wish('https://example.com/'), []).isIntended;
    };
    assert.ok(meant({ hosts: ['example.com'], ports: [{ number: 443, protocol: 'Https' }] }));
    assert.ok(!meant({ hosts: ['www.example.com'] }));
  });

  it('counts configurations that Envoy refuses now and did not before, of every source', () => {
    const shared = policy('shared', { sources: [account(), account('other')] });
    const twice = withSpec(shared, { hosts: ['httpbin.org', 'HTTPBIN.org'] });
    const refusals = (objects: readonly Resource[], change: (draft: Draft) => Draft) => measured(objects, change).newRefusals;
    assert.equal(refusals([...MESH, shared], (draft) => draft.replace(shared, twice)), 2, 'a listener for each');
    assert.equal(refusals([...MESH, twice], (draft) => draft.replace(twice, withPort(twice, https(8443)))), 0, 'refused as it was');
    assert.equal(refusals([...MESH, twice], (draft) => draft.replace(twice, shared)), 0);
    const routes = policy('routes', { hosts: ['a.org', 'A.org'], ports: [http()] });
    assert.equal(refusals(MESH, (draft) => draft.add(routes)), 1, 'routes');
    assert.equal(refusals([...MESH, routes], (draft) => draft.replace(routes, withPort(routes, tcp(9)))), 0);
    assert.equal(refusals([...MESH, routes], (draft) => draft.replace(routes, withPort(routes, http(8080)))), 1, 'of another port');
    const off = [meshConfig({}, false), namespaceObject('curl'), routes];
    assert.equal(refusals(off, switchedOn), 0, 'the flag only brings it to light');
    const timeout = (connectTimeout: string): Resource => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name: 'set', namespace: 'curl' },
      spec: { host: 'a.org', connectionSettings: { tcp: { connectTimeout } } },
    });
    const limited = policy('limited', { hosts: ['a.org'], matches: [settingRef('set')] });
    assert.equal(refusals([...MESH, timeout('0s')], (draft) => draft.add(limited)), 1, 'clusters');
    assert.equal(refusals([...MESH, timeout('1s')], (draft) => draft.add(limited)), 0);
    assert.equal(refusals([...MESH, timeout('0s'), limited], (draft) => draft.replace(limited, withPort(limited, https(8443)))), 0);
    const unreadable = policy('unreadable', { hosts: ['a.org', 'b\n.org'], ports: [http()] });
    assert.equal(refusals([...MESH, unreadable], (draft) => draft.replace(unreadable, withPort(unreadable, http(8080)))), 0, 'nor what takes all along');
    const two = policy('two', { hosts: ['a.org', 'A.org', 'b.org', 'B.org'], ports: [http()] });
    assert.equal(refusals([...MESH, two], (draft) => draft.replace(two, withPort(two, http(8080)))), 1, 'tables, not hosts');
    const open = withSpec(routes, { hosts: ['a.org'], ports: [http(), http(8080)] });
    assert.equal(refusals([...MESH, open], (draft) => draft.replace(open, withSpec(open, { hosts: ['a.org', 'A.org'] }))), 2, 'none before');
    const regex = policy('regex', { hosts: ['a.org'], ports: [http()], matches: [routesRef('g')] });
    const group = routeGroup('g', [{ name: 'm', pathRegex: '(' }]);
    assert.equal(refusals([...MESH, regex, group], (draft) => draft.replace(regex, withPort(regex, tcp(9)))), 0, 'one fault is enough');
    const good = withSpec(routes, { hosts: ['a.org'] });
    assert.equal(refusals([...MESH, good], (draft) => draft.replace(good, withRanges(good, ['192.0.2.0/24']))), 0);
  }); // prettier-ignore

  it('names mean the same for every source', () => {
    const shared = policy('shared', { sources: [account(), account('other')], ports: [http()] });
    const start = Draft.of(createWorld([...MESH, shared]));
    const lost = { ...wish('http://gone.org/'), simulation: { resolve: () => 'not-found' as const } };
    const { effects } = new EffectMeter(start, lost, []).effectsOf(start.replace(shared, withHost(shared, 'gone.org')));
    const told = effects.map(({ kind, source: { serviceAccount } }) => `${serviceAccount} ${kind}`);
    assert.deepEqual([...new Set(told)].sort(), ['curl fails', 'other fails']);
  });

  describe('in the pods of the ServiceAccount that are not asked about', () => {
    const pod = (name: string, ports?: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'curl', annotations: ports === undefined ? {} : { 'openservicemesh.io/outbound-port-exclusion-list': ports } },
      spec: { serviceAccountName: 'curl' },
    });
    const [asked, alike, plain, other] = [pod('asked', '443'), pod('alike', '443'), pod('plain'), pod('other', '8443')];
    const pods = [asked, alike, plain, other];
    const of = (one: Pod | undefined) => ({ ...wish('http://example.com/'), simulation: { resolve, pod: one } });

    it('of which one of each sort counts, where other things are intercepted than in the one that is', () => {
      const names = (one: Pod | undefined) => otherPods(createWorld([...MESH, ...pods]), of(one)).map(({ metadata }) => metadata.name);
      assert.deepEqual(names(asked), ['plain', 'other']);
      assert.deepEqual(names(plain), ['asked', 'other']);
      assert.deepEqual(names(undefined), []);
    });

    it('what begins there alone is told besides', () => {
      const both = policy('both', { sources: [account('other')], hosts: ['example.com'], ports: [http(), https(), tcp(9)] });
      const start = Draft.of(createWorld([...MESH, ...pods, both]));
      const given = start.replace(both, withSpec(both, { sources: [account()] }));
      const { effects, ...rest } = new EffectMeter(start, of(asked), ['192.0.2.10']).effectsOf(given);
      assert.deepEqual(rest, { undecided: [], newRefusals: 0, ofAllSources: true });
      const starts = effects.filter(({ kind, source }) => kind === 'starts' && source.serviceAccount === 'curl');
      const told = starts.map(({ where, before, class: { witness } }) => `${witness.port} ${where} ${before.verdict}`);
      const once = (port: number) => told.filter((one) => one.startsWith(`${port} `));
      // the pod that is asked about sends to 443 past Envoy, the two others do not
      assert.deepEqual([once(443), once(9)], [['443 elsewhere denied'], ['9 elsewhere denied']]);
      assert.deepEqual([...new Set(once(80))], ['80 own denied']);
    });

    it('also where two workloads bear one name', () => {
      const workload = (kind: 'Deployment' | 'StatefulSet', { metadata: { annotations = {} }, spec }: Pod): Resource => ({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: 'api', namespace: 'curl' },
        spec: { template: { metadata: { labels: { of: kind }, annotations }, spec } },
      });
      const start = Draft.of(createWorld([...MESH, workload('Deployment', asked), workload('StatefulSet', plain)]));
      const [own] = start.world.pods;
      const { effects } = new EffectMeter(start, of(own), []).effectsOf(start.add(policy('new')));
      const told = effects.filter(({ kind }) => kind === 'starts' || kind === 'stops');
      // of which the one that is asked about sends to this port past Envoy
      assert.deepEqual(told.map(({ kind, class: { witness } }) => `${kind} ${witness.tls?.sni}`), ['starts httpbin.org']); // prettier-ignore
    });

    it('names mean the same there', () => {
      const shared = policy('shared', { ports: [http(443)] });
      const start = Draft.of(createWorld([...MESH, ...pods, shared]));
      const lost = { ...of(asked), simulation: { pod: asked, resolve: () => 'not-found' as const } };
      const { effects } = new EffectMeter(start, lost, []).effectsOf(start.replace(shared, withHost(shared, 'gone.org')));
      assert.deepEqual([...new Set(effects.map(({ kind }) => kind))], ['fails']);
    });

    it('but what is the same there is not: of a part that is what others leave, these have to be the same', () => {
      const [get, put, rest, star, less]: Part[] = [{ name: 'GET' }, { name: 'PUT' }, { name: 'other', rest: true }, { name: '*.org' }, { name: 'x', rest: true }];
      const effect = (kind: string, dimension: string, parts: unknown[], all: unknown[] = [get]) => ({ kind, class: { constraints: [{ dimension, parts, all }] } }) as unknown as Effect;
      const known = [effect('starts', 'method', [get]), effect('starts', 'method', [rest, get]), effect('stops', 'host', [star])];
      const isNew = (one: Effect) => besides(known, [one]).length === 1;
      for (const same of [...known, effect('starts', 'method', [get], [get, put])]) assert.ok(!isNew(same));
      for (const other of [
        effect('stops', 'method', [get]),
        effect('starts', 'host', [get]),
        effect('starts', 'method', [put]),
        effect('starts', 'method', [less, get]),
        effect('starts', 'method', [rest, get], [get, put]),
        effect('stops', 'host', [star], [get, put]),
      ]) assert.ok(isNew(other), JSON.stringify(other));
    });
  }); // prettier-ignore
});
