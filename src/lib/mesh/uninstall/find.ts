import { isForbidden } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { listReleases, type Release } from '../../helm/release.js';
import { ClusterError, UsageError } from '../../errors.js';
import type { Mesh } from '../../input/control-planes.js';
import { kinds } from '../../resources/kinds.js';
import type { KubernetesObject } from '../../resources/types.js';
import { itemsAt, valueAt } from '../../text/plain-data.js';
import { OF_OSM } from '../install/readiness.js';
import { findRemains, type MeshPlace, type Remains } from './remains.js';

/** A mesh that can be uninstalled, or what is left of one. */
export interface Target extends MeshPlace {
  readonly release: Release | undefined;
  /** Is its controller there? */
  readonly hasController: boolean;
  readonly remains: Remains;
}

/** Which meshes are meant. */
export interface TargetQuery {
  readonly mesh: string | undefined;
  /** Of the control plane; what counts where nothing else tells. */
  readonly namespace: string;
  /** It was named, and so only meshes in it are meant. */
  readonly isNamespaceGiven: boolean;
  /** Name of the Secret with the root certificate. */
  readonly secret: string;
}

/** The meshes that are meant, of those whose controllers are there and of those that have left something. @throws ClusterError */
export async function findTargets(cluster: Cluster, planes: readonly Mesh[], query: TargetQuery): Promise<Target[]> {
  const meant = planes.filter(
    ({ name, namespace }) =>
      (query.mesh === undefined || name === query.mesh) && (!query.isNamespaceGiven || namespace === query.namespace),
  );
  const places: MeshPlace[] = meant.map(({ name, namespace }) => ({ mesh: name, namespace }));
  // Where there are meshes, what another has left is only meant when it is named.
  if (places.length === 0 && (planes.length === 0 || query.mesh !== undefined))
    places.push(...(await leftPlaces(cluster, planes, query)));
  const targets = await Promise.all(
    places.map(async (place) => ({
      ...place,
      release: await releaseAt(cluster, place),
      hasController: meant.some(({ name, namespace }) => name === place.mesh && namespace === place.namespace),
      remains: await findRemains(cluster, place, query.secret, planes),
    })),
  );
  return targets.filter((target) => target.hasController || target.release !== undefined || hasRemains(target));
}

function hasRemains({ remains: { hooks, webhooks, conversions } }: Target): boolean {
  return hooks.length + webhooks.length + conversions.length > 0;
}

async function releaseAt(cluster: Cluster, { mesh, namespace }: MeshPlace): Promise<Release | undefined> {
  const releases = await listReleases(cluster, { namespace, name: mesh });
  return releases.find(isOsm);
}

/** A release whose content cannot be read counts, when it has the name of a mesh. */
function isOsm({ content }: Release): boolean {
  return content === undefined || content.chart === 'osm' || Object.hasOwn(content.config, 'osm');
}

/** Meshes without controllers that have left a release, webhooks or hooks. */
async function leftPlaces(cluster: Cluster, planes: readonly Mesh[], query: TargetQuery): Promise<MeshPlace[]> {
  const { mesh, namespace, isNamespaceGiven } = query;
  const found = new Map<string, MeshPlace>();
  const add = (place: MeshPlace): void => {
    if (mesh !== undefined && place.mesh !== mesh) return;
    if (isNamespaceGiven && place.namespace !== namespace) return;
    if (planes.some((plane) => plane.name === place.mesh && plane.namespace === place.namespace)) return;
    found.set(`${place.mesh} ${place.namespace}`, place);
  };
  for (const release of await osmReleases(cluster, query)) add({ mesh: release.name, namespace: release.namespace });
  for (const kind of [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration]) {
    for (const each of await listed(cluster, kind)) {
      const [first] = itemsAt(each, ['webhooks']);
      const place = valueAt(first, ['clientConfig', 'service', 'namespace']);
      const instance = each.metadata.labels?.['app.kubernetes.io/instance'];
      if (instance === undefined) continue;
      if (typeof place === 'string') add({ mesh: instance, namespace: place });
      // it tells no place: as long as there is a mesh of this name, it is in use
      else if (!planes.some(({ name }) => name === instance)) add({ mesh: instance, namespace });
    }
  }
  for (const job of await listed(cluster, kinds.Job)) {
    const [, name] = /^(.+)-(?:preinstall|cleanup)$/.exec(job.metadata.name) ?? [];
    if (name !== undefined && job.metadata.annotations?.['helm.sh/hook'] !== undefined)
      add({ mesh: name, namespace: job.metadata.namespace ?? '' });
  }
  return [...found.values()];
}

async function listed(cluster: Cluster, kind: (typeof kinds)[keyof typeof kinds]): Promise<KubernetesObject[]> {
  return cluster.list<KubernetesObject>(kind, { labelSelector: OF_OSM }).catch(nothingIfForbidden);
}

function nothingIfForbidden(error: unknown): never[] {
  if (isForbidden(error)) return [];
  throw error;
}

/** Releases of OSM: with a name everywhere, as far as one may look; else in the usual namespace. */
async function osmReleases(cluster: Cluster, { mesh, namespace, isNamespaceGiven }: TargetQuery): Promise<Release[]> {
  const own = async (): Promise<Release[]> =>
    listReleases(cluster, { namespace, name: mesh }).catch(nothingIfForbidden);
  if (mesh === undefined || isNamespaceGiven) return (await own()).filter(isOsmForSure);
  try {
    return (await listReleases(cluster, { name: mesh })).filter(isOsmForSure);
  } catch (error) {
    if (isForbidden(error)) return (await own()).filter(isOsmForSure);
    throw error;
  }
}

function isOsmForSure({ content }: Release): boolean {
  return content !== undefined && (content.chart === 'osm' || Object.hasOwn(content.config, 'osm'));
}

/** A mesh that is named has to be there. */
export function meshNotFound(
  planes: readonly Mesh[],
  { mesh, namespace, isNamespaceGiven }: TargetQuery,
): ClusterError {
  const there = planes.map((plane) => `--mesh-name ${plane.name} --osm-namespace ${plane.namespace}`);
  const place = isNamespaceGiven ? ` in namespace [${namespace}]` : '';
  return new ClusterError(
    mesh === undefined ? `there is no mesh${place}` : `there is no mesh [${mesh}]${place}, and nothing is left of one`,
    there.length > 0 ? `meshes of this cluster: ${there.join(', ')}` : 'choose another cluster with --context',
    404,
  );
}

/** Without questions, it has to be clear which mesh is meant. @throws UsageError */
export function requireOne(targets: readonly Target[]): void {
  if (targets.length < 2) return;
  const names = targets.map(({ mesh, namespace }) => `--mesh-name ${mesh} --osm-namespace ${namespace}`);
  throw new UsageError('there are several meshes, and --force asks no questions', `name one: ${names.join(', or ')}`);
}
