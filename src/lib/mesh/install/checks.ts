import { isForbidden } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { UsageError } from '../../errors.js';
import { listReleases, type Release } from '../../helm/release.js';
import { kinds } from '../../resources/kinds.js';
import type { Reporter } from '../../reporter.js';
import { quoted } from '../../text/shorten.js';
import { isDnsSubdomain } from '../../text/dns-names.js';
import { RefusedError } from '../errors.js';

const LONGEST_RELEASE = 53;

/** A mesh that can be installed: its name is helm's name of the release, too (osm-cli §5.3). @throws UsageError */
export function requireReleaseName(mesh: string): void {
  if (mesh.length <= LONGEST_RELEASE && isDnsSubdomain(mesh)) return;
  throw new UsageError(
    `--mesh-name ${quoted(mesh)} cannot be the name of a mesh to install`,
    `use at most ${LONGEST_RELEASE} lower-case letters, digits, - and ., with a letter or digit at both ends of each part`,
  );
}

export interface NewMesh {
  readonly mesh: string;
  readonly namespace: string;
  readonly enforceSingleMesh: boolean;
}

/**
 * May a mesh be installed beside those that there are? The chart's own Job asks the same (osm-cli §5.2), but only tells its log.
 * @throws RefusedError naming the mesh that is in the way; ClusterError
 */
export async function requireRoom(cluster: Cluster, wanted: NewMesh, report: Reporter): Promise<void> {
  await requireNoRelease(cluster, wanted);
  const controllers = await cluster
    .list(kinds.Deployment, { labelSelector: 'app=osm-controller' })
    .catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
      report.warn('which meshes there are cannot be found out; the check is left to the chart');
      return [];
    });
  for (const { metadata } of controllers) {
    const { labels = {}, namespace = '' } = metadata;
    const other = `mesh [${labels['meshName'] ?? ''}] in namespace [${namespace}]`;
    if (namespace === wanted.namespace)
      throw new RefusedError(
        `namespace [${namespace}] has a control plane already: that of ${other}`,
        'choose another namespace with --osm-namespace',
      );
    if (labels['enforceSingleMesh'] === 'true')
      throw new RefusedError(
        `${other} is to be the only one of the cluster: it was installed with --enforce-single-mesh`,
        `let it have others beside it: osm-ts mesh upgrade --mesh-name ${labels['meshName'] ?? ''} --osm-namespace ${namespace} --set osm.enforceSingleMesh=false`,
      );
    if (wanted.enforceSingleMesh)
      throw new RefusedError(
        `mesh [${wanted.mesh}] is to be the only one of the cluster, and there is ${other}`,
        'to install it beside the other: --enforce-single-mesh=false',
      );
  }
}

async function requireNoRelease(cluster: Cluster, { mesh, namespace }: NewMesh): Promise<void> {
  const release = await releaseOf(cluster, mesh, namespace);
  if (!release) return;
  const names = `--mesh-name ${mesh} --osm-namespace ${namespace}`;
  if (release.status === 'deployed')
    throw new RefusedError(
      `mesh [${mesh}] is installed in namespace [${namespace}] already`,
      `to change it: osm-ts mesh upgrade ${names}`,
    );
  throw new RefusedError(
    `there is a release [${mesh}] in namespace [${namespace}] already, and helm says that it is ${release.status}`,
    `clear it away first: osm-ts uninstall mesh ${names}`,
  );
}

/** The newest revision of a mesh's release; null: there is none; undefined: one may not look. @throws ClusterError */
export async function releaseOf(
  cluster: Cluster,
  mesh: string,
  namespace: string,
): Promise<Release | null | undefined> {
  try {
    return (await listReleases(cluster, { namespace, name: mesh }))[0] ?? null;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
