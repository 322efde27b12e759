import assert from 'node:assert/strict';
import { fixCommand } from '../../../src/lib/analysis/allow/fix-command.js';
import { planAllow } from '../../../src/lib/analysis/allow/index.js';
import { freeName, isTaken, slug } from '../../../src/lib/analysis/allow/names.js';
import { homeOfPolicies } from '../../../src/lib/analysis/allow/plan-allow.js';
import { isUncertain, reasonAgainst, reasonForFailure, serviceOf } from '../../../src/lib/analysis/allow/reasons.js';
import type { Situation } from '../../../src/lib/analysis/allow/situation.js';
import type { Reason } from '../../../src/lib/analysis/allow/types.js';
import type { Pod, Resource, Service } from '../../../src/lib/resources/types.js';
import { explain } from '../../../src/lib/simulator/explain.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Alternative, Condition, Ending, Obstacle, Verdict } from '../../../src/lib/simulator/verdict.js';
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
  situation,
  tcp,
  settingRef,
} from './support.js';

const against = ({ draft: { world }, wish: { target }, verdict, events }: Situation) =>
  reasonAgainst({ world, target, verdict, events });
const ending = (outcome: Partial<Ending['outcome']>): Ending => ({
  outcome: { class: 'closed', curlExitCodes: [], httpStatus: null, from: null, delaySeconds: 0, ...outcome } as Ending['outcome'],
  destination: null,
  decidedBy: [],
}); // prettier-ignore
const verdict = (more: Partial<Verdict>): Verdict => ({
  verdict: 'unknown',
  ending: null,
  alternatives: [],
  assumptions: [],
  obstacles: [],
  ...more,
});
const ways = (...some: readonly (readonly [Ending, ...Condition[]])[]): Alternative[] =>
  some.map(([one, ...when]) => ({ ...one, when }));
const [reached, closed] = [ending({ class: 'reached' }), ending({})];

const service = (name: string, ports: object[], more: object = {}, namespace = 'curl') =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { clusterIP: '10.0.0.5', selector: { app: name }, ports, ...more },
  }) as Service;
const server = (app: string, ...sidecar: string[]): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${app}-1`, namespace: 'curl', labels: { app } },
    spec: { serviceAccountName: app, containers: [{ name: app }, ...sidecar.map((name) => ({ name }))], initContainers: [{ name: 'osm-init' }] },
    status: { phase: 'Running' },
  }); // prettier-ignore

describe('why no change of the policies can help', () => {
  const denied = situation(MESH, 'http://x.org/', { resolve: () => ['192.0.2.1'] });
  const having = (more: Partial<Verdict>): Situation => ({ ...denied, verdict: verdict(more) });

  it('an obstacle, but not a header whose value is not told', () => {
    const header: Obstacle = { code: 'header-unknown', header: 'x', at: { object: MESH[0]!, path: [] } };
    const itself: Obstacle = { code: 'connects-to-itself', port: 15001 };
    assert.equal(against(having({ obstacles: [header], ending: closed })), undefined);
    assert.equal(against(having({ obstacles: [header, itself] })), itself);
    assert.equal(against(denied), undefined);
    const proxied = situation(MESH, 'curl -x http://proxy:3128 http://x.org/');
    assert.deepEqual(against(proxied), { code: 'beyond-proxy', proxy: 'proxy:3128', instead: undefined });
  });

  it('chance that leads out in any case, names that lead nowhere, and the pod itself', () => {
    const chance: Condition = { kind: 'by-chance', cause: 'weighted-clusters' };
    const both = (one: Ending, other: Ending) => against(having({ alternatives: ways([one, chance], [other, chance]) }));
    assert.deepEqual(both(reached, reached), { code: 'leads-out-by-chance' });
    assert.equal(both(reached, closed), undefined);
    assert.deepEqual(against(having({ ending: reached })), { code: 'leads-out-by-chance' });
    assert.equal(against(having({})), undefined);
    const nowhere: Reason = { code: 'name-does-not-resolve', host: 'x.org' };
    assert.deepEqual(both(ending({ class: 'unresolved' }), closed), nowhere);
    assert.deepEqual(against(situation(MESH, 'http://x.org/', { resolve: () => 'not-found' })), nowhere);
    assert.deepEqual(against(situation(MESH, 'http://127.0.0.1:9/')), { code: 'loopback-port-unknown', port: 9 });
    assert.deepEqual(against(situation(MESH, 'http://127.0.0.1:15003/')), { code: 'loopback', port: 15003 });
    const loopback = situation(MESH, 'http://127.0.0.1:9/');
    assert.notEqual(against({ ...loopback, verdict: verdict({ ending: closed, alternatives: ways([reached], [closed]) }) })?.code, undefined);
    // redirected to Envoy, loopback is an address like others
    const events = loopback.events.map((event) =>
      event.stage === 'interception' ? { ...event, interception: { ...event.interception, redirected: true } as never } : event,
    );
    assert.equal(against({ ...loopback, events }), undefined);
    const excluded = situation([meshConfig({ outboundPortExclusionList: [9] }), namespaceObject('curl')], 'tcp://192.0.2.1:9');
    assert.equal(against({ ...excluded, verdict: verdict({ ending: closed }) }), undefined, 'what goes past Envoy to another address');
  }); // prettier-ignore

  it('a service of the mesh: with what it declares where bytes are misread, and why its servers fail', () => {
    const at = (one: Service, command: string, more: readonly Resource[] = [server('web', 'envoy')], mesh = MESH) =>
      against(situation([...mesh, one, ...more], command));
    const plain = service('web', [{ name: 'x', port: 9 }, { name: 'http', port: 80 }]);
    const told = (reason: Reason | undefined) => {
      assert.ok(reason?.code === 'in-mesh-service');
      const { service: field, ...rest } = reason;
      return { at: `${field.object.metadata.name} ${field.path.join('.')}`, ...rest };
    };
    const common = { at: 'web spec.ports.1', code: 'in-mesh-service', permissive: false };
    assert.deepEqual(told(at(plain, 'http://10.0.0.5/')), { ...common, protocol: 'http', failing: undefined });
    const open = [meshConfig({ enablePermissiveTrafficPolicyMode: true }), namespaceObject('curl')];
    const tls = at(plain, 'https://10.0.0.5:80/', undefined, open);
    assert.deepEqual(told(tls), { ...common, permissive: true, protocol: 'http', failing: undefined });
    const bare = at(plain, 'http://web.curl/', [server('web')], open);
    assert.deepEqual(told(bare), { ...common, permissive: true, protocol: undefined, failing: { why: 'no-sidecar', all: true } });
    const declared = service('web', [{ name: 'x', port: 9 }, { name: 'tcp-80', port: 80 }]);
    assert.equal(told(at(declared, 'http://10.0.0.5/')).protocol, 'tcp');
    // a service of which no port is meant is no matter of the mesh; nor is one outside of it
    assert.equal(at(plain, 'http://10.0.0.5:81/'), undefined);
    assert.equal(at(service('web', [{ port: 80 }], {}, 'out'), 'http://10.0.0.5/', [namespaceObject('out', null)]), undefined);
    const home = { ...plain, metadata: { name: 'web' } } as Service;
    assert.equal(at(home, 'http://10.0.0.5/', [namespaceObject('default', null)]), undefined);
    const portless = { ...plain, spec: { clusterIP: '10.0.0.5' } } as Service;
    assert.equal(at(portless, 'http://10.0.0.5/', []), undefined);
    // of several addresses that are tried in turn the chain tells
    assert.equal(told(at(plain, 'curl --resolve x.org:80:10.0.0.5,10.0.0.6 http://x.org/', undefined, open)).at, common.at);
    const { events } = situation([...MESH, plain], 'http://10.0.0.5:81/');
    assert.equal(serviceOf(events)?.metadata.name, 'web');
    assert.equal(serviceOf(denied.events), undefined);
  }); // prettier-ignore

  it('each sort of failure that tells of bytes that a service cannot read', () => {
    const web = service('web', [{ name: 'http', port: 80 }]);
    const found = situation([...MESH, web, server('web', 'envoy')], 'http://10.0.0.5/');
    const protocolFor = (outcome: Partial<Ending['outcome']>, ...others: Ending[]) => {
      const all = [ending(outcome), ...others];
      const reason = against({ ...found, verdict: verdict(all.length > 1 ? { alternatives: ways(...all.map((one) => [one] as const)) } : { ending: all[0]! }) });
      return reason?.code === 'in-mesh-service' ? reason.protocol : reason?.code;
    };
    for (const outcome of [{ class: 'tls-error' }, { class: 'http', httpStatus: 400 }, { class: 'closed' }, { class: 'refused' }] as const) {
      assert.equal(protocolFor(outcome), 'http', JSON.stringify(outcome));
    }
    assert.equal(protocolFor({ class: 'http', httpStatus: 404 }), undefined);
    assert.equal(protocolFor({ class: 'http', httpStatus: 404 }, closed), 'http', 'one of several');
  }); // prettier-ignore

  it('what is left when the search has found nothing, the first thing first', () => {
    const refusals = [{ code: 'zero-weight' }] as never;
    const failing = (more: object, target = denied.wish.target, simulation: object = {}) =>
      reasonForFailure(
        {
          ...denied,
          wish: { ...denied.wish, target },
          verdict: verdict(more),
          simulation: Object.assign(Object.create(denied.simulation) as object, simulation) as Situation['simulation'],
        },
        7,
      );
    const override = (fields: Record<string, unknown>) => {
      const made = Object.create(denied.simulation) as object;
      for (const [name, value] of Object.entries(fields)) Object.defineProperty(made, name, { value, enumerable: true });
      return made as Situation['simulation'];
    };
    const without = { ...denied, verdict: verdict({ ending: closed }) };
    const header: Obstacle = { code: 'header-unknown', header: 'x', at: { object: MESH[0]!, path: [] } };
    assert.equal(failing({ obstacles: [header] }), header);
    assert.deepEqual(failing({ ending: closed }), { code: 'no-change-found', tried: 7 });
    assert.deepEqual(reasonForFailure({ ...without, simulation: override({ listenerState: 'refused', listenerRefusals: refusals }) }, 7), { code: 'listener-refused', refusals });
    assert.deepEqual(reasonForFailure({ ...without, simulation: override({ clustersState: 'refused', clusterRefusals: refusals }) }, 7), { code: 'clusters-refused', refusals });
    const [network, nowhere] = (['address-in', 'address-elsewhere'] as const).map((kind): Condition => ({ kind, host: 'y.org', networks: [], except: [] }));
    const pod = (name: string): Condition => ({ kind: 'pod-is', pods: [name] });
    const chance: Condition = { kind: 'by-chance', cause: 'weighted-clusters' };
    for (const condition of [network!, nowhere!]) {
      assert.deepEqual(failing({ alternatives: ways([reached, pod('a')], [closed, condition]) }), { code: 'address-unknown', host: 'y.org' });
    }
    assert.deepEqual(failing({ alternatives: ways([reached, pod('a')], [closed, pod('b'), chance], [closed, pod('a')]) }), { code: 'pods-differ', pods: ['a', 'b'] });
    assert.deepEqual(failing({ alternatives: ways([reached, pod('a')], [closed, chance]) }), { code: 'pods-differ', pods: ['a'] });
    assert.deepEqual(failing({ alternatives: ways([reached, chance], [closed, chance]) }), { code: 'no-change-found', tried: 7 });
    const one = override({ routeRefusals: new Map([['a', [1]]]) });
    assert.deepEqual(reasonForFailure({ ...without, simulation: one }, 7), { code: 'routes-refused', refusals: [1] });
    const routes = override({ routeRefusals: new Map([['a', [1]], ['b', [2, 3]]]) });
    assert.deepEqual(reasonForFailure({ ...without, simulation: routes }, 7), { code: 'routes-refused', refusals: [1, 2, 3] });
    const tcpTarget = parseTarget('tcp://x.org:9');
    assert.deepEqual(reasonForFailure({ ...without, simulation: routes, wish: { ...denied.wish, target: tcpTarget } }, 7), { code: 'no-change-found', tried: 7 });
  }); // prettier-ignore

  it('what leaves it open whether the request could be allowed', () => {
    const open = ['request-not-modelled', 'beyond-proxy', 'pod-refused', 'not-readable', 'header-unknown', 'address-unknown', 'leads-out-by-chance', 'connects-to-itself', 'loopback-port-unknown', 'pods-differ'];
    const settled = ['name-does-not-resolve', 'loopback', 'in-mesh-service', 'namespace-not-monitored', 'name-taken', 'listener-refused', 'routes-refused', 'clusters-refused', 'out-of-reach', 'no-change-found', 'other-mesh'];
    for (const code of open) assert.ok(isUncertain({ code } as Reason), code);
    for (const code of settled) assert.ok(!isUncertain({ code } as Reason), code);
  }); // prettier-ignore
});

describe('what plans tell', () => {
  const source = { namespace: 'curl', serviceAccount: 'curl' };
  const resolve = () => ['192.0.2.1'];
  const flagOff = [meshConfig({}, false), namespaceObject('curl')];
  const web = egress('web', { hosts: ['x.org'], ports: [https()] });

  it('who asks, for what, and how it fares, whatever comes of it', () => {
    const target = parseTarget('https://x.org/');
    const common = { source, target };
    const granted = planAllow([...MESH, web], source, target, { resolve });
    assert.deepEqual({ ...granted, before: granted.before.verdict }, { ...common, before: 'allowed', result: 'nothing-to-do', notes: [] });
    const changed = planAllow([...flagOff, web], source, target, { resolve });
    assert.ok(changed.result === 'change');
    const { before, after, steps, changes, undecided, effects, objects, cost, ...rest } = changed;
    assert.deepEqual(rest, { ...common, result: 'change', notes: [] });
    assert.deepEqual([before.verdict, after.verdict, steps, undecided], ['denied', 'allowed', ['enable-egress-policy'], []]);
    assert.deepEqual([changes.length, effects.some(({ where }) => where === 'own'), cost.edits], [1, true, 1]);
    assert.deepEqual(objects.map(({ kind }) => kind), ['MeshConfig', 'Namespace', 'Egress']);
    const impossible = planAllow(MESH, source, target, { resolve: () => 'not-found' });
    assert.deepEqual({ ...impossible, before: impossible.before.verdict }, { ...common, before: 'denied', result: 'impossible', reason: { code: 'name-does-not-resolve', host: 'x.org' } });
  }); // prettier-ignore

  it('what cannot be changed, named, and names and namespaces that do not serve', () => {
    const target = parseTarget('https://x.org/');
    const reasonOf = (objects: readonly Resource[], options: object) => {
      const plan = planAllow(objects, source, target, { resolve, ...options });
      return 'reason' in plan ? plan.reason : plan.result;
    };
    const refused = egress('twice', { hosts: ['y.org', 'Y.org'], ports: [https()] });
    const editable = ({ kind }: Resource) => kind !== 'MeshConfig';
    assert.deepEqual(reasonOf([...flagOff, refused], { editable }), { code: 'out-of-reach', objects: [{ object: flagOff[0], path: [] }] });
    assert.deepEqual(reasonOf([...MESH, namespaceObject('out', null)], { namespace: 'out' }), { code: 'namespace-not-monitored', namespace: 'out' });
    assert.deepEqual(reasonOf([...MESH, egress('n', { ports: [] })], { name: 'n' }), { code: 'name-taken', namespace: 'curl', name: 'n' });
    assert.equal(reasonOf([...MESH, egress('n', { ports: [] }, 'far')], { name: 'n' }), 'change', 'that of another namespace');
    assert.equal(reasonOf([...MESH, routeGroup('n', [])], { name: 'n' }), 'change', 'that of another kind');
    const plain = egress('plain', { hosts: ['y.org'], ports: [http()] });
    const old = planAllow([...MESH, plain], source, parseTarget('curl -0 http://x.org/'), {});
    assert.deepEqual('reason' in old && old.reason, { code: 'address-unknown', host: 'x.org' });
    const off = planAllow([...flagOff, plain], source, parseTarget('curl -0 http://x.org/'), {});
    assert.deepEqual('reason' in off && off.reason.code, 'address-unknown', 'also where more than that is to be done');
    // at another address it is allowed as it is
    const elsewhere = [meshConfig({ outboundIPRangeExclusionList: ['203.0.113.0/24'] }), namespaceObject('curl')];
    const setting: Resource = { apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', metadata: { name: 'set', namespace: 'curl' }, spec: { host: 'x.org', connectionSettings: { tcp: { connectTimeout: '0s' } } } };
    const stuck = reasonOf([...elsewhere, setting, egress('stuck', { hosts: ['x.org'], ports: [https()], matches: [settingRef('set')] })], {});
    assert.equal(typeof stuck === 'object' && stuck.code, 'clusters-refused');
  }); // prettier-ignore

  it('it is the container that is asked about which sends, the one with the uid of the proxy past Envoy', () => {
    const pod = server('curl', 'envoy');
    const containers = [{ name: 'app' }, { name: 'as-proxy', securityContext: { runAsUser: 1500 } }, { name: 'envoy' }];
    const both = { ...pod, spec: { ...pod.spec, containers } } as Pod;
    const of = (container: string) => planAllow([...MESH, both], source, parseTarget('https://x.org/'), { resolve, pod: both, container }).result;
    assert.deepEqual([of('app'), of('as-proxy')], ['change', 'nothing-to-do']);
  }); // prettier-ignore

  it('policies go where the source is, or, where they have no effect there, where it has some', () => {
    const [mine, out] = [{ namespace: 'curl', serviceAccount: 'curl' }, { namespace: 'out', serviceAccount: 'x' }];
    const naming = (namespace: string) => egress('e', { sources: [account('x', 'out')], ports: [] }, namespace);
    const home = (objects: readonly Resource[], of = out) => homeOfPolicies(createWorld([...MESH, namespaceObject('out', null), ...objects]), of);
    assert.equal(home([naming('curl')], mine), 'curl');
    assert.equal(home([]), 'out');
    assert.equal(home([naming('curl')]), 'curl');
    assert.equal(home([naming('out'), naming('curl')]), 'curl');
    assert.equal(home([naming('out')]), 'out');
    const nowhere = { ...naming('x'), metadata: { name: 'e' } } as Resource;
    assert.equal(home([namespaceObject('default'), nowhere]), 'default');
  }); // prettier-ignore

  it('names', () => {
    assert.equal(slug('-A..b c-', 'x'), 'a-b-c');
    assert.equal(slug('***', 'host'), 'host');
    assert.equal(slug('_x.Org:80', 'host'), 'x-org-80');
    const taken = new Set(['a', 'a-2']);
    assert.equal(freeName('a', (name) => taken.has(name)), 'a-3');
    assert.equal(freeName('b', (name) => taken.has(name)), 'b');
    assert.equal(freeName('a-b.c', (name) => name === 'a-b.c'), 'a-b.c-2');
    assert.equal(freeName(`${'a'.repeat(198)}.-b`, () => false), 'a'.repeat(198));
    assert.equal(freeName('a'.repeat(201), () => false).length, 200);
    const world = createWorld([...MESH, egress('e', { ports: [] }), routeGroup('g', []), { ...routeGroup('h', []), metadata: { name: 'h' } }]);
    const is = (kind: 'Egress' | 'HTTPRouteGroup', namespace: string, name: string) => isTaken(world, kind, namespace, name);
    assert.deepEqual([is('Egress', 'curl', 'e'), is('Egress', 'curl', 'g'), is('Egress', 'far', 'e')], [true, false, false]);
    assert.deepEqual([is('HTTPRouteGroup', 'curl', 'g'), is('HTTPRouteGroup', 'curl', 'e'), is('HTTPRouteGroup', 'far', 'g')], [true, false, false]);
    assert.deepEqual([is('HTTPRouteGroup', 'default', 'h'), is('HTTPRouteGroup', 'curl', 'h')], [true, false]);
  }); // prettier-ignore
});

describe('the command that looks for a change', () => {
  const fix = (command: string, flags = '-f p.yaml', objects: readonly Resource[] = MESH, namespace = 'curl') => {
    const simulation = simulate(createWorld(objects), { namespace, serviceAccount: 'curl' }, { resolve: () => ['192.0.2.1'] });
    return fixCommand(explain(simulation, parseTarget(command)), flags);
  }; // prettier-ignore

  it('asks with the URL alone where that is all, and with the command line otherwise', () => {
    const from = '--from curl/curl';
    for (const [command, expected, flags] of [
      ['https://x.org/', `osm-ts egress allow https://x.org/ ${from} -f p.yaml`],
      ['https://x.org/', `osm-ts egress allow https://x.org/ ${from}`, ' '],
      ['https://x.org/', `osm-ts egress allow https://x.org/ ${from} -f a -f b`, ' -f a -f b '],
      ["curl 'https://x.org/?a=1&b=2'", `osm-ts egress allow ${from} -f p.yaml -- curl 'https://x.org/?a=1&b=2'`],
      ['/usr/bin/curl https://x.org/', `osm-ts egress allow ${from} -f p.yaml -- /usr/bin/curl https://x.org/`],
      ['curl -0 http://x.org/', `osm-ts egress allow ${from} -f p.yaml -- curl -0 http://x.org/`],
      ['tcp://x.org:9', `osm-ts egress allow tcp://x.org:9 ${from} -f p.yaml`],
      ['tcp://x.org:9 --server-first', `osm-ts egress allow ${from} -f p.yaml -- tcp://x.org:9 --server-first`],
    ] as const) {
      assert.equal(fix(command, flags), expected);
    }
  });

  it('is not there where nothing is to be done, or nothing can be', () => {
    const web = egress('web', { hosts: ['x.org'], ports: [https()] });
    assert.equal(fix('https://x.org/', '', [...MESH, web]), undefined);
    assert.equal(fix('http://127.0.0.1:15003/'), undefined);
    const outside = [meshConfig(), namespaceObject('curl', null)];
    assert.equal(fix('https://x.org/', '', outside), undefined);
    // it has its sidecar from before, but a policy has no effect
    assert.equal(fix('https://x.org/', '', [...outside, server('curl', 'envoy')]), undefined);
    const own = service('web', [{ name: 'http', port: 80 }]);
    assert.equal(fix('http://10.0.0.5/', '', [...MESH, own, server('web', 'envoy')]), undefined);
    assert.equal(
      fix('curl -x http://10.0.0.5:80 http://x.org/', '', [...MESH, own, server('web', 'envoy')]),
      undefined,
    );
  });

  it('for a request to a proxy it asks for the way to it, unless Envoy speaks in its place', () => {
    const from = '--from curl/curl';
    assert.equal(fix('curl -x http://proxy:3128 http://x.org/', ''), `osm-ts egress allow tcp://proxy:3128 ${from}`);
    assert.equal(fix('curl -x https://proxy:3129 http://x.org/', ''), `osm-ts egress allow tls://proxy:3129 ${from}`);
    const other = egress('e', { hosts: ['q.org'], ports: [http(3128), tcp(9)] });
    assert.equal(fix('curl -x http://proxy:3128 http://x.org/', '', [...MESH, other]), undefined, 'Envoy answers 404');
  });
});
