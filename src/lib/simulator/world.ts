import { isMonitored } from '../resources/labels.js';
import { endpointsWithSlices } from './endpoint-slices.js';
import { headlessWithout, standInAddresses } from './stand-in-addresses.js';
import { isWorkload, podsOf } from '../resources/workloads.js';
import type {
  Egress,
  Endpoints,
  EndpointSlice,
  FieldRef,
  HTTPRouteGroup,
  MeshConfig,
  Namespace,
  Pod,
  Resource,
  Service,
  TrafficSplit,
  TrafficTarget,
  UpstreamTrafficSetting,
} from '../resources/types.js';
import { lackingIn, USUAL_OSM_VERSION, type OsmVersion, type VersionedFeature } from './versions.js';
import { usualMeshConfigName } from '../resources/kinds.js';

/** What identifies a client in the mesh. */
export interface Source {
  readonly namespace: string;
  readonly serviceAccount: string;
}

export interface WorldOptions {
  /** Namespace of the control plane, where MeshConfig lives. Default `osm-system`. */
  readonly osmNamespace?: string;
  /** Value of the monitored-by label. Default `osm`. */
  readonly meshName?: string;
  /** Default `osm-mesh-config`. */
  readonly meshConfigName?: string;
  /** Version of OSM; the usual one when absent. */
  readonly osmVersion?: OsmVersion | undefined;
  /** Kinds of which objects may exist that could not be read. */
  readonly unreadable?: ReadonlySet<Resource['kind']> | undefined;
  /** The objects are those of files: what only a cluster makes (Endpoints) may be there, and was not given. */
  readonly asInFiles?: boolean | undefined;
}

/** An Egress that names the source, once for each time that it does. */
export interface PolicyForSource {
  readonly policy: Egress;
  /** Index in `spec.sources`. */
  readonly sourceIndex: number;
}

/** Resources, indexed for the questions that the control plane asks. Egress semantics §0. */
export interface World {
  readonly meshName: string;
  readonly osmNamespace: string;
  readonly meshConfig: MeshConfig | undefined;
  readonly egressPolicyEnabled: boolean;
  readonly meshWideEgress: boolean;
  readonly permissive: boolean;
  readonly egresses: readonly Egress[];
  readonly routeGroups: ReadonlyMap<string, HTTPRouteGroup>;
  readonly upstreamTrafficSettings: ReadonlyMap<string, UpstreamTrafficSetting>;
  readonly services: ReadonlyMap<string, Service>;
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** Addresses that stand for ClusterIPs that are not given. */
  readonly standIns: ReadonlyMap<Service, string>;
  /** What only a cluster makes (Endpoints) may be there, and was not given. */
  readonly asInFiles: boolean;
  /** Headless services of which nobody tells the Endpoints, which only a cluster has. */
  readonly scattered: ReadonlySet<Service>;
  /** Those that are there, and those that workloads would make. */
  readonly pods: readonly Pod[];
  readonly trafficTargets: readonly TrafficTarget[];
  readonly trafficSplits: readonly TrafficSplit[];
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly unreadable: ReadonlySet<Resource['kind']>;
  /** What the version of OSM does not know. */
  readonly lacks: ReadonlySet<VersionedFeature>;
  policiesNaming(source: Source): readonly PolicyForSource[];
  /** A namespace without an object in the world is assumed to be monitored. */
  isMonitored(namespace: string): boolean;
}

export function namespacedName(namespace: string | undefined, name: string): string {
  return `${namespace ?? 'default'}/${name}`;
}

export function nameOf(object: { metadata: { name: string; namespace?: string } }): string {
  return namespacedName(object.metadata.namespace, object.metadata.name);
}

export function fieldRef(object: FieldRef['object'], ...path: (string | number)[]): FieldRef {
  return { object, path };
}

/**
 * Indexes resources. Objects are kept by reference, so that whoever read them can tell where they came from.
 * When several objects share kind, namespace and name the last one counts, as with kubectl apply.
 */
export function createWorld(objects: Iterable<Resource>, options: WorldOptions = {}): World {
  const meshName = options.meshName ?? 'osm';
  const osmNamespace = options.osmNamespace ?? 'osm-system';
  const meshConfigName = options.meshConfigName ?? usualMeshConfigName;
  const byKind = new Map<Resource['kind'], Map<string, Resource>>();
  for (const object of objects) {
    let named = byKind.get(object.kind);
    if (!named) byKind.set(object.kind, (named = new Map<string, Resource>()));
    named.set(object.kind === 'Namespace' ? object.metadata.name : nameOf(object), object);
  }
  const ofKind = <T extends Resource>(kind: T['kind']) =>
    (byKind.get(kind) ?? new Map()) as unknown as ReadonlyMap<string, T>;

  const egresses = [...ofKind<Egress>('Egress').values()];
  const bySource = new Map<string, PolicyForSource[]>();
  for (const policy of egresses) {
    policy.spec.sources.forEach((source, sourceIndex) => {
      if (source.kind !== 'ServiceAccount') return;
      const key = namespacedName(source.namespace, source.name);
      const policies = bySource.get(key);
      if (policies) policies.push({ policy, sourceIndex });
      else bySource.set(key, [{ policy, sourceIndex }]);
    });
  }

  const meshConfigs = ofKind<MeshConfig>('MeshConfig');
  const meshConfig =
    meshConfigs.get(namespacedName(osmNamespace, meshConfigName)) ??
    [...meshConfigs.values()].find((candidate) => candidate.metadata.name === meshConfigName);
  const namespaces = ofKind<Namespace>('Namespace');
  const services = ofKind<Service>('Service');
  const endpoints = endpointsWithSlices(
    ofKind<Endpoints>('Endpoints'),
    ofKind<EndpointSlice>('EndpointSlice'),
    services,
  );
  const lacks = lackingIn(options.osmVersion ?? USUAL_OSM_VERSION);

  return {
    meshName,
    osmNamespace,
    meshConfig,
    egressPolicyEnabled: meshConfig ? meshConfig.spec?.featureFlags?.enableEgressPolicy === true : true,
    meshWideEgress: meshConfig?.spec?.traffic?.enableEgress === true,
    permissive: meshConfig ? meshConfig.spec?.traffic?.enablePermissiveTrafficPolicyMode === true : true,
    egresses,
    routeGroups: ofKind<HTTPRouteGroup>('HTTPRouteGroup'),
    upstreamTrafficSettings: lacks.has('upstream-traffic-setting')
      ? new Map()
      : ofKind<UpstreamTrafficSetting>('UpstreamTrafficSetting'),
    services,
    endpoints,
    standIns: standInAddresses(services, endpoints),
    asInFiles: options.asInFiles === true,
    scattered: new Set(options.asInFiles ? headlessWithout(services, endpoints) : []),
    pods: podsOf(
      [...ofKind<Pod>('Pod').values()],
      [...byKind.values()].flatMap((named) => [...named.values()].filter(isWorkload)),
    ),
    trafficTargets: [...ofKind<TrafficTarget>('TrafficTarget').values()],
    trafficSplits: [...ofKind<TrafficSplit>('TrafficSplit').values()],
    namespaces,
    unreadable: options.unreadable ?? new Set(),
    lacks,
    policiesNaming: (source) => bySource.get(namespacedName(source.namespace, source.serviceAccount)) ?? [],
    isMonitored: (name) => isMonitored(namespaces.get(name), meshName),
  };
}
