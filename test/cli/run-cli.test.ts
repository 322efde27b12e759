import assert from 'node:assert/strict';

import { runCli, runInProcess, runOnTerminal } from '../support/run-cli.js';

describe('the ways to run the program in tests', () => {
  it('agree with one another', async () => {
    for (const args of [['version', '-o', 'json'], ['help', 'version'], ['version', '--hekp'], ['nope']]) {
      const [spawned, inside] = [await runCli(args), await runInProcess(args)];
      assert.deepEqual(inside, spawned, args.join(' '));
    }
  });

  it('includes a terminal', async () => {
    const run = await runOnTerminal(['nope']);
    assert.ok(run.stdout.includes('\u001B[31merror:'), run.stdout);
    assert.equal(run.code, 2);
  });
});
