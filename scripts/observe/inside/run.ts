import { spawn, type SpawnOptions } from 'node:child_process';

/** Runs a program to its end. @throws Error with its last words unless it exits with 0 */
export async function run(program: string, words: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await finish(program, words, {}, input);
  if (code !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr.trim() || `exit code ${code}`}`);
  return stdout;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, however it ends; after `timeout` milliseconds it is killed. */
export function finish(
  program: string,
  words: readonly string[],
  options: SpawnOptions = {},
  input = '',
  timeout = 60_000,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}
