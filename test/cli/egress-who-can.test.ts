import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EgressWhoCan from '../../src/commands/egress/who-can.js';
import { assertGolden } from '../support/golden.js';
import { packageRoot, runWarm } from '../support/run-cli.js';
import { assertFits } from '../support/schema.js';

const run = (...words: string[]) => runWarm(words, { cwd: packageRoot });
const whoCan = (...words: string[]) => run('egress', 'who-can', ...words, '-f', 'test/fixtures/reach/shop.yaml');
const golden = (name: string) => join(packageRoot, 'test', 'cli', 'golden', `who-can-${name}`);

interface Printed {
  answer: string;
  sources: { namespace: string; serviceAccount: string; verdict: string }[];
}

const ORDERS = 'http://orders.example.com:8080/orders/7';

describe('egress who-can', () => {
  for (const [format, name] of [
    ['text', 'orders.txt'],
    ['wide', 'orders-wide.txt'],
    ['csv', 'orders.csv'],
    ['markdown', 'orders.md'],
    ['json', 'orders.json'],
  ] as const) {
    it(`names the sources with the deciding objects, as ${format}`, async () => {
      const { stdout, code } = await whoCan(ORDERS, '-o', format);
      assert.equal(code, 0);
      if (format === 'json') assertFits(JSON.parse(stdout), 'egress-who-can');
      assertGolden(golden(name), stdout);
    });
  }

  it('exits with 1 when nobody can and with 4 when that is not known, over all targets', async () => {
    const nobody = ['curl --resolve x.org:7777:192.0.2.1 http://x.org:7777/'];
    assert.equal((await whoCan(...nobody)).code, 1);
    assert.match((await whoCan(...nobody)).stdout, /nobody can, of 2 sources that are known/);
    // of the two one cannot, and of the other it depends on the address
    const unknown = ['http://pay.example.com/'];
    assert.equal((await whoCan(...unknown)).code, 4);
    assert.equal((await whoCan(ORDERS, ...unknown)).code, 4);
    assert.equal((await whoCan(ORDERS, ...unknown, ...nobody)).code, 1);
  });

  it('agrees with egress explain for each source', async () => {
    const targets = [
      ORDERS,
      'http://pay.example.com/',
      'https://pay.example.com/',
      'tcp://192.0.2.9:5432',
      'http://cart/',
    ];
    const lines = (await whoCan(...targets, '-o', 'json')).stdout.trimEnd().split('\n');
    assert.equal(lines.length, targets.length);
    for (const [index, line] of lines.entries()) {
      const { sources } = JSON.parse(line) as Printed;
      assert.equal(sources.length, 2);
      for (const { namespace, serviceAccount, verdict } of sources) {
        const words = ['egress', 'explain', targets[index]!, '--from', `${namespace}/${serviceAccount}`];
        const { stdout } = await run(...words, '-f', 'test/fixtures/reach/shop.yaml', '-o', 'json');
        assert.equal((JSON.parse(stdout) as { verdict: string }).verdict, verdict, stdout);
      }
    }
  });

  it('knows nobody where the input has neither policies nor accounts nor pods', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-who-')), 'empty.yaml');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } }));
    const { code, stdout } = await run('egress', 'who-can', 'http://a.com/', '-f', file);
    assert.equal(code, 1);
    assert.match(stdout, /no source is known/);
  });

  it('runs the examples of its help', async () => {
    for (const example of EgressWhoCan.examples) {
      const words = example.replace('<%= config.bin %> <%= command.id %> ', '').split(' ');
      const { code, stderr } = await run('egress', 'who-can', ...words);
      assert.equal(code, 0, stderr);
    }
  });
});
