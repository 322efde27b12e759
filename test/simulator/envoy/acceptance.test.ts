import assert from 'node:assert/strict';
import {
  clusterRefusals,
  listenerChances,
  listenerRefusals,
  refusalsOfAllRoutes,
  routeChances,
  routeRefusals,
  undecodableParts,
} from '../../../src/lib/simulator/envoy/acceptance.js';
import {
  UNLIMITED,
  type Cluster,
  type FilterChain,
  type FilterChainMatch,
  type Route,
  type RouteConfiguration,
  type VirtualHost,
  type WeightedClusters,
} from '../../../src/lib/simulator/envoy/types.js';
import { inspectRegex } from '../../../src/lib/simulator/envoy/re2.js';
import type { FieldRef } from '../../../src/lib/resources/types.js';
import { parseCidr } from '../../../src/lib/text/ip.js';

const at = (...path: (string | number)[]): FieldRef => ({
  object: { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' } },
  path,
});

const choice = (name: string, ...weights: number[]): WeightedClusters => ({
  clusters: weights.map((weight, index) => ({ name: `${name}${index}`, weight })),
  source: at('backends', name),
});

const route = (parts: Partial<Route> = {}): Route => ({
  pathRegex: '.*',
  method: null,
  headers: [],
  clusters: [choice('only', 100)],
  source: at('matches', 0),
  ...parts,
});

const host = (domains: string[], routes: Route[] = [route()]): VirtualHost => ({
  domains,
  routes,
  source: at('hosts', ...domains),
});
const routes = (...virtualHosts: VirtualHost[]): RouteConfiguration => ({
  name: 'rds-outbound.80',
  port: 80,
  origin: 'egress',
  virtualHosts,
});

describe('updates of routes that cannot be decoded', () => {
  const MOST = 2 ** 32 - 1;
  const header = (name: string, regex = 'x') =>
    route({
      headers: [
        { name: 'ok', regex: 'ok' },
        { name, regex },
      ],
    });
  const cases: readonly (readonly [name: string, VirtualHost[], string[]])[] = [
    ['nothing odd', [host(['a.com', '*'], [header('x-a')])], []],
    ...['\0', '\r', '\n'].flatMap((odd): [string, VirtualHost[], string[]][] => [
      [`${JSON.stringify(odd)} in a domain`, [host(['a.com', `b${odd}.com`])], ['domain hosts']],
      [
        `${JSON.stringify(odd)} in the name of a header`,
        [host(['a.com'], [header(`x${odd}`)])],
        ['header-name matches'],
      ],
    ]),
    ['a tab does no harm', [host(['a\t.com'], [header('x\t')])], []],
    ['a header without name', [host(['a.com'], [header('')])], ['header-name matches']],
    ['an empty expression for a header', [host(['a.com'], [header('x', '')])], ['empty-regex matches']],
    ['an empty expression for a path, which is refused by itself', [host(['a.com'], [route({ pathRegex: '' })])], []],
    ['each of two hosts', [host(['\0']), host(['\r'])], ['domain hosts', 'domain hosts']],
    ['no cluster with a weight', [host(['a.com'], [route({ clusters: [choice('s', 0, 0)] })])], ['no-weight backends']],
    ['one cluster with a weight', [host(['a.com'], [route({ clusters: [choice('s', 0, 1)] })])], []],
    [
      'no choice with a weight',
      [host(['a.com'], [route({ clusters: [choice('s', 0), choice('t', 0)] })])],
      ['no-weight backends'],
    ],
    ['one choice with a weight', [host(['a.com'], [route({ clusters: [choice('s', 0), choice('t', 1)] })])], []],
    ['no clusters at all', [host(['a.com'], [route({ clusters: [] })])], []],
    ['weights that fill 32 bits', [host(['a.com'], [route({ clusters: [choice('s', MOST - 1, 1)] })])], []],
    [
      'weights beyond 32 bits',
      [host(['a.com'], [route({ clusters: [choice('s', MOST, 1)] })])],
      ['no-weight backends'],
    ],
    [
      'weights that sum to less than 1 as they are written',
      [host(['a.com'], [route({ clusters: [{ ...choice('s', MOST), total: -1 }] })])],
      ['no-weight backends'],
    ],
  ];
  for (const [name, hosts, expected] of cases) {
    it(name, () => {
      const found = undecodableParts(routes(...hosts));
      assert.deepEqual(
        found.map((refusal) => refusal.code === 'undecodable' && `${refusal.what} ${refusal.at.path[0]}`),
        expected,
      );
    });
  }

  it('names the headers of the match, be they one or several', () => {
    for (const headers of [
      [{ name: '', regex: 'x' }],
      [
        { name: '', regex: 'x' },
        { name: 'y', regex: 'y' },
      ],
    ]) {
      assert.deepEqual(undecodableParts(routes(host(['a.com'], [route({ headers })]))), [
        { code: 'undecodable', what: 'header-name', at: at('matches', 0, 'headers') },
      ]);
    }
  });

  it('depends on chance when one of several splits has no weight', () => {
    const chances = (...clusters: WeightedClusters[]) =>
      routeChances(routes(host(['a.com'], [route({ clusters })]))).map(({ path }) => path[1]);
    assert.deepEqual(chances(choice('s', 0), choice('t', 1), choice('u', 0, 0)), ['s', 'u']);
    assert.deepEqual(chances(choice('s', 1), choice('t', 0)), ['t']);
    assert.deepEqual(chances(choice('s', 0), choice('t', 0)), []);
    assert.deepEqual(chances(choice('s', 1), choice('t', 1)), []);
    assert.deepEqual(chances(choice('s', 0)), []);
    assert.deepEqual(chances(), []);
  });
});

describe('routes that are refused', () => {
  it('a domain that is there twice, whatever its case', () => {
    const [first, second, third] = [host(['a.com', 'b.com']), host(['c.com', 'A.com']), host(['a.COM'])];
    assert.deepEqual(routeRefusals(routes(first, second, third)), [
      { code: 'duplicate-domain', domain: 'A.com', first, second },
      { code: 'duplicate-domain', domain: 'a.COM', first, second: third },
    ]);
    assert.deepEqual(routeRefusals(routes(host(['a.com']), host(['b.com']))), []);
  });

  it('each expression that RE2 does not take, once, with the field', () => {
    const bad = route({
      pathRegex: '(',
      headers: [
        { name: 'a', regex: ')' },
        { name: 'b', regex: '[' },
      ],
    });
    const again = route({ pathRegex: ')', headers: [{ name: 'a', regex: '(' }] });
    const found = routeRefusals(routes(host(['a.com'], [bad, again]), host(['b.com'], [bad])));
    assert.deepEqual(
      found.map((refusal) => refusal.code === 'regex' && [refusal.pattern, refusal.at, refusal.reason]),
      [
        ['(', at('matches', 0, 'pathRegex'), 'missing ): ('],
        [')', at('matches', 0, 'headers'), 'unexpected ): )'],
        ['[', at('matches', 0, 'headers'), 'missing ]: ['],
      ],
    );
  });
});

describe('routes that lead in (egress semantics §4)', () => {
  const table = (port: number, ...virtualHosts: VirtualHost[]) => ({ ...routes(...virtualHosts), port });
  const twins = [host(['a.com']), host(['A.com'])];
  const refusals = (...tables: RouteConfiguration[]) =>
    refusalsOfAllRoutes({ inbound: { tables, asked: new Set([80]) }, routeConfigurations: new Map() });

  it('are refused for a part that cannot be decoded wherever it is, for others where the listener asks for them', () => {
    const weightless = host(['b.com'], [route({ clusters: [choice('s', 0)] })]);
    assert.deepEqual(refusals(table(80, ...twins), table(81, ...twins, weightless)), [
      { code: 'duplicate-domain', domain: 'A.com', first: twins[0], second: twins[1], leads: 'in' },
      { code: 'undecodable', what: 'no-weight', at: at('backends', 's'), leads: 'in' },
    ]);
  });
});

describe('routes of an Envoy with another limit for expressions', () => {
  const pattern = '[a-z]{100}';
  const { size } = inspectRegex(pattern);
  const refused = (pathRegex: string, maxProgramSize?: number) => {
    const configuration = routes(host(['a.com'], [route({ pathRegex })]));
    return (
      routeRefusals(maxProgramSize === undefined ? configuration : { ...configuration, maxProgramSize }).length > 0
    );
  };

  it('take those whose program is as large as it says', () => {
    assert.ok(size! > 100);
    assert.deepEqual([refused(pattern), refused(pattern, size! - 1), refused(pattern, size!)], [true, true, false]);
    assert.deepEqual([refused('a'), refused('a', 1000)], [false, false]);
  });

  it('take none that RE2 does not', () => {
    assert.deepEqual([refused('('), refused('(', 1000)], [true, true]);
  });
});

describe('clusters that are refused', () => {
  const limits = (isPositive: boolean, name = 'x') =>
    ({
      connectTimeout: isPositive ? '0.001s' : '0s',
      source: at('spec', name),
    }) as unknown as Cluster['limits'][number];
  const cluster = (name: string, ...all: Cluster['limits'][number][]) => ({ name, limits: all }) as unknown as Cluster;
  const names = (...clusters: Cluster[]) => {
    const { certain, possible } = clusterRefusals(clusters);
    const short = (refusals: typeof certain) =>
      refusals.map(({ cluster: of, at: { path } }) => `${of} ${path.join('.')}`);
    return { certain: short(certain), possible: short(possible) };
  };

  it('certainly, when every definition has a timeout that is not positive', () => {
    assert.deepEqual(names(cluster('a', limits(false)), cluster('b', limits(false, 'y'), limits(false))), {
      certain: ['a spec.x.tcp.connectTimeout', 'b spec.y.tcp.connectTimeout'],
      possible: [],
    });
  });

  it('perhaps, when another definition may be kept', () => {
    assert.deepEqual(names(cluster('a', limits(true), limits(false)), cluster('b', null, limits(false))), {
      certain: [],
      possible: ['a spec.x.tcp.connectTimeout', 'b spec.x.tcp.connectTimeout'],
    });
  });

  it('with the field of the setting', () => {
    const { certain } = clusterRefusals([cluster('a', limits(false))]);
    assert.deepEqual(certain, [
      { code: 'connect-timeout', cluster: 'a', at: at('spec', 'x', 'tcp', 'connectTimeout') },
    ]);
  });

  it('for a timeout below 0, too', () => {
    const timeout = (connectTimeout: string) =>
      clusterRefusals([cluster('a', { connectTimeout, source: at('x') })]).certain.length;
    assert.deepEqual(['-1s', '-0.1s', '0s', '0.1s', '10s'].map(timeout), [1, 1, 1, 0, 0]);
  });

  it('not otherwise', () => {
    const unlimited = { name: 'c', limits: UNLIMITED } as unknown as Cluster;
    assert.deepEqual(names(cluster('a', limits(true)), cluster('b', null), unlimited), { certain: [], possible: [] });
  });
});

describe('listeners that are refused', () => {
  const chain = (name: string, match: Partial<FilterChainMatch>, parts: Partial<FilterChain> = {}): FilterChain => ({
    name,
    origin: 'egress',
    match: {
      destinationPort: 443,
      prefixRanges: [],
      networks: [],
      ipv6Networks: [],
      serverNames: [],
      applicationProtocols: [],
      ...match,
    },
    target: { filter: 'http_connection_manager', routeConfigName: 'x' },
    sources: [at('ports', name)],
    ...parts,
  });
  const listener = (...filterChains: FilterChain[]) => ({
    filterChains,
    defaultFilterChain: undefined,
    detection: true,
    detectionDisabledPorts: new Map(),
  });
  const networks = (...texts: string[]) => texts.map((text) => parseCidr(text)!);
  const duplicates = (...chains: FilterChain[]) =>
    listenerRefusals(listener(...chains)).map(
      (refusal) =>
        refusal.code === 'duplicate-match' && {
          chains: `${refusal.first.chain.name} ${refusal.second.chain.name}`,
          cell: `${refusal.second.range} ${refusal.second.serverName} ${refusal.second.applicationProtocol}`,
        },
    );

  const twins: readonly (readonly [name: string, FilterChain[], (readonly [chains: string, cell: string])[]])[] = [
    ['one chain', [chain('a', { serverNames: ['x.com'] })], []],
    ['chains that match everything', [chain('a', {}), chain('b', {})], [['a b', 'any  ']]],
    ['other ports', [chain('a', {}), chain('b', { destinationPort: 80 })], []],
    [
      'a server name in two cases',
      [chain('a', { serverNames: ['y.com', 'X.com'] }), chain('b', { serverNames: ['x.COM', 'z.com'] })],
      [['a b', 'any x.com ']],
    ],
    ['a server name twice in one chain', [chain('a', { serverNames: ['x.com', 'x.com'] })], [['a a', 'any x.com ']]],
    ['a server name and any', [chain('a', { serverNames: ['x.com'] }), chain('b', {})], []],
    [
      'a network in two',
      [
        chain('a', { networks: networks('192.0.2.0/24', '10.0.0.0/8') }),
        chain('b', { networks: networks('10.0.0.0/8') }),
      ],
      [['a b', '10.0.0.0/8  ']],
    ],
    ['a network and any', [chain('a', { networks: networks('10.0.0.0/8') }), chain('b', {})], []],
    [
      'a network of IPv6 in two',
      [chain('a', { ipv6Networks: ['2001:db8::/32'] }), chain('b', { ipv6Networks: ['2001:db8::/32'] })],
      [['a b', '2001:db8::/32  ']],
    ],
    [
      'application protocols in two',
      [chain('a', { applicationProtocols: ['h2c', 'http/1.1'] }), chain('b', { applicationProtocols: ['http/1.1'] })],
      [['a b', 'any  http/1.1']],
    ],
    ['an application protocol and any', [chain('a', { applicationProtocols: ['h2c'] }), chain('b', {})], []],
  ];
  for (const [name, chains, expected] of twins) {
    it(`equal cells: ${name}`, () => {
      assert.deepEqual(
        duplicates(...chains),
        expected.map(([of, cell]) => ({ chains: of, cell })),
      );
    });
  }

  it('wildcards of server names anywhere but as the first label', () => {
    const names = ['*.x.com', '*', 'x.*', '*x.com', 'a.*.com', 'x.com'];
    const wild = chain('a', { serverNames: names });
    const found = listenerRefusals(listener(wild));
    assert.ok(found.every((refusal) => refusal.code === 'server-name-wildcard' && refusal.chain === wild));
    assert.deepEqual(
      found.map((refusal) => refusal.code === 'server-name-wildcard' && [refusal.serverName, refusal.index]),
      [
        ['*', 1],
        ['x.*', 2],
        ['*x.com', 3],
        ['a.*.com', 4],
      ],
    );
  });

  const tcp = (...clusters: WeightedClusters[]) => chain('t', {}, { target: { filter: 'tcp_proxy', clusters } });
  const zero = (target: FilterChain) => ({
    refused: listenerRefusals(listener(target)).map(
      (refusal) => refusal.code === 'zero-weight' && refusal.chain === target && refusal.at.path[1],
    ),
    chance: listenerChances(listener(target)).map(
      ({ cause, at: { path }, beside }) => `${cause} ${path[1]} beside ${beside.length}`,
    ),
  });
  const weights: readonly (readonly [name: string, FilterChain, refused: string[], chance: string[]])[] = [
    ['weights', tcp(choice('s', 1, 2)), [], []],
    ['one cluster without weight', tcp(choice('s', 0)), [], []],
    ['one of two clusters without weight', tcp(choice('s', 1, 0)), ['s'], []],
    ['every choice with one', tcp(choice('s', 1, 0), choice('t', 0, 0)), ['s'], []],
    ['one choice of two with one', tcp(choice('s', 1, 1), choice('t', 0, 1)), [], ['several-splits t beside 0']],
    ['no choice', tcp(), [], []],
    ['HTTP', chain('h', {}), [], []],
  ];
  for (const [name, target, refused, chance] of weights) {
    it(`TCP: ${name}`, () => {
      assert.deepEqual(zero(target), { refused, chance });
    });
  }

  it('by chance, for a twin that repeats an entry', () => {
    const twin = at('ports', 'twin');
    const chances = listenerChances(
      listener(chain('a', {}, { repeatingTwin: twin, sources: [at('ports', 'a'), at('ports', 'c')] }), chain('b', {})),
    );
    assert.deepEqual(chances, [{ cause: 'repeating-twin', at: twin, beside: [at('ports', 'a')] }]);
  });
});
