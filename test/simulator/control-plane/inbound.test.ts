import assert from 'node:assert/strict';
import type { HTTPMatch, Pod, Resource, Service, TrafficTarget } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld, type WorldOptions } from '../../../src/lib/simulator/world.js';
import { refusalText } from '../../../src/lib/wording/verdict.js';
import { endpoints, meshConfig, policy, SOURCE } from './worlds.js';

const at = <T extends Resource>(namespace: string, object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const pod = (labels: Record<string, string> = { app: 'curl' }, name = 'curl-0'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'curl', labels },
  spec: { serviceAccountName: 'curl' },
});

const own = (name = 'own', spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'curl' },
  spec: { clusterIP: '203.0.113.210', selector: { app: 'curl' }, ports: [{ name: 'http', port: 80 }], ...spec },
});

const served = (name = 'own', ...ports: [string, number][]) =>
  at(
    'curl',
    endpoints(name, {
      addresses: [{ ip: '10.1.0.1' }],
      ports: (ports.length > 0 ? ports : [['http', 8080] as const]).map(([portName, port]) => ({
        name: portName,
        port,
      })),
    }),
  );

const group = (...matches: HTTPMatch[]): Resource => ({
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'in', namespace: 'curl' },
  spec: { matches },
});

const target = (names: string[] | undefined = ['m'], account = 'curl', kind = 'HTTPRouteGroup'): Resource => ({
  apiVersion: 'access.smi-spec.io/v1alpha3',
  kind: 'TrafficTarget',
  metadata: { name: 'in', namespace: 'curl' },
  spec: {
    destination: { kind: 'ServiceAccount', name: account, namespace: 'curl' },
    sources: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
    rules: [{ kind, name: 'in', ...(names.length > 0 && { matches: names }) }],
  },
});

const EGRESS = policy('out', {
  hosts: ['httpbin.org'],
  ports: [
    { number: 80, protocol: 'http' },
    { number: 443, protocol: 'https' },
  ],
});
const SMI = meshConfig({ enablePermissiveTrafficPolicyMode: false });

/** What becomes of HTTP and of HTTPS, and why Envoy refuses something. */
function seen(objects: readonly Resource[], config = SMI, options: WorldOptions = {}, of?: Pod) {
  const world = createWorld([config, EGRESS, ...objects], options);
  const simulation = simulate(world, SOURCE, { resolve: () => ['192.0.2.10'], pod: of });
  const end = (line: string) => {
    const { ending } = simulation.decide(parseTarget(line));
    return [ending?.outcome.class, ending?.outcome.httpStatus].filter((part) => part ?? false).join(' ');
  };
  const refusals = [...simulation.listenerRefusals, ...[...simulation.routeRefusals.values()].flat()];
  const decided = simulation.decide(parseTarget('curl http://httpbin.org/')).ending?.decidedBy ?? [];
  return {
    ends: `${end('curl http://httpbin.org/')}, ${end('curl https://httpbin.org/')}`,
    fields: decided.map(({ object, path }) => [object.metadata.name, ...path].join('.')),
    why: refusals.map(refusalText),
    at: refusals.map((refusal) => ('at' in refusal ? refusal.at.path.join('.') : '')),
  };
}

const OPEN = 'reached, reached';
const NO_HTTP = 'http 404, reached';
const NOTHING = 'refused, refused';

const LOOK_AHEAD: HTTPMatch = { name: 'm', pathRegex: '(?!x)' };
const EMPTY: HTTPMatch = { name: 'm', headers: [{ x: '' }] };

describe('routes into the source’s own services (egress semantics §4)', () => {
  const behind = [pod(), own(), served()];

  it('take down all that lead out, where Envoy refuses them', () => {
    assert.equal(seen([...behind, group({ name: 'm', pathRegex: '/x' }), target()]).ends, OPEN);
    const { ends, why, at: places, fields } = seen([...behind, group(LOOK_AHEAD), target()]);
    assert.deepEqual(fields, ['in.spec.matches.0.pathRegex']);
    assert.equal(ends, NO_HTTP);
    assert.match(why[0]!, /regex \(\?!x\).*; it is a route into the source’s own service/);
    assert.deepEqual(places, ['spec.matches.0.pathRegex']);
    assert.equal(seen([...behind, group(EMPTY), target()]).ends, NO_HTTP);
  });

  it('are those of TrafficTargets that lead to the source, by the matches that they name', () => {
    const two = group({ name: 'n', pathRegex: '/x' }, LOOK_AHEAD);
    assert.equal(seen([...behind, two, target(['n'])]).ends, OPEN);
    assert.equal(seen([...behind, two, target([])]).ends, OPEN);
    assert.equal(seen([...behind, two, target(['n', 'm'])]).ends, NO_HTTP);
    assert.equal(seen([...behind, two, target(['m'], 'other')]).ends, OPEN);
    assert.equal(seen([...behind, two, at('shop', target())]).ends, OPEN);
    assert.equal(
      seen([...behind, two, target(['m'], 'curl', 'TCPRoute')]).ends,
      NO_HTTP,
      'whatever the kind is called',
    );
    assert.equal(seen([...behind, two, target(['m'], 'curl', 'UDPRoute')]).ends, OPEN);
    assert.equal(seen([...behind, group(LOOK_AHEAD, { name: 'm', pathRegex: '/x' }), target()]).ends, OPEN, 'the last');
    assert.equal(seen([...behind, at('shop', group(LOOK_AHEAD)), target()]).ends, OPEN, 'in its own namespace');
    const namesake = target();
    (namesake as TrafficTarget).spec.destination.namespace = 'shop';
    const elsewhere = [at('shop', namesake), at('shop', group(LOOK_AHEAD))];
    assert.equal(seen([...behind, ...elsewhere]).ends, OPEN, 'to an account of the same name');
  });

  it('are none in permissive mode, without a service, or for a service that speaks tcp', () => {
    assert.equal(seen([...behind, group(LOOK_AHEAD), target()], meshConfig()).ends, OPEN);
    assert.equal(seen([pod({ app: 'x' }), own(), served(), group(LOOK_AHEAD), target()]).ends, OPEN);
    assert.equal(seen([own(), served(), group(LOOK_AHEAD), target()]).ends, OPEN);
    const bare = pod();
    delete bare.metadata.labels;
    assert.equal(seen([bare, own(), served(), group(LOOK_AHEAD), target()]).ends, OPEN);
    for (const appProtocol of ['tcp', 'tcp-server-first']) {
      const tcp = own('own', { ports: [{ name: 'http', port: 80, appProtocol }] });
      assert.equal(seen([pod(), tcp, served(), group(LOOK_AHEAD), target()]).ends, OPEN);
      assert.equal(seen([pod(), tcp, served(), group(EMPTY), target()]).ends, OPEN);
    }
  });

  it('are read, but not asked for, where the service has no HTTP chain', () => {
    const unknown = own('own', { ports: [{ name: 'http', port: 80, appProtocol: 'mysql' }] });
    assert.equal(seen([pod(), unknown, served(), group(LOOK_AHEAD), target()]).ends, OPEN);
    assert.equal(seen([pod(), unknown, served(), group(EMPTY), target()]).ends, NO_HTTP);
    const twice = own('own', {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    });
    const one = served('own', ['a', 8080], ['b', 8080]);
    assert.equal(seen([pod(), twice, one, group(LOOK_AHEAD), target()]).ends, OPEN, 'the inbound listener is refused');
    assert.equal(seen([pod(), twice, one, group(EMPTY), target()]).ends, NO_HTTP);
    assert.equal(
      seen([pod(), twice, served('own', ['a', 8080], ['b', 8081]), group(LOOK_AHEAD), target()]).ends,
      NO_HTTP,
    );
  });

  it('are refused for a name that is there twice on one port of the pod, also in permissive mode', () => {
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, appProtocol: 'https' },
    ];
    const objects = [pod(), own('own', { ports }), served('own', ['a', 8080], ['b', 8080])];
    for (const config of [SMI, meshConfig()]) {
      const { ends, fields } = seen(objects, config);
      assert.deepEqual([ends, fields], [NO_HTTP, ['own.spec.ports.0', 'own.spec.ports.1']]);
    }
    const namesake = [own('other', { ports: ports.slice(1) }), served('other', ['b', 8080])];
    assert.equal(seen([...objects, ...namesake]).ends, NO_HTTP, 'whatever other service leads there as well');
    const apart = [pod(), own('own', { ports }), served('own', ['a', 8080], ['b', 8081])];
    assert.equal(seen(apart).ends, OPEN);
  });

  it('have the names of the roots of TrafficSplits, too', () => {
    const split = (root: string, ...backends: string[]): Resource => ({
      apiVersion: 'split.smi-spec.io/v1alpha2',
      kind: 'TrafficSplit',
      metadata: { name: 's', namespace: 'curl' },
      spec: { service: root, backends: ['own', ...backends].map((name) => ({ service: name, weight: 1 })) },
    });
    const root = own('root', { clusterIP: '203.0.113.211', ports: [{ name: 'http', port: 81 }] });
    const objects = [...behind, root, served('root')];
    assert.equal(seen(objects).ends, OPEN);
    assert.equal(seen([...objects, split('root')]).ends, NO_HTTP);
    assert.equal(seen([...objects, at('shop', split('root'))]).ends, OPEN);
    for (const name of ['root-0.root', 'root-0.root.curl'])
      assert.equal(seen([...objects, split(name)]).ends, OPEN, 'another name');
    const same = { ...root, spec: { ...root.spec, ports: [{ name: 'http', port: 80 }] } } as Service;
    assert.equal(seen([...behind, same, served('root'), split('root')]).ends, OPEN, 'the same service');
    assert.equal(seen([...objects, split('root', 'other')]).ends, NO_HTTP, 'one of two backends');
    const other = (port: object, targetPort: number) => [
      own('other', { ports: [{ name: 'http', port: 80, ...port }] }),
      served('other', ['http', targetPort]),
    ];
    assert.equal(seen([...objects, ...other({}, 8081), split('root', 'other')]).ends, NO_HTTP, 'both of two');
    const grpc = other({ appProtocol: 'grpc' }, 8080);
    assert.equal(seen([...behind, ...grpc, split('none')]).ends, OPEN);
    assert.equal(seen([...behind, ...grpc, split('none', 'other')]).ends, NO_HTTP, 'with another protocol');
    const headless = own('root', { clusterIP: 'None', ports: [{ name: 'http', port: 81 }] });
    const named = endpoints('root', {
      addresses: [{ ip: '10.1.0.1', hostname: 'root-0' }],
      ports: [{ name: 'http', port: 8080 }],
    });
    const withHostname = [pod({ app: 'curl' }, 'root-0'), own(), served(), headless, at('curl', named)];
    assert.equal(seen(withHostname).ends, OPEN);
    assert.equal(seen([...withHostname, split('root-0.root')]).ends, NO_HTTP, 'with a hostname');
  });

  it('are those of the pod that is asked about', () => {
    const other = pod({ app: 'x' }, 'curl-1');
    const objects = [pod(), other, own(), served(), group(LOOK_AHEAD), target()];
    assert.equal(seen(objects).ends, NO_HTTP);
    assert.equal(seen(objects, SMI, {}, other).ends, OPEN);
    const ended = { ...pod(), status: { phase: 'Failed' } } as Pod;
    assert.equal(seen([ended, other, own(), served(), group(LOOK_AHEAD), target()]).ends, OPEN);
  });

  it('are those of the namespace default where no object says where it is', () => {
    const homeless = (object: Resource): Resource => {
      const copy = JSON.parse(
        JSON.stringify(object).replaceAll('"namespace":"curl"', '"namespace":"default"'),
      ) as Resource;
      delete copy.metadata.namespace;
      return copy;
    };
    const split: Resource = {
      apiVersion: 'split.smi-spec.io/v1alpha2',
      kind: 'TrafficSplit',
      metadata: { name: 's', namespace: 'curl' },
      spec: { service: 'own', backends: [{ service: 'other', weight: 1 }] },
    };
    const other = own('other', { ports: [{ name: 'http', port: 81 }] });
    const refused = (...objects: Resource[]) =>
      simulate(createWorld([SMI, ...[EGRESS, ...behind, ...objects].map(homeless)]), {
        ...SOURCE,
        namespace: 'default',
      }).routeRefusals.size;
    assert.equal(refused(group({ name: 'm', pathRegex: '/x' }), target()), 0);
    assert.equal(refused(group(LOOK_AHEAD), target()), 1);
    assert.equal(refused(other, served('other')), 0);
    assert.equal(refused(other, served('other'), split), 1);
  });

  it('are of a headless service with hostnames those of the pod’s own name', () => {
    const headless = own('own', { clusterIP: 'None' });
    const named = (hostname: string) =>
      at(
        'curl',
        endpoints('own', { addresses: [{ ip: '10.1.0.1', hostname }], ports: [{ name: 'http', port: 8080 }] }),
      );
    assert.equal(seen([pod(), headless, named('curl-0'), group(LOOK_AHEAD), target()]).ends, NO_HTTP);
    assert.equal(seen([pod(), headless, named('curl-1'), group(LOOK_AHEAD), target()]).ends, OPEN);
  });
});

describe('a port of the source’s own service that its Endpoints do not tell (egress semantics §4)', () => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'admin', port: 81 },
    { name: 'tcp-x', port: 82 },
  ];
  const objects = [pod(), own('own', { ports })];

  it('makes Envoy refuse the listener, so that nothing gets out', () => {
    assert.equal(seen([...objects, served('own', ['http', 1], ['admin', 2], ['tcp-x', 3])]).ends, OPEN);
    for (const config of [SMI, meshConfig()]) {
      const { ends, why, at: places } = seen([...objects, served('own', ['http', 1], ['admin', 2])], config);
      assert.equal(ends, NOTHING);
      assert.deepEqual(places, ['spec.ports.2']);
      assert.match(why[0]!, /into Service curl\/own, and the Endpoints of that have no port for/);
    }
    assert.equal(seen([...objects, at('curl', endpoints('own'))]).ends, NOTHING);
    assert.equal(seen([pod({ app: 'x' }), ...objects.slice(1), at('curl', endpoints('own'))]).ends, OPEN);
    assert.equal(seen([pod(), at('shop', own('own', { ports }))]).ends, OPEN, 'of another namespace');
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'curl' } };
    assert.deepEqual(seen([...objects, outside, at('shop', EGRESS)]).why, [], 'that is not in the mesh');
    assert.equal(seen([...objects, at('shop', EGRESS)]).why.length, 1);
  });

  it('does nothing where the protocol has no chain', () => {
    const odd = own('own', { ports: [...ports.slice(0, 2), { name: 'x', port: 82, appProtocol: 'mysql' }] });
    assert.equal(seen([pod(), odd, served('own', ['http', 1], ['admin', 2])]).ends, OPEN);
  });

  it('is known of a cluster without Endpoints, and not of files without', () => {
    assert.equal(seen(objects).ends, NOTHING);
    assert.equal(seen(objects).fields.length, 1);
    assert.equal(seen(objects, SMI, { asInFiles: true }).ends, OPEN);
    assert.equal(seen([...objects, at('curl', endpoints('own'))], SMI, { asInFiles: true }).ends, NOTHING);
  });
});
