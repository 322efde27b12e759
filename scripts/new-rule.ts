/** `npm run new-rule -- NAME`: adds a rule of lint under the next free code: its file, its place in the catalogue, its sentence, its page. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { packageRoot } from './build/package.js';
import { rules } from '../src/lib/analysis/lint/rules/index.js';
import { scaffold, scaffoldedFiles } from './scaffold-rule.js';

const [name = ''] = process.argv.slice(2);
const problem = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)
  ? rules.some((rule) => rule.name === name) && `there is a rule ${name} already`
  : 'usage: npm run new-rule -- NAME, in lower case with dashes, such as host-with-scheme';
if (problem) {
  console.error(problem);
  process.exitCode = 2;
} else {
  const read = (path: string) => (existsSync(packageRoot + path) ? readFileSync(packageRoot + path, 'utf8') : '');
  const before = new Map(scaffoldedFiles.map((path) => [path, read(path)]));
  const code = `OSM-E${String(rules.length + 1).padStart(3, '0')}`;
  for (const [path, text] of scaffold(name, code, before)) {
    writeFileSync(packageRoot + path, text);
    console.log(`${path} written`);
  }
  console.log(
    'now: what it finds, its sentence, its page with both examples; then npm run generate && npx mocha test/analysis/lint',
  );
}
