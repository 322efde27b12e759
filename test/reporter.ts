import Mocha from 'mocha';

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  milliseconds: number;
}

/**
 * One line for each outermost `describe`, every failure in full, and a last line that machines read: `N passed, N failed`.
 * There are thousands of generated tests; their names matter when they fail.
 */
export default class Reporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const total = none();
    let suite = none();
    const count = (test: Mocha.Runnable, outcome: 'passed' | 'failed' | 'skipped'): void => {
      for (const counts of [total, suite]) {
        counts[outcome]++;
        counts.milliseconds += test.duration ?? 0;
      }
    };
    runner.on(EVENT_TEST_PASS, (test) => {
      count(test, 'passed');
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      count(test, 'skipped');
    });
    // Hooks fail as tests do.
    runner.on(EVENT_TEST_FAIL, (test) => {
      count(test, 'failed');
    });
    // Files that run in parallel have a root each, whose suites come without it.
    let depth = 0;
    runner.on(EVENT_SUITE_BEGIN, ({ root }) => {
      if (!root) depth++;
    });
    runner.on(EVENT_SUITE_END, ({ root, title }) => {
      if (root || --depth > 0) return;
      console.log(`${suite.failed > 0 ? '✗' : '✓'} ${title}: ${summary(suite)} (${suite.milliseconds} ms)`);
      suite = none();
    });
    runner.once(EVENT_RUN_END, () => {
      if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
      console.log(`\n${total.milliseconds} ms in tests`);
      if (!process.env['KUBEBUILDER_ASSETS']) {
        console.log('integration tests were not run: KUBEBUILDER_ASSETS is not set');
      }
      if (!process.env['OSM_TS_ENVOY']) console.log('tests with a real Envoy were not run: npm run test:envoy does');
      if (!process.env['OSM_TS_CHROMIUM']) console.log('tests in a browser were not run: npm run test:browser does');
      console.log(summary(total));
    });
  }
}

function none(): Counts {
  return { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
