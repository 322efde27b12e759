import assert from 'node:assert/strict';
import { difference, implies, mergedClasses, spaceOf } from '../../../src/lib/analysis/request-space/index.js';
import type { Program } from '../../../src/lib/simulator/control-plane/program.js';
import type { FilterChain, Listener, RouteConfiguration, VirtualHost } from '../../../src/lib/simulator/envoy/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { requestClassText } from '../../../src/lib/wording/request-class.js';

const at = { object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }, path: ['x'] };
const odd = { notUnderstood: { what: 'a filter', at } };

interface Parts {
  readonly listener?: Partial<Listener>;
  /** Of port 443: what is said of a.test, and of b.test. */
  readonly chains?: readonly Partial<FilterChain>[];
  readonly table?: Partial<RouteConfiguration>;
  /** Of port 80, the same. */
  readonly hosts?: readonly Partial<VirtualHost>[];
}

const NAMES = ['a.test', 'b.test'];

/** A proxy that leads a.test and b.test alike, but for what is odd about one of them. */
function holding({ listener, chains, table, hosts }: Parts) {
  const clusters = [{ clusters: [{ name: 'u', weight: 1 }], source: at }];
  const route = { pathRegex: '.*', method: null, headers: [], clusters, source: at };
  const match = { prefixRanges: [], networks: [], ipv6Networks: [], serverNames: [], applicationProtocols: [] };
  const chain = { name: 'c', origin: 'egress', sources: [at] } as const;
  const http = { filter: 'http_connection_manager', routeConfigName: 'r' } as const;
  const filterChains = [
    { ...chain, match: { ...match, destinationPort: 80 }, target: http },
    ...NAMES.map((name, index) => ({
      ...chain,
      match: { ...match, destinationPort: 443, serverNames: [name] },
      target: { filter: 'tcp_proxy', clusters } as const,
      ...chains?.[index],
    })),
  ];
  const virtualHosts = NAMES.map((name, index) => ({
    domains: [name],
    routes: [route],
    source: at,
    ...hosts?.[index],
  }));
  const configuration = { name: 'r', port: 80, origin: 'egress', virtualHosts, ...table } as const;
  const cluster = {
    name: 'u',
    limits: [null],
    kind: 'static',
    endpoints: [{ address: '192.0.2.1', port: 80 }],
  } as const;
  const held: Program = {
    listener: {
      filterChains,
      defaultFilterChain: undefined,
      detection: true,
      detectionDisabledPorts: new Map(),
      ...listener,
    },
    routeConfigurations: new Map([['r', configuration]]),
    clusters: new Map([['u', cluster]]),
    notices: [],
    applied: [],
  };
  return simulate(createWorld([]), { namespace: 'curl', serviceAccount: 'curl' }, { held });
}

describe('the space of requests of a proxy with parts that are not understood', () => {
  const rows: [what: string, parts: Parts, allowed: string[]][] = [
    ['nothing odd', {}, ['80/http of a.test and b.test', 'port 443 of a.test and b.test']],
    ['an odd virtual host', { hosts: [{}, odd] }, ['80/http of a.test', 'port 443 of a.test and b.test']],
    ['an odd filter chain', { chains: [{}, odd] }, ['80/http of a.test and b.test', 'port 443 of a.test']],
    ['an odd table', { table: odd }, ['port 443 of a.test and b.test']],
    ['an odd listener', { listener: odd }, []],
  ];
  for (const [what, parts, expected] of rows) {
    it(`${what}: nothing behind it is allowed, and what is like it is`, () => {
      const allowed = mergedClasses(spaceOf([holding(parts)])).filter(
        ({ verdicts: [one] }) => one!.verdict === 'allowed',
      );
      const texts = allowed.map(
        (one) => / on (?=80|port 443)([^,]* of [^,]*?)(?: by .*)?,/.exec(requestClassText(one))?.[1],
      );
      assert.deepEqual([...new Set(texts.filter((text) => text !== undefined))], expected);
    });
  }

  it('differs from one where they are understood', () => {
    for (const [what, parts] of rows.slice(1)) {
      const { differing } = difference(holding({}), holding(parts));
      assert.deepEqual(
        [...new Set(differing.map(({ before, after }) => `${before.verdict} → ${after.verdict}`))].includes(
          'allowed → unknown',
        ),
        true,
        what,
      );
    }
    const [understood, not] = [holding({}), holding({ listener: odd })];
    assert.deepEqual([implies(understood, not).holds, implies(not, understood).holds], [false, false]);
    const without = { hosts: [{}, { routes: [] }] };
    assert.notDeepEqual(difference(holding(without), holding({ hosts: [{}, { ...odd, routes: [] }] })).differing, []);
  });
});
