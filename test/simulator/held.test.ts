import assert from 'node:assert/strict';
import type { FieldRef, Resource } from '../../src/lib/resources/types.js';
import type { Program } from '../../src/lib/simulator/control-plane/program.js';
import type {
  Cluster,
  FilterChain,
  FilterChainTarget,
  Listener,
  NotUnderstood,
  Route,
  RouteConfiguration,
  VirtualHost,
} from '../../src/lib/simulator/envoy/types.js';
import { chainMatch } from '../../src/lib/simulator/envoy/filter-chain-match.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { stoppingLimits } from '../../src/lib/simulator/upstream.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { decide as decideFor, policy, SOURCE } from './control-plane/worlds.js';

/** Programs as a proxy may hold them, with parts that no control plane of OSM sends. */

const at = (name: string) => ({ object: { apiVersion: 'v1', kind: 'X', metadata: { name } }, path: ['x'] });
const odd = (what: string): { notUnderstood: NotUnderstood } => ({ notUnderstood: { what, at: at(what) } });

interface Parts {
  readonly listener?: Partial<Listener>;
  readonly chain?: Partial<FilterChain>;
  readonly match?: Partial<FilterChain['match']>;
  readonly target?: Partial<FilterChainTarget>;
  readonly configuration?: Partial<RouteConfiguration>;
  readonly virtualHost?: Partial<VirtualHost>;
  readonly route?: Partial<Route>;
  readonly cluster?: Partial<Cluster>;
}

/** HTTP on port 80 to httpbin.org, but for what is odd in it. */
function holding(parts: Parts): Program {
  const http = { filter: 'http_connection_manager', routeConfigName: 'r', ...parts.target } as FilterChainTarget;
  const match = { destinationPort: 80, prefixRanges: [], networks: [], ipv6Networks: [], serverNames: [] };
  const chain: FilterChain = {
    name: 'c',
    origin: 'egress',
    match: { ...match, applicationProtocols: [], ...parts.match },
    target: http,
    sources: [at('chain')],
    ...parts.chain,
  };
  const clusters = [{ clusters: [{ name: 'u', weight: 1 }], source: at('route') }];
  const route: Route = { pathRegex: '.*', method: null, headers: [], clusters, source: at('route'), ...parts.route };
  const virtualHost = { domains: ['httpbin.org'], routes: [route], source: at('host'), ...parts.virtualHost };
  const configuration = { name: 'r', port: 80, origin: 'egress', virtualHosts: [virtualHost] } as const;
  const cluster = {
    name: 'u',
    limits: [null],
    kind: 'dns',
    host: 'httpbin.org',
    port: 80,
    ...parts.cluster,
  } as Cluster;
  const listener = {
    filterChains: [chain],
    defaultFilterChain: undefined,
    detection: true,
    detectionDisabledPorts: new Map(),
    ...parts.listener,
  };
  return {
    listener,
    routeConfigurations: new Map([['r', { ...configuration, ...parts.configuration }]]),
    clusters: new Map([['u', cluster]]),
    notices: [],
    applied: [],
  };
}

const SAME = at('same');
const PLAIN = 'curl http://httpbin.org/';

function decide(held: Program, line = PLAIN, trace?: (event: TraceEvent) => void) {
  const resolve = () => ['192.0.2.10'];
  return simulate(createWorld([]), SOURCE, { held, resolve }).decide(parseTarget(line), trace);
}

const ends = (held: Program, line?: string) => {
  const { ending, verdict } = decide(held, line);
  return ending
    ? [ending.outcome.httpStatus ?? ending.outcome.class, ...ending.decidedBy.map(nameOf)].join(' ')
    : verdict;
};
const nameOf = ({ object }: FieldRef) => object.metadata.name;

describe('a program that a proxy holds', () => {
  it('leads as it says', () => {
    assert.equal(ends(holding({})), 'reached host route');
    assert.equal(ends(holding({ virtualHost: { source: SAME }, route: { source: SAME } })), 'reached same');
  });

  const parts: Parts[] = [
    { listener: odd('listener') },
    { match: odd('match') },
    { chain: odd('chain') },
    { configuration: odd('configuration') },
    { virtualHost: odd('virtual host') },
    { route: odd('route') },
    { cluster: odd('cluster') },
  ];
  for (const part of parts) {
    const [place, { notUnderstood }] = Object.entries(part)[0] as [string, { notUnderstood: NotUnderstood }];
    it(`leaves no verdict behind a ${place} that is not understood, and names it`, () => {
      const { verdict, obstacles, alternatives } = decide(holding(part));
      assert.equal(verdict, 'unknown');
      assert.deepEqual(obstacles, [{ code: 'not-understood', ...notUnderstood }]);
      assert.deepEqual(alternatives, []);
    });
  }

  it('leaves open to what a connection may be upgraded only where a request asks for it', () => {
    const held = holding({ target: { upgrades: odd('upgrades').notUnderstood } });
    assert.equal(ends(held), 'reached host route');
    assert.equal(ends(held, `${PLAIN} -H 'Connection: Upgrade' -H 'Upgrade: websocket'`), 'unknown');
  });

  it('with a filter that only looks like OSM’s is taken to have OSM’s', () => {
    const likeOsms = { filter: 'lua', at: at('lua') };
    const { verdict, assumptions } = decide(holding({ target: { likeOsms } }));
    assert.equal(verdict, 'allowed');
    assert.deepEqual(
      assumptions.filter(({ code }) => code === 'filter-is-osms'),
      [{ code: 'filter-is-osms', ...likeOsms }],
    );
    assert.ok(!decide(holding({})).assumptions.some(({ code }) => code === 'filter-is-osms'));
  });

  it('answers 404 where it lacks the routes that the chain names', () => {
    const held = holding({ target: { routeConfigName: 'elsewhere' } });
    assert.equal(ends(held), '404 chain');
    const events: TraceEvent[] = [];
    decide(held, PLAIN, (event) => events.push(event));
    assert.deepEqual(
      events.filter(({ stage }) => stage === 'routes'),
      [{ stage: 'routes', name: 'elsewhere', state: 'absent', refusals: [], kept: false }],
    );
  });

  it('answers 400 to a path that it cannot normalise', () => {
    const held = holding({ configuration: { pathNormalization: 'BASE' } });
    assert.equal(ends(held, 'curl http://httpbin.org/a'), 'reached host route');
    assert.equal(ends(held, 'curl http://httpbin.org/%00'), '400 chain');
  });

  it('answers 400 to a PROXY header before a request, which nobody reads who speaks HTTP/2', () => {
    const held = holding({});
    const events: TraceEvent[] = [];
    decide(held, `${PLAIN} --haproxy-protocol`, (event) => events.push(event));
    assert.ok(events.some((event) => event.stage === 'request' && /PROXY header/.test(event.why ?? '')));
    assert.equal(ends(held, `${PLAIN} --haproxy-protocol`), '400 chain');
    assert.equal(ends(held, `${PLAIN} --haproxy-protocol --http2-prior-knowledge`), 'closed chain');
    assert.equal(ends(held, `${PLAIN} --http2-prior-knowledge`), 'reached host route');
    assert.equal(ends(held, `${PLAIN} -H 'Host: a b'`), '400 chain');
    assert.equal(ends(held, `${PLAIN} --http2-prior-knowledge --request-target '/a#b'`), '400 chain');
  });

  it('has a default chain for what no other takes, which is said of it', () => {
    const clusters = [{ clusters: [{ name: 'u', weight: 1 }], source: at('default') }];
    const chain = holding({ chain: { name: 'd', target: { filter: 'tcp_proxy', clusters } } }).listener!
      .filterChains[0]!;
    const cluster = { kind: 'original-destination' } as const;
    const chosen = (listener: Partial<Listener>, line: string) => {
      const held = holding({ listener, cluster, chain: { sources: [at('own')] } });
      const isDefault: boolean[] = [];
      decide(held, line, (event) => event.stage === 'filter-chain' && isDefault.push(event.isDefault));
      const simulation = simulate(createWorld([]), SOURCE, { held });
      const target = parseTarget(line);
      const chains = simulation.dataPlane.chainsFor(target, 0xc000020a).map((one) => one?.name);
      return [ends(held, line), ...isDefault, ...chains];
    };
    assert.deepEqual(chosen({ defaultFilterChain: chain }, 'tcp://192.0.2.10:81'), ['reached chain', true, 'd']);
    assert.deepEqual(chosen({ defaultFilterChain: chain }, 'http://192.0.2.10:80'), ['404 own', false, 'c']);
    assert.deepEqual(chosen({}, 'tcp://192.0.2.10:81'), ['closed', false, undefined]);
  });

  it('is not one where a route leads to no cluster at all', () => {
    assert.throws(() => decide(holding({ route: { clusters: [] } })), /without any cluster/);
  });
});

describe('parts of the address space, where nobody knows the address', () => {
  const by = (parts: { kind?: string; namespace?: string; name?: string; field?: string } = {}): FieldRef[] => {
    const { kind = 'X', namespace = 'n', name = 'x', field = 'f' } = parts;
    return [{ object: { apiVersion: 'v1', kind, metadata: { name, namespace } }, path: [field] }];
  };
  const source = at('choice');
  const weighing = (...lists: string[][]) =>
    lists.map((names) => ({ clusters: names.map((name) => ({ name, weight: 1 })), source }));
  const passing = (name = 'u'): FilterChainTarget => ({ filter: 'tcp_proxy', clusters: weighing([name]) });

  /** A chain for each of 192.0.1.0/24, 192.0.2.0/24 … */
  function spread(chains: Partial<FilterChain>[], defaultFilterChain?: FilterChain) {
    const [like] = holding({}).listener!.filterChains;
    const filterChains = chains.map((chain, index): FilterChain => {
      const prefixRanges = [`192.0.${index + 1}.0/24`];
      return { ...like!, target: passing(), sources: by(), ...chain, match: chainMatch(22, prefixRanges, [], []) };
    });
    const held = holding({ listener: { filterChains, defaultFilterChain } });
    const kind = 'original-destination';
    const clusters: [string, Cluster][] = ['u', 'v'].map((name) => [name, { kind, name, limits: [null] }]);
    const itself = { kind: 'static', name: 'itself', endpoints: [{ address: '127.0.0.1', port: 15001 }] } as const;
    const all = new Map([...clusters, ['itself', { ...itself, limits: [null] }] as const]);
    const { alternatives, obstacles } = simulate(createWorld([]), SOURCE, { held: { ...held, clusters: all } }).decide(
      parseTarget('tcp://nobody.org:22'),
    );
    const ends = alternatives.map(({ outcome, when }) =>
      [
        outcome.class,
        ...when.map((one) => ('networks' in one ? one.networks.map((range) => range.split('.')[2]).join('+') : '')),
        ...when.flatMap((one) => ('cause' in one ? one.cause : [])),
      ]
        .filter((text) => text !== '')
        .join(' '),
    );
    return { ends, codes: obstacles.map(({ code }) => code) };
  }

  it('are one where they end alike and by the same field', () => {
    const chains: Partial<FilterChain>[] = [
      {},
      { sources: by() },
      { sources: by({ kind: 'Y' }) },
      { sources: by({ namespace: 'm' }) },
      { sources: by({ name: 'y' }) },
      { sources: by({ field: 'g' }) },
      { target: passing('v') },
    ];
    const each = [3, 4, 5, 6, 7].map((index) => `reached ${index}`);
    assert.deepEqual(spread(chains).ends, ['closed', 'reached 1+2', ...each]);
  });

  it('differ by how they end, by what chance, and by what stands in the way', () => {
    const http = { filter: 'http_connection_manager', routeConfigName: 'r' } as const;
    assert.deepEqual(spread([{ target: http, sources: [] }]).ends, ['closed', 'http 1']);
    const draws = [weighing(['u', 'v']), weighing(['u'], ['v'])];
    const targets = draws.map((clusters) => ({ target: { filter: 'tcp_proxy', clusters } as const }));
    assert.deepEqual(spread(targets).ends, [
      'closed',
      'reached 1 weighted-clusters',
      'reached 1 weighted-clusters',
      'reached 2 several-splits',
      'reached 2 several-splits',
    ]);
    const rest = { ...holding({}).listener!.filterChains[0]!, target: passing() };
    const stopping = [odd('chain'), { target: passing('itself') }];
    const { ends: free, codes } = spread(stopping, rest);
    assert.deepEqual([free, codes], [['reached'], ['not-understood', 'connects-to-itself']]);
  });
});

describe('chance inside Envoy', () => {
  it('is which chain takes a connection where one has the range 0.0.0.0/0 and another none', () => {
    const tls = (name: string, host: string, ipAddresses: string[]) =>
      policy(name, { hosts: [host], ports: [{ number: 443, protocol: 'https' }], ipAddresses });
    const objects = [tls('a', 'httpbin.org', ['0.0.0.0/0']), tls('b', 'example.com', [])];
    const verdict = decideFor(objects, 'https://httpbin.org/');
    assert.equal(verdict.verdict, 'unpredictable');
    assert.deepEqual(
      verdict.alternatives.map(({ outcome, when }) => [outcome.class, ...when]),
      ['reached', 'closed'].map((end) => [end, { kind: 'by-chance', cause: 'zero-range-beside-no-range' }]),
    );
    assert.equal(decideFor(objects, 'https://other.org/').verdict, 'denied');
  });

  it('is whether routes arrive beside the refused ones of another port, be it for a single thing', () => {
    const group: Resource = {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'g', namespace: 'curl' },
      spec: { matches: [{ name: 'm', pathRegex: '(' }] },
    };
    const matches = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g' }];
    const refused = policy('b', { hosts: ['example.com'], ports: [{ number: 81, protocol: 'http' }], matches });
    const { verdict, alternatives } = decideFor([group, policy('a', { hosts: ['httpbin.org'] }), refused], PLAIN);
    assert.equal(verdict, 'unpredictable');
    assert.deepEqual(alternatives[0]?.when, [{ kind: 'by-chance', cause: 'routes-refused-elsewhere' }]);
  });
});

describe('the cluster that a route names', () => {
  const events = (held: Program, line?: string) => {
    const told: TraceEvent[] = [];
    const { ending } = decide(held, line, (event) => told.push(event));
    return { told, destination: ending?.destination, ends: ends(held, line) };
  };
  const choices = (...names: (readonly [name: string, weight: number])[][]) =>
    names.map((list, index) => ({
      clusters: list.map(([name, weight]) => ({ name, weight })),
      source: at(`choice ${index}`),
    }));

  it('may be missing, which is said of what names it', () => {
    const held = holding({ route: { clusters: choices([['gone', 1]]) } });
    const found = events(held);
    assert.equal(found.ends, '503 choice 0');
    assert.deepEqual(found.told.at(-2), { stage: 'cluster-missing', cluster: 'gone', at: at('choice 0') });
    const several = choices(
      [
        ['gone', 1],
        ['u', 0],
        ['gone too', 1],
      ],
      [['gone', 1]],
    );
    const each = events(holding({ route: { clusters: several } }));
    assert.equal(each.ends, '503 choice 0');
    assert.deepEqual(
      each.told.flatMap((event) => (event.stage === 'cluster-missing' ? [[event.cluster, nameOf(event.at)]] : [])),
      [
        ['gone', 'choice 0'],
        ['gone too', 'choice 0'],
      ],
    );
  });

  it('takes nothing with a weight of 0, unless it is a TCP proxy’s only one', () => {
    const clusters = choices([['u', 0]], [['gone', 1]]);
    const http = decide(holding({ route: { clusters } })).alternatives;
    assert.deepEqual(
      http.map(({ outcome }) => outcome.httpStatus),
      [503, 404],
    );
    assert.equal(
      ends(
        holding({
          route: {
            clusters: choices([
              ['u', 0],
              ['gone', 1],
            ]),
          },
        }),
      ),
      '503 choice 0',
    );
    const tcp = (list: ReturnType<typeof choices>) =>
      decide(holding({ chain: { target: { filter: 'tcp_proxy', clusters: list } } }), 'tcp://192.0.2.10:80');
    const beside = tcp(
      choices(
        [
          ['u', 0],
          ['gone', 1],
        ],
        [['gone', 1]],
      ),
    );
    assert.deepEqual(
      beside.alternatives.map(({ outcome }) => outcome.class),
      ['closed', 'refused'],
    );
    assert.deepEqual(
      tcp(clusters).alternatives.map(({ outcome, when }) => [outcome.class, ...when]),
      [
        ['reached', { kind: 'by-chance', cause: 'several-splits' }],
        ['closed', { kind: 'by-chance', cause: 'several-splits' }],
      ],
    );
    assert.deepEqual(
      tcp(
        choices([
          ['u', 1],
          ['gone', 1],
        ]),
      ).alternatives.map(({ outcome, when }) => [outcome.class, ...when]),
      [
        ['reached', { kind: 'by-chance', cause: 'weighted-clusters' }],
        ['closed', { kind: 'by-chance', cause: 'weighted-clusters' }],
      ],
    );
  });

  it('may have addresses of its own, of which one takes each connection', () => {
    const leading = (...addresses: string[]) => {
      const endpoints = addresses.map((address) => ({ address, port: 8080 }));
      return events(holding({ cluster: { kind: 'static', endpoints } }));
    };
    const there = { host: 'httpbin.org', port: 8080, cluster: 'u' };
    assert.deepEqual(leading('192.0.2.7').destination, { ...there, address: '192.0.2.7' });
    assert.deepEqual(leading('192.0.2.7', '192.0.2.8').destination, { ...there, address: null });
    assert.equal(leading('127.0.0.1').ends, 'unknown', 'the pod itself');
    assert.equal(leading('127.0.0.1', '192.0.2.8').ends, 'reached host route');
    const { told, ends: end } = leading();
    assert.equal(end, '503 host route');
    assert.deepEqual(told.at(-2), { stage: 'no-endpoints', cluster: 'u', at: at('host') });
  });

  it('may look up whatever name a request bears', () => {
    const names: string[] = [];
    const resolve = (name: string) => (names.push(name), name === 'nobody.org' ? undefined : ['192.0.2.30']);
    const held = holding({ cluster: { kind: 'dynamic-dns', port: 8080 } });
    const http = { ...held, routeConfigurations: new Map(held.routeConfigurations) };
    const configuration = held.routeConfigurations.get('r')!;
    const [virtualHost] = configuration.virtualHosts;
    http.routeConfigurations.set('r', { ...configuration, virtualHosts: [{ ...virtualHost!, domains: ['*'] }] });
    const tls = holding({
      cluster: { kind: 'dynamic-dns', port: 8443 },
      chain: { target: { filter: 'tcp_proxy', clusters: choices([['u', 1]]) } },
      match: { destinationPort: 443 },
    });
    const place = (one: Program, line: string) =>
      simulate(createWorld([]), SOURCE, { held: one, resolve }).decide(parseTarget(line)).ending?.destination;
    const there = { port: 8080, cluster: 'u' };
    assert.deepEqual(place(http, `${PLAIN} -H 'Host: other.org:81'`), {
      ...there,
      address: '192.0.2.30',
      host: 'other.org',
    });
    assert.deepEqual(place(http, `${PLAIN} -H 'Host: nobody.org'`), { ...there, address: null, host: 'nobody.org' });
    assert.deepEqual(place(tls, 'curl --connect-to ::192.0.2.1: https://sni.org/'), {
      ...{ port: 8443, cluster: 'u' },
      ...{ address: '192.0.2.30', host: 'sni.org' },
    });
    assert.equal(place(tls, 'curl https://192.0.2.1/'), null, 'which tells no name');
    assert.equal(place(tls, 'tcp://192.0.2.1:443'), null);
    const traced: unknown[] = [];
    simulate(createWorld([]), SOURCE, { held: http, resolve }).decide(
      parseTarget(`curl --resolve nobody.org:80:192.0.2.1 http://nobody.org/`),
      (event) => event.stage === 'cluster' && traced.push(event.addresses),
    );
    assert.deepEqual(traced, ['assumed']);
  });

  it('may close whatever it takes, always or at some addresses', () => {
    const closing = events(holding({ cluster: { kind: 'closing', why: 'it does', at: at('closer') } }));
    assert.equal(closing.ends, '503 host route closer');
    assert.deepEqual(closing.told.at(-2), { stage: 'upstream-closes', cluster: 'u', why: 'it does', at: at('closer') });
    const closedAt = new Map([['192.0.2.10:80', at('closer')]]);
    const held = holding({ cluster: { kind: 'original-destination', closedAt } });
    const closed = events(held);
    assert.equal(closed.ends, '503 host route closer');
    const told = closed.told.at(-2);
    assert.ok(told?.stage === 'upstream-closes' && told.cluster === 'u' && /certificate/.test(told.why));
    assert.deepEqual(told.at, at('closer'));
    assert.equal(ends(held, 'curl --connect-to ::192.0.2.11: http://httpbin.org/'), 'reached host route');
  });

  it('may be none, which stops nothing', () => {
    assert.deepEqual(stoppingLimits(undefined, 'tcp_proxy'), []);
  });
});
