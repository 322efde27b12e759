import type { Egress, Namespace, Resource, ServiceAccount, TrafficTarget } from '../../../src/lib/resources/types.js';
import { egress, meshConfig, namespace, routeGroup, source, toGroup, toSetting } from '../../egress/support.js';
import { list, mesh, pod, service, set, split, traffic } from './trap-examples.js';

/** The pod and the policies of another source than curl/curl. */
const [curl, other] = [source('curl'), source('other')];
const both = [curl, other];

const db = (...ipAddresses: string[]) => egress('db', '5432/tcp-server-first', { ipAddresses });
const tls = (name: string, ...hosts: string[]) => egress(name, '443/https', { hosts });
const within = (name: string, host: string, range: string, sources = [curl]) =>
  egress(name, '443/https', { hosts: [host], ipAddresses: [range], sources });

/** Hosts that are odd, or look so. */
const hosts = [
  'HTTPS://a.com/x?y',
  'https://b.com:8443/x',
  'https://c.com#x',
  'https://kept.com',
  'kept.com',
  '1http://a.com',
  'http://',
  'http://*.d.com',
  'a.com:80',
  'kept.com:80',
  'a..com:80',
  'a.com:80x',
  '/a.com:80',
  'e.com.',
  'kept.com.',
  '2001:db8::1',
  '192.0.2.1',
  '.f.com',
  '..f.com',
  '.f..com',
];

const own = (name: string): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'curl' },
});

function allowing(kind: string, group: string, from: readonly string[] = []): TrafficTarget {
  return {
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: 'in', namespace: 'curl' },
    spec: {
      destination: { kind: 'ServiceAccount', name: 'curl', namespace: 'curl' },
      sources: from.map((name) => source(name)),
      rules: [{ kind, name: group }],
    },
  };
}

function renamed(name: string, objects: readonly Resource[]): Resource[] {
  return objects.map((object) =>
    object.kind === 'Egress' || object.kind === 'UpstreamTrafficSetting'
      ? ({
          ...object,
          metadata: { ...object.metadata, name },
          ...(object.kind === 'Egress' && { spec: { ...object.spec, matches: [toSetting(name)] } }),
        } as Resource)
      : object,
  );
}

/** All of IPv4 but the loopback network and 0.0.0.0. */
const nearlyAll = [
  ...Array.from(
    { length: 24 },
    (_, bit) => `0.${[16, 8, 0].map((shift) => ((1 << bit) >> shift) & 255).join('.')}/${32 - bit}`,
  ),
  ...['1.0.0.0/8', '2.0.0.0/7', '4.0.0.0/6', '8.0.0.0/5', '16.0.0.0/4', '32.0.0.0/3', '64.0.0.0/3', '96.0.0.0/4'],
  ...['112.0.0.0/5', '120.0.0.0/6', '124.0.0.0/7', '126.0.0.0/8', '128.0.0.0/1'],
];

const tooManyStates = routeGroup('large', { name: 'one', pathRegex: '/[ab]*a[ab]{14}', methods: ['GET'] });
const undecided = (name: string, ports: string) => egress(name, ports, { hosts: [name], matches: [toGroup('large')] });

/** Nothing is applied to the pod of curl/curl that has no sidecar; the other one has it. */
function injected(name: string, on: boolean): Resource {
  return named(name, pod({ 'openservicemesh.io/sidecar-injection': on ? 'enabled' : 'disabled' }));
}

function named<O extends Resource>(name: string, { metadata, ...rest }: O): O {
  return { ...rest, metadata: { ...metadata, name } } as unknown as O;
}

function withoutNamespace<O extends Egress | Namespace>({ metadata: { name }, ...rest }: O): O {
  return { ...rest, metadata: { name } } as O;
}

const restricted = routeGroup('routes', { name: 'get', pathRegex: '/get' });

/** Sets of objects beside those of the pages and the traps: neighbours of what the rules find, and several findings at once. */
export const moreExamples: Readonly<Record<string, readonly (readonly Resource[])[]>> = {
  'odd hosts, by what their ports are': [
    '80/http',
    '443/https',
    '443/HTTPS',
    '5432/tcp',
    '80/http,5432/tcp',
    '80/HTTP',
  ].map((ports) => [egress('odd', ports, { hosts })]),
  'hosts that lead back into the pod, or not': ['80/http', '443/https', '80/http,443/https'].map((ports) => [
    egress('near', ports, {
      hosts: [
        'x.localhost',
        'LOCALHOST.',
        'localhost.com',
        'notlocalhost',
        '127.0.0.2',
        '192.0.2.1',
        '::1',
        '0.0.0.0',
        '::',
      ],
    }),
  ]),
  'hosts that are addresses, on other ports as well': ['443/https,5432/tcp', '80/http'].map((ports) => [
    egress('address', ports, { hosts: ['192.0.2.1', '::ffff:192.0.2.2', '2001:db8::1', 'a.com'] }),
  ]),
  'any server name': [
    [egress('one', '443/https', { hosts: ['a.com', ''] })],
    [egress('one', '443/https', { hosts: ['', 'a.com'], ipAddresses: ['192.0.2.0/24'] })],
    [egress('one', '443/https', { ipAddresses: ['192.0.2.0/24'] })],
  ],
  'what is not taken away, because another port needs it': [
    [egress('one', '80/http,443/https', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
    [egress('one', '443/https,5432/tcp', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
    [egress('one', '80/http,443/https', { hosts: ['a.com'], matches: [toGroup('routes')] }), restricted],
  ],
  'several refusals of a kind': [
    [
      ...renamed('one', set(tls('one', 'a.com'), { tcp: { connectTimeout: '0s' } })),
      ...renamed('two', set(egress('two', '80/http', { hosts: ['a.com'] }), { tcp: { connectTimeout: '0s' } })),
    ],
    [egress('one', '443/https', { hosts: ['a.com', 'a.com'] }), tls('two', 'a.com'), tls('three', 'a.com')],
    [
      ...['one', 'two'].map((name) =>
        egress(name, '443/https', { hosts: ['a.com', 'b.com', 'b.com'].slice(name === 'one' ? 0 : 2) }),
      ),
      egress('three', '8443/https', { hosts: ['a.com', 'a.com'] }),
      egress('four', '8443/https', { hosts: ['a.com'] }),
    ],
    [
      egress('one', '80/http,8080/http', { hosts: ['a.com', 'a.com'] }),
      egress('two', '80/HTTP,443/https', { hosts: ['b.com', 'b.com.'] }),
    ],
    [
      ...renamed('one', set(tls('one', 'a.com'), { tcp: { connectTimeout: '0s' } })),
      tls('two', 'b.com'),
      ...renamed('three', set(egress('three', '8443/https', { hosts: ['a.com'] }), { tcp: { connectTimeout: '0s' } })),
      egress('four', '8443/https', { hosts: ['b.com'] }),
    ],
    [443, 8443].flatMap((port) => [
      egress(`twice-${port}`, `${port}/https`, { hosts: ['a.com', 'b.com', 'b.com'] }),
      egress(`once-${port}`, `${port}/https`, { hosts: ['a.com'] }),
    ]),
  ],
  'refusals of proxies that no policy is about': [
    mesh(...service('root', {}, '10.1.0.1'), split('root', ['none', 1])),
    [
      traffic({ enablePermissiveTrafficPolicyMode: false }),
      namespace('curl'),
      ...service('root', {}, '10.1.0.1'),
      split('root', ['none', 1]),
      pod({}),
      allowing('HTTPRouteGroup', 'routes', ['caller']),
      restricted,
    ],
    [
      traffic({ enablePermissiveTrafficPolicyMode: false }),
      namespace('curl'),
      ...service('root', {}, '10.1.0.1'),
      split('root', ['none', 1]),
    ],
    mesh(
      tls('one', 'a.com'),
      named('other-0', pod({}, { serviceAccountName: 'other' })),
      ...service('root', {}, '10.1.0.1'),
      split('root', ['none', 1]),
    ),
  ],
  'one port of two is out of the mesh': [
    [egress('one', '80/http,443/https', { hosts: ['a.com'] }), list('port-exclusion-list', '443')],
    [
      egress('one', '80/http', { hosts: ['a.com'] }),
      named('plain', pod({})),
      injected('bare', false),
      list('port-exclusion-list', '80'),
    ],
    [
      egress('one', '443/https', { hosts: ['a.com'], ipAddresses: ['10.1.0.0/16'] }),
      traffic({ outboundPortExclusionList: [443], outboundIPRangeExclusionList: ['10.0.0.0/8'] }),
      injected('bare', false),
    ],
  ],
  'ranges in and out of the mesh': [
    [
      db('10.1.0.0/16', '11.0.0.0/8', '12.1.0.0/16', '8.0.0.0/6'),
      list('ip-range-inclusion-list', '10.0.0.0/8,12.0.0.0/8'),
    ],
    [
      db('10.1.0.0/16', '10.0.0.0/7', '300.1.1.1/24', '2001:db8::192.0.2.0/99', '11.0.0.0/8'),
      list('ip-range-exclusion-list', '9.0.0.0/8,10.0.0.0/8'),
    ],
    [db('10.1.0.0/16'), list('ip-range-inclusion-list', '10.0.0.0/8,0.0.0.0/0')],
    [
      egress('one', '80/http,5432/tcp', { hosts: ['a.com'], ipAddresses: ['10.1.0.0/16'] }),
      list('ip-range-inclusion-list', '10.0.0.0/8'),
    ],
    [tls('one', 'a.com'), list('ip-range-inclusion-list', '128.0.0.0/1')],
    [tls('one', 'a.com'), list('ip-range-exclusion-list', '0.0.0.0/1')],
    [db('10.1.0.0/16', '12.0.0.0/8'), named('plain', pod({})), list('ip-range-exclusion-list', '10.0.0.0/8')],
    [tls('one', 'a.com'), list('ip-range-inclusion-list', '10.0.0.0/8,0.0.0.0/0')],
    [db('10.1.0.0/16', '11.0.0.0/8', '2001:db8::192.0.2.0/99'), list('ip-range-inclusion-list', '10.0.0.0/8')],
    [tls('one', 'a.com'), list('ip-range-exclusion-list', '0.0.0.0/0,10.0.0.0/08')],
    [db('10.1.0.0/16', '10.2.0.0/16'), list('ip-range-exclusion-list', '10.0.0.0/8')],
  ],
  'pods that the proxy is passed by in': [
    [tls('one', 'a.com'), injected('one', true), injected('two', false), injected('three', false)],
    [tls('one', 'a.com'), traffic({ networkInterfaceExclusionList: ['eth1'] })],
    [
      tls('one', 'a.com'),
      injected('one', true),
      { ...pod({}, { containers: [{ name: 'app' }] }), status: { phase: 'Running' } },
    ],
    [
      tls('one', 'a.com'),
      traffic({ networkInterfaceExclusionList: ['eth0'] }),
      pod({}),
      named('another', list('port-exclusion-list', '81')),
    ],
    [
      tls('one', 'a.com'),
      traffic({ networkInterfaceExclusionList: ['an-interface-too-long'] }),
      pod({}),
      named('another', list('port-exclusion-list', '81')),
    ],
  ],
  'ranges that are every address, or nearly': [
    [egress('db', '3306/tcp', { ipAddresses: ['0.0.0.0/1', '128.0.0.0/1'] })],
    [egress('db', '3306/tcp', { ipAddresses: nearlyAll })],
    [egress('db', '3306/tcp', { ipAddresses: nearlyAll.slice(0, -1) })],
    [egress('db', '3306/tcp', { ipAddresses: ['0.0.0.0/1', '128.0.0.0/1', '0.0.0.0/0'] })],
    [egress('db', '443/https', { hosts: ['a.com'], ipAddresses: ['0.0.0.0/1', '128.0.0.0/1'] })],
    [egress('db', '3306/tcp', { ipAddresses: ['0.0.0.0/1', '128.0.0.0/2'] })],
    [egress('db', '443/https', { ipAddresses: ['0.0.0.0/1', '128.0.0.0/1'] })],
    [
      egress('db', '80/http,443/https', {
        ipAddresses: ['0.0.0.0/1', '128.0.0.0/1'],
        hosts: ['a.com'],
        matches: [toGroup('routes')],
      }),
      restricted,
    ],
  ],
  '`0.0.0.0/0` beside other chains': [
    [tls('one', 'a.com'), egress('two', '443/https', { hosts: ['b.com'], ipAddresses: ['0.0.0.0/0'] })],
    [
      egress('one', '443/http', { hosts: ['a.com'] }),
      egress('two', '443/https', { hosts: ['b.com'], ipAddresses: ['0.0.0.0/0'] }),
    ],
    [within('one', 'a.com', '10.0.0.0/8'), within('two', 'b.com', '0.0.0.0/0')],
    [within('one', 'a.com', '10.0.0.0/8'), within('two', 'b.com', '0.0.0.0/0'), tls('three', 'c.com')],
    [tls('one', 'a.com'), egress('two', '8443/https', { hosts: ['b.com'], ipAddresses: ['0.0.0.0/0'] })],
  ],
  'what is said of some sources only': [
    [egress('two', '443/https', { hosts: ['b.com'], sources: both }), within('one', 'a.com', '192.0.2.0/24')],
    [egress('two', '443/https', { hosts: ['b.com'], sources: both }), within('one', 'a.com', '192.0.2.0/24', both)],
    [egress('one', '443/https', { hosts: ['a.com'], sources: both }), tls('wide', '*.com')],
    [
      egress('one', '443/https', { hosts: ['a.com'], sources: both }),
      egress('wide', '443/https', { hosts: ['*.com'], sources: both }),
    ],
    [
      egress('one', '443/https', { hosts: ['a.com'], sources: both }),
      db('192.0.2.0/24'),
      egress('first', '443/tcp-server-first', { ipAddresses: ['192.0.2.0/24'] }),
    ],
    [
      egress('one', '80/http', { hosts: ['a.com'], sources: both }),
      list('port-exclusion-list', '80'),
      named('other-0', pod({}, { serviceAccountName: 'other' })),
    ],
    [
      egress('one', '443/https', { hosts: ['a.com'], sources: [curl, source('user', 'elsewhere')] }),
      namespace('curl'),
      namespace('elsewhere', false),
    ],
    [egress('one', '443/https', { hosts: ['a.com'], sources: both }), own('curl')],
    [egress('one', '443/https', { hosts: ['a.com'], sources: both }), own('curl'), own('other')],
    [egress('one', '443/https', { hosts: ['a.com'], sources: [curl, source('dns', 'kube-system')] })],
  ],
  'what makes a policy useless is told once': [
    [egress('one', '80/http', { hosts: ['localhost'] })],
    [tls('one', '192.0.2.1')],
    [db('192.0.2.0/24'), list('ip-range-exclusion-list', '192.0.2.0/24')],
    [tls('one', 'a.com'), list('ip-range-exclusion-list', '0.0.0.0/0')],
    [tls('one', 'a.com'), list('port-exclusion-list', '443')],
    [egress('one', '443/https', { hosts: ['a.com'], ipAddresses: ['2001:db8::192.0.2.0/99'] }), tls('two', 'a.com')],
  ],
  'groups that nothing uses': [
    [egress('one', '80/http', { hosts: ['a.com'], matches: [toSetting('routes')] }), restricted, namespace('curl')],
    [allowing('HTTPRouteGroup', 'routes'), restricted],
    [allowing('TCPRoute', 'routes'), restricted],
    [
      allowing('HTTPRouteGroup', 'bad'),
      routeGroup('bad', { name: 'one', pathRegex: '(' }, { name: 'two', headers: [{ 'x-a': '(' }] }),
    ],
  ],
  'what cannot be decided': [
    [undecided('one', '80/http'), tls('two', 'a.com'), tooManyStates],
    [undecided('one', '80/http,443/https'), tooManyStates],
    [undecided('one', '443/https,80/http'), egress('two', '80/http', { hosts: ['b.com'] }), tooManyStates],
  ],
  'settings of clusters': [
    set(egress('web', '80/http', { hosts: ['a.com', 'b.com'] }), { http: { maxRequests: 0 } }),
    set(egress('web', '80/http,443/https', { hosts: ['a.com'] }), { tcp: { maxConnections: 0 } }),
    set(tls('tls', 'a.com'), { tcp: { maxConnections: 1 } }),
    [
      ...set(tls('tls', 'a.com'), { tcp: { maxConnections: 0 } }),
      ...renamed('second', set(tls('second', 'b.com'), { tcp: { maxConnections: 0 } })),
    ],
  ],
  'routes that others make wider': [
    [
      egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('s'), toGroup('routes')] }),
      ...set(tls('tls', 'z.com'), { tcp: { maxConnections: 5 } }),
      restricted,
      egress('two', '80/tcp', { ipAddresses: ['192.0.2.0/24'] }),
    ],
    [egress('web', '80/http', { hosts: ['a.com'] }), egress('two', '80/tcp', { ipAddresses: ['192.0.2.0/24'] })],
    [
      egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('routes')] }),
      restricted,
      traffic({ enableEgress: true }),
    ],
    [
      egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('routes')] }),
      egress('other', '80/http', { hosts: ['b.com'], matches: [toGroup('routes')] }),
      restricted,
      egress('two', '80/tcp', { ipAddresses: ['192.0.2.0/24'] }),
      egress('three', '80/tcp', { ipAddresses: ['198.51.100.0/24'] }),
    ],
  ],
  'without a namespace it is the default one': [
    [withoutNamespace(egress('one', '443/https', { hosts: ['a.com'] })), namespace('default', false)],
    [meshConfig({ featureFlags: {} }), withoutNamespace(egress('one', '443/https', { hosts: ['a.com'] }))],
  ],
};
