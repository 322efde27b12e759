import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { parseManifests } from '../../src/lib/resources/index.js';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runCli, runWarm } from '../support/run-cli.js';

const cwd = packageRoot;
const policies = 'test/egress/fixtures';
const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-create-'));

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

const golden = (name: string) => fileURLToPath(new URL(`../egress/golden/${name}`, import.meta.url));
const create = (...words: string[]) => runWarm(['egress', 'create', ...words, '--dry-run=client'], { cwd });
const PLAIN = [
  'github',
  '-n',
  'curl',
  '--from',
  'curl,shop/api',
  '--host',
  'github.com,API.github.com',
  '--port',
  '443/https',
];

describe('egress create, without a cluster', () => {
  for (const format of ['yaml', 'json']) {
    it(`prints -o ${format} as recorded, and nothing on standard error`, async () => {
      const { stdout, stderr, code } = await create(...PLAIN, '-o', format);
      assert.deepEqual([stderr, code], ['', 0]);
      assertGolden(golden(`create.${format}`), stdout);
    });
  }

  it('YAML and JSON are the same object, which reads back as it was written', async () => {
    const [yaml, json] = [await create(...PLAIN, '-o', 'yaml'), await create(...PLAIN, '-o', 'json')];
    const object: unknown = JSON.parse(json.stdout);
    assert.deepEqual(load(yaml.stdout), object);
    assert.deepEqual(parseManifests(yaml.stdout, 'out.yaml').objects, [object]);
  });

  it('without -o prints what kubectl can read too, with the line as a comment', async () => {
    const { stdout } = await create(...PLAIN);
    assert.match(stdout, /^# egress\.policy\.openservicemesh\.io\/github created \(dry run\)\napiVersion: /);
    assert.equal(stdout.split('\n').slice(1).join('\n'), (await create(...PLAIN, '-o', 'yaml')).stdout);
  });

  it('-o name', async () => {
    assert.equal((await create(...PLAIN, '-o', 'name')).stdout, 'egress.policy.openservicemesh.io/github\n');
  });

  it('every flag', async () => {
    const words = ['all', '-n', 'shop', '--from', 'api', '--host', 'a.com', '--port', '80/http', '--port', '443/https'];
    const more = [
      '--ip-range',
      '10.0.0.0/8',
      '--route',
      'get,post',
      '--upstream-traffic-setting',
      'slow',
      '-o',
      'yaml',
    ];
    const { stdout, stderr } = await create(...words, ...more);
    assertGolden(golden('create-all.yaml'), stdout);
    assert.equal(stderr, 'warning: its ranges have no effect on 80/http, which goes by the Host header alone\n');
  });

  it('opens no socket, whatever the kubeconfig says', async () => {
    const kubeconfig = file(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'x',
        clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'x', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'x', user: 'x', namespace: 'from-context' } }],
      }),
    );
    const original = net.Socket.prototype.connect;
    const opened: unknown[] = [];
    net.Socket.prototype.connect = function connect(...args: unknown[]) {
      opened.push(args);
      throw new Error('a socket is opened');
    };
    try {
      const env = { KUBECONFIG: kubeconfig };
      const words = [
        'egress',
        'create',
        'x',
        '--from',
        'curl',
        '--host',
        'a.com',
        '--port',
        '443/https',
        '--dry-run=client',
      ];
      const here = await runWarm([...words, '-o', 'yaml'], { cwd, env });
      assert.equal(here.code, 0, here.stderr);
      assert.match(
        here.stdout,
        /namespace: from-context\nspec:\n {2}sources:\n {2}- kind: ServiceAccount\n {4}name: curl\n {4}namespace: from-context/,
      );
      for (const more of [
        ['-n', 'curl'],
        ['-f', policies],
        ['-n', 'curl', '-f', policies],
      ]) {
        assert.equal((await runWarm([...words, ...more], { cwd, env })).code, 0);
      }
      assert.equal((await runWarm(['egress', 'list', '-f', policies], { cwd, env })).code, 0);
      assert.equal((await runWarm(['egress', 'get', 'web', '-f', policies], { cwd, env })).code, 0);
    } finally {
      net.Socket.prototype.connect = original;
    }
    assert.deepEqual(opened, []);
  });

  it('without any kubeconfig the namespace is default', async () => {
    const { stdout } = await create('x', '--from', 'curl', '--host', 'a.com', '--port', '443/https', '-o', 'json');
    assert.equal((JSON.parse(stdout) as { metadata: { namespace: string } }).metadata.namespace, 'default');
  });

  it('a context that does not exist is told', async () => {
    const { stderr, code } = await create(
      'x',
      '--from',
      'c',
      '--host',
      'a.com',
      '--port',
      '443/https',
      '--context',
      'nope',
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /nope/);
  });
});

describe('egress create, checked against files', () => {
  const NEW = ['new', '-n', 'curl', '--from', 'curl', '-f', policies];

  const refused: [string, string[]][] = [
    ['same-host', [...NEW, '--host', 'httpbin.org', '--port', '80/http']],
    ['same-sni', [...NEW, '--host', 'a.com,c.com', '--port', '443/https', '--ip-range', '192.0.2.0/24']],
    ['takes-requests', [...NEW, '--port', '443/tcp-server-first', '--ip-range', '10.0.0.0/8']],
  ];
  for (const [name, words] of refused) {
    it(`refuses, as recorded: ${name}`, async () => {
      const { stdout, stderr, code } = await create(...words);
      assert.deepEqual([stdout, code], ['', 1]);
      assertGolden(golden(`create-${name}.txt`), stderr);
    });

    it(`takes it with --force, and warns: ${name}`, async () => {
      const { stdout, stderr, code } = await create(...words, '--force', '-o', 'name');
      assert.deepEqual([stdout, code], ['egress.policy.openservicemesh.io/new\n', 0]);
      assert.match(stderr, /^warning: Egress curl\/new is created in spite of this: /m);
    });
  }

  it('takes what fits', async () => {
    const { stderr, code } = await create(
      ...NEW,
      '--host',
      'f.com',
      '--port',
      '443/https',
      '--ip-range',
      '198.51.100.0/24',
    );
    assert.deepEqual(
      [stderr, code],
      [
        'note: Egress curl/new allows what is not allowed so far:\n' +
          '  from curl/curl: TLS on port 443 of f.com, at 198.51.100.0/24\n' +
          '  nothing else changes, for any request\n',
        0,
      ],
    );
  });

  it('a policy of that name in the files is replaced', async () => {
    const words = ['web', '-n', 'curl', '--from', 'curl', '-f', policies, '--port', '80/http', '--host'];
    assert.deepEqual(await create(...words, 'httpbin.org', '-o', 'name'), {
      stdout: 'egress.policy.openservicemesh.io/web\n',
      stderr: 'note: Egress curl/web allows nothing that is not allowed already; nothing changes, for any request\n',
      code: 0,
      signal: null,
    });
    const { stderr, code } = await create(...words, 'example.com');
    assert.equal(code, 0);
    assert.match(stderr, /^warning: requests that the policy allows so far are not allowed any more:\n.*httpbin\.org/);
  });

  it('warns of traps in the files', async () => {
    const words = [
      'x',
      '-n',
      'outside',
      '--from',
      'curl/curl,outside/y',
      '--host',
      'a.com',
      '--port',
      '80/http',
      '--route',
      'none',
    ];
    const { stderr, code } = await create(...words, '-f', policies, '-o', 'name');
    assert.equal(code, 0);
    assertGolden(golden('create-warnings.txt'), stderr);
  });

  it('files that cannot be read are an error with file and line', async () => {
    const bad = file('bad.yaml', 'apiVersion: v1\nkind: [\n');
    const { stderr, code } = await create(...PLAIN, '-f', bad);
    assert.equal(code, 2);
    assert.match(stderr, /bad\.yaml:\d+/);
  });
});

describe('egress create, with answers missing', () => {
  it('names them all, with an example', async () => {
    const { stdout, stderr, code } = await create();
    assert.deepEqual([stdout, code], ['', 2]);
    assert.match(
      stderr,
      /^error: NAME, --from, --port are missing, and there is no terminal to ask on\n {2}hint: for example: osm-ts egress create /,
    );
    assert.match((await create('x', '--from', 'y', '--port', '80/http')).stderr, /^error: --host is missing/);
  });

  it('never reads them from standard input', async () => {
    const { code, stderr } = await runCli(['egress', 'create', '--dry-run=client'], { cwd, stdin: 'web\n' });
    assert.equal(code, 2);
    assert.match(stderr, /NAME, --from, --port are missing/);
  });

  it('every error names the flag and the remedy', async () => {
    const cases: [string[], RegExp][] = [
      [['--host', 'https://a.com'], /--host "https:\/\/a\.com".*\n {2}hint: write --host a\.com --port 443\/https/],
      [['--port', '80/HTTP'], /--port "80\/HTTP".*\n {2}hint: write --port 80\/http/],
      [['--ip-range', '10.0.0.1/8'], /--ip-range "10\.0\.0\.1\/8".*\n {2}hint: write 10\.0\.0\.0\/8/],
      [['--from', 'a/b/c'], /--from "a\/b\/c"/],
      [['--prt', '80/http'], /unknown flag --prt\n {2}hint: did you mean --port\?/],
      [['--dry-run=maybe'], /--dry-run cannot be "maybe"/],
    ];
    for (const [words, message] of cases) {
      const { stdout, stderr, code } = await runWarm(['egress', 'create', ...PLAIN, ...words], { cwd });
      assert.deepEqual([stdout, code], ['', 2], words.join(' '));
      assert.match(stderr, message);
    }
  });
});

describe('the fixtures of these tests', () => {
  it('are as kubectl would read them', () => {
    const text = readFileSync(join(cwd, policies, 'policies.yaml'), 'utf8');
    assert.deepEqual(parseManifests(text, 'policies.yaml').warnings, []);
  });
});
