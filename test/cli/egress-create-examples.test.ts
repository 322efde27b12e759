import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, runWarm } from '../support/run-cli.js';

/** The commands of a page's console blocks, with what the page says they print. */
function consoleExamples(page: string): { command: string; output: string }[] {
  const text = readFileSync(join(packageRoot, 'docs', page), 'utf8');
  return [...text.matchAll(/^```console\n\$ osm-ts (.*)\n([^]*?)^```$/gm)].map(([, command = '', output = '']) => ({
    command,
    output,
  }));
}

describe('the examples of docs/egress-create.md', () => {
  const examples = consoleExamples('egress-create.md');

  it('are there', () => {
    assert.equal(examples.length, 4);
  });

  for (const { command, output } of examples) {
    it(command, async () => {
      const { stdout, stderr } = await runWarm(command.split(' '), { cwd: packageRoot });
      assert.equal(stdout === '' ? stderr : stdout, output);
    });
  }
});
