import type { Cluster } from '../../cluster/types.js';
import { UsageError } from '../../errors.js';
import type { Mesh } from '../../input/control-planes.js';
import { kinds, qualifiedName, type ResourceKind } from '../../resources/kinds.js';
import type { KubernetesObject } from '../../resources/types.js';
import type { Target } from './find.js';
import type { Remain } from './remains.js';

/** The CRDs that OSM brings, in the mirrored program's order (osm-cli §12.5), with the name of the MeshRootCertificate's mended. */
export const OSM_KINDS: readonly ResourceKind[] = [
  kinds.Egress,
  kinds.IngressBackend,
  kinds.MeshConfig,
  kinds.MeshRootCertificate,
  kinds.UpstreamTrafficSetting,
  kinds.Retry,
  kinds.HTTPRouteGroup,
  kinds.TCPRoute,
  kinds.TrafficSplit,
  kinds.TrafficTarget,
];

const OWN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** A namespace that may be deleted with a mesh. @throws UsageError */
export function requireExpendable(targets: readonly Target[], planes: readonly Mesh[]): void {
  for (const { mesh, namespace } of targets) {
    if (OWN_NAMESPACES.includes(namespace))
      throw new UsageError(
        `namespace [${namespace}] belongs to the cluster, and is not deleted with mesh [${mesh}]`,
        'leave out --delete-namespace',
      );
    const other = planes.find((plane) => plane.namespace === namespace && plane.name !== mesh);
    if (other)
      throw new UsageError(
        `namespace [${namespace}] is that of mesh [${other.name}], too`,
        'leave out --delete-namespace',
      );
  }
}

/** Meshes that stay, and need what all meshes share. */
export function othersThan(targets: readonly Target[], planes: readonly Mesh[]): Mesh[] {
  return planes.filter(
    ({ name, namespace }) => !targets.some((target) => target.mesh === name && target.namespace === namespace),
  );
}

export interface PlanOptions {
  readonly deleteNamespace: boolean;
  readonly secret: string;
  readonly clusterWide: boolean;
}

/** What uninstalling a mesh deletes, in sentences. */
export function planOf(target: Target, { deleteNamespace, clusterWide }: PlanOptions): string[] {
  const { mesh, namespace, release, hasController, remains } = target;
  const lines: string[] = [];
  if (release)
    lines.push(
      `release ${mesh} in namespace ${namespace} (revision ${release.revision}, ${release.status}), with everything that it installed` +
        (release.content?.hasCleanUp
          ? '; its clean-up Job deletes the MeshConfig, the Secret of the root certificate, and the webhook configurations'
          : ''),
    );
  else if (!hasController) lines.push(`what is left of mesh ${mesh} in namespace ${namespace}`);
  const isGone = !hasController && !release;
  const named = [
    ...remains.hooks,
    ...(isGone || clusterWide ? remains.webhooks : []),
    ...(isGone ? remains.settings : []),
  ];
  if (named.length > 0) lines.push(named.map(nameOf).join(', '));
  if (deleteNamespace) lines.push(`namespace ${namespace}, with everything that is in it`);
  return lines;
}

function nameOf({ kind, name, namespace }: Remain): string {
  return `${qualifiedName(kind, name)}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/** What `-a` deletes besides: CRDs, and so all objects of their kinds; counted, where they can be. */
export async function clusterWidePlan(cluster: Cluster, others: readonly Mesh[]): Promise<string[]> {
  if (others.length > 0) return [];
  const counts = await Promise.all(
    OSM_KINDS.map(async (kind) => {
      const objects = await cluster.list<KubernetesObject>(kind).catch(() => []);
      return objects.length > 0 ? [`${objects.length} ${kind.kind}`] : [];
    }),
  );
  const gone = counts.flat();
  return [
    `the CRDs of OSM and SMI, and with them ${gone.length > 0 ? gone.join(', ') : 'no objects, as there are none'}`,
  ];
}

export function keptBecause(others: readonly Mesh[]): string {
  const names = others.map(({ name, namespace }) => `mesh [${name}] in namespace [${namespace}]`);
  return `the CRDs stay: ${names.join(' and ')} ${others.length > 1 ? 'need' : 'needs'} them`;
}
