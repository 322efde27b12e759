import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const run = (...words: string[]) => runWarm(['egress', ...words], { cwd: packageRoot });
const MIXED = ['-f', 'test/fixtures/istio/mixed.yaml', '-f', 'examples/istio/mesh.yaml'];

interface Grid {
  destinations: string[];
  rows: { source: { namespace: string; serviceAccount: string }; cells: number[]; before: number[] | null }[];
  outcomes: { verdict: string; example: string }[];
}

interface Reached {
  rows: { way: string; requests: { example: string }[] }[];
}

describe('questions about Istio’s resources', () => {
  it('egress reach lists what a source may reach, and each example gets through', async () => {
    const words = ['--mesh', 'istio', '--from', 'shop/web', ...MIXED];
    const { stdout, code, stderr } = await run('reach', ...words, '-o', 'json');
    assert.equal(code, 0, stderr);
    const document = JSON.parse(stdout) as Reached;
    assertFits(document, 'egress-reach');
    const examples = document.rows
      .filter(({ way }) => way === 'policy')
      .flatMap(({ requests }) => requests.map(({ example }) => example));
    assert.ok(examples.some((example) => example.includes('https://api.example.com')));
    assert.equal((await run('explain', ...words, ...examples)).code, 0);
  });

  it('egress reach says that everything is open where nothing closes it', async () => {
    const { stdout } = await run(
      'reach',
      '--mesh',
      'istio',
      '--from',
      'a/b',
      '-f',
      'examples/istio/httpbin.yaml',
      '-o',
      'json',
    );
    assert.ok((JSON.parse(stdout) as Reached).rows.some(({ way }) => way === 'mesh-wide-egress'));
  });

  it('egress diff tells what another set of Istio’s resources opens, and proves that nothing differs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-diff-'));
    const file = join(packageRoot, 'examples/istio/httpbin.yaml');
    writeFileSync(
      join(folder, 'httpbin.yaml'),
      readFileSync(file, 'utf8').replace('regex: /get', 'regex: /(get|post)'),
    );
    const { stdout, code, stderr } = await run('diff', '--mesh', 'istio', 'examples/istio', folder, '-o', 'json');
    assert.equal(code, 1, stderr);
    const document = JSON.parse(stdout) as {
      allowsMore: boolean;
      deniesMore: boolean;
      differences: { command: string }[];
    };
    assertFits(document, 'egress-diff');
    assert.deepEqual([document.allowsMore, document.deniesMore], [true, false]);
    assert.deepEqual(
      document.differences.map(({ command }) => command),
      ['curl http://httpbin.org/post'],
    );
    const same = await run('diff', '--mesh', 'istio', 'examples/istio', 'examples/istio');
    assert.deepEqual([same.code, /^nothing differs/m.test(same.stdout)], [0, true]);
  });

  it('egress matrix agrees with egress explain in each cell, and tells what a base allows otherwise', async () => {
    const words = ['--mesh', 'istio', ...MIXED];
    const { stdout, code, stderr } = await run('matrix', ...words, '--base', 'examples/istio', '-o', 'json');
    assert.equal(code, 1, stderr);
    const document = JSON.parse(stdout) as Grid;
    assertFits(document, 'egress-matrix');
    assert.deepEqual(document.destinations, ['api.example.com:443/https', 'httpbin.org:80/http']);
    assert.deepEqual(
      document.rows.map(({ source }) => `${source.namespace}/${source.serviceAccount}`),
      ['curl/*', 'shop/web', 'shop/worker'],
    );
    for (const { source, cells } of document.rows) {
      const from = `${source.namespace}/${source.serviceAccount}`;
      if (from.endsWith('*')) continue;
      const examples = cells.map((cell) => document.outcomes[cell]!.example);
      const explained = await run('explain', '-o', 'json', '--from', from, ...words, ...examples);
      const verdicts = explained.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
      assert.deepEqual(
        verdicts,
        cells.map((cell) => (document.outcomes[cell]!.verdict === 'denied' ? 'denied' : 'allowed')),
      );
    }
    // the base has no mesh configuration besides the one of the others
    const httpbin = document.rows[0]!;
    assert.deepEqual(
      [httpbin.cells, httpbin.before!].map((cells) => document.outcomes[cells[1]!]!.verdict),
      ['denied', 'some'],
    );
    for (const format of ['text', 'csv', 'markdown', 'html']) {
      const printed = await run('matrix', ...words, '-o', format);
      assert.equal(printed.code, 0);
      assert.match(printed.stdout, /shop\/web/);
    }
    assert.equal((await run('matrix', ...words, '--base', 'test/fixtures/istio/mixed.yaml')).code, 0);
  });

  it('egress matrix has a row for ServiceAccounts that AuthorizationPolicies name, and for each name behind a port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-matrix-'));
    const migrated = join(folder, 'istio');
    const shop = 'test/fixtures/migrate/shop.yaml';
    await run('migrate', '--to', 'istio', '-f', shop, '--identity', 'gateway', '--directory', migrated);
    const service = join(folder, 'gateway.yaml');
    writeFileSync(
      service,
      'apiVersion: v1\nkind: Service\nmetadata: {name: istio-egressgateway, namespace: istio-egress}\nspec: {clusterIP: None, selector: {istio: egressgateway}, ports: [{name: tls-80, port: 80}, {name: tls-443, port: 443}]}\n',
    );
    const config = join(migrated, 'mesh-config.txt');
    const words = ['--mesh', 'istio', '--mesh-config', config, '-f', migrated, '-f', service];
    const { rows, destinations, outcomes } = JSON.parse((await run('matrix', ...words, '-o', 'json')).stdout) as Grid;
    const web = rows.find(({ source }) => source.serviceAccount === 'web')!;
    const allowed = destinations.filter((_, column) => outcomes[web.cells[column]!]!.verdict === 'allowed');
    assert.deepEqual(allowed, ['api.example.com:443/https', 'api.example.com:80/http']);
    assert.ok(destinations.includes('*.partner.example.com:443/https'));
    assert.ok(!destinations.some((name) => name.includes('.osm-egress:443')));
  });

  it('egress test asks Istio’s resources where a file says mesh: istio', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-test-'));
    const file = join(folder, 'test.yaml');
    const suite = (more: string) => `
apiVersion: osm-ts/v1
kind: EgressTest
mesh: istio
resources: ["${join(packageRoot, 'examples/istio')}"]
tests:
  - {name: get, from: curl/curl, target: http://httpbin.org/get, expect: allowed}
  - {name: post, from: curl/curl, target: http://httpbin.org/post, expect: {verdict: denied, status: 404}}
  - {name: silent, from: curl/curl, target: tcp://httpbin.org:80 --server-first, expect: {class: stalled}}
${more}`;
    writeFileSync(file, suite(''));
    const passed = await run('test', file);
    assert.equal(passed.code, 0, passed.stdout + passed.stderr);
  });

  /** Runs tests of all requests; the answer is which of them passed. */
  async function asked(
    resources: readonly string[],
    tests: string,
  ): Promise<{ code: number; said: string[]; stdout: string }> {
    const file = join(mkdtempSync(join(tmpdir(), 'istio-test-')), 'test.yaml');
    const paths = resources.map((path) => JSON.stringify(resolve(packageRoot, path)));
    writeFileSync(
      file,
      `apiVersion: osm-ts/v1\nkind: EgressTest\nmesh: istio\nresources: [${paths.join()}]\ntests:\n${tests}`,
    );
    const { stdout, code, stderr } = await run('test', file, '-o', 'json');
    assert.ok(code === 0 || code === 1, stderr);
    const { cases } = JSON.parse(stdout) as { cases: { name: string; status: string }[] };
    return { code, stdout, said: cases.map(({ name, status }) => `${name}: ${status}`) };
  }

  it('egress test decides for all requests what a source may send, whatever port is in the Host', async () => {
    const get = '{host: httpbin.org, port: 80, methods: [GET], paths: [/get]}';
    const exactly = (name: string, patterns: string) =>
      `- {name: ${name}, from: curl/curl, allows exactly: [${patterns}]}\n`;
    const { said, stdout } = await asked(
      ['examples/istio'],
      exactly('this', get) +
        exactly('more', `${get}, {host: example.com, port: 443}`) +
        exactly('less', '') +
        exactly('others', '{host: httpbin.org, port: 80}'),
    );
    assert.deepEqual(said, ['this: passed', 'more: failed', 'less: failed', 'others: failed']);
    assert.match(stdout, /--resolve example.com:443:203.0.113.254 https:\/\/example.com\//);
  });

  it('egress test asks for each sort of pods of a source, where labels tell them apart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'istio-pods-'));
    const pods = ['web', 'batch'].map(
      (app) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${app}, namespace: shop, labels: {app: ${app}}}\nspec: {serviceAccountName: all}\n`,
    );
    const rule = (app: string) =>
      `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: ${app}, namespace: shop}\nspec: {workloadSelector: {labels: {app: ${app}}}, egress: [{hosts: [./${app}.test]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\n`;
    const entry = (host: string) =>
      `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: ${host}, namespace: shop}\nspec: {hosts: [${host}.test], resolution: NONE, ports: [{number: 443, name: tls, protocol: TLS}]}\n`;
    const file = join(folder, 'all.yaml');
    writeFileSync(file, [...pods, rule('web'), rule('batch'), entry('web'), entry('batch')].join('---\n'));
    const test = (host: string) =>
      `- {name: ${host}, from: shop/all, allows exactly: [{host: ${host}.test, port: 443}]}\n`;
    const { said } = await asked([file], test('web') + test('batch'));
    assert.deepEqual(said, ['web: failed', 'batch: failed']);
  });

  it('egress test proves that nothing is wider than it was, or tells what is', async () => {
    const tests =
      '- {name: same, nothing wider than: PATH}\n- {name: one, from: curl/curl, nothing wider than: PATH}\n';
    const path = JSON.stringify(join(packageRoot, 'examples/istio'));
    const same = await asked(['examples/istio'], tests.replaceAll('PATH', path));
    assert.deepEqual(same.said, ['same: from curl/*: passed', 'same: from istio-system/*: passed', 'one: passed']);
    const wider = await asked(['examples/istio', 'test/fixtures/istio/mixed.yaml'], tests.replaceAll('PATH', path));
    // an entry that says nothing of exportTo opens every namespace; a Sidecar that imports nothing closes its own
    assert.deepEqual(wider.said, [
      'same: from shop/web: failed',
      'same: from shop/worker: passed',
      'same: from shop/*: failed',
      'same: from curl/*: failed',
      'same: from istio-system/*: failed',
      'one: failed',
    ]);
    assert.match(wider.stdout, /https:\/\/api.example.com\//);
  });
});
