import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCli } from '../../support/run-cli.js';

const policy = (name: string, host: string, ports: string): string => `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: ${name}, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: [${host}]
  ports: [${ports}]
`;
interface Update {
  readonly state: string;
  readonly inPlace: string;
  readonly objects: readonly { readonly file: string }[];
}
type Document = Readonly<Record<'listener' | 'routes' | 'clusters', Update>> & { readonly since: unknown };

const http = '{ number: 80, protocol: http }';

describe('egress explain --since', () => {
  let root: string;
  const old = policy('a', 'httpbin.org', http);
  const twice = `${old}---\n${policy('b', 'httpbin.org', http)}`;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'osm-ts-since-'));
    mkdirSync(join(root, 'policies'));
    writeFileSync(join(root, 'policies', 'e.yaml'), old);
    const git = (...words: string[]): unknown => execFileSync('git', words, { cwd: root, stdio: 'ignore' });
    git('init', '--quiet');
    git('add', '.');
    const who = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.com', '-c', 'commit.gpgsign=false'];
    git(...who, 'commit', '--quiet', '--no-verify', '-m', 'first');
    writeFileSync(join(root, 'policies', 'e.yaml'), twice);
    writeFileSync(
      join(root, 'mesh.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: curl\n  labels: { openservicemesh.io/monitored-by: osm }\n',
    );
  });
  after(() => rmSync(root, { recursive: true }));

  const explain = (words: string[], options = {}) =>
    runCli(['egress', 'explain', 'http://httpbin.org/get', '--from', 'curl/curl', ...words], { cwd: root, ...options });

  it('says what a running proxy keeps and why, where a fresh one denies', async () => {
    const fresh = await explain(['-f', 'policies']);
    assert.equal(fresh.code, 1);
    const running = await explain(['-f', 'policies', '--since', 'git:HEAD:policies']);
    assert.equal(running.code, 0, running.stderr);
    const lines = running.stdout.replaceAll(/\n +/g, ' ');
    assert.match(
      lines,
      /proxy +takes the new listener keeps its old routes: Envoy refuses the routes: the domain httpbin\.org is there twice takes the new clusters/,
    );
    assert.match(lines, /virtual host +httpbin\.org +Egress curl\/a \(git:HEAD:policies\/e\.yaml:6\)/);
    assert.doesNotMatch(lines, /freshly started/);
  });

  it('says so in the document', async () => {
    const run = await explain(['-f', 'policies', '--since', 'git:HEAD:policies', '-o', 'json']);
    const { since, listener, routes, clusters } = JSON.parse(run.stdout) as Document;
    assert.deepEqual(since, ['git:HEAD:policies']);
    assert.deepEqual([listener.state, listener.inPlace], ['accepted', 'new']);
    assert.deepEqual([routes.state, routes.inPlace, routes.objects[0]?.file], ['refused', 'old', 'policies/e.yaml']);
    assert.deepEqual([clusters.state, clusters.inPlace], ['accepted', 'new']);
  });

  it('takes what is around policies from now, and says so', async () => {
    const run = await explain(['-f', 'policies', '-f', 'mesh.yaml', '--since', 'git:HEAD:policies']);
    assert.equal(run.code, 0);
    assert.match(run.stderr, /--since has no Namespace: taken as they are now/);
  });

  it('refuses what it cannot read', async () => {
    for (const [word, pattern] of [
      ['git:nowhere', /there is no commit nowhere/],
      ['git:--help', /does not begin with a dash/],
      ['missing.yaml', /missing\.yaml: cannot be read/],
    ] as const) {
      const run = await explain(['-f', 'policies', '--since', word]);
      assert.equal(run.code, 2, word);
      assert.match(run.stderr, pattern);
    }
    const both = await explain(['-f', '-', '--since', '-'], { stdin: old });
    assert.equal(both.code, 2);
    assert.match(both.stderr, /cannot both read standard input/);
  });
});
