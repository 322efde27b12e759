import { routeRefusals, undecodableParts } from '../../simulator/envoy/acceptance.js';
import type {
  HeaderMatcher,
  NotUnderstood,
  Route,
  RouteConfiguration,
  VirtualHost,
} from '../../simulator/envoy/types.js';
import { STATISTICS_HEADER } from './http-connection-manager.js';
import { readClusters } from './listener.js';
import { firstNotUnderstood, type Part } from './part.js';

const EGRESS = 'rds-egress.';

/** Reads a table of routes; what of it is not understood is marked there. @param name as the listener knows it @throws DumpProblem */
export function readRouteConfiguration(part: Part, name: string): RouteConfiguration {
  const virtualHosts = part.parts('virtual_hosts').map(readVirtualHost);
  part.skip('name', 'validate_clusters', 'max_direct_response_body_size_bytes', ...HEADERS);
  const configuration: RouteConfiguration = {
    name,
    port: Number(/\.(\d+)$/.exec(name)?.[1] ?? 0),
    origin: name.startsWith(EGRESS) ? 'egress' : 'mesh',
    virtualHosts,
    notUnderstood: part.notUnderstood('a table of routes'),
  };
  const refusals = [...routeRefusals(configuration), ...undecodableParts(configuration)];
  if (refusals.length === 0) return configuration;
  // a proxy that holds it has taken it, with other limits than are known
  return {
    ...configuration,
    virtualHosts: [],
    notUnderstood: { what: 'routes that Envoy is known to refuse', at: part.ref },
  };
}

/** Fields that change headers and not the way. */
const HEADERS = [
  'request_headers_to_add',
  'request_headers_to_remove',
  'response_headers_to_add',
  'response_headers_to_remove',
];

function readVirtualHost(part: Part): VirtualHost {
  part.skip('name', 'retry_policy', 'include_request_attempt_count', 'virtual_clusters', ...HEADERS);
  const [domains, routes] = [part.texts('domains'), part.parts('routes').map(readRoute)];
  return { domains, routes, source: part.ref, notUnderstood: part.notUnderstood('a virtual host') };
}

function readRoute(part: Part): Route {
  const match = part.part('match');
  const action = part.part('route');
  const problems: (NotUnderstood | undefined)[] = [];
  const pathRegex = readRegex(match?.part('safe_regex'), problems);
  if (pathRegex === undefined) problems.push({ what: 'how a route matches paths', at: (match ?? part).ref });
  const all = (match?.parts('headers') ?? []).flatMap((header) => readHeader(header, problems) ?? []);
  const { method, headers } = methodOf(all);
  if (!action) problems.push({ what: 'what a route does with requests', at: part.ref });
  const clusters = action && readClusters(action);
  action?.skip('timeout', 'idle_timeout', 'retry_policy');
  part.skip('name', 'metadata', 'decorator', ...HEADERS);
  problems.push(
    match?.notUnderstood('a route’s match'),
    clusters?.notUnderstood,
    action?.notUnderstood('a route'),
    part.notUnderstood('a route'),
  );
  return {
    pathRegex: pathRegex ?? '.*',
    method,
    headers,
    clusters: clusters?.choices ?? [],
    source: part.ref,
    notUnderstood: firstNotUnderstood(problems),
  };
}

/** The engine may be named, and is RE2; undefined where more is said of the expression. */
function readRegex(part: Part | undefined, problems: (NotUnderstood | undefined)[]): string | undefined {
  const regex = part?.text('regex');
  const engine = part?.part('google_re2');
  const more = part?.notUnderstood('a regular expression') ?? engine?.notUnderstood('a regular expression’s engine');
  problems.push(more);
  return more ? undefined : regex;
}

/**
 * Envoy's older and newer way to write a regular expression for a header; undefined for any other condition, so that nothing
 * follows from what the header holds.
 */
function readHeader(part: Part, problems: (NotUnderstood | undefined)[]): HeaderMatcher | undefined {
  const name = (part.text('name') ?? '').toLowerCase();
  const text = part.part('string_match');
  const regex = readRegex(part.part('safe_regex_match') ?? text?.part('safe_regex'), problems);
  if (regex === undefined) problems.push({ what: `what a route wants of the header ${name}`, at: part.ref });
  if (name.startsWith(STATISTICS_HEADER)) {
    problems.push({ what: `the header ${name}, which the proxy may add itself`, at: part.ref });
  }
  const more = text?.notUnderstood('a header’s match') ?? part.notUnderstood('a header’s match');
  problems.push(more);
  return regex === undefined || more ? undefined : { name, regex };
}

/** OSM writes a method as a regular expression, whose dots match anything only where there is one. */
function methodOf(all: readonly HeaderMatcher[]): { method: string | null; headers: HeaderMatcher[] } {
  const method = all.find(({ name, regex }) => name === ':method' && /^[A-Za-z-]+$/.test(regex));
  const rest = all.filter((header) => header !== method && !(header.name === ':method' && header.regex === '.*'));
  return { method: method?.regex ?? null, headers: rest };
}
