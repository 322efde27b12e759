import type { ChangeOutcome } from '../../changes/change.js';
import type { Cluster } from '../../cluster/types.js';
import { chartWords, valueWords } from '../../helm/arguments.js';
import type { Helm } from '../../helm/program.js';
import type { Release } from '../../helm/release.js';
import { ClusterError } from '../../errors.js';
import { listMeshes } from '../../input/control-planes.js';
import { kinds } from '../../resources/kinds.js';
import { valueAt } from '../../text/plain-data.js';
import { RefusedError } from '../errors.js';
import { releaseOf, requireReleaseName } from './checks.js';
import { startEngine, type HelmSurroundings } from './engine.js';
import { explainHelm, interruptedBy, whatIsLeft, type Attempt } from './failure.js';
import { explainUnready } from './readiness.js';
import { dryRunWords, lookForOwnValues, requireChart, timeoutWords, type HelmRequest } from './request.js';

/**
 * Upgrades a mesh with helm (osm-cli §6.2): it keeps its name, and its say on other meshes, unless that is set anew. Other values
 * that were given before are dropped.
 * @throws RefusedError, UsageError, InputError, ClusterError; InterruptedError, all saying what state is left
 */
export async function upgradeMesh(
  cluster: Cluster,
  request: HelmRequest,
  surroundings: HelmSurroundings,
): Promise<ChangeOutcome> {
  const { mesh, namespace, chart, values, timeoutMs, dryRun, atomic } = request;
  const { report, signal } = surroundings;
  requireReleaseName(mesh);
  await requireChart(chart, 'upgrade');
  lookForOwnValues(values, ['osm.meshName'], report);
  const engine = await startEngine(cluster, namespace, surroundings);
  const release = await requireRelease(cluster, mesh, namespace);
  const single = await enforcesSingleMesh(cluster, release, namespace);
  const set = single === undefined ? values.set : [`osm.enforceSingleMesh=${single}`, ...values.set];
  const setString = [...values.setString, `osm.meshName=${mesh}`];
  const words = [
    ...['upgrade', mesh, ...chartWords(chart)],
    ...['--reset-values', '--wait', '--output=json'],
    ...timeoutWords(timeoutMs),
    ...valueWords({ ...values, set, setString }),
    ...(atomic ? [atomicWord(engine.helm)] : []),
    ...dryRunWords(engine.helm, dryRun),
  ];
  const run = await engine.run(words, timeoutMs);
  if (run.code === 0) {
    const revision = (release?.revision ?? 0) + 1;
    const kept = 'the MeshConfig is as it was: values only fill a new one (osm-ts meshconfig set changes it)';
    return {
      kind: kinds.Secret,
      name: `sh.helm.release.v1.${mesh}.v${revision}`,
      namespace,
      result: 'upgraded',
      line: `OSM successfully upgraded mesh [${mesh}] in namespace [${namespace}]`,
      changes: [],
      notes: values.set.length > 0 ? [kept] : [],
      warnings: [],
    };
  }
  const attempt: Attempt = { verb: 'upgrade', mesh, namespace };
  for (const text of await explainUnready(cluster, namespace)) report.warn(text);
  if (signal.aborted) throw await interruptedBy(cluster, attempt);
  const { state, next } = await whatIsLeft(cluster, attempt);
  throw explainHelm(attempt, run, state, next);
}

function atomicWord({ major }: Helm): string {
  return major >= 4 ? '--rollback-on-failure' : '--atomic';
}

/** The release that is to be upgraded; undefined when one may not look. @throws ClusterError, RefusedError */
async function requireRelease(cluster: Cluster, mesh: string, namespace: string): Promise<Release | undefined> {
  const release = await releaseOf(cluster, mesh, namespace);
  if (release === undefined) return undefined;
  if (!release) throw await noRelease(cluster, mesh, namespace);
  const { content, status } = release;
  if (content && content.chart !== 'osm' && !Object.hasOwn(content.config, 'osm'))
    throw new RefusedError(
      `the release [${mesh}] in namespace [${namespace}] is of the chart ${content.chart}, not of OSM`,
      'name the mesh with --mesh-name, and its namespace with --osm-namespace',
    );
  if (status === 'pending-install')
    throw new RefusedError(
      `mesh [${mesh}] in namespace [${namespace}] has never been installed to the end (${status})`,
      `clear it away, and install it anew: osm-ts uninstall mesh --mesh-name ${mesh} --osm-namespace ${namespace}`,
    );
  if (status === 'uninstalling')
    throw new RefusedError(
      `mesh [${mesh}] in namespace [${namespace}] is being uninstalled, or that was broken off (${status})`,
      `if nobody is at it, go on with it: osm-ts uninstall mesh --mesh-name ${mesh} --osm-namespace ${namespace}`,
    );
  if (status.startsWith('pending'))
    throw new RefusedError(
      `something else is being done to mesh [${mesh}] in namespace [${namespace}], or was broken off (${status})`,
      `if nobody is at it, go back to the revision before: helm rollback ${mesh} -n ${namespace}`,
    );
  return release;
}

async function noRelease(cluster: Cluster, mesh: string, namespace: string): Promise<ClusterError> {
  const meshes = await listMeshes(cluster).catch(() => []);
  const there = meshes.map((each) => `--mesh-name ${each.name} --osm-namespace ${each.namespace}`);
  return new ClusterError(
    `"${mesh}" has no deployed releases in namespace [${namespace}]`,
    there.length > 0 ? `meshes of this cluster: ${there.join(', ')}` : 'install it first: osm-ts install',
    404,
  );
}

/** Was the mesh to be the only one? Undefined: nobody can tell, so the chart's default counts. */
async function enforcesSingleMesh(
  cluster: Cluster,
  release: Release | undefined,
  namespace: string,
): Promise<boolean | undefined> {
  const given = valueAt(release?.content?.config, ['osm', 'enforceSingleMesh']);
  if (typeof given === 'boolean') return given;
  const query = { namespace, labelSelector: 'app=osm-controller' };
  const [controller] = await cluster.list(kinds.Deployment, query).catch(() => []);
  return controller && controller.metadata.labels?.['enforceSingleMesh'] === 'true';
}
