import { networksOf } from '../../simulator/address.js';
import { listenerRefusals } from '../../simulator/envoy/acceptance.js';
import type {
  ClusterChoices,
  FilterChain,
  FilterChainMatch,
  FilterChainTarget,
  Listener,
  NotUnderstood,
} from '../../simulator/envoy/types.js';
import type { FieldRef } from '../../resources/types.js';
import { httpConnectionManager } from './http-connection-manager.js';
import { firstNotUnderstood, sortOfFilter, type Part } from './part.js';

/**
 * Reads an outbound listener; what of it is not understood is marked there.
 * @param tables of routes, by the name under which the listener's chains know them: those that stand in it are added
 * @throws DumpProblem
 */
export function readListener(part: Part, tables: Map<string, Part>): Listener {
  const filterChains = part.parts('filter_chains').map((chain) => readFilterChain(chain, tables));
  const defaultPart = part.part('default_filter_chain');
  const defaultFilterChain = defaultPart && readFilterChain(defaultPart, tables);
  const detection = readListenerFilters(part);
  part.skip('name', 'address', 'traffic_direction', 'access_log', 'stat_prefix', 'metadata');
  part.skip('per_connection_buffer_limit_bytes', 'enable_reuse_port', 'reuse_port', 'tcp_backlog_size', 'drain_type');
  const listener: Listener = {
    filterChains,
    defaultFilterChain: defaultFilterChain && { ...defaultFilterChain, origin: 'mesh-wide-egress' },
    detection: detection.on,
    detectionDisabledPorts: detection.disabledPorts,
    notUnderstood: firstNotUnderstood([detection.notUnderstood, part.notUnderstood('the listener')]),
  };
  const [refusal] = listenerRefusals(listener);
  if (!refusal) return listener;
  // a proxy that holds it has taken it: which of the chains it uses is not for guessing
  const notUnderstood = { what: 'filter chains that Envoy is known to refuse', at: part.ref };
  return { ...listener, filterChains: [], notUnderstood };
}

interface Detection {
  readonly on: boolean;
  readonly disabledPorts: ReadonlyMap<number, FieldRef>;
  readonly notUnderstood: NotUnderstood | undefined;
}

function readListenerFilters(part: Part): Detection {
  const found = new Map<string, ReadonlyMap<number, FieldRef> | undefined>();
  const problems: (NotUnderstood | undefined)[] = [];
  for (const filter of part.parts('listener_filters')) {
    const { sort, name, config } = sortOfFilter(filter);
    const disabled = filter.part('filter_disabled');
    const ports = disabled && portsOf(disabled);
    if (disabled && (!ports || sort === 'original_dst'))
      problems.push({ what: `when the listener filter ${name} is switched off`, at: disabled.ref });
    if (!LISTENER_FILTERS.has(sort) || found.has(sort))
      problems.push({ what: `the listener filter ${name}`, at: filter.ref });
    problems.push(config?.notUnderstood(`the listener filter ${name}`), filter.notUnderstood(`a listener filter`));
    found.set(sort, ports);
  }
  const [tls, http] = [found.get('tls_inspector'), found.get('http_inspector')];
  const on = found.has('tls_inspector');
  if (!found.has('original_dst')) {
    problems.push({ what: 'how the listener knows the address dialled without the filter original_dst', at: part.ref });
  }
  if (on !== found.has('http_inspector') || portList(tls) !== portList(http)) {
    problems.push({ what: 'detection of TLS and of HTTP on different ports', at: part.refTo('listener_filters') });
  }
  const goesOn = part.flag('continue_on_listener_filters_timeout');
  if (on && !goesOn) problems.push({ what: 'what the listener does with clients that are silent', at: part.ref });
  // how long it waits changes no verdict, unless it waits for ever
  if (part.text('listener_filters_timeout') === '0s') {
    problems.push({ what: 'the field listener_filters_timeout', at: part.refTo('listener_filters_timeout') });
  }
  return { on, disabledPorts: tls ?? new Map(), notUnderstood: firstNotUnderstood(problems) };
}

const LISTENER_FILTERS: ReadonlySet<string> = new Set(['original_dst', 'tls_inspector', 'http_inspector']);

function portList(ports: ReadonlyMap<number, FieldRef> | undefined): string {
  return [...(ports?.keys() ?? [])].sort((one, other) => one - other).join();
}

/** The ports that a condition names one by one; undefined where it says anything else. */
function portsOf(condition: Part): Map<number, FieldRef> | undefined {
  const range = condition.part('destination_port_range');
  const rules = condition.part('or_match')?.parts('rules');
  if (condition.notUnderstood('') || (range === undefined) === (rules === undefined)) return undefined;
  if (range) {
    const start = range.number('start') ?? 0;
    return range.number('end') === start + 1 && !range.notUnderstood('') ? new Map([[start, range.ref]]) : undefined;
  }
  const ports = new Map<number, FieldRef>();
  for (const rule of rules!) {
    const more = portsOf(rule);
    if (!more) return undefined;
    for (const [port, at] of more) ports.set(port, at);
  }
  return ports;
}

function readFilterChain(part: Part, tables: Map<string, Part>): FilterChain {
  const match = readMatch(part.part('filter_chain_match'));
  const name = part.text('name') ?? `filter chain ${part.path.at(-1)}`;
  const { target, notUnderstood } = readFilters(part, tables);
  part.skip('metadata');
  // by OSM's names, and ours; what is not known to be for a service may be met by any address
  const origin = /^(outbound|mesh )/.test(name) ? 'mesh' : 'egress';
  return {
    name,
    origin,
    match,
    target,
    sources: [part.ref],
    notUnderstood: firstNotUnderstood([notUnderstood, part.notUnderstood('a filter chain')]),
  };
}

function readMatch(part: Part | undefined): FilterChainMatch {
  const prefixRanges = (part?.parts('prefix_ranges') ?? []).map(
    (range) => `${range.text('address_prefix') ?? ''}/${range.number('prefix_len') ?? 0}`,
  );
  const { networks, ipv6Networks } = networksOf(prefixRanges);
  const match = {
    destinationPort: part?.number('destination_port') ?? 0,
    prefixRanges,
    networks,
    ipv6Networks,
    serverNames: part?.texts('server_names') ?? [],
    applicationProtocols: part?.texts('application_protocols') ?? [],
  };
  const odd = networks.length + ipv6Networks.length < prefixRanges.length;
  const oddRange = odd ? { what: 'a range of a filter chain', at: part!.refTo('prefix_ranges') } : undefined;
  return { ...match, notUnderstood: oddRange ?? part?.notUnderstood('a filter chain’s match') };
}

interface ReadFilters {
  readonly target: FilterChainTarget;
  readonly notUnderstood?: NotUnderstood | undefined;
}

/** What follows from the filters of a chain: one, that is known, or nobody knows. */
function readFilters(part: Part, tables: Map<string, Part>): ReadFilters {
  const filters = part.parts('filters');
  const others: (NotUnderstood | undefined)[] = [];
  let known: ReadFilters | undefined;
  for (const filter of filters) {
    const { sort, name, config } = sortOfFilter(filter);
    if (config && sort === 'tcp_proxy') known = tcpProxy(config);
    else if (config && sort === 'http_connection_manager') known = httpConnectionManager(config, tables);
    else others.push({ what: `the network filter ${name}`, at: filter.ref });
    others.push(filter.notUnderstood('a network filter'));
  }
  if (!known || filters.length > 1)
    others.push({ what: 'a chain of other than one filter', at: part.refTo('filters') });
  const { target, notUnderstood }: ReadFilters = known ?? { target: { filter: 'tcp_proxy', clusters: [] } };
  return { target, notUnderstood: firstNotUnderstood([...others, notUnderstood]) };
}

function tcpProxy(config: Part): ReadFilters {
  const clusters = readClusters(config);
  config.skip('stat_prefix', 'access_log', 'idle_timeout', 'max_connect_attempts', 'access_log_options');
  return {
    target: { filter: 'tcp_proxy', clusters: clusters.choices },
    notUnderstood: firstNotUnderstood([clusters.notUnderstood, config.notUnderstood('a TCP proxy')]),
  };
}

/** `cluster`, or `weighted_clusters`, of a route or a TCP proxy. */
export function readClusters(part: Part): {
  readonly choices: ClusterChoices;
  readonly notUnderstood: NotUnderstood | undefined;
} {
  const cluster = part.text('cluster');
  const weighted = part.part('weighted_clusters');
  const problems: (NotUnderstood | undefined)[] = [];
  const clusters = (weighted?.parts('clusters') ?? []).map((entry) => {
    const found = { name: entry.text('name') ?? '', weight: entry.number('weight') ?? 0 };
    problems.push(entry.notUnderstood('a weighted cluster'));
    return found;
  });
  weighted?.skip('total_weight');
  problems.push(weighted?.notUnderstood('weighted clusters'));
  if (cluster !== undefined) clusters.push({ name: cluster, weight: 100 });
  const leads = clusters.some(({ weight }) => weight > 0);
  if (!leads) problems.push({ what: 'where traffic is sent', at: part.ref });
  const choices = leads ? [{ clusters, source: part.ref }] : [];
  return { choices, notUnderstood: firstNotUnderstood(problems) };
}
