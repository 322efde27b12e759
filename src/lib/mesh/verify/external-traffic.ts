import type { ConfigDump } from '../../analysis/envoy-dump/index.js';
import { createFilterChainMatcher } from '../../simulator/envoy/filter-chain-match.js';
import { explain, type Explanation } from '../../simulator/explain.js';
import { isAllowed } from '../../simulator/outcome.js';
import { parseTarget, type Target } from '../../simulator/request/index.js';
import { simulate } from '../../simulator/simulation.js';
import type { Source, World } from '../../simulator/world.js';
import type { Pod } from '../../resources/types.js';
import { conditionText, obstacleText, outcomeText } from '../../wording/verdict.js';
import { failure, success, unknown, type Verification } from './result.js';

export const appProtocols = ['http', 'https', 'tcp', 'tcp-server-first', 'grpc'] as const;
export type AppProtocol = (typeof appProtocols)[number];

/** Traffic to something outside of the mesh. */
export interface ExternalTraffic {
  readonly protocol: AppProtocol;
  /** undefined: any that the proxy lets through */
  readonly host: string | undefined;
  readonly port: number;
}

export interface ProxiedClient {
  readonly world: World;
  readonly source: Source;
  readonly pod: Pod;
  readonly dump: ConfigDump;
}

/**
 * Does traffic get out of a pod, by what its proxy holds? The simulator walks what the proxy holds, as for `egress explain`.
 * @param tell gets what a person should know of a success
 */
export function verifyExternal(
  context: string,
  traffic: ExternalTraffic,
  { world, source, pod, dump }: ProxiedClient,
  tell: (note: string) => void,
): Verification {
  const simulation = simulate(world, source, { pod, held: dump.program });
  const asked = hostsFor(traffic, dump).map((host) => explain(simulation, targetFor(traffic, host)));
  const [first] = asked;
  const passing = asked.find(({ verdict }) => verdict.verdict === 'allowed');
  if (passing) {
    if (traffic.host === undefined && asked.length > 1) {
      tell(`without --to-ext-host, one host that passes is enough: ${passing.target.host}`);
    }
    return success(context);
  }
  const limited = asked.find(hasOtherRoutes);
  if (limited) {
    tell(
      `${limited.target.host} gets only the requests of its routes, and ${limited.target.http!.method} / is none of them`,
    );
    return success(context);
  }
  const somewhere = asked.find(({ verdict }) => verdict.alternatives.some(({ outcome }) => isAllowed(outcome)));
  if (somewhere && traffic.host === undefined) {
    tell('it depends on the address, and some addresses are let through');
    return success(context);
  }
  const open = asked.find(({ verdict }) => verdict.verdict !== 'denied');
  if (open) return unknown(context, openText(open), 'Ask about one request: osm-ts egress explain --config-dump');
  return failure(context, deniedText(first!, traffic));
}

/** A stand-in for any host, whose address nobody knows. */
const ANY_HOST = 'external.example';

/** Without a host, those of which the proxy's configuration for the port speaks. */
function hostsFor({ protocol, host, port }: ExternalTraffic, { program }: ConfigDump): string[] {
  if (host !== undefined) return [host];
  const { listener, routeConfigurations } = program;
  const chains = listener ? createFilterChainMatcher(listener).chainsOnPort(port) : [];
  const names = chains.flatMap(({ target, match }) => {
    if (protocol === 'https') return match.serverNames;
    if (target.filter !== 'http_connection_manager' || (protocol !== 'http' && protocol !== 'grpc')) return [];
    const hosts = routeConfigurations.get(target.routeConfigName)?.virtualHosts ?? [];
    return hosts.flatMap(({ domains }) => domains.slice(0, 1));
  });
  const concrete = names
    .filter((name) => name !== '*')
    .map((name) => name.replace(/^\*?\./, 'any.').replace(/:\d+$/, ''));
  return [...new Set([...concrete, ANY_HOST])];
}

function targetFor({ protocol, port }: ExternalTraffic, host: string): Target {
  const place = host.includes(':') ? `[${host}]` : host;
  switch (protocol) {
    case 'http':
    case 'https':
    case 'tcp':
      return parseTarget(`${protocol}://${place}:${port}${protocol === 'tcp' ? '' : '/'}`);
    case 'tcp-server-first':
      return parseTarget(`tcp://${place}:${port} --server-first`);
    case 'grpc':
      return parseTarget(`curl --http2-prior-knowledge -X POST http://${place}:${port}/`);
  }
}

/** The host is there, and none of its routes is for the request that was tried. */
function hasOtherRoutes({ events, verdict }: Explanation): boolean {
  const route = events.findLast((event) => event.stage === 'route');
  return (
    verdict.verdict === 'denied' && route?.stage === 'route' && !route.route && route.virtualHost.routes.length > 0
  );
}

function openText({ verdict, target }: Explanation): string {
  const { obstacles, alternatives } = verdict;
  if (obstacles.length > 0) return `${target.host}: ${obstacles.map(obstacleText).join('; ')}`;
  const ways = alternatives.map(
    ({ when, outcome }) => `${when.map(conditionText).join(', ')}: ${outcomeText(target, outcome)}`,
  );
  return ways.join('; ');
}

function deniedText({ events, target, verdict }: Explanation, { protocol, host, port }: ExternalTraffic): string {
  for (const event of events.toReversed()) {
    switch (event.stage) {
      case 'cluster-missing':
        return `Did not find cluster for external port ${port}: cluster ${event.cluster} not found`;
      case 'virtual-host':
        if (!event.virtualHost)
          return `Did not find outbound route configuration: virtual host for domain ${event.authority} not found`;
        break;
      case 'filter-chain':
        if (!event.chain) {
          const named = host === undefined ? '' : `, host=${host}`;
          return `Did not find matching filter chain: filter chain not found for port=${port}, protocol=${protocol}${named}`;
        }
        break;
      default:
    }
  }
  const { outcome } = verdict.ending ?? {};
  return `The proxy does not let it through: ${outcome ? outcomeText(target, outcome) : verdict.verdict}`;
}
