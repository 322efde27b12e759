import assert from 'node:assert/strict';
import { sameContent, writePolicy } from '../../src/lib/egress/create/write.js';
import { ClusterError } from '../../src/lib/errors.js';
import type { Egress } from '../../src/lib/resources/types.js';
import { fakeCluster } from './fake-cluster.js';
import { egress, source, toGroup } from './support.js';

const web = egress('web', '80/http', { hosts: ['a.com'] });
const plain = { dryRun: false, overwrite: false };

describe('writing a policy', () => {
  it('creates it', async () => {
    const { cluster, calls } = fakeCluster();
    assert.equal((await writePolicy(cluster, web, undefined, plain)).change, 'created');
    assert.deepEqual(calls, ['create web']);
  });

  it('leaves one with the same content alone, whatever the order', async () => {
    const { cluster, calls } = fakeCluster();
    const [one, other] = [
      egress('web', '80/http,443/https', { hosts: ['a.com', 'b.com'], sources: [source('x'), source('y')] }),
      egress('web', '443/https,80/http', { hosts: ['b.com', 'a.com'], sources: [source('y'), source('x')] }),
    ];
    assert.equal((await writePolicy(cluster, one, other, plain)).change, 'unchanged');
    assert.deepEqual(calls, []);
  });

  it('the order of references counts, because routes are tried in turn', () => {
    const withGroups = (...names: string[]) => egress('web', '80/http', { matches: names.map(toGroup) });
    assert.ok(!sameContent(withGroups('a', 'b'), withGroups('b', 'a')));
    assert.ok(sameContent(withGroups('a', 'b'), withGroups('a', 'b')));
  });

  it('empty lists are absent ones, and an object without spec is another', () => {
    assert.ok(sameContent(web, egress('web', '80/http', { hosts: ['a.com'], ipAddresses: [], matches: [] })));
    const { apiVersion, kind, metadata } = web;
    assert.ok(!sameContent(web, { apiVersion, kind, metadata } as Egress));
  });

  it('says what differs, and leaves it', async () => {
    const { cluster, calls } = fakeCluster();
    const there = egress('web', '80/http,443/https', { hosts: ['b.com'], ipAddresses: ['10.0.0.0/8'] });
    await assert.rejects(
      () => writePolicy(cluster, web, there, plain),
      (error: ClusterError) => {
        assert.deepEqual([error.exitCode, error.status], [3, 409]);
        assert.equal(
          error.message,
          'Egress curl/web is there already, with another content:\n' +
            '  spec.hosts: there b.com; here a.com\n' +
            '  spec.ports: there 80/http, 443/https; here 80/http\n' +
            '  spec.ipAddresses: there 10.0.0.0/8; here (none)',
        );
        assert.match(error.hint ?? '', /--overwrite/);
        return true;
      },
    );
    assert.deepEqual(calls, []);
  });

  it('overwrites the whole spec of the version that was read', async () => {
    const there = egress('web', '80/http', { ipAddresses: ['10.0.0.0/8'] });
    there.metadata.resourceVersion = '7';
    const { cluster, calls } = fakeCluster([there]);
    assert.equal((await writePolicy(cluster, web, there, { dryRun: true, overwrite: true })).change, 'configured');
    assert.deepEqual(calls, [
      `patch web json [{"op":"add","path":"/spec","value":${JSON.stringify(web.spec)}}] {"dryRun":true,"resourceVersion":"7"}`,
    ]);
  });

  it('when somebody was faster: the same content is unchanged, another one is left', async () => {
    const conflict = new ClusterError('exists', undefined, 409);
    const same = fakeCluster([web]);
    same.fail('create', conflict);
    assert.equal((await writePolicy(same.cluster, web, undefined, plain)).change, 'unchanged');
    const other = fakeCluster([egress('web', '443/https')]);
    other.fail('create', conflict);
    await assert.rejects(
      () => writePolicy(other.cluster, web, undefined, { dryRun: false, overwrite: true }),
      /another content/,
    );
    assert.deepEqual(other.calls, ['create web', 'find web']);
    const hidden = fakeCluster([web]);
    hidden.fail('create', conflict);
    hidden.fail('find', new ClusterError('forbidden', undefined, 403));
    await assert.rejects(() => writePolicy(hidden.cluster, web, undefined, plain), conflict);
  });
});
