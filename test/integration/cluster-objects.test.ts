import assert from 'node:assert/strict';
import { before, it } from 'mocha';
import { MissingKindError, isConflict, isForbidden, isNotFound } from '../../src/lib/cluster/errors.js';
import { kinds } from '../../src/lib/resources/kinds.js';
import type { ResourceKind } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { UsageError } from '../../src/lib/errors.js';
import type { Egress, KubernetesObject } from '../../src/lib/resources/types.js';
import { integration } from './support/api-server.js';
import { failure } from './support/connections.js';
import { startFaultProxy } from './support/fault-proxy.js';

function egress(name: string, namespace: string, hosts = ['httpbin.org']): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace }],
      hosts,
      ports: [{ number: 80, protocol: 'http' }],
    },
  };
}

integration('cluster: objects', (server) => {
  let admin: Cluster;
  let namespace: string;
  before(async () => {
    admin = await server.connect('admin');
    namespace = await server.freshNamespace('objects');
  });

  it("gives the server's JSON, with fields that no type knows and timestamps as strings", async () => {
    await server.apply(JSON.stringify(egress('plain', namespace)));
    const object = await admin.get({ kind: kinds.Egress, name: 'plain', namespace });
    const metadata = object.metadata as unknown as Record<string, unknown>;
    assert.equal(object.apiVersion, 'policy.openservicemesh.io/v1alpha1');
    assert.equal(object.kind, 'Egress');
    assert.match(metadata['creationTimestamp'] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert(Array.isArray(metadata['managedFields']));
  });

  it('tells a missing object from a missing kind, group and version', async () => {
    const ref = { kind: kinds.Egress, name: 'missing', namespace };
    assert.equal(await admin.find(ref), undefined);
    const missing = await failure(admin.get(ref));
    assert(isNotFound(missing));
    assert.equal(missing.message, 'egresses.policy.openservicemesh.io "missing" not found');
    assert.match(
      missing.hint ?? '',
      new RegExp(`^looked in namespace "${namespace}" \\(context "admin"\\); see what there is:`),
    );

    const notInstalled: ResourceKind = { ...kinds.Egress, plural: 'gates', kind: 'Gate' };
    const kind = await failure(admin.find({ ...ref, kind: notInstalled }));
    assert(kind instanceof MissingKindError && !isNotFound(kind));
    assert.equal(
      kind.message,
      'the cluster does not know the kind Gate (policy.openservicemesh.io/v1alpha1): ' +
        'the CRD gates.policy.openservicemesh.io is not installed',
    );
    assert.match(kind.hint ?? '', /^install OSM, which brings it/);

    const oldVersion = await failure(admin.list({ ...kinds.Egress, version: 'v9' }));
    assert(oldVersion instanceof MissingKindError);
    assert.deepEqual(oldVersion.servedVersions, ['v1alpha1']);
    assert.match(oldVersion.message, /it serves policy\.openservicemesh\.io only as v1alpha1$/);

    const noGroup = await failure(admin.list({ ...kinds.TrafficSplit, group: 'nothing.example.com' }));
    assert(noGroup instanceof MissingKindError);
    assert.deepEqual(noGroup.servedVersions, []);
  });

  it('names the namespace that an object should go to and that is missing', async () => {
    const error = await failure(admin.create(egress('x', 'no-such-namespace')));
    assert.equal(error.status, 404);
    assert.equal(error.message, 'namespaces "no-such-namespace" not found');
    assert.equal(error.hint, 'create the namespace first: kubectl create namespace no-such-namespace');
  });

  it('creates an object once, under the field manager osm-ts', async () => {
    const created = await admin.create(egress('created', namespace));
    const managers = (created.metadata as unknown as { managedFields: { manager: string }[] }).managedFields;
    assert.deepEqual(
      managers.map(({ manager }) => manager),
      ['osm-ts'],
    );
    const again = await failure(admin.create(egress('created', namespace)));
    assert(isConflict(again));
    assert.equal(again.message, 'egresses.policy.openservicemesh.io "created" already exists');
  });

  it('stores nothing in a dry run', async () => {
    const before = await server.dump(kinds.Egress, namespace);
    const created = await admin.create(egress('dry', namespace), { dryRun: true });
    assert.equal(created.spec.hosts?.[0], 'httpbin.org');
    const applied = await admin.apply(egress('dry', namespace), { dryRun: true });
    assert.equal(applied.change, 'created');
    const ref = { kind: kinds.Egress, name: 'created', namespace };
    const patched = await admin.patch(ref, 'merge', { spec: { hosts: ['other'] } }, { dryRun: true });
    assert.deepEqual(patched.spec.hosts, ['other']);
    await admin.delete(ref, { dryRun: true });
    assert.deepEqual(await server.dump(kinds.Egress, namespace), before);
  });

  it('refuses fields that the kind does not have, on create, patch and apply', async () => {
    const wrong = { ...egress('wrong', namespace), extra: 1 } as Egress;
    for (const write of [
      () => admin.create(wrong),
      () => admin.apply(wrong),
      () => admin.patch({ kind: kinds.Egress, name: 'created', namespace }, 'merge', { spec: { hsots: ['a'] } }),
    ]) {
      const error = await failure(write());
      assert.match(error.message, /unknown field|field not declared in schema/);
      assert.equal(error.hint, 'correct the name of the field, or remove it');
    }
    const warnings: string[] = [];
    const lenient = await server.connect('admin', { warn: (line) => warnings.push(line) });
    const stored = await lenient.create(wrong, { fieldValidation: 'Warn' });
    assert(!('extra' in stored));
    assert.deepEqual(warnings, ['unknown field "extra"']);
  });

  it('names every invalid field', async () => {
    const spec = { hosts: ['a'], ports: [{ number: 0, protocol: 'http' }] };
    const bad = { ...egress('bad', namespace), spec } as unknown as Egress;
    const error = await failure(admin.create(bad));
    assert.equal(error.status, 422);
    assert.match(error.message, /^Egress\.policy\.openservicemesh\.io "bad" is invalid: \[.*spec\.ports\[0\]\.number/);
    assert.deepEqual(error.hint?.replace('correct ', '').split(', ').sort(), ['spec.ports[0].number', 'spec.sources']);
  });

  it('patches by merge, strategic merge and JSON patch', async () => {
    const ref = { kind: kinds.Namespace, name: namespace };
    const merged = await admin.patch(ref, 'merge', { metadata: { labels: { a: '1', b: '1' } } });
    assert.equal(merged.metadata.labels?.['a'], '1');
    const strategic = await admin.patch(ref, 'strategic', { metadata: { labels: { a: null, c: '1' } } });
    assert.deepEqual(
      [strategic.metadata.labels?.['a'], strategic.metadata.labels?.['b'], strategic.metadata.labels?.['c']],
      [undefined, '1', '1'],
    );
    const json = await admin.patch(ref, 'json', [{ op: 'remove', path: '/metadata/labels/b' }]);
    assert.equal(json.metadata.labels?.['b'], undefined);
  });

  it('writes only to the version that was read, if asked', async () => {
    const ref = { kind: kinds.Egress, name: 'versioned', namespace };
    const first = await admin.create(egress('versioned', namespace));
    const version = first.metadata.resourceVersion ?? '';
    await admin.patch(ref, 'merge', { spec: { hosts: ['a'] } }, { resourceVersion: version });
    const stale = { resourceVersion: version };
    for (const write of [
      () => admin.patch(ref, 'merge', { spec: { hosts: ['b'] } }, stale),
      () => admin.patch(ref, 'json', [{ op: 'replace', path: '/spec/hosts', value: ['b'] }], stale),
      () => admin.apply(egress('versioned', namespace, ['b']), { ...stale, force: true }),
      () => admin.delete(ref, stale),
    ]) {
      const error = await failure(write());
      assert(isConflict(error), error.message);
    }
    assert.deepEqual((await admin.get(ref)).spec.hosts, ['a']);
    const strategic = await failure(
      admin.patch({ kind: kinds.Namespace, name: namespace }, 'strategic', { metadata: { labels: { z: '1' } } }, stale),
    );
    assert(isConflict(strategic));
    assert.match(strategic.hint ?? '', /^somebody else has changed the object/);
  });

  it('applies: created, unchanged, configured; also in a dry run', async () => {
    const changes = [];
    for (const hosts of [['a'], ['a'], ['b']])
      changes.push((await admin.apply(egress('applied', namespace, hosts))).change);
    assert.deepEqual(changes, ['created', 'unchanged', 'configured']);
    const dry = [];
    for (const hosts of [['b'], ['c']]) {
      dry.push((await admin.apply(egress('applied', namespace, hosts), { dryRun: true })).change);
    }
    assert.deepEqual(dry, ['unchanged', 'configured']);
  });

  it('applies what was read from the server, managedFields and all', async () => {
    const read = await admin.get({ kind: kinds.Egress, name: 'applied', namespace });
    assert.equal((await admin.apply(read)).change, 'unchanged');
  });

  it('leaves the fields of other managers, unless forced', async () => {
    await admin.apply(egress('owned', namespace, ['a']), { fieldManager: 'somebody' });
    const error = await failure(admin.apply(egress('owned', namespace, ['b'])));
    assert(isConflict(error));
    assert.match(error.message, /conflict with "somebody".*\.spec\.hosts/);
    assert.match(error.hint ?? '', /--force/);
    assert.equal((await admin.apply(egress('owned', namespace, ['b']), { force: true })).change, 'configured');
  });

  it('applies as a user who may write and not read', async () => {
    const rule = { apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['patch', 'create'] };
    const writer = await server.connect(await server.createUser('writer', { namespaces: { [namespace]: [rule] } }));
    const { object, change } = await writer.apply(egress('blind', namespace));
    assert.equal(object.metadata.name, 'blind');
    assert.equal(change, 'configured');
  });

  it('deletes, and says when there is nothing to delete', async () => {
    const ref = { kind: kinds.Egress, name: 'created', namespace };
    await admin.delete(ref);
    assert.equal(await admin.find(ref), undefined);
    assert(isNotFound(await failure(admin.delete(ref))));
  });

  it('uses the default namespace for namespaced kinds only', async () => {
    const there = await server.connect('admin', { namespace });
    assert.equal(there.defaultNamespace, namespace);
    const implicit: Egress = { ...egress('implicit', namespace), metadata: { name: 'implicit' } };
    const created = await there.create(implicit);
    assert.equal(created.metadata.namespace, namespace);
    assert((await there.find({ kind: kinds.Egress, name: 'implicit' })) !== undefined);
    assert((await there.find({ kind: kinds.Namespace, name: 'default' })) !== undefined);
  });

  it('refuses names that would address something else, before anything is sent', async () => {
    for (const name of ['', '.', '..', 'a/b', 'a%2fb']) {
      await assert.rejects(admin.get({ kind: kinds.Egress, name, namespace }), UsageError);
      await assert.rejects(admin.delete({ kind: kinds.Egress, name, namespace }), UsageError);
      await assert.rejects(admin.list(kinds.Egress, { namespace: name }), UsageError);
    }
    const question = await failure(admin.get({ kind: kinds.Egress, name: 'a?b=c#d', namespace }));
    assert.match(question.message, /"a\?b=c#d" not found$/);
  });

  it('refuses to write a kind that it does not know', async () => {
    const unknown: KubernetesObject = { apiVersion: 'example.com/v1', kind: 'Egress', metadata: { name: 'x' } };
    await assert.rejects(admin.create(unknown), UsageError);
    await assert.rejects(admin.apply({ ...unknown, apiVersion: 'v1', kind: 'constructor' }), UsageError);
  });

  it('says which right is missing, and the rule that would give it', async () => {
    const nobody = await server.connect('nobody');
    const read = await failure(nobody.get({ kind: kinds.Egress, name: 'x', namespace }));
    assert(isForbidden(read));
    assert.equal(
      read.message,
      'egresses.policy.openservicemesh.io "x" is forbidden: User "nobody" cannot get resource "egresses" ' +
        `in API group "policy.openservicemesh.io" in the namespace "${namespace}"`,
    );
    assert.deepEqual(read.hint?.split('\n'), [
      `ask an administrator for this rule, in a Role in namespace ${namespace} bound to that user: ` +
        '{apiGroups: ["policy.openservicemesh.io"], resources: ["egresses"], verbs: ["get"]}',
      `check with: kubectl auth can-i get egresses.policy.openservicemesh.io -n ${namespace}`,
    ]);
    const everywhere = await failure(nobody.list(kinds.Pod));
    assert.match(everywhere.hint ?? '', /in a ClusterRole .*\n.*can-i list pods --all-namespaces$/);
  });

  it('reads text: the version, and its errors', async () => {
    assert.match(await admin.getText('/version'), /"gitVersion": "v1\./);
    const error = await failure(admin.getText(`/api/v1/namespaces/${namespace}/pods/none/log`));
    assert.equal(error.message, 'pods "none" not found');
  });
});

integration('cluster: lists', (server) => {
  const count = 23;
  let namespace: string;
  before(async () => {
    namespace = await server.freshNamespace('lists');
    const accounts = Array.from({ length: count }, (_, i) => {
      const metadata = { name: `a-${String(i).padStart(2, '0')}`, namespace, labels: { odd: String(i % 2 === 1) } };
      return JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    });
    await server.apply(accounts.join('\n---\n'));
  });

  it('reads page after page, and items say what they are', async () => {
    const lines: string[] = [];
    const progress: number[] = [];
    const admin = await server.connect('admin', { verbose: (line) => lines.push(line) });
    const onPage = (received: number): void => void progress.push(received);
    const items = await admin.list(kinds.ServiceAccount, { namespace, pageSize: 10, onPage });
    assert.deepEqual(progress, [10, 20, 23]);
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      [...items.map(({ metadata }) => metadata.name)].sort(),
    );
    assert(items.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ServiceAccount'));
    assert.equal(lines.filter((line) => /GET .*limit=10/.test(line)).length, 3);
  });

  it('selects by label and by field', async () => {
    const admin = await server.connect('admin');
    const odd = await admin.list(kinds.ServiceAccount, { namespace, labelSelector: 'odd=true', pageSize: 4 });
    assert.equal(odd.length, 11);
    const one = await admin.list(kinds.ServiceAccount, { namespace, fieldSelector: 'metadata.name=a-07' });
    assert.deepEqual(
      one.map(({ metadata }) => metadata.name),
      ['a-07'],
    );
    const error = await failure(admin.list(kinds.ServiceAccount, { labelSelector: 'odd==' + '=x' }));
    assert.equal(error.status, 400);
  });

  it('starts again when the server has forgotten the state that the pages come from', async () => {
    const proxy = await startFaultProxy(server.control);
    try {
      const admin = await server.connect('admin', {
        kubeconfig: server.kubeconfigFor('admin', { cluster: { server: proxy.url } }),
      });
      // The server's own token, made to speak of the first state ever, which is then forgotten.
      const rewrite = (path: string): string => {
        const url = new URL(path, proxy.url);
        const token = JSON.parse(Buffer.from(url.searchParams.get('continue') ?? '', 'base64url').toString()) as object;
        const old = Buffer.from(JSON.stringify({ ...token, rv: 1 })).toString('base64url');
        url.searchParams.set('continue', old);
        return url.pathname + url.search;
      };
      proxy.plan({ fault: { rewrite }, when: ({ path }) => path.includes('continue=') });
      await server.forgetHistory();
      const items = await admin.list(kinds.ServiceAccount, { namespace, pageSize: 10 });
      assert.equal(items.length, count);
      const pages = proxy.requests.map(({ path }) => new URLSearchParams(path.split('?')[1]));
      assert.deepEqual(
        pages.map((query) => [query.get('limit'), query.has('continue')]),
        [
          ['10', false],
          ['10', true],
          [null, false],
        ],
      );
    } finally {
      await proxy.close();
    }
  });

  it('reads what a big answer holds, compressed on its way', async () => {
    const admin = await server.connect('admin');
    const data = 'x'.repeat(300_000);
    await admin.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'big', namespace },
      data: { data },
    } as KubernetesObject);
    const [big] = await admin.list<KubernetesObject & { data: { data: string } }>(kinds.ConfigMap, { namespace });
    assert.equal(big?.data.data, data);
  });
});
