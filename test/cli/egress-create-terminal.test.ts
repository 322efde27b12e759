import assert from 'node:assert/strict';
import { converse } from '../egress/terminal.js';

const ENTER = '\r';

describe('egress create, on a terminal', function () {
  this.timeout(60_000);

  const words = ['egress', 'create', '--dry-run=client', '-n', 'curl'];

  it('asks for everything, shows the policy, and prints it after a yes', async () => {
    const { text, code, left } = await converse(words, [
      [/Name of the policy:/, `web${ENTER}`],
      [/Who may send the requests\?/, `client${ENTER}`],
      [/Ports, such as/, `80, 443${ENTER}`],
      [/Hosts, separated by commas:/, `httpbin.org${ENTER}`],
      [/Is this the policy\?/, ENTER],
    ]);
    assert.deepEqual([code, left], [0, 0], text);
    assert.match(text, /^# egress\.policy\.openservicemesh\.io\/web created \(dry run\)$/m);
    // Once as a preview, once as the answer.
    assert.equal(text.split('kind: Egress').length, 3);
    assert.match(text, /- number: 80\n {4}protocol: http\n {2}- number: 443\n {4}protocol: https/);
  });

  it('asks only for what is missing, and again after a wrong answer', async () => {
    const given = [...words, 'web', '--from', 'client', '--host', 'httpbin.org', '-o', 'name'];
    const { text, code, left } = await converse(given, [
      [/Ports, such as/, `80/HTTP${ENTER}`],
      [/has a protocol in capitals/, `${'\b'.repeat(4)}http${ENTER}`],
      [/Is this the policy\?/, `y${ENTER}`],
    ]);
    assert.deepEqual([code, left], [0, 0], text);
    assert.match(text, /^egress\.policy\.openservicemesh\.io\/web$/m);
    assert.doesNotMatch(text, /Name of the policy/);
  });

  it('a no creates nothing, with exit code 1', async () => {
    const { text, code, left } = await converse(
      [...words, 'web', '--from', 'client', '--host', 'httpbin.org'],
      [
        [/Ports, such as/, `80${ENTER}`],
        [/Is this the policy\?/, `n${ENTER}`],
      ],
    );
    assert.deepEqual([code, left], [1, 0], text);
    assert.match(text, /note: nothing was created/);
  });

  it('Ctrl-C ends it', async () => {
    const { code } = await converse(words, [[/Name of the policy:/, '\u0003']]);
    assert.equal(code, 130);
  });

  it('asks nothing when everything is given, and nothing with --no-input', async () => {
    const all = await converse(
      [...words, 'web', '--from', 'c', '--host', 'a.com', '--port', '443/https', '-o', 'name'],
      [],
    );
    assert.deepEqual([all.text, all.code], ['egress.policy.openservicemesh.io/web\n', 0]);
    const silent = await converse([...words, '--no-input'], []);
    assert.equal(silent.code, 2);
    assert.match(silent.text, /NAME, --from, --port are missing/);
  });
});
