import assert from 'node:assert/strict';
import { nothingElseText } from '../../../src/lib/wording/effects.js';
import type { AllowOptions, ChangePlan } from '../../../src/lib/analysis/allow/index.js';
import type { Pod, Resource, Service } from '../../../src/lib/resources/types.js';
import {
  MESH,
  account,
  changePlan,
  changesIn,
  egress,
  http,
  https,
  meshConfig,
  namespaceObject,
  notesIn,
  plan,
  routeGroup,
  routesRef,
  settingRef,
  tcp,
} from './support.js';

interface Case {
  readonly name: string;
  readonly objects: readonly Resource[];
  readonly command: string;
  readonly changes: readonly string[];
  readonly notes?: readonly string[];
  readonly options?: AllowOptions;
}

const WEB = egress('web', { hosts: ['httpbin.org'], ports: [https()] });
const PLAIN = egress('plain', { hosts: ['httpbin.org'], ports: [http()] });
const GET = { name: 'get', pathRegex: '/get', methods: ['GET'] };
const restricted = (...names: string[]) =>
  egress('plain', { hosts: ['httpbin.org'], ports: [http()], matches: names.map(routesRef) });

const trafficTarget = (group: string): Resource => ({
  apiVersion: 'access.smi-spec.io/v1alpha3',
  kind: 'TrafficTarget',
  metadata: { name: 'web', namespace: 'curl' },
  spec: {
    destination: { kind: 'ServiceAccount', name: 'web', namespace: 'curl' },
    rules: [{ kind: 'HTTPRouteGroup', name: group, matches: ['get', 'get-get'] }],
    sources: [account()],
  },
});

const CASES: Record<string, readonly Case[]> = {
  'extends what is there': [
    {
      name: 'https: the host, in the policy of the port',
      objects: [...MESH, WEB],
      command: 'curl https://example.com/',
      changes: ['web +hosts example.com'],
    },
    {
      name: 'http: the host',
      objects: [...MESH, PLAIN],
      command: 'curl http://example.com/',
      changes: ['plain +hosts example.com'],
    },
    {
      name: 'a policy whose routes permit the request rather than one that permits everything',
      objects: [
        ...MESH,
        egress('open', { hosts: ['api.httpbin.org'], ports: [http()] }),
        restricted('g'),
        routeGroup('g', [GET]),
      ],
      command: 'curl http://example.com/get',
      changes: ['plain +hosts example.com'],
    },
    {
      name: 'not a policy whose routes do not permit the request',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET])],
      command: 'curl http://example.com/post',
      changes: ['new Egress example-com-80 {hosts:[example.com],ports:[{number:80,protocol:http}]}'],
    },
    {
      name: 'https: the range where the host is named already, as a second policy for it would be refused',
      objects: [...MESH, egress('e', { hosts: ['httpbin.org'], ipAddresses: ['10.0.0.0/8'], ports: [https()] })],
      command: 'curl https://httpbin.org/',
      changes: ['e +ipAddresses 192.0.2.10/32'],
      notes: ['pinned-address'],
    },
    {
      name: 'tcp: the range',
      objects: [...MESH, egress('db', { ipAddresses: ['10.0.0.0/8'], ports: [tcp(3306)] })],
      command: 'tcp://192.0.2.10:3306',
      changes: ['db +ipAddresses 192.0.2.10/32'],
    },
    {
      name: 'the port, where host and protocol are right',
      objects: [...MESH, WEB],
      command: 'curl https://httpbin.org:8443/',
      changes: ['web +ports {number:8443,protocol:https}'],
    },
    {
      name: 'the source, of a policy that is for somebody else and for nothing else',
      objects: [...MESH, egress('theirs', { sources: [account('other')], hosts: ['example.com'], ports: [https()] })],
      command: 'curl https://example.com/',
      changes: ['theirs +sources {kind:ServiceAccount,name:curl,namespace:curl}'],
    },
    {
      name: 'a new policy rather than one that others use too',
      objects: [
        ...MESH,
        egress('shared', { sources: [account(), account('other')], hosts: ['httpbin.org'], ports: [https()] }),
      ],
      command: 'curl https://example.com/',
      changes: ['new Egress example-com-443 {hosts:[example.com],ports:[{number:443,protocol:https}]}'],
    },
    {
      name: 'an exact host beside a wildcard that cannot resolve',
      objects: [...MESH, egress('e', { hosts: ['*.httpbin.org'], ports: [http()] })],
      command: 'curl http://api.httpbin.org/',
      changes: ['e +hosts api.httpbin.org'],
    },
    {
      name: 'a host written with its port is written without',
      objects: [...MESH, egress('e', { hosts: ['httpbin.org:8080'], ports: [http(8080)] })],
      command: 'curl http://httpbin.org:8080/',
      changes: ['e hosts.0 = httpbin.org'],
    },
  ],
  'adds a policy': [
    {
      name: 'https by server name',
      objects: MESH,
      command: 'curl https://Example.com/x',
      changes: ['new Egress example-com-443 {hosts:[example.com],ports:[{number:443,protocol:https}]}'],
    },
    {
      name: 'https to an address sends no server name: tcp with the address',
      objects: MESH,
      command: 'curl https://192.0.2.10/',
      changes: ['new Egress 192-0-2-10-443 {ipAddresses:[192.0.2.10/32],ports:[{number:443,protocol:tcp}]}'],
    },
    {
      name: 'plain http to an address: the address as host',
      objects: MESH,
      command: 'curl http://192.0.2.10:8080/',
      changes: ['new Egress 192-0-2-10-8080 {hosts:[192.0.2.10],ports:[{number:8080,protocol:http}]}'],
    },
    {
      name: 'http by the Host header, which Envoy resolves whatever is dialled',
      objects: MESH,
      command: `curl -H 'Host: example.com' http://192.0.2.10/`,
      changes: ['new Egress example-com-80 {hosts:[example.com],ports:[{number:80,protocol:http}]}'],
      notes: ['goes-elsewhere'],
    },
    {
      name: 'a server that speaks first',
      objects: MESH,
      command: 'tcp://db.example.com:3306 --server-first',
      changes: [
        'new Egress db-example-com-3306 {ipAddresses:[198.51.100.30/32],ports:[{number:3306,protocol:tcp-server-first}]}',
      ],
      notes: ['pinned-address'],
    },
    {
      name: 'tcp after 15 seconds, where tcp-server-first would take the server names of the port away',
      objects: [...MESH, WEB],
      command: 'tcp://192.0.2.10:443 --server-first',
      changes: ['new Egress 192-0-2-10-443 {ipAddresses:[192.0.2.10/32],ports:[{number:443,protocol:tcp}]}'],
      notes: ['delay'],
    },
    {
      name: 'the address of a host of which nothing is known cannot be limited',
      objects: MESH,
      command: 'tcp://somewhere.test:9000',
      options: { resolve: undefined },
      changes: ['new Egress somewhere-test-9000 {ports:[{number:9000,protocol:tcp}]}'],
      notes: ['any-address'],
    },
    {
      name: 'nor where a policy is extended instead',
      objects: [...MESH, egress('db', { hosts: ['db.test'], ports: [tcp(3306)] })],
      command: 'tcp://db.test:3307',
      options: { resolve: undefined },
      changes: ['db +ports {number:3307,protocol:tcp}'],
      notes: ['any-address'],
    },
    {
      name: 'all addresses of a host',
      objects: MESH,
      command: 'tcp://db.test:9000',
      options: { resolve: () => ['192.0.2.1', '192.0.2.2', '2001:db8::1'] },
      changes: ['new Egress db-test-9000 {ipAddresses:[192.0.2.1/32,192.0.2.2/32],ports:[{number:9000,protocol:tcp}]}'],
      notes: ['pinned-address'],
    },
    {
      name: 'TLS to a port with an http policy: a chain with the server name goes before',
      objects: [...MESH, egress('e', { hosts: ['example.com'], ports: [http(443)] })],
      command: 'curl https://httpbin.org/',
      changes: ['new Egress httpbin-org-443 {hosts:[httpbin.org],ports:[{number:443,protocol:https}]}'],
    },
    {
      name: 'HTTP/1.0, which an http policy answers with 426',
      objects: MESH,
      command: 'curl -0 http://httpbin.org/',
      changes: ['new Egress httpbin-org-80 {ipAddresses:[192.0.2.10/32],ports:[{number:80,protocol:tcp}]}'],
      notes: ['tcp-instead', 'pinned-address'],
    },
    {
      name: 'a Host that is a wildcard, or that Envoy cannot resolve',
      objects: MESH,
      command: `curl -H 'Host: *.example.com' http://192.0.2.10/`,
      changes: ['new Egress 192-0-2-10-80 {ipAddresses:[192.0.2.10/32],ports:[{number:80,protocol:tcp}]}'],
      notes: ['tcp-instead'],
    },
    {
      name: 'the namespace and the name that are asked for',
      objects: [...MESH, namespaceObject('policies')],
      command: 'curl https://example.com/',
      options: { namespace: 'policies', name: 'github' },
      changes: ['new Egress github {hosts:[example.com],ports:[{number:443,protocol:https}]}'],
    },
    {
      name: 'a free name',
      objects: [...MESH, egress('example-com-443', { ports: [] })],
      command: 'curl https://example.com/',
      changes: ['new Egress example-com-443-2 {hosts:[example.com],ports:[{number:443,protocol:https}]}'],
    },
    {
      name: 'exactly one method and path, if that is wanted',
      objects: MESH,
      command: `curl -X POST 'http://httpbin.org/a.b?x=1'`,
      options: { exact: true },
      changes: [
        'new HTTPRouteGroup httpbin-org-80 {matches:[{name:post-a-b,pathRegex:/a\\\\.b,methods:[POST]}]}',
        'new Egress httpbin-org-80 {hosts:[httpbin.org],ports:[{number:80,protocol:http}],' +
          'matches:[{apiGroup:specs.smi-spec.io/v1alpha4,kind:HTTPRouteGroup,name:httpbin-org-80}]}',
      ],
    },
  ],
  'routes that are restricted': [
    {
      name: 'a match for the exact path and method, quoted for RE2',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET])],
      command: "curl 'http://httpbin.org/v1.0/(x)'",
      changes: ['g +matches {name:get-v1-0-x,pathRegex:/v1\\\\.0/\\\\(x\\\\),methods:[GET]}'],
    },
    {
      name: 'the method, where the path is right',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET])],
      command: 'curl -X POST http://httpbin.org/get',
      changes: ['g +matches.0.methods POST'],
    },
    {
      name: 'not the method, where the pattern takes more than the path',
      objects: [...MESH, restricted('g'), routeGroup('g', [{ ...GET, pathRegex: '/get.*' }])],
      command: 'curl -X POST http://httpbin.org/get',
      changes: ['g +matches {name:post-get,pathRegex:/get,methods:[POST]}'],
    },
    {
      name: 'a name that no other match has',
      objects: [...MESH, restricted('g'), routeGroup('g', [{ ...GET, name: 'get-x', pathRegex: '/y' }])],
      command: 'curl http://httpbin.org/x',
      changes: ['g +matches {name:get-x-2,pathRegex:/x,methods:[GET]}'],
    },
    {
      name: 'the group that is missing',
      objects: [...MESH, restricted('gone')],
      command: 'curl http://httpbin.org/get',
      changes: ['new HTTPRouteGroup gone {matches:[{name:get-get,pathRegex:/get,methods:[GET]}]}'],
    },
    {
      name: 'a TrafficTarget that waits for the missing group as well',
      objects: [...MESH, restricted('gone'), trafficTarget('gone')],
      command: 'curl http://httpbin.org/get',
      changes: ['new HTTPRouteGroup gone {matches:[{name:get-get,pathRegex:/get,methods:[GET]}]}'],
      notes: ['route-group-shared-with-mesh'],
    },
    {
      name: 'a TrafficTarget that has the group, and the match that is changed',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET]), trafficTarget('g')],
      command: 'curl -X POST http://httpbin.org/get',
      changes: ['g +matches.0.methods POST'],
      notes: ['route-group-shared-with-mesh'],
    },
    {
      name: 'a TrafficTarget that has the group, and other matches of it',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET]), trafficTarget('g')],
      command: 'curl http://httpbin.org/post',
      changes: ['g +matches {name:get-post,pathRegex:/post,methods:[GET]}'],
    },
    {
      name: 'a group of its own, where the other one opens other hosts too',
      objects: [
        ...MESH,
        restricted('g'),
        routeGroup('g', [GET]),
        egress('b', { hosts: ['example.com'], ports: [http()], matches: [routesRef('g')] }),
      ],
      command: 'curl http://httpbin.org/post',
      changes: [
        'plain +matches {apiGroup:specs.smi-spec.io/v1alpha4,kind:HTTPRouteGroup,name:plain-routes}',
        'new HTTPRouteGroup plain-routes {matches:[{name:get-post,pathRegex:/post,methods:[GET]}]}',
      ],
    },
    {
      name: 'rather for all hosts of the policy than any bytes to the address',
      objects: [
        ...MESH,
        egress('plain', { hosts: ['httpbin.org', 'example.com'], ports: [http()], matches: [routesRef('g')] }),
        routeGroup('g', [GET]),
      ],
      command: 'curl http://httpbin.org/post',
      changes: ['g +matches {name:get-post,pathRegex:/post,methods:[GET]}'],
    },
    {
      name: 'a method that a group cannot name is any method',
      objects: [...MESH, restricted('g'), routeGroup('g', [GET])],
      command: 'curl -X PROPFIND http://httpbin.org/dav',
      changes: ['g +matches {name:propfind-dav,pathRegex:/dav}'],
      notes: ['any-method'],
    },
  ],
  'mends what is in the way': [
    {
      name: 'the feature flag',
      objects: [meshConfig({}, false), namespaceObject('curl'), WEB],
      command: 'curl https://httpbin.org/',
      changes: ['osm-mesh-config featureFlags.enableEgressPolicy = true'],
    },
    {
      name: 'the feature flag, and what is missing besides',
      objects: [meshConfig({}, false), namespaceObject('curl'), WEB],
      command: 'curl https://example.com/',
      changes: ['osm-mesh-config featureFlags.enableEgressPolicy = true', 'web +hosts example.com'],
    },
    {
      name: 'the feature flag, and a listener that is refused once it is on',
      objects: [meshConfig({}, false), namespaceObject('curl'), egress('sni', { hosts: ['*x.com'], ports: [https()] })],
      command: 'curl https://example.com/',
      changes: [
        'osm-mesh-config featureFlags.enableEgressPolicy = true',
        'sni hosts.0 = *.x.com',
        'sni +hosts example.com',
      ],
    },
    {
      name: 'the feature flag, the listener, the routes, and a policy: as many steps as it takes',
      objects: [
        meshConfig({}, false),
        namespaceObject('curl'),
        egress('sni', { hosts: ['*x.com'], ports: [https()] }),
        restricted('g'),
        routeGroup('g', [{ name: 'a', pathRegex: '(', methods: ['GET'] }]),
      ],
      command: 'curl http://example.com/get',
      changes: [
        'osm-mesh-config featureFlags.enableEgressPolicy = true',
        'sni hosts.0 = *.x.com',
        'g matches = []',
        'new Egress example-com-80 {hosts:[example.com],ports:[{number:80,protocol:http}]}',
      ],
      notes: ['takes-away', 'takes-away'],
    },
    {
      name: 'a protocol in capitals',
      objects: [
        ...MESH,
        egress('e', { hosts: ['httpbin.org', 'example.com'], ports: [{ number: 443, protocol: 'HTTPS' }] }),
      ],
      command: 'curl https://httpbin.org/',
      changes: ['e ports.0.protocol = https'],
    },
    {
      name: 'a reference to an UpstreamTrafficSetting that is missing',
      objects: [...MESH, egress('e', { hosts: ['httpbin.org'], ports: [https()], matches: [settingRef('gone')] })],
      command: 'curl https://httpbin.org/',
      changes: ['e -matches'],
    },
    {
      name: 'a source listed twice',
      objects: [...MESH, egress('e', { sources: [account(), account()], hosts: ['httpbin.org'], ports: [http()] })],
      command: 'curl http://httpbin.org/',
      changes: ['e -sources.1'],
      notes: ['was-refused'],
    },
    {
      name: 'a host listed twice',
      objects: [...MESH, egress('e', { hosts: ['httpbin.org', 'HTTPBIN.org'], ports: [https()] })],
      command: 'curl https://httpbin.org/',
      changes: ['e -hosts.1'],
      notes: ['was-refused'],
    },
    {
      name: 'two https policies that share a host',
      objects: [
        ...MESH,
        egress('a', { hosts: ['httpbin.org', 'example.com'], ports: [https()] }),
        egress('b', { hosts: ['httpbin.org', 'www.example.com'], ports: [https()] }),
      ],
      command: 'curl https://example.com/',
      changes: ['b -hosts.0'],
      notes: ['was-refused', 'takes-away'],
    },
    {
      name: 'a server name that Envoy does not take',
      objects: [...MESH, egress('e', { hosts: ['*httpbin.org'], ports: [https()] })],
      command: 'curl https://api.httpbin.org/',
      changes: ['e hosts.0 = *.httpbin.org'],
      notes: ['was-refused'],
    },
    {
      name: 'any server name beside another one, which Envoy does not take: said to be taken away',
      objects: [...MESH, egress('e', { hosts: ['*', 'httpbin.org'], ports: [https()] })],
      command: 'curl https://httpbin.org/',
      changes: ['e -hosts.0'],
      notes: ['was-refused', 'takes-away'],
    },
    {
      name: 'any server name, which is what a policy without hosts means',
      objects: [...MESH, egress('e', { hosts: ['*', '*'], ports: [https()] })],
      command: 'curl https://httpbin.org/',
      changes: ['e hosts = []'],
      notes: ['was-refused'],
    },
    {
      name: 'a port listed twice, in small letters and in capitals',
      objects: [
        ...MESH,
        egress('e', { hosts: ['httpbin.org'], ports: [{ number: 80, protocol: 'HTTP' }, http(), http()] }),
      ],
      command: 'curl http://httpbin.org/',
      changes: ['e -ports.0', 'e -ports.2'],
      notes: ['was-refused'],
    },
    {
      name: 'a regular expression that RE2 does not take is replaced by the path',
      objects: [...MESH, restricted('g'), routeGroup('g', [{ name: 'm', pathRegex: '/(?!x)get' }])],
      command: 'curl http://httpbin.org/get',
      changes: ['g matches.0.name = get-get', 'g matches.0.pathRegex = /get', 'g matches.0.methods = [GET]'],
      notes: ['was-refused', 'takes-away'],
    },
    {
      name: 'routes of another port that make these a matter of chance',
      objects: [...MESH, PLAIN, egress('bad', { hosts: ['example.com', 'Example.com'], ports: [http(8080)] })],
      command: 'curl http://httpbin.org/',
      changes: ['bad -hosts.1'],
      notes: ['was-refused'],
    },
    {
      name: '0.0.0.0/0 beside chains without a range',
      objects: [
        ...MESH,
        egress('a', { ipAddresses: ['0.0.0.0/0'], hosts: ['example.com'], ports: [https()] }),
        egress('b', { hosts: ['httpbin.org'], ports: [https()] }),
      ],
      command: 'curl https://httpbin.org/',
      changes: ['a -ipAddresses'],
    },
    {
      name: 'a range that hides the policy: the host goes where the sieve looks',
      objects: [
        ...MESH,
        egress('any', { hosts: ['httpbin.org'], ports: [https()] }),
        egress('range', { hosts: ['example.com'], ipAddresses: ['192.0.2.0/24'], ports: [https()] }),
      ],
      command: 'curl https://httpbin.org/',
      changes: ['range +hosts httpbin.org'],
    },
  ],
  'nothing can be done, or is to be': [
    { name: 'allowed', objects: [...MESH, WEB], command: 'curl https://httpbin.org/', changes: ['nothing-to-do'] },
    {
      name: 'allowed after 15 seconds',
      objects: [...MESH, egress('e', { ports: [tcp(3306)] })],
      command: 'tcp://db.example.com:3306 --server-first',
      changes: ['nothing-to-do'],
      notes: ['delay'],
    },
    { name: 'IPv6', objects: MESH, command: 'curl http://[2001:db8::1]/', changes: ['nothing-to-do'] },
    {
      name: 'an excluded port',
      objects: [meshConfig({ outboundPortExclusionList: [9000] }), namespaceObject('curl')],
      command: 'tcp://192.0.2.10:9000',
      changes: ['nothing-to-do'],
    },
    {
      name: 'a name that does not resolve',
      objects: MESH,
      command: 'curl https://nowhere.test/',
      changes: ['impossible name-does-not-resolve'],
    },
    {
      name: 'the pod itself',
      objects: MESH,
      command: 'curl http://127.0.0.1:9/',
      changes: ['unknown loopback-port-unknown'],
    },
    {
      name: 'the sidecar itself',
      objects: MESH,
      command: 'curl http://127.0.0.1:15003/',
      changes: ['impossible loopback'],
    },
    {
      name: 'a namespace that is not in the mesh',
      objects: [...MESH, namespaceObject('outside', null)],
      command: 'curl https://example.com/',
      options: { namespace: 'outside' },
      changes: ['impossible namespace-not-monitored'],
    },
    {
      name: 'a name that is taken',
      objects: [...MESH, egress('taken', { ports: [] })],
      command: 'curl https://example.com/',
      options: { name: 'taken' },
      changes: ['impossible name-taken'],
    },
    {
      name: 'a request that is not modelled',
      objects: MESH,
      command: 'curl --interface eth1 http://httpbin.org/',
      changes: ['unknown request-not-modelled'],
    },
    {
      name: 'a request for a proxy, whatever lies in its way',
      objects: MESH,
      command: 'curl -x http://proxy:3128 http://httpbin.org/',
      changes: ['unknown beyond-proxy'],
    },
    {
      name: 'the change is of an object that may not be changed',
      objects: [meshConfig({}, false), namespaceObject('curl'), WEB],
      command: 'curl https://httpbin.org/',
      options: { editable: ({ kind }) => kind !== 'MeshConfig' },
      changes: ['impossible out-of-reach'],
    },
    {
      name: 'only a range could do it, and the address is not known',
      objects: [...MESH, PLAIN],
      command: 'curl -0 http://httpbin.org/',
      options: { resolve: undefined },
      changes: ['unknown address-unknown'],
    },
  ],
};

describe('planAllow', () => {
  for (const [group, cases] of Object.entries(CASES)) {
    describe(group, () => {
      for (const { name, objects, command, changes, notes = [], options } of cases) {
        it(name, () => {
          const made = plan(objects, command, options);
          assert.deepEqual(changesIn(made), changes);
          assert.deepEqual(notesIn(made).sort(), [...notes].sort());
          if (made.result !== 'change') return;
          assert.equal(made.cost.lost, 0);
          assert.equal(plan(made.objects, command, { ...options, name: undefined }).result, 'nothing-to-do');
        });
      }
    });
  }

  it('does not change the objects that it is given', () => {
    const objects = [meshConfig({}, false), namespaceObject('curl'), structuredClone(WEB)];
    const before = structuredClone(objects);
    plan(objects, 'curl https://example.com/');
    assert.deepEqual(objects, before);
  });

  it('a service of the mesh is not for Egress policies', () => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'store', namespace: 'shop' },
      spec: { clusterIP: '203.0.113.200', ports: [{ name: 'http', port: 8080 }] },
    };
    const objects = [...MESH, namespaceObject('shop'), service];
    const made = plan(objects, 'curl http://203.0.113.200:8080/');
    assert.equal(made.result === 'impossible' && made.reason.code, 'in-mesh-service');
    const outside = [...MESH, namespaceObject('shop', null), service];
    assert.equal(plan(outside, 'curl http://203.0.113.200:8080/').result, 'change');
  });

  it('a pod that does not come up is named, and one whose pods differ', () => {
    const pod = (name: string, annotations: Record<string, string>): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'curl', annotations },
      spec: { serviceAccountName: 'curl' },
    });
    const broken = pod('curl-0', { 'openservicemesh.io/outbound-port-exclusion-list': 'x' });
    const made = plan([...MESH, broken], 'curl https://example.com/');
    assert.deepEqual(changesIn(made), ['unknown pod-refused']);
    const differing = [pod('curl-0', { 'openservicemesh.io/outbound-port-exclusion-list': '443' }), pod('curl-1', {})];
    const forBoth = changePlan(plan([...MESH, ...differing], 'curl https://example.com/'));
    assert.deepEqual(changesIn(forBoth), [
      'new Egress example-com-443 {hosts:[example.com],ports:[{number:443,protocol:https}]}',
    ]);
  });

  describe('what one pod is asked for, and others of its ServiceAccount get', () => {
    const pod = (name: string, excluded?: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'curl',
        annotations: excluded === undefined ? {} : { 'openservicemesh.io/outbound-port-exclusion-list': excluded },
      },
      spec: { serviceAccountName: 'curl' },
    });
    const [past, through] = [pod('curl-0', '443'), pod('curl-1')];
    const both = egress('both', { sources: [account('other')], hosts: ['example.com'], ports: [http(), https()] });
    const command = 'curl http://example.com/';

    it('is a reason against a change', () => {
      assert.deepEqual(changesIn(plan([...MESH, past, both], command, { pod: past })), [
        'both +sources {kind:ServiceAccount,name:curl,namespace:curl}',
      ]);
      assert.deepEqual(changesIn(plan([...MESH, past, through, both], command, { pod: past })), [
        'new Egress example-com-80 {hosts:[example.com],ports:[{number:80,protocol:http}]}',
      ]);
    });

    it('is told, and what the pod itself gets is told once', () => {
      const own = egress('own', { hosts: ['www.example.com'], ports: [http(), https()] });
      const made = changePlan(plan([...MESH, past, through, own], command, { pod: past, policy: 'own' }));
      assert.deepEqual(changesIn(made), ['own +hosts example.com']);
      const starts = made.effects.filter(({ kind }) => kind === 'starts');
      assert.deepEqual(
        starts.filter((one) => one.class.witness.port === 443).map(({ where, source }) => [where, source]),
        [['elsewhere', { namespace: 'curl', serviceAccount: 'curl' }]],
      );
      assert.ok(starts.filter((one) => one.class.witness.port === 80).every(({ where }) => where === 'own'));
      const alone = changePlan(plan([...MESH, past, own], command, { pod: past, policy: 'own' }));
      assert.ok(alone.effects.every((one) => one.class.witness.port !== 443 || one.kind === 'fails'));
      assert.equal(starts.length, alone.effects.filter(({ kind }) => kind === 'starts').length + 1);
    });
  });

  it('counts all sources that a change concerns, however many', () => {
    const names = [...'abcdefgh'];
    const wide = egress('wide', { sources: [account(), ...names.map((name) => account(name))], ports: [https()] });
    const shared = { ...wide, spec: { ...wide.spec, hosts: ['httpbin.org'] } };
    const made = changePlan(plan([...MESH, shared], 'curl https://example.com/', { policy: 'wide' }));
    assert.deepEqual(new Set(made.effects.map((one) => one.source.serviceAccount)), new Set(['curl', ...names]));
    assert.equal(made.cost.elsewhere, names.length * made.cost.own);
  });

  it('makes names that Kubernetes takes', () => {
    const long = `${'a'.repeat(240)}.x`;
    const objects = [
      ...MESH,
      egress(long, { hosts: ['httpbin.org'], ports: [http()], matches: [routesRef('g')] }),
      egress('b', { hosts: ['example.com'], ports: [http()], matches: [routesRef('g')] }),
      routeGroup('g', [GET]),
    ];
    const made = changePlan(plan(objects, 'curl http://httpbin.org/post'));
    const created = made.changes.flatMap(({ kind, after }) => (kind === 'create' ? [after] : []));
    assert.deepEqual(
      created.map(({ kind, metadata }) => [kind, metadata.name]),
      [['HTTPRouteGroup', 'a'.repeat(200)]],
    );
  });

  it('prefers the policy that is asked for, and says what that allows besides', () => {
    const objects = [...MESH, WEB, egress('wide', { hosts: ['www.example.com'], ports: [https(), http()] })];
    assert.deepEqual(changesIn(plan(objects, 'curl https://example.com/')), ['web +hosts example.com']);
    const asked = changePlan(plan(objects, 'curl https://example.com/', { policy: 'curl/wide' }));
    assert.deepEqual(changesIn(asked), ['wide +hosts example.com']);
    assert.ok(asked.effects.some((one) => one.class.witness.port === 80 && one.where === 'elsewhere'));
  });

  it('tells what a tcp range does to the http policy of its port', () => {
    const made = changePlan(plan([...MESH, PLAIN], 'tcp://192.0.2.10:80'));
    const ofKind = (wanted: string) => made.effects.filter(({ kind }) => kind === wanted);
    assert.deepEqual(ofKind('stops'), []);
    assert.ok(ofKind('moves').some((one) => one.class.witness.http?.authority === 'httpbin.org'));
    assert.ok(made.cost.changed > 0);
  });

  it('opens no more than what is asked for where nobody can tell what a policy was meant to open', () => {
    const own = (made: ChangePlan) => made.effects.filter(({ kind }) => kind === 'starts').map(({ where, intended }) => `${where} ${intended}`); // prettier-ignore
    const rows: [objects: Resource[], command: string, changes: string[]][] = [
      // without hosts it would take any server name
      [
        [egress('e', { hosts: ['api.*'], ports: [https()] })],
        'https://api.example.com/',
        ['e hosts.0 = api.example.com'],
      ],
      [
        [egress('e', { hosts: ['api.*'], ports: [https()] })],
        'https://example.com/',
        ['e ports = []', 'new Egress example-com-443 {hosts:[example.com],ports:[{number:443,protocol:https}]}'],
      ],
      // and with a range that does not parse any address
      [
        [egress('e', { ipAddresses: ['10.0.0.300/8'], ports: [{ number: 9, protocol: 'TCP' }] })],
        'tcp://10.0.0.1:9',
        ['new Egress 10-0-0-1-9 {ipAddresses:[10.0.0.1/32],ports:[{number:9,protocol:tcp}]}'],
      ],
      // without its only host it would take any server name
      [
        [egress('e', { hosts: ['a\n'], ports: [http(), https()] })],
        'http://example.com/',
        ['e -ports.0', 'new Egress example-com-80 {hosts:[example.com],ports:[{number:80,protocol:http}]}'],
      ],
    ];
    for (const [objects, command, changes] of rows) {
      const made = changePlan(plan([...MESH, ...objects], command, { resolve: () => undefined }));
      assert.deepEqual(changesIn(made), changes);
      assert.deepEqual([...new Set(own(made))], ['own false'], command);
    }
  });

  it('names where it is too large to tell what else is allowed', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const hard = Array.from({ length: 40 }, (_, index) => ({
      name: `m${index}`,
      pathRegex: `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
      methods: [index % 2 ? 'GET' : 'PUT'],
    }));
    const policy = egress('hard', { hosts: ['httpbin.org'], ports: [http()], matches: [routesRef('g')] });
    const objects = [...MESH, policy, routeGroup('g', hard)];
    const made = changePlan(plan(objects, 'curl http://example.com/abcdefg', { policy: 'hard' }));
    assert.deepEqual(
      made.undecided.map(({ dimension, bound, port }) => [dimension, bound, port]),
      [['path', 'states', 80]],
    );
    assert.match(nothingElseText(made), /for any request of which that can be decided/);
  });

  it('takes a path that is too long for one regular expression by its beginning', () => {
    const objects = [...MESH, restricted('g'), routeGroup('g', [GET])];
    const made = changePlan(plan(objects, `curl http://httpbin.org/${'a.'.repeat(150)}`));
    assert.deepEqual(notesIn(made), ['path-prefix']);
    assert.match(changesIn(made)[0]!, /^g \+matches \{name:get-a-a.*pathRegex:\/a\\\\\.a\\\\\..*\.\*,methods/);
  });
});
