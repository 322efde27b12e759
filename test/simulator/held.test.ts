import assert from 'node:assert/strict';
import type { FieldRef } from '../../src/lib/resources/types.js';
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
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { SOURCE } from './control-plane/worlds.js';

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
    repeatingTwin: undefined,
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
});
