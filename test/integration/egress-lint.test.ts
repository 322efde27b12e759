import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressLint from '../../src/commands/egress/lint.js';
import { egressSuite, policyIn } from '../egress/live.js';
import { runWarm } from '../support/run-cli.js';

interface Report {
  summary: { policies: number };
  findings: { code: string; policy: { namespace: string; name: string } | null; file: string | null }[];
}

egressSuite('egress lint', (suite) => {
  it('looks at the namespace of a cluster, at all, and at files laid over it', async () => {
    const mesh = await suite.mesh();
    const { home, cli } = mesh;
    const objects = [
      policyIn(home, 'web'),
      policyIn(home, 'capitals', { ports: [{ number: 443, protocol: 'HTTPS' }] }),
      // an account that every namespace has: the others are not there
      policyIn(home, 'sound', {
        sources: [{ kind: 'ServiceAccount', name: 'default', namespace: home }],
        ports: [{ number: 443, protocol: 'https' }],
      }),
    ];
    await suite.server.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    const run = await cli('lint', '-o', 'json');
    assert.equal(run.code, 1, run.stderr);
    const report = JSON.parse(run.stdout) as Report;
    assert.equal(report.summary.policies, 3);
    assert.deepEqual(
      report.findings.filter(({ code }) => code === 'OSM-E009').map(({ policy, file }) => [policy, file]),
      [[{ namespace: home, name: 'capitals' }, null]],
    );

    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-lint-')), 'clash.yaml');
    writeFileSync(file, JSON.stringify(policyIn(home, 'clash')));
    const overlaid = await cli('lint', '-f', file, '--live', '-o', 'json');
    assert.equal(overlaid.code, 1, overlaid.stderr);
    const { findings, summary } = JSON.parse(overlaid.stdout) as Report;
    assert.equal(summary.policies, 1);
    assert.ok(
      findings.some(({ code }) => code === 'OSM-E002'),
      'the policy of the cluster has that host already',
    );
    assert.ok(
      findings.every(({ code }) => code !== 'OSM-E009'),
      'the cluster is not what is asked about',
    );
  });

  it('looks everywhere with -A, as the example of its help says', async () => {
    const mesh = await suite.mesh();
    const other = await suite.server.freshNamespace('other', { 'openservicemesh.io/monitored-by': mesh.osm });
    for (const home of [mesh.home, other]) {
      const policy = policyIn(home, 'capitals', { ports: [{ number: 443, protocol: 'HTTPS' }] });
      await suite.server.apply(JSON.stringify(policy));
    }
    const example = EgressLint.examples.find((text) => text.includes(' -A '))!;
    const [, words = ''] = /<%= command\.id %> (.*)$/.exec(example) ?? [];
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin') };
    const place = ['--osm-namespace', mesh.osm, '--mesh-name', mesh.osm];
    const run = await runWarm(['egress', 'lint', ...words.split(' '), ...place, '-o', 'json'], { env });
    assert.equal(run.code, 1, run.stderr);
    const { findings } = JSON.parse(run.stdout) as Report;
    const concerned = new Set(
      findings.flatMap(({ code, policy }) => (code === 'OSM-E009' ? (policy?.namespace ?? []) : [])),
    );
    assert.ok(concerned.has(mesh.home) && concerned.has(other), [...concerned].join());
  });

  it('what may not be read leaves the answer open: exit code 4', async () => {
    const mesh = await suite.mesh();
    const { home } = mesh;
    await suite.server.apply(JSON.stringify(policyIn(home, 'web', { ports: [{ number: 443, protocol: 'https' }] })));
    const rules = [{ apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['get', 'list'] }];
    const user = await suite.user({ namespaces: { [home]: rules } });
    const { code, stdout, stderr } = await mesh.as(user)('lint');
    assert.equal(code, 4, stdout + stderr);
    assert.match(stdout, /^(\S+: )?info OSM-E033 unread: /m);
  });
});
