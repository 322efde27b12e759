import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { ensureBuilt } from '../support/built.js';
import { executable, packageRoot } from '../support/run-cli.js';

/** Ends the program at a question by a signal, and asks the terminal how it was left. */
function killedAtQuestion(signal: NodeJS.Signals): Promise<string> {
  ensureBuilt();
  const program = `echo pid=$$; exec '${process.execPath}' '${executable}' egress create --dry-run=client -n curl`;
  return new Promise((resolve, reject) => {
    const child = spawn(
      'script',
      ['-qfec', `sh -c "${program.replaceAll('$', String.raw`\$`)}"; stty -a`, '/dev/null'],
      {
        cwd: packageRoot,
        env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm-256color', SHELL: '/bin/sh' },
      },
    );
    let text = '';
    let isAsked = false;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (isAsked || !text.includes('Name of the policy:')) return;
      isAsked = true;
      const pid = Number(/pid=(\d+)/.exec(text)![1]);
      // the prompt is there, and so are the raw keys
      setImmediate(() => process.kill(pid, signal));
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('error', reject).on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

describe('a terminal that was asked on', function () {
  this.timeout(60_000);

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    it(`is as it was after ${signal}`, async () => {
      const text = await killedAtQuestion(signal);
      assert.match(text, / icanon/, text);
      assert.match(text, / echo /);
      assert.doesNotMatch(text, / -icanon/);
      const show = text.lastIndexOf('\u001B[?25h');
      assert.ok(show > text.lastIndexOf('\u001B[?25l'), 'the cursor shows');
    });
  }
});
