import type { ChangeOutcome, DryRun } from '../../changes/change.js';
import type { Cluster } from '../../cluster/types.js';
import { InterruptedError } from '../../errors.js';
import { contextText } from '../../input/connection.js';
import type { Mesh } from '../../input/control-planes.js';
import { controlPlanesOf } from '../controllers.js';
import { explain } from '../errors.js';
import { startEngine, type HelmSurroundings } from '../install/engine.js';
import { uninstallTarget, type CarryOutOptions } from './carry-out.js';
import { deleteClusterWide } from './cluster-wide.js';
import { findTargets, meshNotFound, requireOne, type Target, type TargetQuery } from './find.js';
import { clusterWidePlan, othersThan, planOf, requireExpendable } from './plan.js';

export interface UninstallRequest extends TargetQuery {
  /** Ask nothing. */
  readonly force: boolean;
  readonly clusterWide: boolean;
  readonly deleteNamespace: boolean;
  readonly dryRun: DryRun;
  /** How long helm may wait for the clean-up. */
  readonly timeoutMs: number;
  /** The cloud looks after the control plane: only what is cluster-wide can be deleted. */
  readonly isManaged: boolean;
}

/** Whoever is told, and asked. */
export interface Conversation {
  /** Prints a line of the mirrored program that is about no object. */
  readonly say: (line: string) => Promise<void>;
  /** Prints the meshes of the cluster. */
  readonly showMeshes: () => Promise<void>;
  /** @throws UsageError when nobody answers */
  readonly confirm: (question: string) => Promise<boolean>;
}

/**
 * Uninstalls meshes, and what is left of some (osm-cli §12): shows what goes, asks, and tells of each object what came of it.
 * What another mesh needs is never touched.
 * @throws ClusterError, UsageError before anything is done; InterruptedError
 */
export async function* uninstallMeshes(
  cluster: Cluster,
  request: UninstallRequest,
  talk: Conversation,
  surroundings: HelmSurroundings,
): AsyncGenerator<ChangeOutcome> {
  const { report, signal } = surroundings;
  const planes = await controlPlanesOf(cluster).catch(explain('unable to list meshes within the cluster'));
  const targets = request.isManaged ? await managed(request, talk) : await meant(cluster, planes, request, talk);
  if (targets === undefined) return;
  if (request.force) requireOne(targets);
  if (request.deleteNamespace) requireExpendable(targets, planes);
  const [first] = targets.filter(({ release }) => release !== undefined);
  // before any question: without helm nothing could come of an answer
  if (first) await startEngine(cluster, first.namespace, surroundings);
  const chosen = await choose(cluster, targets, planes, request, talk, surroundings);
  goOn(signal, 'nothing has been deleted');
  if (chosen === undefined) return report.note('nothing is deleted');
  const failed: Target[] = [];
  const engineFor = async ({ namespace, release }: Target): Promise<CarryOutOptions> => ({
    ...request,
    ...surroundings,
    others: othersThan(chosen, planes),
    engine: release && (await startEngine(cluster, namespace, surroundings)),
  });
  for (const target of chosen) {
    for await (const outcome of uninstallTarget(cluster, target, await engineFor(target))) {
      if (outcome.error && target.release) failed.push(target);
      yield outcome;
    }
    goOn(signal, 'what is not named above is still there', 'run it again');
  }
  if (!request.clusterWide) return;
  const done = chosen.filter((target) => !failed.includes(target));
  const places = chosen.length > 0 ? done : [{ mesh: request.mesh ?? '', namespace: request.namespace }];
  const options = { ...request, ...surroundings, others: othersThan(done, planes), engine: undefined };
  yield* deleteClusterWide(cluster, places, options, talk.say);
}

/** @throws InterruptedError when somebody wants an end */
function goOn(signal: AbortSignal, state: string, next?: string): void {
  if (signal.aborted) throw new InterruptedError(`interrupted: ${state}`, next);
}

/** In a managed environment only what is cluster-wide can be deleted. */
async function managed(request: UninstallRequest, { say }: Conversation): Promise<Target[] | undefined> {
  await say('OSM CANNOT be uninstalled in a managed environment');
  if (request.deleteNamespace) await say('OSM namespace CANNOT be deleted in a managed environment');
  return request.clusterWide ? [] : undefined;
}

/** The meshes to uninstall, or to ask about; undefined when there is nothing to do. @throws ClusterError */
async function meant(
  cluster: Cluster,
  planes: readonly Mesh[],
  request: UninstallRequest,
  talk: Conversation,
): Promise<Target[] | undefined> {
  const targets = await findTargets(cluster, planes, request);
  if (planes.length === 0) await talk.say('No OSM control planes found');
  if (targets.length > 0) return targets;
  if (planes.length > 0) {
    await talk.say(`Did not find mesh [${request.mesh ?? ''}] in namespace [${request.namespace}]`);
    await talk.showMeshes();
  }
  if (planes.length > 0 || request.mesh !== undefined) throw meshNotFound(planes, request);
  return request.clusterWide ? [] : undefined;
}

/** Shows what goes, and asks. @returns the targets that may go; undefined: nothing may */
async function choose(
  cluster: Cluster,
  targets: readonly Target[],
  planes: readonly Mesh[],
  request: UninstallRequest,
  talk: Conversation,
  { report }: HelmSurroundings,
): Promise<readonly Target[] | undefined> {
  const asks = !request.force && request.dryRun === 'none';
  const shared = request.clusterWide ? await clusterWidePlan(cluster, othersThan(targets, planes)) : [];
  const show = (lines: readonly string[]): void => {
    for (const line of lines) report.note(`${contextText(cluster)}, to be deleted: ${line}`);
  };
  if (!asks) {
    if (request.dryRun !== 'none') show([...targets.flatMap((target) => planOf(target, request)), ...shared]);
    return targets;
  }
  if (targets.some(({ hasController }) => hasController)) await talk.showMeshes();
  if (targets.length === 0) {
    show(shared);
    return (await talk.confirm('Delete the OSM resources of the whole cluster?')) ? [] : undefined;
  }
  const chosen: Target[] = [];
  for (const target of targets) {
    const { mesh, namespace } = target;
    show([...planOf(target, request), ...shared]);
    const question = `Uninstall OSM [mesh name: ${mesh}] in namespace [${namespace}] and/or OSM resources?`;
    if (await talk.confirm(question)) chosen.push(target);
  }
  return chosen.length > 0 ? chosen : undefined;
}
