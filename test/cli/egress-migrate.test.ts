import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const SHOP = 'test/fixtures/migrate/shop.yaml';
const migrate = (...words: string[]) => runWarm(['egress', 'migrate', '--to', 'istio', ...words], { cwd: packageRoot });
const golden = (name: string) => join(packageRoot, 'test', 'cli', 'golden', `migrate-${name}`);

interface Printed {
  resources: { object: { kind: string; metadata: { name: string; namespace: string } } }[];
  identities: { namespace: string; identity: string; shared: boolean }[];
  messages: { level: string; code: string; message: string }[];
  changes: { change: string; command: string; osm: { verdict: string }; istio: { verdict: string } }[];
  undecided: unknown[];
}

describe('egress migrate', () => {
  for (const example of ['http', 'https', 'tcp', 'http-routes']) {
    it(`the guide’s example ${example}: only what the client sees changes`, async () => {
      const { stdout, stderr, code } = await migrate('-f', `examples/${example}`);
      assert.equal(code, 0, stderr);
      assertGolden(golden(`${example}.yaml`), stdout);
      const document = JSON.parse((await migrate('-f', `examples/${example}`, '-o', 'json')).stdout) as Printed;
      assertFits(document, 'egress-migration');
      assert.deepEqual([...new Set(document.changes.map(({ change }) => change))], ['seen']);
      assert.deepEqual(document.undecided, []);
      for (const { osm, istio } of document.changes) assert.equal(osm.verdict, istio.verdict);
    });
  }

  for (const [format, name] of [
    ['text', 'shop.txt'],
    ['markdown', 'shop.md'],
    ['html', 'shop.html'],
    ['yaml', 'shop.yaml'],
  ] as const) {
    it(`tells workloads apart, leaves out what never worked, and says so, as ${format}`, async () => {
      const { stdout, code } = await migrate('-f', SHOP, '-o', format);
      assert.equal(code, 0);
      assertGolden(golden(name), stdout);
    });
  }

  it('says what is wider where sources cannot be told apart, and exits with 1', async () => {
    const { stdout, code } = await migrate('-f', SHOP, '--identity', 'namespace', '-o', 'json');
    assert.equal(code, 1);
    const { changes, identities, messages } = JSON.parse(stdout) as Printed;
    assert.ok(identities.some(({ namespace, shared }) => namespace === 'shop' && shared));
    assert.ok(changes.some(({ change, command }) => change === 'wider' && command.includes('api.example.com')));
    assert.ok(messages.some(({ level, code: told }) => level === 'ERROR' && told === 'identity'));
    // nothing is narrower, but what CONNECT by HTTP/2 does to a port that is open now is not modelled
    assert.equal((await migrate('-f', SHOP, '--identity', 'namespace', '--fail-on', 'narrower')).code, 4);
  });

  it('writes resources that explain --mesh istio reads, and that let the same through', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    const out = join(folder, 'istio');
    const { code, stderr } = await migrate('-f', SHOP, '--directory', out);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(out).sort(), [
      '1-sidecars.yaml',
      '2-virtual-services.yaml',
      '3-service-entries.yaml',
      'account.json',
      'account.md',
      'mesh-config.txt',
    ]);
    assertFits(JSON.parse(readFileSync(join(out, 'account.json'), 'utf8')), 'egress-migration');
    const pods = join(folder, 'pods.yaml');
    const pod = (name: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}\nspec: {serviceAccountName: ${name}}\n`;
    writeFileSync(pods, ['web', 'worker'].map(pod).join('---\n'));
    const explain = (from: string, target: string) =>
      runWarm(
        [
          'egress',
          'explain',
          '--mesh',
          'istio',
          '--mesh-config',
          join(out, 'mesh-config.txt'),
          '--from',
          from,
          '-f',
          out,
          '-f',
          pods,
          target,
        ],
        { cwd: packageRoot },
      );
    assert.equal((await explain('shop/web', 'http://api.example.com/')).code, 0);
    assert.equal((await explain('shop/web', 'https://api.example.com/')).code, 0);
    assert.equal((await explain('shop/worker', 'https://api.example.com/')).code, 1);
    assert.equal((await explain('shop/worker', 'tcp://10.1.2.3:3306')).code, 0);
    assert.equal((await explain('shop/web', 'tcp://10.1.2.3:3306')).code, 1);
  });

  it('says where it cannot write', async () => {
    const { code, stderr } = await migrate('-f', SHOP, '--directory', '/dev/null/x');
    assert.equal(code, 2);
    assert.match(stderr, /\/dev\/null\/x cannot be written/);
  });
});
