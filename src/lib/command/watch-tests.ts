import { paletteFor } from '../cli/color.js';
import { renderReport, reportError } from '../cli/error-report.js';
import { stderr, writeErr } from '../cli/streams.js';
import type { TestOptions, TestRun } from '../egress/test/index.js';
import { repeatedRuns } from '../egress/test/repeat.js';
import { INTERRUPTED, OsmTsError } from '../errors.js';
import type { Reporter } from '../reporter.js';

interface WatchOptions {
  readonly report: Reporter;
  readonly print: (run: TestRun) => Promise<void>;
  /** Of osm-ts. */
  readonly version: string;
}

/** Runs tests whenever something changes, until Ctrl-C. @returns the exit code */
export async function watchTests(options: TestOptions, { report, print, version }: WatchOptions): Promise<number> {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  for await (const run of repeatedRuns(options, report, controller.signal)) {
    if (!(run instanceof OsmTsError)) await print(run);
    else for (const told of reportError(run, { version })) writeErr(renderReport(told, paletteFor(stderr), false));
  }
  return INTERRUPTED;
}
