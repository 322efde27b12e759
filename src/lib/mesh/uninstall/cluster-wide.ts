import { qualifiedPlural, kinds } from '../../resources/kinds.js';
import type { Cluster } from '../../cluster/types.js';
import type { ChangeOutcome } from '../../changes/change.js';
import { listMeshes } from '../../input/control-planes.js';
import { valueAt } from '../../text/plain-data.js';
import { deleted, type CarryOutOptions } from './carry-out.js';
import { keptBecause, OSM_KINDS } from './plan.js';
import { findRemains, type MeshPlace, type Remain } from './remains.js';

const WEBHOOKS = [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration] as const;

/**
 * Deletes what meshes have in the whole cluster (osm-cli §12.5): the CRDs, unless another mesh needs them, and the webhook
 * configurations and certificates of those that were uninstalled.
 * @param say prints a line of the mirrored program
 */
export async function* deleteClusterWide(
  cluster: Cluster,
  places: readonly MeshPlace[],
  options: CarryOutOptions,
  say: (line: string) => Promise<void>,
): AsyncGenerator<ChangeOutcome> {
  const { dryRun, report, others } = options;
  if (others.length > 0) report.warn(keptBecause(others));
  else {
    const still = await listMeshes(cluster);
    if (still.length > 0) await say('Deleting cluster resources will affect current mesh(es) in cluster:');
    for (const { name, namespace } of still) await say(`[${name}] mesh in namespace [${namespace}]`);
  }
  for (const kind of OSM_KINDS) yield await deleteDefinition(cluster, qualifiedPlural(kind), options);
  const remains = await Promise.all(places.map((place) => findRemains(cluster, place, options.secret, others)));
  for (const kind of WEBHOOKS) {
    const found = remains.flatMap(({ webhooks }) => webhooks).filter((each) => each.kind === kind);
    if (found.length === 0)
      await say(
        `Ignoring - did not find any OSM ${kind.kind}s in the cluster. Use --mesh-name to delete ${kind.kind}s belonging to a specific mesh if desired`,
      );
    for (const remain of found)
      yield await deleted(cluster, remain, dryRun, {
        found: `Successfully deleted OSM ${kind.kind}: ${remain.name}`,
        failed: (reason) => `Found but failed to delete OSM ${kind.kind} ${remain.name}: ${reason}`,
      });
  }
  for (const { namespace } of places) {
    const { secret } = options;
    yield await deleted(cluster, { kind: kinds.Secret, name: secret, namespace }, dryRun, {
      found: `Successfully deleted OSM secret ${secret} in namespace ${namespace}`,
      absent: `Ignoring - did not find OSM CA bundle secret ${secret} in namespace ${namespace}. Use --ca-bundle-secret-name and --osm-namespace to delete a specific mesh namespace's CA bundle secret if desired`,
      failed: (reason) => `Found but failed to delete the OSM secret ${secret} in namespace ${namespace}: ${reason}`,
    });
  }
}

async function deleteDefinition(
  cluster: Cluster,
  name: string,
  { dryRun, report, others }: CarryOutOptions,
): Promise<ChangeOutcome> {
  const crd: Remain = { kind: kinds.CustomResourceDefinition, name };
  const kept = { ...crd, changes: [], notes: [], warnings: [], result: 'kept' };
  if (others.length > 0) return kept;
  if (await isSomebodyElses(cluster, crd)) {
    report.warn(`CRD ${name} is not of OSM (it lacks the label app.kubernetes.io/name=openservicemesh.io), and stays`);
    return kept;
  }
  return deleted(cluster, crd, dryRun, {
    found: `Successfully deleted OSM CRD: ${name}`,
    absent: `Ignoring - did not find OSM CRD: ${name}`,
    failed: (reason) => `Failed to delete OSM CRD ${name}: ${reason}`,
  });
}

/** Other programs use SMI, too, and bring its CRDs. OSM labels those that it brings. */
async function isSomebodyElses(cluster: Cluster, crd: Remain): Promise<boolean> {
  if (!crd.name.endsWith('.smi-spec.io')) return false;
  const found = await cluster.find(crd).catch(() => undefined);
  return (
    found !== undefined && valueAt(found, ['metadata', 'labels', 'app.kubernetes.io/name']) !== 'openservicemesh.io'
  );
}
