/** `npm run test:integration`: the tests that need a Kubernetes API server, or the reason why they were not run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { packageRoot } from './build/package.js';

if (process.env['KUBEBUILDER_ASSETS']) {
  const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  // They share one API server, and some count what it is asked.
  const words = [mocha, '--no-parallel', 'test/integration/**/*.test.ts', ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, words, { cwd: packageRoot, stdio: 'inherit' }).status ?? 1;
} else {
  console.log('integration tests were not run: KUBEBUILDER_ASSETS is not set');
}
