import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Validator, type Schema } from '@cfworker/json-schema';
import { assertGolden } from '../../support/golden.js';
import { packageRoot, runCli, runWarm } from '../../support/run-cli.js';

const dump = 'examples/proxy/config_dump';
const text = readFileSync(join(packageRoot, dump), 'utf8');
const explain = (words: readonly string[]) => runWarm(['egress', 'explain', ...words], { cwd: packageRoot });
const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas/egress-explanation.json'), 'utf8')) as Schema;

describe('egress explain --config-dump', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-config-dump-'));
  const written = (name: string, content: string): string => {
    writeFileSync(join(scratch, name), content);
    return join(scratch, name);
  };
  after(() => rmSync(scratch, { recursive: true }));

  const goldens: readonly (readonly [string, number, string[]])[] = [
    ['dump-allowed', 0, ['https://httpbin.org/', '--config-dump', dump]],
    ['dump-denied', 1, ['http://example.com/', '--config-dump', dump, '--trace']],
  ];
  for (const [name, code, words] of goldens) {
    it(`${name}: as it should read`, async () => {
      const run = await explain(words);
      assert.equal(run.code, code, run.stderr);
      assertGolden(fileURLToPath(new URL(`golden/${name}.txt`, import.meta.url)), run.stdout);
    });
  }

  it('names what it does not know, in a document that fits the schema', async () => {
    const odd = written('odd.json', text.replace('"server_names"', '"source_ports": [1],\n"server_names"'));
    const run = await explain(['https://httpbin.org/', '--config-dump', odd, '-o', 'json']);
    assert.equal(run.code, 4, run.stderr);
    const document = JSON.parse(run.stdout) as { verdict: string; configDump: string; findings: { message: string }[] };
    assert.deepEqual(new Validator(schema, '2020-12').validate(document).errors, []);
    assert.deepEqual([document.verdict, document.configDump], ['unknown', odd]);
    assert.match(document.findings[0]!.message, /source_ports of a filter chain’s match, which osm-ts does not know/);
  });

  it('takes from files what is excluded from interception, and nothing else', async () => {
    const mesh = written(
      'mesh.yaml',
      `apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: { name: osm-mesh-config, namespace: osm-system }
spec: { traffic: { outboundPortExclusionList: [8443] }, featureFlags: { enableEgressPolicy: false } }
`,
    );
    const past = await explain(['https://example.com:8443/', '--config-dump', dump, '-f', mesh]);
    assert.equal(past.code, 0, past.stderr);
    assert.match(past.stdout, /port 8443 is excluded/);
    const through = await explain(['https://httpbin.org/', '--config-dump', dump, '-f', mesh]);
    assert.equal(through.code, 0, through.stderr);
  });

  it('says where a dump is damaged, with exit code 2', async () => {
    const faults: readonly (readonly [string, RegExp])[] = [
      [text.slice(0, 4000), /cut\.json:\d+:\d+: /],
      [
        text.replace('"filter_chains": [', '"filter_chains": 7, "x": ['),
        /cut\.json:\d+:\d+: .*filter_chains is not a list/,
      ],
      ['{}', /cut\.json:1:1: there is no list of configs/],
      ['', /cut\.json: there is nothing in it/],
      ['- a', /cut\.json:1:1: the dump is not an object/],
    ];
    for (const [content, message] of faults) {
      const run = await explain(['http://httpbin.org/', '--config-dump', written('cut.json', content)]);
      assert.equal(run.code, 2, content.slice(0, 50));
      assert.match(run.stderr, message);
    }
    const none = await explain(['http://httpbin.org/', '--config-dump', join(scratch, 'none.json')]);
    assert.deepEqual([none.code, /no such file/.test(none.stderr)], [2, true]);
  });

  it('asks for the client where the dump does not tell it, and refuses another one', async () => {
    const nobody = written('nobody.json', text.replace('"id": "curl.curl"', '"id": "x"'));
    const asked = await explain(['https://httpbin.org/', '--config-dump', nobody]);
    assert.deepEqual([asked.code, /--from NAMESPACE\/SERVICEACCOUNT/.test(asked.stderr)], [2, true]);
    const told = await explain(['https://httpbin.org/', '--config-dump', nobody, '--from', 'curl/curl']);
    assert.equal(told.code, 0, told.stderr);
    const other = await explain(['https://httpbin.org/', '--config-dump', dump, '--from', 'shop/cart']);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /is of a proxy of curl\/curl, not of shop\/cart/);
  });

  it('reads standard input, and needs no cluster', async () => {
    const env = { KUBECONFIG: '/nonexistent' };
    const run = await runCli(['egress', 'explain', 'https://httpbin.org/', '--config-dump', '-'], { stdin: text, env });
    assert.equal(run.code, 0, run.stderr);
  });
});
