import type {
  HTTPRouteGroup,
  KubernetesObject,
  Namespace,
  Resource,
  UpstreamTrafficSetting,
} from '../resources/types.js';
import { namespacedName, type Source, type World, type WorldOptions } from '../simulator/world.js';
import { usualMeshConfigName } from '../resources/kinds.js';

export type UnreadKind = 'MeshConfig' | 'Namespace' | 'Egress' | 'HTTPRouteGroup' | 'UpstreamTrafficSetting';

/** What the user may not read, of all that decides what a policy does. */
export interface Unread {
  /** Kinds of which something, whatever it is, is out of reach; empty when everything could be read. */
  readonly kinds: ReadonlySet<KubernetesObject['kind']>;
  /** Could the objects of a kind in a namespace be read? For `Namespace`: the object of that name. */
  knows(kind: UnreadKind, namespace: string): boolean;
}

export const readAll: Unread = { kinds: new Set(), knows: () => true };

/** Objects with what decides how they are understood: the names of mesh and control plane, and what may be missing. */
export interface Surroundings {
  readonly objects: readonly Resource[];
  readonly worldOptions: WorldOptions;
  readonly unread: Unread;
}

/** Objects in place of those that could not be read, such that everything favours the policies. */
export function standIns(objects: readonly Resource[], unread: Pick<Unread, 'knows'>): Resource[] {
  const missing = collectMissing(objects, unread);
  // A Namespace and a MeshConfig that are absent count as favourable.
  return [...upstreamsOf(missing), ...groupsOf(missing, '.*')];
}

/** Objects that stand in for those that could not be read, in one way in which things may be. */
export type Variant = readonly Resource[];

/** The kinds of what could not be read and may matter to these policies. */
export function decisiveKinds(objects: readonly Resource[], unread: Unread, osmNamespace: string): string[] {
  const missing = collectMissing(objects, unread);
  const matters: Record<UnreadKind, boolean> = {
    MeshConfig: missingIn(objects, unread)('MeshConfig', usualMeshConfigName, osmNamespace),
    Namespace: missing.namespaces.size > 0,
    Egress: unread.kinds.has('Egress'),
    HTTPRouteGroup: missing.groups.size > 0,
    UpstreamTrafficSetting: missing.upstreams.size > 0,
  };
  return Object.keys(matters).filter((kind) => matters[kind as UnreadKind]);
}

/** Whether everything could be read that decides about the requests of a source: where something could not, nothing is proven. */
export function isAllRead(
  source: Source,
  world: World,
  { objects, unread }: Omit<Surroundings, 'worldOptions'>,
): boolean {
  if (unread.kinds.size === 0) return true;
  const named = new Set<Resource>(world.policiesNaming(source).map(({ policy }) => policy));
  const concerned = objects.filter((object) => object.kind !== 'Egress' || named.has(object));
  return decisiveKinds(concerned, unread, world.osmNamespace).length === 0;
}

/** A regular expression that Envoy refuses. */
const REFUSED_PATTERN = '(';

/**
 * The ways in which what could not be read may be, as far as they can matter: everything favours the policies; nothing
 * does; the HTTPRouteGroups are such that Envoy refuses them. The more policies apply, the more Envoy finds to refuse, so
 * a state that is the same at these corners is the same in between. One empty variant when everything was read.
 */
export function variantsOf(objects: readonly Resource[], unread: Unread, osmNamespace: string): Variant[] {
  if (unread.kinds.size === 0) return [[]];
  const missing = collectMissing(objects, unread);
  const metadata = { name: usualMeshConfigName, namespace: osmNamespace };
  const off: Resource[] = missingIn(objects, unread)('MeshConfig', usualMeshConfigName, osmNamespace)
    ? [{ apiVersion: 'config.openservicemesh.io/v1alpha2', kind: 'MeshConfig', metadata }]
    : [];
  const best = standIns(objects, unread);
  const worst = [...off, ...[...missing.namespaces].map(unmonitored)];
  const refused = [...upstreamsOf(missing), ...groupsOf(missing, REFUSED_PATTERN)];
  return missing.groups.size > 0 ? [best, worst, refused] : [best, worst];
}

function unmonitored(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function upstreamsOf({ upstreams }: Missing): UpstreamTrafficSetting[] {
  return [...upstreams.values()].map((metadata) => ({
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    metadata,
    spec: { host: 'unread.invalid' },
  }));
}

function groupsOf({ groups }: Missing, pathRegex: string): HTTPRouteGroup[] {
  return [...groups.values()].map((metadata) => ({
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata,
    spec: { matches: [{ name: 'unread', pathRegex }] },
  }));
}

interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

interface Missing {
  readonly namespaces: Set<string>;
  readonly upstreams: Map<string, NamespacedName>;
  readonly groups: Map<string, NamespacedName>;
}

/** Whether an object could not be read, and nobody has given it either. */
function missingIn(objects: readonly Resource[], unread: Pick<Unread, 'knows'>) {
  const key = (kind: string, name: string, namespace?: string): string =>
    kind === 'Namespace' ? `${kind}/${name}` : `${kind}/${namespacedName(namespace, name)}`;
  const given = new Set(objects.map(({ kind, metadata }) => key(kind, metadata.name, metadata.namespace)));
  return (kind: UnreadKind, name: string, namespace?: string): boolean =>
    !unread.knows(kind, namespace ?? name) && !given.has(key(kind, name, namespace));
}

/** What the policies refer to and could not be read. */
function collectMissing(objects: readonly Resource[], unread: Pick<Unread, 'knows'>): Missing {
  const isMissing = missingIn(objects, unread);
  const missing: Missing = { namespaces: new Set(), upstreams: new Map(), groups: new Map() };
  for (const object of objects) {
    if (object.kind !== 'Egress') continue;
    const { namespace = 'default' } = object.metadata;
    for (const name of [namespace, ...object.spec.sources.map((source) => source.namespace)]) {
      if (isMissing('Namespace', name)) missing.namespaces.add(name);
    }
    for (const { kind, name } of object.spec.matches ?? []) {
      if (kind !== 'UpstreamTrafficSetting' && kind !== 'HTTPRouteGroup') continue;
      if (!isMissing(kind, name, namespace)) continue;
      const names = kind === 'HTTPRouteGroup' ? missing.groups : missing.upstreams;
      names.set(namespacedName(namespace, name), { namespace, name });
    }
  }
  return missing;
}
