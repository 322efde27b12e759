import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressMatrix from '../../src/commands/egress/matrix.js';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const run = (...words: string[]) => runWarm(words, { cwd: packageRoot });
const SHOP = 'test/fixtures/reach/shop.yaml';
const BEFORE = 'test/fixtures/reach/shop-before.yaml';
const matrix = (...words: string[]) => run('egress', 'matrix', '-f', SHOP, ...words);
const golden = (name: string) => join(packageRoot, 'test', 'cli', 'golden', `matrix-${name}`);

interface Printed {
  destinations: string[];
  rows: { source: { namespace: string; serviceAccount: string }; cells: number[]; before: number[] | null }[];
  outcomes: { verdict: string; example: string; requests: string[] }[];
}

describe('egress matrix', () => {
  for (const [format, name] of [
    ['text', 'shop.txt'],
    ['csv', 'shop.csv'],
    ['markdown', 'shop.md'],
    ['json', 'shop.json'],
  ] as const) {
    it(`shows sources by destinations, and what has changed, as ${format}`, async () => {
      const { stdout, code } = await matrix('--base', BEFORE, '-o', format);
      assert.equal(code, 1);
      if (format === 'json') assertFits(JSON.parse(stdout), 'egress-matrix');
      assertGolden(golden(name), stdout);
    });
  }

  it('is the same as its base when nothing differs', async () => {
    assert.equal((await matrix('--base', SHOP)).code, 0);
    assert.equal((await matrix()).code, 0);
  });

  it('agrees with egress explain in each cell', async () => {
    const { rows, outcomes, destinations } = JSON.parse((await matrix('-o', 'json')).stdout) as Printed;
    assert.equal(destinations.length, 9);
    for (const { source, cells } of rows) {
      const from = `${source.namespace}/${source.serviceAccount}`;
      const examples = cells.map((cell) => outcomes[cell]!.example);
      const { stdout } = await run('egress', 'explain', '-f', SHOP, '--from', from, '-o', 'json', ...examples);
      const verdicts = stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
      const expected = cells.map((cell) => (outcomes[cell]!.verdict === 'denied' ? 'denied' : 'allowed'));
      assert.deepEqual(verdicts, expected);
    }
  });

  it('asks for the requests of --targets, of the sources of --from', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-matrix-')), 'targets');
    writeFileSync(
      file,
      'https://pay.example.com/\ncurl -X DELETE http://orders.example.com:8080/orders/7\ntcp://db.example.com:5432\n',
    );
    const { stdout, code } = await matrix('--targets', file, '--from', 'apps/audit', '-o', 'csv');
    assert.equal(code, 0);
    assert.equal(
      stdout,
      'source,curl https://pay.example.com/,curl -X DELETE http://orders.example.com:8080/orders/7,tcp://db.example.com:5432\napps/audit,denied,denied,denied\n',
    );
    const shop = await matrix('--targets', file, '--from', 'apps/shop', '-o', 'csv');
    assert.match(shop.stdout, /^apps\/shop,allowed,denied,unknown$/m);
    assert.equal(shop.code, 4);
  });

  it('makes a page that allows its own script and style and nothing else', async () => {
    const { stdout, code } = await matrix('-o', 'html');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'">/,
    );
    assert.doesNotMatch(stdout, /(src|href)=|@import|url\(/);
  });

  it('runs the examples of its help', async () => {
    for (const example of EgressMatrix.examples) {
      const words = example.replace('<%= config.bin %> <%= command.id %> ', '').split(' ');
      const { code, stderr } = await run('egress', 'matrix', ...words);
      assert.equal(code, 0, stderr);
    }
  });
});
