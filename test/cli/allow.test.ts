import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Validator, type Schema } from '@cfworker/json-schema';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runCli, runWarm } from '../support/run-cli.js';

const schemaText = readFileSync(join(packageRoot, 'schemas', 'egress-allow.json'), 'utf8');
const validator = new Validator(JSON.parse(schemaText) as Schema, '2020-12', false);
const golden = (name: string) => fileURLToPath(new URL(`golden/allow/${name}`, import.meta.url));

const run = (words: readonly string[], cwd: string, env: Record<string, string> = {}) => runWarm(words, { cwd, env });

/** A copy of the examples that a test may write to. */
function workspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-allow-'));
  cpSync(join(packageRoot, 'examples'), folder, { recursive: true });
  return folder;
}

const allow = (cwd: string, ...words: string[]) => run(['egress', 'allow', '--from', 'curl/curl', ...words], cwd);
const explain = (cwd: string, ...words: string[]) => run(['egress', 'explain', '--from', 'curl/curl', ...words], cwd);

/** Name of the golden file, exit code, words behind `egress allow --from curl/curl`. */
const CASES: readonly [name: string, code: number, words: string[]][] = [
  ['https-host', 0, ['https://example.com/', '-f', 'https']],
  ['http-route', 0, ['http://httpbin.org/post', '-X', 'POST', '-f', 'http-routes']],
  ['new-policy', 0, ['tcp://db.example.com:5432', '--server-first', '-f', 'http']],
  ['address-literal', 0, ['https://192.0.2.30/', '-f', 'https']],
  ['http10', 4, ['http://httpbin.org/', '--http1.0', '-f', 'http']],
  ['nothing-to-do', 0, ['http://httpbin.org/get', '-f', 'http']],
  ['loopback', 4, ['http://127.0.0.1:8080/', '-f', 'http']],
  ['not-modelled', 4, ['-f', 'http', '--', 'curl', '--interface', 'eth1', 'http://httpbin.org/']],
  ['curl-line', 0, ['-f', 'http', '--', 'curl', '-s', '-H', 'Host: api.example.com', 'http://10.0.0.1/v1']],
];

describe('egress allow', () => {
  for (const [name, code, words] of CASES) {
    it(`${name}: text, JSON that fits its schema, and nothing is written without --write`, async () => {
      const cwd = workspace();
      const text = await allow(cwd, ...words);
      assert.equal(text.stderr, '');
      assertGolden(golden(`${name}.txt`), text.stdout);
      const json = await allow(cwd, '-o', 'json', ...words);
      assert.deepEqual([text.code, json.code], [code, code]);
      assert.deepEqual(validator.validate(JSON.parse(json.stdout)).errors, []);
      assert.deepEqual(
        readdirSync(cwd, { recursive: true }).sort(),
        readdirSync(join(packageRoot, 'examples'), { recursive: true }).sort(),
      );
    });
  }

  for (const [name, code, words] of CASES.filter(([, status, all]) => status === 0 && !all.includes('--'))) {
    it(`${name}: --write, then the request is allowed and there is nothing to do`, async () => {
      const cwd = workspace();
      assert.equal((await allow(cwd, ...words, '--write')).code, code);
      const { stdout } = await explain(cwd, '--url', ...words);
      assert.match(stdout, /^ALLOWED/m);
      const again = await allow(cwd, ...words, '--write');
      assert.match(again.stdout, /nothing: the request is allowed/);
    });
  }

  it('keeps comments, order, line ends and everything that is not concerned', async () => {
    const cwd = workspace();
    const file = join(cwd, 'https', 'egress.yaml');
    const before = `# first\r\napiVersion: policy.openservicemesh.io/v1alpha1\r\nkind: Egress # the kind\r\nmetadata: {namespace: curl,   name: "x"}\r\nspec:\r\n    ports: [ {number: 443, protocol: https} ]\r\n    # hosts come last\r\n    hosts:\r\n    - 'httpbin.org'   # the one\r\n    sources:\r\n    - {kind: ServiceAccount, name: curl, namespace: curl}\r\n# last\r\n`;
    writeFileSync(file, before);
    chmodSync(file, 0o640);
    await allow(cwd, 'https://example.com/', '-f', 'https', '--write');
    const after = readFileSync(file, 'utf8');
    assert.equal(after.replace(/ {4}- '?example\.com'?\r\n/, ''), before);
    assert.notEqual(after, before);
    assert.equal(statSync(file).mode & 0o777, 0o640);
  });

  it('writes through a symbolic link', async () => {
    const cwd = workspace();
    symlinkSync(join(cwd, 'https', 'egress.yaml'), join(cwd, 'link.yaml'));
    await allow(cwd, 'https://example.com/', '-f', 'link.yaml', '-f', 'https/mesh.yaml', '--write');
    assert.match(readFileSync(join(cwd, 'https', 'egress.yaml'), 'utf8'), /example\.com/);
  });

  it('several targets are one change', async () => {
    const cwd = workspace();
    writeFileSync(join(cwd, 'targets.txt'), 'https://example.com/\nhttps://api.example.com/\nhttps://httpbin.org/\n');
    const { code } = await allow(cwd, '--targets', 'targets.txt', '-f', 'https', '--write');
    assert.equal(code, 0);
    const { stdout } = await explain(cwd, '--targets', 'targets.txt', '-f', 'https');
    assert.ok(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('ALLOWED')),
    );
  });

  it('a write that fails leaves all files as they were', async function () {
    const cwd = workspace();
    const locked = join(cwd, 'https');
    const before = readFileSync(join(locked, 'egress.yaml'), 'utf8');
    const immutable = await import('node:child_process').then(({ spawnSync }) =>
      spawnSync('chattr', ['+i', join(locked, 'egress.yaml')]),
    );
    if (immutable.status !== 0) chmodSync(locked, 0o555);
    try {
      const { code, stderr } = await allow(cwd, 'https://example.com/', '-f', 'https', '--write');
      if (immutable.status !== 0 && process.getuid?.() === 0) return;
      assert.notEqual(code, 0);
      assert.match(stderr, /^error: /);
      assert.equal(readFileSync(join(locked, 'egress.yaml'), 'utf8'), before);
      assert.deepEqual(readdirSync(locked).sort(), ['egress-test.yaml', 'egress.yaml', 'mesh.yaml']);
    } finally {
      chmodSync(locked, 0o755);
      (await import('node:child_process')).spawnSync('chattr', ['-i', join(locked, 'egress.yaml')]);
    }
  });

  it('the command that explain suggests is the one that helps', async () => {
    const cwd = workspace();
    const { stdout } = await runCli(
      ['egress', 'explain', '--from', 'curl/curl', '-f', 'https', '--url', 'https://example.com/', '-o', 'json'],
      { cwd },
    );
    const { fix } = JSON.parse(stdout) as { fix: string };
    const { splitShellWords } = await import('../../src/lib/simulator/request/index.js');
    const { code } = await runCli([...splitShellWords(fix).slice(1), '--write'], { cwd });
    assert.equal(code, 0);
    assert.match((await explain(cwd, '-f', 'https', '--url', 'https://example.com/')).stdout, /^ALLOWED/m);
  });

  it('usage errors', async () => {
    const cwd = workspace();
    for (const words of [
      ['-f', 'http'],
      ['http://a', '-f', 'missing'],
      ['htp://a b', '-f', 'http'],
      ['http://a', '--write'],
    ]) {
      const { code, stderr, stdout } = await run(['egress', 'allow', '--from', 'curl/curl', ...words], cwd, {
        KUBECONFIG: join(cwd, 'none'),
      });
      assert.equal(stdout, '');
      assert.match(stderr, /^error: /);
      assert.ok(code === 2 || code === 3, `${words.join(' ')}: ${code}`);
    }
  });
});
