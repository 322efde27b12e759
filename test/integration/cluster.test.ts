import assert from 'node:assert/strict';
import { it } from 'mocha';
import { kinds } from '../../src/lib/cluster/kinds.js';
import { integration } from './support/api-server.js';

integration('the test server', (server) => {
  it("serves OSM's kinds to its admin, and refuses nobody", async () => {
    const admin = await server.connect('admin');
    const namespace = await server.freshNamespace();
    assert.deepEqual(await admin.list(kinds.Egress, { namespace }), []);
    const nobody = await server.connect('nobody');
    await assert.rejects(nobody.list(kinds.Egress), { status: 403 });
  });

  it('makes users with exactly the rights that they get', async () => {
    const namespace = await server.freshNamespace();
    const rule = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };
    const user = await server.connect(await server.createUser('limited', { namespaces: { [namespace]: [rule] } }));
    assert.deepEqual(await user.list(kinds.Pod, { namespace }), []);
    await assert.rejects(user.list(kinds.Pod), { status: 403 });
    await assert.rejects(user.list(kinds.Service, { namespace }), { status: 403 });
  });
});
