import assert from 'node:assert/strict';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { byHost, decide, endpoints, meshConfig, policy, seen, served, service, simulationOf, split } from './worlds.js';

const HTTP = [{ name: 'http', port: 80 }];
const TCP = [{ name: 'tcp-x', port: 80 }];

function shop(ports = HTTP): Resource[] {
  const portName = ports[0]!.name;
  return [
    service('root', { ports }),
    served('root', 80, portName),
    service('b1', { clusterIP: '203.0.113.201', ports }),
    served('b1', 81, portName),
    service('b2', { clusterIP: '203.0.113.202', ports }),
    served('b2', 82, portName),
    policy('egress', { hosts: ['httpbin.org'], ports: [{ number: 8080, protocol: 'http' }] }),
  ];
}

const EGRESS = 'curl http://httpbin.org:8080/';
const RAW = 'tcp://203.0.113.200:80';

describe('what a TrafficSplit programs (egress semantics §3.4)', () => {
  it('are its backends with their weights, and what those add up to; a service without one has all', () => {
    const clustersOf = (...objects: Resource[]) => {
      const table = simulationOf([...shop(), ...objects]).program.routeConfigurations.get('rds-outbound.80')!;
      const host = table.virtualHosts.find(({ domains }) => domains.includes('root.shop'))!;
      return host.routes[0]!.clusters.map(({ clusters, total }) => ({ clusters, total }));
    };
    const all = [{ name: 'shop/root|80', weight: 100 }];
    assert.deepEqual(clustersOf(), [{ clusters: all, total: undefined }]);
    const backends = [
      { name: 'shop/b1|81', weight: 1 },
      { name: 'shop/b2|82', weight: 2 },
    ];
    assert.deepEqual(clustersOf(split('s', 'root', ['b1', 1], ['b2', 2])), [{ clusters: backends, total: 3 }]);
  });
});

describe('the root of a TrafficSplit (egress semantics §3.4)', () => {
  const goesTo = (root: string, ...more: Resource[]) =>
    seen([...shop(), split('s', root, ['b1', 1]), ...more], byHost('root.shop'));
  const namespace = (name: string, mesh?: string): Resource => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: mesh === undefined ? {} : { 'openservicemesh.io/monitored-by': mesh } },
  });

  it('is the first label of its service, in its own namespace', () => {
    for (const root of [
      'root',
      'root.shop',
      'root.shop.svc',
      'root.shop.svc.cluster.local',
      'root:80',
      'root.a.b.c.d',
    ]) {
      assert.equal(goesTo(root), 'mesh shop/b1|81', root);
    }
    assert.equal(goesTo('roo'), 'mesh shop/root|80');
    const elsewhere = split('s', 'root', ['b1', 1]);
    elsewhere.metadata.namespace = 'curl';
    assert.equal(seen([...shop(), elsewhere], byHost('root.shop')), 'mesh shop/root|80');
  });

  it('is the second of two labels, unless that one is a namespace of the mesh', () => {
    assert.equal(goesTo('root-0.root'), 'mesh shop/b1|81');
    for (const root of ['root.elsewhere', 'root-0.root']) {
      const [, second = ''] = root.split('.');
      const leads = { first: 'mesh shop/root|80', second: 'mesh shop/b1|81' };
      const [inMesh, outside] = root === 'root.elsewhere' ? [leads.second, leads.first] : [leads.first, leads.second];
      assert.equal(goesTo(root, namespace(second, 'osm')), inMesh, root);
      assert.equal(goesTo(root, namespace(second)), outside, root);
      assert.equal(goesTo(root, namespace(second, 'other')), outside, root);
    }
  });

  it('is the second of three labels if the third is a namespace of the mesh', () => {
    assert.equal(goesTo('root-0.root.shop'), 'mesh shop/b1|81');
    assert.equal(goesTo('root-0.root.elsewhere'), 'mesh shop/root|80');
    assert.equal(goesTo('root-0.root.elsewhere', namespace('elsewhere', 'osm')), 'mesh shop/b1|81');
    assert.equal(goesTo('root.shop.svc', namespace('svc', 'osm')), 'mesh shop/root|80');
  });

  it('is the second of four or six labels', () => {
    assert.equal(goesTo('root-0.root.shop.svc'), 'mesh shop/b1|81');
    assert.equal(goesTo('root-0.root.shop.svc.cluster.local'), 'mesh shop/b1|81');
    assert.equal(goesTo('root.shop.svc.cluster'), 'mesh shop/root|80');
  });

  it('may be in a namespace that nobody gives, where something else lives', () => {
    const elsewhere = service('other', { clusterIP: '203.0.113.209' });
    elsewhere.metadata.namespace = 'elsewhere';
    assert.equal(goesTo('root.elsewhere'), 'mesh shop/root|80');
    const pod: Resource = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'elsewhere' }, spec: {} };
    const other = split('t', 'other', ['b1', 1]);
    other.metadata.namespace = 'elsewhere';
    for (const one of [elsewhere, pod, other]) assert.equal(goesTo('root.elsewhere', one), 'mesh shop/b1|81', one.kind);
    assert.equal(goesTo('root.default'), 'mesh shop/root|80');
    const homeless = service('other', { clusterIP: '203.0.113.209' });
    delete homeless.metadata.namespace;
    assert.equal(goesTo('root.default', homeless), 'mesh shop/b1|81');
  });

  it('keeps its traffic when the namespace of the split is not in the mesh', () => {
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    assert.equal(seen([...shop(), split('s', 'root', ['missing', 1]), outside], EGRESS), 'reached httpbin.org:8080');
  });

  it('need not be selected by anything but its name: also without endpoints it leads to its backends', () => {
    const objects = shop().filter(({ kind, metadata }) => kind !== 'Endpoints' || metadata.name !== 'root');
    assert.equal(seen([...objects, split('s', 'root', ['b1', 1])], byHost('root.shop')), 'mesh shop/b1|81');
    const withNone = split('s', 'b1', ['root', 1], ['b2', 1]);
    assert.equal(seen([...objects, withNone], byHost('b1.shop', '203.0.113.201')), 'mesh shop/b2|82');
  });
});

describe('the backends of a TrafficSplit (egress semantics §3.4)', () => {
  const http = (...backends: [string, number][]) => [...shop(), split('s', 'root', ...backends)];
  const tcp = (...backends: [string, number][]) => [...shop(TCP), split('s', 'root', ...backends)];

  it('take HTTP by weight, by chance', () => {
    const verdict = decide(http(['b1', 50], ['b2', 50]), byHost('root.shop'));
    assert.equal(verdict.verdict, 'unpredictable');
    assert.deepEqual(
      verdict.alternatives.map(({ destination }) => destination?.cluster),
      ['shop/b1|81', 'shop/b2|82'],
    );
    assert.deepEqual(verdict.alternatives[0]?.when, [{ kind: 'by-chance', cause: 'weighted-clusters' }]);
    assert.equal(seen(http(['b1', 100], ['b2', 0]), byHost('root.shop')), 'mesh shop/b1|81');
    assert.equal(seen(http(['b1', 1], ['b1', 2]), byHost('root.shop')), 'mesh shop/b1|81');
  });

  it('count when a port of their endpoints bears the name of their port with the root’s number', () => {
    assert.equal(seen(http(['missing', 50], ['b1', 50]), byHost('root.shop')), 'mesh shop/b1|81');
    const other = service('b3', { clusterIP: '203.0.113.203', ports: [{ name: 'http', port: 81 }] });
    const withOther = [...http(['b3', 50], ['b1', 50]), other, served('b3', 83)];
    assert.equal(seen(withOther, byHost('root.shop')), 'mesh shop/b1|81');
  });

  it('do not count without their Service', () => {
    const nameless = endpoints('gone', { addresses: [{ ip: '203.0.113.230' }], ports: [{ port: 84 }] });
    assert.equal(seen([...http(['gone', 50], ['b1', 50]), nameless], byHost('root.shop')), 'mesh shop/b1|81');
    assert.equal(seen([...http(['gone', 50]), nameless], byHost('root.shop')), 'http 404');
    const portless = service('gone');
    delete portless.spec.ports;
    assert.equal(
      seen([...http(['gone', 50]), nameless, portless], byHost('root.shop')),
      'http 503',
      'without ports it has no cluster',
    );
    const silent = endpoints('gone', { addresses: [{ ip: '203.0.113.230' }] });
    assert.equal(seen([...http(['gone', 50], ['b1', 50]), silent, portless], byHost('root.shop')), 'mesh shop/b1|81');
  });

  it('of HTTP that none counts, or weigh nothing, take down the routes of every port', () => {
    for (const broken of [http(['missing', 1]), http(), http(['b1', 0]), http(['b1', 0], ['b2', 0])]) {
      assert.equal(seen(broken, byHost('root.shop')), 'http 404');
      assert.equal(seen(broken, byHost('b1.shop', '203.0.113.201')), 'http 404');
      assert.equal(seen(broken, EGRESS), 'http 404');
      const [refusals = []] = simulationOf(broken).routeRefusals.values();
      assert.deepEqual(
        refusals.map((refusal) => refusal.code === 'undecodable' && [refusal.what, refusal.at.object.kind]),
        [['no-weight', 'TrafficSplit']],
      );
    }
  });

  it('of HTTP that weigh less than 1 together, or more than 32 bits hold, take down the routes of every port', () => {
    const most = 2 ** 32 - 1;
    for (const weights of [[-1], [-5, 5], [-5, 4], [most, 1], [2 ** 31, 2 ** 31], [2 ** 32], [-5, 100]]) {
      const backends = weights.map((weight, index): [string, number] => [`b${index + 1}`, weight]);
      assert.equal(seen(http(...backends), EGRESS), 'http 404', weights.join());
    }
    for (const weights of [[1], [most], [most - 1, 1], [2 ** 32 + 1]]) {
      const backends = weights.map((weight, index): [string, number] => [`b${index + 1}`, weight]);
      assert.equal(seen(http(...backends), EGRESS), 'reached httpbin.org:8080', weights.join());
    }
  });

  it('of TCP of which one weighs nothing make Envoy refuse the listener', () => {
    for (const broken of [tcp(['b1', 0], ['b2', 0]), tcp(['b1', 1], ['b2', 0])]) {
      const { listenerState, listenerRefusals } = simulationOf(broken);
      assert.equal(listenerState, 'refused');
      assert.equal(listenerRefusals[0]?.code === 'zero-weight' && listenerRefusals[0].at.object.kind, 'TrafficSplit');
      assert.equal(seen(broken, EGRESS), 'refused');
    }
    assert.equal(seen(tcp(['b1', 0]), RAW), 'mesh shop/b1|81');
    assert.equal(seen(tcp(['b1', 0], ['missing', 1]), RAW), 'mesh shop/b1|81');
  });

  it('of TCP that none counts leave no chain', () => {
    for (const none of [tcp(), tcp(['missing', 1])]) {
      assert.equal(seen(none, RAW), 'closed');
      assert.equal(seen(none, EGRESS), 'reached httpbin.org:8080');
    }
  });

  it('of a root that is not exactly tcp take down both', () => {
    const capitals = shop([{ name: 'x', port: 80, appProtocol: 'Tcp' } as (typeof HTTP)[number]]);
    const broken = [...capitals, split('s', 'root', ['b1', 0], ['b2', 0])];
    assert.equal(simulationOf(broken).listenerState, 'refused');
    assert.equal(seen([...capitals, split('s', 'root', ['missing', 1])], EGRESS), 'http 404');
  });

  it('that the source may not reach have no cluster', () => {
    const target = (name: string): Resource => ({
      apiVersion: 'access.smi-spec.io/v1alpha3',
      kind: 'TrafficTarget',
      metadata: { name, namespace: 'shop' },
      spec: {
        destination: { kind: 'ServiceAccount', name, namespace: 'shop' },
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        rules: [{ kind: 'TCPRoute', name: 'any' }],
      },
    });
    const pod = (name: string): Resource => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: name } },
      spec: { serviceAccountName: name },
    });
    const smi = (ports: typeof HTTP, ...open: string[]) => [
      ...shop(ports),
      ...['root', 'b1'].map(pod),
      ...open.map(target),
      split('s', 'root', ['b1', 1]),
      meshConfig({ enablePermissiveTrafficPolicyMode: false }),
    ];
    assert.equal(seen(smi(HTTP, 'root', 'b1'), byHost('root.shop')), 'mesh shop/b1|81');
    assert.equal(seen(smi(HTTP, 'root'), byHost('root.shop')), 'http 503');
    assert.equal(seen(smi(TCP, 'root'), RAW), 'closed');
    assert.equal(seen(smi(HTTP, 'b1'), byHost('root.shop')), 'closed');
  });
});

describe('several TrafficSplits of one root (egress semantics §3.4)', () => {
  it('are one of them, by chance', () => {
    const objects = [...shop(), split('s', 'root', ['b1', 1]), split('t', 'root.shop', ['b2', 1])];
    const { verdict, alternatives } = decide(objects, byHost('root.shop'));
    assert.equal(verdict, 'unpredictable');
    assert.deepEqual(alternatives[0]?.when, [{ kind: 'by-chance', cause: 'several-splits' }]);
  });

  it('may take down the routes, the listener or the chain, or not', () => {
    const http = [...shop(), split('s', 'root', ['b1', 1]), split('t', 'root', ['missing', 1])];
    assert.equal(seen(http, EGRESS), 'reached httpbin.org:8080 or http 404');
    assert.equal(simulationOf(http).routeRefusals.size, 0);
    const causes = decide(http, EGRESS).alternatives.map(({ when }) => when);
    assert.deepEqual(causes[0], [{ kind: 'by-chance', cause: 'several-splits' }]);
    const refused = [...shop(TCP), split('s', 'root', ['b1', 1]), split('t', 'root', ['b1', 0], ['b2', 1])];
    assert.equal(seen(refused, EGRESS), 'reached httpbin.org:8080 or refused');
    const chain = [...shop(TCP), split('s', 'root', ['b1', 1]), split('t', 'root', ['missing', 1])];
    assert.equal(seen(chain, RAW), 'mesh shop/b1|81 or closed');
  });

  it('where the listener is taken, one that Envoy would refuse was not', () => {
    const zero = split('s', 'root', ['b1', 0], ['b2', 0]);
    const none = [...shop(TCP), zero, split('t', 'root')];
    assert.equal(seen(none, RAW), 'closed or refused');
    const [closed, refused] = decide(none, RAW).alternatives.map(({ when }) => when);
    assert.deepEqual(closed, refused);
    assert.equal(closed!.length, 1);
    const half = split('s', 'root', ['b1', 0], ['b2', 1]);
    assert.equal(seen([...shop(TCP), half, split('t', 'root', ['b1', 1])], RAW), 'mesh shop/b1|81 or refused');
    assert.equal(
      seen([...shop(TCP), half, split('t', 'root', ['b1', 1]), split('u', 'root')], RAW),
      'mesh shop/b1|81 or closed or refused',
    );
  });
});

describe('the journey through a TrafficSplit', () => {
  it('names the split and its backends', () => {
    const events: unknown[] = [];
    const objects = [...shop(), split('s', 'root', ['b1', 30], ['b2', 3_000_000_000])];
    simulationOf(objects).decide(parseTarget(byHost('root.shop')), (event) => {
      if (event.stage === 'traffic-split') events.push([event.split.object.metadata.name, event.clusters]);
    });
    const clusters = [
      { name: 'shop/b1|81', weight: 30 },
      { name: 'shop/b2|82', weight: 3_000_000_000 },
    ];
    assert.deepEqual(events, [['s', clusters]]);
  });
});
