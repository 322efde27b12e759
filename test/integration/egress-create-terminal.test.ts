import assert from 'node:assert/strict';
import { TYPE, egressSuite, policyIn } from '../egress/live.js';
import { converse } from '../egress/terminal.js';

const DOWN = '\u001B[B';
const ENTER = '\r';

egressSuite('egress create and delete, on a terminal', (suite) => {
  it('offers the ServiceAccounts of the cluster, creates after a yes, deletes after a yes', async function () {
    this.timeout(60_000);
    const { home, place, policies } = await suite.mesh();
    const user = await suite.user({
      cluster: [{ apiGroups: ['*'], resources: ['egresses', 'meshconfigs', 'namespaces'], verbs: ['*'] }],
      namespaces: { [home]: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['list'] }] },
    });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'client', namespace: home } };
    await suite.admin.create(account);
    const env = { KUBECONFIG: suite.server.kubeconfigFor(user) };
    const words = ['egress', 'create', 'web', '--host', 'httpbin.org', ...place];
    const created = await converse(
      words,
      [
        [/another…/, ENTER],
        [/Ports, such as/, `80${ENTER}`],
        [/Create this policy in context \S+ \(https\S+\)\?/, ENTER],
      ],
      env,
    );
    assert.deepEqual([created.code, created.left], [0, 0], created.text);
    assert.match(created.text, new RegExp(`${home}/client\\n`));
    assert.match(created.text, new RegExp(`^${TYPE}/web created$`, 'm'));
    assert.deepEqual(await policies(), [policyIn(home, 'web')]);

    const kept = await converse(
      ['egress', 'delete', 'web', ...place],
      [[/Delete Egress \S+\/web in context \S+ \(https\S+\)\?/, ENTER]],
      env,
    );
    assert.deepEqual([kept.code, kept.left], [1, 0], kept.text);
    assert.match(kept.text, /not allowed any more:[^]*curl http:\/\/httpbin\.org\/[^]*note: nothing was deleted/);
    assert.equal((await policies()).length, 1);

    const deleted = await converse(
      ['egress', 'delete', 'web', ...place],
      [[/Delete Egress \S+\/web in context \S+ \(https\S+\)\?/, `y${ENTER}`]],
      env,
    );
    assert.deepEqual([deleted.code, deleted.left], [0, 0], deleted.text);
    assert.deepEqual(await policies(), []);
  });

  it('a typed source, where the accounts may not be read', async function () {
    this.timeout(60_000);
    const { home, place, policies } = await suite.mesh();
    const rights = { apiGroups: ['policy.openservicemesh.io'], resources: ['egresses'], verbs: ['*'] };
    const user = await suite.user({ namespaces: { [home]: [rights] } });
    const env = { KUBECONFIG: suite.server.kubeconfigFor(user) };
    const words = ['egress', 'create', 'web', '--host', 'httpbin.org', '--port', '80/http', ...place];
    const { text, code, left } = await converse(
      words,
      [
        [/SERVICEACCOUNT:/, `client${ENTER}`],
        [/Create this policy in context \S+ \(https\S+\)\?/, `${DOWN}${ENTER}`],
      ],
      env,
    );
    assert.deepEqual([code, left], [0, 0], text);
    assert.deepEqual(await policies(), [policyIn(home, 'web')]);
  });
});
