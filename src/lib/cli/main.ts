import { Config } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { hasFlag } from './arguments.js';
import { paletteFor } from './color.js';
import { prepareEnvironment } from './environment.js';
import { reportError, renderReport } from './error-report.js';
import type { ErrorContext } from './error-report.js';
import { commandNamed } from './prepared-plugin.js';
import { route } from './route.js';
import { stderr, stdout, writeErr, writeOut } from './streams.js';
import { usageLine } from './usage.js';

/**
 * Runs one command line: finds the command, runs it, tells errors on standard error, and sets `process.exitCode`.
 * Never throws and never ends the process, so that what is still being written gets out.
 * @param argv the words after the program's name
 * @param options where oclif finds the commands: the package's folder, or a prepared plugin
 */
export async function main(argv: readonly string[], options: Interfaces.LoadOptions): Promise<void> {
  prepareEnvironment(argv);
  for (const output of [stdout, stderr]) output.watch();
  let context: ErrorContext = { version: 'of unknown version' };
  try {
    const config = await Config.load(options);
    context = { version: config.version };
    const target = route(argv, config);
    if (target.kind === 'version') return await writeOut(`${config.userAgent}\n`);
    if (target.kind === 'help') {
      const { default: Help } = await import('./help.js');
      return await new Help(config).showSubject(target.id);
    }
    const command = commandNamed(target.id, config)!;
    try {
      await config.runCommand(target.id, target.argv, command);
    } catch (error) {
      context = { ...context, flags: command.flags, usage: usageLine(config.bin, command) };
      throw error;
    }
  } catch (error) {
    fail(error, context, hasFlag(argv, '--verbose'));
  }
}

/**
 * Tells an error on standard error and sets the exit code: the highest, when there are several errors.
 * @public The bundle's own beginning calls it.
 */
export function fail(error: unknown, context: ErrorContext, verbose: boolean): void {
  const reports = reportError(error, context);
  const palette = paletteFor(stderr);
  for (const report of reports) writeErr(renderReport(report, palette, verbose));
  process.exitCode = Math.max(...reports.map((report) => report.exitCode));
}

/**
 * What the program is called in help and usage: as a plugin of kubectl, which looks for the file `kubectl-osm_ts`, it is started with
 * `kubectl osm_ts` (or `osm-ts`; kubectl takes either).
 * @public The bundle's own beginning calls it.
 * @param path of the file that was started
 * @param usual its name otherwise
 */
export function programName(path: string | undefined, usual: string): string {
  const file = path?.split(/[\\/]/).at(-1) ?? '';
  return file.startsWith('kubectl-') ? 'kubectl osm_ts' : usual;
}
