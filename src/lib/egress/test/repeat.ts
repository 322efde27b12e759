import { OsmTsError, UsageError } from '../../errors.js';
import type { Reporter } from '../../reporter.js';
import { runTests, type TestOptions, type TestRun } from './index.js';
import { Watched } from './watch.js';

/**
 * Runs policy tests, and again whenever a test file or something that it names changes, until `signal` ends it. While a file is
 * being written it may be wrong: that is a result like others.
 * @throws UsageError for what cannot be watched
 */
export async function* repeatedRuns(
  options: TestOptions,
  report: Reporter,
  signal: AbortSignal,
): AsyncGenerator<TestRun | OsmTsError> {
  if (options.files.includes('-')) throw new UsageError('--watch cannot watch standard input', 'name a file');
  let watched: Watched;
  do {
    const now = (watched = await Watched.begin());
    now.remember(options.files, options.recursive);
    yield await attempt({ ...options, onInputs: (paths, recursive) => now.remember(paths, recursive) }, report);
    report.note('waiting for a change; Ctrl-C ends it');
  } while (await watched.change(signal));
}

async function attempt(options: TestOptions, report: Reporter): Promise<TestRun | OsmTsError> {
  try {
    return await runTests(options, report);
  } catch (error) {
    if (error instanceof OsmTsError) return error;
    throw error;
  }
}
