import type { Program } from '../../simulator/control-plane/program.js';
import { OUTBOUND_PORT } from '../../simulator/pod-ports.js';
import type { Cluster, Listener } from '../../simulator/envoy/types.js';
import type { Source } from '../../simulator/world.js';
import type { FieldPath, FieldRef, KubernetesObject } from '../../resources/types.js';
import { addressesOf, readCluster, type EndpointsOf } from './clusters.js';
import { readListener } from './listener.js';
import { DumpProblem, Part, type Resource } from './part.js';
import { readRouteConfiguration } from './routes.js';

/** What a running proxy holds, as its administration interface tells it (`/config_dump`). */
export interface ConfigDump {
  /** In the form in which the control plane's program is simulated; its sources are fields of the dump's resources. */
  readonly program: Program;
  /** Whose proxy it is; undefined where it does not say. */
  readonly source: Source | undefined;
  /** Names of clusters with which the proxy was started, which the control plane does not send. */
  readonly bootstrapClusters: ReadonlySet<string>;
  /** Such as `1.19.3`; undefined where the dump does not say. */
  readonly envoyVersion: string | undefined;
  /** Updates that the proxy refused, and those for which it still waits for something. */
  readonly pending: readonly PendingUpdate[];
  /** How each resource was updated last, by the object that stands for it. */
  readonly updates: ReadonlyMap<KubernetesObject, ResourceUpdate>;
  /** Where a field of the dump's resources is; undefined for one of another object. */
  pathTo(ref: FieldRef): FieldPath | undefined;
}

export interface ResourceUpdate {
  readonly version: string | undefined;
  /** A date as Envoy writes it. */
  readonly at: string | undefined;
}

export interface PendingUpdate {
  readonly what: 'listener' | 'routes' | 'cluster';
  readonly name: string;
  readonly state: 'refused' | 'warming';
  readonly version: string | undefined;
  /** A date as Envoy writes it. */
  readonly when: string | undefined;
  /** What Envoy says of it. */
  readonly details?: string | undefined;
  readonly at: FieldRef;
}

const OUTBOUND_LISTENER = 'outbound-listener';

/**
 * Reads a config dump. What of it could decide and is not understood is marked in the program.
 * @param root the dump as JSON
 * @throws DumpProblem for what is no dump, for one without listeners or clusters, and for fields of a wrong type
 */
export function readConfigDump(root: unknown): ConfigDump {
  return new DumpReader(root).read();
}

class DumpReader {
  private readonly sections = new Map<string | undefined, Part>();
  private readonly resources = new Map<KubernetesObject, Resource>();
  private readonly updates = new Map<KubernetesObject, ResourceUpdate>();
  private readonly pending: PendingUpdate[] = [];
  private readonly bootstrapClusters = new Set<string>();

  constructor(root: unknown) {
    const dump = Part.of(root, []).asResource('ConfigDump', '');
    if (!dump.has('configs'))
      throw new DumpProblem([], 'there is no list of configs, so this is no config dump of Envoy’s');
    for (const section of dump.parts('configs')) {
      this.sections.set(section.text('@type')?.split('.').at(-1), section);
    }
    for (const needed of ['ListenersConfigDump', 'ClustersConfigDump']) {
      if (!this.sections.has(needed)) throw partOnly(needed);
    }
  }

  read(): ConfigDump {
    const tables = this.dynamicRoutes();
    const listener = this.listener(tables);
    if (!this.sections.has('RoutesConfigDump') && namesOtherRoutes(listener, tables))
      throw partOnly('RoutesConfigDump');
    const program: Program = {
      listener,
      routeConfigurations: new Map([...tables].map(([name, part]) => [name, readRouteConfiguration(part, name)])),
      clusters: this.clusters(),
      notices: [],
      applied: [],
    };
    const { pending, updates, resources, bootstrapClusters } = this;
    return {
      program,
      ...this.bootstrap(),
      bootstrapClusters,
      pending,
      updates,
      pathTo({ object, path }) {
        const at = resources.get(object)?.at;
        return at && [...at, ...path];
      },
    };
  }

  /** The listener to which interception redirects; one that only warms up decides nothing yet, and soon everything. */
  private listener(tables: Map<string, Part>): Listener | undefined {
    const section = this.sections.get('ListenersConfigDump')!;
    let warming: Part | undefined;
    const found: Part[] = [];
    for (const entry of section.parts('dynamic_listeners')) {
      const name = entry.text('name') ?? '';
      const [active, waiting] = [entry.part('active_state'), entry.part('warming_state')];
      const held = active && this.resource(active, 'listener', 'Listener', name);
      const next = waiting && this.resource(waiting, 'listener', 'Listener', name);
      const part = held ?? next;
      // one that was never taken has only its name
      if (part ? !isRedirectedTo(part) : name !== OUTBOUND_LISTENER) continue;
      if (held) found.push(held);
      if (waiting) this.wait('listener', name, waiting);
      warming ??= next;
      this.refusal('listener', name, entry, held);
    }
    for (const entry of section.parts('static_listeners')) {
      const name = entry.part('listener')?.text('name') ?? '';
      const held = this.resource(entry, 'listener', 'Listener', name);
      if (held && isRedirectedTo(held)) found.push(held);
    }
    const [first, ...others] = found;
    const part = first ?? warming;
    if (!part) return undefined;
    const read = readListener(part, tables);
    if (first && others.length === 0) return read;
    const what = first
      ? 'which of several outbound listeners counts'
      : 'when the outbound listener is ready, which is warming up';
    return { ...read, notUnderstood: { what, at: part.ref } };
  }

  private dynamicRoutes(): Map<string, Part> {
    const tables = new Map<string, Part>();
    for (const entry of this.sections.get('RoutesConfigDump')?.parts('dynamic_route_configs') ?? []) {
      const name = entry.part('route_config')?.text('name') ?? '';
      const held = this.resource(entry, 'route_config', 'RouteConfiguration', name);
      this.refusal('routes', name, entry, held);
      if (held) tables.set(name, held);
    }
    return tables;
  }

  private clusters(): Map<string, Cluster> {
    const section = this.sections.get('ClustersConfigDump')!;
    const endpointsOf = this.endpoints();
    const clusters = new Map<string, Cluster>();
    for (const list of ['static_clusters', 'dynamic_active_clusters']) {
      for (const entry of section.parts(list)) {
        const name = entry.part('cluster')?.text('name') ?? '';
        const part = this.resource(entry, 'cluster', 'Cluster', name);
        this.refusal('cluster', name, entry, part);
        if (list === 'static_clusters') this.bootstrapClusters.add(name);
        if (part) clusters.set(name, readCluster(part, endpointsOf));
      }
    }
    for (const entry of section.parts('dynamic_warming_clusters')) {
      const name = entry.part('cluster')?.text('name') ?? '';
      this.wait('cluster', name, entry);
      this.refusal('cluster', name, entry, undefined);
    }
    return clusters;
  }

  /** Only a dump that was asked for with `?include_eds` has them. */
  private endpoints(): EndpointsOf {
    const section = this.sections.get('EndpointsConfigDump');
    if (!section) return () => undefined;
    const known = new Map<string, boolean>();
    for (const list of ['static_endpoint_configs', 'dynamic_endpoint_configs']) {
      for (const entry of section.parts(list)) {
        const assignment = entry.part('endpoint_config');
        if (!assignment) continue;
        known.set(assignment.text('cluster_name') ?? '', addressesOf(assignment).addresses.length > 0);
      }
    }
    return (cluster) => known.get(cluster) ?? false;
  }

  private bootstrap(): Pick<ConfigDump, 'source' | 'envoyVersion'> {
    const node = this.sections.get('BootstrapConfigDump')?.part('bootstrap')?.part('node');
    const version = node?.part('user_agent_build_version')?.part('version');
    const numbers = ['major_number', 'minor_number', 'patch'].map((field) => version?.number(field) ?? 0);
    return { source: sourceOf(node?.text('id')), envoyVersion: version && numbers.join('.') };
  }

  private resource(entry: Part, field: string, kind: string, name: string): Part | undefined {
    const part = entry.part(field)?.asResource(kind, name);
    if (!part) return undefined;
    const { object } = part.root;
    this.resources.set(object, part.root);
    this.updates.set(object, { version: entry.text('version_info'), at: entry.text('last_updated') });
    return part;
  }

  private wait(what: PendingUpdate['what'], name: string, entry: Part): void {
    const [version, when] = [entry.text('version_info'), entry.text('last_updated')];
    const at = this.placeOf(entry, what, name);
    this.pending.push({ what, name, state: 'warming', version, when, at });
  }

  /** @param held what stays in its place */
  private refusal(what: PendingUpdate['what'], name: string, entry: Part, held: Part | undefined): void {
    const error = entry.part('error_state');
    if (!error) return;
    const at = held?.ref ?? this.placeOf(error, what, name);
    const [version, when] = [error.text('version_info'), error.text('last_update_attempt')];
    this.pending.push({ what, name, state: 'refused', version, when, details: error.text('details'), at });
  }

  private placeOf(entry: Part, what: PendingUpdate['what'], name: string): FieldRef {
    const part = entry.asResource(KINDS[what], name);
    this.resources.set(part.root.object, part.root);
    return part.ref;
  }
}

const KINDS: Record<PendingUpdate['what'], string> = {
  listener: 'Listener',
  routes: 'RouteConfiguration',
  cluster: 'Cluster',
};

function partOnly(lacking: string): DumpProblem {
  return new DumpProblem(['configs'], `the dump has no ${lacking}: it is only part of one`);
}

/** Interception redirects to a port, whatever the name of the listener that is there. */
function isRedirectedTo(listener: Part): boolean {
  return listener.part('address')?.part('socket_address')?.number('port_value') === OUTBOUND_PORT;
}

function namesOtherRoutes(listener: Listener | undefined, tables: ReadonlyMap<string, Part>): boolean {
  const chains = [
    ...(listener?.filterChains ?? []),
    ...(listener?.defaultFilterChain ? [listener.defaultFilterChain] : []),
  ];
  return chains.some(({ target }) => 'routeConfigName' in target && !tables.has(target.routeConfigName));
}

/** OSM's name of a proxy is `UUID.KIND.SERVICEACCOUNT.NAMESPACE.TRUST-DOMAIN`, ours `SERVICEACCOUNT.NAMESPACE`. */
function sourceOf(id: string | undefined): Source | undefined {
  const found = id?.match(/^[0-9a-f-]{36}\.[^.]+\.([^.]+)\.([^.]+)\../) ?? id?.match(/^([^.]+)\.([^.]+)$/);
  return found ? { namespace: found[2]!, serviceAccount: found[1]! } : undefined;
}
