import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressSuite, type LiveMesh } from '../egress/live.js';

/** Questions about every source, asked of a cluster. */
egressSuite('egress who-can, matrix, reach and diff in a cluster', (suite) => {
  let mesh: LiveMesh;
  let folder: string;
  const account = (name: string) => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: ${mesh.home}}
`;
  const policy = (name: string, source: string, host: string) => `
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: ${name}, namespace: ${mesh.home}}
spec:
  sources: [{kind: ServiceAccount, name: ${source}, namespace: ${mesh.home}}]
  hosts: [${host}]
  ports: [{number: 80, protocol: http}]
`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  before(async () => {
    mesh = await suite.mesh();
    folder = mkdtempSync(join(tmpdir(), 'osm-ts-everybody-'));
    for (const name of ['reader', 'writer', 'idle']) await suite.server.apply(account(name));
    await suite.server.apply(policy('read', 'reader', 'read.example.com'));
    await suite.server.apply(policy('write', 'writer', 'write.example.com'));
    await suite.server.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: reader, namespace: ${mesh.home}}
spec:
  selector: {matchLabels: {app: reader}}
  template:
    metadata: {labels: {app: reader}}
    spec: {serviceAccountName: reader, containers: [{name: app, image: app}]}
`);
  });

  const run = (...words: string[]) => mesh.cli(...words);

  it('who-can names the sources that the cluster has', async () => {
    const { stdout, code } = await run('who-can', 'http://read.example.com/', '-o', 'json');
    assert.equal(code, 0);
    const { answer, sources } = JSON.parse(stdout) as {
      answer: string;
      sources: { namespace: string; serviceAccount: string; verdict: string; known: string }[];
    };
    assert.equal(answer, 'somebody');
    const ours = sources.filter(({ namespace }) => namespace === mesh.home);
    assert.deepEqual(
      ours
        .filter(({ serviceAccount }) => serviceAccount !== 'default')
        .map(({ serviceAccount, verdict, known }) => [serviceAccount, verdict, known]),
      [
        ['idle', 'denied', 'found'],
        ['reader', 'allowed', 'found'],
        ['writer', 'denied', 'found'],
      ],
    );
  });

  it('matrix asks them for what the policies name, and for targets', async () => {
    // others of the cluster, which other suites have left, are none of ours
    const { stdout, code } = await run('matrix', '-o', 'csv', '--from', 'reader', '--from', 'idle');
    assert.equal(code, 0);
    const lines = stdout.split('\n');
    const columns = lines[0]!.split(',');
    const cell = (source: string, column: string) =>
      lines.find((line) => line.startsWith(`${mesh.home}/${source},`))?.split(',')[columns.indexOf(column)];
    assert.equal(cell('reader', 'read.example.com:80/http'), 'allowed', stdout);
    assert.equal(cell('reader', 'write.example.com:80/http'), 'denied');
    assert.equal(cell('idle', 'read.example.com:80/http'), 'denied');
    const targets = file('targets', 'http://write.example.com/\n');
    const asked = await run('matrix', '-o', 'csv', '--targets', targets, '--from', 'writer');
    assert.deepEqual(asked.stdout.split('\n').slice(1), [`${mesh.home}/writer,allowed`, '']);
  });

  it('reach tells what a workload of the cluster can reach', async () => {
    const { stdout, code } = await run('reach', '--from', 'deploy/reader', '-o', 'csv');
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^${mesh.home}/reader,allowed,policy,read\\.example\\.com,80,http`, 'm'));
    assert.doesNotMatch(stdout, /write\.example\.com/);
  });

  it('diff compares the cluster with files, whichever comes first', async () => {
    const same = file(
      'same.yaml',
      [policy('read', 'reader', 'read.example.com'), policy('write', 'writer', 'write.example.com')].join('---'),
    );
    const equal = await run('diff', 'cluster', same);
    assert.equal(equal.code, 0, equal.stdout + equal.stderr);
    assert.match(equal.stdout, /^nothing differs, for any request of \d+ sources/m);
    const more = file(
      'more.yaml',
      [policy('read', 'reader', 'more.example.com'), policy('write', 'writer', 'write.example.com')].join('---'),
    );
    for (const [words, kinds] of [
      [
        ['cluster', more],
        ['more', 'read'],
      ],
      [
        [more, 'cluster'],
        ['read', 'more'],
      ],
    ] as const) {
      const { stdout, code } = await run('diff', ...words);
      assert.equal(code, 1);
      const [allowed, denied] = stdout.split(/^not allowed any more$/m);
      assert.match(allowed!, new RegExp(`from ${mesh.home}/reader: .* of ${kinds[0]}\\.example\\.com`));
      assert.match(denied!, new RegExp(`from ${mesh.home}/reader: .* of ${kinds[1]}\\.example\\.com`));
    }
    assert.equal((await run('diff', 'cluster', more, '--from', 'writer')).code, 0);
    assert.equal((await run('diff', 'cluster', more, '--from', 'deploy/reader')).code, 1);
    assert.equal((await run('diff', 'cluster', more, '--from', 'deploy/writer')).code, 3);
  });
});
