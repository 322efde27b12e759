import assert from 'node:assert/strict';
import { join } from 'node:path';

import fc from 'fast-check';

import { readManifest } from '../../scripts/build/manifest.js';
import type { Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { wrapCommand } from '../../src/lib/cli/help-layout.js';
import { wrapText } from '../../src/lib/text/wrap.js';
import { assertGolden } from '../support/golden.js';
import { runWarm } from '../support/run-cli.js';
import { runFake } from '../support/run-fake.js';

async function page(args: string[], columns: number, real = false): Promise<string> {
  const env = { COLUMNS: String(columns) };
  const { stdout, stderr, code } = await (real ? runWarm : runFake)(args, { env });
  assert.deepEqual([stderr, code], ['', 0], args.join(' '));
  return stdout;
}

describe('help', () => {
  it('of a command, a topic and the program looks as intended, at 60, 80 and 120 columns', async () => {
    for (const columns of [60, 80, 120]) {
      assertGolden(
        join(import.meta.dirname, `golden/command-${columns}.txt`),
        await page(['thing', 'add', '--help'], columns),
      );
    }
    assertGolden(join(import.meta.dirname, 'golden/topic.txt'), await page(['thing'], 80));
    assertGolden(join(import.meta.dirname, 'golden/program.txt'), await page([], 80));
    assertGolden(join(import.meta.dirname, 'golden/pass-through.txt'), await page(['pass', '-h'], 80));
  });

  it('is the same however one asks for it', async () => {
    const command = await page(['thing', 'add', '--help'], 80);
    for (const args of ['thing add -h', 'thing add x -o json -h', 'thing:add --help', '--no-color thing add --help']) {
      assert.equal(await page(args.split(' '), 80), command, args);
    }
    const topic = await page(['thing'], 80);
    assert.equal(await page(['thing', '--help'], 80), topic);
    assert.equal(await page(['--help'], 80), await page([], 80));
    assert.equal(await page(['help', 'version'], 80, true), await page(['version', '--help'], 80, true));
    assert.equal(await page(['help'], 80, true), await page([], 80, true));
  });

  it('of an alias is that of the command', async () => {
    const alias = await page(['t', 'add', '--help'], 80);
    assert.match(alias, /^USAGE\n {2}\$ osm-ts t add NAME/m);
    assert.match(await page(['t'], 80), /^ {2}t add +Add a thing$/m);
  });

  it('belongs to the other program behind --', async () => {
    const { stdout } = await runFake(['pass', '--', 'curl', '--help']);
    assert.deepEqual((JSON.parse(stdout) as { after: string[] }).after, ['curl', '--help']);
  });
});

describe('help of every real command', () => {
  let manifest: Manifest;

  before(async () => {
    manifest = await readManifest();
  });

  it('fits into 60 columns', async () => {
    const topics = new Set(
      Object.keys(manifest.commands).flatMap((id) => (id.includes(':') ? id.split(':').slice(0, 1) : [])),
    );
    for (const id of [...Object.keys(manifest.commands), ...topics]) {
      const text = await page([...id.split(':'), '--help'], 60, true);
      const tooLong = text.split('\n').filter((line) => line.length > 60 && line.trim().includes(' '));
      assert.deepEqual(tooLong, [], id);
    }
  });

  it('has a summary, an example and the exit codes, and describes every flag and argument', async () => {
    for (const [id, { hidden, summary, flags, args }] of Object.entries(manifest.commands)) {
      if (hidden) continue;
      const text = await page([...id.split(':'), '--help'], 120, true);
      assert.ok(summary, id);
      assert.match(text, /^EXAMPLES\n {2}\$ /m, id);
      assert.match(text, /^EXIT CODES\n {2}0 /m, id);
      for (const { name, hidden: isHidden, description } of [...Object.values(flags), ...Object.values(args)]) {
        assert.ok(isHidden || description, `${id}: ${name} is not described`);
      }
    }
  });
});

describe('the layout of help', () => {
  it('loses no word and keeps to the width where words allow', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
        const lines = wrapText(list.join(' '), width);
        assert.equal(lines.join(' '), list.join(' '));
        assert.ok(lines.every((line) => line.length <= width));
      }),
    );
  });

  it('breaks commands so that a shell reads them alike', () => {
    const command = `$ osm-ts x --from a/b -H 'Host: a b c' "two words" last`;
    const wrapped = wrapCommand(command, 24, '    ');
    assert.equal(wrapped.replaceAll(/ \\\n {4}/g, ' '), command);
    assert.deepEqual(wrapped.split('\n'), [
      '$ osm-ts x --from a/b \\',
      `    -H 'Host: a b c' \\`,
      '    "two words" last',
    ]);
  });
});
