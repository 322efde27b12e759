import fc from 'fast-check';
import type { Resource } from '../../src/lib/resources/types.js';
import { parseTarget, TargetError } from '../../src/lib/simulator/request/index.js';
import { egressSpec, NAMESPACES, routeGroup, targetLine } from './generators.js';

/**
 * Worlds of `generators.ts` with everything else that decides about a request: services of the mesh with splits and settings, a
 * pod with traffic annotations, odd ranges, lists and requests; and several targets each, so drawn that they meet the rest.
 */
export interface MeetingWorld {
  readonly resources: Resource[];
  readonly targets: string[];
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 1) => fc.option(arbitrary, { freq, nil: undefined });
const some = <T>(items: readonly T[], maxLength: number) => fc.uniqueArray(fc.constantFrom(...items), { maxLength });

const mesh = fc
  .record({
    policy: fc.constantFrom(true, true, true, true, false),
    traffic: fc.record(
      {
        enableEgress: fc.constantFrom(false, false, true),
        enablePermissiveTrafficPolicyMode: fc.constantFrom(true, true, false),
        outboundIPRangeExclusionList: some(['198.51.100.0/24', '192.0.2.77/31', '0.0.0.0/0', '10.0.0.0/08'], 1),
        outboundIPRangeInclusionList: some(['192.0.2.0/24', '198.51.100.20/32', '::/0'], 1),
        outboundPortExclusionList: some([3306, 443, 9000], 1),
        networkInterfaceExclusionList: some(['eth1', 'lo', 'eth0', 'et+', 'wlan+'], 1),
      },
      { requiredKeys: ['enableEgress', 'enablePermissiveTrafficPolicyMode'] },
    ),
  })
  .map(({ policy, traffic }): Resource => ({
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: { featureFlags: { enableEgressPolicy: policy }, traffic },
  }));

// one service of the mesh, and others among which it may be split

const SERVICES = ['bookstore', 'bookstore-v1', 'bookstore-v2'];
const PORTS = [
  { name: 'http-web', port: 80 },
  { name: 'web', port: 80 },
  { name: 'tcp-db', port: 3306 },
  { name: 'tcp-server-first-db', port: 3306 },
  { name: 'grpc-api', port: 443 },
  { name: 'https-web', port: 443 },
  { name: 'web', port: 9000, appProtocol: 'TCP' },
  { name: 'web', port: 9000, appProtocol: 'Http' },
];
const ADDRESSES = ['203.0.113.200', '203.0.113.201', '192.0.2.10', 'None', '2001:db8::10'];

const endpoints = fc.record({
  count: fc.integer({ min: 0, max: 2 }),
  hostnames: fc.constantFrom(false, false, true),
  port: maybe(fc.constantFrom(14001), 3),
});

const service = (name: string) =>
  fc
    .record({
      clusterIP: fc.constantFrom(...ADDRESSES),
      ports: fc.uniqueArray(fc.constantFrom(...PORTS), { minLength: 1, maxLength: 2, selector: ({ port }) => port }),
      answering: maybe(endpoints, 5),
    })
    .map(({ clusterIP, ports, answering }): Resource[] => {
      const metadata = { name, namespace: 'curl' };
      const selector = { app: name };
      const described: Resource = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP, ports, selector } };
      if (!answering) return [described];
      const { count, hostnames, port } = answering;
      const addresses = Array.from({ length: count }, (_, index) => ({
        ip: `10.244.1.${SERVICES.indexOf(name) * 10 + index + 1}`,
        ...(hostnames && { hostname: `pod-${index}` }),
      }));
      const subset = { addresses, ports: ports.map((one) => ({ name: one.name, port: port ?? one.port })) };
      return [described, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [subset] }];
    });

const split = (index: number) =>
  fc
    .uniqueArray(
      fc.record({ service: fc.constantFrom(...SERVICES, 'missing'), weight: fc.constantFrom(0, 0, 1, 50, 100) }),
      { minLength: 1, maxLength: 3, selector: ({ service: name }) => name },
    )
    .map((backends): Resource => ({
      apiVersion: 'split.smi-spec.io/v1alpha2',
      kind: 'TrafficSplit',
      metadata: { name: `split${index}`, namespace: 'curl' },
      spec: { service: 'bookstore.curl', backends },
    }));

const openToClient = (name: string): Resource[] => [
  {
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: `to-${name}`, namespace: 'curl' },
    spec: {
      destination: { kind: 'ServiceAccount', name, namespace: 'curl' },
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      rules: [{ kind: 'TCPRoute', name: 'any' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'curl', labels: { app: name } },
    spec: { serviceAccountName: name, containers: [] },
  },
];

const services = fc
  .record({
    described: fc.tuple(...SERVICES.map((name) => maybe(service(name), 3))),
    splits: fc
      .constantFrom(0, 0, 1, 1, 2)
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => split(i)))),
    open: some(SERVICES, 3),
  })
  .map(({ described, splits, open }): Resource[] => [
    ...described.flatMap((parts) => parts ?? []),
    ...splits,
    ...open.flatMap(openToClient),
  ]);

const setting = (name: string, host: string) =>
  fc
    .record(
      {
        tcp: fc.record(
          { maxConnections: fc.constantFrom(0, 1), connectTimeout: fc.constantFrom('5s', '1m30s', '0s', '-1s') },
          { requiredKeys: [] },
        ),
        http: fc.record(
          {
            maxRequests: fc.constantFrom(0, 10),
            maxPendingRequests: fc.constantFrom(0, 10),
            maxRetries: fc.constant(0),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    )
    .map((connectionSettings): Resource => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name, namespace: 'curl' },
      spec: { host, connectionSettings },
    }));

// policies

const ODD_RANGES = [
  '::ffff:192.0.2.0/24',
  '::192.0.2.0/24',
  '2001:db8::192.0.2.0/96',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '0.0.0.0/0',
];
const toSetting = { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'setting0' };

const egress = fc
  .record({
    spec: egressSpec,
    namespace: fc.constantFrom('curl', 'curl', 'curl', 'curl', 'policies', 'outside'),
    ranges: maybe(some(ODD_RANGES, 2)),
    limited: fc.constantFrom(false, false, true),
  })
  .map(({ spec, namespace, ranges, limited }) => ({
    namespace,
    spec: {
      ...spec,
      ...(ranges && { ipAddresses: ranges }),
      ...(limited && { matches: [...(spec.matches ?? []), toSetting] }),
    },
  }));

const egresses = fc.array(egress, { minLength: 1, maxLength: 5 }).map((drafts) =>
  drafts.map(({ spec, namespace }, index): Resource => ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: `egress${index}`, namespace },
    spec,
  })),
);

// the client

/** Lists as they are written in annotations, blanks included. */
const pod = fc
  .record(
    {
      'openservicemesh.io/outbound-port-exclusion-list': fc.constantFrom('3306', '80, 443', '9000'),
      'openservicemesh.io/outbound-ip-range-exclusion-list': fc.constantFrom(
        '192.0.2.10/32',
        '198.51.100.0/24, 10.0.0.0/8',
      ),
      'openservicemesh.io/outbound-ip-range-inclusion-list': fc.constantFrom(
        '192.0.2.0/24',
        '0.0.0.0/0',
        '198.51.100.20/32,192.0.2.64/26',
      ),
      'openservicemesh.io/sidecar-injection': fc.constantFrom('enabled', 'disabled'),
    },
    { requiredKeys: [] },
  )
  .map((annotations): Resource => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl', namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', containers: [] },
  }));

const meshTarget = fc
  .record({
    host: fc.constantFrom(
      'bookstore',
      'bookstore.curl',
      'pod-0.bookstore',
      '203.0.113.200',
      '203.0.113.201',
      '192.0.2.10',
    ),
    port: fc.constantFrom(80, 443, 3306, 9000),
    form: fc.constantFrom('http', 'http', 'https', 'tcp', 'first'),
    name: maybe(fc.constantFrom('bookstore', 'bookstore.curl.svc.cluster.local', 'bookstore-v1.curl', 'httpbin.org')),
  })
  .map(({ host, port, form, name }) =>
    form === 'tcp' || form === 'first'
      ? `tcp://${host}:${port}${form === 'first' ? ' --server-first' : ''}`
      : `curl ${name ? `-H 'Host: ${name}' ` : ''}${form}://${host}:${port}/get`,
  );

const ODD_OPTIONS = [
  "-H 'Transfer-Encoding: gzip'",
  "-H 'Transfer-Encoding: chunked'",
  "-H 'Connection: Upgrade' -H 'Upgrade: websocket'",
  "-H 'Connection: Upgrade' -H 'Upgrade: other'",
  "-H 'Connection: host'",
  "-H 'x y: 1'",
  "-H 'Host:'",
  "-H 'Host;'",
  "-H 'Host: HTTPBIN.org:80'",
  "-H 'x-env: prod' -H 'X-Env: stage'",
  "-H 'Content-Length: 1'",
  '-d a=b',
  '-T /dev/null',
  '--request-target /get',
  '--request-target http://example.com/get',
  '--path-as-is',
  '--haproxy-protocol',
  '-X CONNECT',
  '--resolve httpbin.org:80:198.51.100.20',
  '--connect-to ::192.0.2.77:',
];

const oddTarget = fc
  .record({
    options: fc.uniqueArray(fc.constantFrom(...ODD_OPTIONS), { minLength: 1, maxLength: 2 }),
    version: fc.constantFrom('', '', '', '-0 ', '--http2-prior-knowledge '),
    host: fc.constantFrom('httpbin.org', 'httpbin.org', 'example.com', 'www.httpbin.org'),
    port: fc.constantFrom('', ':3306', ':443', ':9000'),
    path: fc.constantFrom('/get', '/a/../get', '/get%2f', '//get', '/'),
  })
  .map(({ options, version, host, port, path }) => `curl ${version}${options.join(' ')} http://${host}${port}${path}`);

/** curl refuses some pairs of options. */
function canBeRead(line: string): boolean {
  try {
    parseTarget(line);
    return true;
  } catch (error) {
    if (error instanceof TargetError) return false;
    throw error;
  }
}

const target = fc.oneof(
  { arbitrary: targetLine, weight: 6 },
  { arbitrary: oddTarget.filter(canBeRead), weight: 2 },
  { arbitrary: meshTarget, weight: 2 },
);

export const meetingWorld: fc.Arbitrary<MeetingWorld> = fc
  .record({
    mesh,
    groups: fc.tuple(routeGroup('group0'), routeGroup('group1')),
    egresses,
    services: maybe(services),
    settings: fc.tuple(
      maybe(setting('setting0', 'httpbin.org'), 4),
      maybe(setting('setting1', 'bookstore.curl.svc.cluster.local')),
    ),
    pod: maybe(pod),
    targets: fc.uniqueArray(target, { minLength: 10, maxLength: 16 }),
  })
  .map(({ settings, targets, ...drawn }) => ({
    resources: [
      drawn.mesh,
      ...NAMESPACES,
      ...drawn.groups,
      ...drawn.egresses,
      ...(drawn.services ?? []),
      ...settings.flatMap((one) => one ?? []),
      ...(drawn.pod ? [drawn.pod] : []),
    ],
    targets,
  }));
