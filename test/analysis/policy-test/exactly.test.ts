import assert from 'node:assert/strict';
import {
  allowsExactly,
  egressOf,
  patternFault,
  type RequestPattern,
} from '../../../src/lib/analysis/policy-test/exactly.js';
import { classes, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import { sampleOf } from '../../../src/lib/analysis/policy-test/sample.js';
import type { Egress, HTTPRouteGroup, KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { createIstioWorld } from '../../../src/lib/simulator/istio/world.js';
import { simulateIstio } from '../../../src/lib/simulator/istio/simulation.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../../src/lib/simulator/world.js';
import { meshConfig, service } from '../../simulator/control-plane/worlds.js';

const API: Source = { namespace: 'shop', serviceAccount: 'api' };

function egress(name: string, spec: Partial<Egress['spec']>): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'shop' },
    spec: { sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }], ports: [], ...spec },
  };
}
const ports = (number: number, protocol: string) => [{ number, protocol }];
const group = (...matches: Omit<HTTPRouteGroup['spec']['matches'][number], 'name'>[]): HTTPRouteGroup => ({
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'routes', namespace: 'shop' },
  spec: { matches: matches.map((match, at) => ({ name: `${at}`, ...match })) },
});
const ROUTED = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'routes' }];
const pattern = (
  protocol: RequestPattern['protocol'],
  port: number,
  more: Partial<RequestPattern> = {},
): RequestPattern => ({
  protocol,
  port,
  methods: [],
  paths: [],
  addresses: [],
  ...more,
});
const of = (...objects: Resource[]) => simulate(createWorld(objects), API);
const web = egress('web', { hosts: ['a.test', 'b.test'], ports: ports(80, 'http') });
const A = pattern('http', 80, { host: 'a.test' });
const B = pattern('http', 80, { host: 'B.test' });
const TLS = (host: string, ...addresses: string[]) => pattern('https', 443, { host, addresses });

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const TOO_MANY = Array.from(
  { length: 40 },
  (_, at) => `/[a-z]{1,9}${LETTERS[at % 26]}[a-z]{1,9}${LETTERS[(at * 7) % 26]}`,
);
/** Its own sidecar would take the connection again. */
const ITSELF = pattern('http', 80, { host: '127.0.0.1' });

describe('whether policies allow exactly what patterns say', () => {
  const routed = egress('web', { hosts: ['a.test'], ports: ports(80, 'http'), matches: ROUTED });
  const rows: [
    what: string,
    expected: boolean | [wanted: boolean, command: RegExp],
    objects: Resource[],
    patterns: RequestPattern[],
  ][] = [
    ['nothing', true, [], []],
    ['a pattern for each host', true, [web], [A, B]],
    ['one of two hosts', [false, / http:\/\/b\.test\//], [web], [A]],
    ['a host too many', [true, / http:\/\/c\.test\//], [web], [A, B, pattern('http', 80, { host: 'c.test' })]],
    [
      'methods and paths',
      true,
      [group({ pathRegex: '/get', methods: ['GET'] }), routed],
      [{ ...A, methods: ['GET'], paths: ['/get'] }],
    ],
    [
      'a method too few',
      [false, /-X POST|-d /],
      [group({ pathRegex: '/get', methods: ['GET', 'POST'] }), routed],
      [{ ...A, methods: ['GET'], paths: ['/get'] }],
    ],
    ['a path too many', [true, /\/put/], [group({ pathRegex: '/get' }), routed], [{ ...A, paths: ['/get', '/put'] }]],
    ['any method where some are meant', [false, / http:\/\/a\.test\//], [web], [{ ...A, methods: ['GET'] }, B]],
    [
      'server names, a wildcard among them',
      true,
      [egress('tls', { hosts: ['a.test', '*.b.test'], ports: ports(443, 'https') })],
      [pattern('https', 443, { host: 'a.test' }), pattern('https', 443, { host: '*.b.test' })],
    ],
    ['any server name', true, [egress('tls', { ports: ports(443, 'https') })], [pattern('https', 443)]],
    [
      'bytes to ranges, where each pattern stands for itself',
      true,
      [egress('a', { ipAddresses: ['10.0.0.0/9', '10.128.0.0/9'], ports: ports(3306, 'tcp') })],
      [pattern('tcp', 3306, { addresses: ['10.0.0.0/8'] }), pattern('tcp', 3306, { addresses: ['10.1.0.0/16'] })],
    ],
    [
      'bytes to more than a range',
      [false, /^(curl .*:192\.0\.2\.|tcp:\/\/192\.0\.2\.)/],
      [egress('a', { ipAddresses: ['10.0.0.0/8', '192.0.2.0/24'], ports: ports(3306, 'tcp') })],
      [pattern('tcp', 3306, { addresses: ['10.0.0.0/8'] })],
    ],
    [
      'what one of two patterns has, although the other has the port too',
      true,
      [egress('a', { ports: ports(443, 'tcp') })],
      [pattern('tcp', 443), pattern('https', 443, { host: 'a.test' })],
    ],
    ['methods alone', true, [group({ methods: ['GET'] }), routed], [{ ...A, methods: ['GET'] }]],
    [
      'paths alone',
      true,
      [group({ pathRegex: '/get' }, { pathRegex: '/put' }), routed],
      [{ ...A, paths: ['/get', '/put'] }],
    ],
    [
      'methods of https, which nobody sees',
      true,
      [egress('tls', { hosts: ['a.test'], ports: ports(443, 'https') })],
      [pattern('https', 443, { host: 'a.test', methods: ['GET'] })],
    ],
    [
      'any bytes beside a range of TLS',
      true,
      [egress('a', { ports: ports(443, 'tcp') })],
      [pattern('tcp', 443), pattern('https', 443, { host: 'a.test', addresses: ['10.0.0.0/8'] })],
    ],
    [
      'any bytes, with a host that nobody looks at, beside HTTP',
      true,
      [egress('a', { ports: ports(80, 'tcp') })],
      [A, pattern('tcp', 80, { host: 'b.test' })],
    ],
    [
      'a server name in a range, and everywhere, and another one',
      true,
      [egress('tls', { hosts: ['a.test', 'b.test'], ports: ports(443, 'https') })],
      [TLS('a.test', '10.0.0.0/8'), TLS('a.test'), TLS('b.test')],
    ],
    [
      'the same in another order',
      true,
      [egress('tls', { hosts: ['a.test', 'b.test'], ports: ports(443, 'https') })],
      [TLS('b.test'), TLS('a.test', '10.0.0.0/8'), TLS('a.test')],
    ],
    [
      'a wildcard in both its notations',
      true,
      [egress('tls', { hosts: ['*.b.test'], ports: ports(443, 'https') })],
      [TLS('.b.test'), TLS('*.b.test')],
    ],
    [
      'a server name in both cases',
      true,
      [egress('tls', { hosts: ['a.test'], ports: ports(443, 'https') })],
      [TLS('A.test'), TLS('a.test')],
    ],
    [
      'any server name, and one of them',
      true,
      [egress('tls', { ports: ports(443, 'https') })],
      [pattern('https', 443), TLS('a.test')],
    ],
    [
      'a server name twice, beside HTTP',
      true,
      [egress('both', { hosts: ['a.test'], ports: [...ports(80, 'http'), ...ports(443, 'https')] })],
      [A, TLS('a.test'), TLS('A.test')],
    ],
    [
      'server names in ranges of which one lies in the other, where Envoy looks at the inner one alone',
      true,
      [
        egress('outer', { hosts: ['a.test'], ipAddresses: ['10.0.0.0/8'], ports: ports(443, 'https') }),
        egress('inner', { hosts: ['a.test', 'b.test'], ipAddresses: ['10.1.0.0/16'], ports: ports(443, 'https') }),
      ],
      [TLS('a.test', '10.0.0.0/8'), TLS('b.test', '10.1.0.0/16')],
    ],
    [
      'paths that are too many to cut, where both have the same',
      true,
      [group(...TOO_MANY.map((pathRegex) => ({ pathRegex }))), routed],
      [{ ...A, paths: TOO_MANY }],
    ],
    [
      'a host that leads back to the sidecar, of which nobody knows what becomes',
      true,
      [
        egress('itself', { hosts: ['127.0.0.1'], ports: ports(80, 'http') }),
        egress('tls', { hosts: ['a.test'], ports: ports(80, 'https') }),
      ],
      [ITSELF, pattern('https', 80, { host: 'a.test' })],
    ],
    ['everything, where nothing was meant', [false, /./], [meshConfig({ enableEgress: true })], []],
  ];
  for (const [what, expected, objects, patterns] of rows) {
    it(what, () => {
      const result = allowsExactly(of(...objects), patterns);
      if (expected === true) return assert.deepEqual(result, { holds: true });
      assert.ok(result.holds === false && typeof expected === 'object', JSON.stringify(result.holds));
      const { wanted, class: requests } = result.counterExample;
      assert.equal(wanted, expected[0]);
      assert.match(requests.witness.command, expected[1]);
    });
  }

  it('does not look at what goes to services of the mesh, but where they are left out of interception', () => {
    const web80 = service('web');
    assert.deepEqual(allowsExactly(of(meshConfig(), web80), []), { holds: true });
    const result = allowsExactly(of(meshConfig({ outboundIPRangeExclusionList: ['203.0.113.200/32'] }), web80), []);
    assert.ok(result.holds === false);
    assert.match(result.counterExample.class.witness.command, /203\.0\.113\.200/);
  });

  it('is not decided where a verdict is not known', () => {
    const refused: Resource = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'api',
        namespace: 'shop',
        annotations: { 'openservicemesh.io/outbound-port-exclusion-list': 'x' },
      },
      spec: { serviceAccountName: 'api', containers: [] },
    } as unknown as Resource;
    const result = allowsExactly(of(web, refused), [A, B]);
    assert.ok(result.holds === 'undecided');
    assert.deepEqual(result.undecided, []);
    assert.equal(result.unknown?.verdict.verdict, 'unknown');
  });

  it('is not decided where a bound of the request space is met, which names what policies are concerned', () => {
    const hard = TOO_MANY.map((pathRegex, at) => ({ pathRegex, methods: [at % 2 ? 'GET' : 'PUT'] }));
    const result = allowsExactly(of(group(...hard), routed), [{ ...A, methods: ['GET'], paths: ['/[a-z]*'] }]);
    assert.ok(result.holds === 'undecided');
    assert.equal(result.unknown, undefined);
    assert.deepEqual(
      result.undecided.map(({ dimension, port, at }) => [dimension, port, [...new Set(at.map(({ object }) => object.metadata.name))]]),
      [['path', 80, ['web']]],
    ); // prettier-ignore
  });

  it('is not decided where nobody knows what becomes of what a pattern means', () => {
    const result = allowsExactly(of(), [ITSELF]);
    assert.ok(result.holds === 'undecided');
    assert.deepEqual(result.undecided, []);
    assert.match(result.unknown?.class.witness.command ?? '', /'Host: 127\.0\.0\.1'/);
  });

  it('looks at what any of several pods sends past Envoy, and at nothing that one of them sends to itself', () => {
    const pod = (name: string, podIP: string, containerPort: number, annotations = {}) =>
      ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'shop', annotations },
        spec: { serviceAccountName: 'api', containers: [{ name: 'main', ports: [{ containerPort }] }] },
        status: { podIP },
      }) as unknown as Resource;
    const both = [
      pod('a', '10.1.2.3', 8080),
      pod('b', '10.1.2.4', 8080, { 'openservicemesh.io/inbound-port-exclusion-list': '9090' }),
    ];
    assert.deepEqual(allowsExactly(of(service('web'), ...both), []), { holds: true });
    const past = pod('c', '10.1.2.5', 8080, {
      'openservicemesh.io/outbound-ip-range-exclusion-list': '203.0.113.200/32',
    });
    const result = allowsExactly(of(meshConfig(), service('web'), ...both, past), []);
    assert.ok(result.holds === false);
    assert.equal(result.counterExample.class.witness.dial.host, '203.0.113.200');
  });

  it('shows an address that is no pod’s', () => {
    const range = egress('range', { ipAddresses: ['10.1.2.0/24'], ports: ports(9000, 'tcp') });
    const pods = ['10.1.2.1', '10.1.2.3'].map(
      (podIP, at) =>
        ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `p${at}`, namespace: 'shop' },
          spec: { serviceAccountName: 'api' },
          status: { podIP },
        }) as unknown as Resource,
    );
    const simulation = of(range, ...pods);
    const [one] = [...classes(spaceOf([simulation]))].filter(({ witness }) => witness.dial.host === '10.1.2.2');
    const ofPod = {
      ...one!,
      verdicts: [],
      witness: { ...one!.witness, dial: { ...one!.witness.dial, host: '10.1.2.1' } },
    };
    const found = egressOf(simulation, ofPod, [simulation])!;
    assert.equal(found.witness.dial.host, '10.1.2.2');
    assert.deepEqual([found.constraints, found.verdicts], [one!.constraints, [simulation.decide(found.witness)]]);
    // usually the one after the network's
    const elsewhere = of(
      range,
      ...pods.map((pod) => ({ ...pod, status: { podIP: '10.1.2.9' } }) as unknown as Resource),
    );
    const [other] = [...classes(spaceOf([elsewhere]))].filter(({ witness }) => witness.dial.host === '10.1.2.1');
    const own = { ...other!, witness: { ...other!.witness, dial: { ...other!.witness.dial, host: '10.1.2.9' } } };
    assert.equal(egressOf(elsewhere, own, [elsewhere])?.witness.dial.host, '10.1.2.1');
  });

  describe('under Istio', () => {
    const istio = (kind: string, name: string, spec: object): KubernetesObject =>
      ({
        apiVersion: 'networking.istio.io/v1',
        kind,
        metadata: { name, namespace: 'shop' },
        spec,
      }) as unknown as KubernetesObject;
    const entry = (...hosts: string[]) =>
      istio('ServiceEntry', 'outside', {
        hosts,
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      });
    const normalizing = (normalization: string, ...objects: KubernetesObject[]) =>
      simulateIstio(
        createIstioWorld(objects, {
          meshConfig: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, pathNormalization: { normalization } },
        }),
        API,
      );
    const under = (...objects: KubernetesObject[]) => normalizing('NONE', ...objects);

    it('does not look at the port of a Host, which Istio does not either', () => {
      assert.deepEqual(allowsExactly(under(entry('a.test')), [A]), { holds: true });
      assert.equal(allowsExactly(under(entry('a.test', 'b.test')), [A]).holds, false);
      assert.equal(allowsExactly(under(), [A]).holds, false);
    });

    it('has the paths that routes see, however the mesh normalizes them', () => {
      const only = istio('VirtualService', 'only', {
        hosts: ['a.test'],
        http: [
          { match: [{ uri: { exact: '/get' } }], route: [{ destination: { host: 'a.test' } }] },
          { directResponse: { status: 403 } },
        ],
      });
      for (const way of ['NONE', 'BASE', 'DECODE_AND_MERGE_SLASHES']) {
        const simulation = normalizing(way, entry('a.test'), only);
        assert.deepEqual(allowsExactly(simulation, [{ ...A, paths: ['/get'] }]), { holds: true }, way);
        const result = allowsExactly(simulation, [{ ...A, paths: ['/put', '/get'] }]);
        assert.ok(result.holds === false);
        assert.match(result.counterExample.class.witness.command, /a\.test\/put$/, way);
      }
    });

    it('looks at what goes to a service of the mesh where it may leave the mesh', () => {
      const web80 = service('web');
      const splitTo = (other: string) =>
        istio('VirtualService', 'split', {
          hosts: ['web.shop.svc.cluster.local'],
          http: [
            {
              route: ['web.shop.svc.cluster.local', other].map((host) => ({ destination: { host, port: { number: 80 } }, weight: 50 })),
            },
          ],
        }); // prettier-ignore
      assert.deepEqual(allowsExactly(under(web80), []), { holds: true });
      assert.deepEqual(allowsExactly(under(web80, splitTo('gone.shop.svc.cluster.local')), []), { holds: true });
      const result = allowsExactly(under(web80, entry('a.test'), splitTo('a.test')), [A]);
      assert.ok(result.holds === false);
      assert.equal(result.counterExample.wanted, false);
      assert.deepEqual(
        result.counterExample.verdict.alternatives.map(({ outcome }) => outcome.class),
        ['mesh', 'reached'],
      );
    });
  });
});

describe('a pattern that Envoy would not take', () => {
  const rows: [RequestPattern, RegExp | undefined][] = [
    [A, undefined],
    [pattern('https', 443, { host: '*.a.test' }), undefined],
    [pattern('tcp', 443), undefined],
    [pattern('http', 80, { host: '*.a.test' }), /resolves the host of an http policy, and "\*\.a\.test" is no name/],
    [pattern('http', 80), /"\*" is no name/],
    [{ ...A, paths: ['/ok', '/('] }, /refuses the path "\/\(": /],
    [pattern('https', 443, { host: '*a.test' }), /refuses the host "\*a\.test"/],
  ];
  for (const [one, fault] of rows) {
    it(`${one.protocol} ${one.host ?? 'any'} ${one.paths.join(' ')}: ${fault ? 'is told' : 'is none'}`, () => {
      const found = patternFault(one);
      if (fault) assert.match(found ?? '', fault);
      else assert.equal(found, undefined);
    });
  }
});

describe('requests that show what policies do', () => {
  const told = (...objects: Resource[]) =>
    sampleOf(of(...objects)).map(
      ({ class: { witness }, isAllowed }) =>
        `${isAllowed ? 'allowed' : 'denied'} ${witness.command.replace(/--resolve \S+ /, '')}`,
    );

  it('are one of each class that is allowed, and beside it the nearest that is not', () => {
    const routed = egress('web', { hosts: ['a.test'], ports: ports(80, 'http'), matches: ROUTED });
    assert.deepEqual(told(group({ pathRegex: '/get', methods: ['GET'] }), routed).slice(0, 2), [
      'allowed curl http://a.test/get',
      'denied curl http://a.test/',
    ]);
    assert.deepEqual(told(egress('tls', { hosts: ['a.test'], ports: ports(443, 'https') })), [
      'allowed curl https://a.test/',
      'denied curl https://example.com/',
    ]);
    // of several that are as near, the most usual
    assert.deepEqual(told(egress('raw', { ports: ports(3306, 'tcp') })), [
      'allowed curl https://example.com:3306/',
      'denied curl https://example.com:9999/',
      'allowed tcp://203.0.113.254:3306 --server-first',
    ]);
  });

  it('are told by policies, and the nearest that several share once', () => {
    const both = egress('web', { hosts: ['a.test'], ports: ports(80, 'http'), matches: [...ROUTED, { ...ROUTED[0]!, name: 'put' }] });
    const put = { ...group({ pathRegex: '/put', methods: ['PUT'] }), metadata: { name: 'put', namespace: 'shop' } };
    assert.deepEqual(told(group({ pathRegex: '/get', methods: ['GET'] }), put, both).filter((line) => line.startsWith('allowed')), [
      'allowed curl http://a.test/get',
      "allowed curl -X PUT http://a.test/put",
    ]);
    assert.deepEqual(told(egress('tls', { hosts: ['a.test', 'b.test'], ports: ports(443, 'https') }), egress('t2', { hosts: ['c.test'], ports: ports(443, 'https') })), [
      'allowed curl https://a.test/',
      'denied curl https://example.com/',
      'allowed curl https://c.test/',
    ]);
    assert.ok(told(meshConfig({ enableEgress: true })).every((line) => line.startsWith('allowed')), 'nothing is denied');
  }); // prettier-ignore

  it('are beside what is allowed of the same host, not of another one', () => {
    const put = { ...group({ pathRegex: '/put', methods: ['PUT'] }), metadata: { name: 'put', namespace: 'shop' } };
    const policies = [
      egress('a', { hosts: ['a.test'], ports: ports(80, 'http'), matches: ROUTED }),
      egress('b', { hosts: ['b.test'], ports: ports(80, 'http'), matches: [{ ...ROUTED[0]!, name: 'put' }] }),
    ];
    const lines = told(group({ pathRegex: '/get', methods: ['GET'] }), put, ...policies);
    assert.deepEqual(
      lines.filter((line) => line.includes('.test')),
      [
        'allowed curl http://a.test/get',
        'denied curl http://a.test/',
        'allowed curl -X PUT http://b.test/put',
        'denied curl -X PUT http://b.test/',
      ],
    );
  });

  it('are none where nothing is known', () => {
    const annotations = { 'openservicemesh.io/outbound-port-exclusion-list': 'x' };
    const refused = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: 'shop', annotations }, spec: { serviceAccountName: 'api', containers: [] } } as unknown as Resource; // prettier-ignore
    assert.deepEqual(told(refused), []);
  });

  it('are what is denied where nothing is allowed, each once', () => {
    const all = told(egress('none', { ports: [] }));
    assert.ok(all.length > 0 && all.every((line) => line.startsWith('denied ')));
    assert.equal(new Set(all).size, all.length);
  });
});
