import assert from 'node:assert/strict';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };

const namespace = (
  name: string,
  settings: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): Resource => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: { 'openservicemesh.io/monitored-by': 'osm', ...settings.labels },
    annotations: settings.annotations ?? {},
  },
});

const meshConfig = (permissive: boolean, traffic: object = {}): Resource => ({
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: {
    featureFlags: { enableEgressPolicy: true },
    traffic: { enablePermissiveTrafficPolicyMode: permissive, ...traffic },
  },
});

interface PortSpec {
  name?: string;
  port: number;
  targetPort?: number;
  appProtocol?: string;
}

const service = (name: string, port: PortSpec, clusterIP = '10.0.0.5'): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP, ports: [port], selector: { app: name } },
});

const endpoints = (name: string, ip: string, port: { name?: string; port: number }): Resource => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name, namespace: 'shop' },
  subsets: [{ addresses: [{ ip }], ports: [port] }],
});

const pod = (name: string, annotations: Record<string, string> = {}, extra: object = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'curl', annotations },
  spec: { serviceAccountName: 'curl', ...extra },
});

function decide(objects: Resource[], line: string): Verdict {
  const world = createWorld([namespace('curl'), namespace('shop'), ...objects]);
  return simulate(world, source).decide(parseTarget(line));
}

const seen = (objects: Resource[], line: string) => {
  const { verdict, ending } = decide(objects, line);
  return ending ? `${ending.outcome.class} ${ending.destination?.cluster ?? ''}`.trim() : verdict;
};

describe('services of the mesh', () => {
  const world = (port: PortSpec) => [meshConfig(true), service('web', port)];

  it('the protocol is appProtocol, else the longest prefix of the port’s name, else http', () => {
    const http = 'http 404';
    const byProtocol = (port: PortSpec) => {
      const { ending } = decide(world(port), 'curl http://10.0.0.5:90/');
      return ending!.outcome.class === 'http' ? http : ending!.outcome.class;
    };
    assert.equal(byProtocol({ port: 90 }), http);
    assert.equal(byProtocol({ name: 'tcp', port: 90 }), http);
    assert.equal(byProtocol({ name: 'grpc-x', port: 90 }), http);
    assert.equal(byProtocol({ name: 'tcp-x', port: 90 }), 'mesh');
    assert.equal(byProtocol({ name: 'tcp-server-first-x', port: 90 }), 'mesh');
    assert.equal(byProtocol({ name: 'http-x', port: 90, appProtocol: 'tcp' }), 'mesh');
    assert.equal(byProtocol({ name: 'http-x', port: 90, appProtocol: 'kubernetes.io/ws' }), 'refused');
  });

  it('is reached by its names, with the target port of its endpoints in the cluster’s name', () => {
    const objects = [
      ...world({ name: 'http', port: 90, targetPort: 1 }),
      endpoints('web', '10.9.9.9', { name: 'http', port: 8080 }),
    ];
    for (const name of ['web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local']) {
      assert.equal(seen(objects, `curl http://${name}:90/`), 'mesh shop/web|8080', name);
    }
    const byHost = "curl -H 'Host: web.shop.svc.cluster' http://web.shop:90/";
    assert.equal(seen(objects, byHost), 'mesh shop/web|8080');
    // a name for HTTP that DNS does not have
    assert.notEqual(seen(objects, 'curl http://web.shop.svc.cluster:90/'), 'mesh shop/web|8080');
    assert.equal(seen(objects, "curl -H 'Host: web' http://web.shop:90/"), 'http');
    assert.equal(seen(objects, 'tcp://web.shop:90'), 'http');
    assert.equal(seen(objects, 'curl https://web.shop:90/'), 'tls-error');
  });

  it('a headless service is reached at its endpoints, one without addresses not at all', () => {
    const headless = [meshConfig(true), service('db', { name: 'tcp-db', port: 5432 }, 'None')];
    assert.equal(seen(headless, 'tcp://10.9.9.9:5432'), 'refused');
    const told = [...headless, endpoints('db', '10.9.9.9', { name: 'tcp-db', port: 5433 })];
    assert.equal(seen(told, 'tcp://db.shop:5432'), 'mesh shop/db|5433');
    assert.equal(seen(told, 'tcp://db.shop.svc.cluster.local.:5432'), 'mesh shop/db|5433');
    assert.equal(seen(told, 'tcp://db.shop.svc.:5432'), 'unresolved', 'no search domain is tried');
  });

  it('without permissive mode a TrafficTarget decides', () => {
    const served: Resource[] = [
      meshConfig(false),
      service('web', { port: 90 }),
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web' } },
        spec: { serviceAccountName: 'web' },
      },
    ];
    const target = (changes: object): Resource => ({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        destination: { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        rules: [{ kind: 'HTTPRouteGroup', name: 'any' }],
        ...changes,
      },
    });
    const reached = (changes: object) => seen([...served, target(changes)], 'curl http://web.shop:90/');
    assert.equal(seen(served, 'curl http://web.shop:90/'), 'refused');
    assert.equal(reached({}), 'mesh shop/web|0');
    assert.equal(reached({ sources: [{ kind: 'Group', name: 'curl', namespace: 'curl' }] }), 'mesh shop/web|0');
    assert.equal(reached({ sources: [{ kind: 'ServiceAccount', name: 'curl' }] }), 'refused');
    assert.equal(reached({ rules: [] }), 'refused');
    assert.equal(reached({ rules: [{ kind: 'UDPRoute', name: 'any' }] }), 'refused');
    assert.equal(reached({ destination: { kind: 'ServiceAccount', name: 'web', namespace: 'curl' } }), 'refused');
  });

  it('a name of which nobody knows the address is taken to be outside the mesh', () => {
    const verdict = decide(world({ port: 80 }), 'http://example.com/');
    assert.equal(verdict.ending?.outcome.class, 'closed');
    assert.ok(verdict.assumptions.some(({ code }) => code === 'address-unknown'));
  });
});

describe('pods of the source', () => {
  const EXCLUDED = { 'openservicemesh.io/outbound-port-exclusion-list': '443, 5432' };
  const target = 'https://example.com/';

  it('an annotation excludes a port', () => {
    assert.equal(seen([meshConfig(false), pod('a', EXCLUDED)], target), 'reached');
    assert.equal(seen([meshConfig(false), pod('a')], target), 'refused');
  });

  it('pods that differ make the verdict depend on the pod', () => {
    const verdict = decide([meshConfig(false), pod('a', EXCLUDED), pod('b')], target);
    assert.equal(verdict.verdict, 'unknown');
    assert.deepEqual(
      verdict.alternatives.map(({ when, outcome }) => [when[0]!.kind, outcome.class]),
      [
        ['pod-is', 'reached'],
        ['pod-is', 'refused'],
      ],
    );
    assert.equal(seen([meshConfig(false), pod('a', EXCLUDED), pod('b', EXCLUDED)], target), 'reached');
    assert.equal(seen([meshConfig(false), pod('a', EXCLUDED), pod('b')], 'http://example.com/'), 'refused');
  });

  it('an annotation that the injector refuses leaves no verdict', () => {
    const broken = { 'openservicemesh.io/outbound-ip-range-exclusion-list': '10.0.0.0/33' };
    const verdict = decide([meshConfig(false), pod('a', broken)], target);
    assert.deepEqual(
      verdict.obstacles.map(({ code }) => code),
      ['pod-refused'],
    );
  });

  it('a running pod that sends connections to an Envoy which it lacks gets nowhere', () => {
    const containers = [{ name: 'app' }];
    const initContainers = [{ name: 'osm-init' }];
    const running = (spec: object) => ({ ...pod('a', {}, spec), status: { phase: 'Running' } });
    const lacking = running({ containers, initContainers });
    const without = decide([meshConfig(false), lacking], target);
    assert.equal(without.verdict, 'unknown');
    const at = { object: lacking, path: ['spec', 'initContainers', 0] };
    assert.deepEqual(without.obstacles, [{ code: 'pod-refused', at, value: 'osm-init', why: 'no-envoy' }]);
    const starting = pod('a', {}, { containers, initContainers });
    assert.deepEqual(decide([meshConfig(false), starting], target).obstacles, [], 'one that may get it yet');
    const envoy = [...containers, { name: 'envoy' }];
    assert.equal(seen([meshConfig(false), running({ containers: envoy, initContainers })], target), 'refused');
    const plain = { ...running({ containers }), metadata: { ...lacking.metadata, name: 'b' } };
    assert.equal(seen([meshConfig(false), plain], target), 'reached');
    // beside one that has no sidecar at all, whichever of them is listed first
    for (const pods of [
      [plain, lacking],
      [lacking, plain],
    ])
      assert.deepEqual(decide([meshConfig(false), ...pods], target).obstacles, without.obstacles);
  });

  it('a pod without sidecar is not intercepted', () => {
    const off = { 'openservicemesh.io/sidecar-injection': 'disabled' };
    assert.equal(seen([meshConfig(false), pod('a', off)], target), 'reached');
    assert.equal(seen([meshConfig(false), pod('a', {}, { hostNetwork: true })], target), 'reached');
    assert.equal(seen([meshConfig(false), namespace('curl', { annotations: off })], target), 'reached');
    assert.equal(
      seen([meshConfig(false), namespace('curl', { labels: { 'openservicemesh.io/ignore': 'true' } })], target),
      'reached',
    );
    assert.equal(
      seen(
        [
          meshConfig(false),
          namespace('curl', { annotations: off }),
          pod('a', { 'openservicemesh.io/sidecar-injection': 'yes' }),
        ],
        target,
      ),
      'refused',
    );
  });

  it('that is not told, or does not tell whether it has a sidecar, is taken to be one that has it', () => {
    const assumed = (...objects: Resource[]) =>
      decide([meshConfig(false), ...objects], 'tcp://192.0.2.1:22').assumptions.map(({ code }) => code);
    const [on, off] = ['enabled', 'disabled'].map((value) => ({ 'openservicemesh.io/sidecar-injection': value }));
    assert.deepEqual(assumed(), ['no-pod']);
    assert.deepEqual(assumed(namespace('curl', { annotations: on! })), ['no-pod']);
    assert.deepEqual(assumed(namespace('curl', { annotations: off! })), []);
    assert.deepEqual(assumed(pod('a')), ['injection-not-stated']);
    assert.deepEqual(assumed(pod('a', on)), []);
    assert.deepEqual(assumed(pod('a', off)), []);
  });

  it('loopback is the pod itself: not known unless a container has the port', () => {
    const listening = pod('a', {}, { containers: [{ name: 'app', ports: [{ containerPort: 9000 }] }] });
    assert.equal(seen([meshConfig(false), listening], 'http://localhost:9000/'), 'reached');
    assert.equal(seen([meshConfig(false), listening], 'http://127.0.0.1:9001/'), 'unknown');
  });

  it('an excluded network interface is the pod’s, eth0', () => {
    assert.equal(seen([meshConfig(false, { networkInterfaceExclusionList: ['eth0'] })], target), 'reached');
    assert.equal(seen([meshConfig(false, { networkInterfaceExclusionList: ['net1'] })], target), 'refused');
  });
});

describe('kinds that could not be read', () => {
  const policies: Resource[] = [
    meshConfig(false, { outboundPortExclusionList: [25] }),
    {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'web', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts: ['httpbin.org'],
        ports: [{ number: 80, protocol: 'http' }],
        matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'routes' }],
      },
    },
  ];
  const verdictWithout = (kind: Resource['kind'], line: string) => {
    const world = createWorld([namespace('curl'), ...policies], { unreadable: new Set([kind]) });
    const { verdict, obstacles } = simulate(world, source).decide(parseTarget(line));
    assert.deepEqual(obstacles, verdict === 'unknown' ? [{ code: 'not-readable', kind }] : []);
    return verdict;
  };

  it('leave no verdict where they decide, and only there', () => {
    assert.equal(verdictWithout('Egress', 'http://httpbin.org/'), 'unknown');
    assert.equal(verdictWithout('Egress', 'tcp://mail.example.com:25'), 'allowed');
    assert.equal(verdictWithout('HTTPRouteGroup', 'http://httpbin.org/'), 'unknown');
    assert.equal(verdictWithout('HTTPRouteGroup', 'https://httpbin.org/'), 'denied');
    assert.equal(verdictWithout('MeshConfig', 'http://httpbin.org/'), 'unknown');
    const [config, policy] = policies as [Resource, Egress];
    const spec = structuredClone(policy.spec);
    delete spec.matches;
    const odd = { ...policy, spec: { ...spec, ports: [...spec.ports, { number: 81, protocol: 'HTTP' }] } };
    const world = createWorld([namespace('curl'), config, odd], { unreadable: new Set(['HTTPRouteGroup']) });
    const { verdict } = simulate(world, source).decide(parseTarget('http://httpbin.org/'));
    assert.equal(verdict, 'allowed', 'a policy that names no group does not depend on any');
    assert.equal(verdictWithout('MeshConfig', 'http://[2001:db8::1]/'), 'allowed');
  });
});

describe('what a command line leaves open', () => {
  const policies = (headers: Record<string, string>[]): Resource[] => [
    meshConfig(false, { outboundIPRangeExclusionList: ['192.0.2.0/24'] }),
    {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'routes', namespace: 'curl' },
      spec: { matches: [{ name: 'a', headers }] },
    },
    {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'web', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts: ['httpbin.org'],
        ports: [{ number: 80, protocol: 'http' }],
        matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'routes' }],
      },
    },
  ];

  it('a header of unknown value matters only to a route that looks at it', () => {
    const upload = 'curl -T /etc/hostname --resolve httpbin.org:80:198.51.100.1 http://httpbin.org/';
    const { verdict, obstacles } = decide(policies([{ 'content-length': '[0-9]' }]), upload);
    assert.equal(verdict, 'unknown');
    assert.deepEqual(
      obstacles.map((one) => one.code === 'header-unknown' && [one.header, one.at.object.kind]),
      [['content-length', 'HTTPRouteGroup']],
    );
    assert.equal(seen(policies([{ 'content-length': '.*' }]), upload), 'reached httpbin.org:80');
    assert.equal(seen(policies([{ 'user-agent': 'curl.*' }]), upload), 'reached httpbin.org:80');
  });

  it('names that are reserved as invalid do not resolve, for nobody', () => {
    assert.equal(seen([meshConfig(false)], 'http://nowhere.invalid/'), 'unresolved');
  });

  it('further addresses of --resolve are tried when the one before refuses', () => {
    const line = (addresses: string) => `curl --resolve db:5432:${addresses} http://db:5432/`;
    const alone = [meshConfig(false, { outboundIPRangeExclusionList: ['192.0.2.0/24'] })];
    assert.equal(seen(alone, line('198.51.100.1')), 'refused');
    assert.equal(seen(alone, line('198.51.100.1,192.0.2.1')), 'reached');
    assert.equal(seen(policies([]), line('198.51.100.1,192.0.2.1')), 'closed');
  });
});
