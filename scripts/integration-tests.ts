/** `npm run test:integration`: the tests that need a Kubernetes API server, or the reason why they were not run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { packageRoot } from './build/package.js';

// They share an API server, and some count what it is asked: so each lane has a server of its own, and runs one test after the
// other. Those of helm take the longest and mostly wait for it.
const slow = [['uninstall'], ['install', 'osm-lifecycle']].map((names) =>
  names.map((name) => `test/integration/${name}.test.ts`),
);
const rest = ['test/integration/**/*.test.ts', ...slow.flat().map((file) => `--ignore=${file}`)];

if (process.env['KUBEBUILDER_ASSETS']) {
  const lanes = [rest, ...slow].map(async (files) => {
    const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const words = [mocha, '--no-parallel', ...files, ...process.argv.slice(2)];
    const lane = spawn(process.execPath, words, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] });
    // What hangs can be told from what came before it.
    lane.stdout.pipe(process.stdout, { end: false });
    const [output, [code]] = await Promise.all([text(lane.stdout), once(lane, 'close') as Promise<[number | null]>]);
    if (code !== 0) process.exitCode = 1;
    return /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output)?.slice(1) ?? ['0', '1', '0'];
  });
  const totals = await Promise.all(lanes);
  const [passed, failed, skipped] = [0, 1, 2].map((at) => totals.reduce((sum, lane) => sum + Number(lane[at] ?? 0), 0));
  console.log(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
} else {
  console.log('integration tests were not run: KUBEBUILDER_ASSETS is not set');
}
