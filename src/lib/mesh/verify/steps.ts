import { isNotFound } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { kinds } from '../../resources/kinds.js';
import { MONITORED_BY, SIDECAR_CONTAINER } from '../../resources/labels.js';
import type { Pod } from '../../resources/types.js';
import { failure, success, unknown, type Verification } from './result.js';

/** Kubernetes' own words for an object that is not there, as `osm` repeats them. */
export function notFound(plural: string, name: string): string {
  return `${plural} "${name}" not found`;
}

/** What could not be read: an object that is not there is a failure, everything else leaves it open. */
export function unread(context: string, error: unknown, words: string, suggestion?: string): Verification {
  if (!(error instanceof ClusterError)) throw error;
  return isNotFound(error) ? failure(context, words, suggestion) : unknown(context, error.message, error.hint);
}

/** Is the namespace in the mesh (osm-cli §13.1, N)? */
export async function verifyNamespace(cluster: Cluster, name: string, meshName: string): Promise<Verification> {
  const context = `Verify if namespace "${name}" is monitored`;
  try {
    const { metadata } = await cluster.get({ kind: kinds.Namespace, name });
    const mesh = metadata.labels?.[MONITORED_BY];
    if (mesh === undefined) {
      return failure(
        context,
        `Missing label "${MONITORED_BY}" on namespace "${name}"`,
        `Add label "${MONITORED_BY}" on namespace "${name}" to include it in the mesh and restart the app`,
      );
    }
    if (mesh === meshName) return success(context);
    return failure(context, `Expected label "${MONITORED_BY}" to have value "${meshName}", got "${mesh}"`);
  } catch (error) {
    return unread(context, error, `Error fetching namespace "${name}"`);
  }
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export const podText = ({ namespace, name }: PodName): string => `${namespace}/${name}`;

/** Has the pod a sidecar, or none (osm-cli §13.1, S)? */
export async function verifySidecar(
  cluster: Cluster,
  pod: PodName,
  expected: 'present' | 'absent' = 'present',
): Promise<Verification> {
  const context = sidecarContext(pod);
  try {
    return sidecarOf(await cluster.get({ kind: kinds.Pod, ...pod }), pod, expected);
  } catch (error) {
    return unread(context, error, notFound('pods', pod.name), `Confirm pod "${podText(pod)}" exists`);
  }
}

const sidecarContext = (pod: PodName): string => `Verify Envoy sidecar on pod "${podText(pod)}"`;

export function sidecarOf({ spec }: Pod, pod: PodName, expected: 'present' | 'absent'): Verification {
  const context = sidecarContext(pod);
  const text = podText(pod);
  const isThere = spec?.containers?.some(({ name }) => name === SIDECAR_CONTAINER) ?? false;
  if (isThere === (expected === 'present')) return success(context);
  return isThere
    ? failure(
        context,
        `Found Envoy sidecar on pod "${text}" when one wasn't expected`,
        `Ensure pod "${text}" does not have sidecar injection enabled`,
      )
    : failure(
        context,
        `Did not find Envoy sidecar on pod "${text}"`,
        `Ensure pod "${text}" has sidecar injection enabled`,
      );
}
