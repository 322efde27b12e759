'use strict';

// `npm ci` in a clone runs this: builds, for which the development packages are needed. Without them (`npm ci --omit=dev`), what
// was built before stays in use, and where nothing was built it says so.

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const tools = ['typescript', 'esbuild', 'tsx'];
const missing = tools.filter((name) => !existsSync(join(root, 'node_modules', name)));

if (missing.length === 0) {
  process.exitCode = spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit', shell: true }).status ?? 1;
} else if (!existsSync(join(root, 'dist', 'bundle', 'main.cjs'))) {
  console.error(
    `osm-ts cannot be built: ${missing.join(', ')} missing. In a clone, run npm ci without --omit=dev (afterwards, ` +
      'npm ci --omit=dev keeps what was built); or install the package that npm pack makes, which needs no build.',
  );
  process.exitCode = 1;
}
