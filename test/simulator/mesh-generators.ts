import fc from 'fast-check';
import type {
  Endpoints,
  Egress,
  HTTPMatch,
  Pod,
  Resource,
  Service,
  TrafficSplit,
  TrafficTarget,
  UpstreamTrafficSetting,
} from '../../src/lib/resources/types.js';
import { resources, targetLine } from './generators.js';

/** Worlds with services, splits, settings and pods on top of those of `generators.ts`, and targets that meet them. */

const NAMES = ['web', 'api', 'db'];
const PORTS = [80, 443, 3306];
const PROTOCOLS = [undefined, undefined, 'http', 'HTTP', 'tcp', 'tcp', 'Tcp', 'tcp-server-first', 'mysql'];
const PORT_NAMES = ['http', 'http', 'http', 'tcp-x', undefined];

const portName = fc.constantFrom(...PORT_NAMES);
const named = <T extends object>(name: string | undefined, rest: T): T & { name?: string } =>
  name === undefined ? rest : { ...rest, name };

const servicePort = fc
  .record({
    name: portName,
    port: fc.constantFrom(80, 80, 80, 80, ...PORTS),
    appProtocol: fc.constantFrom(...PROTOCOLS),
  })
  .map(({ name, port, appProtocol }) => named(name, { port, ...(appProtocol !== undefined && { appProtocol }) }));

function service(name: string, index: number): fc.Arbitrary<Service> {
  return fc
    .record({
      namespace: fc.constantFrom('curl', 'curl', 'curl', 'policies'),
      clusterIP: fc.constantFrom(`203.0.113.20${index}`, `203.0.113.20${index}`, 'None', `fd00::20${index}`),
      port: servicePort,
    })
    .map(({ namespace, clusterIP, port }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { clusterIP, selector: { app: name }, ports: [port] },
    }));
}

function endpoints(of: Service, index: number): fc.Arbitrary<Endpoints> {
  const { name, namespace = 'default' } = of.metadata;
  const own = of.spec.ports?.[0]?.name;
  return fc
    .record({
      hostname: fc.constantFrom(undefined, undefined, `${name}-0`),
      ready: fc.constantFrom(true, true, false),
      ports: fc.array(fc.record({ name: fc.constantFrom(own, own, own, 'other'), port: fc.constantFrom(8080, 9090) }), {
        minLength: 1,
        maxLength: 2,
      }),
    })
    .map(({ hostname, ready, ports }) => {
      const address = { ip: `203.0.113.21${index}`, ...(hostname !== undefined && { hostname }) };
      return {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name, namespace },
        subsets: [
          {
            ...(ready && { addresses: [address] }),
            ports: ports.map(({ name: portNamed, port }) => named(portNamed, { port })),
          },
        ],
      };
    });
}

const split = (index: number): fc.Arbitrary<TrafficSplit> =>
  fc
    .record({
      namespace: fc.constantFrom('curl', 'curl', 'curl', 'policies'),
      root: fc.constantFrom('web', 'web.curl', 'web.curl.svc.cluster.local', 'api'),
      backends: fc.array(
        fc.record({ service: fc.constantFrom(...NAMES, 'missing'), weight: fc.constantFrom(0, 1, 50, 50, 100) }),
        { maxLength: 3 },
      ),
    })
    .map(({ namespace, root, backends }) => ({
      apiVersion: 'split.smi-spec.io/v1alpha2',
      kind: 'TrafficSplit',
      metadata: { name: `split${index}`, namespace },
      spec: { service: root, backends },
    }));

const setting = (name: string): fc.Arbitrary<UpstreamTrafficSetting> =>
  fc
    .record({
      host: fc.constantFrom('httpbin.org', 'web.curl.svc.cluster.local'),
      tcp: fc.constantFrom({}, {}, { maxConnections: 0 }, { connectTimeout: '0s' }, { connectTimeout: '5s' }),
      http: fc.constantFrom({}, {}, { maxRequests: 0 }, { maxPendingRequests: 0 }, { maxRetries: 0 }),
    })
    .map(({ host, tcp, http }) => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'UpstreamTrafficSetting',
      metadata: { name, namespace: 'curl' },
      spec: { host, connectionSettings: { tcp, http } },
    }));

/** By its place in the world, so that no two bear one name. */
const trafficTarget: fc.Arbitrary<(index: number) => TrafficTarget> = fc
  .record({ name: fc.constantFrom(...NAMES), namespace: fc.constantFrom('curl', 'policies') })
  .map(({ name, namespace }) => (index) => ({
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: `target${index}`, namespace },
    spec: {
      destination: { kind: 'ServiceAccount', name, namespace },
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      rules: [{ kind: 'TCPRoute', name: 'any' }],
    },
  }));

const server = (name: string, namespace: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${name}-0`, namespace, labels: { app: name } },
  spec: { serviceAccountName: name },
});

const ANNOTATIONS: readonly Record<string, string>[] = [
  ...Array.from({ length: 12 }, () => ({})),
  { 'openservicemesh.io/outbound-port-exclusion-list': '3306' },
  { 'openservicemesh.io/outbound-port-exclusion-list': '70000' },
  { 'openservicemesh.io/outbound-port-exclusion-list': '0' },
  { 'openservicemesh.io/inbound-port-exclusion-list': Array.from({ length: 16 }, (_, i) => i + 1).join(',') },
  { 'openservicemesh.io/outbound-ip-range-exclusion-list': '192.0.2.0/08' },
  { 'openservicemesh.io/outbound-ip-range-inclusion-list': '::/0' },
  { 'openservicemesh.io/sidecar-injection': 'disabled' },
];

const client: fc.Arbitrary<Pod> = fc
  .record({
    annotations: fc.constantFrom(...ANNOTATIONS),
    runAsUser: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1500),
    // it runs, and has osm-init without Envoy
    halfInjected: fc.integer({ min: 0, max: 20 }).map((number) => number === 20),
  })
  .map(({ annotations, runAsUser, halfInjected }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl-0', namespace: 'curl', annotations },
    spec: {
      serviceAccountName: 'curl',
      securityContext: { runAsUser },
      containers: [{ name: 'curl' }],
      ...(halfInjected && { initContainers: [{ name: 'osm-init' }] }),
    },
    ...(halfInjected && { status: { phase: 'Running' } }),
  }));

const mesh: fc.Arbitrary<Resource[]> = fc
  .tuple(...NAMES.map(service))
  .chain((services) =>
    fc.tuple(
      fc.constant(services),
      fc.tuple(...services.map((one, index) => fc.option(endpoints(one, index), { nil: undefined, freq: 4 }))),
      fc.option(split(0), { nil: undefined, freq: 3 }),
      fc.option(split(1), { nil: undefined, freq: 2 }),
      fc.array(trafficTarget, { maxLength: 2 }).map((targets) => targets.map((target, index) => target(index))),
      fc.option(client, { nil: undefined, freq: 2 }),
    ),
  )
  .map(([services, ends, split0, split1, targets, pod]) => {
    const present = [...ends, split0, split1, pod].filter((object): object is NonNullable<typeof object> => !!object);
    const servers = services.map(({ metadata }) => server(metadata.name, metadata.namespace!));
    return [...services, ...servers, ...present, ...targets];
  });

const INTERFACES = [...Array.from({ length: 20 }, () => []), ['eth+'], ['net1'], ['sixteen-letters-'], ['a b']];
const REFERENCES = [undefined, undefined, 'setting0', 'setting1'];

const PLAIN_HOSTS = [['httpbin.org'], ['httpbin.org'], ['httpbin.org'], ['httpbin.*'], ['localhost'], ['a\nb']];
const MATCHES: readonly HTTPMatch[] = [
  { name: 'get', pathRegex: '/get', methods: ['GET'] },
  { name: 'post', pathRegex: '/get', methods: ['POST'] },
  { name: 'other', pathRegex: '/other' },
  { name: 'header', headers: [{ 'x-env': 'prod' }] },
  { name: 'empty', headers: [{ 'x-env': '' }] },
  { name: 'nameless', headers: [{ '': 'x' }] },
];

/** One policy for plain HTTP that nothing stops by itself, with a route group of its own. */
const plainPolicy: fc.Arbitrary<Resource[]> = fc
  .record({
    hosts: fc.constantFrom(...PLAIN_HOSTS),
    matches: fc.array(fc.constantFrom(...MATCHES, ...MATCHES.slice(0, 4), ...MATCHES.slice(0, 4)), { maxLength: 3 }),
  })
  .map(({ hosts, matches }): Resource[] => [
    {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'plain', namespace: 'curl' },
      spec: { matches },
    },
    {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'plain', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts,
        ports: [{ number: 80, protocol: 'http' }],
        ...(matches.length > 0 && {
          matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'plain' }],
        }),
      },
    },
  ]);

/** Worlds of a mesh in which policies, services, splits and settings meet. */
export const meshWorlds: fc.Arbitrary<Resource[]> = fc
  .record({
    base: resources,
    mesh: fc.option(mesh, { nil: [], freq: 5 }),
    permissive: fc.constantFrom(true, true, false),
    lists: fc.constantFrom(false, false, false, true),
    plain: fc.option(plainPolicy, { nil: undefined, freq: 3 }),
    settings: fc.tuple(setting('setting0'), setting('setting1')),
    references: fc.array(fc.constantFrom(...REFERENCES), { minLength: 4, maxLength: 4 }),
    ranges: fc.constantFrom([], [], [], [], [], [], ['2001:db8::192.0.2.0/99'], ['::ffff:192.0.2.0/96']),
    networkInterfaceExclusionList: fc.constantFrom(...INTERFACES),
  })
  .map(({ base, mesh: objects, permissive, lists, plain, settings, references, ranges, ...more }) => {
    let index = 0;
    const changed = base.map((object): Resource => {
      if (object.kind === 'MeshConfig') {
        const traffic = {
          ...(lists ? object.spec?.traffic : { enableEgress: object.spec?.traffic?.enableEgress === true }),
          enablePermissiveTrafficPolicyMode: permissive,
          ...more,
        };
        return { ...object, spec: { ...object.spec, traffic } };
      }
      if (object.kind !== 'Egress') return object;
      return changedPolicy(object, references[index], index++ === 0 ? ranges : []);
    });
    return [...changed, ...settings, ...objects, ...(plain ?? [])];
  });

function changedPolicy(policy: Egress, reference: string | undefined, ranges: readonly string[]): Egress {
  const { ipAddresses = [], matches = [] } = policy.spec;
  const apiGroup = 'policy.openservicemesh.io/v1alpha1';
  const setting = reference === undefined ? [] : [{ apiGroup, kind: 'UpstreamTrafficSetting', name: reference }];
  return {
    ...policy,
    spec: {
      ...policy.spec,
      ...(ranges.length > 0 && { ipAddresses: [...ipAddresses, ...ranges] }),
      ...(setting.length > 0 && { matches: [...matches, ...setting] }),
    },
  };
}

const ADDRESSES = [
  '203.0.113.200',
  '203.0.113.200',
  '203.0.113.200',
  '203.0.113.201',
  '203.0.113.210',
  '203.0.113.211',
  '203.0.113.212',
];
const HOSTS = [
  'web.curl',
  'web.curl',
  'web',
  'web',
  'api.policies.svc.cluster.local:80',
  'db-0.db.curl',
  'web-0.web.curl',
  'httpbin.org',
];

const meshTarget = fc
  .record({
    address: fc.constantFrom(...ADDRESSES),
    port: fc.constantFrom(80, 80, 80, 80, ...PORTS),
    host: fc.constantFrom(...HOSTS),
    how: fc.constantFrom('http', 'http', 'tcp', 'https', 'name'),
  })
  .map(({ address, port, host, how }) => {
    if (how === 'tcp') return `tcp://${address}:${port}`;
    if (how === 'https') return `curl https://${address}:${port}/`;
    if (how === 'name') return `curl http://${host.replace(/:\d+$/, '')}:${port}/`;
    return `curl -H 'Host: ${host}' http://${address}:${port}/`;
  });

const ODD = [
  "-H 'Transfer-Encoding: gzip'",
  "-H 'Connection: Upgrade' -H 'Upgrade: foo'",
  "-H 'Connection: host'",
  "-H 'a b: c'",
  "--request-target '/a b'",
  "--request-target '*' -X OPTIONS",
  `-H 'X-Big: ${'a'.repeat(62_000)}'`,
  '--haproxy-protocol',
  '-0',
];
const ODD_URLS = [
  'http://httpbin.org/get',
  'http://httpbin.de/get',
  'http://localhost/',
  'http://localhost:9000/',
  'http://nowhere.invalid/',
  'http://127.0.0.1/',
];

const oddTarget = fc
  .record({
    options: fc.constantFrom(...ODD, '', '', "-H 'Host: localhost' -4"),
    url: fc.constantFrom('http://httpbin.org/get', 'http://httpbin.org/get', ...ODD_URLS),
  })
  .map(({ options, url }) => `curl ${options} ${url}`.replace(/ {2,}/g, ' '));

export const meshTargetLine: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: targetLine, weight: 3 },
  { arbitrary: meshTarget, weight: 4 },
  { arbitrary: oddTarget, weight: 2 },
);
