/**
 * `npm run test:browser`: the tests that need a Chromium. `OSM_TS_CHROMIUM` names one; otherwise the usual places are looked at, and
 * with `--install` Debian's package is installed, which takes root.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from './build/package.js';

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const words = process.argv.slice(2);
const find = (): string | undefined => process.env['OSM_TS_CHROMIUM'] ?? usual.find((path) => existsSync(path));

if (words.includes('--install') && find() === undefined) {
  spawnSync('apt-get', ['update'], { stdio: 'inherit' });
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'inherit' });
}
const chromium = find();
if (chromium === undefined) {
  console.error('no Chromium is found: OSM_TS_CHROMIUM names one, and npm run test:browser -- --install installs it');
  process.exitCode = 1;
} else {
  const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const others = words.filter((word) => word !== '--install');
  const env = { ...process.env, OSM_TS_CHROMIUM: chromium };
  const { status } = spawnSync(process.execPath, [mocha, 'test/browser/**/*.test.ts', ...others], {
    ...{ cwd: packageRoot, stdio: 'inherit', env },
  });
  process.exitCode = status ?? 1;
}
