import assert from 'node:assert/strict';
import { clientKindOf, podField, podOf, podsOf, workloadOf } from '../../src/lib/resources/workloads.js';
import type { Pod, Workload, WorkloadKind } from '../../src/lib/resources/types.js';

const template = { metadata: { labels: { app: 'api' } }, spec: { serviceAccountName: 'api' } };

function workload(kind: WorkloadKind, name = 'api', owner?: string): Workload {
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  const owners = owner === undefined ? {} : { ownerReferences: [{ kind: 'Deployment', name: owner }] };
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop', ...owners }, spec };
}

function pod(labels: Record<string, string>, serviceAccountName = 'api'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'shop', labels },
    spec: { serviceAccountName },
  };
}

describe('workloads', () => {
  it('have kubectl’s names', () => {
    const names: [string, ReturnType<typeof clientKindOf>][] = [
      ['deploy', 'Deployment'],
      ['deployments.apps', 'Deployment'],
      ['sts', 'StatefulSet'],
      ['ds', 'DaemonSet'],
      ['rs', 'ReplicaSet'],
      ['rc', 'ReplicationController'],
      ['jobs', 'Job'],
      ['cj', 'CronJob'],
      ['Pod', 'Pod'],
      ['po', 'Pod'],
      ['curl', undefined],
    ];
    for (const [word, kind] of names) assert.equal(clientKindOf(word), kind, word);
  });

  it('make the pod of their template, whose fields are where the template has them', () => {
    const plain = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job'] as const;
    for (const kind of [...plain, 'CronJob'] as const) {
      const made = podOf(workload(kind))!;
      assert.deepEqual([made.spec?.serviceAccountName, made.metadata.labels], ['api', { app: 'api' }], kind);
      assert.equal(workloadOf(made)?.kind, kind);
      const path = podField(made, 'spec', 'hostNetwork').path.join('.');
      assert.equal(
        path,
        kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec.hostNetwork' : 'spec.template.spec.hostNetwork',
      );
    }
  });

  it('count by their template only where no pod of theirs is there', () => {
    const names = (pods: Pod[], workloads: Workload[]) =>
      podsOf(pods, workloads).map((one) => workloadOf(one)?.kind ?? 'Pod');
    assert.deepEqual(names([], [workload('Deployment')]), ['Deployment']);
    assert.deepEqual(names([pod({ app: 'api', more: 'x' })], [workload('Deployment')]), ['Pod']);
    assert.deepEqual(names([pod({ app: 'web' })], [workload('Deployment')]), ['Pod', 'Deployment']);
    assert.deepEqual(names([pod({ app: 'api' }, 'other')], [workload('Deployment')]), ['Pod', 'Deployment']);
    assert.deepEqual(names([], [workload('Deployment'), workload('ReplicaSet', 'api-1', 'api')]), ['Deployment']);
  });
});
