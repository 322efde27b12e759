import { writeOut } from '../cli/streams.js';
import { ClusterError } from '../errors.js';
import type { BugReport, ReportTeller } from '../mesh/report/report.js';
import type { Reporter } from '../reporter.js';
import { visible } from '../text/visible.js';

/** How far a report is, in lines of the mirrored program (osm-cli §11.2). */
export const reportTeller: ReportTeller = {
  section: (title) => writeOut(`[+] ${title}\n`),
  collected: (what, of) => {
    const report = of === undefined ? 'report' : `${of} report`;
    return writeOut(`✓ Collected ${report} ${what.startsWith('Namespace') ? 'from' : 'for'} ${visible(what)}\n`);
  },
  finished: (what) => writeOut(`✓ ${what}\n\n\n`),
};

/** More of what is missing is only in the archive. */
const MOST = 20;

/**
 * Says where the archive is, and what is not in it.
 * @throws ClusterError when something could not be collected
 */
export async function printBugReport({ file, items }: BugReport, report: Reporter): Promise<void> {
  const missing = items.filter(({ problem }) => problem !== null);
  for (const { what, of, problem } of missing.slice(0, MOST)) {
    const name = of.startsWith(`${what} `) ? of : `${what} of ${of}`;
    report.warn(`not collected: ${name}: ${problem}`);
  }
  await writeOut(`✓ Bug report successfully archived to ${visible(file)}\n`);
  if (missing.length === 0) return;
  throw new ClusterError(
    `${missing.length} of ${items.length} parts of the report could not be collected`,
    'bug-report.json in the archive names them all',
  );
}
