import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { it } from 'mocha';
import { kinds } from '../../src/lib/resources/kinds.js';
import { integration } from './support/api-server.js';
import type { KubeconfigChanges } from './support/api-server.js';
import { failure, opener, whoAmI } from './support/connections.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

integration('cluster: credential plugins', (server) => {
  const open = opener(server);

  function plugin(body: string): string {
    const path = server.file('plugin.sh', `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const answer = (status: object): string =>
    JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });
  const exec = (command: string, more: object = {}): KubeconfigChanges => ({
    user: {
      token: '',
      exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command, ...more },
    },
  });

  it('a token', async () => {
    assert.equal(await whoAmI(await open(exec(plugin(`echo '${answer({ token: 'nobody' })}'`)))), 'nobody');
  });

  it('a client certificate', async () => {
    const { cert, key } = server.control.authority.issue({ commonName: 'frank' });
    const file = server.file('credential.json', answer({ clientCertificateData: cert, clientKeyData: key }));
    assert.equal(await whoAmI(await open(exec(plugin(`cat ${file}`)))), 'frank');
  });

  it('gets arguments, environment and the question; a relative path starts at the kubeconfig', async () => {
    const log = server.file('log', '');
    const path = plugin(`echo "$1|$2|$GREETING|$KUBERNETES_EXEC_INFO" > ${log}; echo '${answer({ token: 'nobody' })}'`);
    const relative = `.${path.slice(dirname(path).length)}`;
    const config = exec(relative, {
      args: ['a b', 'c'],
      env: [{ name: 'GREETING', value: 'hello' }],
      provideClusterInfo: true,
    });
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }];
    assert.equal(await whoAmI(await open({ ...config, cluster: { extensions } })), 'nobody');
    const [one, two, greeting, info = ''] = readFileSync(log, 'utf8').trim().split('|');
    assert.deepEqual([one, two, greeting], ['a b', 'c', 'hello']);
    assert.deepEqual(JSON.parse(info), {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: server.url,
          'certificate-authority-data': base64(server.control.authority.cert),
          config: { audience: 'x' },
        },
      },
    });
  });

  it('runs once for many requests, again when the credential expires, and once more after a 401', async () => {
    const count = server.file('count', '');
    const runs = (): number => readFileSync(count, 'utf8').length;
    const lasting = await open(exec(plugin(`printf x >> ${count}; echo '${answer({ token: 'nobody' })}'`)));
    await Promise.all([whoAmI(lasting), whoAmI(lasting), whoAmI(lasting)]);
    await whoAmI(lasting);
    assert.equal(runs(), 1);

    writeFileSync(count, '');
    const past = answer({ token: 'nobody', expirationTimestamp: '2001-01-01T00:00:00Z' });
    const expiring = await open(exec(plugin(`printf x >> ${count}; echo '${past}'`)));
    await whoAmI(expiring);
    await whoAmI(expiring);
    assert.equal(runs(), 2);

    writeFileSync(count, '');
    const healing = plugin(
      `printf x >> ${count}; if [ "$(cat ${count})" = x ]; then echo '${answer({ token: 'stale' })}'; else echo '${answer({ token: 'nobody' })}'; fi`,
    );
    assert.equal(await whoAmI(await open(exec(healing))), 'nobody');
    assert.equal(runs(), 2);

    writeFileSync(count, '');
    const error = await failure(
      (await open(exec(plugin(`printf x >> ${count}; echo '${answer({ token: 'bad' })}'`)))).list(kinds.Pod),
    );
    assert.equal(error.status, 401);
    assert.match(error.hint ?? '', /^log in again; the credentials come from the plugin /);
    assert.equal(runs(), 2);
  });

  it('a plugin that is missing: its own hint, without control characters', async () => {
    const error = await failure(
      whoAmI(await open(exec('osm-ts-no-such-plugin', { installHint: 'get it from\n\u001b[31mexample.com' }))),
    );
    assert.equal(
      error.message,
      'the credential plugin osm-ts-no-such-plugin, which the kubeconfig names, is not installed',
    );
    assert.equal(error.hint, 'get it from\n[31mexample.com');
  });

  it('a plugin that must ask, where nobody can answer', async () => {
    const path = plugin(`echo '${answer({ token: 'nobody' })}'`);
    const error = await failure(whoAmI(await open(exec(path, { interactiveMode: 'Always' }), {}, { terminal: false })));
    assert.match(error.message, /must ask on a terminal, and standard input is none$/);
    assert.equal(await whoAmI(await open(exec(path, { interactiveMode: 'Always' }), {}, { terminal: true })), 'nobody');
    assert.equal(
      await whoAmI(await open(exec(path, { interactiveMode: 'IfAvailable' }), {}, { terminal: false })),
      'nobody',
    );
  });

  it('a plugin that fails, or answers what it should not', async () => {
    const cases: [body: string, message: RegExp][] = [
      ['exit 3', /failed with exit code 3$/],
      ['kill -9 $$', /was ended by SIGKILL$/],
      ['echo secret-text', /printed something that is not JSON$/],
      ['echo "[]"', /printed JSON that is not an ExecCredential$/],
      [`echo '${answer({})}'`, /gave neither a token nor a client certificate$/],
      [`echo '${answer({ clientCertificateData: 'x' })}'`, /certificate without its key/],
      [
        `echo '${answer({ token: 'x' }).replace('/v1"', '/v1beta1"')}'`,
        /answered with apiVersion client\.authentication\.k8s\.io\/v1beta1 instead of/,
      ],
      ['head -c 2000000 /dev/zero 2>/dev/null', /prints more than 1 MiB$/],
    ];
    for (const [body, message] of cases) {
      const error = await failure(whoAmI(await open(exec(plugin(body)))));
      assert.match(error.message, message);
      assert(!error.message.includes('secret-text'));
    }
  });
});
