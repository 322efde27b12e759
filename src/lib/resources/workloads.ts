import type { FieldPath, FieldRef, Pod, Workload, WorkloadKind } from './types.js';

/** The words by which kubectl knows kinds of workloads, and pods; with or without the group. */
const WORDS: Readonly<Record<WorkloadKind | 'Pod', readonly string[]>> = {
  Pod: ['pod', 'pods', 'po'],
  Deployment: ['deployment', 'deployments', 'deploy'],
  StatefulSet: ['statefulset', 'statefulsets', 'sts'],
  DaemonSet: ['daemonset', 'daemonsets', 'ds'],
  ReplicaSet: ['replicaset', 'replicasets', 'rs'],
  ReplicationController: ['replicationcontroller', 'replicationcontrollers', 'rc'],
  Job: ['job', 'jobs'],
  CronJob: ['cronjob', 'cronjobs', 'cj'],
  DeploymentConfig: ['deploymentconfig', 'deploymentconfigs', 'dc'],
  Rollout: ['rollout', 'rollouts', 'ro'],
};

/** The kind that a word such as `deploy` or `deployments.apps` names; undefined for other words. */
export function clientKindOf(word: string): WorkloadKind | 'Pod' | undefined {
  const wanted = word.toLowerCase().replace(/\.(?:apps|batch|apps\.openshift\.io|argoproj\.io)$/, '');
  const kindNames = Object.keys(WORDS) as (keyof typeof WORDS)[];
  return kindNames.find((kind) => WORDS[kind].includes(wanted));
}

export function isWorkload(object: { readonly kind: string }): object is Workload {
  return object.kind !== 'Pod' && Object.hasOwn(WORDS, object.kind);
}

const origins = new WeakMap<object, { readonly workload: Workload; readonly path: FieldPath }>();

/**
 * The pod that a workload makes, as far as its template says; undefined without a template. Fields of it are pointed at with
 * `podField`, which leads into the template.
 */
export function podOf(workload: Workload): Pod | undefined {
  const { spec, metadata } = workload;
  const inJob =
    workload.kind === 'CronJob' ? (spec as { jobTemplate?: { spec?: Workload['spec'] } }).jobTemplate?.spec : spec;
  const template = inJob?.template;
  if (!template) return undefined;
  const { labels, annotations } = template.metadata ?? {};
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    ...(template.spec && { spec: template.spec }),
  };
  const path = workload.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
  origins.set(pod, { workload, path });
  return pod;
}

/** The workload from whose template a pod was made; undefined for a pod that is there. */
export function workloadOf(pod: Pod | undefined): Workload | undefined {
  return pod && origins.get(pod)?.workload;
}

/** A field of a pod, where it is written. */
export function podField(pod: Pod, ...path: (string | number)[]): FieldRef {
  const origin = origins.get(pod);
  return origin ? { object: origin.workload, path: [...origin.path, ...path] } : { object: pod, path };
}

/** A pod that has ended, as a Job's does, or that was evicted: it sends nothing, and answers nothing. */
export function hasEnded({ status }: { readonly status?: { readonly phase?: string } | undefined }): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** What an account is called that a pod does not name. */
export function accountOf(pod: Pod): string {
  return pod.spec?.serviceAccountName || 'default';
}

/**
 * The pods that are there, and one for each workload none of whose pods is: a running pod shows what its template can only say.
 */
export function podsOf(pods: readonly Pod[], workloads: readonly Workload[]): Pod[] {
  const running = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (hasEnded(pod)) continue;
    const namespace = pod.metadata.namespace ?? 'default';
    const here = running.get(namespace);
    if (here) here.push(pod);
    else running.set(namespace, [pod]);
  }
  const owned = (workload: Workload) =>
    (workload.metadata.ownerReferences ?? []).some(({ kind, name }) =>
      workloads.some(
        (owner) =>
          owner.kind === kind &&
          owner.metadata.name === name &&
          owner.metadata.namespace === workload.metadata.namespace,
      ),
    );
  const planned = workloads.flatMap((workload) => {
    const pod = owned(workload) ? undefined : podOf(workload);
    if (!pod || (running.get(pod.metadata.namespace ?? 'default') ?? []).some((one) => stands(one, pod))) return [];
    return [pod];
  });
  return [...pods, ...planned];
}

/** Is a pod one that the template makes, by its labels and account? */
export function stands(pod: Pod, template: Pod): boolean {
  const labels = Object.entries(template.metadata.labels ?? {});
  return (
    labels.length > 0 &&
    accountOf(pod) === accountOf(template) &&
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
}
