import assert from 'node:assert/strict';
import { annotationsFor, gatewayServices, podAfter, worldAfter } from '../../src/lib/analysis/migrate/after.js';
import {
  distinct,
  emittedObject,
  inOrder,
  isTaken,
  matchOf,
  poolOf,
  portOf,
  type EmittedKind,
  type Inexpressible,
} from '../../src/lib/analysis/migrate/emit-parts.js';
import { restOf, routedOf, networksOn, takesName } from '../../src/lib/analysis/migrate/gateway-split.js';
import {
  grantsKey,
  isAddress,
  isGranted,
  type Grants,
  type L4Grant,
  type PortGrants,
  type RouteGrant,
} from '../../src/lib/analysis/migrate/grants.js';
import { inKeyOrder, nameOfHost, objectNames } from '../../src/lib/analysis/migrate/names.js';
import { planMigration } from '../../src/lib/analysis/migrate/plan.js';
import { selectorFor } from '../../src/lib/analysis/migrate/selectors.js';
import type { FieldRef, Pod, UpstreamTrafficSetting } from '../../src/lib/resources/types.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import { createInterceptor } from '../../src/lib/simulator/interception.js';
import { createWorld } from '../../src/lib/simulator/world.js';

/** Pieces of which a migration is made. */

const ref = (name: string, path: string[] = [], kind = 'Egress', namespace = 'shop'): FieldRef => ({
  object: { apiVersion: 'v1', kind, metadata: { name, ...(namespace !== '' && { namespace }) } },
  path,
});
const l4 = (any: boolean, ...networks: string[]): L4Grant => ({ any, networks: new Set(networks), from: [] });
const portGrants = (more: Partial<Record<keyof PortGrants, unknown>> = {}): PortGrants =>
  ({
    http: new Map(),
    readsHttp: undefined,
    tls: new Map(),
    tcp: l4(false),
    dead: new Set(),
    limits: [],
    ...more,
  }) as PortGrants;
const http = (...hosts: string[]) => ({
  http: new Map(hosts.map((host) => [host, { routes: [], from: ref('e'), limits: [] }])),
  readsHttp: ref('e'),
});
const grantsOf = (ports: Record<number, PortGrants>): Grants =>
  new Map(Object.entries(ports).map(([number, port]) => [Number(number), port]));

describe('pieces of a migration', () => {
  describe('what a route asks', () => {
    const route = (headers: Record<string, string>[] = [], more: Partial<RouteGrant> = {}): RouteGrant =>
      ({ pathRegex: '.*', method: null, headers: headers.flatMap((one) => Object.entries(one)).map(([name, regex]) => ({ name, regex })), from: ref('g'), ...more });
    const asked = (one: RouteGrant) => {
      const reported: Inexpressible[] = [];
      const match = matchOf(one, 'a.org', 80, undefined, (problem) => void reported.push(problem));
      return match ?? (reported.length > 0 ? reported : undefined);
    };
    const plain = { port: 80, authority: { regex: '(?i)a\\.org(:80)?' } };
    const no = (what: string) => [{ code: 'route', at: ref('g'), what }];

    it('is said where Istio has words for it', () => {
      const rows: readonly (readonly [RouteGrant, unknown])[] = [
        [route(), plain],
        [route([], { method: 'GET', pathRegex: '/a.*' }), { ...plain, method: { exact: 'GET' }, uri: { regex: '/a.*' } }],
        [route([{ 'x-a': 'b' }, { 'x-c': 'd' }]), { ...plain, headers: { 'x-a': { regex: 'b' }, 'x-c': { regex: 'd' } } }],
        [route([{ 'x-a': 'b' }, { 'x-a': 'b' }]), { ...plain, headers: { 'x-a': { regex: 'b' } } }],
        [route([{ ':method': 'P.*' }]), { ...plain, method: { regex: 'P.*' } }],
        [route([{ ':method': 'G.*' }, { ':method': '.*' }], { method: 'GET' }), { ...plain, method: { exact: 'GET' } }],
        [route([{ ':scheme': 'http' }]), { ...plain, scheme: { regex: 'http' } }],
        [route([{ ':path': '.*' }, { ':authority': '.+' }, { ':scheme': '.*' }]), plain],
      ];
      for (const [one, match] of rows) assert.deepEqual(asked(one), match, JSON.stringify(one.headers));
      const labels = { app: 'web' };
      assert.deepEqual(matchOf(route(), 'a.org', 81, labels, () => undefined), { port: 81, authority: { regex: '(?i)a\\.org(:81)?' }, sourceLabels: labels });
    });

    it('of the Host only those remain that OSM takes: one expression has no room for more', () => {
      for (const [regex, expected] of [
        ['a.*', 'a\\.org|a\\.org:80'],
        ['a\\.org', 'a\\.org'],
        ['a\\.org:.*', 'a\\.org:80'],
      ]) {
        assert.deepEqual(asked(route([{ ':authority': regex! }])), { port: 80, authority: { regex: expected } }, regex);
      }
      for (const regex of ['A.*', 'b', 'a', '(']) assert.deepEqual(asked(route([{ ':authority': regex }])), no('header :authority'), regex);
    });

    it('is left out, and named, where Istio has none; or left out, where no request gets there', () => {
      for (const name of ['x-a', ':authority', ':scheme', ':method']) {
        assert.deepEqual(asked(route([{ [name]: 'a.*' }, { [name]: '.*a.*' }])), no(`header ${name}`), name);
      }
      assert.deepEqual(asked(route([{ ':path': '/a' }])), no('header :path'));
      for (const regex of ['.*', 'x']) assert.deepEqual(asked(route([{ ':protocol': regex }])), no('header :protocol'));
      assert.equal(asked(route([{ ':method': 'P.*' }], { method: 'GET' })), undefined);
      assert.equal(asked(route([{ ':method': '.*' }, { ':method': '(' }], { method: 'GET' })), undefined);
    });
  });

  it('limits: the one setting that all definitions have; 0 is as good as nothing to Istio', () => {
    const setting = (spec: object) => ({ kind: 'UpstreamTrafficSetting', metadata: { name: 's' }, spec: { connectionSettings: spec } }) as UpstreamTrafficSetting;
    const of = (...settings: (UpstreamTrafficSetting | null)[]) => poolOf(settings.map((one) => (one ? { source: { object: one, path: [] } } : null)));
    const full = setting({ tcp: { maxConnections: 1, connectTimeout: '2s' }, http: { maxPendingRequests: 3, maxRequests: 4, maxRequestsPerConnection: 5, maxRetries: 6 } });
    const pool = { tcp: { maxConnections: 1, connectTimeout: '2s' }, http: { http1MaxPendingRequests: 3, http2MaxRequests: 4, maxRequestsPerConnection: 5, maxRetries: 6 } };
    assert.deepEqual(of(full, full), { pool, setting: full });
    const zero = setting({ tcp: { maxConnections: 0 }, http: { maxRetries: 0, maxRequests: 4 } });
    assert.deepEqual(of(zero)?.pool, { http: { http2MaxRequests: 4 } });
    assert.deepEqual(of(setting({}))?.pool, {});
    const bare = { ...full, spec: {} } as UpstreamTrafficSetting;
    assert.deepEqual(of(bare)?.pool, {});
    for (const none of [[], [null], [full, null], [full, zero]]) assert.equal(of(...none), undefined);
  });

  it('objects, with what they come from', () => {
    const make = (kind: EmittedKind, ...from: FieldRef[]) => emittedObject(kind, 'shop', 'n', { a: 1 }, from).object as unknown as Record<string, unknown>;
    const labels = (from: string) => ({ 'app.kubernetes.io/managed-by': 'osm-ts', 'osm-ts/from': from });
    assert.deepEqual(make('Sidecar'), { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata: { name: 'n', namespace: 'shop', labels: labels('mesh-config') }, spec: { a: 1 } });
    const one = make('AuthorizationPolicy', ref('e'), ref('g', [], 'HTTPRouteGroup'), ref('e', ['spec']));
    assert.equal(one['apiVersion'], 'security.istio.io/v1');
    assert.deepEqual((one['metadata'] as { labels: object }).labels, labels('shop.e'));
    assert.deepEqual((one['metadata'] as { annotations: object }).annotations, { 'osm-ts/from': 'Egress/shop/e, HTTPRouteGroup/shop/g' });
    const from = (...refs: FieldRef[]) => (make('Gateway', ...refs)['metadata'] as { labels: Record<string, string> }).labels['osm-ts/from'];
    assert.equal(from(ref('e'), ref('f')), 'several');
    assert.equal(from(ref('g', [], 'HTTPRouteGroup')), 'several');
    assert.equal(from(ref('e', [], 'Egress', '')), 'default.e');
    assert.equal(from(ref('a'.repeat(70))), `shop.${'a'.repeat(58)}`);
    assert.equal(from(ref(`${'a'.repeat(57)}-.b`)), `shop.${'a'.repeat(57)}`, 'a label is 63 long, and ends in a letter or a digit');
  });

  it('the order in which they are applied: what closes before what opens, and of entries the narrower ones first', () => {
    const entry = (protocol: string, more: object = {}) => emittedObject('ServiceEntry', 'shop', `${protocol}${JSON.stringify(more)}`, { hosts: ['a.org'], ports: [{ number: 1, protocol }], ...more }, []);
    const kinds: EmittedKind[] = ['VirtualService', 'Gateway', 'DestinationRule', 'AuthorizationPolicy', 'Sidecar'];
    const entries = [entry('TCP'), entry('TLS'), entry('HTTP'), entry('TCP', { addresses: ['10.0.0.0/8'] }), entry('TLS', { hosts: ['tls-443.osm-egress'] }), emittedObject('ServiceEntry', 'shop', 'bare', { hosts: [] }, [])];
    const sorted = inOrder([...entries, ...kinds.map((kind) => emittedObject(kind, 'shop', 'n', {}, []))]).map(({ object }) => (object.kind === 'ServiceEntry' ? object.metadata.name : object.kind));
    assert.deepEqual(sorted, ['Sidecar', 'AuthorizationPolicy', 'DestinationRule', 'Gateway', 'VirtualService', ...[4, 3, 2, 1, 0, 5].map((index) => entries[index]!.object.metadata.name)]);
    assert.deepEqual([portOf('tls', 443), portOf('http', 80)], [{ number: 443, name: 'tls-443', protocol: 'TLS' }, { number: 80, name: 'http-80', protocol: 'HTTP' }]);
    assert.deepEqual(inKeyOrder(new Map([['b', 1], ['a', 2], ['c', 3]])), [['a', 2], ['b', 1], ['c', 3]]);
    assert.deepEqual([isTaken('a.org'), isTaken('*.a.org'), isTaken('_x.a.org'), isTaken('a.org.'), isTaken('*')].slice(0, 3), [true, true, false]);
    const [x, y, z] = [ref('e', ['a']), ref('e', ['a']), ref('e', ['b'])];
    assert.deepEqual(distinct([x, y, z, ref('f', ['a']), ref('e', ['a'], 'Other'), ref('e', ['a'], 'Egress', 'far')]).map(({ object, path }) => `${object.kind} ${object.metadata.name} ${path.join('.')}`), ['Egress e a', 'Egress e b', 'Egress f a', 'Other e a', 'Egress e a']);
  });

  it('names', () => {
    assert.deepEqual(['httpbin.org', '*.x.org', '*x', 'a_b..c', '-a-', 'a*.b'].map(nameOfHost), ['httpbin-org', 'any-x-org', 'any-x', 'a-b-c', 'a', 'a-b']);
    const name = objectNames();
    assert.deepEqual([name('A', 'x'), name('A', 'x'), name('B', 'x'), name('A', 'x'), name('A', '---')], ['x', 'x-2', 'x', 'x-3', 'egress']);
    assert.equal(name('A', `${'a'.repeat(58)}-b`), 'a'.repeat(58));
    assert.equal(name('A', 'b'.repeat(70)).length, 59);
    assert.equal(name('A', 'b'.repeat(70)), `${'b'.repeat(59)}-2`);
  });

  it('labels that all pods of a source have and no others: the usual ones first, one or two', () => {
    const pod = (account: string | undefined, labels: Record<string, string> | undefined, namespace: string | undefined = 'shop') =>
      ({ kind: 'Pod', metadata: { name: 'p', ...(namespace !== '' && { namespace }), ...(labels && { labels }) }, spec: { ...(account && { serviceAccountName: account }) } }) as Pod;
    const of = (...pods: Pod[]) => selectorFor(pods, { namespace: 'shop', serviceAccount: 'web' });
    const other = pod('till', { app: 'till', tier: 'a', zone: 'b' });
    assert.deepEqual(of(pod('web', { zone: 'a', app: 'web', name: 'n', 'k8s-app': 'k' }), other), { app: 'web' });
    assert.deepEqual(of(pod('web', { app: 'web', 'app.kubernetes.io/name': 'w' }), other), { 'app.kubernetes.io/name': 'w' });
    assert.deepEqual(of(pod('web', { name: 'n', 'k8s-app': 'k' }), other), { 'k8s-app': 'k' });
    assert.deepEqual(of(pod('web', { b: '1', a: '1', name: 'n' }), other), { name: 'n' });
    assert.deepEqual(of(pod('web', { b: '1', a: '1' }), other), { a: '1' });
    assert.deepEqual(of(pod('web', { tier: 'a', zone: 'a' }), other), { zone: 'a' });
    assert.deepEqual(of(pod('web', { tier: 'a', zone: 'a' }), pod('x', { tier: 'a' }), pod('y', { zone: 'a' })), { tier: 'a', zone: 'a' });
    assert.deepEqual(of(pod('web', { a: '1', b: '1', c: '1' }), pod('x', { a: '1', b: '1' }), pod('y', { b: '1', c: '1' }), pod('z', { a: '1' })), { a: '1', c: '1' });
    assert.equal(of(pod('web', { tier: 'a' }), pod('x', { tier: 'a' })), undefined);
    assert.deepEqual(of(pod('web', { app: 'one', b: '1' }), pod('web', { app: 'two', b: '1' })), { b: '1' });
    assert.equal(of(pod('web', { app: 'one' }), pod('web', undefined)), undefined);
    assert.deepEqual(of(pod('web', { app: 'web' }), pod('x', { app: 'web' }, 'far')), { app: 'web' });
    assert.equal(of(pod('web', { app: 'web' }), pod(undefined, { app: 'web' })), undefined);
    for (const label of ['pod-template-hash', 'controller-revision-hash', 'pod-template-generation', 'osm-proxy-uuid', 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name', 'version']) {
      assert.equal(of(pod('web', { [label]: '1' })), undefined, label);
    }
    for (const label of ['versions', 'my-version']) assert.deepEqual(of(pod('web', { [label]: '1' })), { [label]: '1' });
    assert.equal(of(pod('web', undefined), other), undefined);
    assert.equal(of(other), undefined);
    assert.deepEqual(selectorFor([pod('web', { app: 'web' }, '')], { namespace: 'default', serviceAccount: 'web' }), { app: 'web' });
  });

  it('what can go through a gateway, and what is left', () => {
    const tls = (...names: string[]) => ({ tls: new Map(names.map((name) => [name, l4(true)])) });
    const grants = grantsOf({ 80: portGrants(http('a.org', '192.0.2.1', '_b.org')), 443: portGrants(tls('a.org', '*.c.org', 'd.org')), 9: portGrants({ tcp: l4(false, '10.0.0.0/8') }) });
    const routed = routedOf([{ source: { namespace: 'shop', serviceAccount: 'web' }, grants }]);
    assert.deepEqual([[...routed.hosts], [...routed.names]], [['a.org'], ['a.org', 'd.org']]);
    const rest = restOf(grants, routed);
    assert.deepEqual([...rest].map(([number, { http: hosts, tls: names }]) => [number, ...hosts.keys(), ...names.keys()]), [[9], [80, '192.0.2.1', '_b.org'], [443, '*.c.org']]);
    const gone = restOf(grantsOf({ 80: portGrants(http('a.org')), 443: portGrants(tls('d.org')) }), routed);
    assert.equal(gone.size, 0, 'what a port reads does not matter where nothing is left');
    assert.deepEqual([isAddress('192.0.2.1'), isAddress('a.org')], [true, false]);
    assert.deepEqual([isGranted(l4(true)), isGranted(l4(false, '10.0.0.0/8')), isGranted(l4(false))], [true, true, false]);
  });

  it('whether OSM lets TLS with a name go to a network: the narrowest network that the port asks for decides', () => {
    const port = portGrants({
      tls: new Map([['a.org', l4(false, '10.0.0.0/8', '10.1.0.0/16')], ['*.b.org', l4(true)], ['c.org', l4(false, '10.2.0.0/16')]]),
      tcp: l4(false, '10.3.0.0/16'),
      dead: new Set(['10.4.0.0/16']),
    });
    const takes = (name: string, text: string, own = port) => takesName(own, name, text);
    for (const [name, text, expected] of [
      ['a.org', '10.9.0.0/16', true],
      ['a.org', '10.1.0.0/16', true],
      ['a.org', '10.1.2.0/24', true],
      ['a.org', '10.2.0.0/16', false],
      ['c.org', '10.2.0.0/16', true],
      ['c.org', '10.9.0.0/16', false],
      ['a.org', '10.3.0.0/16', true],
      ['c.org', '10.3.1.0/24', true],
      ['a.org', '10.4.0.0/16', false],
      ['a.org', '192.0.2.0/24', false],
      ['a.org', '', false],
      ['x.b.org', '', true],
      ['x.b.org', '192.0.2.0/24', true],
      ['x.b.org', '10.9.0.0/16', false],
      ['b.org', '', false],
      ['a.org', '0.0.0.0/1', false],
    ] as const) {
      assert.equal(takes(name, text), expected, `${name} ${text}`);
    }
    assert.equal(takesName(undefined, 'a.org', ''), false);
    assert.equal(takes('q.org', '', portGrants({ tcp: l4(true) })), true);
    const members = [port, portGrants({ tcp: l4(false, '10.0.0.0/8', '9.0.0.0/8') })].map((one) => ({ source: { namespace: 'shop', serviceAccount: 'w' }, grants: grantsOf({ 443: one }) }));
    assert.deepEqual(networksOn(443, members), ['10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16', '9.0.0.0/8']);
    assert.deepEqual(networksOn(80, members), []);
  });

  it('equal grants have equal keys, whatever they come from and in whatever order', () => {
    const key = (ports: Record<number, PortGrants>, open = false) => grantsKey({ grants: grantsOf(ports), open });
    const route = (more: Partial<RouteGrant> = {}) => ({ pathRegex: '/', method: null, headers: [], from: ref('e'), ...more });
    const host = (...routes: RouteGrant[]) => portGrants({ http: new Map([['a.org', { routes, from: ref('e'), limits: [] }]]), readsHttp: ref('e') });
    const same: readonly (readonly [string, string])[] = [
      [key({}), key({ 80: portGrants({ dead: new Set(['10.0.0.0/8']) }) })],
      [key({}, true), key({ 80: portGrants({ dead: new Set(['10.0.0.0/8']) }) }, true)],
      // a port that reads HTTP for no host closes what would pass, and opens nothing
      [key({}), key({ 80: portGrants({ readsHttp: ref('e') }) })],
      [key({ 80: portGrants(http('a', 'b')) }), key({ 80: portGrants({ ...http('b', 'a'), readsHttp: ref('f') }) })],
      [key({ 9: portGrants({ tcp: l4(false, '1.0.0.0/8', '2.0.0.0/8') }) }), key({ 9: portGrants({ tcp: l4(false, '2.0.0.0/8', '1.0.0.0/8') }) })],
      [key({ 80: host(route()) }), key({ 80: host(route({ from: ref('f') })) })],
      [grantsKey({ grants: new Map([[9, portGrants({ tcp: l4(true) })], [8, portGrants({ tcp: l4(true) })]]), open: false }), key({ 8: portGrants({ tcp: l4(true) }), 9: portGrants({ tcp: l4(true) }) })],
      [key({ 443: portGrants({ tls: new Map([['a', l4(true)], ['b', l4(true)]]) }) }), key({ 443: portGrants({ tls: new Map([['b', l4(true)], ['a', l4(true)]]) }) })],
      [key({ 9: portGrants({ tcp: l4(true), dead: new Set(['1', '2']) }) }), key({ 9: portGrants({ tcp: l4(true), dead: new Set(['2', '1']) }) })],
    ];
    for (const [index, [one, other]] of same.entries()) assert.equal(one, other, String(index));
    const all = [key({ 9: portGrants({ tcp: l4(true), readsHttp: ref('e') }) }), key({ 9: portGrants({ tcp: l4(false, '2.0.0.0/8') }) }), key({}), key({}, true), key({ 80: portGrants({ readsHttp: ref('e') }) }, true), key({ 80: portGrants(http('a')) }), key({ 81: portGrants(http('a')) }), key({ 80: host(route()) }), key({ 80: host(route({ method: 'GET' })) }), key({ 80: host(route({ pathRegex: '/a' })) }), key({ 80: host(route({ headers: [{ name: 'x', regex: 'y' }] as never })) }), key({ 9: portGrants({ tcp: l4(true) }) }), key({ 9: portGrants({ tcp: l4(false, '1.0.0.0/8') }) }), key({ 9: portGrants({ tcp: l4(true), dead: new Set(['1.0.0.0/8']) }) }), key({ 9: portGrants({ tls: new Map([['a', l4(true)]]) }) }), key({ 9: portGrants({ tls: new Map([['b', l4(true)]]) }) }), key({ 9: portGrants({ tls: new Map([['a', l4(false, '1.0.0.0/8')]]) }) })];
    assert.equal(new Set(all).size, all.length);
  });

  it('the mesh after the move: pods with a sidecar where they had one, their labels, and what of them is not OSM’s', () => {
    const text = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm, team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: far}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web, namespace: shop}
subsets: [{addresses: [{ip: 10.0.0.7}], ports: [{port: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop, labels: {app: web}, annotations: {openservicemesh.io/outbound-port-exclusion-list: "8080"}}
spec: {serviceAccountName: web, hostNetwork: false, containers: [{name: c, image: x}, {name: envoy, image: e}], initContainers: [{name: i, image: x}, {name: osm-init, image: o}]}
status: {podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: q, namespace: shop, annotations: {openservicemesh.io/sidecar-injection: disabled}}
spec: {serviceAccountName: bare}`;
    const world = createWorld(parseManifests(text, 'm.yaml').objects);
    const [web, bare, none] = ['web', 'bare', 'none'].map((serviceAccount) => ({ namespace: 'shop', serviceAccount }));
    const podOf = (name: string) => world.pods.find(({ metadata }) => metadata.name === name);
    const after = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop', labels: { app: 'web', 'sidecar.istio.io/inject': 'true' }, annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '8080' } },
      spec: { serviceAccountName: 'web', hostNetwork: false, containers: [{ name: 'c', image: 'x' }], initContainers: [{ name: 'i', image: 'x' }] },
    };
    assert.deepEqual(podAfter(world, web!, podOf('p')), { ...after, status: { podIP: '10.0.0.7' } });
    const plain = { serviceAccountName: 'bare', containers: [], initContainers: [] };
    assert.deepEqual(podAfter(world, bare!, podOf('q')), { ...after, metadata: { name: 'q', namespace: 'shop', labels: { 'sidecar.istio.io/inject': 'false' }, annotations: {} }, spec: plain });
    assert.deepEqual(podAfter(world, none!, undefined).metadata, { name: 'none-pod', namespace: 'shop', labels: { 'sidecar.istio.io/inject': 'true' }, annotations: {} });
    assert.deepEqual(podAfter(world, none!, undefined).spec, { ...plain, serviceAccountName: 'none' });
    const place = { namespace: 'gates', name: 'out' };
    const gateway = { place, labels: { gate: 'out' }, ports: [80, 443], isKnown: false };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: place, spec: { clusterIP: 'None', selector: { gate: 'out' }, ports: [{ name: 'tls-80', port: 80 }, { name: 'tls-443', port: 443 }] } };
    const plan = planMigration(world, [web!, bare!, none!]);
    assert.deepEqual(gatewayServices({ ...plan, gateway }), [service]);
    assert.deepEqual([gatewayServices({ ...plan, gateway: { ...gateway, isKnown: true } }), gatewayServices(plan)], [[], []]);
    const { base, meshConfig } = worldAfter(world, { ...plan, gateway }, [web!, bare!, none!]);
    assert.deepEqual(base.pods.map(({ metadata }) => metadata.name), ['p', 'q', 'none-pod']);
    assert.deepEqual([...base.services.keys()], ['shop/web', 'gates/out']);
    assert.equal(base.endpoints.size, 1);
    assert.deepEqual([...base.namespaces.values()].map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata]), [['v1', 'Namespace', { name: 'shop', labels: { 'istio-injection': 'enabled' } }], ['v1', 'Namespace', { name: 'far', labels: {} }]]);
    assert.deepEqual(meshConfig, plan.meshConfig);
  });

  it('annotations by which Istio’s sidecar leaves alone what OSM’s did', () => {
    const text = `
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {traffic: {outboundPortExclusionList: [8080, 8081], outboundIPRangeExclusionList: [10.0.0.0/8], outboundIPRangeInclusionList: [192.0.2.0/24], networkInterfaceExclusionList: [eth0]}}`;
    const rulesOf = (manifest: string) => createInterceptor(createWorld(parseManifests(manifest, 'm.yaml').objects), { namespace: 'shop', serviceAccount: 'web' }, undefined, { name: undefined, asProxy: undefined }).rules;
    const prefix = 'traffic.sidecar.istio.io/';
    assert.deepEqual(annotationsFor(rulesOf(text)), {
      [`${prefix}excludeOutboundPorts`]: '8080,8081',
      [`${prefix}excludeOutboundIPRanges`]: '10.0.0.0/8',
      [`${prefix}includeOutboundIPRanges`]: '192.0.2.0/24',
      [`${prefix}excludeInterfaces`]: 'eth0',
    });
    assert.deepEqual(annotationsFor(rulesOf(text), 'net1')[`${prefix}excludeInterfaces`], 'net1');
    const twice = text.replace('[10.0.0.0/8]', '[10.0.0.0/8, 10.1.2.3/8]').replace(', networkInterfaceExclusionList: [eth0]', '').replace('[8080, 8081]', '[]');
    assert.deepEqual(annotationsFor(rulesOf(twice)), { [`${prefix}excludeOutboundIPRanges`]: '10.0.0.0/8', [`${prefix}includeOutboundIPRanges`]: '192.0.2.0/24' });
  });
}); // prettier-ignore
