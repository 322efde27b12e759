import type { ControlPlane } from './control-plane.js';
import { asAdmin } from './control-plane.js';

/** What the controllers of a real cluster would do: `ready`, or what goes wrong. */
export type Behaviour = 'ready' | 'jobs-only' | 'job-fails' | 'cleanup-fails' | 'none';

export interface Controllers {
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation?: number;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly selector: unknown;
    readonly template: { metadata: { labels: object }; spec: object };
  };
  readonly status: {
    readonly conditions?: unknown;
    readonly readyReplicas?: number;
    readonly observedGeneration?: number;
  };
}

const EVERY_MS = 100;

/**
 * Plays the controllers of Jobs and Deployments: Jobs come to their end, and Deployments get a ReplicaSet that is ready, as far as
 * the behaviour of the moment says.
 */
export function startControllers(control: ControlPlane): Controllers {
  let behaviour: Behaviour = 'none';
  let ended = false;
  const list = async (path: string): Promise<Item[]> =>
    ((await asAdmin(control, 'GET', path)) as { items: Item[] }).items;
  const quietly = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => undefined);

  async function look(): Promise<void> {
    if (behaviour === 'none') return;
    for (const job of await list('/apis/batch/v1/jobs')) if (!job.status.conditions) await quietly(endJob(job));
    if (behaviour !== 'ready' && behaviour !== 'cleanup-fails') return;
    for (const deployment of await list('/apis/apps/v1/deployments')) {
      const { status, metadata, spec } = deployment;
      const isReady =
        status.readyReplicas === (spec.replicas ?? 1) && status.observedGeneration === metadata.generation;
      if (!isReady) await quietly(readyDeployment(deployment));
    }
  }

  async function endJob(job: Item): Promise<void> {
    const { name, namespace } = job.metadata;
    const fails = behaviour === 'job-fails' || (behaviour === 'cleanup-fails' && name.endsWith('-cleanup'));
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const condition = (type: string, reason: string) => ({ type, status: 'True', reason, lastTransitionTime: now });
    const status = fails
      ? {
          startTime: now,
          failed: 1,
          conditions: [condition('FailureTarget', 'BackoffLimitExceeded'), condition('Failed', 'BackoffLimitExceeded')],
        }
      : {
          startTime: now,
          completionTime: now,
          succeeded: 1,
          conditions: [
            condition('SuccessCriteriaMet', 'CompletionsReached'),
            condition('Complete', 'CompletionsReached'),
          ],
        };
    await asAdmin(control, 'PUT', `/apis/batch/v1/namespaces/${namespace}/jobs/${name}/status`, {
      ...job,
      status,
      apiVersion: 'batch/v1',
      kind: 'Job',
    });
  }

  async function readyDeployment(deployment: Item): Promise<void> {
    const { name, namespace, uid, generation } = deployment.metadata;
    const replicas = deployment.spec.replicas ?? 1;
    const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
    const revision = `${name}-${generation}`;
    const hash = { 'pod-template-hash': String(generation) };
    const template = {
      ...deployment.spec.template,
      metadata: { labels: { ...deployment.spec.template.metadata.labels, ...hash } },
    };
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: revision, namespace, labels: template.metadata.labels, ownerReferences: [owner] },
      spec: {
        replicas,
        selector: { matchLabels: { ...(deployment.spec.selector as { matchLabels: object }).matchLabels, ...hash } },
        template,
      },
    };
    await quietly(asAdmin(control, 'POST', sets, set));
    const counts = { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 };
    await asAdmin(control, 'PUT', `${sets}/${revision}/status`, { ...set, status: counts });
    const condition = (type: string, reason: string) => ({ type, status: 'True', reason });
    const status = {
      ...counts,
      observedGeneration: generation,
      updatedReplicas: replicas,
      conditions: [
        condition('Available', 'MinimumReplicasAvailable'),
        condition('Progressing', 'NewReplicaSetAvailable'),
      ],
    };
    await asAdmin(control, 'PUT', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, {
      ...deployment,
      status,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
    });
  }

  const loop = (async () => {
    while (!ended) {
      await quietly(look());
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    behave: (next) => (behaviour = next),
    async stop() {
      ended = true;
      await loop;
    },
  };
}
