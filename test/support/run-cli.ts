import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Interfaces } from '@oclif/core';

import { packageRoot } from '../../scripts/build/package.js';
import { sourceOptions } from '../../scripts/build/source-commands.js';
import { main } from '../../src/lib/cli/main.js';
import { ensureBuilt } from './built.js';

export { packageRoot };

export const executable = join(packageRoot, 'bin', 'run.js');

export interface RunOptions {
  /** Text on standard input; without it, standard input is empty. */
  readonly stdin?: string;
  /** Added to a small clean environment: PATH and an empty HOME. `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const emptyHome = mkdtempSync(join(tmpdir(), 'osm-ts-home-'));

function environment(extra: RunOptions['env'] = {}): Record<string, string> {
  const all: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: emptyHome,
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
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ stdout, stderr, code, signal });
    });
    // A program that ends without reading its input is no failure of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** Runs the installed program, `bin/run.js`, as a user does. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  ensureBuilt();
  return runProgram(process.execPath, [executable, ...args], options);
}

/** Runs the program on a terminal of the given width. Standard output and error come as one text in `stdout`, as one sees them. */
export async function runOnTerminal(
  args: readonly string[],
  options: RunOptions & { columns?: number } = {},
): Promise<Run> {
  ensureBuilt();
  const quoted = [process.execPath, executable, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  const command = `stty cols ${options.columns ?? 80}; exec ${quoted.join(' ')}`;
  const env = { TERM: 'xterm-256color', SHELL: '/bin/sh', ...options.env };
  const run = await runProgram('script', ['-qfec', command, '/dev/null'], { ...options, env });
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}

let sources: Promise<Interfaces.LoadOptions> | undefined;

/**
 * Runs a command line inside this process, from the sources: some milliseconds instead of a new process, for tests with many
 * cases. Standard input is not replaced: pass files. One at a time. `program` replaces the real commands.
 */
export async function runInProcess(
  args: readonly string[],
  options: Omit<RunOptions, 'stdin'> & { readonly program?: Interfaces.LoadOptions } = {},
): Promise<Run> {
  const program = options.program ?? (await (sources ??= sourceOptions()));
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const captured = { stdout: '', stderr: '' };
  const restore = [capture(process.stdout, 'stdout'), capture(process.stderr, 'stderr')];
  try {
    process.env = environment(options.env);
    process.exitCode = undefined;
    if (options.cwd) process.chdir(options.cwd);
    await main(args, program);
    return { ...captured, code: Number(process.exitCode ?? 0), signal: null };
  } finally {
    for (const undo of restore) undo();
    process.env = before.env;
    process.exitCode = before.exitCode;
    process.chdir(before.cwd);
  }

  function capture(stream: NodeJS.WriteStream, name: keyof typeof captured): () => void {
    const { write: original, isTTY } = stream;
    stream.isTTY = false;
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      captured[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
      if (done) process.nextTick(done);
      return true;
    };
    return () => {
      stream.write = original;
      stream.isTTY = isTTY;
    };
  }
}
