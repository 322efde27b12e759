/**
 * `npm run test:envoy [-- --versions all|VERSION,…] [WORDS OF MOCHA…]`: the tests that need a real Envoy, which is downloaded for
 * them, or the reason why they were not run. Before which other versions configurations are put as well, `--versions` says.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

import { packageRoot } from './build/package.js';
import { ENVOY_VERSIONS, installEnvoy, OTHER_ENVOY_VERSIONS } from './envoy-server.js';

function otherVersions(words: string[]): readonly string[] {
  const at = words.indexOf('--versions');
  // Whoever names an Envoy asks about that one.
  if (at === -1) return process.env['OSM_TS_ENVOY'] ? [] : OTHER_ENVOY_VERSIONS;
  const [, versions] = words.splice(at, 2);
  return versions === 'all' ? ENVOY_VERSIONS : (versions?.split(',') ?? []);
}

/** @returns undefined when it cannot be had; the reason is printed */
function tryInstall(version?: string): string | undefined {
  try {
    return installEnvoy(version);
  } catch (error) {
    console.log(`Envoy ${version ?? ''} is not asked: ${(error as Error).message}`);
    return undefined;
  }
}

const words = process.argv.slice(2);
const versions = otherVersions(words);
const envoy = tryInstall();
if (envoy === undefined) {
  console.log('0 passed, 0 failed');
} else {
  const others = versions.map(tryInstall).filter((binary) => binary !== undefined && binary !== envoy);
  const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const env = { ...process.env, OSM_TS_ENVOY: envoy, OSM_TS_OTHER_ENVOYS: others.join(delimiter) };
  const asked = [mocha, 'test/envoy/**/*.test.ts', ...words];
  process.exitCode = spawnSync(process.execPath, asked, { cwd: packageRoot, stdio: 'inherit', env }).status ?? 1;
}
