import { Part } from './part.js';

/** A filter chain by what tools that look for names look at. */
export interface NamedChain {
  readonly name: string;
  /** undefined: it says nothing of ports */
  readonly destinationPort: number | undefined;
  /** Addresses without their prefix lengths. */
  readonly prefixes: ReadonlySet<string>;
  /** Whose requests it takes, in CIDR notation; none: everybody's. */
  readonly sources: readonly string[];
  /** Names of the filters. */
  readonly filters: readonly string[];
}

/** The names in a dump, whatever else of it is understood. */
export interface DumpNames {
  /** Dynamic listeners by name; undefined where one is not active. */
  readonly listeners: ReadonlyMap<string, readonly NamedChain[] | undefined>;
  /** Their default filter chains. */
  readonly defaults: ReadonlyMap<string, NamedChain>;
  /** Domains of the virtual hosts, by table of routes. */
  readonly domains: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clusters: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** The dump tells of listeners at all. */
  readonly hasListeners: boolean;
}

/** @throws DumpProblem for what is no dump, and for fields of a wrong type */
export function readDumpNames(root: unknown): DumpNames {
  const sections = Part.of(root, []).parts('configs');
  const section = (type: string) => sections.find((one) => one.text('@type')?.endsWith(`.${type}`));
  const list = (type: string, field: string) => section(type)?.parts(field) ?? [];
  const defaults = new Map<string, NamedChain>();
  for (const entry of list('ListenersConfigDump', 'dynamic_listeners')) {
    const chain = entry.part('active_state')?.part('listener')?.part('default_filter_chain');
    if (chain) defaults.set(entry.text('name') ?? '', namedChain(chain));
  }
  return {
    defaults,
    hasListeners: section('ListenersConfigDump') !== undefined,
    listeners: new Map(
      list('ListenersConfigDump', 'dynamic_listeners').map((entry) => {
        const active = entry.part('active_state');
        const chains = active && (active.part('listener')?.parts('filter_chains') ?? []).map(namedChain);
        return [entry.text('name') ?? '', chains];
      }),
    ),
    domains: new Map(
      list('RoutesConfigDump', 'dynamic_route_configs').map((entry) => {
        const table = entry.part('route_config');
        const domains = (table?.parts('virtual_hosts') ?? []).flatMap((host) => host.texts('domains'));
        return [table?.text('name') ?? '', new Set(domains)];
      }),
    ),
    clusters: new Set(
      list('ClustersConfigDump', 'dynamic_active_clusters').map((entry) => entry.part('cluster')?.text('name') ?? ''),
    ),
    secrets: new Set(
      list('SecretsConfigDump', 'dynamic_active_secrets').map(
        (entry) => entry.part('secret')?.text('name') ?? entry.text('name') ?? '',
      ),
    ),
  };
}

function namedChain(part: Part): NamedChain {
  const match = part.part('filter_chain_match');
  const prefixes = (match?.parts('prefix_ranges') ?? []).map((range) => range.text('address_prefix') ?? '');
  const sources = (match?.parts('source_prefix_ranges') ?? []).map(
    (range) => `${range.text('address_prefix') ?? ''}/${range.number('prefix_len') ?? 0}`,
  );
  return {
    name: part.text('name') ?? '',
    destinationPort: match?.number('destination_port'),
    prefixes: new Set(prefixes),
    sources,
    filters: part.parts('filters').map((filter) => (filter.text('name') ?? '').split('.').at(-1)!),
  };
}
