import type { Program } from '../../../src/lib/simulator/control-plane/program.js';
import { chainMatch } from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import type {
  Cluster,
  FilterChain,
  Listener,
  Route,
  RouteConfiguration,
  VirtualHost,
} from '../../../src/lib/simulator/envoy/types.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

/** A program that a sidecar holds, of parts that a test exchanges. */

export const ref = (name: string) => ({ object: { apiVersion: 'v1', kind: 'X', metadata: { name } }, path: ['x'] });
export const at = ref('x');
export const odd = { notUnderstood: { what: 'a filter', at } };
export const to = (...names: string[]) => [{ clusters: names.map((name) => ({ name, weight: 1 })), source: at }];
export const http = { filter: 'http_connection_manager', routeConfigName: 'r' } as const;
export const chain = (
  port: number,
  match: Partial<FilterChain['match']>,
  more: Partial<FilterChain> = {},
): FilterChain => ({
  name: `c${port}`,
  origin: 'egress',
  match: { ...chainMatch(port, [], [], []), ...match },
  target: { filter: 'tcp_proxy', clusters: to('fixed') },
  sources: [at],
  ...more,
});
export const range = (text: string) => chainMatch(0, [text], [], []);

/** What there is before something is changed; `undefined` leaves it out. */
export interface Parts {
  readonly listener?: Partial<Listener> | null;
  readonly bound?: Program['boundListeners'];
  readonly web?: Partial<FilterChain>;
  readonly named?: Partial<FilterChain>;
  readonly ranged?: Partial<FilterChain>;
  readonly more?: readonly FilterChain[];
  readonly table?: Partial<RouteConfiguration> | null;
  /** One more. */
  readonly second?: Partial<RouteConfiguration>;
  readonly host?: Partial<VirtualHost>;
  readonly hosts?: readonly VirtualHost[];
  readonly first?: Partial<Route>;
  readonly routes?: readonly Route[];
  readonly clusters?: Readonly<Record<string, Cluster | undefined>>;
  readonly resolve?: (name: string) => readonly string[] | 'not-found' | undefined;
}

export const route = (more: Partial<Route> = {}): Route => ({
  pathRegex: '.*',
  method: null,
  headers: [],
  clusters: to('named'),
  source: at,
  ...more,
});
export const FIRST = route({
  pathRegex: '/get',
  method: 'GET',
  headers: [{ name: 'x-env', regex: 'prod' }],
  clusters: to('fixed'),
});
export const ended = { kind: 'static', limits: [null] } as const;
export const CLUSTERS: Readonly<Record<string, Cluster>> = {
  fixed: { ...ended, name: 'fixed', endpoints: [{ address: '198.51.100.1', port: 80 }] },
  other: { ...ended, name: 'other', endpoints: [{ address: '198.51.100.2', port: 80 }] },
  named: { kind: 'dns', name: 'named', host: 'd.test', port: 80, limits: [null] },
  dialled: { kind: 'original-destination', name: 'dialled', limits: [null] },
};

export function holding(parts: Parts): Simulation {
  const {
    listener,
    bound,
    web,
    named,
    ranged,
    more = [],
    table,
    second,
    host,
    hosts = [],
    first,
    routes,
    clusters,
    resolve,
  } = parts;
  const configuration: RouteConfiguration = {
    name: 'r',
    port: 80,
    origin: 'egress',
    virtualHosts: [
      { domains: ['a.test'], routes: routes ?? [{ ...FIRST, ...first }, route()], source: at, ...host },
      ...hosts,
    ],
    ...table,
  };
  const held: Program = {
    listener:
      listener === null
        ? undefined
        : {
            filterChains: [
              chain(80, {}, { target: http, ...web }),
              chain(443, { serverNames: ['a.test'] }, named),
              chain(3306, range('192.0.2.0/24'), ranged),
              ...more,
            ].map((one) => ({ ...one, match: { ...one.match, destinationPort: Number(one.name.slice(1)) } })),
            defaultFilterChain: undefined,
            detection: true,
            detectionDisabledPorts: new Map(),
            ...listener,
          },
    ...(bound && { boundListeners: bound }),
    routeConfigurations: new Map([
      ...(table === null ? [] : [['r', configuration] as const]),
      ...(second ? [['second', { ...configuration, name: 'second', ...second }] as const] : []),
    ]),
    clusters: new Map(
      Object.entries({ ...CLUSTERS, ...clusters }).flatMap(([name, one]) => (one ? [[name, one] as const] : [])),
    ),
    notices: [],
    applied: [],
  };
  return simulate(createWorld([]), { namespace: 'curl', serviceAccount: 'curl' }, { held, resolve });
}
