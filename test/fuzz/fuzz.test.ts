import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Chance } from '../../scripts/fuzz/chance.js';
import { faultOf } from '../../scripts/fuzz/fault.js';
import { offlineFields } from '../../scripts/fuzz/fields.js';
import { spoiled } from '../../scripts/fuzz/spoil.js';

const run = { stdout: '{"a":1}\n', stderr: '', code: 0, signal: null };
const input = { args: ['egress', 'list', '-o', 'json'] };

describe('the fuzzer', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-fuzz-test-'))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('sees what must not be', () => {
    assert.equal(faultOf(run, input), undefined);
    assert.equal(faultOf({ ...run, code: 70 }, input), 'exit code 70');
    assert.match(faultOf({ ...run, code: null, signal: 'SIGKILL' }, input) ?? '', /stopped by SIGKILL/);
    assert.equal(faultOf({ ...run, stderr: 'a\u001b[2J' }, input), 'it printed U+1b');
    assert.equal(faultOf({ ...run, stdout: '\u202e' }, input), 'it printed U+202e');
    const yaml = { ...input, args: input.args.map((word) => (word === 'json' ? 'yaml' : word)) };
    assert.equal(faultOf({ ...run, stdout: '\u202e' }, yaml), undefined);
    assert.equal(faultOf({ ...run, stdout: '\u001b' }, yaml), 'it printed U+1b');
    assert.equal(faultOf({ ...run, stderr: '\u202e' }, yaml), 'it printed U+202e');
    assert.match(faultOf({ ...run, stdout: '{"a":' }, input) ?? '', /JSON/);
    assert.equal(faultOf({ ...run, stdout: '', code: 2 }, input), undefined);
  });

  it('sees lines and comments that an edit has lost', () => {
    for (const spoil of [
      (text: string) => text.replace('# kept', ''),
      (text: string) => text.split('\n').slice(20).join('\n'),
    ]) {
      let judged: string | undefined;
      // half of the cases begin with a file that is whole
      for (let seed = 0; judged === undefined && seed < 20; seed += 1) {
        const { judge } = offlineFields()['edits']!(new Chance(seed), folder);
        const file = join(folder, 'in.yaml');
        const text = readFileSync(file, 'utf8');
        assert.equal(judge?.(), undefined);
        writeFileSync(file, spoil(text));
        judged = judge?.();
      }
      assert.match(judged ?? '', /comment is gone|lines are gone/);
    }
  });

  it('repeats what a seed has made, and makes something else of another', () => {
    const text = 'a: 1\nb: [x, y]\n';
    const made = (seed: number): string => spoiled(text, new Chance(seed));
    assert.equal(made(3), made(3));
    assert.ok(new Set(Array.from({ length: 50 }, (_, seed) => made(seed))).size > 40);
  });
});
