import assert from 'node:assert/strict';
import { Validator, type Schema } from '@cfworker/json-schema';
import { readFileSync } from 'node:fs';
import { TYPE, egressSuite, policyIn, type LiveMesh } from '../egress/live.js';

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/change-summary.json', import.meta.url), 'utf8'),
) as Schema;

egressSuite('egress delete', (suite) => {
  async function furnished(): Promise<LiveMesh> {
    const mesh = await suite.mesh();
    await suite.admin.create(policyIn(mesh.home, 'web'));
    await suite.admin.create(
      policyIn(mesh.home, 'tls', { hosts: ['a.com'], ports: [{ number: 443, protocol: 'https' }] }),
    );
    return mesh;
  }
  const tls = ({ home }: LiveMesh) =>
    policyIn(home, 'tls', { hosts: ['a.com'], ports: [{ number: 443, protocol: 'https' }] });

  it('shows what stops, deletes, and finds nothing when repeated', async () => {
    const mesh = await furnished();
    const { cli, home, policies } = mesh;
    const first = await cli('delete', 'web', '--yes');
    assert.deepEqual([first.stdout, first.code], [`${TYPE}/web deleted\n`, 0]);
    assert.match(
      first.stderr,
      new RegExp(
        `^note: Egress ${home}/web: without it, these requests are not allowed any more:\n {2}from ${home}/client: every method on 80/http of httpbin\\.org, .*\n.*\n {4}such as curl http://httpbin\\.org/\n`,
      ),
    );
    assert.deepEqual(await policies(), [tls(mesh)]);
    const again = await cli('delete', 'web', '--yes');
    assert.deepEqual([again.stdout, again.code], ['', 3]);
    assert.match(again.stderr, new RegExp(`^error: there is no Egress ${home}/web\n {2}hint: `));
    assert.deepEqual(await cli('delete', 'web', '--yes', '--ignore-not-found'), {
      stdout: '',
      stderr: '',
      code: 0,
      signal: null,
    });
  });

  it('wants --yes where nobody can be asked', async () => {
    const { cli, policies } = await furnished();
    const before = await policies();
    const { stdout, stderr, code } = await cli('delete', 'web');
    assert.deepEqual([stdout, code], ['', 2]);
    assert.match(stderr, /--yes/);
    assert.deepEqual(await policies(), before);
  });

  it('several: all are tried, and summarised', async () => {
    const { cli, home, policies } = await furnished();
    const { stdout, stderr, code } = await cli('delete', 'web', 'gone', `${TYPE}/tls`, '--yes');
    assert.deepEqual([stdout, code], [`${TYPE}/web deleted\n${TYPE}/tls deleted\n`, 3]);
    assert.match(stderr, /^note: 2 of 3 succeeded; failed: gone$/m);
    assert.match(stderr, new RegExp(`^error: there is no Egress ${home}/gone$`, 'm'));
    assert.deepEqual(await policies(), []);
  });

  it('-o json fits the schema', async () => {
    const { cli } = await furnished();
    const { stdout } = await cli('delete', 'web', 'gone', '--yes', '-o', 'json');
    const document = JSON.parse(stdout) as { items: { object: { name: string }; result: string }[] };
    const { valid, errors } = new Validator(schema, '2020-12').validate(document);
    assert.ok(valid, JSON.stringify(errors));
    assert.deepEqual(
      document.items.map(({ object, result }) => [object.name, result]),
      [
        ['web', 'removed'],
        ['gone', 'failed'],
      ],
    );
    const { cli: other } = await furnished();
    assert.equal((await other('delete', 'web', '--yes', '-o', 'name')).stdout, `${TYPE}/web\n`);
  });

  it('dry runs ask nothing and keep everything', async () => {
    const { cli, policies, as } = await furnished();
    const before = await policies();
    assert.equal((await cli('delete', 'web', '--dry-run=client')).stdout, `${TYPE}/web deleted (dry run)\n`);
    assert.equal((await cli('delete', 'web', '--dry-run=server')).stdout, `${TYPE}/web deleted (server dry run)\n`);
    assert.deepEqual(await policies(), before);
    suite.proxy.plan();
    await as('admin', suite.proxy.url)('delete', 'web', '--dry-run=client');
    assert.ok(suite.proxy.requests.every(({ method }) => method === 'GET'));
  });

  it('one that somebody changes in between is left alone', async () => {
    const { as, home, policies } = await furnished();
    const isDelete = ({ method }: { method: string }): boolean => method === 'DELETE';
    suite.proxy.plan({ fault: { delayMs: 1000 }, when: isDelete });
    const running = as('admin', suite.proxy.url)('delete', 'web', '--yes');
    while (!suite.proxy.requests.some(isDelete)) await new Promise((resolve) => setTimeout(resolve, 20));
    await suite.server.apply(JSON.stringify(policyIn(home, 'web', { hosts: ['example.com'] })));
    const { stdout, stderr, code } = await running;
    assert.deepEqual([stdout, code], ['', 3]);
    assert.match(stderr, /^error: .*web/m);
    assert.equal((await policies()).length, 2);
  });

  it('without rights it is refused, and everything is still there', async () => {
    const { as, home, policies } = await furnished();
    const before = await policies();
    const nobody = await as('nobody')('delete', 'web', '--yes');
    assert.deepEqual([nobody.stdout, nobody.code], ['', 3]);
    assert.match(nobody.stderr, /User "nobody" cannot delete resource "egresses"/);
    const rules = [{ apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['get', 'list'] }];
    const reader = await as(await suite.user({ namespaces: { [home]: rules } }))('delete', 'web', 'tls', '--yes');
    assert.deepEqual([reader.stdout, reader.code], ['', 3]);
    assert.match(reader.stderr, /^note: not everything could be read: more, or less, may change$/m);
    assert.match(reader.stderr, /^note: 0 of 2 succeeded; failed: web, tls$/m);
    assert.deepEqual(await policies(), before);
  });

  it('the CRD is not installed; the namespace is not there; the cluster goes away', async () => {
    const { as, osm } = await furnished();
    const cli = as('admin', suite.proxy.url);
    const rewrite = (path: string): string => path.replace('policy.openservicemesh.io', 'policy.not-installed.example');
    suite.proxy.plan({ fault: { rewrite }, times: 100 });
    const missing = await cli('delete', 'web', '--yes');
    assert.deepEqual([missing.stdout, missing.code], ['', 3]);
    assert.match(missing.stderr, /^error: the cluster does not know the kind Egress/);

    const { runWarm } = await import('../support/run-cli.js');
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin') };
    const nowhere = await runWarm(['egress', 'delete', 'web', '--yes', '-n', 'nowhere', '--osm-namespace', osm], {
      env,
    });
    assert.deepEqual([nowhere.stdout, nowhere.code], ['', 3]);
    assert.match(nowhere.stderr, /^error: there is no Egress nowhere\/web/m);

    suite.proxy.plan({ fault: { drop: 'request' }, when: ({ method }) => method === 'DELETE', times: 100 });
    const lost = await cli('delete', 'web', 'tls', '--yes');
    assert.deepEqual([lost.stdout, lost.code], ['', 3]);
    assert.match(lost.stderr, /Egress \S+\/tls is not deleted: not tried after that/);
    assert.equal(
      suite.proxy.requests.filter(({ method }) => method === 'DELETE').every(({ path }) => path.includes('/web')),
      true,
    );
  });

  it('names that cannot be are told before anybody is asked', async () => {
    const { as } = await suite.mesh();
    suite.proxy.plan();
    const { code, stderr } = await as('admin', suite.proxy.url)('delete', 'curl/web', '--yes');
    assert.equal(code, 2);
    assert.match(stderr, /write the namespace with -n: web -n curl/);
    assert.deepEqual(suite.proxy.requests, []);
  });

  it('list -o name | xargs delete', async () => {
    const { cli, policies } = await furnished();
    const { stdout } = await cli('list', '-o', 'name');
    assert.equal((await cli('delete', ...stdout.trim().split('\n'), '--yes')).code, 0);
    assert.deepEqual(await policies(), []);
  });
});
