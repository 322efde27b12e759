import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { build } from 'esbuild';

import { packageRoot, runCli, runOnTerminal, runProgram } from '../support/run-cli.js';
import type { Run } from '../support/run-cli.js';

const compiled = join(packageRoot, 'node_modules', '.cache', `osm-ts-fake-program-${process.pid}.mjs`);
const program = `${process.execPath} ${compiled}`;

/** Runs the fake program in a shell command that says FAKE for it. */
function shell(command: string): Promise<Run> {
  return runProgram('bash', ['-c', command.replaceAll('FAKE', program)], { cwd: packageRoot });
}

/** Runs the fake program on a terminal and types the keys once its question is there. */
function onTerminal(words: string, question: string, keys: string): Promise<{ text: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qfec', `${program} ${words}`, '/dev/null'], { cwd: packageRoot });
    let text = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (asked || !text.includes(question)) return;
      asked = true;
      child.stdin.write(keys);
    });
    child.on('error', reject).on('close', (code) => {
      resolve({ text, code });
    });
  });
}

describe('the program among other programs', function () {
  this.timeout(60_000);

  before(async () => {
    const source = join(packageRoot, 'test', 'support', 'fake-program-main.ts');
    await build({
      entryPoints: [source],
      outfile: compiled,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    });
  });

  after(() => {
    rmSync(compiled);
  });

  it('ends quietly when the reader of its output has gone', async () => {
    const { stdout, stderr } = await shell('FAKE endless | head -2; echo "${PIPESTATUS[0]}"');
    assert.deepEqual([stdout, stderr], ['line 1\nline 2\n141\n', '']);
  });

  it('ends quietly when nobody reads its errors', async () => {
    const { stdout } = await shell('FAKE fail usage 2> >(exec true); echo $?');
    assert.equal(stdout, '2\n');
  });

  it('fits its help to the terminal, and colours it', async () => {
    for (const columns of [60, 100]) {
      const { stdout } = await runOnTerminal(['version', '--help'], { columns });
      const plain = await runCli(['version', '--help'], { env: { COLUMNS: String(columns) } });
      assert.ok(stdout.includes('\u001B[1mUSAGE\u001B[22m'), stdout);
      assert.equal(stripVTControlCharacters(stdout), plain.stdout);
    }
  });

  it('has no colours where they are not wanted', async () => {
    const runs = await Promise.all([
      runOnTerminal(['nope'], { env: { NO_COLOR: '1' } }),
      runOnTerminal(['nope'], { env: { TERM: 'dumb' } }),
      runOnTerminal(['nope', '--no-color']),
      runOnTerminal(['version', '--help', '--no-color']),
      runCli(['nope']),
    ]);
    for (const { stdout, stderr } of runs) assert.equal(stripVTControlCharacters(stdout + stderr), stdout + stderr);
  });

  it('loses no output to a slow reader', async () => {
    const { stdout } = await shell('FAKE code 1 | (sleep 1; wc -c)');
    assert.equal(stdout.trim(), '200001');
  });

  it('asks on standard error, and prints the answer alone on standard output', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'osm-ts-')), 'answer');
    const { text, code } = await onTerminal(`ask text >${file}`, 'Name?', 'web\r');
    assert.equal(code, 0, text);
    assert.equal(readFileSync(file, 'utf8'), 'web\n');
  });

  it('asks for a choice and for yes or no', async () => {
    const choice = await onTerminal('ask choice', 'Which?', '\u001B[B\r');
    assert.ok(choice.text.endsWith('b\r\n'), choice.text);
    const confirm = await onTerminal('ask confirm', 'Sure?', 'y\r');
    assert.ok(confirm.text.endsWith('true\r\n'), confirm.text);
  });

  it('does not ask with --no-input', async () => {
    const { text, code } = await onTerminal('ask confirm --no-input', 'Sure?', '');
    assert.match(text, /--yes is missing/);
    assert.equal(code, 2);
  });

  it('ends with 130 on Ctrl-C at a prompt, without a stack trace', async () => {
    const { text, code } = await onTerminal('ask confirm', 'Sure?', '\u0003');
    assert.doesNotMatch(text, /error|at /i);
    assert.equal(code, 130);
  });
});
