import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressReach from '../../src/commands/egress/reach.js';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const reach = (...words: string[]) => runWarm(['egress', 'reach', ...words], { cwd: packageRoot });
const shop = ['--from', 'apps/shop', '-f', 'test/fixtures/reach/shop.yaml'];
const golden = (name: string) => join(packageRoot, 'test', 'cli', 'golden', `reach-${name}`);

interface Printed {
  complete: boolean;
  source: { serviceAccount: string };
  rows: { way: string; hosts: string[] | null; requests: { example: string }[] }[];
  undecided: { message: string; objects: { name: string }[] }[];
}

describe('egress reach', () => {
  for (const [format, name] of [
    ['text', 'shop.txt'],
    ['wide', 'shop-wide.txt'],
    ['csv', 'shop.csv'],
    ['markdown', 'shop.md'],
    ['json', 'shop.json'],
  ] as const) {
    it(`lists policies, services of the mesh and what goes past Envoy, as ${format}`, async () => {
      const { stdout, code } = await reach(...shop, '-o', format);
      assert.equal(code, 0);
      if (format === 'json') assertFits(JSON.parse(stdout), 'egress-reach');
      assertGolden(golden(name), stdout);
    });
  }

  it('prints examples of which each gets through', async () => {
    const { rows } = JSON.parse((await reach(...shop, '-o', 'json')).stdout) as Printed;
    const examples = rows.flatMap(({ requests }) => requests.map(({ example }) => example));
    assert.ok(examples.length > rows.length);
    const { code, stdout } = await runWarm(['egress', 'explain', ...shop, ...examples], { cwd: packageRoot });
    assert.equal(code, 0, stdout);
  });

  it('answers for several sources, one document a line', async () => {
    const { stdout, code } = await reach(...shop, '--from', 'apps/audit', '-o', 'json');
    assert.equal(code, 0);
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Printed);
    assert.deepEqual(
      documents.map(({ source }) => source.serviceAccount),
      ['shop', 'audit'],
    );
    const csv = (await reach(...shop, '--from', 'apps/audit', '-o', 'csv')).stdout.split('\n');
    assert.equal(csv.filter((line) => line.startsWith('source,')).length, 1);
    assert.ok(csv.some((line) => line.startsWith('apps/audit,allowed,policy,orders.example.com')));
  });

  it('says where it was too large to decide, with the objects, and exits with 4', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-reach-')), 'hard.yaml');
    // for each path, any combination of letters that are in it opens other requests
    const matches = [...'abcdefghijklmnopqrst'].map((letter) => ({
      name: letter,
      pathRegex: `/.*${letter}.*`,
      methods: ['GET'],
      headers: [{ [`x-${letter}`]: 'yes' }],
    }));
    const documents = [
      {
        apiVersion: 'policy.openservicemesh.io/v1alpha1',
        kind: 'Egress',
        metadata: { name: 'hard', namespace: 'apps' },
        spec: {
          sources: [{ kind: 'ServiceAccount', name: 'shop', namespace: 'apps' }],
          hosts: ['hard.example.com'],
          ports: [{ number: 80, protocol: 'http' }],
          matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'hard' }],
        },
      },
      {
        apiVersion: 'specs.smi-spec.io/v1alpha4',
        kind: 'HTTPRouteGroup',
        metadata: { name: 'hard', namespace: 'apps' },
        spec: { matches },
      },
    ];
    writeFileSync(file, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
    const text = await reach('--from', 'apps/shop', '-f', file);
    assert.equal(text.code, 4);
    assert.match(
      text.stdout,
      /undecided +too large to decide here: the path on port 80 of\s+hard\.example\.com\s+has more than 4096 parts/,
    );
    assert.match(text.stdout, /Egress apps\/hard \(.*hard\.yaml:1\)/);
    const { complete, undecided } = JSON.parse(
      (await reach('--from', 'apps/shop', '-f', file, '-o', 'json')).stdout,
    ) as Printed;
    assert.equal(complete, false);
    assert.equal(undecided[0]!.objects[0]!.name, 'hard');
  });

  it('does not know what a source of another mesh reaches', async () => {
    const { stdout, code } = await reach(...shop, '--mesh-name', 'other');
    assert.equal(code, 4);
    assert.match(stdout, /not known +the control plane of mesh osm decides/);
  });

  it('says that a source without sidecar reaches everything past Envoy', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-reach-')), 'outside.yaml');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }));
    const { stdout, code } = await reach('--from', 'apps/shop', '-f', file, '-o', 'csv');
    assert.equal(code, 0);
    assert.match(stdout, /^apps\/shop,allowed,past-envoy,\*,\*,tcp,\*,\*,.*past Envoy: there is no sidecar/m);
  });

  it('runs the examples of its help', async () => {
    for (const example of EgressReach.examples) {
      const words = example.replace('<%= config.bin %> <%= command.id %> ', '').split(' ');
      const { code, stderr } = await reach(...words);
      assert.equal(code, 0, stderr);
    }
  });
});
