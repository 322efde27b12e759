import { main } from '../../src/lib/cli/main.js';
import { fakeProgram } from './fake-program.js';
import { environment } from './run-cli.js';
import type { Run, RunOptions } from './run-cli.js';

/**
 * Runs a command line of the fake program inside this process. Standard input is not replaced. One at a time.
 */
export async function runFake(args: readonly string[], options: Omit<RunOptions, 'stdin'> = {}): Promise<Run> {
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const captured = { stdout: '', stderr: '' };
  const restore = [capture(process.stdout, 'stdout'), capture(process.stderr, 'stderr')];
  try {
    process.env = environment(options.env);
    process.exitCode = undefined;
    if (options.cwd) process.chdir(options.cwd);
    await main(args, fakeProgram(args));
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
