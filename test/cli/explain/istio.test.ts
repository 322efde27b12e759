import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertGolden } from '../../support/golden.js';
import { packageRoot, runWarm } from '../../support/run-cli.js';
import { assertFits } from '../../support/schema.js';

const MESH = 'examples/istio/mesh.yaml';
const MIXED = 'test/fixtures/istio/mixed.yaml';
const explain = (...words: string[]) =>
  runWarm(['egress', 'explain', '--mesh', 'istio', ...words], { cwd: packageRoot });
const golden = (name: string) => fileURLToPath(new URL(`golden/istio-${name}`, import.meta.url));

/** Name of the golden file, exit code, words. */
const CASES: readonly [name: string, code: number, words: string[]][] = [
  ['allowed', 0, ['http://httpbin.org/get', '--from', 'curl/curl', '-f', 'examples/istio']],
  ['other-path', 1, ['http://httpbin.org/post', '--from', 'curl/curl', '-f', 'examples/istio']],
  ['other-host', 1, ['http://example.com/', '--from', 'curl/curl', '-f', 'examples/istio']],
  ['other-port', 1, ['https://httpbin.org/', '--from', 'curl/curl', '-f', 'examples/istio']],
  ['silent', 1, ['tcp://httpbin.org:80', '--server-first', '--from', 'curl/curl', '-f', 'examples/istio']],
  ['open', 0, ['http://example.com/', '--from', 'curl/curl', '-f', 'examples/istio/httpbin.yaml']],
  ['tls', 0, ['https://api.example.com/', '--from', 'shop/web', '-f', MIXED, '-f', MESH]],
  ['sidecar', 1, ['https://api.example.com/', '--from', 'shop/worker', '-f', MIXED, '-f', MESH]],
  ['excluded', 0, ['tcp://db.example.com:3306', '--from', 'shop/worker', '-f', MIXED, '-f', MESH]],
];

describe('egress explain --mesh istio', () => {
  for (const [name, code, words] of CASES) {
    it(`${name}, for people and for programs`, async () => {
      const text = await explain(...words);
      assert.equal(text.code, code, text.stderr);
      assertGolden(golden(`${name}.txt`), text.stdout);
      const json = await explain(...words, '-o', 'json');
      assertFits(JSON.parse(json.stdout), 'egress-explanation');
      assert.equal(json.code, code);
    });
  }

  it('says which objects the webhook refuses, and leaves them out', async () => {
    const { stderr, code } = await explain('https://api-x.example.com/', '--from', 'shop/web', '-f', MIXED, '-f', MESH);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /mixed\.yaml:\d+:\d+: ServiceEntry shop\/wrong: spec\.hosts\[0\]: .*webhook refuses the object, which is left out/,
    );
  });

  it('takes the mesh configuration of a file, by itself or in a ConfigMap', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-'));
    const file = join(folder, 'mesh');
    writeFileSync(file, 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n');
    for (const path of [file, MESH]) {
      const words = ['http://example.com/', '--from', 'curl/curl', '-f', 'examples/istio/httpbin.yaml'];
      assert.equal((await explain(...words, '--mesh-config', path)).code, 1);
    }
    writeFileSync(file, 'outboundTrafficPolicy: {mode: OPEN}\n');
    const { code, stderr } = await explain('http://example.com/', '--from', 'a/b', '-f', MIXED, '--mesh-config', file);
    assert.equal(code, 2);
    assert.match(stderr, /outboundTrafficPolicy\.mode .* REGISTRY_ONLY or ALLOW_ANY/);
  });

  it('refuses flags that mean nothing to the mesh', async () => {
    const since = await explain('http://a.test/', '--from', 'a/b', '-f', MIXED, '--since', MIXED);
    assert.equal(since.code, 2);
    const words = [
      'egress',
      'explain',
      'http://a.test/',
      '--from',
      'a/b',
      '-f',
      'examples/http',
      '--mesh-config',
      MESH,
    ];
    assert.equal((await runWarm(words, { cwd: packageRoot })).code, 2);
  });
});
