/**
 * `npm run generate`: writes the committed files that are made from the sources. `--check` writes nothing and says which are
 * not what the sources say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { manifestFile, manifestText, readManifest } from './build/manifest.js';
import { packageRoot } from './build/package.js';
import { commandReference } from './command-reference.js';
import { editorSchemas } from './editor-schemas.js';
import { manPage } from './man-page.js';
import { ruleIndex } from './rule-index.js';

const manifest = await readManifest();
const files = [
  { path: manifestFile, text: manifestText(manifest) },
  { path: join(packageRoot, 'docs', 'commands.md'), text: await commandReference(manifest) },
  { path: join(packageRoot, 'man', 'osm-ts.1'), text: manPage(manifest) },
  { path: join(packageRoot, 'docs', 'rules', 'README.md'), text: await ruleIndex() },
  ...[...editorSchemas()].map(([name, text]) => ({ path: join(packageRoot, 'schemas', 'manifests', name), text })),
];

for (const { path, text } of files) {
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current === text) continue;
  const name = path.slice(packageRoot.length);
  if (process.argv.includes('--check')) {
    console.error(`${name} is not what the sources say; run: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`${name} written`);
  }
}
