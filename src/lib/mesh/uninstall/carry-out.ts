import { isNotFound } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import type { ChangeOutcome, DryRun } from '../../changes/change.js';
import { ClusterError, OsmTsError } from '../../errors.js';
import type { Mesh } from '../../input/control-planes.js';
import type { Reporter } from '../../reporter.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import { MONITORED_BY } from '../../resources/labels.js';
import { explain } from '../errors.js';
import type { Engine } from '../install/engine.js';
import { explainHelm, helmWords, interruptedBy, releaseNow, whatIsLeft, type Attempt } from '../install/failure.js';
import { explainUnready } from '../install/readiness.js';
import type { Target } from './find.js';
import { deleteIfThere, findRemains, stopConversion, type Remain } from './remains.js';

export interface CarryOutOptions {
  readonly dryRun: DryRun;
  readonly timeoutMs: number;
  readonly secret: string;
  readonly deleteNamespace: boolean;
  readonly clusterWide: boolean;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  /** Meshes that stay. */
  readonly others: readonly Mesh[];
  /** There is one where a target has a release. */
  readonly engine: Engine | undefined;
}

/** What an outcome has when there is nothing to say. */
const plain = { changes: [], notes: [], warnings: [] } as const;

/** Uninstalls one mesh, or clears away what is left of it (osm-cli §12.3, §12.4). */
export async function* uninstallTarget(
  cluster: Cluster,
  target: Target,
  options: CarryOutOptions,
): AsyncGenerator<ChangeOutcome> {
  const released = yield* removeRelease(cluster, target, options);
  if (released === 'failed') return;
  yield* clearAway(cluster, target, released, options);
  if (options.deleteNamespace) yield await deleteNamespace(cluster, target.namespace, options.dryRun);
}

/** `done` by helm and its hooks, `partly`: the clean-up is still to be done, `missing`: there was no release, or `failed`. */
type Released = 'done' | 'partly' | 'missing' | 'failed';

async function* removeRelease(
  cluster: Cluster,
  { mesh, namespace, release, hasController }: Target,
  { dryRun, timeoutMs, signal, engine, report, clusterWide, deleteNamespace }: CarryOutOptions,
): AsyncGenerator<ChangeOutcome, Released> {
  const base = { ...plain, kind: kinds.Secret, name: release?.secret ?? `sh.helm.release.v1.${mesh}.v1`, namespace };
  const line = `OSM [mesh name: ${mesh}] in namespace [${namespace}] uninstalled`;
  if (!release || !engine) {
    if (!hasController) return 'missing';
    const missing = `No OSM control plane with mesh name [${mesh}] found in namespace [${namespace}]`;
    yield { ...base, result: 'failed', line: missing, error: notByHelm(mesh, namespace) };
    return clusterWide || deleteNamespace ? 'missing' : 'failed';
  }
  if (dryRun === 'client') {
    yield { ...base, result: 'uninstalled', line };
    return 'done';
  }
  const words = ['uninstall', mesh, `--timeout=${timeoutMs}ms`, ...(dryRun === 'server' ? ['--dry-run'] : [])];
  const run = await engine.run(words, timeoutMs);
  const attempt: Attempt = { verb: 'uninstall', mesh, namespace };
  if (signal.aborted) throw await interruptedBy(cluster, attempt);
  if (run.code === 0) {
    yield { ...base, result: 'uninstalled', line };
    return 'done';
  }
  for (const text of await explainUnready(cluster, namespace)) report.warn(text);
  if ((await releaseNow(cluster, attempt)) === null) {
    const warning = `the clean-up of the chart failed (${helmWords(run)}); what it was to do is done here`;
    yield { ...base, result: 'uninstalled', line, warnings: [warning] };
    return 'partly';
  }
  const { state, next } = await whatIsLeft(cluster, attempt);
  yield { ...base, result: 'failed', error: explainHelm(attempt, run, state, next) };
  return 'failed';
}

function notByHelm(mesh: string, namespace: string): ClusterError {
  return new ClusterError(
    `mesh [${mesh}] in namespace [${namespace}] has a controller, and no release that helm could uninstall`,
    `if it was installed without helm, delete it as it was installed; what is there: kubectl get all -n ${namespace} -l app.kubernetes.io/name=openservicemesh.io`,
    404,
  );
}

/** Takes away what helm leaves. A mesh whose controller still runs keeps what it works with. */
async function* clearAway(
  cluster: Cluster,
  target: Target,
  released: Released,
  { dryRun, secret, clusterWide, report, others }: CarryOutOptions,
): AsyncGenerator<ChangeOutcome> {
  const { mesh, namespace } = target;
  if (released !== 'missing' && dryRun === 'client') return;
  const runs =
    dryRun === 'none' ? await hasController(cluster, target) : target.hasController && released === 'missing';
  if (runs) {
    if (released !== 'missing')
      report.warn(`Deployment osm-controller in namespace [${namespace}] is not of the release, and still there`);
    return;
  }
  const remains = released === 'missing' ? target.remains : await findRemains(cluster, target, secret, others);
  for (const { message } of remains.problems) report.warn(`what is left cannot all be seen: ${message}`);
  const all = [
    ...remains.hooks,
    ...(clusterWide ? [] : remains.webhooks),
    // the Secret comes with everything else that is cluster-wide
    ...(released === 'done' ? [] : remains.settings.filter(({ kind }) => !clusterWide || kind !== kinds.Secret)),
  ];
  for (const remain of all) yield await deleted(cluster, remain, dryRun, { found: lineOf(remain) });
  for (const crd of remains.conversions) yield await converted(cluster, crd, namespace, dryRun);
  await adviseNamespaces(cluster, mesh, report);
}

/** The mirrored program's words for what it deletes itself. */
function lineOf({ kind, name, namespace }: Remain): string {
  if (kind === kinds.Secret) return `Successfully deleted OSM secret ${name} in namespace ${namespace}`;
  return `Successfully deleted OSM ${kind.kind}: ${name}`;
}

async function hasController(cluster: Cluster, { mesh, namespace }: Target): Promise<boolean> {
  const labelSelector = `app=osm-controller,meshName=${mesh}`;
  return (await cluster.list(kinds.Deployment, { namespace, labelSelector })).length > 0;
}

/**
 * Deletes an object.
 * @param lines what to say when it was there, and when it was not; nothing is said without one
 * @param failure what an error begins with
 */
export async function deleted(
  cluster: Cluster,
  { kind, name, namespace }: Remain,
  dryRun: DryRun,
  lines: { readonly found: string; readonly absent?: string; readonly failed?: (reason: string) => string },
  failure?: string,
): Promise<ChangeOutcome> {
  const base = { ...plain, kind, name, namespace };
  try {
    const remove = async (): Promise<boolean> =>
      dryRun === 'client'
        ? (await cluster.find({ kind, name, namespace })) !== undefined
        : deleteIfThere(cluster, { kind, name, namespace }, dryRun === 'server');
    const wasThere = await remove().catch(failure === undefined ? undefined : explain(failure));
    return wasThere
      ? { ...base, result: 'removed', line: lines.found }
      : { ...base, result: 'gone', line: lines.absent };
  } catch (error) {
    if (!(error instanceof OsmTsError)) throw error;
    return { ...base, result: 'failed', line: lines.failed?.(error.message), error };
  }
}

async function converted(cluster: Cluster, crd: Remain, namespace: string, dryRun: DryRun): Promise<ChangeOutcome> {
  const base = { ...plain, kind: crd.kind, name: crd.name };
  const line = `${qualifiedName(crd.kind, crd.name)} no longer needs the control plane in namespace [${namespace}]`;
  try {
    if (dryRun !== 'client') await stopConversion(cluster, crd, dryRun === 'server');
    return { ...base, result: 'patched', line };
  } catch (error) {
    if (!(error instanceof OsmTsError)) throw error;
    return { ...base, result: 'failed', error };
  }
}

async function deleteNamespace(cluster: Cluster, name: string, dryRun: DryRun): Promise<ChangeOutcome> {
  const lines = {
    found: `OSM namespace [${name}] deleted successfully`,
    absent: `OSM namespace [${name}] not found`,
  };
  return deleted(cluster, { kind: kinds.Namespace, name }, dryRun, lines, `Could not delete OSM namespace [${name}]`);
}

/** Namespaces keep their labels, and pods their sidecars, which reach nobody any more once they are restarted. */
async function adviseNamespaces(cluster: Cluster, mesh: string, report: Reporter): Promise<void> {
  const members = await cluster
    .list(kinds.Namespace, { labelSelector: `${MONITORED_BY}=${mesh}` })
    .catch((error: unknown) => {
      if (error instanceof ClusterError || isNotFound(error)) return [];
      throw error;
    });
  if (members.length === 0) return;
  const names = members.map(({ metadata }) => metadata.name).join(' ');
  report.note(
    `namespaces still carry the label of mesh [${mesh}], and their pods keep sidecars until they are restarted: osm-ts namespace remove ${names} --mesh-name ${mesh}`,
  );
}
