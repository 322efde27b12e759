import assert from 'node:assert/strict';
import type { Pod, Resource, Service, TrafficTarget } from '../../../src/lib/resources/types.js';
import { meshServicesOf, protocolOf } from '../../../src/lib/simulator/control-plane/mesh-services.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { byHost, decide, endpoints, meshConfig, policy, seen, served, service, simulationOf, told } from './worlds.js';

const ip = '203.0.113.200';

describe('what a service is to the control plane (egress semantics §3.4)', () => {
  it('speaks what the prefix of its port says, the longest, else HTTP', () => {
    const cases: [name: string | undefined, protocol: string][] = [
      ['tcp-server-first-db', 'tcp-server-first'],
      ['tcp-server-db', 'tcp'],
      ['tcp-', 'tcp'],
      ['tcp', 'http'],
      ['grpc-x', 'grpc'],
      ['http-x', 'http'],
      ['x-tcp-', 'http'],
      [undefined, 'http'],
    ];
    for (const [name, protocol] of cases) {
      const port = { port: 80, ...(name !== undefined && { name }) };
      assert.equal(protocolOf(port), protocol, name);
      assert.equal(protocolOf({ ...port, appProtocol: 'x' }), 'x');
    }
  });

  it('is each of its ports, with what answers', () => {
    const of = (spec: Partial<Service['spec']>, ...subsets: Parameters<typeof endpoints>[1][]) => {
      const web = service('web', spec);
      const world = createWorld([web, ...(subsets.length > 0 ? [endpoints('web', ...subsets)] : [])]);
      return meshServicesOf(world, web).map(({ source, ...rest }) => ({ ...rest, path: source.path.join('.') }));
    };
    const common = { namespace: 'shop', name: 'web', protocol: 'http', path: 'spec.ports.0', port: 80 };
    const addresses = [ip];
    assert.deepEqual(of({}), [{ ...common, addresses, targetPort: 0, answering: [], endpoints: 'not-given' }]);
    const portless = service('web');
    delete portless.spec.ports;
    assert.deepEqual(meshServicesOf(createWorld([portless]), portless), []);
    const two = {
      addresses: [{ ip: '203.0.113.1' }],
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 2 },
      ],
    };
    const none = { addresses: [{ ip: '203.0.113.2' }] };
    assert.deepEqual(of({}, two, none), [
      { ...common, addresses, targetPort: 0, answering: ['203.0.113.1'], endpoints: 'some' },
    ]);
    assert.deepEqual(of({}, none), [{ ...common, addresses, targetPort: 0, answering: [], endpoints: 'none' }]);
    const ports = [{ name: 'http', port: 8080 }];
    const named = { addresses: [{ ip: '203.0.113.1', hostname: 'x' }, { ip: '203.0.113.2' }], ports };
    const hostname = { ...common, name: 'x.web', targetPort: 8080, answering: ['203.0.113.1'], endpoints: 'some' };
    assert.deepEqual(of({ clusterIP: 'None' }, { ports }, named), [{ ...hostname, addresses: ['203.0.113.1'] }]);
  });

  it('is reached where only files tell of it, which have no ClusterIP', () => {
    const web = service('web');
    delete web.spec.clusterIP;
    assert.equal(seen([web], 'http://web.shop/'), 'mesh shop/web|0');
  });

  it('has routes and a chain that say that they are of the mesh', () => {
    const { routeConfigurations, listener } = simulationOf([service('web'), served('web')]).program;
    assert.deepEqual(
      [...routeConfigurations].map(([key, { name, port, origin }]) => [key, name, port, origin]),
      [['rds-outbound.80', 'rds-outbound.80', 80, 'mesh']],
    );
    const [chain] = listener!.filterChains;
    assert.deepEqual([chain?.name, chain?.origin], ['mesh shop/web:80', 'mesh']);
    assert.deepEqual(
      chain?.sources.map(({ object, path }) => [object.kind, object.metadata.name, ...path]),
      [['Service', 'web', 'spec', 'ports', 0]],
    );
  });

  it('is known to HTTP by its names in DNS and one that DNS does not have, in its namespace also by the short one', () => {
    const domains = (namespace: string) => {
      const web = { ...service('web'), metadata: { name: 'web', namespace } };
      return simulationOf([web]).program.routeConfigurations.get('rds-outbound.80')!.virtualHosts[0]!.domains;
    };
    const qualified = (namespace: string) =>
      ['', '.svc', '.svc.cluster', '.svc.cluster.local'].map((suffix) => `web.${namespace}${suffix}`);
    const withPorts = (names: string[]) => names.flatMap((name) => [name, `${name}:80`]);
    assert.deepEqual(domains('shop'), withPorts(qualified('shop')));
    assert.deepEqual(domains('curl'), withPorts(['web', ...qualified('curl')]));
  });

  it('is there beside policies that are off', () => {
    const off = { ...meshConfig(), spec: { traffic: { enablePermissiveTrafficPolicyMode: true } } } as Resource;
    const tcp = service('web', { ports: [{ name: 'tcp-server-first-x', port: 80 }] });
    assert.equal(seen([off, tcp, served('web')], `tcp://${ip}:80`), 'mesh shop/web|8080');
  });
});

describe('protocols of services (egress semantics §3.4)', () => {
  const of = (appProtocol: string) => [
    service('web', { ports: [{ name: 'p', port: 80, appProtocol }] }),
    served('web', 80, 'p'),
  ];

  it('are compared without case for the chain', () => {
    for (const word of ['gRPC', 'HTTP', 'Http']) assert.equal(seen(of(word), `tcp://${ip}:80`), 'http 400', word);
    for (const word of ['TCP', 'Tcp', 'tcp']) assert.equal(seen(of(word), `tcp://${ip}:80`), 'mesh shop/web|80', word);
    assert.equal(seen(of('https'), `tcp://${ip}:80`), 'refused');
  });

  it('of HTTP get nothing from a client that waits for the server, which is closed after the wait of detection', () => {
    const web = [service('web'), served('web')];
    assert.equal(seen(web, 'tcp://203.0.113.200:80'), 'http 400');
    const { outcome } = decide(web, 'ftp://203.0.113.200:80/').ending!;
    assert.deepEqual([outcome.class, outcome.delaySeconds], ['closed', 15]);
  });

  it('turn detection off only as exactly tcp-server-first', () => {
    const ports = (word: string) => [...(simulationOf(of(word)).program.listener?.detectionDisabledPorts.keys() ?? [])];
    assert.deepEqual(ports('tcp-server-first'), [80]);
    assert.deepEqual(ports('TCP-server-first'), []);
  });

  it('make a virtual host unless they are exactly tcp or tcp-server-first', () => {
    const beside = (appProtocol: string) => [
      service('http', { clusterIP: '203.0.113.201' }),
      served('http'),
      ...of(appProtocol),
    ];
    for (const word of ['mysql', 'Tcp', 'HTTP']) {
      assert.equal(seen(beside(word), byHost('web.shop', '203.0.113.201')), 'mesh shop/web|80', word);
    }
    for (const word of ['tcp', 'tcp-server-first']) {
      assert.equal(seen(beside(word), byHost('web.shop', '203.0.113.201')), 'http 404', word);
    }
  });

  it('make virtual hosts of services without an address, too', () => {
    const external = [service('http'), served('http'), service('ext', { clusterIP: '', type: 'ExternalName' })];
    const headless = [service('http'), served('http'), service('none', { clusterIP: 'None' })];
    assert.equal(seen(headless, byHost('none.shop')), 'mesh shop/none|0');
    assert.equal(seen(external, byHost('ext.shop')), 'http 503', 'outside the mesh there is no sidecar');
  });
});

describe('the port in the name of a cluster (egress semantics §3.4)', () => {
  const cluster = (port: object, ...subsets: Parameters<typeof endpoints>[1][]) =>
    seen(
      [
        service('web', { ports: [{ port: 80, ...port }] }),
        ...(subsets.length > 0 ? [endpoints('web', ...subsets)] : []),
      ],
      byHost('web.shop'),
    );
  const addresses = [{ ip: '203.0.113.220' }];

  it('is 0 without endpoints, whatever targetPort says', () => {
    assert.equal(cluster({ name: 'http', targetPort: 8080 }), 'mesh shop/web|0');
    assert.equal(cluster({ name: 'http', targetPort: 'web' }, { ports: [] }), 'mesh shop/web|0');
  });

  it('is that of the only port, whatever its name', () => {
    assert.equal(cluster({ name: 'http' }, { addresses, ports: [{ name: 'other', port: 7 }] }), 'mesh shop/web|7');
  });

  it('is the first one for a port without a name', () => {
    const ports = [
      { name: 'b', port: 7001 },
      { name: 'a', port: 7000 },
    ];
    assert.equal(cluster({}, { addresses, ports }), 'mesh shop/web|7001');
    assert.equal(cluster({ name: 'a' }, { addresses, ports }), 'mesh shop/web|7000');
    assert.equal(cluster({ name: 'c' }, { addresses, ports }), 'mesh shop/web|0');
  });

  it('says in words what a service without endpoints means', () => {
    const of = (...subsets: Parameters<typeof endpoints>[1][]) => told([service('web'), endpoints('web', ...subsets)]);
    const none =
      'shop/web|8080 has no endpoint: the client gets 503 from Envoy over HTTP, a closed connection over TCP';
    const ports = [{ name: 'http', port: 8080 }];
    assert.deepEqual(of({ ports }), { remarks: [none], assumptions: [] });
    assert.deepEqual(of({ ports, addresses }), { remarks: [], assumptions: [] });
    assert.deepEqual(told([service('web')]), {
      remarks: [],
      assumptions: ['Service shop/web has endpoints (none are given, so its cluster is named by port 0)'],
    });
  });
});

describe('headless services (egress semantics §3.4)', () => {
  const headless = (...subsets: Parameters<typeof endpoints>[1][]) => [
    service('db', {
      clusterIP: 'None',
      ports: [
        { name: 'tcp-x', port: 3306 },
        { name: 'http', port: 80 },
      ],
    }),
    endpoints('db', ...subsets),
  ];
  const ports = [
    { name: 'tcp-x', port: 3306 },
    { name: 'http', port: 8080 },
  ];
  const hostnames = headless({
    addresses: [
      { ip: '203.0.113.220', hostname: 'db-0' },
      { ip: '203.0.113.221', hostname: 'db-1' },
      { ip: '203.0.113.222' },
    ],
    ports,
  });

  it('are one service for each hostname, and none for the whole', () => {
    assert.equal(seen(hostnames, 'tcp://203.0.113.220:3306'), 'mesh shop/db-0.db|3306');
    assert.equal(seen(hostnames, 'tcp://203.0.113.221:3306'), 'mesh shop/db-1.db|3306');
    assert.equal(seen(hostnames, 'tcp://203.0.113.222:3306'), 'closed');
    assert.equal(seen(hostnames, byHost('db-1.db.shop', '203.0.113.220')), 'mesh shop/db-1.db|8080');
    assert.equal(seen(hostnames, byHost('db.shop', '203.0.113.220')), 'http 404');
  });

  it('have names in DNS for each hostname and for the whole', () => {
    assert.equal(seen(hostnames, 'tcp://db-1.db.shop.svc.cluster.local:3306'), 'mesh shop/db-1.db|3306');
    const { addresses } = { addresses: seen(hostnames, 'tcp://db.shop:3306') };
    assert.match(addresses, /db-0\.db.* or .*db-1\.db.* or closed/);
  });

  it('are those with no ClusterIP of a cluster, too, whatever is written for none', () => {
    for (const clusterIP of ['None', '', undefined]) {
      const db = service('db', { ports: [{ name: 'tcp-x', port: 3306 }] });
      if (clusterIP === undefined) delete db.spec.clusterIP;
      else db.spec.clusterIP = clusterIP;
      const { listener } = simulationOf([db, served('db', 3306, 'tcp-x')]).program;
      assert.deepEqual(
        listener?.filterChains.map(({ match }) => match.prefixRanges),
        [['203.0.113.220/32']],
        clusterIP,
      );
    }
  });

  it('are one service without any hostname, at the addresses that have the port', () => {
    const plain = headless(
      { addresses: [{ ip: '203.0.113.220' }], ports },
      { addresses: [{ ip: '203.0.113.221' }], ports: [{ name: 'http', port: 8080 }] },
    );
    assert.equal(seen(plain, 'tcp://203.0.113.220:3306'), 'mesh shop/db|3306');
    assert.equal(seen(plain, 'tcp://203.0.113.221:3306'), 'closed');
  });

  it('of one pod and port make Envoy refuse the listener', () => {
    const one = (name: string) => [service(name, { clusterIP: 'None' }), served(name)];
    assert.equal(simulationOf([...one('a'), ...one('b')]).listenerState, 'refused');
  });
});

describe('services with a ClusterIP (egress semantics §3.4)', () => {
  it('are one service, whatever hostnames their endpoints have', () => {
    const objects = [
      service('web'),
      endpoints('web', {
        addresses: [{ ip: '203.0.113.220', hostname: 'web-0' }],
        ports: [{ name: 'http', port: 8080 }],
      }),
    ];
    assert.equal(seen(objects, byHost('web.shop')), 'mesh shop/web|8080');
    assert.equal(seen(objects, byHost('web-0.web.shop')), 'http 404');
    assert.deepEqual(told(objects).remarks, []);
  });

  it('have no chain when it is no address, nor has a headless one for such an endpoint', () => {
    const chains = (...objects: Parameters<typeof simulationOf>[0]) =>
      simulationOf(objects).program.listener?.filterChains ?? [];
    assert.deepEqual(chains(service('web', { clusterIP: '10.0.0.256' })), []);
    const subset = { addresses: [{ ip: '10.0.0.256' }], ports: [{ name: 'http', port: 8080 }] };
    assert.deepEqual(chains(service('web', { clusterIP: 'None' }), endpoints('web', subset)), []);
  });
});

describe('services that TrafficTargets open (egress semantics §3.4)', () => {
  const target = (namespace: string, rules = ['TCPRoute']): Resource => ({
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: { name: 't', namespace },
    spec: {
      destination: { kind: 'ServiceAccount', name: 'web', namespace },
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      rules: rules.map((kind) => ({ kind, name: 'any' }) as { kind: 'TCPRoute'; name: string }),
    },
  });
  const web = (namespace: string, clusterIP: string, ports: Service['spec']['ports']): Resource[] => [
    { ...service('web', { clusterIP, ports: ports! }), metadata: { name: 'web', namespace } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace, labels: { app: 'web' } },
      spec: { serviceAccountName: 'web' },
    },
  ];
  const smi = meshConfig({ enablePermissiveTrafficPolicyMode: false });
  const TCP = [{ name: 'tcp-x', port: 80 }];

  it('need rules of kinds that OSM knows, all of them', () => {
    const at = (...rules: string[]) =>
      seen([smi, ...web('shop', '203.0.113.200', TCP), target('shop', rules)], 'tcp://203.0.113.200:80');
    assert.equal(at('TCPRoute', 'HTTPRouteGroup'), 'mesh shop/web|0');
    assert.equal(at('TCPRoute', 'UDPRoute'), 'refused');
    assert.equal(at(), 'refused');
  });

  it('are those of a TrafficTarget in their own namespace that has the source among its sources', () => {
    const at = (change: object, namespace = 'shop') => {
      const { spec, ...rest } = target(namespace) as TrafficTarget;
      const { destination } = (target('shop') as TrafficTarget).spec;
      const changed = { ...rest, spec: { ...spec, destination, ...change } } as Resource;
      return seen([smi, ...web('shop', '203.0.113.200', TCP), changed], 'tcp://203.0.113.200:80');
    };
    const [open, closed] = ['mesh shop/web|0', 'refused'];
    const from = (...names: string[]) => {
      const sources = names.map((written) => {
        const [namespace, name] = written.split('/') as [string, string];
        return { kind: 'ServiceAccount' as const, name, namespace };
      });
      return at({ sources });
    };
    assert.equal(at({}), open);
    assert.equal(at({}, 'store'), closed);
    assert.equal(at({ rules: undefined }), closed);
    assert.equal(from(), closed);
    assert.equal(from('curl/curl'), open);
    assert.equal(from('curl/other'), closed);
    assert.equal(from('other/curl'), closed);
    assert.equal(from('other/curl', 'curl/curl'), open);
  });

  it('are in the namespace default when no object says where it is', () => {
    const objects = [...web('default', '203.0.113.200', TCP), target('default')];
    for (const { metadata } of objects) delete metadata.namespace;
    assert.equal(seen([smi, ...objects], 'tcp://203.0.113.200:80'), 'mesh default/web|0');
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    assert.equal(seen([smi, ...objects, outside], 'tcp://203.0.113.200:80'), 'refused');
    assert.equal(seen([...objects, outside], 'tcp://203.0.113.200:80'), 'refused');
  });

  it('are those of pods that name no account, too, and of pods without labels none', () => {
    const [one, own] = web('shop', '203.0.113.200', TCP) as [Resource, Pod];
    const open = target('shop');
    const destination = { kind: 'ServiceAccount', name: 'default', namespace: 'shop' };
    const byDefault = { ...open, spec: { ...(open as TrafficTarget).spec, destination } } as Resource;
    const nobody: Pod = { ...own, spec: {} };
    const bare: Pod = { ...nobody, metadata: { name: 'bare', namespace: 'shop' } };
    assert.equal(seen([smi, one, nobody, byDefault], 'tcp://203.0.113.200:80'), 'mesh shop/web|0');
    assert.equal(seen([smi, one, bare, nobody, bare, byDefault], 'tcp://203.0.113.200:80'), 'mesh shop/web|0');
    assert.equal(seen([smi, one, bare, byDefault], 'tcp://203.0.113.200:80'), 'refused');
    const other: Pod = { ...nobody, metadata: { name: 'other', namespace: 'shop', labels: { app: 'other' } } };
    assert.equal(seen([smi, one, other, bare, byDefault], 'tcp://203.0.113.200:80'), 'refused');
  });

  it('are told apart by namespace, name, port and protocol, and are one where nothing differs', () => {
    const two = ['shop', 'store'].flatMap((name, index) => [...web(name, `203.0.113.20${index}`, TCP), target(name)]);
    assert.equal(seen([smi, ...two], 'tcp://203.0.113.201:80'), 'mesh store/web|0');
    assert.equal(seen([smi, ...two], 'tcp://203.0.113.200:80'), 'mesh shop/web|0');
    const [one, pod] = web('shop', '203.0.113.200', TCP) as [Service, Resource];
    const sister: Service = {
      ...one,
      metadata: { name: 'sister', namespace: 'shop' },
      spec: { ...one.spec, clusterIP: '203.0.113.201' },
    };
    for (const [clusterIP, name] of [
      ['203.0.113.200', 'web'],
      ['203.0.113.201', 'sister'],
    ] as const)
      assert.equal(seen([smi, one, sister, pod, target('shop')], `tcp://${clusterIP}:80`), `mesh shop/${name}|0`);
    const ports = [...TCP, { name: 'tcp-y', port: 81 }];
    for (const port of [80, 81])
      assert.equal(
        seen([smi, ...web('shop', '203.0.113.200', ports), target('shop')], `tcp://203.0.113.200:${port}`),
        'mesh shop/web|0',
      );
    const state = (...ports: NonNullable<Service['spec']['ports']>) =>
      simulationOf([smi, ...web('shop', '203.0.113.200', ports), target('shop')]).listenerState;
    assert.equal(state(...TCP, ...TCP), 'programmed');
    assert.equal(state(...TCP, { name: 'http', port: 80 }), 'refused');
    const targets = [
      { name: 'a', port: 80 },
      { name: 'b', port: 80 },
    ];
    const served = endpoints('web', {
      addresses: [{ ip: '203.0.113.220' }],
      ports: targets.map(({ name }, index) => ({ name, port: 8080 + index })),
    });
    assert.equal(
      simulationOf([smi, ...web('shop', '203.0.113.200', targets), served, target('shop')]).listenerState,
      'refused',
    );
  });
});

describe('IPv6 addresses of services (egress semantics §3.4)', () => {
  const at = (name: string, clusterIP: string, port = 80) =>
    service(name, { clusterIP, ports: [{ name: 'http', port }] });

  it('are written with /32: two in one such network on one port make Envoy refuse the listener', () => {
    assert.equal(simulationOf([at('a', 'fd00::1'), at('b', 'fd00::2')]).listenerState, 'refused');
    assert.equal(simulationOf([at('a', 'fd00::1'), at('b', 'fd00::2', 81)]).listenerState, 'programmed');
    assert.equal(simulationOf([at('a', 'fd00::1'), at('b', 'fd01::2')]).listenerState, 'programmed');
  });

  it('match no IPv4 connection', () => {
    assert.equal(seen([at('a', 'fd00::1')], 'tcp://192.0.2.1:80'), 'closed');
    assert.equal(
      seen([at('a', 'fd00::1'), policy('p', { ports: [{ number: 80, protocol: 'tcp' }] })], 'tcp://192.0.2.1:80'),
      'reached 80',
    );
  });
});
