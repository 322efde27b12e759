import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressMigrate from '../../src/commands/egress/migrate.js';
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
      const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
      const [out, tests] = [join(folder, 'istio'), join(folder, 'tests.yaml')];
      await migrate('-f', `examples/${example}`, '--directory', out, '--tests', tests);
      const run = await runWarm(['egress', 'test', tests, '-o', 'json'], { cwd: packageRoot });
      assert.equal(run.code, 0, run.stdout + run.stderr);
    });
  }

  it('the guide’s example of mesh-wide egress: nothing but a Sidecar that says so', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'migrate-')), 'mesh.yaml');
    const mesh = readFileSync(join(packageRoot, 'examples/http/mesh.yaml'), 'utf8');
    assert.match(mesh, /enableEgress: false/);
    const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: curl, namespace: curl}\n';
    writeFileSync(file, `${mesh.replace('enableEgress: false', 'enableEgress: true')}\n---\n${account}`);
    const { stdout, code } = await migrate('-f', file, '-o', 'json');
    assert.equal(code, 0, stdout);
    const { resources, changes } = JSON.parse(stdout) as Printed;
    assert.deepEqual(
      resources.map(({ object }) => object.kind),
      ['Sidecar'],
    );
    assert.match(stdout, /"mode": ?"ALLOW_ANY"/);
    assert.deepEqual([...new Set(changes.map(({ change }) => change))], ['seen']);
  });

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
    assert.equal((await migrate('-f', SHOP, '--identity', 'namespace', '--fail-on', 'narrower')).code, 0);
  });

  it('writes resources that explain --mesh istio reads, and that let the same through', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    const out = join(folder, 'istio');
    const { code, stderr } = await migrate('-f', SHOP, '--directory', out);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(out).sort(), [
      '1-sidecars.yaml',
      '5-virtual-services.yaml',
      '6-service-entries.yaml',
      'account',
      'mesh-config.txt',
    ]);
    assert.deepEqual(readdirSync(join(out, 'account')).sort(), ['account.json', 'account.md']);
    assertFits(JSON.parse(readFileSync(join(out, 'account', 'account.json'), 'utf8')), 'egress-migration');
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

  it('-o dir writes to istio, or where --directory says; with another -o it prints besides', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    const shop = join(packageRoot, SHOP);
    const here = await runWarm(['egress', 'migrate', '--to', 'istio', '-f', shop, '-o', 'dir'], { cwd: folder });
    assert.deepEqual([here.code, here.stdout], [0, '']);
    assert.match(here.stderr, /^wrote istio\/1-sidecars\.yaml$/m);
    const out = join(folder, 'elsewhere');
    const there = await migrate('-f', SHOP, '-o', 'dir', '--directory', out);
    assert.deepEqual([there.code, there.stdout], [0, '']);
    assert.deepEqual(readdirSync(out), readdirSync(join(folder, 'istio')));
    const both = await migrate('-f', SHOP, '-o', 'json', '--directory', out, '--identity', 'gateway');
    assertFits(JSON.parse(both.stdout), 'egress-migration');
    assert.deepEqual(
      readdirSync(out).filter((name) => name.endsWith('.yaml')),
      [
        '1-sidecars',
        '2-authorization-policies',
        '3-destination-rules',
        '4-gateways',
        '5-virtual-services',
        '6-service-entries',
      ].map((name) => `${name}.yaml`),
    );
    // what an earlier run wrote, and this one has nothing of, is gone
    await migrate('-f', 'examples/tcp', '--directory', out);
    assert.deepEqual(
      readdirSync(out).filter((name) => name.endsWith('.yaml')),
      ['1-sidecars.yaml', '6-service-entries.yaml'],
    );
  });

  for (const [format, name] of [
    ['text', 'gateway.txt'],
    ['yaml', 'gateway.yaml'],
  ] as const) {
    it(`tells ServiceAccounts apart at an egress gateway, and says what it needs, as ${format}`, async () => {
      const words = ['-f', SHOP, '--identity', 'gateway', '--gateway', 'exit/istio-out', '-o', format];
      const { stdout, code, stderr } = await migrate(...words);
      assert.equal(code, 0, stderr);
      assertGolden(golden(name), stdout);
    });
  }

  it('--gateway takes a name of a Service', async () => {
    const { code, stderr } = await migrate('-f', SHOP, '--gateway', 'a/b/c');
    assert.equal(code, 2);
    assert.match(stderr, /--gateway "a\/b\/c" is not \[namespace\/\]name/);
  });

  it('writes tests of today’s verdicts, which pass under both meshes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    const [out, tests] = [join(folder, 'istio'), join(folder, 'tests.yaml')];
    const { code, stderr } = await migrate('-f', SHOP, '--directory', out, '--tests', tests);
    assert.equal(code, 0, stderr);
    const run = await runWarm(['egress', 'test', tests, '-o', 'json'], { cwd: packageRoot });
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const viaGateway = ['--directory', out, '--tests', tests, '--identity', 'gateway'];
    assert.equal((await migrate('-f', SHOP, ...viaGateway)).code, 0);
    assert.equal((await runWarm(['egress', 'test', tests], { cwd: packageRoot })).code, 0);
    const { cases } = JSON.parse(run.stdout) as { cases: { status: string }[] };
    assert.ok(cases.length > 20 && cases.length % 2 === 0, `${cases.length}`);
    const nothing = await migrate('--tests', tests, '-f', '-');
    assert.equal(nothing.code, 2);
  });

  it('writes a script that asks in a pod, and takes Envoy’s own answers for denials', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    const script = join(folder, 'probe.sh');
    assert.equal((await migrate('-f', 'examples/http-routes', '--probe-script', script)).code, 0);
    // stands for the mesh: a server behind Envoy for httpbin.org, Envoy itself for the rest
    const curl = `#!/bin/sh
for word; do last2=$last; last=$word; [ "$last2" = -D ] && headers=$word; done
case "$*" in
*httpbin.org/get*|*httpbin.org/status*) [ -z "$headers" ] || printf 'HTTP/1.1 200 OK\\r\\nserver: envoy\\r\\nx-envoy-upstream-service-time: 3\\r\\n' >"$headers" ;;
*https:*) exit 35 ;;
*) [ -z "$headers" ] || printf 'HTTP/1.1 404 Not Found\\r\\nserver: envoy\\r\\n' >"$headers" ;;
esac
`;
    writeFileSync(join(folder, 'curl'), curl, { mode: 0o755 });
    const ask = (source: string) =>
      spawnSync('sh', [script, source], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
      });
    const { stdout, status } = ask('curl/curl');
    assert.match(stdout, /[1-9]\d* passed, 0 failed, \d+ skipped/);
    assert.equal(status, 0);
    writeFileSync(join(folder, 'curl'), '#!/bin/sh\nexit 56\n', { mode: 0o755 });
    assert.match(ask('curl/curl').stdout, /FAIL {2}curl .* is denied, not allowed/);
    assert.equal(ask('curl/curl').status, 1);
    assert.equal(ask('no/body').status, 2);
  });

  it('runs the examples of its help', async () => {
    for (const example of EgressMigrate.examples) {
      const words = example.replace('<%= config.bin %> <%= command.id %> --to istio ', '').split(' ');
      assert.equal((await migrate(...words)).code, 0);
    }
  });

  it('says where it cannot write', async () => {
    const { code, stderr } = await migrate('-f', SHOP, '--directory', '/dev/null/x');
    assert.equal(code, 2);
    assert.match(stderr, /\/dev\/null\/x cannot be written/);
  });
});
