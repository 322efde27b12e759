/** `npm run test:executable`: builds the single executable, and runs the tests of command lines with it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { packageRoot } from '../build/package.js';

const mocha = join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
const tests = process.argv.length > 2 ? process.argv.slice(2) : ['test/cli/**/*.test.ts', 'test/reports/**/*.test.ts'];
const run = (words: string[], env = process.env): number =>
  spawnSync(process.execPath, words, { cwd: packageRoot, env, stdio: 'inherit' }).status ?? 1;

process.exitCode =
  run(['--import', 'tsx', join(packageRoot, 'scripts', 'executable', 'build.ts')]) ||
  run([mocha, ...tests], { ...process.env, OSM_TS_EXECUTABLE: join(packageRoot, 'dist', 'executable', 'osm-ts') });
