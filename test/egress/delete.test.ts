import assert from 'node:assert/strict';
import type * as errors from '../../src/lib/errors.js';
import type { DeleteOptions, DeletionPreview } from '../../src/lib/egress/delete.js';
import type { ChangeOutcome } from '../../src/lib/changes/change.js';
import { silent } from '../../src/lib/reporter.js';
import { previewText } from '../../src/lib/output/policies/preview.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';
import { runWarm } from '../support/run-cli.js';
import { fakeCluster, type FakeCluster } from './fake-cluster.js';
import { egress, meshConfig, namespace } from './support.js';

/** The error class that dynamically imported code knows: mocha requires this file, which makes copies of its own. */
let ClusterError: typeof errors.ClusterError;

before(async () => {
  ({ ClusterError } = await import('../../src/lib/errors.js'));
});

const versioned = <T extends KubernetesObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: '5' },
});
const web = versioned(egress('web', '80/http', { hosts: ['httpbin.org'] }));
const tls = versioned(egress('tls', '443/https', { hosts: ['a.com'] }));
const base = [meshConfig(), namespace('curl')];

interface Done {
  readonly outcomes: ChangeOutcome[] | undefined;
  readonly previews: DeletionPreview[];
  readonly questions: string[];
}

async function run(
  fake: FakeCluster,
  names: string[],
  options: Partial<DeleteOptions> = {},
  answer = true,
): Promise<Done> {
  const [previews, questions]: [DeletionPreview[], string[]] = [[], []];
  const { deletePolicies } = await import('../../src/lib/egress/delete.js');
  const usual = {
    filenames: [],
    recursive: false,
    live: false,
    meshName: 'osm',
    osmNamespace: 'osm-system',
    names,
    dryRun: 'none',
    ignoreNotFound: false,
    connection: fake.cluster,
  } as const;
  const given = {
    ...usual,
    confirm: (message: string) => {
      questions.push(message);
      return Promise.resolve(answer);
    },
    preview: (preview: DeletionPreview) => void previews.push(preview),
    ...options,
  };
  const outcomes = await deletePolicies(given, silent);
  const list: ChangeOutcome[] = [];
  for await (const outcome of outcomes ?? []) list.push(outcome);
  return { outcomes: outcomes && list, previews, questions };
}

const deletions = ({ calls }: FakeCluster) => calls.filter((call) => call.startsWith('delete'));

describe('deleting policies', () => {
  it('shows what stops, asks, and deletes the version that was shown', async () => {
    const fake = fakeCluster([...base, web, tls]);
    const { outcomes, previews, questions } = await run(fake, ['web']);
    assert.deepEqual(previewText(previews[0]!), [
      'Egress curl/web: without it, these requests are not allowed any more:\n' +
        '  from curl/curl: every method on 80/http of httpbin.org, wherever it resolves to\n' +
        '    allowed by Egress curl/web\n' +
        '    such as curl http://httpbin.org/\n' +
        '    then: the connection is accepted, then closed without an answer: curl exits with 56 (52 or 55 by timing)',
      'nothing else changes, for any request, except how some denied ones fail; CONNECT by HTTP/2 is not modelled',
    ]);
    assert.deepEqual(questions, ['Delete Egress curl/web?']);
    assert.deepEqual(
      outcomes?.map(({ line }) => line),
      ['egress.policy.openservicemesh.io/web deleted'],
    );
    assert.deepEqual(deletions(fake), ['delete web {"dryRun":false,"resourceVersion":"5"}']);
  });

  it('a no deletes nothing', async () => {
    const fake = fakeCluster([...base, web]);
    assert.equal((await run(fake, ['web'], {}, false)).outcomes, undefined);
    assert.deepEqual(deletions(fake), []);
  });

  it('asks nobody when nobody is to be asked', async () => {
    const fake = fakeCluster([...base, web]);
    assert.equal((await run(fake, ['web'], { confirm: undefined })).outcomes?.length, 1);
  });

  it('without a terminal wants --yes, before anything is read', async () => {
    const { code, stderr } = await runWarm(['egress', 'delete', 'web', '--kubeconfig', '/nowhere']);
    assert.equal(code, 2);
    assert.match(stderr, /no terminal to ask on\n.*--yes/);
  });

  it('a dry run asks nothing: of the client it sends nothing, of the server it says so', async () => {
    const fake = fakeCluster([...base, web]);
    const client = await run(fake, ['web'], { dryRun: 'client', confirm: undefined });
    assert.deepEqual([client.outcomes?.length, client.previews.length, deletions(fake)], [1, 1, []]);
    await run(fake, ['web'], { dryRun: 'server', confirm: undefined });
    assert.deepEqual(deletions(fake), ['delete web {"dryRun":true,"resourceVersion":"5"}']);
  });

  it('tries all, each once, whatever becomes of the others', async () => {
    const fake = fakeCluster([...base, web, tls]);
    const { outcomes, questions } = await run(fake, ['web', 'gone', 'tls', 'web']);
    assert.deepEqual(questions, ['Delete these 2 Egress policies: curl/web, curl/tls?']);
    assert.deepEqual(
      outcomes?.map(({ name, result, error }) => [name, result, error?.message]),
      [
        ['web', 'removed', undefined],
        ['gone', 'failed', 'there is no Egress curl/gone'],
        ['tls', 'removed', undefined],
      ],
    );
  });

  it('--ignore-not-found says nothing of one that is not there, or is gone in between', async () => {
    const fake = fakeCluster([...base, web]);
    fake.fail('delete', new ClusterError('gone', undefined, 404));
    assert.deepEqual((await run(fake, ['gone', 'web'], { ignoreNotFound: true })).outcomes, []);
    assert.deepEqual((await run(fake, ['gone'], { ignoreNotFound: true })).questions, []);
  });

  it('a cluster that goes away is not asked again', async () => {
    const fake = fakeCluster([...base, web, tls]);
    fake.fail('delete', new ClusterError('the API server does not answer'));
    const { outcomes } = await run(fake, ['web', 'tls']);
    assert.deepEqual(
      outcomes?.map(({ error }) => error?.message),
      ['the API server does not answer', 'Egress curl/tls is not deleted: not tried after that'],
    );
    assert.equal(deletions(fake).length, 1);
  });

  it('who may not read a policy may still delete it, without a preview', async () => {
    const fake = fakeCluster([]);
    const forbidden = () => new ClusterError('forbidden', undefined, 403);
    const { cluster } = fake;
    const hidden = { ...cluster, list: () => Promise.reject(forbidden()), get: () => Promise.reject(forbidden()) };
    const { outcomes, previews } = await run({ ...fake, cluster: hidden }, ['web'], { confirm: undefined });
    assert.deepEqual([outcomes?.[0]?.result, previews], ['removed', []]);
    assert.deepEqual(deletions(fake), ['delete web {"dryRun":false}']);
  });

  it('tells what nothing depends on, and what becomes possible', async () => {
    const lazy = fakeCluster([...base, versioned(egress('idle', '443/HTTPS', { hosts: ['a.com'] }))]);
    assert.deepEqual(previewText((await run(lazy, ['idle'])).previews[0]!), [
      'Egress curl/idle: no request depends on it',
      'nothing changes, for any request',
    ]);
    const clash = fakeCluster([...base, web, versioned(egress('clash', '80/http', { hosts: ['httpbin.org'] }))]);
    const text = previewText((await run(clash, ['clash'])).previews[0]!).join('\n');
    assert.match(
      text,
      /become allowed:\n.*\n {4}allowed by Egress curl\/web\n {4}such as curl http:\/\/httpbin\.org\/\n {4}so far: HTTP 404 from Envoy/,
    );
  });

  it('refuses what cannot be a name', async () => {
    const { code, stderr } = await runWarm(['egress', 'delete', 'curl/web', '--yes']);
    assert.equal(code, 2);
    assert.match(stderr, /NAME "curl\/web" cannot be the name of a policy\n.*write the namespace with -n: web -n curl/);
  });
});
