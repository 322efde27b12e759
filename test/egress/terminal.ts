import { spawn } from 'node:child_process';
import { executable, packageRoot } from '../support/run-cli.js';
import { ensureBuilt } from '../support/built.js';

/** A question, and the keys that are typed once it is there. */
export type Step = readonly [question: RegExp, keys: string];

export interface Session {
  /** Everything on the screen, without escape codes. */
  readonly text: string;
  readonly code: number | null;
  /** Steps that were not reached. */
  readonly left: number;
}

// eslint-disable-next-line no-control-regex -- what a terminal gets besides text
const ESCAPES = /\u001B(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[78])/g;

/** Runs the program on a terminal and answers its questions in turn. */
export function converse(
  args: readonly string[],
  steps: readonly Step[],
  env: Record<string, string> = {},
): Promise<Session> {
  ensureBuilt();
  const words = [process.execPath, executable, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qfec', `stty cols 200; exec ${words.join(' ')}`, '/dev/null'], {
      cwd: packageRoot,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    });
    let text = '';
    let from = 0;
    let at = 0;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part.replaceAll(ESCAPES, '');
      const step = steps[at];
      if (!step || !step[0].test(text.slice(from))) return;
      at++;
      from = text.length;
      child.stdin.write(step[1]);
    });
    // A question that nobody answers ends the session instead of the test run.
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('error', reject).on('close', (code) => {
      clearTimeout(timer);
      resolve({ text: text.replaceAll('\r\n', '\n'), code, left: steps.length - at });
    });
  });
}
