import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { initFlags, initOptionsOf, testArgs, testFlags, testOptionsOf } from '../../lib/command/test-flags.js';
import type { TestRun } from '../../lib/egress/test/results.js';

export default class EgressTest extends BaseCommand {
  static override summary = 'Run policy tests: what policies must let through, and what they must not';
  static override description =
    'Reads files of kind EgressTest and asks the simulator what each of them asks: how single requests fare, whether a source may send exactly what a list of patterns describes, whether policies allow nothing that others did not. No socket is opened. docs/policy-tests.md describes the files; --init writes one, to the FILE that is named beside it, or else to standard output.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/http/egress-test.yaml',
    '<%= config.bin %> <%= command.id %> examples/http/egress-test.yaml --coverage --min-coverage 80',
    '<%= config.bin %> <%= command.id %> examples/http/egress-test.yaml -o junit > report.xml',
    '<%= config.bin %> <%= command.id %> examples/http/egress-test.yaml --filter /example/ --fail-fast',
    '<%= config.bin %> <%= command.id %> --init -f examples/http > policies-test.yaml',
  ];
  static override exitCodes = [0, 1, 2, 4, 70];
  static override args = testArgs;
  static override flags = {
    ...testFlags,
    ...initFlags,
    ...outputFlag(['text', 'json', 'junit', 'tap', 'github', 'sarif']),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressTest);
    const { file: files } = args;
    if (flags.init) {
      const { initialTests } = await import('../../lib/egress/test/init.js');
      const { printDocument } = await import('../../lib/output/document.js');
      const options = initOptionsOf(files, flags);
      const document = await initialTests(options, this.report);
      return options.file === undefined ? printDocument(document, 'yaml') : undefined;
    }
    const options = testOptionsOf(files, flags);
    const { runTests, exitCodeOf } = await import('../../lib/egress/test/index.js');
    const { printTest } = await import('../../lib/output/test/printer.js');
    const { palette, report, config } = this;
    const minCoverage = flags['min-coverage'];
    const print = (run: TestRun) =>
      printTest(run, flags.output ?? 'text', { palette, report, version: config.version, minCoverage });
    if (flags.watch) {
      const { watchTests } = await import('../../lib/command/watch-tests.js');
      return this.exitWith(await watchTests(options, { report, print, version: config.version }));
    }
    const run = await runTests(options, report);
    await print(run);
    this.exitWith(exitCodeOf(run, minCoverage));
  }
}
