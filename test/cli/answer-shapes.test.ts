import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runWarm } from '../support/run-cli.js';
import { startSmallApiServer, type SmallApiServer } from '../support/small-api-server.js';

/** An object of each kind that `egress explain` asks a cluster for. */
const objects: readonly object[] = [
  {
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: {
      traffic: {
        enableEgress: false,
        enablePermissiveTrafficPolicyMode: false,
        outboundIPRangeExclusionList: ['10.1.0.0/16'],
        outboundPortExclusionList: [6379],
        networkInterfaceExclusionList: ['eth1'],
      },
      featureFlags: { enableEgressPolicy: true },
    },
  },
  {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }],
      hosts: ['example.org'],
      ipAddresses: ['10.0.0.0/8'],
      ports: [{ number: 80, protocol: 'http' }],
      matches: [
        { apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g' },
        { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name: 'u' },
      ],
    },
  },
  {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name: 'g', namespace: 'shop' },
    spec: { matches: [{ name: 'm', pathRegex: '/a', methods: ['GET'], headers: [{ a: 'b' }] }] },
  },
  {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    metadata: { name: 'u', namespace: 'shop' },
    spec: {
      host: 'web.shop.svc.cluster.local',
      connectionSettings: { tcp: { maxConnections: 1, connectTimeout: '1s' }, http: { maxRequests: 1 } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'openservicemesh.io/monitored-by': 'osm' }, annotations: { a: 'b' } },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: 'shop' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      clusterIP: '10.96.0.1',
      type: 'ClusterIP',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [
      {
        addresses: [{ ip: '10.0.0.9', hostname: 'h', targetRef: { kind: 'Pod', name: 'web-0', namespace: 'shop' } }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web' }, annotations: { a: 'b' } },
    spec: {
      serviceAccountName: 'api',
      hostNetwork: false,
      securityContext: { runAsUser: 5 },
      initContainers: [{ name: 'osm-init' }],
      containers: [
        { name: 'app', ports: [{ containerPort: 8080 }], securityContext: { runAsUser: 4 } },
        { name: 'envoy' },
      ],
    },
    status: { phase: 'Running', podIP: '10.0.0.9' },
  },
  {
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: 't', namespace: 'shop' },
    spec: {
      destination: { kind: 'ServiceAccount', name: 'api', namespace: 'shop' },
      sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'shop' }],
      rules: [{ kind: 'HTTPRouteGroup', name: 'g', matches: ['m'] }],
    },
  },
  {
    apiVersion: 'split.smi-spec.io/v1alpha2',
    kind: 'TrafficSplit',
    metadata: { name: 's', namespace: 'shop' },
    spec: { service: 'web.shop', backends: [{ service: 'web', weight: 1 }] },
  },
];

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  const below = [...keys].flatMap((key) => pathsIn((value as Record<string | number, unknown>)[key], [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function withValue(object: object, path: Path, value: unknown): object {
  const copy = structuredClone(object);
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as typeof at;
  at[path.at(-1)!] = value;
  return copy;
}

describe('answers of any shape', function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), 'osm-ts-shapes-'));
  const kubeconfig = join(root, 'config');
  let server: SmallApiServer | undefined;
  const kinds = objects.map((object) => (object as { kind: string }).kind);
  after(() => rmSync(root, { recursive: true }));
  afterEach(() => server?.close());

  kinds.forEach((kind, index) => {
    it(`${kind}: a value of another type is no bug`, async () => {
      const codes = new Set<number | null>();
      for (const path of pathsIn(objects[index]).filter(([first]) => first !== 'kind' && first !== 'metadata')) {
        for (const value of [7, [null], { a: { b: true } }, null]) {
          server = await startSmallApiServer(
            JSON.stringify({ items: objects.toSpliced(index, 1, withValue(objects[index]!, path, value)) }),
          );
          writeFileSync(kubeconfig, server.kubeconfig);
          const words = ['http://web.shop/a', 'http://example.org/a', '--pod', 'shop/web-0', '-o', 'json'];
          const { code, stderr } = await runWarm(['egress', 'explain', ...words, '--kubeconfig', kubeconfig]);
          assert.notEqual(code, 70, `${path.join('.')} = ${JSON.stringify(value)}\n${stderr}`);
          codes.add(code);
          server.close();
        }
      }
      if (kind !== 'ServiceAccount') assert.ok(codes.has(3), String([...codes]));
    });
  });
});
