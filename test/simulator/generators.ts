import fc from 'fast-check';
import type { Egress, HTTPRouteGroup, Resource } from '../../src/lib/resources/types.js';

/** A small alphabet, so that policies meet. */
const HOSTS = [
  'httpbin.org',
  'www.httpbin.org',
  '*.httpbin.org',
  'example.com',
  '*.example.com',
  'HTTPBIN.org',
  '*',
  '192.0.2.10',
];
export const ADDRESSES = ['192.0.2.10', '192.0.2.77', '198.51.100.20', '203.0.113.9', '10.1.2.3'];
const RANGES = [
  '0.0.0.0/0',
  '192.0.2.0/24',
  '192.0.2.77/24',
  '192.0.2.0/28',
  '198.51.100.20/32',
  '10.0.0.0/33',
  '300.1.1.1/24',
];
const PORTS = [80, 443, 3306];
const PROTOCOLS = ['http', 'http', 'https', 'https', 'tcp', 'tcp-server-first', 'HTTP', 'HTTPS', 'udp'];
const ACCOUNTS = ['curl', 'curl', 'curl', 'other'];
const PATHS = ['/get', '/get.*', '/status/\\d+', '(?i)/GET', '.*', '', '/get(?!x)', '/(get|post)'];

const upTo = <T>(items: readonly T[], maxLength: number) => fc.array(fc.constantFrom(...items), { maxLength });

const match = fc.record(
  {
    name: fc.constantFrom('a', 'b'),
    pathRegex: fc.constantFrom(...PATHS),
    methods: upTo(['GET', 'POST', '*'], 2),
    headers: fc.array(
      fc.constantFrom<Record<string, string>>(
        { 'x-env': 'prod' },
        { 'X-Env': 'prod|stage' },
        { host: 'httpbin.*' },
        { 'user-agent': '.*curl.*' },
      ),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: ['name'] },
);

export const routeGroup = (name: string): fc.Arbitrary<HTTPRouteGroup> =>
  fc.array(match, { maxLength: 3 }).map((matches) => ({
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace: 'curl' },
    spec: { matches },
  }));

const GROUPS = ['group0', 'group1', 'missing'];

export const egressSpec: fc.Arbitrary<Egress['spec']> = fc.record(
  {
    sources: fc
      .array(fc.constantFrom(...ACCOUNTS), { minLength: 1, maxLength: 2 })
      .map((names) => names.map((name) => ({ kind: 'ServiceAccount', name, namespace: 'curl' }))),
    ports: fc.array(fc.record({ number: fc.constantFrom(...PORTS), protocol: fc.constantFrom(...PROTOCOLS) }), {
      minLength: 1,
      maxLength: 3,
    }),
    hosts: upTo(HOSTS, 3),
    ipAddresses: upTo(RANGES, 2),
    matches: upTo(GROUPS, 2).map((names) =>
      names.map((name) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name })),
    ),
  },
  { requiredKeys: ['sources', 'ports'] },
);

function egress(name: string): fc.Arbitrary<Egress> {
  return fc
    .record({ spec: egressSpec, namespace: fc.constantFrom('curl', 'curl', 'policies', 'outside') })
    .map(({ spec, namespace }) => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name, namespace },
      spec,
    }));
}

const meshConfig: fc.Arbitrary<Resource> = fc
  .record({
    policy: fc.constantFrom(true, true, true, false),
    meshWide: fc.constantFrom(false, false, true),
    exclusion: upTo(['198.51.100.0/24'], 1),
    inclusion: upTo(['192.0.2.0/24'], 1),
    ports: upTo([3306], 1),
  })
  .map(({ policy, meshWide, exclusion, inclusion, ports }) => ({
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: {
      featureFlags: { enableEgressPolicy: policy },
      traffic: {
        enableEgress: meshWide,
        outboundIPRangeExclusionList: exclusion,
        outboundIPRangeInclusionList: inclusion,
        outboundPortExclusionList: ports,
      },
    },
  }));

const namespace = (name: string, inMesh: boolean): Resource => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: inMesh ? { 'openservicemesh.io/monitored-by': 'osm' } : {} },
});

export const NAMESPACES = [namespace('curl', true), namespace('policies', true), namespace('outside', false)];

/** Resources of one mesh, with up to four policies. */
export const resources: fc.Arbitrary<Resource[]> = fc
  .tuple(
    meshConfig,
    routeGroup('group0'),
    routeGroup('group1'),
    fc
      .integer({ min: 0, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => egress(`egress${i}`)))),
  )
  .map(([mesh, group0, group1, egresses]) => [mesh, ...NAMESPACES, group0, group1, ...egresses]);

const names = [
  'httpbin.org',
  'www.httpbin.org',
  'a.b.example.com',
  'example.com',
  'other.test',
  '192.0.2.10',
  '[2001:db8::1]',
];

const httpTarget = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom(...names),
    port: fc.constantFrom('', ':80', ':443', ':3306', ':9000'),
    path: fc.constantFrom('/', '/get', '/get/1', '/status/200', '/GET', '/get?x=1', '/post'),
    options: upTo(
      [
        '-X POST',
        '-I',
        "-H 'x-env: prod'",
        "-H 'Host: example.com'",
        '-0',
        '--http2-prior-knowledge',
        '--no-alpn',
        '-f',
      ],
      2,
    ),
  })
  .map(({ scheme, host, port, path, options }) =>
    ['curl', ...new Set(options), `'${scheme}://${host}${port}${path}'`].join(' '),
  );

const tcpTarget = fc
  .record({
    host: fc.constantFrom(...names),
    port: fc.constantFrom(80, 443, 3306, 9000),
    serverFirst: fc.boolean(),
  })
  .map(({ host, port, serverFirst }) => `tcp://${host}:${port}${serverFirst ? ' --server-first' : ''}`);

/** Command lines of targets. */
export const targetLine: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: httpTarget, weight: 4 },
  { arbitrary: tcpTarget, weight: 1 },
);
