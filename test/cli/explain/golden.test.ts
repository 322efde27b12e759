import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Validator, type Schema } from '@cfworker/json-schema';
import { assertGolden } from '../../support/golden.js';
import { packageRoot, runWarm } from '../../support/run-cli.js';

/** Name of the golden file, exit code, words behind `egress explain --from curl/curl`. */
const CASES: readonly [name: string, code: number, words: string[]][] = [
  ['http', 0, ['--url', 'http://httpbin.org:80/get', '-f', 'examples/http']],
  ['https', 0, ['--url', 'https://httpbin.org/', '-f', 'examples/https']],
  ['tcp', 0, ['--url', 'tcp://db.example.com:443', '-f', 'examples/tcp']],
  ['routes', 0, ['-f', 'examples/http-routes', '--', 'curl', '-s', 'http://httpbin.org/status/200?x=1']],
  ['other-host', 1, ['--url', 'http://example.com/', '-f', 'examples/http']],
  ['other-port', 1, ['--url', 'https://httpbin.org/', '-f', 'examples/http']],
  ['other-sni', 1, ['--url', 'https://example.com/', '-f', 'examples/https']],
  ['other-path', 1, ['--url', 'http://httpbin.org/post', '-X', 'POST', '-f', 'examples/http-routes']],
  ['other-source', 1, ['--url', 'http://httpbin.org/', '--from', 'shop/cart', '-f', 'examples/http']],
  ['curl-fail', 1, ['-f', 'examples/http', '--', 'curl', '-f', 'http://example.com/']],
  ['tls-on-http', 1, ['--url', 'https://httpbin.org:80/', '-f', 'examples/http']],
  ['http10', 1, ['--url', 'http://httpbin.org/', '--http1.0', '-f', 'examples/http']],
  ['server-first', 1, ['--url', 'tcp://httpbin.org:80', '--server-first', '-f', 'examples/http']],
  ['ipv6', 0, ['--url', 'http://[2001:db8::1]/', '-f', 'examples/http']],
  ['routes-refused', 1, ['--url', 'http://httpbin.org/', '-f', 'test/fixtures/explain/two-policies-one-host.yaml']],
  [
    'routes-by-chance',
    4,
    ['--url', 'http://httpbin.org:8080/', '-f', 'test/fixtures/explain/two-policies-one-host.yaml'],
  ],
  ['listener-refused', 1, ['--url', 'https://httpbin.org/', '-f', 'test/fixtures/explain/listener-refused.yaml']],
  ['capitals', 1, ['--url', 'http://httpbin.org/', '-f', 'test/fixtures/explain/capitals.yaml']],
  ['address-decides', 4, ['--url', 'https://httpbin.org/', '-f', 'test/fixtures/explain/ranges.yaml']],
  [
    'address-known',
    0,
    [
      '--url',
      'https://httpbin.org/',
      '--hosts',
      'test/fixtures/explain/hosts',
      '-f',
      'test/fixtures/explain/ranges.yaml',
    ],
  ],
  ['zero-range', 4, ['--url', 'https://example.com:8443/', '-f', 'test/fixtures/explain/ranges.yaml']],
  ['other-account', 1, ['--url', 'http://web.shop/', '-f', 'test/fixtures/explain/other-account.yaml']],
  ['not-modelled', 4, ['-f', 'examples/http', '--', 'curl', '--interface', 'eth1', 'http://httpbin.org/']],
];

const explain = (words: readonly string[]) => {
  const from = words.includes('--from') ? [] : ['--from', 'curl/curl'];
  return runWarm(['egress', 'explain', ...from, ...words], { cwd: packageRoot });
};

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));

/** `-o json` must not end up behind `--`. */
const withFlags = (words: readonly string[], ...flags: string[]) => [...flags, ...words];

const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/egress-explanation.json', import.meta.url), 'utf8'),
) as Schema;
const validator = new Validator(schema, '2020-12', false);

describe('egress explain: golden outputs', () => {
  for (const [name, code, words] of CASES) {
    it(`${name}: text`, async () => {
      const run = await explain(words);
      assert.equal(run.stderr, '');
      assertGolden(golden(`${name}.txt`), run.stdout);
      assert.equal(run.code, code);
    });

    it(`${name}: JSON fits its schema and agrees with the text`, async () => {
      const [json, text, yaml] = [
        await explain(withFlags(words, '-o', 'json')),
        await explain(words),
        await explain(withFlags(words, '-o', 'yaml')),
      ];
      assert.equal(json.code, code);
      const document = JSON.parse(json.stdout) as { verdict: string; trace: { reason: string }[] };
      assert.deepEqual(validator.validate(document).errors, []);
      assert.ok(text.stdout.startsWith('from '));
      assert.match(text.stdout, new RegExp(`^${document.verdict.toUpperCase()} `, 'm'));
      assert.match(yaml.stdout, new RegExp(`^verdict: ${document.verdict}$`, 'm'));
      if (code === 4) return;
      const flat = text.stdout.replaceAll(/\s+/g, ' ');
      for (const { reason } of document.trace.filter(({ reason }) => !reason.startsWith('Envoy sees'))) {
        assert.ok(flat.includes(reason), reason);
      }
    });
  }

  it('other-host: the whole sieve', async () => {
    const { stdout } = await explain(['--url', 'http://example.com/', '-f', 'examples/http', '--trace']);
    assertGolden(golden('other-host-trace.txt'), stdout);
  });

  it('other-path: the whole JSON document', async () => {
    const words = ['--url', 'http://httpbin.org/post', '-f', 'examples/http-routes', '-o', 'json'];
    assertGolden(golden('other-path.json'), (await explain(words)).stdout);
  });

  it('several targets: a line each', async () => {
    const words = ['--targets', 'test/fixtures/explain/targets.txt', '-f', 'examples/http'];
    const run = await explain(words);
    assertGolden(golden('targets.txt'), run.stdout);
    assert.equal(run.code, 1);
    const json = await explain([...words, '-o', 'json']);
    const documents = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    assert.equal(documents.length, 4);
    for (const document of documents) assert.deepEqual(validator.validate(document).errors, []);
  });
});
