/** `npm run bench`: runs every `test/bench/*.bench.ts`, or those whose names contain one of the arguments. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from './build/package.js';

const folder = join(packageRoot, 'test', 'bench');
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort();

for (const file of files) {
  console.log(`\n# ${file}`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(folder, file)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
if (files.length === 0) {
  console.error(`no benchmark is named ${wanted.join(' or ')}`);
  process.exitCode = 1;
}
