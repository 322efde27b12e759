import assert from 'node:assert/strict';
import {
  classes,
  classOf,
  Memory,
  outcomeKey,
  spaceOf,
  type RequestClass,
} from '../../../src/lib/analysis/request-space/index.js';
import type { FieldRef, KubernetesObject, MeshConfig, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { chainMatch } from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import type { Cluster, ClusterLimits, FilterChain, Listener, Route } from '../../../src/lib/simulator/envoy/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type WorldOptions } from '../../../src/lib/simulator/world.js';
import { meshConfig } from '../../simulator/control-plane/worlds.js';
import {
  at,
  chain,
  CLUSTERS,
  ended,
  FIRST,
  holding,
  http,
  odd,
  range,
  ref,
  route,
  to,
  type Parts,
} from './held-programs.js';

/** Two programs that differ in one thing, and a request that fares otherwise for it: a difference that misses it would prove too much. */

const GET = "curl -H 'x-env: prod' --resolve '*:80:192.0.2.1' http://a.test/get";
const PUT = "curl -X PUT --resolve '*:80:192.0.2.1' http://a.test/put";
const TLS = "curl --resolve '*:443:192.0.2.1' https://a.test/";
const BYTES = 'tcp://192.0.2.1:3306';
const SILENT = 'tcp://192.0.2.1:3306 --server-first';

const listening = (cluster: string): Listener => ({
  filterChains: [],
  defaultFilterChain: chain(0, {}, { target: { filter: 'tcp_proxy', clusters: to(cluster) } }),
  detection: false,
  detectionDisabledPorts: new Map(),
});

const readingHttp: Listener = {
  ...listening('fixed'),
  defaultFilterChain: chain(0, {}, { target: http }),
};

const nowhere = { clusters: [], source: at };
const leadingNowhere = new Map([
  [
    '3306',
    {
      ...listening('fixed'),
      defaultFilterChain: chain(0, {}, { target: { filter: 'tcp_proxy', clusters: [nowhere, nowhere] } }),
    },
  ],
]);

const passingBy: Parts = {
  bound: leadingNowhere,
  listener: { defaultFilterChain: chain(0, {}, { target: { filter: 'tcp_proxy', clusters: to('other') } }) },
};

const listeningWith = (cluster: string): Listener => ({
  ...listening('dialled'),
  filterChains: [
    {
      ...chain(3306, {}, { target: { filter: 'tcp_proxy', clusters: to(cluster) } }),
      match: chainMatch(3306, [], [], []),
    },
  ],
});
const swapped = (one: string, other: string): [string, Listener][] => [
  [one, listeningWith('fixed')],
  [other, listeningWith('other')],
];

type Row = readonly [what: string, command: string, after: Parts, before?: Parts];

const ROWS: readonly Row[] = [
  ['no listener', BYTES, { listener: null }],
  ['a listener that is refused for another port', BYTES, { more: [chain(443, { serverNames: ['a.test'] })] }],
  ['a listener that is refused by chance', BYTES, { named: { repeatingTwin: at } }],
  ['a listener that is odd', BYTES, { listener: odd }],
  ['no detection', TLS, { listener: { detection: false } }],
  ['no detection on a port', TLS, { listener: { detectionDisabledPorts: new Map([[443, at]]) } }],
  [
    'no detection on a port without chains',
    'tcp://192.0.2.1:25 --server-first',
    { listener: { defaultFilterChain: chain(0, {}), detectionDisabledPorts: new Map([[25, at]]) } },
    { listener: { defaultFilterChain: chain(0, {}) } },
  ],
  ['how long detection waits', SILENT, { listener: { detectionTimeout: 5 } }],
  ['detection without end', SILENT, { listener: { detectionTimeout: null } }],
  [
    'chains for plain text',
    "curl --resolve '*:80:192.0.2.1' https://a.test:80/",
    { listener: { plaintextOnly: true }, web: { match: chainMatch(80, [], [], ['http/1.1']) } },
    { web: { match: chainMatch(80, [], [], ['http/1.1']) } },
  ],
  [
    'where one leads that may take it by chance',
    PUT,
    { more: [chain(80, range('0.0.0.0/0'), { target: { filter: 'tcp_proxy', clusters: to('other') } })] },
    { more: [chain(80, range('0.0.0.0/0'))] },
  ],
  ['a default chain', 'tcp://192.0.2.1:9', { listener: { defaultFilterChain: chain(0, {}) } }],
  [
    'where a default chain leads',
    'tcp://192.0.2.1:9',
    { listener: { defaultFilterChain: chain(0, {}, { target: { filter: 'tcp_proxy', clusters: to('other') } }) } },
    { listener: { defaultFilterChain: chain(0, {}) } },
  ],
  ['where a chain leads', BYTES, { ranged: { target: { filter: 'tcp_proxy', clusters: to('other') } } }],
  ['to no cluster', BYTES, { ranged: { target: { filter: 'tcp_proxy', clusters: to('none') } } }],
  ['that a chain reads HTTP', BYTES, { ranged: { target: http } }],
  ['that another reads none', PUT, { web: { target: { filter: 'tcp_proxy', clusters: to('fixed') } } }],
  ['a chain that is odd', BYTES, { ranged: odd }],
  ['a chain for the same port', 'tcp://203.0.113.1:3306', { more: [chain(3306, range('203.0.113.0/24'))] }],
  ['a chain for another port', 'tcp://192.0.2.1:25', { more: [chain(25, {})] }],
  ['the range of a chain', BYTES, { ranged: { match: range('198.51.100.0/24') } }],
  ['the name of a chain', TLS, { named: { match: chainMatch(0, [], ['b.test'], []) } }],
  ['a wildcard instead of it', TLS, { named: { match: chainMatch(0, [], ['*.a.test'], []) } }],
  ['the protocols of a chain', GET, { web: { match: chainMatch(0, [], [], ['h2c']) } }],
  [
    'which of two names leads where',
    TLS,
    {
      more: [chain(443, { serverNames: ['b.test'] })],
      named: { target: { filter: 'tcp_proxy', clusters: to('other') } },
    },
    {
      more: [chain(443, { serverNames: ['b.test'] }, { target: { filter: 'tcp_proxy', clusters: to('other') } })],
    },
  ],
  ['a listener for an address', BYTES, { bound: new Map([['192.0.2.1:3306', listening('fixed')]]) }, { ranged: odd }],
  [
    'which address a listener is for',
    BYTES,
    { bound: new Map([['192.0.2.2:3306', listening('other')]]) },
    { bound: new Map([['192.0.2.1:3306', listening('other')]]) },
  ],
  [
    'where a listener for a port leads',
    BYTES,
    { bound: new Map([['3306', listening('fixed')]]) },
    { bound: new Map([['3306', listening('other')]]) },
  ],
  [
    'an odd listener for a port',
    BYTES,
    { bound: new Map([['3306', listening('fixed')]]) },
    { bound: new Map([['3306', { ...listening('fixed'), ...odd }]]) },
  ],
  [
    'a default chain, for what a listener for a port leads nowhere',
    BYTES,
    { bound: leadingNowhere, listener: { defaultFilterChain: chain(0, {}) } },
    { bound: leadingNowhere },
  ],
  [
    'where that default chain leads',
    BYTES,
    { ...passingBy, clusters: { other: { ...ended, name: 'other', endpoints: [] } } },
    passingBy,
  ],
  [
    'an odd listener for an address that reads HTTP',
    PUT,
    { bound: new Map([['192.0.2.1:80', { ...readingHttp, ...odd }]]) },
    { bound: new Map([['192.0.2.1:80', readingHttp]]) },
  ],
  [
    'how long a listener for an address waits',
    SILENT,
    { bound: new Map([['192.0.2.1:3306', { ...listening('fixed'), detection: true }]]) },
    { bound: new Map([['192.0.2.1:3306', { ...listening('fixed'), detection: true, detectionTimeout: 1 }]]) },
  ],
  [
    'no detection on the port of a listener for an address',
    SILENT,
    { bound: new Map([['192.0.2.1:3306', { ...listening('fixed'), detection: true }]]) },
    {
      bound: new Map([
        ['192.0.2.1:3306', { ...listening('fixed'), detection: true, detectionDisabledPorts: new Map([[3306, at]]) }],
      ]),
    },
  ],
  [
    'which of two listeners has which chains',
    BYTES,
    { bound: new Map(swapped('192.0.2.1:3306', '192.0.2.2:3306')) },
    { bound: new Map(swapped('192.0.2.2:3306', '192.0.2.1:3306').toReversed()) },
  ],
  [
    'which listener is for an address, which for the port',
    BYTES,
    { bound: new Map(swapped('192.0.2.1:3306', '3306')) },
    { bound: new Map(swapped('3306', '192.0.2.1:3306')) },
  ],
  [
    'a chain for addresses that no listener is for',
    BYTES,
    {
      bound: new Map([['192.0.2.2:3306', listening('fixed')]]),
      ranged: { target: { filter: 'tcp_proxy', clusters: to('other') } },
    },
    { bound: new Map([['192.0.2.2:3306', listening('fixed')]]) },
  ],
  ['no routes', PUT, { table: null }],
  ['routes that are odd', PUT, { table: odd }],
  ['routes that are refused', PUT, { first: { pathRegex: '(' } }],
  ['routes that are refused for others', PUT, elsewhere({ pathRegex: '(' }), elsewhere({})],
  [
    'routes that are refused by chance for others',
    PUT,
    elsewhere({ clusters: [...to('fixed'), { clusters: [{ name: 'other', weight: 0 }], source: at }] }),
    elsewhere({ clusters: [...to('fixed'), ...to('other')] }),
  ],
  ['that a port in the Host counts', "curl -H 'Host: a.test:81' http://192.0.2.1/", { table: { ignoresPort: true } }],
  [
    'a virtual host',
    "curl -H 'Host: b.test' http://192.0.2.1/",
    { hosts: [{ domains: ['b.test'], routes: [route()], source: at }] },
  ],
  ['the domain of a virtual host', PUT, { host: { domains: ['b.test'] } }],
  ['a virtual host that is odd', PUT, { host: odd }],
  ['a virtual host without routes', PUT, { routes: [] }],
  ['the method of a route', GET, { first: { method: 'POST' } }],
  ['the path of a route', GET, { first: { pathRegex: '/post' } }],
  ['what a route asks of headers', GET, { first: { headers: [{ name: 'x-env', regex: 'stage' }] } }],
  ['that it asks', "curl -H 'Host: a.test' http://192.0.2.1/get", { first: { headers: [] } }],
  ['where a route leads', GET, { first: { clusters: to('other') } }],
  ['that Envoy answers itself', GET, { first: { directResponse: { status: 403 } } }],
  [
    'what Envoy answers',
    GET,
    { first: { directResponse: { status: 403 } } },
    { first: { directResponse: { status: 404 } } },
  ],
  ['a route that is odd', GET, { first: odd }],
  ['the order of routes', GET, { routes: [route(), FIRST] }],
  ['a weight', GET, { first: { clusters: weighted(1) } }, { first: { clusters: weighted(0) } }],
  ['a cluster that is missing', GET, { clusters: { fixed: undefined } }],
  ['the address of a cluster', GET, { clusters: { fixed: { ...CLUSTERS['other']!, name: 'fixed' } } }],
  ['a cluster that is odd', GET, { clusters: { fixed: { ...CLUSTERS['fixed']!, ...odd } } }],
  ['the host of a cluster', PUT, { clusters: { named: { ...CLUSTERS['named']!, host: 'e.test' } as Cluster } }],
  ['the port of a cluster', PUT, { clusters: { named: { ...CLUSTERS['named']!, port: 81 } as Cluster } }],
  ['the kind of a cluster', PUT, { clusters: { named: { ...CLUSTERS['dialled']!, name: 'named' } } }],
  [
    'a limit of a cluster',
    PUT,
    { clusters: { named: { ...CLUSTERS['named']!, limits: [{ maxRequests: 0, source: at }] } } },
  ],
  [
    'that clusters are refused',
    GET,
    { clusters: { dialled: { ...CLUSTERS['dialled']!, limits: [{ connectTimeout: '0s', source: at }] } } },
  ],
  ['whether a host resolves', PUT, { resolve: () => 'not-found' }, { resolve: () => ['198.51.100.7'] }],
  ['what a host resolves to', PUT, { resolve: () => ['198.51.100.8'] }, { resolve: () => ['198.51.100.7'] }],
];

/** A table of another port, with one route. */
function elsewhere(more: Partial<Route>): Parts {
  return {
    more: [chain(81, {}, { target: { ...http, routeConfigName: 'second' } })],
    second: { virtualHosts: [{ domains: ['a.test'], routes: [route(more)], source: at }] },
  };
}

/** Somebody may limit the cluster that is looked up. */
function limiting(limits: Omit<ClusterLimits, 'source'>, source: FieldRef): Parts {
  return { clusters: { named: { ...CLUSTERS['named']!, limits: [null, { ...limits, source }] } } };
}

function weighted(weight: number) {
  const clusters = [
    { name: 'fixed', weight: 1 },
    { name: 'other', weight },
  ];
  return [{ clusters, source: at }];
}

/** The difference holds the request, which fares otherwise. */
function isSeen(command: string, [before, after]: readonly [Simulation, Simulation], memory: Memory): void {
  const target = parseTarget(command);
  const host = target.dial.host.replace(/^\[|\]$/g, '');
  const named = before.names.lookUp(host).addresses[0] ?? host;
  const [was, is] = [before, after].map((one) => outcomeKey(one, one.decide(target), memory.detail));
  assert.notEqual(was, is);
  const space = spaceOf([before, after], { detail: memory.detail, memory, onlyDifferences: true });
  assert.ok(classOf(space, target, parseAddressLiteral(named)!));
}

const source = { namespace: 'curl', serviceAccount: 'curl' };

const pod = (annotations: Record<string, string>, more: object = {}, status?: object) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl', namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', containers: [{ name: 'curl', ...more }] },
    ...(status && { status }),
  }) as KubernetesObject as Resource;

const podNamed = (name: string, ...given: Parameters<typeof pod>): Resource => {
  const own = pod(...given);
  return { ...own, metadata: { ...own.metadata, name } };
};

const policy = (spec: object): Resource =>
  ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'p', namespace: 'curl' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      hosts: ['a.test'],
      ports: [{ number: 80, protocol: 'http' }],
      ...spec,
    },
  }) as KubernetesObject as Resource;

describe('a difference sees', () => {
  const memory = new Memory('outcome');

  describe('each thing of a program that decides:', () => {
    for (const [what, command, after, before = {}] of ROWS)
      it(what, () => isSeen(command, [holding(before), holding(after)], memory));
  });

  describe('where policies count, whose it is:', () => {
    const ofPolicies = new Memory('policies');
    const mine = ref('mine');
    const rows: Row[] = [
      ['a chain', BYTES, { ranged: { sources: [mine] } }],
      [
        'a default chain',
        'tcp://192.0.2.1:9',
        { listener: { defaultFilterChain: chain(0, {}, { sources: [mine] }) } },
        { listener: { defaultFilterChain: chain(0, {}) } },
      ],
      ['a route', GET, { first: { source: mine } }],
      ['a virtual host', GET, { host: { source: mine } }],
      [
        'what may be why the listener is refused',
        BYTES,
        { named: { repeatingTwin: mine } },
        { named: { repeatingTwin: at } },
      ],
      [
        'what may be why routes are refused',
        PUT,
        elsewhere({ pathRegex: '(', source: mine }),
        elsewhere({ pathRegex: '(' }),
      ],
      ['a limit that a cluster may have', PUT, limiting({ maxRequests: 0 }, mine), limiting({ maxRequests: 0 }, at)],
      [
        'what may be why clusters are refused',
        BYTES,
        limiting({ connectTimeout: '0s' }, mine),
        limiting({ connectTimeout: '0s' }, at),
      ],
      [
        'who wants a cluster that is missing',
        GET,
        { first: { clusters: [{ clusters: [{ name: 'none', weight: 1 }], source: mine }] } },
        { first: { clusters: to('none') } },
      ],
    ];
    for (const [what, command, after, before = {}] of rows)
      it(what, () => {
        const both = [holding(before), holding(after)] as const;
        const address = { family: 4, value: 0xc0000201 } as const;
        assert.equal(classOf(spaceOf(both, { onlyDifferences: true }), parseTarget(command), address), undefined);
        isSeen(command, both, ofPolicies);
      });
  });

  describe('where policies count, whose it is that keeps connections from the listener:', () => {
    const ofPolicies = new Memory('policies');
    const mesh = (traffic: NonNullable<NonNullable<MeshConfig['spec']>['traffic']>) => [pod({}), meshConfig(traffic)];
    const list = (what: string, value: string) => [pod({ [`openservicemesh.io/outbound-${what}-list`]: value })];
    const zero = { 'openservicemesh.io/outbound-ip-range-exclusion-list': '0.0.0.0/8' };
    const others = { 'openservicemesh.io/outbound-ip-range-inclusion-list': '10.0.0.0/8' };
    const unmonitored: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'curl' } };
    const rows: [what: string, before: readonly Resource[], after: readonly Resource[]][] = [
      ['no sidecar', [pod({ 'openservicemesh.io/sidecar-injection': 'disabled' })], [pod({}), unmonitored]],
      ['a port', list('port-exclusion', '80'), mesh({ outboundPortExclusionList: [80] })],
      ['a range', list('ip-range-exclusion', '192.0.2.0/24'), mesh({ outboundIPRangeExclusionList: ['192.0.2.0/24'] })],
      ['others', [pod(others)], mesh({ outboundIPRangeInclusionList: ['10.0.0.0/8'] })],
      [
        'others, but for some',
        [pod({ ...zero, ...others })],
        [pod(zero), meshConfig({ outboundIPRangeInclusionList: ['10.0.0.0/8'] })],
      ],
    ];
    for (const [what, ...sides] of rows)
      it(what, () => {
        const [one, other] = sides.map((objects) => simulate(createWorld(objects), source));
        isSeen('tcp://192.0.2.1:80', [one!, other!], ofPolicies);
      });
  });

  describe('each thing of pods, and of what could be read:', () => {
    const other = (...given: Parameters<typeof pod>) => podNamed('other', ...given);
    const third = (...given: Parameters<typeof pod>) => podNamed('third', ...given);
    const EXCLUDED_PORTS = 'openservicemesh.io/outbound-port-exclusion-list';
    const excluding = (port: number) => ({ [EXCLUDED_PORTS]: String(port) });
    const broken = (number: number) => ({ [EXCLUDED_PORTS]: `x${number}` });
    const declaring = { ports: [{ containerPort: 8080 }] };
    const running = (initContainers: readonly string[]): Resource => {
      const own = pod({}, {}, { phase: 'Running' }) as KubernetesObject & { spec: object };
      const spec = { ...own.spec, initContainers: initContainers.map((name) => ({ name })) };
      return { ...own, spec } as KubernetesObject as Resource;
    };
    const matches = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g' }];
    const [known, group] = [
      { ...matches[0]!, name: 'known' },
      {
        apiVersion: 'specs.smi-spec.io/v1alpha4',
        kind: 'HTTPRouteGroup',
        metadata: { name: 'known', namespace: 'curl' },
        spec: { matches: [{ name: 'm', pathRegex: '/get' }] },
      } as KubernetesObject as Resource,
    ];
    // something else is said of it too
    const twice = { ports: [80, 25].map((number) => ({ number, protocol: number === 80 ? 'http' : 'udp' })) };
    const withPolicies = (enableEgressPolicy: boolean) =>
      ({ ...meshConfig(), spec: { featureFlags: { enableEgressPolicy } } }) as Resource;
    const unread = (kind: Resource['kind']): WorldOptions => ({ unreadable: new Set([kind]) });
    type Side = readonly [objects: readonly Resource[], options?: WorldOptions];
    const rows: [what: string, command: string, before: Side, after: Side][] = [
      ['policies that cannot be read', 'http://192.0.2.1/', [[]], [[], unread('Egress')]],
      [
        'routes that cannot be read',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({ matches })]],
        [[policy({ matches })], unread('HTTPRouteGroup')],
      ],
      [
        'routes of which some are missing',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({})], unread('HTTPRouteGroup')],
        [[policy({ matches })], unread('HTTPRouteGroup')],
      ],
      [
        'routes of which some cannot be read, beside others',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({ ...twice, matches: [known] }), group], unread('HTTPRouteGroup')],
        [[policy({ ...twice, matches: [known, ...matches] }), group], unread('HTTPRouteGroup')],
      ],
      ['a MeshConfig that cannot be read', 'http://192.0.2.1/', [[]], [[], unread('MeshConfig')]],
      [
        'that policies count, which cannot be read',
        'http://192.0.2.1/',
        [[withPolicies(true)], unread('Egress')],
        [[withPolicies(false)], unread('Egress')],
      ],
      [
        'that policies count',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({})]],
        [[policy({}), withPolicies(false)]],
      ],
      [
        'a pod without sidecar',
        'http://192.0.2.1/',
        [[pod({})]],
        [[pod({ 'openservicemesh.io/sidecar-injection': 'disabled' })]],
      ],
      [
        'a pod that does not start',
        'http://192.0.2.1/',
        [[pod({})]],
        [[pod({ 'openservicemesh.io/outbound-port-exclusion-list': 'x' })]],
      ],
      [
        'a pod that does not start, and is let through otherwise',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({}), pod({})]],
        [[policy({}), pod({ 'openservicemesh.io/outbound-port-exclusion-list': 'x' })]],
      ],
      ['a pod that waits for a proxy which it lacks', 'http://192.0.2.1/', [[running([])]], [[running(['osm-init'])]]],
      [
        'an excluded port',
        'http://192.0.2.1/',
        [[pod({})]],
        [[pod({ 'openservicemesh.io/outbound-port-exclusion-list': '80' })]],
      ],
      [
        'an excluded range',
        'http://192.0.2.1/',
        [[pod({})]],
        [[pod({ 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/24' })]],
      ],
      [
        'an excluded range of one of two pods',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({}), pod({}), other({})]],
        [[policy({}), pod({}), other({ 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/24' })]],
      ],
      [
        'which of two pods does not start',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [[policy({}), pod(broken(1)), other({})]],
        [[policy({}), other(broken(1)), pod({})]],
      ],
      [
        'which of five pods do not start',
        "curl -H 'Host: a.test' http://192.0.2.1/",
        [
          [
            policy({}),
            podNamed('a', excluding(1)),
            podNamed('b', broken(1)),
            pod(broken(2)),
            other({}),
            third(broken(3)),
          ],
        ],
        [
          [
            policy({}),
            podNamed('a', excluding(1)),
            podNamed('b', broken(1)),
            pod(excluding(2)),
            other({}),
            third(broken(3)),
          ],
        ],
      ],
      [
        'an excluded range of a pod with an address',
        'http://192.0.2.1/',
        [[pod({}, {}, { podIP: '10.1.2.3' })]],
        [[pod({ 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/24' }, {}, { podIP: '10.1.2.3' })]],
      ],
      [
        'a port of the sidecar at the address of the pod',
        'tcp://10.1.2.3:15010',
        [[pod({})]],
        [[pod({}, {}, { podIP: '10.1.2.3' })]],
      ],
      [
        'the same where there is another pod',
        'tcp://10.1.2.3:15010',
        [[other({ 'openservicemesh.io/outbound-port-exclusion-list': '443' })]],
        [[other({ 'openservicemesh.io/outbound-port-exclusion-list': '443' }), pod({}, {}, { podIP: '10.1.2.3' })]],
      ],
      ['an address of the pod', 'http://10.1.2.3/', [[pod({})]], [[pod({}, {}, { podIP: '10.1.2.3' })]]],
      [
        'a port that the pod declares',
        'http://127.0.0.1:8080/',
        [[pod({})]],
        [[pod({}, { ports: [{ containerPort: 8080 }] })]],
      ],
      [
        'which of two pods declares a port',
        'http://127.0.0.1:8080/',
        [[pod({}, declaring), other({})]],
        [[other({}, declaring), pod({})]],
      ],
      [
        'which of three pods declare a port',
        'http://127.0.0.1:8080/',
        [[pod({}, declaring), third({}, declaring), other({})]],
        [[pod({}, declaring), other({}), third({})]],
      ],
      [
        'which of three pods declare none',
        'http://127.0.0.1:8080/',
        [[pod({}, declaring), third({}, declaring), other({})]],
        [[third({}, declaring), pod({}), other({})]],
      ],
      [
        'a probe of the pod',
        'http://127.0.0.1:15902/',
        [[pod({})]],
        [[pod({}, { readinessProbe: { httpGet: { port: 80 } } })]],
      ],
      [
        'which port is excluded',
        'http://192.0.2.1/',
        [[pod({ 'openservicemesh.io/outbound-port-exclusion-list': '443' })]],
        [[pod({ 'openservicemesh.io/outbound-port-exclusion-list': '80' })]],
      ],
      [
        'of which pod which port is excluded',
        'http://192.0.2.1/',
        [[pod({ [EXCLUDED_PORTS]: '80' }), other({ [EXCLUDED_PORTS]: '443' })]],
        [[other({ [EXCLUDED_PORTS]: '80' }), pod({ [EXCLUDED_PORTS]: '443' })]],
      ],
      ['a user', 'http://192.0.2.1/', [[pod({})]], [[pod({}, { securityContext: { runAsUser: 1500 } })]]],
    ];
    for (const [what, command, ...sides] of rows)
      it(what, () => {
        const [one, other] = sides.map(([objects, options]) => simulate(createWorld(objects, options), source));
        isSeen(command, [one!, other!], memory);
      });
    it('that nothing else listens', () => {
      const [any, declared] = [false, true].map((onlyDeclaredPorts) =>
        simulate(createWorld([]), source, { onlyDeclaredPorts }),
      );
      isSeen('http://127.0.0.1:8080/', [any!, declared!], memory);
    });
  });

  it('which protocol a TLS client offers, be it one that curl does not', () => {
    for (const [name, wanted] of [
      ['a.test', 'a.test'],
      ['*.test', '*.test'],
    ]) {
      const match = (protocol: string) => chainMatch(0, [], [name!], [protocol]);
      const target = { filter: 'tcp_proxy', clusters: to('other') } as const;
      const simulation = holding({ named: { match: match('http/1.1') }, more: [chain(443, match('h2c'), { target })] });
      const told = [...classes(spaceOf([simulation]))].flatMap(({ constraints, witness, verdicts }) => {
        const partsOf = (wantedDimension: string) =>
          constraints.find(({ dimension }) => dimension === wantedDimension)?.parts ?? [];
        const isMeant = partsOf('port')[0]?.name === '443' && partsOf('server-name')[0]?.name === wanted;
        return isMeant ? [[partsOf('alpn'), witness.tls!.alpn, verdicts[0]!.verdict]] : [];
      });
      assert.deepEqual(told, [
        [[{ name: 'h2c' }], ['h2c'], 'allowed'],
        [[{ name: 'http/1.1' }], ['h2', 'http/1.1'], 'allowed'],
        [[{ name: 'other', rest: true }], [], 'denied'],
      ]);
    }
    const target = { filter: 'tcp_proxy', clusters: to('other') } as const;
    const match = (protocol: string) => chainMatch(0, [], ['a.test'], [protocol]);
    areLikeTheirClasses(
      holding({ named: { match: match('h2') }, more: [chain(443, match('http/1.1'), { target })] }),
      ['', '--http1.1', '--no-alpn'].map((options) => TLS.replace('curl', `curl ${options}`)),
    );
  });

  describe('what each program makes of a request:', () => {
    const target = { ...http, routeConfigName: 'second' };
    const leading = (cluster: string) => ({ target: { filter: 'tcp_proxy', clusters: to(cluster) } as const });
    const tcp = leading('fixed').target;
    const asks = (source: FieldRef) => ({ ...FIRST, pathRegex: '(', source });
    const second = { virtualHosts: [{ domains: ['a.test'], routes: [asks(ref('theirs'))], source: at }] };
    const [refused, byChance, read, passed, ofHttp2] = [
      holding({
        web: { match: range('192.0.2.0/24') },
        more: [chain(80, range('203.0.113.0/24'), { target })],
        routes: [asks(ref('mine'))],
        second,
      }),
      holding({
        web: { match: range('0.0.0.0/0'), target: tcp },
        more: [chain(80, { serverNames: ['a.test'] }, leading('other'))],
      }),
      holding({}),
      holding({ web: { target: tcp } }),
      holding({ web: { match: chainMatch(0, [], [], ['h2c']) }, more: [chain(80, {}, { target: tcp })] }),
    ] as [Simulation, Simulation, Simulation, Simulation, Simulation];
    const sent = (address: string, line: string) => [address, line.replaceAll('ADDRESS', address)] as const;
    const requests = ['192.0.2.1', '203.0.113.1'].flatMap((address) => [
      sent(address, "curl --resolve '*:80:ADDRESS' http://a.test/put"),
      sent(address, "curl -X FROB --resolve '*:80:ADDRESS' http://a.test/put"),
      sent(address, "curl -0 --resolve '*:80:ADDRESS' http://a.test/put"),
      sent(address, "curl --http2-prior-knowledge --resolve '*:80:ADDRESS' http://b.test/put"),
      sent(address, "curl --resolve '*:80:ADDRESS' https://a.test:80/"),
      sent(address, "curl --resolve '*:80:ADDRESS' https://b.test:80/"),
      sent(address, 'tcp://ADDRESS:80'),
      sent(address, 'tcp://ADDRESS:80 --server-first'),
    ]);
    const rows = Object.entries({
      'routes that are refused': [refused],
      'one that reads it, and one that passes it on': [read, passed],
      'one that reads HTTP/2 only, and one that passes it on': [passed, ofHttp2],
      'one that reads HTTP/2 only': [ofHttp2],
      'one that leads it by chance': [byChance, passed],
    });
    for (const [what, programs] of rows)
      it(what, () => {
        const space = spaceOf(programs, { detail: 'policies' });
        for (const [address, line] of requests) {
          const request = parseTarget(line);
          const { verdicts } = classOf(space, request, parseAddressLiteral(address)!)!;
          programs.forEach((program, index) => {
            const [ofClass, own] = [verdicts[index]!, program.decide(request)].map((one) =>
              outcomeKey(program, one, 'policies'),
            );
            assert.equal(ofClass, own, line);
          });
        }
      });
    it('which kinds of methods it knows', () => {
      const kinds = [...classes(spaceOf([read]))].flatMap(({ constraints }) =>
        constraints.filter(({ dimension }) => dimension === 'method-kind'),
      );
      assert.deepEqual(
        kinds[0]!.all.map(({ name, rest }) => [name, rest]),
        [
          ['usual', undefined],
          ['CONNECT', undefined],
          ['M-SEARCH', undefined],
          ['unknown', true],
        ],
      );
    });
  });

  it('on which of two like ports nobody waits for the client', () => {
    const detectionDisabledPorts = new Map([[3306, at]]);
    const more = [chain(3307, range('192.0.2.0/24'))];
    areLikeTheirClasses(holding({ listener: { detectionDisabledPorts }, more }), [
      SILENT,
      SILENT.replace('3306', '3307'),
    ]);
  });

  it('which of two tables of a port has which hosts', () => {
    const target = { ...http, routeConfigName: 'second' };
    const simulation = holding({
      web: { match: range('192.0.2.0/24') },
      more: [chain(80, range('203.0.113.0/24'), { target })],
      second: { virtualHosts: [{ domains: ['b.test'], routes: [route()], source: at }] },
    });
    const commands = ['192.0.2.1', '203.0.113.1'].flatMap((address) =>
      ['a.test', 'b.test'].map((host) => `curl -H 'Host: ${host}' http://${address}/put`),
    );
    const passing = holding({
      web: { match: range('192.0.2.0/24'), target: { filter: 'tcp_proxy', clusters: to('other') } },
      more: [chain(80, range('203.0.113.0/24'), { target })],
      second: { virtualHosts: [{ domains: ['b.test'], routes: [route()], source: at }] },
    });
    for (const programs of [[simulation], [holding({}), simulation], [holding({}), passing]])
      areLikeTheirClasses(programs, commands);
  });

  it('which protocols TLS offers to each server name, with examples of each', () => {
    const offering = (name: string[], ...protocols: string[]) => chain(443, chainMatch(443, [], name, protocols));
    const named = { match: chainMatch(443, [], ['a.test'], ['h2']) };
    for (const name of [['a.test'], ['*.test']]) {
      const commands = [TLS, TLS.replace('curl', 'curl --http1.1'), TLS.replace('curl', 'curl --no-alpn')];
      areLikeTheirClasses(holding({ named: { match: chainMatch(443, [], name, ['h2']) } }), commands);
      areLikeTheirClasses(holding({ named: { match: chainMatch(443, [], name, ['http/1.1']) } }), commands);
    }
    const examples = (...more: FilterChain[]) =>
      [...classes(spaceOf([holding({ named, more })], { detail: 'policies' }))].flatMap(
        ({ constraints, witness, verdicts }) =>
          constraints.some(({ dimension }) => dimension === 'alpn') && verdicts[0]!.verdict === 'allowed'
            ? [witness.tls!.alpn.join()]
            : [],
      );
    const other = { ...offering(['a.test'], 'http/1.1'), sources: [ref('other')] };
    assert.deepEqual(examples(), ['h2']);
    assert.deepEqual(examples(other), ['h2', 'http/1.1']);
    const alone = { named: { match: chainMatch(443, [], ['a.test'], ['http/1.1']) } };
    const [{ witness, constraints }] = [...classes(spaceOf([holding(alone)]))].filter(({ constraints: all }) =>
      all.some(({ dimension }) => dimension === 'alpn'),
    ) as [RequestClass];
    assert.equal(witness.command, 'curl --resolve a.test:443:203.0.113.254 https://a.test/');
    assert.deepEqual(constraints.at(-1)!.all, [{ name: 'http/1.1' }, { name: 'other', rest: true }]);
  });

  it('which Host it is, where one of the routes asks for it among others', () => {
    const headers = [
      { name: ':authority', regex: 'a.*' },
      { name: 'x-env', regex: 'prod' },
    ];
    const routes = [route({ headers, clusters: to('fixed') }), route({ headers: headers.slice(1) })];
    const simulation = holding({ host: { domains: ['a.test', 'b.test'] }, routes });
    areLikeTheirClasses(simulation, [GET, GET.replace('a.test', 'b.test'), PUT]);
  });

  describe('of two tables of one port the one that a chain names:', () => {
    const target = { ...http, routeConfigName: 'second' };
    const only = { domains: ['a.test'], routes: [route({ pathRegex: '/only', clusters: to('other') })], source: at };
    const leadingIn = (networks: string): Parts => ({
      more: [chain(80, range(networks), { target })],
      second: { virtualHosts: [only] },
    });
    const commands = ['/only', '/else'].map((path) => PUT.replace('/put', path));
    it('of two ranges', () => {
      const elsewhere = commands.map((command) => command.replace('192.0.2.1', '198.51.100.9'));
      areLikeTheirClasses(holding(leadingIn('198.51.100.0/24')), [...commands, ...elsewhere]);
    });
    it('by chance, beside a program without it', () => {
      const byChance = holding(leadingIn('0.0.0.0/0'));
      const passing = holding({ web: { target: { filter: 'tcp_proxy', clusters: to('fixed') } } });
      for (const programs of [[byChance], [byChance, passing], [passing, byChance]])
        areLikeTheirClasses(programs, [GET, ...commands]);
    });
  });

  it('a Host as it is sent to each port of a table', () => {
    const simulation = holding({ more: [chain(8080, {}, { target: http, sources: [ref('other')] })] });
    const examples = [...classes(spaceOf([simulation], { detail: 'policies' }))].flatMap(({ constraints, witness }) =>
      constraints.some(({ dimension, parts }) => dimension === 'host' && parts.some(({ rest }) => rest))
        ? [witness.http!.authority]
        : [],
    );
    assert.deepEqual(new Set(examples), new Set(['example.com', 'example.com:8080']));
  });

  it('of which pods interception leaves a connection alone, where the chain is the same', () => {
    const pods = ['one', 'two'].map(
      (name) =>
        ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name,
            namespace: 'curl',
            annotations:
              name === 'one' ? { 'openservicemesh.io/outbound-ip-range-exclusion-list': '198.51.100.0/24' } : {},
          },
          spec: { serviceAccountName: 'curl' },
        }) as KubernetesObject as Resource,
    );
    const simulation = simulate(createWorld(pods), { namespace: 'curl', serviceAccount: 'curl' });
    areLikeTheirClasses(simulation, [BYTES, BYTES.replace('192.0.2.1', '198.51.100.7')]);
  });

  it('which Host is asked for where interception leaves a connection alone in one of two programs', () => {
    const near = { 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/24' };
    const [redirected, excluded] = [{}, near].map((own) => simulate(createWorld([policy({}), pod(own)]), source));
    areLikeTheirClasses([redirected!, excluded!], [PUT, PUT.replace('//a.', '//b.')]);
  });

  it('the sidecar’s ports at the address of a pod, whichever of the programs and pods has one', () => {
    const address = { podIP: '10.1.2.3' };
    const apart = { 'openservicemesh.io/outbound-port-exclusion-list': '443' };
    const simulated = (...pods: Resource[]) => simulate(createWorld(pods), source);
    const [without, only, one] = [simulated(pod({})), simulated(pod({}, {}, address)), simulated(podNamed('other', apart), pod({}, {}, address))]; // prettier-ignore
    for (const programs of [[only], [without, only], [only, without], [one]])
      areLikeTheirClasses(programs, ['tcp://10.1.2.3:15010', 'tcp://10.1.2.3:7777', 'tcp://192.0.2.1:15010']);
    const names = [...classes(spaceOf([only]))].flatMap(({ constraints }) =>
      constraints.flatMap(({ dimension, parts }) => (dimension === 'address' ? parts.map(({ name }) => name) : [])),
    );
    assert.ok(names.includes('10.1.2.3/32'), names.join());
  });

  it('which of two policies for different addresses refuses a host, where policies count', () => {
    const mine = chain(80, range('198.51.100.0/24'), { target: http, sources: [ref('mine')] });
    const simulation = holding({ web: { match: range('192.0.2.0/24') }, more: [mine] });
    const unknown = PUT.replace('//a.', '//b.');
    areLikeTheirClasses(simulation, [unknown, unknown.replace('192.0.2.1', '198.51.100.9')], 'policies');
  });

  describe('at which of two addresses', () => {
    const [near, far] = ['192.0.2.0/24', '198.51.100.0/24'] as const;
    const holdingBoth = (one: Partial<FilterChain>, other: Partial<FilterChain>) =>
      holding({ named: one, more: [chain(443, {}, other)] });
    const matching = (network: string, ...[names, protocols]: [string[], string[]]) => ({
      match: chainMatch(443, [network], names, protocols),
    });
    const both = (command: string) => [command, command.replace('192.0.2.1', '198.51.100.9')];

    for (const pair of [
      ['a.test', 'b.test'],
      ['*.test', '*.org'],
    ])
      it(`a chain is for ${pair[0]}`, () => {
        const [one, other] = [near, far].map((network, index) => matching(network, [pair[index]!], []));
        areLikeTheirClasses(holdingBoth(one!, other!), both(TLS));
      });
    it('a chain is for a protocol', () => {
      for (const names of [[], ['a.test']]) {
        const [one, other] = [matching(near, names, ['h2']), matching(far, names, ['http/1.1'])];
        areLikeTheirClasses(holdingBoth(one, other), both(TLS.replace('curl', 'curl --http1.1')));
      }
    });
    it('a policy lets a connection through, where policies count', () => {
      for (const protocols of [[], ['h2']]) {
        const [one, other] = [near, far].map((network, index) => ({
          ...matching(network, [], protocols),
          sources: [ref(index === 0 ? 'mine' : 'theirs')],
        }));
        areLikeTheirClasses(holdingBoth(one!, other!), both(TLS), 'policies');
      }
    });
  });

  it('at which of two addresses with like chains for HTTP nobody waits for the client', () => {
    const web = (more: Partial<Listener>): Listener => ({
      ...listening('dialled'),
      defaultFilterChain: chain(0, {}, { target: http }),
      detection: true,
      ...more,
    });
    const bound = new Map([
      ['192.0.2.1:3306', web({ detectionTimeout: null, filterChains: [chain(3307, {})] })],
      ['192.0.2.2:3306', web({ detectionTimeout: 1 })],
    ]);
    areLikeTheirClasses(holding({ bound }), [SILENT, SILENT.replace('2.1', '2.2')]);
  });

  it('whether a name is asked for that one program looks up, where the other reads HTTP', () => {
    const asked: Cluster = { kind: 'dynamic-dns', name: 'asked', port: 80, limits: [null] };
    const lookingUp = holding({
      web: { target: { filter: 'tcp_proxy', clusters: to('asked') } },
      clusters: { asked },
    });
    for (const programs of [
      [lookingUp, holding({})],
      [holding({}), lookingUp],
    ])
      areLikeTheirClasses(programs, [TLS.replace('443', '80').replace('.test', '.test:80'), 'https://192.0.2.1:80/']);
  });

  it('which of two hosts with like routes one of the routes asks for', () => {
    const asked = [
      { name: ':authority', regex: 'a[.]test' },
      { name: 'x-env', regex: 'prod' },
    ];
    const routes = [route({ headers: asked, clusters: to('fixed') }), route({ headers: asked.slice(1) })];
    const both = (of: readonly Route[]) =>
      holding({ routes: of, hosts: [{ domains: ['b.test'], routes: of, source: at }] });
    const simulation = both(routes);
    for (const programs of [[simulation], [simulation, holding({})], [simulation, both([route()])]])
      areLikeTheirClasses(programs, [GET, GET.replace('a.test', 'b.test'), PUT, PUT.replace('a.test', 'b.test')]);
  });

  it('which of two hosts with like routes looks at the query', () => {
    const clusters = to('fixed');
    const path = (pathRegex: string) => route({ pathRegex, clusters });
    const whole = (regex: string) => route({ headers: [{ name: ':path', regex }], clusters });
    const simulation = holding({
      routes: [whole('/get'), path('/put')],
      hosts: [{ domains: ['b.test'], routes: [path('/get'), whole('/put')], source: at }],
    });
    const asked = GET.replace('/get', '/get?x');
    areLikeTheirClasses(simulation, [asked, asked.replace('a.test', 'b.test')]);
  });
});

/** Has each of the requests the outcomes of its class, and two of them different ones? */
function areLikeTheirClasses(
  held: Simulation | readonly Simulation[],
  commands: readonly string[],
  detail: Memory['detail'] = 'outcome',
): void {
  const programs: readonly Simulation[] = 'decide' in held ? [held] : held;
  const space = spaceOf(programs, { detail });
  const outcomes = commands.map((command) => {
    const request = parseTarget(command);
    const { host } = request.dial;
    const address = parseAddressLiteral(host) ? host : '192.0.2.1';
    const found = classOf(space, request, parseAddressLiteral(address)!)!;
    return programs.map((program, index) => {
      const [ofClass, own] = [found.verdicts[index]!, program.decide(request)].map((one) =>
        outcomeKey(program, one, detail),
      );
      assert.equal(ofClass, own, command);
      return own;
    });
  });
  assert.ok(new Set(outcomes.map(String)).size > 1);
}
