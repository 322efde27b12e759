import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator, type Schema } from '@cfworker/json-schema';
import { load } from 'js-yaml';
import { kinds } from '../../src/lib/resources/kinds.js';
import { TYPE, egressSuite, policyIn, type LiveMesh } from '../egress/live.js';

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/egress-policy-list.json', import.meta.url), 'utf8'),
) as Schema;

interface Listing {
  namespace: string | null;
  items: { policy: { metadata: Record<string, unknown> }; state: string; reasons: { code: string }[] }[];
}

function checked(text: string): Listing {
  const document: unknown = load(text);
  const { valid, errors } = new Validator(schema, '2020-12').validate(document);
  assert.ok(valid, JSON.stringify(errors, null, 2));
  return document as Listing;
}

const states = ({ items }: Listing) => items.map(({ policy, state }) => [policy.metadata['name'], state]);

const withoutHistory = (metadata: object) =>
  Object.fromEntries(Object.entries(metadata).filter(([field]) => field !== 'managedFields'));

egressSuite('egress list and get', (suite) => {
  async function furnished(config?: object): Promise<LiveMesh> {
    const mesh = await suite.mesh(config);
    const { home } = mesh;
    const objects = [
      policyIn(home, 'web'),
      policyIn(home, 'clash-1', { sources: [{ kind: 'ServiceAccount', name: 'other', namespace: home }] }),
      policyIn(home, 'clash-2', { sources: [{ kind: 'ServiceAccount', name: 'other', namespace: home }] }),
      policyIn(home, 'capitals', { ports: [{ number: 443, protocol: 'HTTPS' }] }),
    ];
    objects[0]!.metadata.labels = { team: 'a' };
    await suite.server.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    return mesh;
  }

  it('lists one namespace, with ages', async () => {
    const { cli, home } = await furnished();
    const { stdout, stderr, code } = await cli('list');
    assert.equal(code, 0, stderr);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows[0], ['NAME', 'SOURCES', 'HOSTS', 'PORTS', 'STATE', 'AGE']);
    assert.deepEqual(
      rows.slice(1, -1).map(([name, sources, hosts, ports, state]) => [name, sources, hosts, ports, state]),
      [
        ['capitals', `${home}/client`, 'httpbin.org', '443/HTTPS', 'ignored'],
        ['clash-1', `${home}/other`, 'httpbin.org', '80/http', 'refused'],
        ['clash-2', `${home}/other`, 'httpbin.org', '80/http', 'refused'],
        ['web', `${home}/client`, 'httpbin.org', '80/http', 'active'],
      ],
    );
    assert.match(rows[1]!.at(-1)!, /^\d+s$/);
    assert.match(stderr, /^note: 3 policies do not do all that they say/);
  });

  it('-o json fits the schema, with the objects as the server has them', async () => {
    const { cli, home } = await furnished();
    const listing = checked((await cli('list', '-o', 'json')).stdout);
    assert.equal(listing.namespace, home);
    assert.deepEqual(states(listing), [
      ['capitals', 'ignored'],
      ['clash-1', 'refused'],
      ['clash-2', 'refused'],
      ['web', 'active'],
    ]);
    const { metadata } = await suite.admin.get({ kind: kinds.Egress, name: 'web', namespace: home });
    const rest = withoutHistory(metadata);
    assert.deepEqual(listing.items[3]?.policy.metadata, rest);
    assert.deepEqual(checked((await cli('list', '-o', 'yaml')).stdout), listing);
    assert.equal(
      (await cli('list', '-o', 'name')).stdout,
      ['capitals', 'clash-1', 'clash-2', 'web'].map((name) => `${TYPE}/${name}\n`).join(''),
    );
  });

  it('-l selects; the states still take all policies into account', async () => {
    const { cli, home } = await furnished();
    const labelled = policyIn(home, 'third', { sources: [{ kind: 'ServiceAccount', name: 'other', namespace: home }] });
    labelled.metadata.labels = { team: 'b' };
    await suite.admin.create(labelled);
    assert.deepEqual(states(checked((await cli('list', '-l', 'team=a', '-o', 'json')).stdout)), [['web', 'active']]);
    assert.deepEqual(states(checked((await cli('list', '-l', 'team=b', '-o', 'json')).stdout)), [['third', 'refused']]);
    const none = await cli('list', '-l', 'team=none');
    assert.deepEqual([none.stdout, none.code], ['', 0]);
    const bad = await cli('list', '-l', 'a=b=c');
    assert.deepEqual([bad.stdout, bad.code], ['', 3]);
  });

  it('-A lists all namespaces', async () => {
    const { home, osm } = await furnished();
    const { runWarm } = await import('../support/run-cli.js');
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin') };
    const { stdout } = await runWarm(['egress', 'list', '-A', '--osm-namespace', osm, '--mesh-name', osm], { env });
    assert.match(stdout, /^NAMESPACE +NAME +SOURCES/);
    assert.match(stdout, new RegExp(`^${home} +web +${home}/client +httpbin\\.org +80/http +active +\\d+s$`, 'm'));
  });

  it('is read in pages', async () => {
    const { as, home } = await suite.mesh();
    for (let index = 0; index < 5; index++)
      await suite.admin.create(policyIn(home, `p${index}`, { hosts: [`h${index}.com`] }));
    suite.proxy.plan();
    const { stdout } = await as('admin', suite.proxy.url)('list', '-o', 'name');
    assert.equal(stdout.trim().split('\n').length, 5);
    const lists = suite.proxy.requests.filter(({ path }) => path.includes('/egresses?'));
    assert.ok(lists.every(({ path }) => /limit=\d+/.test(path)));
  });

  it('get describes, and prints the object itself', async () => {
    const { cli, home } = await furnished();
    const { stdout, code } = await cli('get', 'clash-1');
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^Egress ${home}/clash-1 {2}refused\n {2}created +\\S+ \\(\\d+s ago\\)\n {2}sources +${home}/other\n`),
    );
    assert.match(
      stdout,
      new RegExp(
        `domain httpbin\\.org is there twice \\(port 80\\)\n {4}Egress ${home}/clash-1 spec\\.hosts\\[0\\]\n {4}Egress ${home}/clash-2 spec`,
      ),
    );
    const object = await suite.admin.get({ kind: kinds.Egress, name: 'web', namespace: home });
    const metadata = withoutHistory(object.metadata);
    assert.deepEqual(load((await cli('get', 'web', '-o', 'yaml')).stdout), { ...object, metadata });
  });

  it('get of one that is not there: with a suggestion', async () => {
    const { cli, home } = await furnished();
    const { stdout, stderr, code } = await cli('get', 'wbe');
    assert.deepEqual([stdout, code], ['', 3]);
    assert.equal(stderr, `error: there is no Egress ${home}/wbe\n  hint: did you mean web?\n`);
  });

  it('an object without spec is ignored, and printed as it is', async () => {
    const { cli, home } = await suite.mesh();
    await suite.server.apply(
      `{apiVersion: policy.openservicemesh.io/v1alpha1, kind: Egress, metadata: {name: bare, namespace: ${home}}}`,
    );
    assert.match((await cli('list')).stdout, /^bare +- +- +- +ignored/m);
    assert.equal((load((await cli('get', 'bare', '-o', 'yaml')).stdout) as { spec?: unknown }).spec, undefined);
  });

  it('without a MeshConfig in the namespace that was named there is no state to tell', async () => {
    const { home } = await suite.mesh();
    await suite.admin.create(policyIn(home, 'web'));
    const { runWarm } = await import('../support/run-cli.js');
    const env = { KUBECONFIG: suite.server.kubeconfigFor('admin') };
    const { stdout, stderr, code } = await runWarm(['egress', 'list', '-n', home, '--osm-namespace', 'osm-nowhere'], {
      env,
    });
    assert.deepEqual([stdout, code], ['', 3]);
    assert.match(stderr, /^error: there is no MeshConfig osm-mesh-config in namespace osm-nowhere/m);
  });
});

egressSuite('egress list and get: rights, and what is missing', (suite) => {
  it('without rights they are refused', async () => {
    const { as } = await suite.mesh();
    for (const words of [['list'], ['get', 'web'], ['list', '-l', 'a=b']]) {
      const { stdout, stderr, code } = await as('nobody')(...words);
      assert.deepEqual([stdout, code], ['', 3], words.join(' '));
      assert.match(stderr, /^error: egresses\.policy\.openservicemesh\.io .*is forbidden: User "nobody"/m);
    }
  });

  it('with rights in one namespace: states are unknown where it matters, and what is missing is named', async () => {
    const { as, home } = await suite.mesh();
    await suite.admin.create(policyIn(home, 'web'));
    await suite.admin.create(policyIn(home, 'capitals', { ports: [{ number: 443, protocol: 'HTTPS' }] }));
    const rules = [{ apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['get', 'list'] }];
    const cli = as(await suite.user({ namespaces: { [home]: rules } }));
    const { stdout, stderr, code } = await cli('list', '-o', 'json');
    assert.equal(code, 0);
    assert.deepEqual(states(checked(stdout)), [
      ['capitals', 'ignored'],
      ['web', 'unknown'],
    ]);
    assert.match(stderr, /^note: namespaces .*forbidden/m);
    assert.match(stderr, /^note: egresses\.policy\.openservicemesh\.io is forbidden: .* at the cluster scope/m);
    assert.match(
      (await cli('get', 'web')).stdout,
      /unknown\n[^]*whether it takes effect depends on what may not be read: MeshConfig, Namespace, Egress/,
    );
    const { runWarm } = await import('../support/run-cli.js');
    const user = await suite.user({ namespaces: { [home]: rules } });
    const everywhere = await runWarm(['egress', 'list', '-A'], {
      env: { KUBECONFIG: suite.server.kubeconfigFor(user) },
    });
    assert.deepEqual([everywhere.stdout, everywhere.code], ['', 3]);
    assert.match(everywhere.stderr, /^error: egresses.*forbidden/m);
  });

  it('who may get only, gets', async () => {
    const { as, home } = await suite.mesh();
    await suite.admin.create(policyIn(home, 'web'));
    const rules = [{ apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['get'] }];
    const cli = as(await suite.user({ namespaces: { [home]: rules } }));
    assert.equal((await cli('get', 'web', '-o', 'name')).stdout, `${TYPE}/web\n`);
    assert.match((await cli('get', 'web')).stdout, /^Egress \S+\/web {2}unknown/);
    assert.equal((await cli('get', 'none')).code, 3);
  });

  it('the CRD is not installed; the cluster goes away', async () => {
    const { as } = await suite.mesh();
    const cli = as('admin', suite.proxy.url);
    const rewrite = (path: string): string => path.replace('policy.openservicemesh.io', 'policy.not-installed.example');
    for (const words of [['list'], ['get', 'web']]) {
      suite.proxy.plan({ fault: { rewrite }, times: 100 });
      const missing = await cli(...words);
      assert.deepEqual([missing.stdout, missing.code], ['', 3]);
      assert.match(missing.stderr, /^error: the cluster does not know the kind Egress/);
      suite.proxy.plan({ fault: { drop: 'request' }, times: 1000 });
      const gone = await cli(...words);
      assert.deepEqual([gone.stdout, gone.code], ['', 3]);
    }
  });

  it('kinds other than Egress may be missing: they hold nothing then', async () => {
    const { as, home } = await suite.mesh();
    await suite.admin.create(policyIn(home, 'web'));
    const rewrite = (path: string): string => path.replace('specs.smi-spec.io', 'specs.not-installed.example');
    suite.proxy.plan({ fault: { rewrite }, times: 100 });
    const { stdout, stderr, code } = await as('admin', suite.proxy.url)('list', '-o', 'json');
    assert.equal(code, 0);
    assert.deepEqual(states(checked(stdout)), [['web', 'active']]);
    assert.match(stderr, /^note: the cluster does not know the kind HTTPRouteGroup/m);
  });
});
