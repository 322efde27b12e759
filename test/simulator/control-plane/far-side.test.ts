import assert from 'node:assert/strict';
import type { Pod, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import type { Trace } from '../../../src/lib/simulator/trace.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

const IN_MESH = { 'openservicemesh.io/monitored-by': 'osm' };
const INJECTED = { 'openservicemesh.io/sidecar-injection': 'enabled' };

const namespace = (name: string, annotations: Record<string, string> = INJECTED): Resource => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: IN_MESH, annotations },
});

const meshConfig = (permissive: boolean): Resource => ({
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: {
    featureFlags: { enableEgressPolicy: true },
    traffic: { enablePermissiveTrafficPolicyMode: permissive },
  },
});

const service = (spec: object = { selector: { app: 'web' } }): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP: '10.0.0.5', ports: [{ name: 'http', port: 80 }], ...spec },
});

type Address = { ip: string; targetRef?: { kind?: string; name?: string; namespace?: string } };

const endpoints = (...addresses: Address[]): Resource => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'web', namespace: 'shop' },
  subsets: [{ addresses, ports: [{ name: 'http', port: 8080 }] }],
});

const pod = (name: string, containers: string[], podIP?: string, phase = 'Running'): Resource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: 'web' } },
  spec: {
    serviceAccountName: 'web',
    containers: containers.map((container) => ({ name: container })),
    initContainers: containers.includes('envoy') ? [{ name: 'osm-init' }] : [],
  },
  status: { phase, ...(podIP !== undefined && { podIP }) },
});

const withSidecar = (name: string, podIP?: string) => pod(name, ['web', 'envoy'], podIP);
const without = (name: string, podIP?: string) => pod(name, ['web'], podIP);

function decide(
  objects: Resource[],
  { permissive = true, namespaces = [namespace('curl'), namespace('shop')], host = 'web.shop' } = {},
  trace?: Trace,
) {
  const world = createWorld([...namespaces, meshConfig(permissive), ...objects]);
  const source = { namespace: 'curl', serviceAccount: 'curl' };
  return simulate(world, source).decide(parseTarget(`curl -H 'Host: ${host}' http://10.0.0.5/`), trace);
}

const said = ({ verdict, ending, assumptions }: Verdict) => ({
  end: ending ? `${ending.outcome.class} ${ending.outcome.httpStatus ?? ''}`.trim() : verdict,
  farSide: assumptions.flatMap((assumption) => (assumption.code === 'far-side' ? [assumption.looked] : [])),
});

describe('the far side of a service of the mesh (egress semantics §3.4)', () => {
  it('is assumed to have a sidecar where nothing shows its pods', () => {
    assert.deepEqual(said(decide([service()])), { end: 'mesh', farSide: [false] });
    assert.deepEqual(said(decide([service(), endpoints({ ip: '10.1.0.1' })])), { end: 'mesh', farSide: [false] });
  });

  it('is no assumption where all pods have a sidecar, which lets everybody in', () => {
    const objects = [service(), endpoints({ ip: '10.1.0.1' }), withSidecar('a', '10.1.0.1')];
    assert.deepEqual(said(decide(objects)), { end: 'mesh', farSide: [] });
  });

  it('is still one where TrafficTargets decide what the sidecar lets in', () => {
    const target: Resource = {
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name: 'open', namespace: 'shop' },
      spec: {
        destination: { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        rules: [{ kind: 'HTTPRouteGroup', name: 'all' }],
      },
    };
    const objects = [service(), endpoints({ ip: '10.1.0.1' }), withSidecar('a', '10.1.0.1'), target];
    assert.deepEqual(said(decide(objects, { permissive: false })), { end: 'mesh', farSide: [true] });
  });

  describe('of which TrafficTargets decide', () => {
    const target = (spec: object = {}): Resource => ({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name: 'open', namespace: 'shop' },
      spec: {
        destination: { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        rules: [{ kind: 'TCPRoute', name: 'all' }],
        ...spec,
      },
    });
    const under = (serviceAccountName: string, one: Resource) =>
      ({ ...one, spec: { ...(one as Pod).spec, serviceAccountName } }) as Resource;
    const a = withSidecar('a', '10.1.0.1');
    const b = under('other', withSidecar('b', '10.1.0.2'));
    const both = endpoints({ ip: '10.1.0.1' }, { ip: '10.1.0.2' });
    const closed = (...objects: Resource[]) => {
      const events: unknown[] = [];
      const verdict = decide([service(), ...objects], { permissive: false }, (event) => {
        if (event.stage === 'server-fails') events.push([event.why, event.at.object.metadata.name, event.all]);
      });
      return [said(verdict).end, ...events];
    };

    it('is not told of pods under other ServiceAccounts', () => {
      assert.deepEqual(closed(both, a, b, target()), ['mesh']);
      assert.deepEqual(closed(endpoints({ ip: '10.1.0.2' }), a, b, target()), [
        'http 503',
        ['other-account', 'b', true],
      ]);
      const broken = under('other', without('b', '10.1.0.2'));
      assert.deepEqual(closed(both, a, broken, target()), ['mesh'], 'none of it goes to the other pod');
      assert.equal(said(decide([service(), endpoints({ ip: '10.1.0.2' }), a, b])).end, 'mesh', 'in permissive mode');
    });

    it('is told of other pods where it runs under another account itself', () => {
      const opened = (name: string, accounts: string[]) =>
        accounts.map((account): Resource => {
          const [home, destination] = account.split('/');
          const spec = {
            destination: { kind: 'ServiceAccount', name: destination, namespace: home },
            sources: [{ kind: 'ServiceAccount', name, namespace: 'curl' }],
          };
          return { ...target(spec), metadata: { name: `${name}-${destination}`, namespace: home! } };
        });
      for (const [mine, others] of [
        [['shop/web'], ['shop/other']],
        // which read alike when nothing stands between them
        [
          ['shop/web', 'xz/y'],
          ['shop/webx', 'z/y'],
        ],
      ] as const) {
        const other = under(others[0].slice('shop/'.length), b);
        const objects = [namespace('curl'), namespace('shop'), meshConfig(false), service(), a, other];
        const targets = [...opened('curl', [...mine]), ...opened('other', [...others])];
        const world = createWorld([...objects, endpoints({ ip: '10.1.0.1' }), ...targets]);
        const ends = ['curl', 'other'].map((serviceAccount) => {
          const simulation = simulate(world, { namespace: 'curl', serviceAccount });
          return said(simulation.decide(parseTarget(`curl -H 'Host: web.shop' http://10.0.0.5/`))).end;
        });
        assert.deepEqual(ends, ['mesh', 'http 503']);
      }
    });

    it('names the account of the pod as what decides', () => {
      const objects = [service(), endpoints({ ip: '10.1.0.2' }), a, b, target()];
      const { ending } = decide(objects, { permissive: false });
      assert.deepEqual(
        ending?.decidedBy.map(({ object, path }) => [object.metadata.name, ...path]),
        [['b', 'spec', 'serviceAccountName']],
      );
    });

    it('takes an endpoint for open that nobody is known for, or that a pod of an open account shares', () => {
      assert.deepEqual(closed(endpoints({ ip: '10.1.0.9' }), a, b, target()), ['mesh']);
      const neighbour = under('other', withSidecar('c', '10.1.0.1'));
      assert.deepEqual(closed(endpoints({ ip: '10.1.0.1' }), a, neighbour, target()), ['mesh']);
      assert.deepEqual(closed(endpoints({ ip: '10.1.0.1' }), neighbour, a, target()), ['mesh']);
      const named = endpoints({ ip: '10.1.0.9', targetRef: { kind: 'Pod', name: 'b', namespace: 'shop' } });
      assert.equal(closed(named, a, b, target())[0], 'http 503');
    });

    it('knows the addresses of both families', () => {
      const status = { podIP: '10.1.0.2', podIPs: [{ ip: '10.1.0.2' }, { ip: 'fd00::2' }], phase: 'Running' };
      const dual = { ...b, status } as Resource;
      assert.equal(closed(endpoints({ ip: 'fd00::2' }), a, dual, target())[0], 'http 503');
      assert.deepEqual(closed(endpoints({ ip: 'fd00::3' }), a, dual, target()), ['mesh']);
    });

    it('is told of nobody by a TrafficTarget of other kinds, which opens the service all the same', () => {
      const destination = { kind: 'Service', name: 'web', namespace: 'shop' };
      const sources = [{ kind: 'Group', name: 'curl', namespace: 'curl' }];
      const at = endpoints({ ip: '10.1.0.1' });
      assert.deepEqual(closed(at, a, target()), ['mesh']);
      assert.equal(closed(at, a, target({ destination }))[0], 'http 503');
      assert.equal(closed(at, a, target({ sources }))[0], 'http 503');
      const unknown = endpoints({ ip: '10.1.0.9' });
      assert.equal(
        closed(unknown, without('a', '10.1.0.1'), target({ destination }))[0],
        'http 503',
        'any of its pods',
      );
    });

    it('looks, without Endpoints, at the pods of open accounts', () => {
      assert.deepEqual(closed(a, under('other', without('b')), target()), ['mesh']);
      assert.equal(closed(without('a'), b, target())[0], 'http 503');
    });
  });

  it('fails where all pods have none', () => {
    assert.deepEqual(said(decide([service(), without('a')])), { end: 'http 503', farSide: [] });
    assert.deepEqual(said(decide([service(), pod('a', ['web'], undefined, 'Succeeded')])), {
      end: 'mesh',
      farSide: [false],
    });
  });

  it('is left to chance where some have one and others none', () => {
    const verdict = decide([service(), withSidecar('a'), without('b')]);
    assert.equal(verdict.verdict, 'unpredictable');
    assert.deepEqual(verdict.alternatives[0]?.when, [{ kind: 'by-chance', cause: 'servers-differ' }]);
    assert.deepEqual(
      verdict.alternatives.map(({ outcome, decidedBy }) => [outcome.class, decidedBy.at(-1)?.object.metadata.name]),
      [
        ['mesh', 'web'],
        ['http', 'b'],
      ],
    );
    const bare = { ...withSidecar('c'), spec: { serviceAccountName: 'web' }, status: {} } as Resource;
    const namespaces = [namespace('curl'), namespace('shop', {})];
    const { alternatives, assumptions } = decide([service(), bare, without('b')], { namespaces });
    assert.deepEqual(
      alternatives.map(({ outcome }) => outcome.class),
      ['mesh', 'http'],
    );
    assert.ok(assumptions.some((one) => one.code === 'far-side' && !one.looked));
    assert.ok(assumptions.some((one) => one.code === 'no-endpoints'));
  });

  it('says on the way who fails, why, and whether all do', () => {
    const failing = (...objects: Resource[]) => {
      const events: unknown[] = [];
      const verdict = decide(objects, {}, (event) => {
        if (event.stage !== 'server-fails') return;
        const { cluster, why, at, all } = event;
        events.push([cluster, why, at.object.kind, at.object.metadata.name, at.path.join('.'), all]);
      });
      const decidedBy = verdict.ending?.decidedBy.map(({ object }) => object.kind);
      return [...events, decidedBy];
    };
    const cluster = 'shop/web|8080';
    const at = endpoints({ ip: '10.1.0.1' });
    const alone = without('b', '10.1.0.1');
    assert.deepEqual(failing(service(), at, alone), [
      [cluster, 'no-sidecar', 'Pod', 'b', 'spec.containers', true],
      ['Pod'],
    ]);
    const both = endpoints({ ip: '10.1.0.1' }, { ip: '10.1.0.2' });
    const mixed = failing(service(), both, alone, withSidecar('a', '10.1.0.2'));
    assert.deepEqual(mixed, [[cluster, 'no-sidecar', 'Pod', 'b', 'spec.containers', false], undefined]);
    const node = endpoints({ ip: '10.1.0.7', targetRef: { kind: 'Node', name: 'node-1' } });
    assert.deepEqual(failing(service(), node, alone), [
      [cluster, 'outside', 'Endpoints', 'web', '', true],
      ['Endpoints'],
    ]);
    const external = service({ type: 'ExternalName', externalName: 'a.org', selector: undefined });
    const [[, why, ...place]] = failing(external, at) as [unknown[]];
    assert.deepEqual([why, ...place], ['outside', 'Service', 'web', 'spec.type', true]);
    assert.deepEqual(failing(service(), at, withSidecar('a', '10.1.0.1')), [['Service']]);
  });

  it('is that of the pods that a Service selects, alive and in its namespace', () => {
    const chosen = { selector: { app: 'web', tier: 'front' } };
    const labelled = (one: Resource, labels: Record<string, string>, home: string | undefined = 'shop'): Resource => ({
      ...one,
      metadata: { name: one.metadata.name, ...(home && { namespace: home }), labels },
    });
    const front = { app: 'web', tier: 'front' };
    const state = (...objects: Resource[]) => said(decide(objects)).end;
    assert.equal(state(service(chosen), labelled(without('a'), front)), 'http 503');
    assert.equal(state(service(chosen), labelled(without('a'), { app: 'web' })), 'mesh');
    assert.equal(state(service(chosen), labelled(without('a'), { tier: 'front' })), 'mesh');
    assert.equal(state(service(chosen), labelled(without('a'), front, 'curl')), 'mesh');
    for (const phase of ['Succeeded', 'Failed'])
      assert.equal(state(service(), pod('a', ['web'], undefined, phase)), 'mesh');
    for (const phase of ['Pending', 'Unknown'])
      assert.equal(state(service(), pod('a', ['web'], undefined, phase)), 'http 503');
    const ended = pod('b', ['web'], '10.1.0.1', 'Failed');
    assert.equal(
      state(service(), endpoints({ ip: '10.1.0.1' }), withSidecar('a', '10.1.0.1'), ended),
      'mesh',
      'address reused',
    );
    const bare = { ...without('a'), metadata: { name: 'a', namespace: 'shop' } } as Resource;
    assert.equal(state(service(), bare), 'mesh');
  });

  it('is of an endpoint that no pod is known for that of the pods that the Service selects', () => {
    const gone = { ip: '10.1.0.9', targetRef: { kind: 'Pod', name: 'gone' } };
    const farSide = (...objects: Resource[]) => said(decide(objects));
    const open = { end: 'mesh', farSide: [] };
    const assumed = { end: 'mesh', farSide: [false] };
    const a = withSidecar('a', '10.1.0.1');
    assert.deepEqual(farSide(service(), endpoints(gone), a), open);
    assert.deepEqual(farSide(service(), endpoints({ ip: '10.1.0.9' }), a), open);
    assert.deepEqual(farSide(service(), endpoints({ ip: '10.1.0.9', targetRef: { name: 'gone' } }), a), open);
    const external = service({ selector: undefined });
    assert.deepEqual(farSide(external, endpoints(gone), a), assumed);
    const b = without('b', '10.1.0.2');
    assert.equal(
      farSide(external, endpoints({ ip: '10.1.0.2' }, gone), b).end,
      'unpredictable',
      'of which one is not shown',
    );
    const named = { ip: '10.1.0.9', targetRef: { kind: 'Pod', name: 'b' } };
    assert.equal(farSide(service(), endpoints(named), b, a).end, 'http 503', 'in its own namespace');
    assert.equal(
      farSide(service(), endpoints({ ip: '10.1.0.1' }, named), b, a).end,
      'unpredictable',
      'each by its own',
    );
    const subsets = { ...endpoints({ ip: '10.1.0.2' }) } as { subsets: object[] } & Resource;
    subsets.subsets = [{ ports: [{ name: 'http', port: 8080 }] }, ...subsets.subsets];
    assert.equal(farSide(service(), subsets, b).end, 'http 503');
  });

  it('is that of a pod itself where nothing else says that it has no sidecar', () => {
    const home = (one: Resource) => ({ ...one, metadata: { ...one.metadata, namespace: 'kube-system' } }) as Resource;
    const bare = { ...home(without('a', '10.1.0.1')), status: {} } as Resource;
    const { ending } = decide([home(service()), bare], { host: 'web.kube-system' });
    assert.deepEqual(
      ending?.decidedBy.map(({ object, path }) => [object.kind, ...path]),
      [['Pod']],
    );
    const lost = (one: Resource) => {
      const copy = structuredClone(one);
      delete copy.metadata.namespace;
      return copy;
    };
    assert.equal(
      said(decide([lost(service()), lost(without('a'))], { host: 'web.default' })).end,
      'http 503',
      'in the namespace default',
    );
  });

  it('is said to have no Endpoints where nothing shows its servers', () => {
    const codes = (...objects: Resource[]) => decide(objects).assumptions.map(({ code }) => code);
    assert.ok(codes(service()).includes('no-endpoints'));
    const other = { ...without('b'), metadata: { name: 'b', namespace: 'shop', labels: { app: 'other' } } };
    assert.ok(codes(service(), other).includes('no-endpoints'));
    assert.ok(!codes(service(), withSidecar('a')).includes('no-endpoints'));
    assert.ok(!codes(service(), endpoints({ ip: '10.1.0.1' })).includes('no-endpoints'));
  });

  it('looks at the pods that the endpoints lead to, and no others', () => {
    const pods = [withSidecar('a', '10.1.0.1'), without('b', '10.1.0.2')];
    assert.equal(said(decide([service(), endpoints({ ip: '10.1.0.1' }), ...pods])).end, 'mesh');
    assert.equal(said(decide([service(), endpoints({ ip: '10.1.0.2' }), ...pods])).end, 'http 503');
    const named = endpoints({ ip: '10.1.0.9', targetRef: { kind: 'Pod', name: 'b', namespace: 'shop' } });
    assert.equal(said(decide([service(), named, ...pods])).end, 'http 503');
    const shared = endpoints({ ip: '10.1.0.1', targetRef: { kind: 'Pod', name: 'b', namespace: 'shop' } });
    assert.equal(
      said(decide([service(), shared, ...pods])).end,
      'http 503',
      'its name counts for more than an address',
    );
  });

  it('is outside the mesh where an endpoint is no pod', () => {
    const external = service({ selector: undefined });
    const somewhere = endpoints({ ip: '198.51.100.7' });
    assert.equal(said(decide([external, somewhere])).end, 'mesh', 'nothing shows what has the address');
    assert.equal(
      said(decide([external, somewhere, withSidecar('a')])).end,
      'mesh',
      'pods without address tell nothing',
    );
    assert.equal(said(decide([external, somewhere, withSidecar('a', '10.1.0.1')])).end, 'http 503');
    assert.equal(said(decide([external, somewhere, withSidecar('a', '198.51.100.7')])).end, 'mesh');
    const node = endpoints({ ip: '10.1.0.1', targetRef: { kind: 'Node', name: 'node-1' } });
    assert.equal(said(decide([external, node])).end, 'http 503');
  });

  it('is assumed where the pods would only be injected if an annotation said so', () => {
    const objects = [service(), { ...withSidecar('a'), spec: { serviceAccountName: 'web' }, status: {} } as Resource];
    const namespaces = [namespace('curl'), namespace('shop', {})];
    assert.deepEqual(said(decide(objects, { namespaces })).farSide, [false]);
    assert.deepEqual(said(decide(objects)).farSide, []);
  });
});
