import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runWarm } from '../support/run-cli.js';

/** A policy that names no namespace, for an account that names its own. */
const policy = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata:
  name: web
spec:
  sources: [{ kind: ServiceAccount, name: api, namespace: shop }]
  hosts: [example.com]
  ports: [{ number: 80, protocol: http }]
`;

describe('where an object without namespace lives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-input-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const policies = file('web.yaml', policy);
  // No request is sent: nothing listens there.
  const kubeconfig = file(
    'config',
    `apiVersion: v1
kind: Config
current-context: here
clusters: [{ name: none, cluster: { server: 'http://127.0.0.1:9' } }]
contexts:
- { name: here, context: { cluster: none, namespace: team } }
- { name: there, context: { cluster: none, namespace: other } }
`,
  );

  /** The namespace in which each command sees the policy. */
  const asked: [string, (...place: string[]) => Promise<string | undefined>][] = [
    [
      'explain',
      async (...place) => {
        const words = ['http://example.com/', '--from', 'shop/api', '-f', policies, '-o', 'json', ...place];
        const { stdout } = await runWarm(['egress', 'explain', ...words]);
        const { decidedBy } = JSON.parse(stdout) as { decidedBy: { kind: string; namespace: string }[] };
        return decidedBy.find(({ kind }) => kind === 'Egress')?.namespace;
      },
    ],
    [
      'allow',
      async (...place) => {
        const words = ['http://example.org/', '--from', 'shop/api', '-f', policies, '-o', 'json', ...place];
        const { stdout } = await runWarm(['egress', 'allow', ...words]);
        const { changes } = JSON.parse(stdout) as { changes: { object: { namespace: string } }[] };
        return changes[0]?.object.namespace;
      },
    ],
    [
      'list',
      async (...place) => {
        const { stdout } = await runWarm(['egress', 'list', '-f', policies, '-o', 'json', ...place]);
        const { items } = JSON.parse(stdout) as { items: { policy: { metadata: { namespace: string } } }[] };
        return items[0]?.policy.metadata.namespace;
      },
    ],
    [
      'get',
      async (...place) => {
        const { stdout } = await runWarm(['egress', 'get', 'web', '-f', policies, '-o', 'json', ...place]);
        return (JSON.parse(stdout) as { metadata: { namespace: string } }).metadata.namespace;
      },
    ],
    [
      'create',
      async (...place) => {
        const words = ['--from', 'shop/api', '--host', 'b.com', '--port', '80/http', '--dry-run=client', '-o', 'json'];
        const { stdout } = await runWarm(['egress', 'create', 'more', ...words, '-f', policies, ...place]);
        return (JSON.parse(stdout) as { metadata: { namespace: string } }).metadata.namespace;
      },
    ],
  ];
  for (const [command, namespaceIn] of asked) {
    it(`${command}: -n, else the context's namespace, else default`, async () => {
      assert.equal(await namespaceIn('-n', 'web', '--kubeconfig', kubeconfig), 'web');
      assert.equal(await namespaceIn('--kubeconfig', kubeconfig), 'team');
      assert.equal(await namespaceIn('--kubeconfig', kubeconfig, '--context', 'there'), 'other');
      assert.equal(await namespaceIn(), 'default');
    });
  }

  it('a source without namespace is there too', async () => {
    const words = ['http://example.com/', '--from', 'api', '-f', policies, '-o', 'json', '--kubeconfig', kubeconfig];
    const { stdout } = await runWarm(['egress', 'explain', ...words]);
    assert.equal((JSON.parse(stdout) as { source: { namespace: string } }).source.namespace, 'team');
  });

  it('a kubeconfig that is not named is not needed, and one that is named has to be good', async () => {
    const bad = file('bad', 'clusters: 5\n');
    const words = ['egress', 'list', '-f', policies, '-o', 'name'];
    const ambient = await runWarm(words, { env: { KUBECONFIG: bad } });
    assert.deepEqual([ambient.code, ambient.stderr], [0, '']);
    const named = await runWarm([...words, '--kubeconfig', bad]);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /bad/);
  });

  it('warnings about files name file, line and column in every command', async () => {
    const odd = file('odd.yaml', policy.replace('http }]', 'http }]\n  hsts: [x]'));
    const place = `${odd}:9:3`;
    for (const words of [
      ['explain', 'http://example.com/', '--from', 'shop/api'],
      ['allow', 'http://example.com/', '--from', 'shop/api'],
      ['list'],
      ['get', 'web'],
      ['create', 'x', '--from', 'shop/api', '--host', 'b.com', '--port', '80/http', '--dry-run=client'],
    ]) {
      const { stderr } = await runWarm(['egress', ...words, '-f', odd]);
      assert.ok(stderr.includes(`warning: ${place}: `), `${words[0]}: ${stderr}`);
    }
  });

  it('the fix says the place again, and allow takes it', async () => {
    const words = ['http://example.org/', '--from', 'shop/api', '-f', policies, '-o', 'json', '-n', 'web'];
    const { stdout } = await runWarm(['egress', 'explain', ...words]);
    assert.match((JSON.parse(stdout) as { fix: string }).fix, / -n web$/);
  });

  it('explain and allow take targets in the same forms', async () => {
    const list = file('targets.txt', 'http://example.com/\n');
    const forms = [
      ['http://example.com/'],
      ['--url', 'http://example.com/'],
      ['--targets', list],
      ['--', 'curl', 'http://example.com/'],
    ];
    for (const command of ['explain', 'allow']) {
      for (const form of forms) {
        const { code, stderr } = await runWarm(['egress', command, '--from', 'shop/api', '-f', policies, ...form]);
        assert.equal(code, 0, `${command} ${form.join(' ')}: ${stderr}`);
      }
      const twice = await runWarm(['egress', command, 'a.com', '--url', 'b.com', '--from', 'x', '-f', policies]);
      assert.equal(twice.code, 2);
      assert.match(twice.stderr, /more than one way to the target/);
      const mixed = await runWarm(['egress', command, '-I', '--targets', list, '--from', 'x', '-f', policies]);
      assert.match(mixed.stderr, /options of the request are for one target/);
    }
    assert.equal(readFileSync(policies, 'utf8'), policy);
  });
});
