import type { Run, RunOptions } from '../support/run-cli.js';

/**
 * Runs a command line inside this process. The runner is imported when it is used: one that mocha has required would have
 * another copy of the error classes than the commands, which oclif imports.
 */
export async function runInside(args: readonly string[], options: Omit<RunOptions, 'stdin'> = {}): Promise<Run> {
  const { runInProcess } = await import('../support/run-cli.js');
  return runInProcess(args, options);
}
