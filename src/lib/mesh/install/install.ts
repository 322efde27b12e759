import type { ChangeOutcome } from '../../changes/change.js';
import type { Cluster } from '../../cluster/types.js';
import { chartWords, valueWords } from '../../helm/arguments.js';
import { kinds } from '../../resources/kinds.js';
import { requireReleaseName, requireRoom } from './checks.js';
import { startEngine, type Engine, type HelmSurroundings } from './engine.js';
import { explainHelm, interruptedBy, whatIsLeft, type Attempt } from './failure.js';
import { explainUnready } from './readiness.js';
import { undoInstall } from '../uninstall/undo.js';
import { dryRunWords, lookForOwnValues, requireChart, timeoutWords, type HelmRequest } from './request.js';

export interface InstallRequest extends HelmRequest {
  readonly enforceSingleMesh: boolean;
}

/**
 * Installs a mesh with helm (osm-cli §5), once nothing is in its way. With `atomic`, what failed is undone.
 * @throws RefusedError, UsageError, InputError, ClusterError; InterruptedError, all saying what state is left
 */
export async function installMesh(
  cluster: Cluster,
  request: InstallRequest,
  surroundings: HelmSurroundings,
): Promise<ChangeOutcome> {
  const { mesh, namespace, enforceSingleMesh, chart, values, timeoutMs, dryRun } = request;
  const { report, signal } = surroundings;
  requireReleaseName(mesh);
  await requireChart(chart, 'installation');
  lookForOwnValues(values, ['osm.meshName', 'osm.enforceSingleMesh'], report);
  const engine = await startEngine(cluster, namespace, surroundings);
  await requireRoom(cluster, { mesh, namespace, enforceSingleMesh }, report);
  const set = [...values.set, `osm.enforceSingleMesh=${enforceSingleMesh}`];
  // as a string: a mesh may be called 1 or true
  const setString = [...values.setString, `osm.meshName=${mesh}`];
  const words = [
    ...['install', mesh, ...chartWords(chart)],
    ...['--create-namespace', '--wait', '--output=json'],
    ...timeoutWords(timeoutMs),
    ...valueWords({ ...values, set, setString }),
    ...dryRunWords(engine.helm, dryRun),
  ];
  const run = await engine.run(words, timeoutMs);
  if (run.code === 0) {
    return {
      kind: kinds.Secret,
      name: `sh.helm.release.v1.${mesh}.v1`,
      namespace,
      result: 'installed',
      line: `OSM installed successfully in namespace [${namespace}] with mesh name [${mesh}]`,
      changes: [],
      notes: [],
      warnings: [],
    };
  }
  const attempt: Attempt = { verb: 'install', mesh, namespace };
  for (const text of await explainUnready(cluster, namespace)) report.warn(text);
  if (request.atomic && dryRun === 'none') {
    report.note(`undoing what was installed of mesh [${mesh}], as --atomic says`);
    for (const text of await undoInstall(cluster, attempt, await undoing(cluster, request, surroundings)))
      report.warn(text);
  }
  if (signal.aborted) throw await interruptedBy(cluster, attempt);
  const { state, next } = await whatIsLeft(cluster, attempt);
  throw explainHelm(attempt, run, state, next);
}

/** Also after an interruption: undoing is not what was to be ended. */
function undoing(cluster: Cluster, { namespace }: InstallRequest, surroundings: HelmSurroundings): Promise<Engine> {
  return startEngine(cluster, namespace, { ...surroundings, signal: new AbortController().signal });
}
