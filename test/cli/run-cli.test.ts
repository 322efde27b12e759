import assert from 'node:assert/strict';

import { packageRoot, runCli, runOnTerminal, runWarm } from '../support/run-cli.js';

const commandLines = [
  ['version', '-o', 'json'],
  ['help', 'version'],
  ['version', '--hekp'],
  ['nope'],
  ['egress', 'list', '-f', 'examples/http'],
  ['egress', 'explain', '--from', 'curl/curl', '-f', 'examples/http', '--url', 'http://example.com', '-o', 'json'],
];

describe('the ways to run the program in tests', () => {
  it('agree with one another, in any order', async () => {
    for (const args of [...commandLines, ...commandLines.toReversed()]) {
      const [fresh, warm] = await Promise.all([
        runCli(args, { cwd: packageRoot }),
        runWarm(args, { cwd: packageRoot }),
      ]);
      assert.deepEqual(warm, fresh, args.join(' '));
    }
  });

  it('run in the folder and environment that they are given, and leave nothing behind', async () => {
    const bare = await runWarm(['nope']);
    const coloured = await runWarm(['nope'], { env: { FORCE_COLOR: '1' } });
    assert.notEqual(coloured.stderr, bare.stderr);
    assert.deepEqual(await runWarm(['nope']), bare);
    const elsewhere = await runWarm(['egress', 'list', '-f', 'http'], { cwd: `${packageRoot}examples` });
    assert.equal(elsewhere.code, 0);
  });

  it('includes a terminal', async () => {
    const run = await runOnTerminal(['nope']);
    assert.ok(run.stdout.includes('\u001B[31merror:'), run.stdout);
    assert.equal(run.code, 2);
  });
});
