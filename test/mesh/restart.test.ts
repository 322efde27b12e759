import assert from 'node:assert/strict';

import { silent } from '../../src/lib/reporter.js';
import type { Cluster, ListQuery } from '../../src/lib/cluster/types.js';
import { MAX_PODS_READ, restartAdvice } from '../../src/lib/changes/restart.js';

/** A cluster that can do nothing but list pods, and gives them in pages. */
function clusterOf(pods: readonly object[], seen: ListQuery[] = []): Cluster {
  const list = (_kind: unknown, query: ListQuery = {}): Promise<unknown[]> => {
    seen.push(query);
    const size = query.pageSize ?? 500;
    for (let read = size; read < pods.length + size; read += size) query.onPage?.(Math.min(read, pods.length));
    return Promise.resolve([...pods]);
  };
  return { list: async (kind: unknown, query: ListQuery) => list(kind, query) } as unknown as Cluster;
}

const pod = (index: number): object => ({ metadata: { name: `p${index}`, namespace: 'web' } });
const pods = (count: number): object[] => Array.from({ length: count }, (_, index) => pod(index));

describe('workloads to restart', () => {
  it('are asked for by the label of the sidecar, in one list', async () => {
    const seen: ListQuery[] = [];
    await restartAdvice(clusterOf([], seen), 'web', { reason: 'missing-sidecar' });
    await restartAdvice(clusterOf([], seen), 'web', { reason: 'leftover-sidecar' });
    assert.deepEqual(
      seen.map(({ namespace, labelSelector }) => [namespace, labelSelector]),
      [
        ['web', '!osm-proxy-uuid'],
        ['web', 'osm-proxy-uuid'],
      ],
    );
  });

  it('are not told apart above a limit', async () => {
    const all = await restartAdvice(clusterOf(pods(MAX_PODS_READ)), 'web', { reason: 'missing-sidecar' });
    assert.equal(all?.others.length, MAX_PODS_READ);
    const more = await restartAdvice(clusterOf(pods(MAX_PODS_READ + 1)), 'web', { reason: 'missing-sidecar' });
    assert.deepEqual(more, { reason: 'missing-sidecar', restartable: [], others: [], truncated: true });
  });

  it('are no reason to fail', async () => {
    const said: string[] = [];
    const broken = { list: () => Promise.reject(new Error('no such luck')) } as unknown as Cluster;
    assert.equal(
      await restartAdvice(
        broken,
        'web',
        { reason: 'leftover-sidecar' },
        { ...silent, verbose: (line) => void said.push(line) },
      ),
      undefined,
    );
    assert.deepEqual(said, ['the pods of namespace web are not looked at: no such luck']);
  });
});
