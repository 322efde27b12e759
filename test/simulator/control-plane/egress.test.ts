import assert from 'node:assert/strict';
import type { FieldRef, Resource } from '../../../src/lib/resources/types.js';
import { UNLIMITED } from '../../../src/lib/simulator/envoy/types.js';
import { namespacesWithRouteGroup } from '../../../src/lib/simulator/control-plane/routes.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { meshConfig, policy, seen, setting, simulationOf, SOURCE } from './worlds.js';

const programOf = (...objects: Resource[]) => simulationOf(objects).program;
const told = ({ object, path }: FieldRef) => [object.metadata.name, path.join('.')].join(' ');

const toGroup = (name: string) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name });
const source = { kind: 'ServiceAccount' as const, name: 'curl', namespace: 'curl' };

describe('what the control plane does in silence (egress semantics §3.2)', () => {
  const noticesOf = (...objects: Resource[]) =>
    programOf(...objects).notices.map(({ code, at, policy: of }) => `${code} ${told(at)} (${of.metadata.name})`);

  it('is noticed with the field and the policy', () => {
    const ports = [{ number: 80, protocol: 'http' }];
    const cases: [string[], ...Resource[]][] = [
      [[], policy('p', { hosts: ['a.org'], ipAddresses: ['10.0.0.0/8'] })],
      [
        ['protocol-not-lower-case p spec.ports.0 (p)', 'protocol-unknown p spec.ports.1 (p)'],
        policy('p', {
          ports: [
            { number: 80, protocol: 'HTTP' },
            { number: 81, protocol: 'udp' },
          ],
        }),
      ],
      [
        ['cidr-skipped p spec.ipAddresses.1 (p)'],
        policy('p', { ports: [{ number: 1, protocol: 'tcp' }], ipAddresses: ['10.0.0.0/8', '10.0.0.0/33'] }),
      ],
      [
        ['cidr-fails-open p spec.ipAddresses.0 (p)'],
        policy('p', { ports: [{ number: 1, protocol: 'tcp' }], ipAddresses: ['10.0.0.0/33'] }),
      ],
      [[], policy('p', { ports: [{ number: 1, protocol: 'tcp' }], ipAddresses: ['2001:db8::192.0.2.0/99'] })],
      [['source-listed-twice p spec.sources.1 (p)'], policy('p', { sources: [source, source], ports })],
      [['upstream-traffic-setting-missing p spec.matches.0 (p)'], policy('p', { ports }, 'u')],
      [
        ['upstream-traffic-setting-missing u spec.connectionSettings.tcp.connectTimeout (p)'],
        policy('p', { ports }, 'u'),
        setting('u', { tcp: { connectTimeout: 'soon' } }),
      ],
      [
        ['route-group-missing p spec.matches.0 (p)', 'host-without-routes p spec.hosts.0 (p)'],
        policy('p', { hosts: ['a.org'], matches: [toGroup('g')] }),
      ],
      [
        ['policy-namespace-unmonitored p metadata.namespace (p)'],
        policy('p', { ports }),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'curl' } },
      ],
    ];
    for (const [expected, ...objects] of cases) assert.deepEqual(noticesOf(...objects), expected);
  });

  it('tells where a missing group would be', () => {
    const group = (namespace: string, name: string): Resource => ({
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name, namespace },
      spec: { matches: [] },
    });
    const homeless = group('x', 'g');
    delete homeless.metadata.namespace;
    const groups = [group('shop', 'g'), group('bank', 'g'), group('shop', 'h'), homeless];
    const { world, program } = simulationOf([
      policy('p', { hosts: ['a.org'], matches: [toGroup('none'), toGroup('g')] }),
      ...groups,
    ]);
    const missing = program.notices.filter(({ code }) => code === 'route-group-missing');
    assert.deepEqual(
      missing.map((notice) => namespacesWithRouteGroup(world, notice)),
      [[], ['bank', 'default', 'shop']],
    );
  });
});

describe('what policies program (egress semantics §3.2)', () => {
  const HTTPBIN = policy('p', { hosts: ['httpbin.org'] });

  it('takes HTTP of every version', () => {
    const state = (words: string) => seen([HTTPBIN], `curl ${words} http://httpbin.org/`);
    assert.equal(state('-0'), 'http 426');
    for (const words of ['--http1.1', '--http2', '--http2-prior-knowledge'])
      assert.equal(state(words), 'reached httpbin.org:80', words);
  });

  it('is nothing where the namespace of a policy is not in the mesh, default where none is said', () => {
    const homeless = structuredClone(HTTPBIN);
    delete homeless.metadata.namespace;
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    assert.equal(seen([homeless], 'curl http://httpbin.org/'), 'reached httpbin.org:80');
    assert.equal(seen([homeless, outside], 'curl http://httpbin.org/'), 'refused');
  });

  it('is nothing where policies are off, and nothing is noticed', () => {
    const off = { ...meshConfig(), spec: { featureFlags: { enableEgressPolicy: false } } } as Resource;
    const { notices, applied, listener } = programOf(off, policy('p', { ports: [{ number: 1, protocol: 'udp' }] }));
    assert.deepEqual([notices, applied, listener], [[], [], undefined]);
  });

  it('looks at no host of a policy for TCP', () => {
    const ports = [{ number: 3306, protocol: 'tcp' }];
    const { target, sources } = programOf(policy('p', { ports })).listener!.filterChains[0]!;
    const clusters = [{ clusters: [{ name: '3306', weight: 100 }], source: sources[0] }];
    assert.deepEqual(target, { filter: 'tcp_proxy', clusters });
    assert.equal(seen([policy('p', { hosts: ['a.org'], ports })], 'tcp://192.0.2.10:3306'), 'reached 3306');
  });

  it('turns detection off for ports where the server speaks first', () => {
    const ports = [
      { number: 3306, protocol: 'tcp-server-first' },
      { number: 5432, protocol: 'tcp' },
    ];
    const disabled = programOf(policy('p', { ports })).listener!.detectionDisabledPorts;
    assert.deepEqual(
      [...disabled].map(([number, at]) => [number, told(at)]),
      [[3306, 'p spec.ports.0']],
    );
    const found = (line: string, ...objects: Resource[]) => {
      const events: object[] = [];
      simulationOf([policy('p', { ports }), ...objects]).decide(parseTarget(line), (event) => {
        if (event.stage !== 'detection') return;
        events.push({ ...event, disabledBy: event.disabledBy && told(event.disabledBy) });
      });
      return events;
    };
    const common = {
      stage: 'detection',
      serverName: '',
      applicationProtocols: [],
      delaySeconds: 0,
      stalls: false,
      disabledBy: undefined,
    };
    assert.deepEqual(found('tcp://192.0.2.10:3306'), [{ ...common, state: 'disabled', disabledBy: 'p spec.ports.0' }]);
    assert.deepEqual(found('tcp://192.0.2.10:5432'), [{ ...common, state: 'on' }]);
    assert.deepEqual(found('curl https://httpbin.org:5432/'), [
      { ...common, state: 'on', serverName: 'httpbin.org', applicationProtocols: ['h2', 'http/1.1'] },
    ]);
    assert.deepEqual(found('ftp://192.0.2.10:5432/'), [{ ...common, state: 'on', delaySeconds: 15 }]);
  });

  it('is refused by Envoy for fields that are told', () => {
    const decidedBy = (...objects: Resource[]) =>
      simulationOf(objects).decide(parseTarget('tcp://192.0.2.10:443')).ending?.decidedBy.map(told);
    const on443 = (name: string, protocol: string, spec: object) =>
      policy(name, { ports: [{ number: 443, protocol }], ...spec });
    assert.deepEqual(decidedBy(on443('p', 'https', { hosts: ['a.org', 'a*'] })), ['p spec.hosts.1']);
    assert.deepEqual(decidedBy(on443('p', 'https', {}), on443('q', 'tcp', {})), ['p spec.ports.0', 'q spec.ports.0']);
    assert.deepEqual(decidedBy(on443('p', 'https', { hosts: ['a.org', 'a.org'] })), ['p spec.ports.0']);
  });

  it('tells of a connection which chain takes it, and what others there are on the port', () => {
    const chainOf = (line: string, ...objects: Resource[]) => {
      const events: unknown[] = [];
      simulationOf(objects).decide(parseTarget(line), (event) => {
        if (event.stage !== 'filter-chain') return;
        const { chain, isDefault, onPort, takesAnyAddress } = event;
        events.push([chain?.name, isDefault, onPort.length, takesAnyAddress]);
      });
      return events;
    };
    const everywhere = policy('p', { hosts: ['a.org'], ports: [{ number: 443, protocol: 'https' }] });
    const somewhere = policy('q', { ports: [{ number: 443, protocol: 'tcp' }], ipAddresses: ['10.0.0.0/8'] });
    const wide = meshConfig({ enableEgress: true });
    const [raw, tls] = ['tcp://192.0.2.10:443', 'curl --resolve a.org:443:192.0.2.10 https://a.org/'];
    assert.deepEqual(chainOf(tls, everywhere), [['egress-https.443', false, 1, true]]);
    assert.deepEqual(chainOf(raw, everywhere, somewhere), [[undefined, false, 2, true]]);
    assert.deepEqual(chainOf(raw, somewhere), [[undefined, false, 1, false]]);
    assert.deepEqual(chainOf(raw, somewhere, wide), [['mesh-wide egress', true, 1, false]]);
    assert.deepEqual(chainOf('tcp://192.0.2.10:80', everywhere), [[undefined, false, 0, false]]);
  });

  it('is that of a policy whose settings could not be read, as if it named none', () => {
    const named = policy('p', { hosts: ['httpbin.org'] }, 'u');
    const ending = (unreadable: Resource['kind'][]) =>
      simulate(createWorld([meshConfig(), named], { unreadable: new Set(unreadable) }), SOURCE).decide(
        parseTarget('curl --resolve httpbin.org:80:192.0.2.1 http://httpbin.org/'),
      );
    assert.equal(ending([]).verdict, 'denied');
    const { verdict, assumptions } = ending(['UpstreamTrafficSetting']);
    assert.equal(verdict, 'allowed');
    assert.ok(assumptions.some((one) => one.code === 'settings-unreadable' && one.kind === 'UpstreamTrafficSetting'));
  });

  it('has routes for any method where a match says so, or says nothing', () => {
    const methods = (...list: string[]) => {
      const group: Resource = {
        apiVersion: 'specs.smi-spec.io/v1alpha4',
        kind: 'HTTPRouteGroup',
        metadata: { name: 'g', namespace: 'curl' },
        spec: { matches: [{ name: 'm', ...(list.length > 0 && { methods: list }) }] },
      };
      const { routeConfigurations } = programOf(group, policy('p', { hosts: ['a.org'], matches: [toGroup('g')] }));
      return routeConfigurations.get('rds-egress.80')!.virtualHosts[0]!.routes.map(({ method }) => method);
    };
    assert.deepEqual([methods(), methods('*'), methods('GET', '*')], [[null], [null], [null]]);
    assert.deepEqual(methods('GET', 'PUT', 'GET'), ['GET', 'PUT']);
    const group = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'g', namespace: 'curl' },
      spec: { matches: [{ name: 'm', methods: ['PUT'] }] },
    } as Resource;
    const state = (method: string) =>
      seen([group, policy('p', { hosts: ['httpbin.org'], matches: [toGroup('g')] })], `curl -X ${method} httpbin.org`);
    assert.deepEqual([state('PUT'), state('GET')], ['reached httpbin.org:80', 'http 404']);
  });

  it('has routes that tell the match they come from, else the host, and ask for headers by names in lower case', () => {
    const routesOf = (...objects: Resource[]) => {
      const [host] = programOf(...objects).routeConfigurations.get('rds-egress.80')!.virtualHosts;
      assert.equal(told(host!.source), 'p spec.hosts.0');
      return host!.routes.map(({ source: at, clusters, headers }) => ({
        at: told(at),
        clusters: clusters.map((choice) => [told(choice.source), choice.clusters]),
        headers: headers.map(({ name, regex }) => `${name}: ${regex}`),
      }));
    };
    const clusters = [['p spec.hosts.0', [{ name: 'a.org:80', weight: 100 }]]];
    assert.deepEqual(routesOf(policy('p', { hosts: ['a.org'] })), [{ at: 'p spec.hosts.0', clusters, headers: [] }]);
    const group: Resource = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'g', namespace: 'curl' },
      spec: {
        matches: [
          {
            name: 'm',
            headers: [
              { 'X-A': '1', Host: 'a' },
              { 'X-A': '2', 'x-a': '3' },
            ],
          },
        ],
      },
    };
    assert.deepEqual(routesOf(group, policy('p', { hosts: ['a.org'], matches: [toGroup('g')] })), [
      { at: 'g spec.matches.0', clusters, headers: ['x-a: 2', ':authority: a', 'x-a: 3'] },
    ]);
  });

  it('is of those that apply, in their order', () => {
    const elsewhere = policy('b', { sources: [{ ...source, name: 'other' }] });
    const { applied } = programOf(policy('c', {}), elsewhere, policy('a', {}, 'missing'), policy('d', {}));
    assert.deepEqual(
      applied.map(({ metadata }) => metadata.name),
      ['c', 'd'],
    );
  });

  it('has clusters with each of the settings of those who share them, once', () => {
    const ports = [{ number: 3306, protocol: 'tcp' }];
    const { clusters } = programOf(
      setting('u', { tcp: { maxConnections: 1 } }),
      setting('v', { tcp: { maxConnections: 2 } }),
      ...(['u', undefined, 'u', 'v', undefined] as const).map((named, index) =>
        policy(`p${index}`, { ports, ipAddresses: [`10.${index}.0.0/16`] }, named),
      ),
    );
    const { limits, ...cluster } = clusters.get('3306')!;
    assert.deepEqual(cluster, { kind: 'original-destination', name: '3306' });
    assert.deepEqual(
      limits.map((one) => one?.source.object.metadata.name),
      ['u', undefined, 'v'],
    );
  });

  it('has a cluster for each host and port, and none for a protocol that nobody knows', () => {
    const { clusters, routeConfigurations, listener } = programOf(
      policy('p', {
        hosts: ['a.org', ''],
        ports: [
          { number: 80, protocol: 'HTTP' },
          { number: 81, protocol: 'udp' },
        ],
      }),
      policy('q', { hosts: ['b.org'] }),
      meshConfig({ enableEgress: true }),
    );
    const limits = UNLIMITED;
    assert.deepEqual(
      [...clusters.values()],
      [
        { kind: 'dns', name: 'a.org:80', host: 'a.org', port: 80, limits },
        { kind: 'original-destination', name: ':80', limits },
        { kind: 'dns', name: 'b.org:80', host: 'b.org', port: 80, limits },
        { kind: 'original-destination', name: 'passthrough-outbound', limits },
      ],
    );
    const tables = [...routeConfigurations.values()].map(({ virtualHosts, ...table }) => [
      table,
      virtualHosts.map(({ domains }) => domains.join(' ')),
    ]);
    assert.deepEqual(
      listener!.filterChains.map(({ name }) => name),
      ['egress-http.80'],
      'no chain for what is not in lower case',
    );
    const domains = ['a.org a.org:80', ' :80', 'b.org b.org:80'];
    assert.deepEqual(tables, [[{ name: 'rds-egress.80', port: 80, origin: 'egress' }, domains]]);
  });

  it('has one chain for equal lists, which knows all its policies', () => {
    const tls = (name: string, ...hosts: string[]) =>
      policy(name, { hosts, ports: [{ number: 443, protocol: 'https' }] });
    const chainsOf = (...objects: Resource[]) =>
      (programOf(...objects).listener?.filterChains ?? []).map(({ name, origin, sources, match, repeatingTwin }) => {
        const twin = repeatingTwin && told(repeatingTwin);
        return { name, origin, twin, hosts: match.serverNames.join(' '), sources: sources.map(told).join(', ') };
      });
    const chain = { name: 'egress-https.443', origin: 'egress' };
    const of = (...names: string[]) => names.map((name) => `${name} spec.ports.0`).join(', ');
    assert.deepEqual(chainsOf(tls('p', 'a', 'b'), tls('q', 'b', 'a'), tls('r', 'a')), [
      { ...chain, twin: undefined, hosts: 'a b', sources: of('p', 'q') },
      { ...chain, twin: undefined, hosts: 'a', sources: of('r') },
    ]);
    const repeating = tls('s', 'a', 'c', 'c');
    const kept = { ...chain, twin: 's spec.ports.0', hosts: 'a' };
    assert.deepEqual(chainsOf(tls('p', 'a'), repeating), [{ ...kept, sources: of('p', 's') }]);
    assert.deepEqual(chainsOf(repeating, tls('p', 'a')), [{ ...kept, sources: of('p', 's') }]);
    assert.deepEqual(chainsOf(repeating, tls('t', 'd', 'a', 'd')), [
      { ...chain, twin: undefined, hosts: 'a c c', sources: of('s', 't') },
    ]);
    // a range that is there twice cancels itself out, one that does not parse repeats nothing
    const tcp = (name: string, ...ipAddresses: string[]) =>
      policy(name, { ports: [{ number: 1, protocol: 'tcp' }], ipAddresses });
    const twinsOf = (...ranges: string[]) => chainsOf(tcp('p'), tcp('q', ...ranges)).map(({ twin }) => twin);
    assert.deepEqual(twinsOf('10.0.0.0/8', '10.0.0.0/8'), ['q spec.ports.0']);
    assert.deepEqual(twinsOf('10.0.0.0/33', '10.0.0.0/33'), [undefined]);
    assert.deepEqual(twinsOf('10.0.0.0/8'), [undefined, undefined]);
  });

  it('is joined by a chain for everything else where mesh-wide egress is on', () => {
    const { listener } = programOf(meshConfig({ enableEgress: true }));
    const { sources, target, ...rest } = listener!.defaultFilterChain!;
    assert.deepEqual(sources.map(told), ['osm-mesh-config spec.traffic.enableEgress']);
    assert.deepEqual(target, {
      filter: 'tcp_proxy',
      clusters: [{ clusters: [{ name: 'passthrough-outbound', weight: 100 }], source: sources[0] }],
    });
    assert.deepEqual(rest, {
      name: 'mesh-wide egress',
      origin: 'mesh-wide-egress',
      match: {
        destinationPort: 0,
        prefixRanges: [],
        networks: [],
        ipv6Networks: [],
        serverNames: [],
        applicationProtocols: [],
      },
    });
    assert.equal(programOf().listener, undefined);
    assert.deepEqual([...programOf().clusters], []);
  });
});
