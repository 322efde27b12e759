import assert from 'node:assert/strict';
import { load } from 'js-yaml';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { Egress } from '../../src/lib/resources/types.js';
import { TYPE, egressSuite, policyIn } from '../egress/live.js';

const WEB = ['web', '--from', 'client', '--host', 'httpbin.org', '--port', '80/http'];

egressSuite('egress create', (suite) => {
  it('creates, says so, and says unchanged when repeated', async () => {
    const { cli, home, policies } = await suite.mesh();
    assert.deepEqual(await cli('create', ...WEB), {
      stdout: `${TYPE}/web created\n`,
      stderr:
        `note: Egress ${home}/web allows what is not allowed so far:\n` +
        `  from ${home}/client: every method on 80/http of httpbin.org, wherever it resolves to\n` +
        '  nothing else changes, for any request, except how some denied ones fail; CONNECT by HTTP/2 is not modelled\n',
      code: 0,
      signal: null,
    });
    const expected = [policyIn(home, 'web')];
    assert.deepEqual(await policies(), expected);
    const { resourceVersion } = (await suite.admin.get({ kind: kinds.Egress, name: 'web', namespace: home })).metadata;
    assert.deepEqual(await cli('create', ...WEB), {
      stdout: `${TYPE}/web unchanged\n`,
      stderr: '',
      code: 0,
      signal: null,
    });
    const after = await suite.admin.get({ kind: kinds.Egress, name: 'web', namespace: home });
    assert.equal(after.metadata.resourceVersion, resourceVersion);
    assert.deepEqual(await policies(), expected);
  });

  it('is recorded as the work of osm-ts', async () => {
    const { cli, home } = await suite.mesh();
    await cli('create', ...WEB);
    const created = await suite.admin.get({ kind: kinds.Egress, name: 'web', namespace: home });
    const { managedFields } = created.metadata as { managedFields?: { manager: string }[] };
    assert.deepEqual(
      managedFields?.map(({ manager }) => manager),
      ['osm-ts'],
    );
  });

  it('-o prints the object that the server made, as kubectl would', async () => {
    const { cli } = await suite.mesh();
    const { stdout } = await cli('create', ...WEB, '-o', 'yaml');
    const { metadata } = load(stdout) as { metadata: Record<string, unknown> };
    assert.ok(metadata['uid'] && metadata['creationTimestamp']);
    assert.equal(metadata['managedFields'], undefined);
    assert.equal((await cli('create', ...WEB, '-o', 'name')).stdout, `${TYPE}/web\n`);
  });

  it('another content of that name is a conflict that names what differs; --overwrite gives it, and nothing of the old stays', async () => {
    const { cli, home, policies } = await suite.mesh();
    const there = policyIn(home, 'web', { hosts: ['example.com'], ipAddresses: ['10.0.0.0/8'] });
    there.metadata.labels = { team: 'web' };
    await suite.server.apply(JSON.stringify(there));
    const before = await policies();
    const refused = await cli('create', ...WEB);
    assert.deepEqual([refused.stdout, refused.code], ['', 3]);
    assert.equal(
      refused.stderr,
      `error: Egress ${home}/web is there already, with another content:\n` +
        '    spec.hosts: there example.com; here httpbin.org\n' +
        '    spec.ipAddresses: there 10.0.0.0/8; here (none)\n' +
        '  hint: choose another name, or give it the new content with --overwrite\n',
    );
    assert.deepEqual(await policies(), before);
    const tried = await cli('create', ...WEB, '--overwrite', '--dry-run=server');
    assert.equal(tried.stdout, `${TYPE}/web configured (server dry run)\n`);
    assert.deepEqual(await policies(), before);
    const done = await cli('create', ...WEB, '--overwrite');
    assert.equal(done.stdout, `${TYPE}/web configured\n`);
    assert.match(
      done.stderr,
      /^warning: requests that the policy allows so far are not allowed any more:\n.*\n.*\n.*such as curl http:\/\/example\.com\//,
    );
    assert.deepEqual(await policies(), [
      { ...policyIn(home, 'web'), metadata: { name: 'web', namespace: home, labels: { team: 'web' } } },
    ]);
    assert.equal((await cli('create', ...WEB, '--overwrite')).stdout, `${TYPE}/web unchanged\n`);
  });

  it('is checked against the policies that are there, also those of other namespaces', async () => {
    const { cli, home, osm, policies } = await suite.mesh();
    const elsewhere = await suite.server.freshNamespace('other', { 'openservicemesh.io/monitored-by': osm });
    const other = policyIn(elsewhere, 'other', {
      sources: [{ kind: 'ServiceAccount', name: 'client', namespace: home }],
    });
    await suite.admin.create(other);
    const refused = await cli('create', ...WEB);
    assert.deepEqual([refused.stdout, refused.code], ['', 1]);
    assert.match(
      refused.stderr,
      new RegExp(`Egress ${elsewhere}/other spec\\.hosts\\[0\\]\\n {4}Egress ${home}/web spec\\.hosts\\[0\\]`),
    );
    const taken = await cli(
      'create',
      'db',
      '--from',
      'client',
      '--port',
      '80/tcp-server-first',
      '--ip-range',
      '10.0.0.0/8',
    );
    assert.equal(taken.code, 1);
    assert.match(
      taken.stderr,
      /would deny requests that other policies allow\n {2}from .*on 80\/http of httpbin\.org.*\n.*\n {4}such as curl --resolve httpbin\.org:80:/,
    );
    assert.deepEqual(await policies(), []);
    assert.equal((await cli('create', ...WEB, '--force')).stdout, `${TYPE}/web created\n`);
  });

  it('in-mesh services count: a policy for the address of one clashes with its filter chain', async () => {
    const { cli, home } = await suite.mesh({ traffic: { enablePermissiveTrafficPolicyMode: true } });
    await suite.server.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'db' },
        spec: { ports: [{ name: 'tcp-db', port: 5000 }] },
      }),
      home,
    );
    const service = await suite.admin.get({ kind: kinds.Service, name: 'db', namespace: home });
    const { clusterIP } = service.spec;
    const { stderr, code } = await cli(
      'create',
      'db',
      '--from',
      'client',
      '--port',
      '5000/tcp',
      '--ip-range',
      `${clusterIP}/32`,
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`two filter chains match the same \\(port 5000, ${clusterIP}/32\\)\\n {4}Service ${home}/db`),
    );
  });

  it('files are laid over the cluster, and both are checked', async () => {
    const { cli, home, policies } = await suite.mesh();
    await suite.admin.create(policyIn(home, 'there', { hosts: ['there.com'] }));
    const before = await policies();
    const planned = suite.server.file('planned.yaml', JSON.stringify(policyIn(home, 'planned')));
    const inFile = await cli('create', ...WEB, '-f', planned);
    assert.equal(inFile.code, 1);
    assert.match(inFile.stderr, /Egress \S+\/planned spec\.hosts\[0\] \(\S+planned\.yaml:1\)/);
    const words = ['web', '--from', 'client', '--host', 'there.com', '--port', '80/http', '-f', planned];
    const inCluster = await cli('create', ...words);
    assert.equal(inCluster.code, 1);
    assert.match(inCluster.stderr, /Egress \S+\/there spec\.hosts\[0\]\n/);
    assert.deepEqual(await policies(), before);
  });

  it('warns of what keeps it from taking effect', async () => {
    const { cli, osm } = await suite.mesh({ featureFlags: {} });
    assert.match(
      (await cli('create', ...WEB)).stderr,
      new RegExp(`^warning: egress policies are switched off in the MeshConfig: MeshConfig ${osm}/`),
    );
    const outside = await suite.mesh();
    await suite.admin.patch({ kind: kinds.Namespace, name: outside.home }, 'merge', {
      metadata: { labels: { 'openservicemesh.io/monitored-by': null } },
    });
    assert.match((await outside.cli('create', ...WEB)).stderr, /^warning: namespace \S+ is not in the mesh/);
  });

  it('knows the ServiceAccounts', async () => {
    const { cli, home } = await suite.mesh();
    await suite.admin.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'known', namespace: home },
    });
    assert.match((await cli('create', ...WEB)).stderr, /^warning: there is no ServiceAccount \S+\/client\nnote: /);
    const other = await cli('create', 'other', '--from', 'known', '--host', 'a.com', '--port', '80/http');
    assert.doesNotMatch(other.stderr, /warning/);
  });

  it('--dry-run=server lets the server check it, and keeps nothing', async () => {
    const { cli, policies } = await suite.mesh();
    assert.equal((await cli('create', ...WEB, '--dry-run=server')).stdout, `${TYPE}/web created (server dry run)\n`);
    assert.deepEqual(await policies(), []);
  });

  it('what --dry-run=client prints is what the server takes, and reads back equal', async () => {
    const { cli, home, policies } = await suite.mesh();
    const words = [
      'all',
      '--from',
      'client,other/x',
      '--host',
      'a.com,b.com',
      '--port',
      '80/http,443/https',
      '--route',
      'r',
      '--ip-range',
      '10.0.0.0/8',
    ];
    const { stdout } = await cli('create', ...words, '--dry-run=client', '-o', 'yaml');
    const [applied] = (await suite.server.apply(stdout)) as Egress[];
    assert.deepEqual(await policies(), [load(stdout)]);
    assert.equal(applied?.metadata.namespace, home);
    assert.equal((await cli('create', ...words)).stdout, `${TYPE}/all unchanged\n`);
    assert.deepEqual((await suite.server.apply((await cli('create', ...words, '--dry-run=client')).stdout)).length, 1);
  });
});

egressSuite('egress create: rights, and what is missing', (suite) => {
  it('without rights it is refused by the server, and nothing is there', async () => {
    const { as, policies } = await suite.mesh();
    for (const dryRun of ['none', 'server']) {
      const { stdout, stderr, code } = await as('nobody')('create', ...WEB, '--dry-run', dryRun);
      assert.deepEqual([stdout, code], ['', 3]);
      assert.match(stderr, /^error: egresses\.policy\.openservicemesh\.io is forbidden: User "nobody" cannot create/m);
    }
    assert.deepEqual(await policies(), []);
  });

  it('with rights in one namespace it works, and says what it could not see', async () => {
    const { as, home, policies } = await suite.mesh();
    const apiGroups = ['policy.openservicemesh.io', 'specs.smi-spec.io'];
    const verbs = ['get', 'list', 'create'];
    const rules = [{ apiGroups, resources: ['egresses', 'httproutegroups', 'upstreamtrafficsettings'], verbs }];
    const user = await suite.user({ namespaces: { [home]: rules } });
    const cli = as(user);
    const { stdout, stderr, code } = await cli('create', ...WEB);
    assert.deepEqual([stdout, code], [`${TYPE}/web created\n`, 0], stderr);
    assert.match(stderr, /^note: namespaces is forbidden/m);
    assert.match(
      stderr,
      /^warning: whether it takes effect depends on what may not be read: MeshConfig, Namespace, Egress$/m,
    );
    assert.deepEqual(await policies(), [policyIn(home, 'web')]);
    assert.equal((await cli('create', ...WEB)).stdout, `${TYPE}/web unchanged\n`);
    // The policies of this namespace are seen, so a clash with one of them is.
    const clash = await cli('create', 'again', '--from', 'client', '--host', 'httpbin.org', '--port', '80/http');
    assert.equal(clash.code, 1);
  });

  it('who may create only, creates; a conflict is the server’s', async () => {
    const { as, home } = await suite.mesh();
    const rules = [{ apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['create'] }];
    const cli = as(await suite.user({ namespaces: { [home]: rules } }));
    assert.equal((await cli('create', ...WEB)).stdout, `${TYPE}/web created\n`);
    const again = await cli('create', ...WEB);
    assert.deepEqual([again.stdout, again.code], ['', 3]);
    assert.match(again.stderr, /^error: egresses\.policy\.openservicemesh\.io "web" already exists/m);
  });

  it('a namespace that is not there', async () => {
    const { osm } = await suite.mesh();
    const { runWarm } = await import('../support/run-cli.js');
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin') };
    const words = ['egress', 'create', ...WEB, '-n', 'no-such-namespace', '--osm-namespace', osm];
    const { stdout, stderr, code } = await runWarm(words, { env });
    assert.deepEqual([stdout, code], ['', 3]);
    assert.match(stderr, /namespaces "no-such-namespace" not found/);
  });

  it('the CRD is not installed', async () => {
    const { as } = await suite.mesh();
    const rewrite = (path: string): string => path.replace('policy.openservicemesh.io', 'policy.not-installed.example');
    suite.proxy.plan({ fault: { rewrite }, times: 100 });
    const { stdout, stderr, code } = await as('admin', suite.proxy.url)('create', ...WEB);
    assert.deepEqual([stdout, code], ['', 3]);
    assert.match(
      stderr,
      /^error: the cluster does not know the kind Egress .*: the CRD egresses\.policy\.openservicemesh\.io is not installed\n {2}hint: install OSM/,
    );
  });

  it('the cluster cannot be reached', async () => {
    const { as } = await suite.mesh();
    const { stdout, stderr, code } = await as('admin', 'https://127.0.0.1:1')('create', ...WEB);
    assert.deepEqual([stdout, code], ['', 3]);
    assert.match(stderr, /^error: /);
  });

  it('a connection that ends while it is written: repeated, nothing is there twice', async () => {
    for (const drop of ['request', 'answer'] as const) {
      const { as, home, policies } = await suite.mesh();
      const cli = as('admin', suite.proxy.url);
      suite.proxy.plan({ fault: { drop }, when: ({ method }) => method === 'POST' });
      const first = await cli('create', ...WEB);
      if (first.code !== 0) {
        assert.deepEqual([first.stdout, first.code], ['', 3]);
        assert.match(first.stderr, /^error: /m);
      }
      suite.proxy.plan();
      const again = await cli('create', ...WEB);
      assert.equal(again.code, 0);
      assert.deepEqual(await policies(), [policyIn(home, 'web')]);
    }
  });

  it('somebody is faster: the same content is unchanged, another one is left as it is', async () => {
    for (const [hosts, code] of [
      [['httpbin.org'], 0],
      [['example.com'], 3],
    ] as const) {
      const { as, home, policies } = await suite.mesh();
      const there = policyIn(home, 'web', { hosts: [...hosts] });
      const isPost = ({ method }: { method: string }): boolean => method === 'POST';
      suite.proxy.plan({ fault: { delayMs: 1500 }, when: isPost });
      const running = as('admin', suite.proxy.url)('create', ...WEB);
      while (!suite.proxy.requests.some(isPost)) await new Promise((resolve) => setTimeout(resolve, 20));
      await suite.admin.create(there);
      const { stdout, stderr, code: exitCode } = await running;
      assert.equal(exitCode, code, stderr);
      assert.equal(stdout, code === 0 ? `${TYPE}/web unchanged\n` : '');
      assert.deepEqual(await policies(), [there]);
    }
  });

  it('bad words are told before anybody is asked', async () => {
    const { as } = await suite.mesh();
    suite.proxy.plan();
    const { code } = await as('admin', suite.proxy.url)(
      'create',
      'web',
      '--from',
      'client',
      '--host',
      'a.com',
      '--port',
      '80/HTTP',
    );
    assert.equal(code, 2);
    assert.deepEqual(suite.proxy.requests, []);
  });

  it('a dry run of the client asks nobody', async () => {
    const { as } = await suite.mesh();
    suite.proxy.plan();
    assert.equal((await as('admin', suite.proxy.url)('create', ...WEB, '--dry-run=client')).code, 0);
    assert.deepEqual(suite.proxy.requests, []);
  });
});
