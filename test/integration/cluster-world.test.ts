import assert from 'node:assert/strict';
import { after, before, it } from 'mocha';
import { MissingKindError } from '../../src/lib/cluster/errors.js';
import { fetchResources } from '../../src/lib/cluster/fetch-resources.js';
import type { World, WorldProgress } from '../../src/lib/cluster/fetch-resources.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { ClusterError } from '../../src/lib/errors.js';
import { integration } from './support/api-server.js';
import { startFaultProxy } from './support/fault-proxy.js';
import type { FaultProxy } from './support/fault-proxy.js';

integration('cluster: the live world', (server) => {
  let admin: Cluster;
  let osm: string;
  let apps: string;
  let other: string;
  let proxy: FaultProxy;

  before(async () => {
    admin = await server.connect('admin');
    proxy = await startFaultProxy(server.control);
    osm = await server.freshNamespace('osm');
    apps = await server.freshNamespace('apps', { 'openservicemesh.io/monitored-by': 'osm' });
    other = await server.freshNamespace('other');
    await server.apply(`
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: ${osm}}
spec: {featureFlags: {enableEgressPolicy: true}, traffic: {enableEgress: false}}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: one, namespace: ${apps}}
spec: {sources: [{kind: ServiceAccount, name: curl, namespace: ${apps}}], hosts: [a], ports: [{number: 80, protocol: http}]}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: two, namespace: ${other}}
spec: {sources: [{kind: ServiceAccount, name: curl, namespace: ${apps}}], hosts: [b], ports: [{number: 80, protocol: http}]}
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: routes, namespace: ${apps}}
spec: {matches: [{name: all, pathRegex: '/.*', methods: ['*']}]}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: UpstreamTrafficSetting
metadata: {name: upstream, namespace: ${apps}}
spec: {host: a}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${apps}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web, namespace: ${apps}}
subsets: [{addresses: [{ip: 10.1.2.3}], ports: [{name: http, port: 8080}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: curl, namespace: ${apps}, labels: {app: curl}}
spec: {serviceAccountName: curl, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ${apps}, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: curl, namespace: ${apps}}
---
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: target, namespace: ${apps}}
spec:
  destination: {kind: ServiceAccount, name: web, namespace: ${apps}}
  sources: [{kind: ServiceAccount, name: curl, namespace: ${apps}}]
  rules: [{kind: HTTPRouteGroup, name: routes}]
`);
  });
  after(() => proxy?.close());

  /** `Kind/name` of what lies in this suite's namespaces, and of these namespaces. */
  const names = (world: World): string[] =>
    world.objects
      .filter(({ kind, metadata }) =>
        [osm, apps, other].includes(kind === 'Namespace' ? metadata.name : (metadata.namespace ?? '')),
      )
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`);

  it('always: MeshConfig, Namespaces and the egress policies of all namespaces', async () => {
    const world = await fetchResources(admin, { osmNamespace: osm });
    assert.deepEqual(names(world), [
      'MeshConfig/osm-mesh-config',
      `Namespace/${apps}`,
      `Namespace/${osm}`,
      `Namespace/${other}`,
      'Egress/one',
      'Egress/two',
      'HTTPRouteGroup/routes',
      'UpstreamTrafficSetting/upstream',
    ]);
    assert.deepEqual([world.forbidden, world.missingKinds, world.missingObjects], [[], [], []]);
  });

  it('gives objects as they are, without the history of their fields', async () => {
    const { objects } = await fetchResources(admin, { osmNamespace: osm });
    const egress = objects.find(({ kind, metadata }) => kind === 'Egress' && metadata.namespace === apps);
    assert(egress?.kind === 'Egress');
    assert.equal(egress.apiVersion, 'policy.openservicemesh.io/v1alpha1');
    assert.deepEqual(egress.spec.ports, [{ number: 80, protocol: 'http' }]);
    assert(!('managedFields' in egress.metadata));
    const namespace = objects.find(({ metadata }) => metadata.name === apps);
    assert.equal(namespace?.metadata.labels?.['openservicemesh.io/monitored-by'], 'osm');
  });

  it('on request: Services, Endpoints, Pods, ServiceAccounts and TrafficTargets, everywhere or in part', async () => {
    const all = await fetchResources(admin, {
      osmNamespace: osm,
      services: true,
      endpoints: true,
      pods: true,
      serviceAccounts: true,
      trafficTargets: true,
    });
    assert.deepEqual(names(all).slice(8), [
      'ServiceAccount/curl',
      'Service/web',
      'Endpoints/web',
      'Pod/curl',
      'Pod/web',
      'TrafficTarget/target',
    ]);
    const part = await fetchResources(admin, {
      osmNamespace: osm,
      services: { namespaces: [other] },
      pods: { namespaces: [apps, other, apps], labelSelector: 'app=curl' },
      endpoints: false,
    });
    assert.deepEqual(names(part).slice(8), ['Pod/curl']);
  });

  it('a MeshConfig that is missing, or has another name', async () => {
    const missing = await fetchResources(admin, { osmNamespace: other });
    assert.deepEqual(missing.missingObjects, [{ kind: 'MeshConfig', namespace: other, name: 'osm-mesh-config' }]);
    const named = await fetchResources(admin, { osmNamespace: osm, meshConfigName: 'mine' });
    assert.deepEqual(named.missingObjects, [{ kind: 'MeshConfig', namespace: osm, name: 'mine' }]);
  });

  it('tells its progress', async () => {
    const seen: WorldProgress[] = [];
    const world = await fetchResources(admin, { osmNamespace: osm, onProgress: (progress) => seen.push(progress) });
    const egresses = world.objects.filter(({ kind }) => kind === 'Egress').length;
    assert.deepEqual(seen.filter(({ kind }) => kind === 'Egress').at(-1), { kind: 'Egress', received: egresses });
    assert(seen.some(({ kind }) => kind === 'Namespace'));
  });

  it('what may not be read is part of the answer', async () => {
    const nobody = await server.connect('nobody');
    const world = await fetchResources(nobody, { osmNamespace: osm, pods: true });
    assert.deepEqual(world.objects, []);
    assert.deepEqual(
      world.forbidden.map(({ error: _, ...rest }) => rest),
      [
        { kind: 'MeshConfig', namespace: osm, name: 'osm-mesh-config' },
        { kind: 'Namespace' },
        { kind: 'Egress' },
        { kind: 'HTTPRouteGroup' },
        { kind: 'UpstreamTrafficSetting' },
        { kind: 'Pod' },
      ],
    );
    for (const { error } of world.forbidden)
      assert.match(error.message, /^\S+ (\S+ )?is forbidden: User "nobody" cannot /);
  });

  it('what may be read only in one namespace is read there', async () => {
    const rule = { apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['list'] };
    const self = { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] };
    const user = await server.createUser('developer', { namespaces: { [apps]: [rule, self] } });
    const developer = await server.connect(user);
    const world = await fetchResources(developer, { osmNamespace: osm, fallbackNamespaces: [apps, other, apps] });
    assert.deepEqual(names(world), [`Namespace/${apps}`, 'Egress/one']);
    assert.deepEqual(
      world.forbidden
        .filter(({ kind }) => kind === 'Egress' || kind === 'Namespace')
        .map(({ error: _, ...rest }) => rest),
      [
        { kind: 'Namespace' },
        { kind: 'Namespace', name: other },
        { kind: 'Egress' },
        { kind: 'Egress', namespace: other },
      ],
    );
  });

  it('a kind that the cluster does not have is part of the answer', async () => {
    const cluster = await server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', { cluster: { server: proxy.url } }),
    });
    const rewrite = (path: string): string => path.replace('access.smi-spec.io', 'gone.smi-spec.io');
    proxy.plan({ fault: { rewrite }, times: 99 });
    const world = await fetchResources(cluster, { osmNamespace: osm, trafficTargets: { namespaces: [apps, other] } });
    assert.deepEqual(
      world.missingKinds.map(({ error, ...rest }) => [rest, error instanceof MissingKindError]),
      [[{ kind: 'TrafficTarget', apiVersion: 'access.smi-spec.io/v1alpha3' }, true]],
    );
    assert(names(world).includes('Egress/one'));
  });

  it('any other failure is an error, and ends the rest', async () => {
    const cluster = await server.connect('admin', {
      kubeconfig: server.kubeconfigFor('admin', {
        cluster: { server: proxy.url },
        user: { token: 'bad' },
      }),
    });
    proxy.plan();
    await assert.rejects(
      fetchResources(cluster, { osmNamespace: osm }),
      (error) => error instanceof ClusterError && error.status === 401,
    );
    assert(proxy.requests.length <= 4);
    proxy.plan({ fault: { status: 500, body: 'broken' }, times: 99 });
    await assert.rejects(fetchResources(cluster, { osmNamespace: osm }), { status: 500 });
  });
});
