import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ensureBuilt } from '../support/built.js';
import { install } from '../support/install.js';
import { packageRoot, runProgram } from '../support/run-cli.js';
import type { Run, RunOptions } from '../support/run-cli.js';

function start(folder: string, args: string[], options?: RunOptions): Promise<Run> {
  return runProgram(process.execPath, [join(folder, 'bin', 'run.js'), ...args], options);
}

const commandLines = [
  ['--version'],
  ['version', '-o', 'json'],
  ['version', '--nonsense'],
  ['nonsense'],
  ['help', 'version'],
  [],
];

describe('starting', function () {
  this.timeout(60_000);
  let folder: string;
  let expected: Run[];

  /** Every command line gives what the real installation gives. */
  async function assertSame(options?: RunOptions): Promise<void> {
    const runs = await Promise.all(commandLines.map((args) => start(folder, args, options)));
    assert.deepEqual(runs, expected);
  }

  before(async () => {
    ensureBuilt();
    expected = await Promise.all(commandLines.map((args) => start(packageRoot, args)));
    assert.deepEqual(
      expected.map(({ code }) => code),
      [0, 0, 2, 2, 0, 0],
    );
  });

  beforeEach(() => {
    folder = install();
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('needs no packages beside the bundle', () => assertSame());

  it('needs no HOME and no other variable', () =>
    assertSame({ env: { HOME: undefined, PATH: undefined, LANG: undefined } }));

  it('works with additional certificates', async () => {
    const file = join(folder, 'none.pem');
    writeFileSync(file, '');
    for (const { code, stdout } of [await start(folder, ['version'], { env: { NODE_EXTRA_CA_CERTS: file } })]) {
      assert.equal(code, 0);
      assert.match(stdout, /^osm-ts /);
    }
  });

  it('writes nothing into the installation', async () => {
    const before = readdirSync(folder, { recursive: true });
    await assertSame();
    assert.deepEqual(readdirSync(folder, { recursive: true }), before);
  });

  it('says so when it was not built', async () => {
    rmSync(join(folder, 'dist', 'bundle'), { recursive: true });
    const { code, stderr } = await start(folder, ['version']);
    assert.deepEqual(
      [code, stderr],
      [
        70,
        `error: osm-ts is not built: ${join(folder, 'dist', 'bundle', 'main.cjs')} is missing; npm run build makes it\n`,
      ],
    );
  });

  it("runs with oclif's own start, too", async () => {
    const script = `import('@oclif/core').then(({ execute }) => execute({ dir: '${packageRoot}', args: ['version', '-o', 'json'] }))`;
    assert.deepEqual(await runProgram(process.execPath, ['-e', script], { cwd: packageRoot }), expected[1]);
  });

  it('runs from the sources', async () => {
    const run = await runProgram(process.execPath, [join(packageRoot, 'bin', 'dev.js'), 'version', '-o', 'json']);
    assert.deepEqual(run, expected[1]);
  });

  it('says so when the output cannot be written', async () => {
    const command = `${process.execPath} ${join(folder, 'bin', 'run.js')} version >/dev/full`;
    const { code, stderr } = await runProgram('bash', ['-c', command]);
    assert.deepEqual([code, stderr], [2, 'error: the output cannot be written: no space left on the device\n']);
  });

  it('ends with 70 on an error that nobody waits for', async () => {
    const main = join(folder, 'dist', 'bundle', 'main.cjs');
    const run = 'e.run=()=>{setTimeout(()=>{throw new Error("late")})}';
    const late = `({'./main.js':function(e,r,m){${run};e.fail=(x)=>{console.error(x.message)}}})`;
    writeFileSync(main, late);
    const { code, stderr } = await start(folder, ['version']);
    assert.deepEqual([code, stderr], [70, 'late\n']);
  });
});
