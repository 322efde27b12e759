'use strict';

// `npm ci` in a clone runs this: builds, for which the development packages are needed. Without them (`npm ci --omit=dev`), what
// was built before stays in use, and where nothing was built it says so. `npm install --global git+…`, as pre-commit installs its hooks,
// prepares a clone in which npm has installed nothing: its own "global" reaches the npm that it starts there.

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const tools = ['typescript', 'esbuild', 'tsx'];
const missingTools = () => tools.filter((name) => !existsSync(join(root, 'node_modules', name)));

if (process.env.npm_config_global === 'true' && missingTools().length > 0) {
  const env = { ...process.env };
  for (const name of ['npm_config_global', 'npm_config_prefix', 'NPM_CONFIG_PREFIX']) delete env[name];
  const words = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  spawnSync('npm', words, { cwd: root, env, stdio: 'inherit', shell: true });
}

const missing = missingTools();
if (missing.length === 0) {
  process.exitCode = spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit', shell: true }).status ?? 1;
} else if (!existsSync(join(root, 'dist', 'bundle', 'main.cjs'))) {
  console.error(
    `osm-ts cannot be built: ${missing.join(', ')} missing. In a clone, run npm ci without --omit=dev (afterwards, ` +
      'npm ci --omit=dev keeps what was built); or install the package that npm pack makes, which needs no build.',
  );
  process.exitCode = 1;
}
