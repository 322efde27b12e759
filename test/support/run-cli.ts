import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '../../scripts/build/package.js';
import { ensureBuilt } from './built.js';

export { packageRoot };

export const executable = join(packageRoot, 'bin', 'run.js');

/** What a user starts, with the words that come before the command line; `npm run test:executable` names another. */
const single = process.env['OSM_TS_EXECUTABLE'];
const [program, ...leading] = single === undefined ? [process.execPath, executable] : [single];

export interface RunOptions {
  /** Text on standard input; without it, standard input is empty. */
  readonly stdin?: string;
  /** Added to a small clean environment: PATH and an empty HOME. `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Typed every half second in the place of `stdin`, until the program ends: the answer to a question, whenever it comes. */
  readonly typed?: string;
  /** Seconds until it gets SIGINT. */
  readonly sigintAfter?: number;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const temporary = mkdtempSync(join(tmpdir(), 'osm-ts-test-'));
process.on('exit', () => {
  rmSync(temporary, { recursive: true, force: true });
});

/** Empty but for the code cache that the program makes. */
const home = join(temporary, 'home');
mkdirSync(home);

export function environment(extra: RunOptions['env'] = {}): Record<string, string> {
  const all: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: home,
    LANG: 'C.UTF-8',
    ...extra,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Runs a program to its end, with pipes for all streams. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: environment(options.env), stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const interruption =
      options.sigintAfter === undefined
        ? undefined
        : setTimeout(() => child.kill('SIGINT'), options.sigintAfter * 1000);
    child.on('error', reject);
    const typing = options.typed === undefined ? undefined : setInterval(() => child.stdin.write(options.typed), 500);
    child.on('close', (code, signal) => {
      clearInterval(typing);
      clearTimeout(interruption);
      resolve({ stdout, stderr, code, signal });
    });
    // A program that ends without reading its input is no failure of the test.
    child.stdin.on('error', () => undefined);
    if (!typing) child.stdin.end(options.stdin ?? '');
  });
}

/** Runs the installed program, `bin/run.js`, as a user does. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  ensureBuilt();
  return runProgram(program, [...leading, ...args], options);
}

/** Runs a command of the shell in which the program is called `osm-ts`, as where it is installed. */
export function runShell(command: string, options: RunOptions = {}): Promise<Run> {
  ensureBuilt();
  const called = join(temporary, 'osm-ts');
  if (!existsSync(called)) {
    const quoted = [program, ...leading].map((word) => `'${word}'`).join(' ');
    writeFileSync(called, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  }
  const env = { ...options.env, PATH: `${temporary}:${process.env['PATH']}` };
  return runProgram('sh', ['-c', command], { ...options, env });
}

/** Runs the program on a terminal of the given width. Standard output and error come as one text in `stdout`, as one sees them. */
export async function runOnTerminal(
  args: readonly string[],
  options: RunOptions & { columns?: number } = {},
): Promise<Run> {
  ensureBuilt();
  const quoted = [program, ...leading, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  const command = `stty cols ${options.columns ?? 80}; exec ${quoted.join(' ')}`;
  const env = { TERM: 'xterm-256color', SHELL: '/bin/sh', ...options.env };
  const run = await runProgram('script', ['-qfec', command, '/dev/null'], { ...options, env });
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}

interface Warm {
  readonly child: ChildProcess;
  /** What the child has written to standard output and error, since the last look. */
  readonly read: () => Pick<Run, 'stdout' | 'stderr'>;
}

let warm: Warm | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line in the bundle as `runCli` does, but in a process that has run others before and so is warm: some
 * milliseconds instead of a hundred, for tests with many cases. Standard input is empty. Runs wait for one another.
 */
export function runWarm(args: readonly string[], options: Omit<RunOptions, 'stdin'> = {}): Promise<Run> {
  if (single !== undefined) return runCli(args, options);
  const run = last.then(() => runNext(args, options));
  last = run.catch(() => undefined);
  return run;
}

/** Of the process that `runWarm` runs command lines in, once it is there. */
export function warmProcess(): ChildProcess | undefined {
  return warm?.child;
}

function runNext(args: readonly string[], { env, cwd }: Omit<RunOptions, 'stdin'>): Promise<Run> {
  ensureBuilt();
  const { child, read } = (warm ??= startWarm());
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      child.removeAllListeners();
      // The test run need not wait for a process that has nothing to do.
      child.unref();
      child.channel?.unref();
      resolve({ ...read(), code, signal });
    };
    child.ref();
    child.channel?.ref();
    child.once('message', (message: { code: number }) => {
      end(message.code, null);
    });
    child.once('exit', (code, signal) => {
      warm = undefined;
      end(code, signal);
    });
    child.send({ argv: args, env: environment(env), cwd: cwd ?? process.cwd() });
  });
}

function startWarm(): Warm {
  const paths = ['stdout', 'stderr'].map((name) => join(temporary, name));
  const written = paths.map((path) => openSync(path, 'w'));
  // Their positions stay where the last look ended.
  const readers = paths.map((path) => openSync(path, 'r'));
  const script = join(packageRoot, 'test', 'support', 'warm-program.cjs');
  const child = spawn(process.execPath, [script], { env: environment(), stdio: ['ignore', ...written, 'ipc'] });
  written.forEach(closeSync);
  const read = (): Pick<Run, 'stdout' | 'stderr'> => {
    const [stdout = '', stderr = ''] = readers.map((reader) => readFileSync(reader, 'utf8'));
    return { stdout, stderr };
  };
  return { child, read };
}
