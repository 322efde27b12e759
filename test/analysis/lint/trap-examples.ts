import type {
  Egress,
  EndpointAddress,
  Endpoints,
  HTTPMatch,
  MeshConfig,
  Namespace,
  Pod,
  Resource,
  Service,
  UpstreamTrafficSetting,
} from '../../../src/lib/resources/types.js';
import { egress, meshConfig, namespace, routeGroup, source, toGroup, toSetting } from '../../egress/support.js';

type Limits = NonNullable<UpstreamTrafficSetting['spec']['connectionSettings']>;

const web = egress('web', '80/http', { hosts: ['a.com'] });
const tls = egress('tls', '443/https', { hosts: ['a.com'] });

const db = (...ipAddresses: string[]) => egress('db', '5432/tcp-server-first', { ipAddresses });

/** A policy whose clusters have these settings. */
export function set({ metadata, spec, ...rest }: Egress, connectionSettings: Limits): Resource[] {
  return [
    { ...rest, metadata, spec: { ...spec, matches: [toSetting('s')] } },
    {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name: 's', namespace: 'curl' },
      spec: { host: 'a.com', connectionSettings },
    },
  ];
}

export function traffic(lists: NonNullable<NonNullable<MeshConfig['spec']>['traffic']>): MeshConfig {
  return meshConfig({ traffic: lists });
}

export function pod(annotations: Record<string, string>, spec: Pod['spec'] = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl-0', namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', ...spec },
  };
}

export const list = (name: string, value: string) => pod({ [`openservicemesh.io/outbound-${name}`]: value });

/** A policy whose routes are these. */
const routed = (...matches: HTTPMatch[]): Resource[] => [
  egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('routes')] }),
  routeGroup('routes', ...matches),
];

const withHeaders = (...headers: Record<string, string>[]) => routed({ name: 'one', headers });

interface Served {
  readonly port?: number;
  readonly name?: string;
  readonly appProtocol?: string;
  readonly clusterIP?: string;
}

/** A service of the mesh, with endpoints. */
export function service(
  name: string,
  { port = 80, name: portName, appProtocol, clusterIP = '10.0.0.1' }: Served,
  ...ips: string[]
) {
  const metadata = { name, namespace: 'curl' };
  const ports = [{ name: portName ?? 'p', port, ...(appProtocol && { appProtocol }) }];
  const addresses: EndpointAddress[] = ips.map((ip) => ({ ip }));
  const one: Service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP, ports } };
  return [one, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses, ports }] }] as Resource[];
}

export function split(root: string, ...backends: [service: string, weight: number][]): Resource {
  return {
    apiVersion: 'split.smi-spec.io/v1alpha2',
    kind: 'TrafficSplit',
    metadata: { name: root, namespace: 'curl' },
    spec: { service: root, backends: backends.map(([name, weight]) => ({ service: name, weight })) },
  };
}

export const mesh = (...more: Resource[]): Resource[] => [
  traffic({ enablePermissiveTrafficPolicyMode: true }),
  namespace('curl'),
  ...more,
];

/** A policy of a pod, and a Service that leads to the pod. @param told the ports that its Endpoints name */
function ownService(...told: { readonly name: string; readonly port: number }[]): Resource[] {
  const [own, { subsets, ...endpoints }] = service('own', {}, '10.1.0.9') as [Service, Endpoints];
  const one = pod({});
  return [
    web,
    { ...one, metadata: { ...one.metadata, labels: { app: 'curl' } } },
    { ...own, spec: { ...own.spec, selector: { app: 'curl' } } },
    { ...endpoints, subsets: subsets!.map((subset) => ({ ...subset, ports: told })) },
  ];
}

/** All of the weight goes to where nothing is. */
const splitToNothing = mesh(
  web,
  ...service('root', {}, '10.1.0.1'),
  ...service('a', { clusterIP: '10.0.0.2' }, '10.1.0.2'),
  split('root', ['a', 0]),
);

function injection(value: string): Namespace {
  const { metadata, ...rest } = namespace('curl');
  return { ...rest, metadata: { ...metadata, annotations: { 'openservicemesh.io/sidecar-injection': value } } };
}

/** Sets of objects that fall into the traps of docs/traps.md, by the words of docs/egress-semantics.md that its table quotes. */
export const trapExamples: Readonly<Record<string, readonly (readonly Resource[])[]>> = {
  // 0
  'Fields that are absent are false or empty': [[web, meshConfig({ featureFlags: {} })]],
  'A namespace is _monitored_ when its label `openservicemesh.io/monitored-by` is the mesh name': [
    [web, namespace('curl', false)],
  ],
  'A source is a ServiceAccount': [
    [egress('web', '443/https', { hosts: ['a.com'], sources: [] })],
    [web, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'other', namespace: 'curl' } }],
  ],
  // 1
  'does not limit numbers, so `10.0.0.0/33`': [[db('10.0.0.0/33')]],
  '`300.1.1.1/24`': [[db('300.1.1.1/24', '192.0.2.0/24')]],
  'IPv6 addresses with a dotted tail (`2001:db8::192.0.2.0/99`) are admitted': [[db('2001:db8::192.0.2.0/99')]],
  'A header item of an HTTPRouteGroup is a map of exactly one key': [withHeaders({ 'x-a': '1', 'x-b': '2' })],
  'The webhook refuses an Egress whose `matches` have an unknown apiGroup, a kind that does not belong to it, or more than one UpstreamTrafficSetting':
    [
      [
        egress('web', '80/http', {
          hosts: ['a.com'],
          matches: [{ ...toGroup('r'), apiGroup: 'specs.smi-spec.io/v1' }],
        }),
      ],
      [egress('web', '80/http', { hosts: ['a.com'], matches: [{ ...toGroup('r'), kind: 'UpstreamTrafficSetting' }] })],
      [egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('a'), toSetting('b')] })],
    ],
  'The injector refuses a pod with an invalid value in one of the annotations of §2': [
    [web, namespace('curl'), list('port-exclusion-list', 'https')],
  ],
  'Nothing refuses a TrafficSplit (§3.4) or an UpstreamTrafficSetting (§3.5) that takes everything down': [
    splitToNothing,
    set(web, { tcp: { connectTimeout: '0s' } }),
  ],
  'a `connectTimeout` that Go cannot read': [set(web, { tcp: { connectTimeout: 'soon' } })],
  // 2
  "the loopback network, or the pod's own address: direct": [[egress('web', '80/http', { hosts: ['127.0.0.1'] })]],
  "a process of user 1500, which is Envoy's": [[web, pod({}, { securityContext: { runAsUser: 1500 } })]],
  'an outgoing interface of `networkInterfaceExclusionList`: direct': [
    [web, traffic({ networkInterfaceExclusionList: ['eth0'] })],
    [web, traffic({ networkInterfaceExclusionList: ['eth+'] })],
  ],
  "an excluded range, of the pod's annotation or of MeshConfig: direct": [
    [db('10.1.0.0/16'), list('ip-range-exclusion-list', '10.0.0.0/8')],
    [db('10.1.0.0/16'), traffic({ outboundIPRangeExclusionList: ['10.0.0.0/8'] })],
  ],
  'an excluded port, of either: direct': [
    [web, list('port-exclusion-list', '80')],
    [web, traffic({ outboundPortExclusionList: [80] })],
  ],
  'redirected inside, direct outside': [
    [web, list('ip-range-inclusion-list', '10.0.0.0/8')],
    [web, traffic({ outboundIPRangeInclusionList: ['10.0.0.0/8'] })],
  ],
  'A pod that runs shows whether it has a sidecar': [
    [web, { ...pod({}, { containers: [{ name: 'app' }] }), status: { phase: 'Running' } }],
  ],
  'A pod without sidecar (namespace not monitored or ignored, injection off, host network, `kube-system` and the like) is never intercepted':
    [[web, injection('disabled')]],
  'Some lists pass admission and yet do not load into iptables, so that the pod never starts': [
    [web, list('port-exclusion-list', Array.from({ length: 16 }, (_, index) => 1000 + index).join())],
    [web, list('port-exclusion-list', '65536')],
    [web, traffic({ outboundIPRangeExclusionList: ['10.0.0.0/08'] })],
    ...['', 'eth 0', 'a-very-long-name'].map((name) => [web, traffic({ networkInterfaceExclusionList: [name] })]),
  ],
  'an IPv6 range, but for an IPv4-mapped one': [[web, traffic({ outboundIPRangeExclusionList: ['2001:db8::/32'] })]],
  'A prefix length of 0 means every address, whatever stands before it (`::/0`)': [
    [web, list('ip-range-exclusion-list', '::/0')],
    [web, list('ip-range-exclusion-list', '192.0.2.0/0')],
  ],
  // 3.1
  'the egress chains (§3.2) if `enableEgressPolicy`': [
    [web, meshConfig({ featureFlags: { enableEgressPolicy: false } })],
  ],
  'a default chain to the original destination if `enableEgress`': [[web, traffic({ enableEgress: true })]],
  'are off for each port _number_ that a policy of the source or a reachable service declares `tcp-server-first`': [
    [tls, egress('db', '443/tcp-server-first', { ipAddresses: ['192.0.2.0/24'] })],
    mesh(tls, ...service('db', { port: 443, appProtocol: 'tcp-server-first' }, '10.1.0.1')),
  ],
  // 3.2
  'listed twice, it counts twice': [
    [egress('web', '443/https', { hosts: ['a.com'], sources: [source('curl'), source('curl')] })],
  ],
  'It is dropped when it names an UpstreamTrafficSetting that its namespace does not have': [
    [egress('web', '80/http', { hosts: ['a.com'], matches: [toSetting('none')] })],
  ],
  'plain HTTP (`http/1.0`, `http/1.1`, `h2c`); neither hosts nor ranges': [
    [egress('web', '80/http')],
    [egress('web', '80/http', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
  ],
  'SNI in `hosts` (any without hosts), address in `ipAddresses` (any without ranges)': [[egress('web', '443/https')]],
  'port, address in `ipAddresses`; not hosts': [
    [egress('web', '5432/tcp-server-first', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
    [egress('web', '5432/tcp-server-first')],
  ],
  'anything else': [[egress('web', '53/udp', { hosts: ['a.com'] })]],
  'The chain itself wants the protocol in lower case': [
    [egress('web', '80/HTTP', { hosts: ['a.com'] })],
    [egress('web', '443/Https', { hosts: ['a.com'] })],
  ],
  'A range that does not parse is left out, and a chain without ranges matches every address': [
    [db('10.0.0.0/33', '300.1.1.1/24')],
  ],
  'One of IPv6 does parse: its chain matches that network, so that no IPv4 connection finds it': [
    [db('64:ff9b::192.0.2.0/96')],
  ],
  'When one of such twins repeats an entry and the other does not, it is left to chance which one is kept': [
    [egress('one', '443/https', { hosts: ['a.com', 'b.com', 'b.com'] }), tls],
  ],
  'An empty `http` host leads to the address dialled': [[egress('web', '80/http', { hosts: [''] })]],
  // 3.3
  'with references it has the routes of those groups': [routed()],
  "looked up in the policy's namespace, and a missing group adds none": [
    [egress('web', '80/http', { hosts: ['a.com'], matches: [toGroup('none')] })],
  ],
  'regexes are RE2 and match in full': [routed({ name: 'one', pathRegex: 'get' })],
  'The path is as sent, without query': [routed({ name: 'one', pathRegex: '/get[?]x=.*' })],
  // 3.4
  'As written, only `tcp-server-first` turns detection off': [
    mesh(tls, ...service('db', { port: 443, name: 'tcp-server-first-x' }, '10.1.0.1')),
  ],
  'IPv6 addresses are written with `/32`, so that two of one such network on one port make a duplicate': [
    mesh(web, ...service('a', { clusterIP: '2001:db8::1' }), ...service('b', { clusterIP: '2001:db8::2' })),
  ],
  'of which no backend counts, or whose weights sum to 0: the routes of every port': [
    splitToNothing,
    mesh(web, ...service('root', {}, '10.1.0.1'), split('root', ['none', 1])),
  ],
  'a TCP root with two or more backends that count, one of them with weight 0: the listener': [
    mesh(
      web,
      ...service('root', { port: 90, appProtocol: 'tcp' }, '10.1.0.1'),
      ...service('a', { port: 90, appProtocol: 'tcp', clusterIP: '10.0.0.2' }, '10.1.0.2'),
      ...service('b', { port: 90, appProtocol: 'tcp', clusterIP: '10.0.0.3' }, '10.1.0.3'),
      split('root', ['a', 0], ['b', 1]),
    ),
  ],
  // 3.5
  '`maxConnections: 0` closes tcp and https, `maxRequests: 0` makes http 503, `maxPendingRequests: 0` does both': [
    set(tls, { tcp: { maxConnections: 0 } }),
    set(web, { http: { maxRequests: 0 } }),
    set(web, { http: { maxPendingRequests: 0 } }),
    set(tls, { http: { maxPendingRequests: 0 } }),
  ],
  'share a cluster (all tcp and https policies of a port do), one of the settings is kept by chance': [
    [...set(tls, { tcp: { maxConnections: 0 } }), egress('other', '443/https', { hosts: ['b.com'] })],
  ],
  // 4
  'two entries match the same port, network (of either family), SNI (without case, and `.x` is `*.x`) and protocol, in two chains or in one':
    [
      [tls, egress('two', '443/https', { hosts: ['b.com', 'A.com'] })],
      [egress('one', '443/https', { hosts: ['*.a.com'] }), egress('two', '443/https', { hosts: ['.a.com', 'b.com'] })],
      [db('192.0.2.0/24', '192.0.2.1/24')],
      [db('192.0.2.0/24'), egress('two', '5432/tcp', { ipAddresses: ['192.0.2.0/24'] })],
      [db('::192.0.2.0/24'), egress('two', '5432/tcp', { ipAddresses: ['::198.51.100.0/24'] })],
      [egress('one', '443/https'), egress('two', '443/tcp')],
    ],
  'an SNI with a wildcard other than a leading `*.`': ['*', '*a.com', 'api-*.a.com', 'a.*'].map((host) => [
    egress('one', '443/https', { hosts: [host] }),
  ]),
  "a port of a Service that selects the pod, whose Endpoints do not tell the pod's port": [
    [...ownService({ name: 'a', port: 81 }, { name: 'b', port: 82 }), namespace('curl')],
  ],
  'a domain twice (without case)': [
    [web, egress('two', '80/http', { hosts: ['A.com'] })],
    [egress('one', '80/http', { hosts: ['a.com', 'a.com:80'] })],
    [egress('one', '80/http,80/http', { hosts: ['a.com'] })],
    [egress('one', '80/http', { hosts: ['a.com'], sources: [source('curl'), source('curl')] })],
  ],
  'a regex that RE2 does not take, or whose program is larger than 100': [
    routed({ name: 'one', pathRegex: '/(?!admin).*' }),
    routed({ name: 'one', pathRegex: '/a{1001}' }),
    routed({ name: 'one', pathRegex: '/[0-9a-z-]{60}' }),
  ],
  'Routes of other HTTP ports arrive in the same update, and it is left to chance whether they take effect': [
    [...routed({ name: 'one', pathRegex: '(' }), egress('other', '8080/http', { hosts: ['b.com'] })],
  ],
  "those that lead _into_ the source's own services are in the same update": [
    [
      ...ownService({ name: 'p', port: 80 }),
      traffic({ enablePermissiveTrafficPolicyMode: false }),
      routeGroup('routes', { name: 'one', pathRegex: '(?!x)' }),
      {
        apiVersion: 'access.smi-spec.io/v1alpha3',
        kind: 'TrafficTarget',
        metadata: { name: 'in', namespace: 'curl' },
        spec: {
          destination: { kind: 'ServiceAccount', name: 'curl', namespace: 'curl' },
          sources: [{ kind: 'ServiceAccount', name: 'web', namespace: 'curl' }],
          rules: [{ kind: 'HTTPRouteGroup', name: 'routes', matches: ['one'] }],
        },
      },
    ],
  ],
  'a header with an empty regex or without a name': [withHeaders({ 'x-a': '' }), withHeaders({ '': 'x' })],
  'a line break in a host or a header name': [
    [egress('web', '80/http', { hosts: ['a.com\n'] })],
    withHeaders({ 'x\na': 'x' }),
  ],
  'a `connectTimeout` of zero or less in a setting that an applied policy names': [
    set(web, { tcp: { connectTimeout: '0s' } }),
    set(tls, { tcp: { connectTimeout: '-1s' } }),
  ],
  // 5
  'A sieve without a way back': [
    [
      egress('one', '443/https', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] }),
      egress('two', '443/https', { hosts: ['b.com'] }),
    ],
  ],
  'longest range that contains the address, else chains without range': [
    [...routed({ name: 'get', pathRegex: '/get' }), egress('two', '80/tcp', { ipAddresses: ['192.0.2.0/24'] })],
  ],
  "protocol (ALPN in the client's order, or what the HTTP inspector saw), else chains without": [
    [egress('one', '443/http', { hosts: ['a.com'] })],
    [egress('one', '80/https', { hosts: ['a.com'] })],
  ],
  'a proxy process uses one of the two by chance': [[db('0.0.0.0/0'), egress('two', '5432/tcp-server-first')]],
  '`0.0.0.0/0` and "no range" both exist': [[db('0.0.0.0/0')]],
  'A silent client is waited for, 15 seconds, where detection is on': [
    [egress('one', '3306/tcp', { ipAddresses: ['192.0.2.0/24'] })],
  ],
  "The request goes to the _policy's_ host as Envoy resolves it, whatever address the client dialled": [
    [egress('web', '80/http', { hosts: ['a.com'], ipAddresses: ['192.0.2.0/24'] })],
  ],
  'Names that DNS cannot know do not resolve: a wildcard': [[egress('one', '80/http', { hosts: ['*.a.com'] })]],
  'a port, a scheme': [
    [egress('one', '80/http', { hosts: ['a.com:8080'] })],
    [egress('one', '80/http', { hosts: ['http://a.com'] })],
  ],
  'a label over 63 or a name over 253 characters, an empty label, characters such as `,` `@` `%`': [
    `${'a'.repeat(64)}.com`,
    `${'abcdefgh.'.repeat(30)}com`,
    'a..com',
    'a,b.com',
    'a@b.com',
    'a%b.com',
  ].map((host) => [egress('one', '80/http', { hosts: [host] })]),
  'A loopback address is the pod itself': [[egress('one', '80/http', { hosts: ['127.0.0.1'] })]],
};
