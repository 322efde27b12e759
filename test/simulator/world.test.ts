import assert from 'node:assert/strict';
import type { Egress, MeshConfig, Pod, Resource, Service } from '../../src/lib/resources/types.js';
import { isStandIn } from '../../src/lib/simulator/stand-in-addresses.js';
import { createWorld, nameOf, type WorldOptions } from '../../src/lib/simulator/world.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { meshConfig, policy, served, service, setting, SOURCE } from './control-plane/worlds.js';

const config = (name: string, namespace: string | undefined, spec: MeshConfig['spec'] = {}): Resource => ({
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  spec,
});
const namespace = (name: string, labels: Record<string, string> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'curl' },
  spec: {
    selector: { matchLabels: { app: 'api' } },
    template: { metadata: { labels: { app: 'api' } }, spec: { serviceAccountName: 'curl' } },
  },
} as Resource;

describe('resources, as the control plane looks at them (egress semantics §0)', () => {
  it('are known by namespace and name, default where none is said, the last of equal ones', () => {
    assert.equal(nameOf({ metadata: { name: 'a' } }), 'default/a');
    const [one, two] = [policy('p', { hosts: ['a'] }), policy('p', { hosts: ['b'] })];
    const homeless = policy('q', {});
    delete homeless.metadata.namespace;
    const { egresses } = createWorld([one, homeless, two]);
    assert.deepEqual(egresses, [two, homeless]);
  });

  it('name a source, as often as they do, and only as a ServiceAccount', () => {
    const [account] = policy('p', {}).spec.sources;
    const other = { kind: 'Group', name: 'curl', namespace: 'curl' };
    const [one, two] = [
      policy('p', { sources: [other, account!, account!] as Egress['spec']['sources'] }),
      policy('q', {}),
    ];
    const { policiesNaming } = createWorld([one, two]);
    assert.deepEqual(policiesNaming(SOURCE), [
      { policy: one, sourceIndex: 1 },
      { policy: one, sourceIndex: 2 },
      { policy: two, sourceIndex: 0 },
    ]);
    assert.deepEqual(policiesNaming({ ...SOURCE, serviceAccount: 'other' }), []);
  });

  it('have one MeshConfig that counts: that of the control plane’s namespace, else one of its name', () => {
    const of = (objects: Resource[], options?: WorldOptions) =>
      createWorld(objects, options).meshConfig?.metadata.namespace;
    const [here, there, other] = [
      config('osm-mesh-config', 'osm-system'),
      config('osm-mesh-config', 'mesh'),
      config('x', 'x'),
    ];
    assert.deepEqual(
      [of([there, here]), of([other, there]), of([other]), of([here, there], { osmNamespace: 'mesh' })],
      [...['osm-system', 'mesh', undefined, 'mesh']],
    );
    assert.equal(of([other, here], { meshConfigName: 'x' }), 'x');
  });

  it('have modes, which are on without a MeshConfig, and off where it does not say so', () => {
    const modes = (...objects: Resource[]) => {
      const { egressPolicyEnabled, permissive, meshWideEgress } = createWorld(objects);
      return [egressPolicyEnabled, permissive, meshWideEgress];
    };
    assert.deepEqual(modes(), [true, true, false]);
    assert.deepEqual(modes(config('osm-mesh-config', 'osm-system')), [false, false, false]);
    const traffic = { enableEgress: true, enablePermissiveTrafficPolicyMode: true };
    const all = config('osm-mesh-config', 'osm-system', { featureFlags: { enableEgressPolicy: true }, traffic });
    assert.deepEqual(modes(all), [true, true, true]);
  });

  it('are in the mesh by a label of their namespace', () => {
    const label = 'openservicemesh.io/monitored-by';
    const { isMonitored, meshName } = createWorld([
      namespace('a', { [label]: 'osm' }),
      namespace('b', { [label]: 'other' }),
      namespace('c'),
    ]);
    assert.deepEqual(['a', 'b', 'c', 'd'].map(isMonitored), [true, false, false, true]);
    assert.equal(meshName, 'osm');
    assert.equal(createWorld([namespace('b', { [label]: 'other' })], { meshName: 'other' }).isMonitored('b'), true);
  });

  it('are not there for a version that does not know them', () => {
    const settings = (options: WorldOptions) => createWorld([setting('u', {})], options).upstreamTrafficSettings.size;
    assert.deepEqual([settings({}), settings({ osmVersion: '1.0' }), settings({ osmVersion: '1.1' })], [1, 0, 1]);
  });

  it('stand for ClusterIPs that are not given, unless Endpoints show that there is none', () => {
    const without = (name: string, spec: Partial<Service['spec']> = {}) => {
      const one = service(name, spec);
      delete one.spec.clusterIP;
      return one;
    };
    const [a, b, c] = [without('a'), without('b'), service('c', { clusterIP: '' })];
    const others = [service('d'), without('e', { type: 'ExternalName' }), without('f'), served('f')];
    const { standIns } = createWorld([a, b, c, ...others]);
    const expected = [
      [a, '240.0.0.1'],
      [b, '240.0.0.2'],
      [c, '240.0.0.3'],
    ];
    assert.deepEqual([...standIns], expected);
    for (const address of [...standIns.values(), '240.15.255.255']) assert.equal(isStandIn(address), true, address);
    for (const address of ['239.255.255.255', '240.16.0.0', '240.240.0.1', '::1', 'f0.org'])
      assert.equal(isStandIn(address), false, address);
  });

  it('leave open in files where headless services lead that select pods, and have no Endpoints', () => {
    const headless = (name: string, spec: Partial<Service['spec']> = {}) =>
      service(name, { clusterIP: 'None', ...spec });
    const db = headless('db');
    const bare = headless('bare');
    delete bare.spec.selector;
    const objects = [db, bare, headless('known'), served('known'), service('web')];
    assert.deepEqual([...createWorld(objects, { asInFiles: true }).scattered], [db]);
    assert.equal(createWorld(objects).scattered.size, 0);
  });

  it('show the pods that are there, and those that workloads would make', () => {
    assert.equal(createWorld([workload, service('web')]).pods.length, 1);
  });
});

describe('what is assumed of a source', () => {
  const pod = (parts: Partial<Pod['metadata']> = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl', namespace: 'curl', ...parts },
    spec: { serviceAccountName: 'curl' },
  });
  const annotated = (value: string) => pod({ annotations: { 'openservicemesh.io/sidecar-injection': value } });
  const home = namespace('curl', { 'openservicemesh.io/monitored-by': 'osm' });
  const assumed = (objects: Resource[], options?: WorldOptions, isHeld = false) => {
    const world = createWorld(objects, options);
    const held = isHeld ? simulate(createWorld([]), SOURCE).program : undefined;
    return simulate(world, SOURCE, { held })
      .decide(parseTarget('curl --resolve a:80:192.0.2.1 http://a/'))
      .assumptions.map((one) =>
        [
          one.code,
          'namespace' in one ? one.namespace : 'kind' in one ? one.kind : 'at' in one ? one.at.path.join('.') : '',
        ]
          .filter((text) => text !== '')
          .join(' '),
      );
  };

  it('is what nobody tells: the MeshConfig, the namespace and the pod', () => {
    assert.deepEqual(assumed([]), ['no-mesh-config', 'no-namespace curl', 'no-pod']);
    assert.deepEqual(assumed([], {}, true), ['no-exclusion-lists', 'no-pod']);
    assert.deepEqual(assumed([meshConfig(), home, pod()]), ['injection-not-stated']);
    assert.deepEqual(assumed([meshConfig(), home, annotated('yes')]), []);
  });

  it('is nothing of the mesh where the source is outside', () => {
    assert.deepEqual(assumed([home, annotated('no')]), []);
    const outside = namespace('curl');
    assert.deepEqual(assumed([outside]), []);
    const mixed = [
      home,
      annotated('no'),
      pod({ name: 'other', annotations: { 'openservicemesh.io/sidecar-injection': 'yes' } }),
    ];
    assert.deepEqual(assumed(mixed), ['no-mesh-config']);
  });

  it('is that a MeshConfig of another namespace counts', () => {
    const rest = [home, annotated('yes')];
    assert.deepEqual(assumed([config('osm-mesh-config', 'mesh'), ...rest]), [
      'mesh-config-elsewhere metadata.namespace',
    ]);
    assert.deepEqual(assumed([config('osm-mesh-config', undefined), ...rest]), [
      'mesh-config-elsewhere metadata.namespace',
    ]);
    assert.deepEqual(assumed([config('osm-mesh-config', undefined), ...rest], { osmNamespace: 'default' }), []);
  });

  it('is that the namespaces of policies that apply are in the mesh', () => {
    const homeless = policy('q', {});
    delete homeless.metadata.namespace;
    const elsewhere = { ...policy('r', {}), metadata: { name: 'r', namespace: 'x' } };
    const all = [meshConfig(), annotated('yes'), home, homeless, policy('p', {}), elsewhere];
    assert.deepEqual(assumed(all), ['no-namespace default', 'no-namespace x']);
  });

  it('is that kinds which could not be read would change nothing', () => {
    const kinds = [
      'Service',
      'Endpoints',
      'TrafficTarget',
      'TrafficSplit',
      'UpstreamTrafficSetting',
      'Pod',
      'Namespace',
    ];
    const unreadable = new Set([...kinds, 'MeshConfig', 'Egress', 'HTTPRouteGroup'] as Resource['kind'][]);
    const told = kinds.map((kind) => `settings-unreadable ${kind}`);
    assert.deepEqual(assumed([home, annotated('yes')], { unreadable }), told);
    assert.deepEqual(assumed([meshConfig(), home, annotated('yes')], { unreadable }), told);
  });
});
