import type { RestartAdvice, RestartReason, Workload } from '../changes/restart.js';
import { MAX_PODS_READ } from '../changes/restart.js';

const shown = 10;

const states: Readonly<Record<RestartReason, string>> = {
  'missing-sidecar': 'running pods in namespace [NS] have no sidecar yet',
  'leftover-sidecar': 'running pods in namespace [NS] keep their sidecar',
  'foreign-sidecar': "running pods in namespace [NS] keep the former mesh's sidecar",
};

/**
 * Notes on the pods that must be replaced in a namespace, a line each: which, and how.
 * @param kubectlFlags lead kubectl to the same cluster
 */
export function formatRestartAdvice(
  { reason, restartable, others, truncated }: RestartAdvice,
  namespace: string,
  kubectlFlags: readonly string[] = [],
): string[] {
  const state = states[reason].replace('NS', namespace);
  const restart = ['kubectl', ...kubectlFlags, '-n', namespace, 'rollout', 'restart'].join(' ');
  if (truncated) return [`${state}, more than ${MAX_PODS_READ}; restart them: ${restart} deployment`];
  const lines = [`${state}: ${list([...restartable, ...others], describe)}`];
  if (restartable.length > shown) lines.push(`restart them: ${restart} ${kindsOf(restartable).join(',')}`);
  else if (restartable.length > 0) lines.push(`restart them: ${restart} ${restartable.map(name).join(' ')}`);
  if (others.length > 0) {
    lines.push(`kubectl cannot restart these, their pods must be deleted and created anew: ${list(others, name)}`);
  }
  return lines;
}

function kindsOf(workloads: readonly Workload[]): string[] {
  return [...new Set(workloads.map(({ kind }) => kind))];
}

function name({ kind, name: called }: Workload): string {
  return `${kind}/${called}`;
}

function describe(workload: Workload): string {
  return workload.kind === 'pod'
    ? name(workload)
    : `${name(workload)} (${workload.pods} pod${workload.pods > 1 ? 's' : ''})`;
}

function list(workloads: readonly Workload[], tell: (workload: Workload) => string): string {
  const more = workloads.length - shown;
  return workloads.slice(0, shown).map(tell).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
