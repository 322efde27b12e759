import { isForbidden } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { listMeshes } from '../../input/control-planes.js';
import { qualifiedName } from '../../resources/kinds.js';
import type { Engine } from '../install/engine.js';
import { helmWords } from '../install/failure.js';
import { deleteIfThere, findRemains, type MeshPlace } from './remains.js';

const UNDO_MS = 30_000;
/** Nobody has used the certificate yet, but somebody may have put it there: it stays. */
const NO_SECRET = 'osm-ca-bundle';

/**
 * Undoes an installation that failed. The chart's clean-up Job is not run: it would be waited for a second time, by what has
 * just failed; what it does is done here.
 * @returns what could not be undone
 */
export async function undoInstall(cluster: Cluster, place: MeshPlace, engine: Engine): Promise<string[]> {
  const problems: string[] = [];
  const run = await engine.run(['uninstall', place.mesh, '--no-hooks', `--timeout=${UNDO_MS}ms`], UNDO_MS);
  if (run.code !== 0 && !/release: not found/.test(run.stderr)) problems.push(`helm: ${helmWords(run)}`);
  const others = await listMeshes(cluster).catch((error: unknown) => {
    if (isForbidden(error)) return [];
    throw error;
  });
  const remains = await findRemains(cluster, place, NO_SECRET, others);
  for (const remain of [...remains.hooks, ...remains.webhooks]) {
    try {
      await deleteIfThere(cluster, remain);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      problems.push(`${qualifiedName(remain.kind, remain.name)} is left: ${error.message}`);
    }
  }
  return [...problems, ...remains.problems.map(({ message }) => message)];
}
