import assert from 'node:assert/strict';
import { proxyDifferences, type ProxyDifference } from '../../../src/lib/analysis/envoy-dump/difference.js';
import type { ConfigDump, PendingUpdate } from '../../../src/lib/analysis/envoy-dump/index.js';
import type { FieldRef } from '../../../src/lib/resources/types.js';
import { chainMatch } from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import {
  UNLIMITED,
  type Cluster,
  type ClusterChoices,
  type ClusterLimits,
  type FilterChain,
  type FilterChainTarget,
  type Listener,
  type Route,
  type RouteConfiguration,
  type VirtualHost,
} from '../../../src/lib/simulator/envoy/types.js';

const at = (name: string): FieldRef => ({ object: { apiVersion: 'v1', kind: 'X', metadata: { name } }, path: [] });
const odd = (what: string) => ({ what, at: at(what) });
const one = (name: string, weight = 100): ClusterChoices => [{ clusters: [{ name, weight }], source: at(name) }];
const tcp = (clusters: ClusterChoices): FilterChainTarget => ({ filter: 'tcp_proxy', clusters });
const http = (routeConfigName: string, more: object = {}): FilterChainTarget => ({
  filter: 'http_connection_manager',
  routeConfigName,
  ...more,
});
const chain = (port: number, target: FilterChainTarget, more: Partial<FilterChain> = {}): FilterChain => ({
  name: `${port}`,
  origin: 'egress',
  match: chainMatch(port, [], [], []),
  target,
  sources: [at(`${port}`)],
  ...more,
});
const route = (more: Partial<Route> = {}): Route => ({
  pathRegex: '.*',
  method: null,
  headers: [],
  clusters: one('dns'),
  source: at('route'),
  ...more,
});
const host = (domains: readonly string[], routes: readonly Route[], more: Partial<VirtualHost> = {}): VirtualHost => ({
  domains,
  routes,
  source: at(domains[0]!),
  ...more,
});
const dns = (name: string, more: object = {}): Cluster => ({
  kind: 'dns',
  name,
  host: 'a.example',
  port: 80,
  limits: UNLIMITED,
  ...more,
});
const service = (name: string): Cluster => ({
  kind: 'mesh-service',
  name,
  limits: UNLIMITED,
  service: at(name),
  endpoints: 'some',
  farSide: { others: 'assumed' },
});

interface Held {
  readonly listener?: Partial<Listener> | null;
  readonly tables?: Readonly<Record<string, readonly VirtualHost[] | Partial<RouteConfiguration>>>;
  readonly clusters?: readonly Cluster[];
  readonly pending?: readonly PendingUpdate[];
  readonly bootstrap?: readonly string[];
}

/** A proxy with these parts; nothing else. */
function proxy({ listener = {}, tables = {}, clusters = [], pending = [], bootstrap = [] }: Held): ConfigDump {
  const whole: Listener = {
    filterChains: [],
    defaultFilterChain: undefined,
    detection: true,
    detectionDisabledPorts: new Map(),
    ...listener,
  };
  const routeConfigurations = Object.entries(tables).map(([name, more]) => {
    const own = Array.isArray(more) ? { virtualHosts: more as VirtualHost[] } : (more as Partial<RouteConfiguration>);
    return [name, { name, port: 0, origin: 'egress', virtualHosts: [], ...own }] as const;
  });
  return {
    program: {
      listener: listener === null ? undefined : whole,
      routeConfigurations: new Map(routeConfigurations),
      clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
      notices: [],
      applied: [],
    },
    source: undefined,
    bootstrapClusters: new Set(bootstrap),
    envoyVersion: undefined,
    pending,
    updates: new Map(),
    pathTo: () => undefined,
  };
}

type Row = readonly [expected: Held, held: Held, differences: readonly ProxyDifference[]];

function check(rows: readonly Row[], withoutMesh = false): void {
  for (const [index, [expected, held, differences]] of rows.entries()) {
    const found = proxyDifferences(proxy(expected).program, proxy(held), { withoutMesh });
    assert.deepEqual(found, differences, `row ${index}`);
  }
}

const chains = (...filterChains: readonly FilterChain[]): Held => ({ listener: { filterChains } });
const [a, b] = [chain(1, tcp(one('a'))), chain(2, tcp(one('b')))];
const lone = chain(0, tcp(one('everywhere')), { origin: 'mesh-wide-egress' });

describe('the differences between a proxy and policies', () => {
  it('are none between nothing and nothing, and between the same in another order', () => {
    check([
      [{}, {}, []],
      [{ listener: null }, { listener: null }, []],
      [chains(a, b), chains(b, a), []],
      [{ clusters: [dns('x'), service('y')] }, { clusters: [service('y'), dns('x')] }, []],
      [{ listener: { defaultFilterChain: lone } }, { listener: { defaultFilterChain: lone } }, []],
    ]);
  });

  it('begin with updates that did not take effect', () => {
    const update: PendingUpdate = {
      what: 'cluster',
      name: 'x',
      state: 'warming',
      version: '1',
      when: 'then',
      at: at('x'),
    };
    check([
      [{}, { pending: [update, update] }, [update, update].map((one) => ({ code: 'update-pending', update: one }))],
    ]);
  });

  it('are a listener that one side alone has', () => {
    const [missing, extra] = [[{ code: 'listener-missing' }], [{ code: 'listener-extra' }]] as const;
    check([
      [chains(a), { listener: null }, missing],
      [{ listener: { defaultFilterChain: lone } }, { listener: null }, missing],
      [{}, { listener: null }, []],
      [{ listener: null }, chains(a), extra],
      [{ listener: null }, { listener: { defaultFilterChain: lone } }, extra],
      [{ listener: null }, { listener: { filterChains: [a], defaultFilterChain: lone } }, extra],
      // one without chains lets through as much as none, whatever it detects
      [{ listener: null }, { listener: { detection: false } }, []],
    ]);
  });

  it('are chains that one side alone has, and those that lead elsewhere', () => {
    const elsewhere = chain(1, tcp(one('b')));
    const missing = { code: 'chain-missing', isDefault: false } as const;
    const extra = { code: 'chain-extra', isDefault: false } as const;
    check([
      [chains(a, b), chains(b), [{ ...missing, chain: a }]],
      [chains(b), chains(a, b), [{ ...extra, chain: a }]],
      [chains(a), chains(elsewhere), [{ code: 'chain-differs', expected: a, held: elsewhere }]],
      [{ listener: { defaultFilterChain: lone } }, {}, [{ code: 'chain-missing', chain: lone, isDefault: true }]],
      [{}, { listener: { defaultFilterChain: lone } }, [{ code: 'chain-extra', chain: lone, isDefault: true }]],
      [
        { listener: { defaultFilterChain: lone } },
        { listener: { defaultFilterChain: elsewhere } },
        [{ code: 'chain-differs', expected: lone, held: elsewhere }],
      ],
    ]);
  });

  it('are what a chain matches, in whatever form it is written', () => {
    const match = (...texts: readonly (readonly string[])[]) =>
      chain(1, tcp(one('a')), { match: chainMatch(1, texts[0] ?? [], texts[1] ?? [], texts[2] ?? []) });
    const same: readonly (readonly [FilterChain, FilterChain])[] = [
      [match(['10.0.0.0/8', '192.0.2.0/24']), match(['192.0.2.7/24', '10.0.0.0/8', '10.1.2.3/8'])],
      [match(['2001:db8::/32', '2001:db9::/32']), match(['2001:db9::/32', '2001:db8::/32'])],
      [match([], ['A.example', '*.b.example']), match([], ['.b.example', 'a.example', 'A.EXAMPLE'])],
      [match([], [], ['h2c', 'http/1.1']), match([], [], ['http/1.1', 'h2c', 'h2c'])],
    ];
    check(same.map(([expected, held]) => [chains(expected), chains(held), []]));
    const others = [
      match(),
      match(['10.0.0.0/8']),
      match(['10.0.0.0/9']),
      match(['2001:db8::/32']),
      match([], ['a.example']),
      match([], ['b.example']),
      match([], [], ['a.example']),
      chain(2, tcp(one('a'))),
    ];
    check(
      others.flatMap((expected, index) =>
        others.slice(index + 1).map((held): Row => [
          chains(expected),
          chains(held),
          [
            { code: 'chain-missing', chain: expected, isDefault: false },
            { code: 'chain-extra', chain: held, isDefault: false },
          ],
        ]),
      ),
    );
  });

  it('are where a chain leads: one of what chance leaves open, by weight where there is something to weigh', () => {
    const several = (...pairs: readonly (readonly [string, number])[]) => ({
      clusters: pairs.map(([name, weight]) => ({ name, weight })),
      source: at('x'),
    });
    const table = { r: [], s: [] };
    const rows: readonly (readonly [boolean, FilterChainTarget, FilterChainTarget])[] = [
      [true, tcp(one('a', 1)), tcp(one('a', 100))],
      [true, tcp([several(['a', 1], ['b', 2])]), tcp([several(['b', 2], ['a', 1])])],
      [true, tcp([...one('a'), ...one('b')]), tcp(one('b'))],
      [true, tcp([several()]), tcp([])],
      [true, http('r'), http('r', { likeOsms: { filter: 'x', at: at('x') } })],
      [false, tcp([several(['a', 1], ['b', 2])]), tcp([several(['a', 2], ['b', 1])])],
      [false, tcp([several(['a', 1], ['b', 2])]), tcp([several(['a', 1], ['c', 2])])],
      [false, tcp([several(['a', 1], ['b', 2])]), tcp(one('a'))],
      [false, tcp(one('a')), tcp([...one('b'), ...one('a')])],
      [false, tcp(one('a')), tcp([])],
      [false, http('r'), http('s')],
      [false, http('r'), tcp(one('r'))],
      [false, tcp(one('r')), http('r')],
    ];
    check(
      rows.map(([same, wanted, own]) => {
        const [expected, held] = [chain(1, wanted), chain(1, own)];
        return [
          { ...chains(expected), tables: table },
          { ...chains(held), tables: table },
          same ? [] : [{ code: 'chain-differs', expected, held }],
        ];
      }),
    );
  });

  it('are parts that are not understood, where they count', () => {
    const told = (...names: readonly string[]) =>
      names.map((name) => ({ code: 'not-understood', part: odd(name) }) as const);
    const match = (name: string) => ({ ...chainMatch(1, [], [], []), notUnderstood: odd(name) });
    const listener = { filterChains: [a], notUnderstood: odd('listener') };
    const hosts = [host(['x'], [route()])];
    const oddHost = (more: Partial<VirtualHost>, ...routes: readonly Partial<Route>[]) => [
      host(['x'], routes.map(route), more),
    ];
    const routed = chain(1, http('r'));
    check([
      [chains(a), { listener }, told('listener')],
      [chains(a), chains({ ...a, notUnderstood: odd('chain') }), told('chain')],
      [chains(a), chains({ ...a, match: match('match') }), told('match')],
      [chains(a), chains({ ...a, notUnderstood: odd('chain'), match: match('match') }), told('chain')],
      [
        { listener: { defaultFilterChain: lone } },
        { listener: { defaultFilterChain: { ...lone, notUnderstood: odd('default') } } },
        told('default'),
      ],
      [chains(routed), chains(chain(1, http('r', { upgrades: odd('upgrades') }))), told('upgrades')],
      [
        { ...chains(routed), tables: { r: hosts } },
        { ...chains(routed), tables: { r: { virtualHosts: [], notUnderstood: odd('table') } } },
        told('table'),
      ],
      [
        { ...chains(routed), tables: { r: hosts } },
        { ...chains(routed), tables: { r: oddHost({ notUnderstood: odd('host') }, { notUnderstood: odd('route') }) } },
        told('host'),
      ],
      [
        { ...chains(routed), tables: { r: [host(['x'], [route(), route()])] } },
        { ...chains(routed), tables: { r: oddHost({}, {}, { notUnderstood: odd('route') }) } },
        told('route'),
      ],
      [{ clusters: [dns('x')] }, { clusters: [dns('x', { notUnderstood: odd('cluster') })] }, told('cluster')],
    ]);
  });

  it('are tables that are not there, and hosts and routes in them', () => {
    const routed = chain(1, http('r'));
    const table = (...hosts: readonly VirtualHost[]): Held => ({
      ...chains(routed),
      tables: { r: hosts, unasked: hosts },
    });
    const [x, y] = [host(['x'], [route()]), host(['y', 'z'], [route()])];
    check([
      [table(x), chains(routed), [{ code: 'routes-missing', table: 'r' }]],
      // both chains of one table: told once
      [
        { ...chains(routed, chain(2, http('r'))), tables: { r: [x] } },
        chains(routed, chain(2, http('r'))),
        [{ code: 'routes-missing', table: 'r' }],
      ],
      [chains(routed), chains(routed), []],
      [chains(routed), table(x), [{ code: 'host-extra', table: 'r', host: x }]],
      [table(x, y), table(host(['Z', 'y'], [route()]), x), []],
      [table(x, y), table(y), [{ code: 'host-missing', table: 'r', host: x }]],
      [table(y), table(x, y), [{ code: 'host-extra', table: 'r', host: x }]],
    ]);
    const headers = (...names: readonly string[]) => names.map((name) => ({ name, regex: 'x' }));
    const method = (regex: string) => [{ name: ':method', regex }];
    const [g, p] = [route({ pathRegex: '/g' }), route({ pathRegex: '/p' })];
    const rows: readonly (readonly [boolean, readonly Route[], readonly Route[]])[] = [
      [true, [g, p], [g, p]],
      [true, [route({ method: null })], [route({ headers: method('.*') })]],
      [true, [route({ method: 'GET' })], [route({ headers: method('GET') })]],
      [true, [route({ method: 'GET', headers: method('GET') })], [route({ method: 'GET' })]],
      [true, [route({ headers: headers('a', 'b') })], [route({ headers: headers('b', 'a', 'b') })]],
      [true, [route({ clusters: [...one('a'), ...one('b')] })], [route({ clusters: one('b') })]],
      // which of two comes first counts
      [false, [g, p], [p, g]],
      [false, [g, p], [g, g]],
      [false, [g], [g, p]],
      [false, [g, p], [g]],
      [false, [g], [p]],
      [false, [route({ method: 'GET' })], [route()]],
      [false, [route({ headers: headers('a') })], [route({ headers: headers('b') })]],
      [false, [route({ headers: headers('a') })], [route()]],
      [false, [route({ headers: [{ name: 'a', regex: 'x' }] })], [route({ headers: [{ name: 'a', regex: 'y' }] })]],
      [false, [route()], [route({ clusters: one('b') })]],
    ];
    check(
      rows.map(([same, wanted, own]) => {
        const [expected, held] = [host(['x'], wanted), host(['x'], own)];
        return [table(expected), table(held), same ? [] : [{ code: 'host-differs', table: 'r', expected, held }]];
      }),
    );
  });

  it('are clusters that one side alone has, but for the proxy’s own', () => {
    const [x, y] = [dns('x'), service('y')];
    const extra = (cluster: Cluster) => ({ code: 'cluster-extra', cluster }) as const;
    check([
      [{ clusters: [x, y] }, { clusters: [y] }, [{ code: 'cluster-missing', cluster: x }]],
      [{ clusters: [y] }, { clusters: [x, y] }, [extra(x)]],
      [{}, { clusters: [x, y], bootstrap: ['x'] }, [extra(y)]],
    ]);
    const own = ['envoy-metrics-cluster', 'envoy-tracing-cluster', 'a/b|80|local', 'a/b-local'];
    const others = ['envoy-other-cluster', 'x-envoy-metrics-cluster', 'envoy-metrics-cluster-x', 'local', 'a|local-x'];
    check([[{}, { clusters: [...own, ...others].map((name) => dns(name)) }, others.map((name) => extra(dns(name)))]]);
  });

  it('are where a cluster leads, and its limits', () => {
    const limits = (more: Partial<ClusterLimits>) => ({ limits: [{ ...more, source: at('limits') }] });
    const passthrough: Cluster = { kind: 'original-destination', name: 'x', limits: UNLIMITED };
    const rows: readonly (readonly [boolean, Cluster, Cluster])[] = [
      [true, dns('x', { host: 'A.example' }), dns('x')],
      [true, dns('x', limits({})), dns('x')],
      [true, dns('x'), dns('x', { limits: [] })],
      [true, dns('x', limits({ connectTimeout: '0.250s' })), dns('x', limits({ connectTimeout: '0.25s' }))],
      [true, dns('x', { limits: [null, ...limits({ maxRequests: 1 }).limits] }), dns('x', limits({ maxRequests: 1 }))],
      [true, { ...passthrough }, { ...passthrough }],
      [false, passthrough, dns('x')],
      [false, service('x'), passthrough],
      [false, dns('x', { host: 'b.example' }), dns('x')],
      [false, dns('x', { port: 81 }), dns('x')],
      [false, dns('x', limits({ maxRequests: 1 })), dns('x', { limits: [null, ...limits({ maxRequests: 1 }).limits] })],
      [false, dns('x'), dns('x', limits({ connectTimeout: '1s' }))],
      [false, dns('x', limits({ connectTimeout: '1s' })), dns('x', limits({ connectTimeout: '2s' }))],
      ...(['maxConnections', 'maxPendingRequests', 'maxRequests'] as const).flatMap((name) => [
        [false, dns('x', limits({ [name]: 1 })), dns('x')] as const,
        [false, dns('x', limits({ [name]: 0 })), dns('x', limits({ [name]: 1 }))] as const,
      ]),
      [false, dns('x', limits({ maxConnections: 1 })), dns('x', limits({ maxRequests: 1 }))],
      [false, dns('x', limits({ maxConnections: 1 })), dns('x', limits({ maxPendingRequests: 1 }))],
    ];
    check(
      rows.map(([same, expected, held]) => [
        { clusters: [expected] },
        { clusters: [held] },
        same ? [] : [{ code: 'cluster-differs', expected, held }],
      ]),
    );
  });

  it('are detection as a whole, and the ports where it is off', () => {
    const off = (...ports: readonly number[]) => new Map(ports.map((port) => [port, at(`off ${port}`)]));
    const listener = (detection: boolean, ...ports: readonly number[]): Held => ({
      listener: { filterChains: [a], detection, detectionDisabledPorts: off(...ports) },
    });
    const differs = (port: number, expected: boolean) =>
      ({ code: 'server-first-differs', port, expected, at: at(`off ${port}`) }) as const;
    check([
      [listener(true), listener(false), [{ code: 'detection-differs', expected: true }]],
      [listener(false), listener(true, 1), [{ code: 'detection-differs', expected: false }]],
      // ports count for nothing where nothing is detected
      [listener(false, 1), listener(false, 2), []],
      [listener(true, 1, 2), listener(true, 2, 1), []],
      [listener(true, 1, 2), listener(true, 2, 3), [differs(1, true), differs(3, false)]],
    ]);
  });

  it('are upgrades of connections, which depend on the version of OSM', () => {
    const without = (name: string) => http('r', { withoutUpgrades: at(name) });
    const own = http('r', { upgrades: odd('upgrades') });
    const [newer, older] = [{ code: 'newer-upgrades' }, { code: 'older-upgrades', at: at('held') }] as const;
    check([
      [chains(chain(1, http('r'))), chains(chain(1, without('held'))), [older]],
      [chains(a, chain(2, http('r'))), chains(a, chain(2, without('held'))), [older]],
      [chains(chain(1, without('expected'))), chains(chain(1, without('held'))), []],
      [chains(chain(1, without('expected'))), chains(chain(1, http('r'))), [newer]],
      [
        chains(chain(1, without('expected'))),
        chains(chain(1, own)),
        [{ code: 'not-understood', part: odd('upgrades') }],
      ],
      [
        chains(chain(1, without('expected')), chain(2, without('expected'))),
        chains(chain(1, own), chain(2, http('r'))),
        [newer, { code: 'not-understood', part: odd('upgrades') }],
      ],
      [chains(chain(1, http('r'))), chains(chain(1, http('r'))), []],
      [
        chains(chain(1, without('expected'))),
        chains(a),
        [{ code: 'chain-differs', expected: chain(1, without('expected')), held: a }],
      ],
      [{ listener: null }, { listener: null }, []],
    ]);
  });

  it('leave services of the mesh out, which nobody told', () => {
    const mesh = (port: number, target: FilterChainTarget) => chain(port, target, { origin: 'mesh' });
    const [x, y] = [host(['x'], [route()]), host(['y'], [route()])];
    const expected: Held = {
      ...chains(mesh(1, http('m')), mesh(2, tcp(one('b')))),
      tables: { m: [x] },
      clusters: [service('x')],
    };
    const held: Held = {
      ...chains(mesh(1, http('m')), mesh(3, tcp(one('c'))), chain(4, tcp(one('d')))),
      tables: { m: [y] },
      clusters: [service('y'), dns('z')],
    };
    const extra = [{ code: 'chain-extra', chain: chain(4, tcp(one('d'))), isDefault: false }] as const;
    const cluster = [{ code: 'cluster-extra', cluster: dns('z') }] as const;
    check([[expected, held, [...extra, ...cluster]]], true);
    check([
      [
        expected,
        held,
        [
          { code: 'chain-missing', chain: mesh(2, tcp(one('b'))), isDefault: false },
          { code: 'chain-extra', chain: mesh(3, tcp(one('c'))), isDefault: false },
          ...extra,
          { code: 'host-missing', table: 'm', host: x },
          { code: 'host-extra', table: 'm', host: y },
          { code: 'cluster-missing', cluster: service('x') },
          { code: 'cluster-extra', cluster: service('y') },
          ...cluster,
        ],
      ],
    ]);
    // an older OSM has other names for them, in one table for every port
    for (const name of ['rds-outbound', 'rds_egress', 'RDS-Egress']) {
      const older = { code: 'routes-of-older-osm', table: name } as const;
      check([
        [expected, { ...held, tables: { [name]: [y, x] } }, [{ ...older, at: at('y') }, ...extra, ...cluster]],
        [expected, { ...held, tables: { [name]: [] } }, [{ ...older, at: undefined }, ...extra, ...cluster]],
      ]);
    }
    for (const name of ['rds-outbound.80', 'x-rds-egress', 'rds-inbound', 'rdsxegress']) {
      check([[expected, { ...expected, tables: { m: [x], [name]: [y] } }, []]]);
    }
  });
});
