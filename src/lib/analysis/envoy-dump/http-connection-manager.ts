import type { FilterChainTarget, NotUnderstood } from '../../simulator/envoy/types.js';
import { firstNotUnderstood, sortOfFilter, type Part } from './part.js';

interface ReadManager {
  readonly target: FilterChainTarget;
  readonly notUnderstood: NotUnderstood | undefined;
}

/** Reads an HTTP connection manager; routes that stand in it are added to `tables`. @throws DumpProblem */
export function httpConnectionManager(config: Part, tables: Map<string, Part>): ReadManager {
  const rds = config.part('rds');
  const inline = config.part('route_config');
  const routeConfigName = rds?.text('route_config_name') ?? inlineName(inline, tables);
  rds?.skip('config_source');
  const { likeOsms, notUnderstood } = readHttpFilters(config);
  config.skip('stat_prefix', 'access_log', 'access_log_options', 'tracing');
  // a route may ask for the header
  config.skipIf('generate_request_id', true);
  const target = {
    filter: 'http_connection_manager',
    routeConfigName: routeConfigName ?? '',
    ...readUpgrades(config),
    likeOsms,
  } as const;
  const rest = [
    routeConfigName === undefined ? { what: 'where the HTTP chain has its routes from', at: config.ref } : undefined,
    notUnderstood,
    localReplies(config),
    rds?.notUnderstood('the HTTP chain’s source of routes'),
    config.notUnderstood('an HTTP connection manager'),
  ];
  return { target, notUnderstood: firstNotUnderstood(rest) };
}

/** A name of its own, since different tables may have one name: of several chains, or of a chain and of those that were sent. */
function inlineName(inline: Part | undefined, tables: Map<string, Part>): string | undefined {
  if (!inline) return undefined;
  const written = inline.text('name') ?? '';
  const earlier = tables.get(written);
  const same = earlier === undefined || JSON.stringify(earlier.value) === JSON.stringify(inline.value);
  const name = same ? written : `${written} (${tables.size + 1})`;
  tables.set(name, inline);
  return name;
}

/** OSM's has one entry, for WebSockets, or none; what other lists do is not modelled, and matters to upgrades alone. */
function readUpgrades(config: Part): Pick<HttpTarget, 'upgrades' | 'withoutUpgrades'> {
  const [only, ...others] = config.parts('upgrade_configs');
  if (!only) return { withoutUpgrades: config.ref };
  if (only.text('upgrade_type') === 'websocket' && others.length === 0 && !only.notUnderstood('')) return {};
  const at = config.refTo('upgrade_configs');
  return { upgrades: { what: 'which upgrades of a connection the HTTP chain allows', at } };
}

/** Headers that Envoy adds to its own answers change none of them. */
function localReplies(config: Part): NotUnderstood | undefined {
  const replies = config.part('local_reply_config');
  const problems = (replies?.parts('mappers') ?? []).map((mapper) => {
    mapper.skip('filter', 'headers_to_add');
    return mapper.notUnderstood('how Envoy’s own answers are changed');
  });
  return firstNotUnderstood([...problems, replies?.notUnderstood('how Envoy’s own answers are changed')]);
}

type HttpTarget = Extract<FilterChainTarget, { filter: 'http_connection_manager' }>;
type LikeOsms = HttpTarget['likeOsms'];

/** Router, what OSM adds for its statistics, and an access control without rules; everything else may decide. */
function readHttpFilters(config: Part): { likeOsms: LikeOsms; notUnderstood: NotUnderstood | undefined } {
  let likeOsms: LikeOsms;
  let last: string | undefined;
  const problems: (NotUnderstood | undefined)[] = [];
  for (const filter of config.parts('http_filters')) {
    const { sort, name, config: own } = sortOfFilter(filter);
    last = sort;
    const word = `the HTTP filter ${name}`;
    if (sort === 'wasm' && own?.part('config')?.text('name') === 'stats') likeOsms ??= { filter: name, at: filter.ref };
    else if (sort === 'router' || sort === 'http_router') own?.skip('dynamic_stats', 'suppress_envoy_headers');
    else if (sort === 'rbac' ? own?.has('rules') : sort !== 'lua' || !isStatisticsScript(own)) {
      problems.push({ what: word, at: filter.ref });
    }
    if (sort !== 'wasm') problems.push(own?.notUnderstood(word));
    problems.push(filter.notUnderstood('an HTTP filter'));
  }
  if (last !== 'router' && last !== 'http_router') {
    problems.push({ what: 'an HTTP chain that does not end with a router', at: config.refTo('http_filters') });
  }
  return { likeOsms, notUnderstood: firstNotUnderstood(problems) };
}

/** Headers that OSM's script adds to requests begin so. */
export const STATISTICS_HEADER = 'osm-stats-';

/** Comments of one line, and one function that adds headers for statistics. */
function isStatisticsScript(config: Part | undefined): boolean {
  const lines = (config?.text('inline_code') ?? '').split('\n').map((line) => line.trim());
  const code = lines.filter((line) => line !== '' && !/^--(?!\[)/.test(line));
  return (
    code[0] === 'function envoy_on_request(request_handle)' &&
    code.at(-1) === 'end' &&
    code.slice(1, -1).every((line) => ADDS_HEADER.test(line))
  );
}

const ADDS_HEADER = /^request_handle:headers\(\):add\("osm-stats-[a-z-]+", "[\w./-]*"\)$/;
