import assert from 'node:assert/strict';
import type { TotalChange } from '../../../src/lib/egress/allow/combine.js';
import { applyChangesTo } from '../../../src/lib/egress/allow/apply.js';
import { ClusterError } from '../../../src/lib/errors.js';
import { silent } from '../../../src/lib/reporter.js';
import { differences } from '../../../src/lib/resources/edit/index.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { meshConfig, namespaceObject, routeGroup } from '../../analysis/allow/support.js';
import { fakeCluster } from '../fake-cluster.js';
import { egress } from '../support.js';

const versioned = <T extends Resource>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: '1' },
});
const web = versioned(egress('web', '443/https', { hosts: ['a.com'], ipAddresses: ['10.0.0.0/8'] }));
const config = versioned(meshConfig({}, false));
const group = routeGroup('web-routes', [{ name: 'all', pathRegex: '.*' }]);

function edit<T extends Resource>(before: T, change: (copy: T) => void): TotalChange {
  const after = structuredClone(before);
  change(after);
  return { kind: 'edit', before, after, edits: differences(before, after) };
}

const addHost = edit(web, ({ spec }) => {
  spec.hosts = ['a.com', 'b.com'];
  delete spec.ipAddresses;
});
const switchOn = edit(config, ({ spec }) => {
  spec!.featureFlags = { enableEgressPolicy: true };
});
const addRoutes: TotalChange = { kind: 'create', after: group };
/** On purpose in another order than the one in which they must be made. */
const CHANGES = [switchOn, addHost, addRoutes];
const addPolicy: TotalChange = { kind: 'create', after: egress('new', '80/http', { hosts: ['c.com'] }) };

const start = () => fakeCluster([web, config]);
const specs = ({ objects }: ReturnType<typeof fakeCluster>) =>
  Object.fromEntries(
    [...objects.values()].map((object) => [object.metadata.name, (object as { spec?: unknown }).spec]),
  );
const BEFORE = { web: web.spec, 'osm-mesh-config': config.spec };
const AFTER = {
  web: addHost.after.kind === 'Egress' && addHost.after.spec,
  'osm-mesh-config': switchOn.after.kind === 'MeshConfig' && switchOn.after.spec,
  'web-routes': group.spec,
};

describe('egress allow: changing a cluster', () => {
  const apply = async (fake: ReturnType<typeof fakeCluster>, { dryRun = false, changes = CHANGES } = {}) => {
    const notes: string[] = [];
    const report = { ...silent, note: (text: string) => void notes.push(text) };
    try {
      const written = await applyChangesTo(fake.cluster, changes, { dryRun, report });
      return {
        notes,
        written: written.map(({ kind, object, change, file }) => [kind.kind, object.metadata.name, change, file]),
      };
    } catch (error) {
      return { notes, error };
    }
  };

  it('makes all changes: routes, then what refers to them, then the configuration', async () => {
    const fake = start();
    const { written, notes } = await apply(fake);
    assert.deepEqual(written, [
      ['HTTPRouteGroup', 'web-routes', 'created', undefined],
      ['Egress', 'web', 'configured', undefined],
      ['MeshConfig', 'osm-mesh-config', 'configured', undefined],
    ]);
    assert.deepEqual(specs(fake), AFTER);
    assert.deepEqual(notes, []);
    const order = fake.calls
      .filter((call) => !/dry ?run/i.test(call))
      .map((call) => call.split(' ').slice(0, 2).join(' '));
    assert.deepEqual(order, ['create web-routes', 'patch web', 'patch osm-mesh-config']);
  });

  it('sends what differs, on the condition that nobody has changed the object', async () => {
    const fake = start();
    await apply(fake, { changes: [addHost] });
    const body = '{"spec":{"hosts":["a.com","b.com"],"ipAddresses":null}}';
    assert.deepEqual(fake.calls, [
      `patch web merge ${body} {"dryRun":true,"resourceVersion":"1"}`,
      `patch web merge ${body} {"resourceVersion":"1"}`,
    ]);
  });

  it('a dry run asks the server about each change, and keeps none', async () => {
    const fake = start();
    assert.equal((await apply(fake, { dryRun: true })).written?.length, 3);
    assert.equal(fake.calls.length, 3);
    assert.ok(fake.calls.every((call) => /dry ?run/i.test(call)));
    assert.deepEqual(specs(fake), BEFORE);
  });

  it('what the server would refuse is refused before anything is written', async () => {
    const refusal = new ClusterError('not allowed', undefined, 403);
    for (const [verb, after] of [
      ['create', 0],
      ['patch', 0],
      ['patch', 1],
    ] as const) {
      const fake = start();
      fake.fail(verb, refusal, after);
      const { error, notes } = await apply(fake);
      assert.equal(error, refusal);
      assert.deepEqual(specs(fake), BEFORE, `${verb} ${after}`);
      assert.ok(fake.calls.every((call) => /dry ?run/i.test(call)));
      assert.deepEqual(notes, []);
    }
  });

  it('undoes what was done when a later change fails', async () => {
    const fake = start();
    const failure = new ClusterError('the server is gone', undefined, 500);
    // two trials, then the policy, then the configuration
    fake.fail('patch', failure, 3);
    const { error, notes } = await apply(fake);
    assert.equal(error, failure);
    assert.deepEqual(specs(fake), BEFORE);
    assert.equal(notes.length, 2);
    assert.match(notes[0]!, /^egress\/web -n curl is as it was/);
    assert.match(notes[1]!, /^httproutegroup\/web-routes -n curl is as it was/);
  });

  it('does not undo over what somebody else has written meanwhile', async () => {
    const fake = start();
    const failure = new ClusterError('the server is gone', undefined, 500);
    fake.fail('patch', failure, 3);
    const theirs = { ...web, spec: { ...web.spec, hosts: ['theirs.com'] } };
    const { patch } = fake.cluster;
    fake.cluster.patch = async (...words) => {
      if (words[0].name === 'osm-mesh-config' && !words[3]?.dryRun) fake.objects.set('Egress curl/web', theirs);
      return patch(...words);
    };
    const { error, notes } = await apply(fake);
    assert.equal(error, failure);
    assert.deepEqual(specs(fake), { ...BEFORE, web: theirs.spec });
    assert.match(notes[0]!, /^egress\/web -n curl could not be put back .*kubectl get egress\/web -n curl -o yaml$/);
  });

  it('nor deletes what it has created once somebody else has changed it', async () => {
    const fake = start();
    fake.fail('patch', new ClusterError('the server is gone', undefined, 500), 1);
    const { patch } = fake.cluster;
    fake.cluster.patch = async (...words) => {
      const [key, mine] = [...fake.objects].find(([, { metadata }]) => metadata.name === 'new') ?? [];
      if (mine) fake.objects.set(key!, { ...mine, metadata: { ...mine.metadata, resourceVersion: 'theirs' } });
      return patch(...words);
    };
    const { notes } = await apply(fake, { changes: [addPolicy, switchOn] });
    assert.deepEqual(specs(fake)['new'], addPolicy.after.kind === 'Egress' && addPolicy.after.spec);
    assert.match(notes[0]!, /^egress\/new -n curl could not be put back/);
  });

  it('names objects without a namespace as kubectl does', async () => {
    const namespace = versioned(namespaceObject('curl'));
    const label = edit(namespace, ({ metadata }) => void (metadata.labels = { a: 'b' }));
    const fake = fakeCluster([namespace, config]);
    fake.fail('patch', new ClusterError('the server is gone', undefined, 500), 3);
    const { notes } = await apply(fake, { changes: [label, switchOn] });
    assert.deepEqual(notes, ['namespace/curl is as it was: the change has been undone']);
  });

  it('a fault of the program is not taken for one of the cluster', async () => {
    const fake = start();
    fake.fail('patch', new ClusterError('gone'), 3);
    fake.fail('delete', new TypeError('a bug'));
    const { error } = await apply(fake, { changes: CHANGES });
    assert.ok(error instanceof TypeError);
  });
});
