import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import type { KubernetesObject, ObjectMeta } from '../resources/types.js';
import { PROXY_UUID, SIDECAR_INJECTION, injectionEffect } from '../resources/labels.js';
import { silent, type Reporter } from '../reporter.js';
import { hasEnded } from '../resources/workloads.js';
import type { Injection } from '../resources/labels.js';

/** Why running pods do not match the namespace's new settings. */
export type RestartReason =
  /** They run without the sidecar that they would get now. */
  | 'missing-sidecar'
  /** They run with a sidecar that they would not get now. */
  | 'leftover-sidecar'
  /** Their sidecar belongs to the mesh that the namespace was in before. */
  | 'foreign-sidecar';

export interface Workload {
  /** Lower case, as kubectl writes it: `deployment`, `statefulset`, `daemonset`, `job`, `pod`… */
  readonly kind: string;
  readonly name: string;
  readonly pods: number;
}

/** What to look for in a namespace that has changed. */
export interface RestartQuestion {
  readonly reason: RestartReason;
  /** Pods whose own annotation says so are left out: the namespace's setting does not reach them. */
  readonly except?: Injection | undefined;
}

/** Which running pods have to be replaced before a change of their namespace reaches them. */
export interface RestartAdvice {
  readonly reason: RestartReason;
  /** Those that `kubectl rollout restart` can restart. */
  readonly restartable: readonly Workload[];
  /** Jobs, bare pods and pods of custom controllers. */
  readonly others: readonly Workload[];
  /** True when there are more than `MAX_PODS_READ` such pods; they are not told apart then. */
  readonly truncated: boolean;
}

interface RunningPod extends KubernetesObject {
  metadata: ObjectMeta & {
    deletionTimestamp?: string;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  };
  spec?: { hostNetwork?: boolean };
  status?: { phase?: string };
}

const rollouts = new Set(['deployment', 'statefulset', 'daemonset']);
/** A hint is not worth reading more pods than this. */
export const MAX_PODS_READ = 1000;

class EnoughError extends Error {}

/**
 * Finds the workloads of a namespace whose pods must be replaced, with one list (osm-cli §17, defect 34).
 * Undefined when there are none, and when the pods cannot be listed: a hint is never a reason to fail.
 */
export async function restartAdvice(
  cluster: Cluster,
  namespace: string,
  question: RestartQuestion,
  report: Reporter = silent,
): Promise<RestartAdvice | undefined> {
  const { reason } = question;
  try {
    const pods = await cluster.list(kinds.Pod, {
      namespace,
      labelSelector: reason === 'missing-sidecar' ? `!${PROXY_UUID}` : PROXY_UUID,
      pageSize: MAX_PODS_READ,
      onPage: (received) => {
        if (received > MAX_PODS_READ) throw new EnoughError();
      },
    });
    return summarize(pods, question);
  } catch (error) {
    if (error instanceof EnoughError) return { reason, restartable: [], others: [], truncated: true };
    const why = error instanceof Error ? error.message : String(error);
    report.verbose(`the pods of namespace ${namespace} are not looked at: ${why}`);
    return undefined;
  }
}

function summarize(pods: readonly RunningPod[], question: RestartQuestion): RestartAdvice | undefined {
  const workloads = new Map<string, Workload>();
  for (const pod of pods) {
    if (!isConcerned(pod, question)) continue;
    const owner = ownerOf(pod);
    const key = `${owner.kind}/${owner.name}`;
    workloads.set(key, { ...owner, pods: (workloads.get(key)?.pods ?? 0) + 1 });
  }
  if (workloads.size === 0) return undefined;
  const all = [...workloads.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload);
  return {
    reason: question.reason,
    restartable: all.filter(({ kind }) => rollouts.has(kind)),
    others: all.filter(({ kind }) => !rollouts.has(kind)),
    truncated: false,
  };
}

/** Pods that have ended, are going, use the host's network (never injected), or decide for themselves are left out. */
function isConcerned({ metadata, spec, status }: RunningPod, { reason, except }: RestartQuestion): boolean {
  if (metadata.deletionTimestamp || hasEnded({ status })) return false;
  if (reason === 'missing-sidecar' && spec?.hostNetwork) return false;
  return except === undefined || injectionEffect(metadata.annotations?.[SIDECAR_INJECTION]) !== except;
}

/** What a person restarts: a ReplicaSet that carries its Deployment's pod-template-hash stands for the Deployment. */
function ownerOf({ metadata }: RunningPod): Omit<Workload, 'pods'> {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return { kind: 'pod', name: metadata.name };
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)) {
    return { kind: 'deployment', name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: owner.kind.toLowerCase(), name: owner.name };
}
